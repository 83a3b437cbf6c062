"""A rate that rises and falls in cycles, each longer than the one before."""

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from sk_bp.schedules.horizon import Horizon
from sk_bp.schedules.schedule import POSITIVE, Rates, State
from sk_bp.schedules.timed_schedule import TimedSchedule


class CosineLog(TimedSchedule):
    """A learning rate that rises from zero and falls back to it in cycles that double in length.

    The rate of step i is ``maximum * (0.5 - 0.5 * cos(2 * pi * log2(1 + (2**n_cycles - 1) * t)))``,
    where t is ``min(i / n_steps, 1)``.

    Parameters
    ----------
    maximum : float, default=0.01
        The rate in the middle of each cycle, positive.
    n_cycles : int, default=4
        The number of cycles, at most 50. With 4, the formula has log2(1 + 15 t).
    n_steps : int, default=None
        The number of steps of all cycles together. A step is one batch.
    n_epochs : float, default=None
        The same in epochs.
    fraction : float, default=None
        The same as a fraction of the whole fit, in (0, 1]. If none of the three is given, the whole
        fit.

    Notes
    -----
    The rate of the first step is zero, and so is that of all steps after the length.
    When: tables, with early stopping: each end of a cycle gives a good model, at 1/15, 3/15, 7/15
    and 15/15 of the fit, and no warm-up is needed.
    Defaults: those of RealMLP.

    References
    ----------
    Holzmüller, Grinsztajn & Steinwart, Better by default: strong pre-tuned MLPs and boosted trees
    on tabular data, NeurIPS 2024, where it is called coslog_4.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import CosineLog
    >>> CosineLog(0.4, n_cycles=2, n_steps=60)(np.array([0, 20, 60])).round(3)
    array([0., 0., 0.])
    >>> CosineLog(0.4, n_cycles=1, n_steps=100)(np.array([0, 41, 99])).round(3)
    array([0. , 0.4, 0. ])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        **TimedSchedule._parameter_constraints,
        "maximum": [POSITIVE],
        "n_cycles": [Interval(Integral, 1, 50, closed="both")],
    }

    def __init__(
        self,
        maximum: float = 0.01,
        *,
        n_cycles: int = 4,
        n_steps: int | None = None,
        n_epochs: float | None = None,
        fraction: float | None = None,
    ):
        super().__init__(n_steps=n_steps, n_epochs=n_epochs, fraction=fraction)
        self.maximum = maximum
        self.n_cycles = n_cycles

    def rates_at(self, steps: NDArray[np.integer], horizon: Horizon, state: State) -> Rates:
        cycle = np.log2(1 + (2.0**self.n_cycles - 1) * self.progress(steps, horizon))
        return self.maximum * (0.5 - 0.5 * np.cos(2 * np.pi * cycle))
