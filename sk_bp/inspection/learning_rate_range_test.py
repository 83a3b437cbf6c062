"""The learning rate range test: the loss while the rate grows from step to step."""

import math
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from sklearn.utils import check_random_state, check_scalar

from sk_bp.base import BaseBP
from sk_bp.inspection.problem import Problem, problem_of
from sk_bp.range_test import losses_at
from sk_bp.state import State
from sk_bp.threads import single_threaded_blas
from sk_bp.training import Training

_RANGE = 1000  # from the default rate down and up, unless limits are given
_LAST = 5  # losses whose mean says whether the loss has grown
_SPREAD = 0.025  # standard deviation of the smoothing, in parts of the steps asked for


@dataclass(eq=False)
class RangeTest:
    """The result of `learning_rate_range_test`.

    Attributes
    ----------
    rates : ndarray of shape (n_steps,)
        Learning rates, ascending: one for each step that was made.
    losses : ndarray of shape (n_steps,)
        Mean loss of the batch of each step, before the step.
    smoothed_losses : ndarray of shape (n_steps,)
        The losses, smoothed.
    suggestion : float or None
        The rate at which the smoothed loss falls most steeply; None if it does not fall.
    divergence : float or None
        The rate at which the loss had grown too much; None if it never did.
    """

    rates: NDArray[np.float64]
    losses: NDArray[np.float64]
    smoothed_losses: NDArray[np.float64]
    suggestion: float | None
    divergence: float | None

    def __repr__(self) -> str:
        return (
            f"RangeTest({len(self.rates)} rates up to {self.rates[-1]:.3g}, "
            f"suggestion={_shown(self.suggestion)}, divergence={_shown(self.divergence)})"
        )


def _shown(rate: float | None) -> str:
    return "None" if rate is None else f"{rate:.3g}"


def learning_rate_range_test(
    estimator: BaseBP,
    X: Any,
    y: Any,
    sample_weight: Any = None,
    *,
    min_rate: float | None = None,
    max_rate: float | None = None,
    n_steps: int = 200,
    max_growth: float = 4.0,
    random_state: Any = None,
) -> RangeTest:
    """Train for some steps, each at a larger learning rate than the one before.

    Parameters
    ----------
    estimator : BPClassifier or BPRegressor
        With an optimizer that takes a schedule. It stays as it is. If it is fitted, the test begins
        at its weights, else at those that `fit` would begin at. Its `learning_rate` is not used.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Training samples, dense or sparse.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Their targets.
    sample_weight : array-like of shape (n_samples,), default=None
        Their weights.
    min_rate : float, default=None
        The first rate; None means a thousandth of the optimizer's default rate.
    max_rate : float, default=None
        The last rate; None means a thousand times the default rate, or less where `alpha` would
        turn the sign of the weights.
    n_steps : int, default=200
        Steps, at least 10, each a batch of `batch_size` samples; the rates are spaced evenly on a
        logarithmic scale. It takes as many epochs as there must be.
    max_growth : float, default=4.0
        The test ends when the loss has grown to more than this times the lowest one, above 1; both
        are means of five steps.
    random_state : int, RandomState or None, default=None
        Of the order of the samples, and of dropout. None means that of the estimator.

    Returns
    -------
    result : RangeTest

    Raises
    ------
    TypeError
        If the estimator is not one of this package, or a parameter is of the wrong type.
    ValueError
        If a parameter or the data is not valid, the optimizer takes no schedule, or not even two
        steps can be made.

    Notes
    -----
    The loss of a step is that before the step, as usual, so it shows what smaller rates have done.
    Losses are smoothed by a Gaussian in the number of the step, whose standard deviation is 2.5 %
    of `n_steps`. The suggestion is the rate at which they fall most steeply, as a function of the
    logarithm of the rate, before they are lowest. Smith 2017 reads off a range of rates: from where
    the loss begins to fall, to where it becomes ragged or rises. The steepest descent is the usual
    single figure within that range.

    Each rate is seen for one step only, so the suggestion depends on `n_steps`, and on small data
    more than on large ones. ``learning_rate="auto"`` compares short trainings instead, and finds
    better rates.

    References
    ----------
    Smith, Cyclical learning rates for training neural networks, WACV 2017.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sk_bp import BPClassifier
    >>> from sk_bp.inspection import learning_rate_range_test
    >>> X, y = load_digits(return_X_y=True)
    >>> result = learning_rate_range_test(BPClassifier(random_state=0), X / 16, y)
    >>> result.rates[0] < result.suggestion < result.divergence
    True
    """
    problem = problem_of(estimator, X, y, sample_weight)
    optimizer = problem.settings.optimizer
    if not optimizer.takes_schedule:
        raise ValueError(
            f"optimizer={estimator.optimizer!r} takes no schedule of learning rates, so there is "
            "nothing to test; use an optimizer by batches, such as 'rmsprop'"
        )
    rates = _rates(problem, min_rate, max_rate, n_steps)
    check_scalar(max_growth, "max_growth", Real)
    if not 1 < max_growth < math.inf:
        raise ValueError(f"max_growth must be finite and above 1, got {max_growth!r}")
    seed = problem.seed
    if random_state is not None:
        seed = int(check_random_state(random_state).randint(np.iinfo(np.int32).max))
    training, grown = Training(problem.network, State(seed)), _Growth(max_growth)
    with single_threaded_blas():
        losses = np.array(losses_at(training, problem.samples, problem.settings, rates, grown))
    if len(losses) < 2:
        raise ValueError(
            f"no step can be made after one at the rate {rates[0]:g}: the loss or its gradient is "
            "too large; lower min_rate, or scale X and y"
        )
    divergence = float(rates[len(losses) - 1]) if grown.found or len(losses) < n_steps else None
    rates = rates[: len(losses)]
    smoothed = gaussian_filter1d(losses, _SPREAD * n_steps, mode="nearest")
    return RangeTest(rates, losses, smoothed, _steepest(rates, smoothed), divergence)


def _rates(
    problem: Problem, min_rate: float | None, max_rate: float | None, n_steps: int
) -> NDArray[np.float64]:
    """The rates to be tried, once the limits are known to be valid."""
    check_scalar(n_steps, "n_steps", Integral, min_val=10)
    settings = problem.settings
    default = settings.optimizer.default_learning_rate
    decay = settings.optimizer.decay_per_rate(settings.decay, problem.samples.total_weight)
    largest = min(default * _RANGE, 0.99 / decay if decay > 0 else math.inf)
    limits = {"min_rate": min_rate, "max_rate": max_rate}
    for name, value in limits.items():
        if value is not None:
            check_scalar(value, name, Real)
            if not 0 < value < math.inf:
                raise ValueError(f"{name} must be finite and positive, got {value!r}")
    low = default / _RANGE if min_rate is None else min_rate
    high = largest if max_rate is None else max_rate
    if low >= high:
        raise ValueError(
            f"min_rate={min_rate!r} and max_rate={max_rate!r}: the rates would go from {low:g} to "
            f"{high:g}, and must ascend"
        )
    if high * decay >= 1:
        whole = settings.optimizer.whole_decay(settings.decay)
        raise ValueError(
            f"max_rate={max_rate!r} and {whole} together would turn the weights' "
            f"sign at each step; max_rate must be below {1 / decay:g}"
        )
    return np.geomspace(low, high, n_steps)


class _Growth:
    """Tells whether the loss has grown too much, and keeps in mind that it has."""

    def __init__(self, max_growth: float) -> None:
        self.max_growth = max_growth
        self.lowest = math.inf
        self.found = False

    def __call__(self, losses: list[float]) -> bool:
        if len(losses) >= _LAST:
            mean = float(np.mean(losses[-_LAST:]))
            self.found = mean > self.max_growth * self.lowest
            self.lowest = min(self.lowest, mean)
        return self.found


def _steepest(rates: NDArray[np.float64], smoothed: NDArray[np.float64]) -> float | None:
    """The rate at which the smoothed loss falls most steeply before it is lowest."""
    lowest = int(np.argmin(smoothed))
    if lowest == 0:
        return None
    slopes = np.gradient(smoothed, np.log(rates))[: lowest + 1]
    return float(rates[np.argmin(slopes)])
