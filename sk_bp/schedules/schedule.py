"""What a schedule is."""

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils._param_validation import Interval

from sk_bp.plain_numbers import PlainNumbers
from sk_bp.schedules.horizon import UNKNOWN, Horizon

Rates = NDArray[np.floating]
State = dict[str, float]

POSITIVE = Interval(Real, 0, None, closed="neither")
NOT_NEGATIVE = Interval(Real, 0, None, closed="left")
AT_LEAST_ONE = Interval(Real, 1, None, closed="left")


class Schedule(PlainNumbers):
    """Base of all schedules: parameters as in scikit-learn, and a rate for each step.

    To write one, subclass it, set the parameters in ``__init__`` as an estimator does, and give it
    ``__call__``. One that depends on the length of the fit defines `rates_at` instead (see also
    `TimedSchedule`). One that depends on the loss has a state: it also defines `new_state` and
    `after_epoch`.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import BPClassifier
    >>> from sk_bp.schedules import Schedule
    >>> class SquareRootDecay(Schedule):
    ...     def __init__(self, initial=0.01, half_life=100):
    ...         self.initial = initial
    ...         self.half_life = half_life
    ...
    ...     def __call__(self, steps):
    ...         return self.initial / np.sqrt(1 + 3 * steps / self.half_life)
    >>> clf = BPClassifier(learning_rate=SquareRootDecay(0.1))
    >>> clf.get_params()["learning_rate__half_life"]
    100
    """

    _parameter_constraints: dict[str, list[Any]] = {}

    def check(self) -> None:
        """Raise ValueError or TypeError if a parameter is not valid, naming it and its value."""
        self._validate_params()

    def __call__(self, steps: ArrayLike) -> Rates:
        """Return the learning rates of these steps, as an array of the same shape.

        This is `rates_at` where nothing is known of the length of the fit, and before any epoch.
        """
        if type(self).rates_at is Schedule.rates_at:
            raise TypeError(
                f"{type(self).__name__} must define __call__(steps), or rates_at(steps, horizon, "
                "state)"
            )
        return self.rates_at(np.asarray(steps), UNKNOWN, self.new_state())

    def rates_at(self, steps: NDArray[np.integer], horizon: Horizon, state: State) -> Rates:
        """Return the learning rates of these steps, as an array of the same shape.

        All steps of an epoch are asked for at once, so nothing happens in Python per step.

        Parameters
        ----------
        steps : ndarray of int
            Step numbers, counted from 0 since the first fit.
        horizon : Horizon
            How long the fit is.
        state : dict of str to float
            As `new_state` and `after_epoch` give it.

        Returns
        -------
        rates : ndarray of float
        """
        return self(steps)

    @property
    def needs_whole(self) -> bool:
        """Whether its rates depend on the number of steps of the whole fit."""
        return False

    def new_state(self) -> State:
        """What is remembered from epoch to epoch, before the first one: a dict of numbers."""
        return {}

    def after_epoch(self, state: State, loss: float) -> State:
        """The state after one more epoch; its argument stays as it is.

        Parameters
        ----------
        state : dict of str to float
            The state before the epoch.
        loss : float
            What should fall from epoch to epoch: the training loss, or that of held-out samples.

        Returns
        -------
        state : dict of str to float
        """
        return state

    def answers_plateau(self, state: State) -> bool:
        """Whether the schedule itself has an answer left to a loss that no longer falls.

        As long as it does, training goes on where it would otherwise end for want of progress.
        """
        return False
