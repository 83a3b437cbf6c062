"""Losses: what training minimizes.

=============  ==============  ===========  ======================================  ==========
name           class           task         loss of one sample                      output
=============  ==============  ===========  ======================================  ==========
log_loss       `LogLoss`       binary       log(1 + exp(z)) - y z                   logistic
log_loss       `LogLoss`       multiclass   log(sum_j exp(z_j)) - z_y               softmax
log_loss       `LogLoss`       multilabel   sum_j [log(1 + exp(z_j)) - y_j z_j]     logistic
squared_error  `SquaredError`  regression   1/2 sum_j (z_j - y_j)²                  identity
huber          `Huber`         regression   the same up to delta, linear beyond     identity
=============  ==============  ===========  ======================================  ==========

z are the raw outputs of the last layer. Losses and derivatives are computed in
``_core/losses.hpp``, from z, so that no logarithm of a rounded probability is taken.
"""

from abc import abstractmethod
from numbers import Real

import numpy as np
from numpy.typing import NDArray
from scipy.special import huber, log_softmax
from sklearn.utils._param_validation import Interval

from sk_bp.outputs import IdentityOutput, LogisticOutput, Output, SoftmaxOutput
from sk_bp.values import Value

Array = NDArray[np.floating]


class Loss(Value):
    """A loss, as the user chooses it.

    Attributes
    ----------
    tasks : tuple of str
        What it can be used for: "binary", "multiclass", "multilabel", "regression".

    Examples
    --------
    >>> from sk_bp.losses import LOSSES
    >>> LOSSES["log_loss"]().for_task("multiclass").output
    SoftmaxOutput()
    """

    tasks: tuple[str, ...]

    @abstractmethod
    def for_task(self, task: str) -> "TaskLoss":
        """The loss as one kind of task uses it."""


class TaskLoss(Value):
    """A loss as one kind of task uses it; what the core computes.

    Attributes
    ----------
    output : Output
        The output activation that belongs to it.
    """

    output: Output

    @abstractmethod
    def of_constant(self, raw: Array, y: Array, weight: Array | None) -> float:
        """The mean loss of a network that gives every sample the same raw outputs.

        Parameters
        ----------
        raw : ndarray of shape (n_outputs,)
            The raw outputs.
        y : ndarray of shape (n_samples, width)
            Encoded targets.
        weight : ndarray of shape (n_samples,) or None
            Sample weights.
        """

    @abstractmethod
    def best_constant(self, y: Array, weight: Array | None, n_outputs: int) -> Array:
        """The raw outputs of a network that predicts the mean or base rates for every sample."""

    @abstractmethod
    def rounded_terms(self, raw: Array, y: Array) -> Array:
        """The size of the terms whose rounding errors enter each sample's loss, (n_samples,)."""

    def at_zero(self, y: Array, weight: Array | None, n_outputs: int) -> float:
        """The mean loss of a network whose raw outputs are all zero.

        Training ends if the loss grows to a large multiple of it.
        """
        return self.of_constant(np.zeros(n_outputs), y, weight)

    def scale(self, y: Array, weight: Array | None, n_outputs: int) -> float:
        """The mean loss of the best constant prediction, the unit of all tolerances.

        If that is zero or not finite, it is the loss at zero outputs; if that is too, it is 1.
        """
        best = self.of_constant(self.best_constant(y, weight, n_outputs), y, weight)
        at_zero = self.at_zero(y, weight, n_outputs)
        if np.isfinite(best) and best > _ROUNDING * at_zero:
            return best
        return at_zero if np.isfinite(at_zero) and at_zero > 0 else 1.0


class RegressionLoss(Loss, TaskLoss):
    """A loss for real-valued targets."""

    tasks = ("regression",)
    output: Output = IdentityOutput()

    def for_task(self, task: str) -> TaskLoss:
        return self

    @abstractmethod
    def of_errors(self, errors: Array) -> Array:
        """The loss of each error, prediction - target."""

    def of_constant(self, raw: Array, y: Array, weight: Array | None) -> float:
        with np.errstate(over="ignore"):  # infinity is a valid answer
            return float(np.average(self.of_errors(raw - y).sum(axis=1), weights=weight))

    def best_constant(self, y: Array, weight: Array | None, n_outputs: int) -> Array:
        with np.errstate(over="ignore", invalid="ignore"):
            return np.average(np.asarray(y, np.float64), axis=0, weights=weight)


class SquaredError(RegressionLoss):
    """Half the squared error, summed over the outputs."""

    core_name = "squared_error"

    def of_errors(self, errors: Array) -> Array:
        return 0.5 * np.square(errors, dtype=np.float64)

    def rounded_terms(self, raw: Array, y: Array) -> Array:
        return (np.abs(raw - y) * (np.abs(raw) + np.abs(y))).sum(axis=1)


class Huber(RegressionLoss):
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

    def of_errors(self, errors: Array) -> Array:
        return huber(self.delta, np.asarray(errors, np.float64))

    def rounded_terms(self, raw: Array, y: Array) -> Array:
        slopes = np.minimum(np.abs(raw - y), self.delta)
        return (slopes * (np.abs(raw) + np.abs(y))).sum(axis=1)


class BinaryLogLoss(TaskLoss):
    """The log-loss of 0/1 targets, summed over the outputs."""

    core_name = "binary_log_loss"
    output: Output = LogisticOutput()

    def of_constant(self, raw: Array, y: Array, weight: Array | None) -> float:
        rates = np.average(y, axis=0, weights=weight)
        return float((np.logaddexp(0, raw) - rates * raw).sum())

    def best_constant(self, y: Array, weight: Array | None, n_outputs: int) -> Array:
        return _log_odds(np.average(y, axis=0, weights=weight))

    def rounded_terms(self, raw: Array, y: Array) -> Array:
        return np.abs(raw).sum(axis=1)


class CategoricalLogLoss(TaskLoss):
    """The log-loss of one class out of several, the target being its number."""

    core_name = "categorical_log_loss"
    output: Output = SoftmaxOutput()

    def of_constant(self, raw: Array, y: Array, weight: Array | None) -> float:
        return float(-(self._rates(y, weight, len(raw)) @ log_softmax(raw)))

    def best_constant(self, y: Array, weight: Array | None, n_outputs: int) -> Array:
        return np.log(np.maximum(self._rates(y, weight, n_outputs), _TINY))

    def rounded_terms(self, raw: Array, y: Array) -> Array:
        return np.abs(raw).sum(axis=1)

    @staticmethod
    def _rates(y: Array, weight: Array | None, n_classes: int) -> Array:
        totals = np.bincount(y[:, 0].astype(np.intp), weights=weight, minlength=n_classes)
        return totals / totals.sum()


class LogLoss(Loss):
    """The log-loss (cross-entropy): minus the logarithm of the target's probability."""

    tasks = ("binary", "multiclass", "multilabel")
    core_name = "log_loss"

    def for_task(self, task: str) -> TaskLoss:
        return CategoricalLogLoss() if task == "multiclass" else BinaryLogLoss()


_TINY = 1e-300
_ROUNDING = 1e-24  # the variance that rounding gives to a constant, relative to its square

LOSSES: dict[str, type[Loss]] = {
    "log_loss": LogLoss,
    "squared_error": SquaredError,
    "huber": Huber,
}


def losses_for(*tasks: str) -> dict[str, type[Loss]]:
    """The losses that can be used for all these tasks.

    Parameters
    ----------
    *tasks : str
        "binary", "multiclass", "multilabel" or "regression".

    Returns
    -------
    losses : dict of str to class

    Examples
    --------
    >>> from sk_bp.losses import losses_for
    >>> list(losses_for("regression"))
    ['squared_error', 'huber']
    """
    return {name: cls for name, cls in LOSSES.items() if set(tasks) <= set(cls.tasks)}


def _log_odds(rates: Array) -> Array:
    return np.log(np.maximum(rates, _TINY)) - np.log(np.maximum(1 - rates, _TINY))
