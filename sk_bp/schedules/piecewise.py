"""Rates that are listed, each for a time of its own."""

from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sk_bp.schedules.horizon import Horizon
from sk_bp.schedules.schedule import Rates, State
from sk_bp.schedules.timed_schedule import TimedSchedule


class Piecewise(TimedSchedule):
    """Learning rates from a list, each from one boundary to the next.

    The rate of step i is ``values[k]``, where k is the number of boundaries that are <= i.

    Parameters
    ----------
    values : sequence of float, default=(0.01, 0.001, 0.0001)
        The rates, finite and not negative, at least one of them positive. They may rise.
    n_steps : sequence of int, default=None
        The boundaries: the steps, from 0, at which the second rate begins, the third, and so on;
        one less than there are rates, and rising.
    n_epochs : sequence of float, default=None
        The same in epochs.
    fraction : sequence of float, default=None
        The same as fractions of the whole fit, in (0, 1]. If none of the three is given, the
        boundaries are 0.5 and 0.75, which fit three rates.

    Notes
    -----
    When: a schedule of a paper is to be repeated, or the falls are set by hand after a look at the
    loss curve.
    Defaults: He et al. divide by 10 after a half and three quarters of their steps on CIFAR-10.

    References
    ----------
    He, Zhang, Ren & Sun, Deep residual learning for image recognition, CVPR 2016, section 4.2.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import Piecewise
    >>> Piecewise((0.1, 0.01, 0.2), n_steps=(2, 3))(np.arange(5))
    array([0.1 , 0.1 , 0.01, 0.2 , 0.2 ])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "values": ["array-like"],
        "n_steps": [None, "array-like"],
        "n_epochs": [None, "array-like"],
        "fraction": [None, "array-like"],
    }
    default_length = ("fraction", (0.5, 0.75))

    def __init__(
        self,
        values: Sequence[float] = (0.01, 0.001, 0.0001),
        *,
        n_steps: Sequence[int] | None = None,
        n_epochs: Sequence[float] | None = None,
        fraction: Sequence[float] | None = None,
    ):
        super().__init__(n_steps=n_steps, n_epochs=n_epochs, fraction=fraction)
        self.values = values

    def check(self) -> None:
        super().check()
        values = _numbers("values", self.values)
        if len(values) == 0 or not (np.isfinite(values).all() and (values >= 0).all()):
            raise ValueError(
                f"'values' of Piecewise must be finite and not negative, got {self.values!r}"
            )
        if not values.any():
            raise ValueError(f"'values' of Piecewise are all zero, got {self.values!r}")
        unit, given = self.given_length()
        boundaries = _numbers(unit, given)
        largest = 1 if unit == "fraction" else np.inf
        rising = np.diff(boundaries, prepend=0) > 0
        whole = unit != "n_steps" or (boundaries == np.floor(boundaries)).all()
        if not (rising.all() and whole and (boundaries <= largest).all()):
            kind = {"n_steps": "whole numbers", "fraction": "in (0, 1]"}.get(unit, "positive")
            raise ValueError(f"{unit!r} of Piecewise must be {kind} that rise, got {given!r}")
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                f"{unit!r} of Piecewise must have one boundary fewer than there are 'values', but "
                f"there are {len(boundaries)}, {given!r}, for {len(values)}, {self.values!r}"
            )

    def rates_at(self, steps: NDArray[np.integer], horizon: Horizon, state: State) -> Rates:
        unit, given = self.given_length()
        boundaries = [self._in_steps(value, unit, horizon) for value in given]
        piece = np.searchsorted(np.array(boundaries, dtype=np.int64), steps, side="right")
        return np.asarray(self.values, dtype=np.float64)[piece]


def _numbers(name: str, given: Any) -> Rates:
    """A sequence of real numbers as an array."""
    if np.ndim(given) != 1 or not all(isinstance(value, Real) for value in given):
        raise ValueError(f"{name!r} of Piecewise must be a sequence of numbers, got {given!r}")
    return np.asarray(given, dtype=np.float64)
