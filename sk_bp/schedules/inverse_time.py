"""A rate that falls with one over the time."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sk_bp.schedules.horizon import Horizon
from sk_bp.schedules.schedule import POSITIVE, Rates, State
from sk_bp.schedules.timed_schedule import TimedSchedule


class InverseTime(TimedSchedule):
    """A learning rate that has halved after `n_steps` steps, and is a third after twice as many.

    The rate of step i is ``initial / (1 + i / n_steps)``.

    Parameters
    ----------
    initial : float, default=0.01
        The rate of the first step, positive.
    n_steps : int, default=None
        The number of steps after which the rate has halved. A step is one batch.
    n_epochs : float, default=None
        The same in epochs.
    fraction : float, default=None
        The same as a fraction of the whole fit, in (0, 1]. If none of the three is given, 1000
        steps.

    Notes
    -----
    When: streams without an end. For a strongly convex objective it is the decay that theory asks
    for: Bottou writes ``1 / n_steps`` as the product of initial rate and L2 penalty.

    References
    ----------
    Bottou, Stochastic gradient descent tricks, in: Neural networks: tricks of the trade, 2012.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import InverseTime
    >>> InverseTime(0.6, n_steps=10)(np.array([0, 10, 20]))
    array([0.6, 0.3, 0.2])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        **TimedSchedule._parameter_constraints,
        "initial": [POSITIVE],
    }
    default_length = ("n_steps", 1000)

    def __init__(
        self,
        initial: float = 0.01,
        *,
        n_steps: int | None = None,
        n_epochs: float | None = None,
        fraction: float | None = None,
    ):
        super().__init__(n_steps=n_steps, n_epochs=n_epochs, fraction=fraction)
        self.initial = initial

    def rates_at(self, steps: NDArray[np.integer], horizon: Horizon, state: State) -> Rates:
        return self.initial / (1 + steps / self.length(horizon))
