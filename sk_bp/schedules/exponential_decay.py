"""A rate that falls by the same factor over equal times."""

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from sk_bp.schedules.horizon import Horizon
from sk_bp.schedules.schedule import POSITIVE, Rates, State
from sk_bp.schedules.timed_schedule import TimedSchedule


class ExponentialDecay(TimedSchedule):
    """A learning rate that falls by the same factor every `n_steps` steps.

    The rate of step i is ``initial * factor ** (i / n_steps)``.

    Parameters
    ----------
    initial : float, default=0.01
        The rate of the first step, positive.
    factor : float, default=0.96
        What `n_steps` steps multiply the rate by, in (0, 1].
    n_steps : int, default=None
        The number of steps over which the rate falls by `factor`. A step is one batch.
    n_epochs : float, default=None
        The same in epochs.
    fraction : float, default=None
        The same as a fraction of the whole fit, in (0, 1]. If none of the three is given, 1000
        steps.
    staircase : bool, default=False
        Whether the rate falls all at once after each `n_steps` steps instead of smoothly.

    Notes
    -----
    When: the length of the training is not known, or all scales of the rate should get the same
    time. It falls fast at first: with `factor` to the end of the fit, half of the fit is spent
    below the geometric mean of first and last rate.
    Defaults: 0.96 is the factor of TensorFlow's example, where it stands for 100,000 steps.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import ExponentialDecay
    >>> ExponentialDecay(0.8, factor=0.5, n_steps=2)(np.array([0, 2, 4]))
    array([0.8, 0.4, 0.2])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        **TimedSchedule._parameter_constraints,
        "initial": [POSITIVE],
        "factor": [Interval(Real, 0, 1, closed="right")],
        "staircase": ["boolean"],
    }
    default_length = ("n_steps", 1000)

    def __init__(
        self,
        initial: float = 0.01,
        *,
        factor: float = 0.96,
        n_steps: int | None = None,
        n_epochs: float | None = None,
        fraction: float | None = None,
        staircase: bool = False,
    ):
        super().__init__(n_steps=n_steps, n_epochs=n_epochs, fraction=fraction)
        self.initial = initial
        self.factor = factor
        self.staircase = staircase

    def rates_at(self, steps: NDArray[np.integer], horizon: Horizon, state: State) -> Rates:
        exponent = steps / self.length(horizon)
        if self.staircase:
            exponent = np.floor(exponent)
        return self.initial * self.factor**exponent
