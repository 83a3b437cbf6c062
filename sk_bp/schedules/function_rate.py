"""Functions as schedules, and what else a user may give as a learning rate."""

from collections.abc import Callable
from numbers import Real
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from sk_bp.plain_numbers import check_instance
from sk_bp.schedules.constant_rate import ConstantRate
from sk_bp.schedules.horizon import Horizon
from sk_bp.schedules.schedule import Rates, Schedule, State


class FunctionRate(Schedule):
    """The learning rate that a function gives for each step.

    Parameters
    ----------
    function : callable
        Takes the number of a step, from 0, and returns its rate, finite and not negative. It is
        called more than once for a step, and must answer the same each time.
    vectorized : bool, default=False
        Whether it takes an array of step numbers and returns an array of the same shape. If not, it
        is called for each step with an int, about a microsecond each.

    Notes
    -----
    A plain function as `learning_rate` means ``FunctionRate(function)``: it is always called with
    one int, so ``if step < 100`` works, and nothing is guessed from what it returns. To pickle the
    model, use a function of a module and no lambda; to search over its parameters, write a
    `Schedule`.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import FunctionRate
    >>> FunctionRate(lambda step: 0.1 if step < 2 else 0.01)(np.arange(4))
    array([0.1 , 0.1 , 0.01, 0.01])
    >>> FunctionRate(lambda steps: 0.1 / (1 + steps), vectorized=True)(np.arange(2))
    array([0.1 , 0.05])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "function": [callable],
        "vectorized": ["boolean"],
    }

    def __init__(self, function: Callable[[Any], Any], *, vectorized: bool = False):
        self.function = function
        self.vectorized = vectorized

    def rates_at(self, steps: NDArray[np.integer], horizon: Horizon, state: State) -> Rates:
        try:
            if self.vectorized:
                return self.function(steps)
            given = [self.function(step) for step in steps.ravel().tolist()]
        except Exception as error:
            error.add_note(f"This was raised by the function of learning_rate={self!r}.")
            raise
        try:
            rates = np.asarray(given)
        except ValueError:  # arrays of different shapes
            rates = np.empty(0)
        if rates.shape != (steps.size,):
            raise ValueError(
                f"learning_rate={self!r} gave {given[0]!r} for step {steps.ravel()[0]}, which is "
                "not one number; a function of an array of steps is FunctionRate(function, "
                "vectorized=True)"
            )
        return rates.reshape(steps.shape)


def as_schedule(value: Any, parameter: str = "learning_rate") -> Schedule:
    """The schedule that a number, a function or a schedule stands for.

    Parameters
    ----------
    value : float, callable or Schedule
        As the user gave it.
    parameter : str, default="learning_rate"
        What to call it in an error.

    Returns
    -------
    schedule : Schedule
        Its own parameters are not checked: that is `Schedule.check`.

    Raises
    ------
    TypeError
        If it is none of these.

    Examples
    --------
    >>> from sk_bp.schedules import as_schedule
    >>> as_schedule(0.1)
    ConstantRate(rate=0.1)
    """
    check_instance(value, parameter)
    if isinstance(value, Schedule):
        return value
    if isinstance(value, Real):
        return ConstantRate(cast(float, value))
    if callable(value):
        return FunctionRate(value)
    raise TypeError(f"{parameter} must be a number, a schedule or a function, got {value!r}")
