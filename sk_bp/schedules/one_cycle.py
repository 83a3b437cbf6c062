"""A rate that rises once and falls far below where it began."""

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from sk_bp.schedules.falling import half_cosine
from sk_bp.schedules.horizon import Horizon
from sk_bp.schedules.schedule import AT_LEAST_ONE, POSITIVE, Rates, State
from sk_bp.schedules.timed_schedule import TimedSchedule


class OneCycle(TimedSchedule):
    """A learning rate that rises to a large one, and then falls far below where it began.

    With t = ``min(i / n_steps, 1)`` for step i, and C(a, b, s) = ``a + (b - a) * (1 - cos(pi * s))
    / 2``, the rate is ``C(maximum / divisor, maximum, t / rise)`` while t < rise, and then
    ``C(maximum, maximum / divisor / final_divisor, (t - rise) / (1 - rise))``.

    Parameters
    ----------
    maximum : float, default=0.01
        The largest rate, positive.
    divisor : float, default=25.0
        What the largest rate is divided by to give the first, at least 1.
    final_divisor : float, default=1e4
        What the first rate is divided by to give the last, at least 1.
    rise : float, default=0.3
        The part of the length in which the rate rises, in (0, 1).
    n_steps : int, default=None
        The number of steps of the cycle. A step is one batch.
    n_epochs : float, default=None
        The same in epochs.
    fraction : float, default=None
        The same as a fraction of the whole fit, in (0, 1]. If none of the three is given, the whole
        fit.

    See Also
    --------
    Warmup : A straight rise before any other schedule.

    Notes
    -----
    Smith & Topin rise and fall along straight lines, and in the last part of the fit fall by orders
    of magnitude. Here both go along half a cosine, as in fastai and PyTorch. The momentum, which
    they lower while the rate is high, stays as it is.
    When: few epochs at a rate that would be too large for a constant one; choose `maximum` somewhat
    below where training diverges.
    Defaults: PyTorch's.

    References
    ----------
    Smith & Topin, Super-convergence: very fast training of neural networks using large learning
    rates, 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import OneCycle
    >>> OneCycle(0.5, n_steps=10)(np.array([0, 3, 10]))
    array([2.e-02, 5.e-01, 2.e-06])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        **TimedSchedule._parameter_constraints,
        "maximum": [POSITIVE],
        "divisor": [AT_LEAST_ONE],
        "final_divisor": [AT_LEAST_ONE],
        "rise": [Interval(Real, 0, 1, closed="neither")],
    }

    def __init__(
        self,
        maximum: float = 0.01,
        *,
        divisor: float = 25.0,
        final_divisor: float = 1e4,
        rise: float = 0.3,
        n_steps: int | None = None,
        n_epochs: float | None = None,
        fraction: float | None = None,
    ):
        super().__init__(n_steps=n_steps, n_epochs=n_epochs, fraction=fraction)
        self.maximum = maximum
        self.divisor = divisor
        self.final_divisor = final_divisor
        self.rise = rise

    def rates_at(self, steps: NDArray[np.integer], horizon: Horizon, state: State) -> Rates:
        progress = self.progress(steps, horizon)
        first = self.maximum / self.divisor
        last = first / self.final_divisor
        rising = half_cosine(first, self.maximum, progress / self.rise)
        falling = half_cosine(self.maximum, last, (progress - self.rise) / (1 - self.rise))
        return np.where(progress < self.rise, rising, falling)
