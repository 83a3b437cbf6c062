"""Schedules with a length, in one of three units."""

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from sk_bp.schedules.horizon import Horizon
from sk_bp.schedules.schedule import POSITIVE, Rates, Schedule

UNITS = ("n_steps", "n_epochs", "fraction")

_MOST_STEPS = 2**62  # more are as good as never, and would not fit into a NumPy integer


class TimedSchedule(Schedule):
    """Base of the schedules that have a length, given in steps, in epochs or as a part of the fit.

    At most one of the three parameters is given. Lengths are rounded to whole steps, and are one
    step at least.

    Parameters
    ----------
    n_steps : int, default=None
        The length in steps. A step is one batch.
    n_epochs : float, default=None
        The length in epochs.
    fraction : float, default=None
        The length as a fraction of the whole fit, in (0, 1].

    Attributes
    ----------
    default_length : tuple of (str, float)
        Unit and value of the length if none is given.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp.schedules import Horizon, TimedSchedule
    >>> class HalfWay(TimedSchedule):
    ...     default_length = ("fraction", 0.5)
    ...
    ...     def rates_at(self, steps, horizon, state):
    ...         return np.where(steps < self.length(horizon), 0.1, 0.01)
    >>> HalfWay().rates_at(np.arange(4), Horizon(2, 4), {})
    array([0.1 , 0.1 , 0.01, 0.01])
    >>> HalfWay(n_steps=1)(np.arange(4))
    array([0.1 , 0.01, 0.01, 0.01])
    """

    default_length: ClassVar[tuple[str, float | Sequence[float]]] = ("fraction", 1.0)
    _parameter_constraints: dict[str, list[Any]] = {
        "n_steps": [None, Interval(Integral, 1, None, closed="left")],
        "n_epochs": [None, POSITIVE],
        "fraction": [None, Interval(Real, 0, 1, closed="right")],
    }

    def __init__(self, *, n_steps: Any = None, n_epochs: Any = None, fraction: Any = None):
        self.n_steps = n_steps
        self.n_epochs = n_epochs
        self.fraction = fraction

    def check(self) -> None:
        super().check()
        self.given_length()

    def given_length(self) -> tuple[str, Any]:
        """Unit and value of the length, as it was given or by default.

        Raises
        ------
        ValueError
            If it is given in two units at once.
        """
        values = {unit: getattr(self, unit) for unit in UNITS}
        given = [(unit, value) for unit, value in values.items() if value is not None]
        if len(given) > 1:
            both = " and ".join(f"{unit}={value!r}" for unit, value in given)
            raise ValueError(
                f"{both} of {type(self).__name__} cannot be given together: the length has one unit"
            )
        return given[0] if given else self.default_length

    @property
    def needs_whole(self) -> bool:
        return self.given_length()[0] == "fraction"

    def length(self, horizon: Horizon) -> int:
        """The length in steps.

        Raises
        ------
        ValueError
            If the horizon does not tell it.
        """
        unit, value = self.given_length()
        return self._in_steps(value, unit, horizon)

    def progress(self, steps: NDArray[np.integer], horizon: Horizon) -> Rates:
        """Which part of the length lies behind at each step, in [0, 1]."""
        return np.minimum(steps / self.length(horizon), 1.0)

    def _in_steps(self, value: float, unit: str, horizon: Horizon) -> int:
        steps = horizon.in_steps(value, unit)
        if steps is None:
            missing = "an epoch" if unit == "n_epochs" else "the whole fit"
            raise ValueError(
                f"learning_rate={self!r}: {unit}={value!r} needs the number of steps of {missing}, "
                "which is not known here; give n_steps"
            )
        return min(steps, _MOST_STEPS)
