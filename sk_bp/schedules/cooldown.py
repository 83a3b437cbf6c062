"""A rate that is held for most of the time, then falls to zero."""

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from sk_bp.schedules.horizon import Horizon
from sk_bp.schedules.schedule import POSITIVE, Rates, State
from sk_bp.schedules.timed_schedule import TimedSchedule


class Cooldown(TimedSchedule):
    """A learning rate that is held, then falls along a straight line to zero.

    The rate of step i is ``initial * min(1, (1 - t) / (1 - hold))``, where t is
    ``min(i / n_steps, 1)``.

    Parameters
    ----------
    initial : float, default=0.01
        The rate of the first step, positive.
    hold : float, default=0.8
        The part of the length at which the fall begins, in [0, 1).
    n_steps : int, default=None
        The number of steps until the rate is zero. A step is one batch.
    n_epochs : float, default=None
        The same in epochs.
    fraction : float, default=None
        The same as a fraction of the whole fit, in (0, 1]. If none of the three is given, the whole
        fit.

    Notes
    -----
    The last step of the fit is one step before the end of the length, so that its rate is not
    zero yet.
    When: the length of the fit is known, and the rate is as large as training still allows. This
    is the schedule of ``learning_rate="auto"``.

    References
    ----------
    Hägele, Bakouch, Kosson, Ben Allal, Von Werra & Jaggi, Scaling laws and compute-optimal training
    beyond fixed training durations, NeurIPS 2024.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import Cooldown
    >>> Cooldown(0.8, hold=0.5, n_steps=8)(np.arange(9))
    array([0.8, 0.8, 0.8, 0.8, 0.8, 0.6, 0.4, 0.2, 0. ])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        **TimedSchedule._parameter_constraints,
        "initial": [POSITIVE],
        "hold": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        initial: float = 0.01,
        *,
        hold: float = 0.8,
        n_steps: int | None = None,
        n_epochs: float | None = None,
        fraction: float | None = None,
    ):
        super().__init__(n_steps=n_steps, n_epochs=n_epochs, fraction=fraction)
        self.initial = initial
        self.hold = hold

    def rates_at(self, steps: NDArray[np.integer], horizon: Horizon, state: State) -> Rates:
        remaining = 1 - self.progress(steps, horizon)
        return self.initial * np.minimum(remaining / (1 - self.hold), 1.0)
