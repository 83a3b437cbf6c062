"""A rate that falls along half a cosine, once or again and again."""

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from sk_bp.schedules.falling import FallingSchedule, half_cosine
from sk_bp.schedules.horizon import Horizon
from sk_bp.schedules.schedule import AT_LEAST_ONE, Rates, State


class CosineDecay(FallingSchedule):
    """A learning rate that falls along half a cosine, with warm restarts if wanted.

    The length is divided into `n_cycles` cycles. The rate of step i is
    ``final + (initial - final) * (1 + cos(pi * t)) / 2``, where t in [0, 1) is the part of its
    cycle that lies behind; after the length it is `final`.

    Parameters
    ----------
    initial : float, default=0.01
        The rate at the start of each cycle, positive.
    final : float, default=0.0
        The rate at the end of each cycle, and from the end of the length on; not negative, at most
        `initial`.
    n_cycles : int, default=1
        The number of cycles in the length, at most a million. At the start of each the rate jumps
        back to `initial`, a warm restart; 1 means that there are none.
    cycle_growth : float, default=1.0
        How many times as long as the one before each cycle is, at least 1.
    n_steps : int, default=None
        The number of steps of all cycles together. A step is one batch.
    n_epochs : float, default=None
        The same in epochs.
    fraction : float, default=None
        The same as a fraction of the whole fit, in (0, 1]. If none of the three is given, the whole
        fit.

    See Also
    --------
    CosineLog : Rises as smoothly as it falls.

    Notes
    -----
    The length is that of all cycles, and not of the first, so that a fit ends where the rate is
    lowest: with a restart in its last steps it would end with a bad model. Loshchilov & Hutter's
    first cycle T_0 and growth T_mult are `cycle_growth` = T_mult and a length of T_0 n_cycles, or
    T_0 (T_mult^n_cycles - 1) / (T_mult - 1) where T_mult > 1. The cycles are rounded to whole
    steps.
    When: the length of the fit is known. One cycle is a common choice for deep networks; restarts
    give a good model at the end of each cycle, and a chance to leave a poor minimum.
    Defaults: the paper's without restarts.

    References
    ----------
    Loshchilov & Hutter, SGDR: stochastic gradient descent with warm restarts, ICLR 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import CosineDecay
    >>> CosineDecay(0.8, n_steps=4)(np.array([0, 2, 4])).round(3)
    array([0.8, 0.4, 0. ])
    >>> CosineDecay(0.8, n_cycles=2, cycle_growth=2, n_steps=6)(np.arange(7)).round(3)
    array([0.8  , 0.4  , 0.8  , 0.683, 0.4  , 0.117, 0.   ])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        **FallingSchedule._parameter_constraints,
        "n_cycles": [Interval(Integral, 1, 10**6, closed="both")],
        "cycle_growth": [AT_LEAST_ONE],
    }

    def __init__(
        self,
        initial: float = 0.01,
        *,
        final: float = 0.0,
        n_cycles: int = 1,
        cycle_growth: float = 1.0,
        n_steps: int | None = None,
        n_epochs: float | None = None,
        fraction: float | None = None,
    ):
        super().__init__(initial, final, n_steps, n_epochs, fraction)
        self.n_cycles = n_cycles
        self.cycle_growth = cycle_growth

    def rates_at(self, steps: NDArray[np.integer], horizon: Horizon, state: State) -> Rates:
        edges = self._edges(self.length(horizon))
        cycle = np.minimum(np.searchsorted(edges, steps, side="right"), len(edges) - 1)
        start, end = edges[cycle - 1], edges[cycle]
        return half_cosine(self.initial, self.final, np.minimum((steps - start) / (end - start), 1))

    def _edges(self, length: int) -> NDArray[np.floating]:
        """The steps at which cycles begin, and the end of the last; none is empty."""
        last = self.n_cycles - 1
        sizes = float(self.cycle_growth) ** np.arange(-last, 1)  # powers below 1 do not overflow
        ends = np.cumsum(sizes)
        return np.unique(np.rint(length * np.concatenate([[0], ends / ends[-1]])))
