"""A rate that follows the loss."""

import math
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from sk_bp.schedules.horizon import Horizon
from sk_bp.schedules.schedule import AT_LEAST_ONE, NOT_NEGATIVE, POSITIVE, Rates, Schedule, State


class AdaptiveRate(Schedule):
    """A learning rate that is changed after each epoch by what the loss has done.

    It is divided by `factor` when the loss has stopped improving, scikit-learn's "adaptive". With
    `increase` and `decrease` it also grows while the loss falls and shrinks when it rises, as in
    MATLAB's ``traingda`` and ``traingdx``. After an epoch with the loss L, where the one before had
    the loss L' and the best of all before was B::

        rate <- rate * decrease    if L - L' > (max_growth - 1) |L'|
                rate * increase    if L < L'
        n    <- 0 if L < B - tol, else n + 1
        rate <- rate / factor, n <- 0    if n > n_iter_no_change

    and then the rate is kept between `minimum` and `maximum`.

    Parameters
    ----------
    initial : float, default=0.001
        The rate of the first epoch, positive, between `minimum` and `maximum`.
    factor : float, default=5.0
        What the rate is divided by on a plateau, at least 1; 1 leaves it alone.
    tol : float, default=1e-4
        An epoch is progress if its loss lies below the best one by more than this, in units of the
        estimator's own `tol`; not negative.
    n_iter_no_change : int, default=10
        Consecutive epochs without progress that are tolerated; one more is a plateau.
    increase : float, default=1.0
        What the rate is multiplied by after an epoch with a lower loss, at least 1; MATLAB's lr_inc
        is 1.05.
    decrease : float, default=1.0
        What the rate is multiplied by after an epoch whose loss has grown too much, in (0, 1];
        MATLAB's lr_dec is 0.7.
    max_growth : float, default=1.04
        By which factor the loss of an epoch may exceed the one before, at least 1; MATLAB's
        max_perf_inc.
    minimum : float, default=1e-6
        The smallest rate, not negative.
    maximum : float, default=10.0
        The largest rate, positive.

    Notes
    -----
    The state is four numbers: the rate relative to `initial`, the best loss, the last loss, and n.
    It is part of the state of the training, so that one that is resumed goes on as if it had not
    been interrupted. Before the first epoch, "the best" and "the one before" are infinite, and
    nothing grows or shrinks.

    The loss is that of held-out samples with ``early_stopping``, else that of training. As long as
    the rate can still be divided, a plateau does not end the training.

    An epoch whose loss has grown too much is not undone, as ``traingda`` and ``traingdx`` do.
    Undoing needs a copy of all weights and of the optimizer's averages in each epoch, which on wide
    sparse input costs far more than the epoch itself. Those two also make one step an epoch, so
    that the loss before and after a step is known exactly; in batches, the loss of an epoch is a
    mean over changing weights, and grows by chance. What undoing is for is held by other means: a
    gradient that is not finite is never applied, and ``early_stopping`` keeps the best weights.

    When: SGD, if nothing is known of how long the training takes. ``AdaptiveRate(0.01, factor=1,
    increase=1.05, decrease=0.7)`` is MATLAB's rule.
    Defaults: scikit-learn's; a division goes no lower than the 1e-6 at which it stops.

    References
    ----------
    Vogl, Mangis, Rigler, Zink & Alkon, Accelerating the convergence of the back-propagation method,
    Biological Cybernetics 59, 1988, for the growing and shrinking.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import AdaptiveRate
    >>> schedule = AdaptiveRate(0.1, factor=10, n_iter_no_change=1)
    >>> state = schedule.new_state()
    >>> for loss in (0.9, 0.5, 0.5, 0.5):
    ...     state = schedule.after_epoch(state, loss)
    >>> schedule.rate(state)
    0.01
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "initial": [POSITIVE],
        "factor": [AT_LEAST_ONE],
        "tol": [NOT_NEGATIVE],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "increase": [AT_LEAST_ONE],
        "decrease": [Interval(Real, 0, 1, closed="right")],
        "max_growth": [AT_LEAST_ONE],
        "minimum": [NOT_NEGATIVE],
        "maximum": [POSITIVE],
    }

    def __init__(
        self,
        initial: float = 0.001,
        *,
        factor: float = 5.0,
        tol: float = 1e-4,
        n_iter_no_change: int = 10,
        increase: float = 1.0,
        decrease: float = 1.0,
        max_growth: float = 1.04,
        minimum: float = 1e-6,
        maximum: float = 10.0,
    ):
        self.initial = initial
        self.factor = factor
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.increase = increase
        self.decrease = decrease
        self.max_growth = max_growth
        self.minimum = minimum
        self.maximum = maximum

    def check(self) -> None:
        super().check()
        if not self.minimum <= self.initial <= self.maximum:
            raise ValueError(
                f"initial={self.initial!r} of AdaptiveRate must lie between "
                f"minimum={self.minimum!r} and maximum={self.maximum!r}"
            )

    def rate(self, state: State) -> float:
        """The learning rate of the epoch that follows.

        Parameters
        ----------
        state : dict of str to float
            As `new_state` and `after_epoch` give it.
        """
        return self._bounded(self.initial * state["scale"])

    def rates_at(self, steps: NDArray[np.integer], horizon: Horizon, state: State) -> Rates:
        return np.full(np.shape(steps), self.rate(state))

    def new_state(self) -> State:
        return {"scale": 1.0, "best": math.inf, "previous": math.inf, "n_without_progress": 0}

    def after_epoch(self, state: State, loss: float) -> State:
        rate = self.rate(state) * self._by_change(loss, state["previous"])
        progress = loss < state["best"] - self.tol  # NaN: no progress
        n_without_progress = 0 if progress else state["n_without_progress"] + 1
        if n_without_progress > self.n_iter_no_change:
            rate, n_without_progress = rate / self.factor, 0
        return {
            "scale": self._bounded(rate) / self.initial,
            "best": loss if loss < state["best"] else state["best"],
            "previous": loss if math.isfinite(loss) else state["previous"],
            "n_without_progress": n_without_progress,
        }

    def answers_plateau(self, state: State) -> bool:
        return self.factor > 1 and self.rate(state) > self.minimum

    def _by_change(self, loss: float, previous: float) -> float:
        """What a change of the loss multiplies the rate by."""
        if not math.isfinite(loss):
            return self.decrease
        if not math.isfinite(previous):
            return 1.0
        if loss - previous > (self.max_growth - 1) * abs(previous):
            return self.decrease
        return self.increase if loss < previous else 1.0

    def _bounded(self, rate: float) -> float:
        return min(max(rate, self.minimum), self.maximum)
