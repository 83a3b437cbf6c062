"""Losses of errors: the squared error and others that outliers influence less."""

from abc import abstractmethod
from numbers import Real

import numpy as np
from numpy.typing import NDArray
from scipy.special import huber
from sklearn.utils._param_validation import Interval

from sk_bp.losses.loss import Array, Loss, TaskLoss
from sk_bp.outputs import IdentityOutput, Output


class RegressionLoss(Loss, TaskLoss):
    """A loss for real-valued targets, which is a sum over the outputs."""

    tasks = ("regression",)

    def for_task(self, task: str) -> TaskLoss:
        return self

    @abstractmethod
    def of_outputs(self, raw: Array, y: Array) -> Array:
        """The loss of each raw output, of shape (n_samples, n_outputs)."""

    def of_constant(self, raw: Array, y: Array, weight: Array | None) -> float:
        with np.errstate(over="ignore"):  # infinity is a valid answer
            return float(np.average(self.of_outputs(raw, y).sum(axis=1), weights=weight))


class ErrorLoss(RegressionLoss):
    """A loss of the error, prediction - target."""

    output: Output = IdentityOutput()

    @abstractmethod
    def of_errors(self, errors: Array) -> Array:
        """The loss of each error."""

    @abstractmethod
    def steepness(self, errors: Array) -> Array:
        """The size of the derivative at each error."""

    def of_outputs(self, raw: Array, y: Array) -> Array:
        return self.of_errors(np.asarray(raw, np.float64) - y)

    def best_constant(self, y: Array, weight: Array | None, n_outputs: int) -> Array:
        with np.errstate(over="ignore", invalid="ignore"):
            return np.average(np.asarray(y, np.float64), axis=0, weights=weight)

    def rounded_terms(self, raw: Array, y: Array) -> Array:
        return (self.steepness(raw - y) * (np.abs(raw) + np.abs(y))).sum(axis=1)


class SquaredError(ErrorLoss):
    """Half the squared error, summed over the outputs."""

    core_name = "squared_error"

    def in_units(self, unit: float) -> tuple[TaskLoss, float]:
        return self, unit**2

    def of_errors(self, errors: Array) -> Array:
        return 0.5 * np.square(errors)

    def steepness(self, errors: Array) -> Array:
        return np.abs(errors)


class AbsoluteError(ErrorLoss):
    """The absolute error, summed over the outputs; the best prediction is the median.

    The derivative jumps at an error of 0, so that optimizers with a constant learning rate keep
    moving about the minimum: use a schedule that falls to 0.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import BPRegressor, CosineDecay
    >>> X, y = np.zeros((5, 1)), [1.0, 2.0, 3.0, 4.0, 1000.0]
    >>> reg = BPRegressor((), loss="absolute_error", learning_rate=CosineDecay(0.1), tol=None)
    >>> reg.fit(X, y).predict([[0.0]]).round(1)
    array([3.])
    """

    core_name = "absolute_error"

    def in_units(self, unit: float) -> tuple[TaskLoss, float]:
        return self, unit

    def of_errors(self, errors: Array) -> Array:
        return np.abs(errors)

    def steepness(self, errors: Array) -> Array:
        return np.ones_like(errors)

    def best_constant(self, y: Array, weight: Array | None, n_outputs: int) -> Array:
        return weighted_quantile(y, weight, 0.5)

    def sides(self, raw: Array, y: Array) -> NDArray[np.bool_]:
        return raw > y


class Huber(ErrorLoss):
    """Half the squared error up to `delta`, linear beyond, summed over the outputs.

    With e an error, prediction - target: e² / 2 where |e| <= delta, else
    delta (|e| - delta / 2). The derivative is at most delta, however far an outlier lies.

    Parameters
    ----------
    delta : float, default=1.0
        The error beyond which the loss is linear; positive, in the units of y.

    References
    ----------
    Huber, Robust estimation of a location parameter, Annals of Mathematical Statistics 35, 1964.

    Examples
    --------
    >>> from sk_bp import BPRegressor
    >>> from sk_bp.losses import Huber
    >>> BPRegressor(loss=Huber(delta=0.5)).get_params()["loss__delta"]
    0.5
    """

    core_name = "huber"
    _parameter_constraints = {"delta": [Interval(Real, 0, None, closed="neither")]}

    def __init__(self, delta: float = 1.0) -> None:
        self.delta = delta

    def in_units(self, unit: float) -> tuple[TaskLoss, float]:
        return Huber(self.delta / unit), unit**2

    def of_errors(self, errors: Array) -> Array:
        return huber(self.delta, errors)

    def steepness(self, errors: Array) -> Array:
        return np.minimum(np.abs(errors), self.delta)


class LogCosh(ErrorLoss):
    """The logarithm of the hyperbolic cosine of the error, summed over the outputs.

    Half the squared error for small errors, |e| - log 2 for large ones, and smooth between: Huber's
    loss with delta 1, with derivatives of every order. Scale y so that 1 is a usual error.
    """

    core_name = "log_cosh"

    def of_errors(self, errors: Array) -> Array:
        size = np.abs(errors)
        near = -0.5 * np.log1p(-np.square(np.tanh(np.minimum(size, 1))))
        return np.where(size < 1, near, size + np.log1p(np.exp(-2 * size)) - np.log(2))

    def steepness(self, errors: Array) -> Array:
        return np.abs(np.tanh(errors))


def weighted_quantile(y: Array, weight: Array | None, quantile: float) -> Array:
    """The lowest value of each column that has this share of the weight at or below it."""
    order = np.argsort(y, axis=0)
    weights = np.ones(len(y)) if weight is None else np.asarray(weight, np.float64)
    shares = np.cumsum(weights[order], axis=0) / weights.sum()
    places = np.argmax(shares >= quantile * (1 - 1e-12), axis=0)  # shares are rounded
    return np.take_along_axis(y, order, axis=0)[places, np.arange(y.shape[1])].astype(np.float64)
