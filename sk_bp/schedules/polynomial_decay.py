"""A rate that falls along a power, to zero if wanted."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sk_bp.schedules.falling import FallingSchedule
from sk_bp.schedules.horizon import Horizon
from sk_bp.schedules.schedule import POSITIVE, Rates, State


class PolynomialDecay(FallingSchedule):
    """A learning rate that falls to `final`, by default along a straight line to zero.

    The rate of step i is ``final + (initial - final) * (1 - t) ** power``, where t is
    ``min(i / n_steps, 1)``.

    Parameters
    ----------
    initial : float, default=0.01
        The rate of the first step, positive.
    final : float, default=0.0
        The rate from the end of the length on, not negative, at most `initial`.
    power : float, default=1.0
        The power, positive: 1 is a straight line, 2 falls faster at first.
    n_steps : int, default=None
        The number of steps until the rate is `final`. A step is one batch.
    n_epochs : float, default=None
        The same in epochs.
    fraction : float, default=None
        The same as a fraction of the whole fit, in (0, 1]. If none of the three is given, the whole
        fit.

    Notes
    -----
    The last step of the fit is one step before the end of the length, so that its rate is not
    zero yet.
    When: the length of the fit is known. The straight line to zero is a strong first choice for
    any rule.

    References
    ----------
    Defazio, Cutkosky, Mehta & Mishchenko, Optimal linear decay learning rate schedules and further
    refinements, 2023, for the straight line.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import PolynomialDecay
    >>> PolynomialDecay(0.8, n_steps=4)(np.arange(6))
    array([0.8, 0.6, 0.4, 0.2, 0. , 0. ])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        **FallingSchedule._parameter_constraints,
        "power": [POSITIVE],
    }

    def __init__(
        self,
        initial: float = 0.01,
        *,
        final: float = 0.0,
        power: float = 1.0,
        n_steps: int | None = None,
        n_epochs: float | None = None,
        fraction: float | None = None,
    ):
        super().__init__(initial, final, n_steps, n_epochs, fraction)
        self.power = power

    def rates_at(self, steps: NDArray[np.integer], horizon: Horizon, state: State) -> Rates:
        remaining = 1 - self.progress(steps, horizon)
        return self.final + (self.initial - self.final) * remaining**self.power
