"""A rate that falls with a power of the step."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sk_bp.schedules.horizon import Horizon
from sk_bp.schedules.schedule import NOT_NEGATIVE, POSITIVE, Rates, Schedule, State


class InverseScaling(Schedule):
    """A learning rate that falls with a power of the step, scikit-learn's "invscaling".

    The rate of step i = 0, 1, ... is ``initial / (i + 1) ** power``.

    Parameters
    ----------
    initial : float, default=0.01
        The rate of the first step, positive.
    power : float, default=0.5
        The power of the step that the rate is divided by, not negative.

    See Also
    --------
    InverseTime : Begins to fall later.

    Notes
    -----
    scikit-learn has the same formula ``eta0 / t ** power_t`` with other counts t. `SGDClassifier`
    and `SGDRegressor` make a step for each sample, the first with t = 1: this schedule with
    ``batch_size=1`` (for `power` 0.25 where they have it by default). `MLPClassifier` and
    `MLPRegressor` count samples too, but change the rate after each epoch only: in an epoch it is
    ``learning_rate_init / (n_seen + 1) ** power_t``, where n_seen is the number of samples seen
    before the epoch. Here t counts steps, so for batches of B samples the rate is up to
    ``B ** power`` times as large as theirs.

    When: streams and convex losses; with 0.5 < power <= 1 the rates meet the conditions of Robbins
    & Monro (their sum diverges, that of their squares does not), and gradient descent converges.
    Default: the power of `MLPClassifier`.

    References
    ----------
    Robbins & Monro, A stochastic approximation method, Annals of Mathematical Statistics 22, 1951.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import InverseScaling
    >>> InverseScaling(0.1)(np.array([0, 3, 99]))
    array([0.1 , 0.05, 0.01])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "initial": [POSITIVE],
        "power": [NOT_NEGATIVE],
    }

    def __init__(self, initial: float = 0.01, *, power: float = 0.5):
        self.initial = initial
        self.power = power

    def rates_at(self, steps: NDArray[np.integer], horizon: Horizon, state: State) -> Rates:
        return self.initial * (steps + 1.0) ** -self.power  # no overflow at large powers
