"""What the schedules share that fall from one rate to another over their length."""

from typing import Any

import numpy as np

from sk_bp.schedules.schedule import NOT_NEGATIVE, POSITIVE, Rates
from sk_bp.schedules.timed_schedule import TimedSchedule


class FallingSchedule(TimedSchedule):
    """Base of the schedules that fall from `initial` to `final`, where they stay.

    Parameters
    ----------
    initial : float
        The rate of the first step, positive.
    final : float
        The rate from the end of the length on, not negative, at most `initial`.
    n_steps, n_epochs, fraction : float, default=None
        The length.
    """

    _parameter_constraints: dict[str, list[Any]] = {
        **TimedSchedule._parameter_constraints,
        "initial": [POSITIVE],
        "final": [NOT_NEGATIVE],
    }

    def __init__(
        self,
        initial: float,
        final: float,
        n_steps: int | None,
        n_epochs: float | None,
        fraction: float | None,
    ):
        super().__init__(n_steps=n_steps, n_epochs=n_epochs, fraction=fraction)
        self.initial = initial
        self.final = final

    def check(self) -> None:
        super().check()
        if self.final > self.initial:
            raise ValueError(
                f"final={self.final!r} of {type(self).__name__} must not be above "
                f"initial={self.initial!r}"
            )


def half_cosine(start: float, end: float, progress: Rates) -> Rates:
    """From start to end along half a wave of the cosine, level at both."""
    return start + (end - start) * (0.5 - 0.5 * np.cos(np.pi * progress))
