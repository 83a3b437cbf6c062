"""A rate that falls in equal steps."""

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from sk_bp.schedules.horizon import Horizon
from sk_bp.schedules.schedule import POSITIVE, Rates, State
from sk_bp.schedules.timed_schedule import TimedSchedule


class StepDecay(TimedSchedule):
    """A learning rate that falls by a factor again and again, and is constant in between.

    The rate of step i is ``initial * factor ** (i // n_steps)``.

    Parameters
    ----------
    initial : float, default=0.01
        The rate of the first step, positive.
    factor : float, default=0.1
        What the rate is multiplied by each time, in (0, 1].
    n_steps : int, default=None
        The number of steps between two falls. A step is one batch.
    n_epochs : float, default=None
        The same in epochs.
    fraction : float, default=None
        The same as a fraction of the whole fit, in (0, 1]. If none of the three is given, a third
        of the fit.

    See Also
    --------
    Piecewise : Falls at any times, to any rates.
    ExponentialDecay : Falls smoothly; with ``staircase=True`` it is this schedule.

    Notes
    -----
    When: SGD with momentum on many epochs, where each plateau brings the loss down at once.
    Defaults: He et al. divide the rate by 10, twice.

    References
    ----------
    He, Zhang, Ren & Sun, Deep residual learning for image recognition, CVPR 2016.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import StepDecay
    >>> StepDecay(0.8, factor=0.5, n_steps=2)(np.arange(5))
    array([0.8, 0.8, 0.4, 0.4, 0.2])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        **TimedSchedule._parameter_constraints,
        "initial": [POSITIVE],
        "factor": [Interval(Real, 0, 1, closed="right")],
    }
    default_length = ("fraction", 1 / 3)

    def __init__(
        self,
        initial: float = 0.01,
        *,
        factor: float = 0.1,
        n_steps: int | None = None,
        n_epochs: float | None = None,
        fraction: float | None = None,
    ):
        super().__init__(n_steps=n_steps, n_epochs=n_epochs, fraction=fraction)
        self.initial = initial
        self.factor = factor

    def rates_at(self, steps: NDArray[np.integer], horizon: Horizon, state: State) -> Rates:
        return self.initial * float(self.factor) ** (steps // self.length(horizon))
