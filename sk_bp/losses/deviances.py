"""Losses for counts and amounts, whose prediction is a positive mean: Tweedie deviances."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval

from sk_bp.losses.loss import TINY, Array
from sk_bp.losses.regression import RegressionLoss
from sk_bp.outputs import ExponentialOutput, Output


class Deviance(RegressionLoss):
    """Half the Tweedie deviance of a mean exp(z), summed over the outputs.

    The logarithm of the mean is what the network computes (the log link), so that predictions are
    positive and effects multiply.
    """

    output: Output = ExponentialOutput()
    positive_only = True
    _power: float

    @property
    def _exponents(self) -> tuple[float, float]:
        """The deviance's a = 2 - power and b = power - 1, as ``_core/losses/deviances.hpp``."""
        return 2 - self._power, self._power - 1

    def check_targets(self, y: Array, name: str = "y") -> None:
        wrong = y < 0 if self._power < 2 else y <= 0
        if wrong.any():
            place = tuple(np.argwhere(wrong)[0].tolist())
            allowed = ">= 0" if self._power < 2 else "> 0"
            raise ValueError(
                f"the loss {self} needs {name} {allowed}, but "
                f"{name}[{', '.join(map(str, place))}] is {y[place]:g}"
            )

    def of_outputs(self, raw: Array, y: Array) -> Array:
        a, b = self._exponents
        growing, falling = self._terms(raw, y)
        positive = y > 0
        y = np.where(positive, y, 1).astype(np.float64)
        d, scale = raw - np.log(y), y**a
        loss = np.zeros(np.broadcast(raw, y).shape)
        if a != 0:
            loss += _excess(scale, a * d, growing) / a
        if b != 0:
            loss += _excess(scale, -b * d, falling) / b
        return loss if positive.all() else np.where(positive, loss, growing / a)

    def best_constant(self, y: Array, weight: Array | None, n_outputs: int) -> Array:
        means = np.average(np.asarray(y, np.float64), axis=0, weights=weight)
        return np.log(np.maximum(means, TINY))

    def rounded_terms(self, raw: Array, y: Array) -> Array:
        growing, falling = self._terms(raw, y)
        distances = np.abs(raw - np.log(np.where(y > 0, y, 1)))
        return ((growing + falling) * (1 + np.abs(raw) + distances)).sum(axis=1)

    def _terms(self, raw: Array, y: Array) -> tuple[Array, Array]:
        """mu^a and y mu^-b; their difference is the derivative."""
        a, b = self._exponents
        with np.errstate(over="ignore"):
            return np.exp(a * raw), np.asarray(y, np.float64) * np.exp(-b * raw)


class Poisson(Deviance):
    """Half the Poisson deviance: for counts and rates, y >= 0.

    With mu = exp(z) the prediction: mu - y + y log(y / mu). The variance of y is taken to be
    proportional to its mean. For rates, such as claims a year, give the exposure as sample weight.

    References
    ----------
    McCullagh & Nelder, Generalized linear models, 2nd edition, 1989, section 2.3.

    Examples
    --------
    >>> from sk_bp import BPRegressor
    >>> reg = BPRegressor((), loss="poisson", optimizer="lbfgs", alpha=0)
    >>> reg.fit([[0.0], [1.0]], [1.0, 3.0]).predict([[2.0]]).round(2)
    array([9.])
    """

    core_name = "poisson"
    _power = 1.0


class Gamma(Deviance):
    """Half the gamma deviance: for amounts and durations, y > 0.

    With mu = exp(z) the prediction: log(mu / y) + y / mu - 1. The standard deviation of y is taken
    to be proportional to its mean, so that relative errors count.

    References
    ----------
    McCullagh & Nelder, Generalized linear models, 2nd edition, 1989, chapter 8.
    """

    core_name = "gamma"
    _power = 2.0


class Tweedie(Deviance):
    """Half the Tweedie deviance: the variance of y is proportional to a power of its mean.

    With mu = exp(z) the prediction and p the power, other than 1 and 2:
    y^(2-p) / ((1-p) (2-p)) - y mu^(1-p) / (1-p) + mu^(2-p) / (2-p).

    Parameters
    ----------
    power : float, default=1.5
        At least 1. 1 is `Poisson`, 2 is `Gamma`, 3 the inverse Gaussian. Between 1 and 2 y >= 0 is
        a sum of a random number of positive amounts, often exactly 0, such as claims or rain; from
        2 on y must be positive.

    References
    ----------
    Jorgensen, Exponential dispersion models, Journal of the Royal Statistical Society B 49, 1987.
    """

    core_name = "tweedie"
    _parameter_constraints = {"power": [Interval(Real, 1, None, closed="left")]}

    def __init__(self, power: float = 1.5) -> None:
        self.power = power

    @property
    def _power(self) -> float:  # type: ignore[override]
        return self.power


def _excess(scale: Array, t: Array, grown: Array) -> Array:
    """The product scale (e^t - 1 - t), without cancellation; grown is scale e^t."""
    near = np.clip(t, -1, 1)
    return np.where(np.abs(t) < 1, scale * (np.expm1(near) - near), grown - scale * (1 + t))
