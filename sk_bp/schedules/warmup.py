"""A rise before any other schedule."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sk_bp.schedules.checked import rates_of
from sk_bp.schedules.function_rate import as_schedule
from sk_bp.schedules.horizon import Horizon
from sk_bp.schedules.schedule import POSITIVE, Rates, Schedule, State
from sk_bp.schedules.timed_schedule import TimedSchedule


class Warmup(TimedSchedule):
    """Another schedule whose first rates are made smaller, along a straight line.

    The rate of step i is ``min((i + 1) / n_steps, 1)`` times that of `schedule`.

    Parameters
    ----------
    schedule : float, callable or Schedule, default=0.001
        The schedule, or what stands for one. The parameters of a `Schedule` are reached by name, as
        ``learning_rate__schedule__initial``.
    n_steps : int, default=None
        The number of steps of the rise; the last of them has the full rate. A step is one batch.
    n_epochs : float, default=None
        The same in epochs.
    fraction : float, default=None
        The same as a fraction of the whole fit, in (0, 1]. If none of the three is given, a
        twentieth of the fit.

    Notes
    -----
    The schedule runs from step 0 on, beneath the rise, and is not put off until its end: so a
    schedule of the whole fit still ends with it, and boundaries stay where they were set. The first
    step has a rate above zero already.
    When: large batches and large rates, and adaptive rules, whose first steps are long because
    their averages know few gradients yet.
    Default: Goyal et al. take 5 of 90 epochs.

    References
    ----------
    Goyal et al., Accurate, large minibatch SGD: training ImageNet in 1 hour, 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import CosineDecay, Warmup
    >>> Warmup(0.8, n_steps=4)(np.arange(6))
    array([0.2, 0.4, 0.6, 0.8, 0.8, 0.8])
    >>> Warmup(CosineDecay(0.1)).set_params(schedule__initial=0.2)
    Warmup(schedule=CosineDecay(initial=0.2))
    """

    _parameter_constraints: dict[str, list[Any]] = {
        **TimedSchedule._parameter_constraints,
        "schedule": [POSITIVE, callable],
    }
    default_length = ("fraction", 0.05)

    def __init__(
        self,
        schedule: "float | Callable[[int], float] | Schedule" = 0.001,
        *,
        n_steps: int | None = None,
        n_epochs: float | None = None,
        fraction: float | None = None,
    ):
        super().__init__(n_steps=n_steps, n_epochs=n_epochs, fraction=fraction)
        self.schedule = schedule

    @property
    def _warmed(self) -> Schedule:
        return as_schedule(self.schedule, "schedule of Warmup")

    def check(self) -> None:
        super().check()
        self._warmed.check()

    def rates_at(self, steps: NDArray[np.integer], horizon: Horizon, state: State) -> Rates:
        rise = self.progress(steps + 1, horizon)
        return rise * rates_of(self._warmed, steps, horizon, state)

    @property
    def needs_whole(self) -> bool:
        return super().needs_whole or self._warmed.needs_whole

    def new_state(self) -> State:
        return self._warmed.new_state()

    def after_epoch(self, state: State, loss: float) -> State:
        return self._warmed.after_epoch(state, loss)

    def answers_plateau(self, state: State) -> bool:
        return self._warmed.answers_plateau(state)
