"""The same rate at every step."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sk_bp.schedules.horizon import Horizon
from sk_bp.schedules.schedule import POSITIVE, Rates, Schedule, State


class ConstantRate(Schedule):
    """The same learning rate at every step.

    Parameters
    ----------
    rate : float, default=0.001
        The learning rate, positive.

    Notes
    -----
    When: with rules that scale their steps themselves, such as Adam, and to find out what a falling
    rate is worth. A plain number as `learning_rate` means the same.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import ConstantRate
    >>> ConstantRate(0.1)(np.arange(3))
    array([0.1, 0.1, 0.1])
    """

    _parameter_constraints: dict[str, list[Any]] = {"rate": [POSITIVE]}

    def __init__(self, rate: float = 0.001):
        self.rate = rate

    def rates_at(self, steps: NDArray[np.integer], horizon: Horizon, state: State) -> Rates:
        return np.full(np.shape(steps), float(self.rate))
