"""Bayesian regularization: Levenberg-Marquardt that finds its own weight decay."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dpotrf, dpotri, dpotrs

from sk_bp.endings import Ending
from sk_bp.objective import Objective
from sk_bp.optimizers.levenberg_marquardt import DampedMinimizer, Descent
from sk_bp.optimizers.minimizer import Array

_TINY = np.finfo(float).tiny
# a and b are estimated where a step has lowered the objective by less than the first share, and an
# undamped one promises less than the second: a damped step may gain little far from a minimum.
# Estimated after each step, as Foresee & Hagan do, they often end where the network says nothing
# at all.
_SMALL_GAIN = 0.01
_SMALL_PROMISE = 0.5


class BayesianRegularization(DampedMinimizer):
    """Levenberg-Marquardt steps on b E_D + a E_W, with a and b estimated from the data.

    With E_D the sum of the squared errors, n their number, E_W the sum of the squared weights and
    biases, those of the outputs apart, N their number, P the identity for these, 0 for the rest::

        H = b J'J + a P
        gamma = N - a trace(P / H) + n_outputs        the effective number of parameters
        a <- (gamma - n_outputs) / (2 E_W),   b <- (n - gamma) / (2 E_D)

    which maximizes the evidence, the probability of the data given a and b. This is done whenever a
    step has lowered b E_D + a E_W by less than 1 %, and without damping promises less than 50 %; at
    first, b = 1 and a is `alpha`.

    Parameters
    ----------
    mu : float, default=0.01
        The first damping, relative to the mean curvature, positive.
    increase : float, default=3.0
        What the damping is multiplied by after a step that does not help, above 1.
    decrease : float, default=0.3
        What it is multiplied by after one that does, in (0, 1).
    mu_max : float, default=1e10
        Ends when the damping grows beyond, with a warning unless a minimum is reached to rounding.
    min_grad : float, default=1e-7
        Ends when no entry of the gradient of E_D / (2 S) + a / b E_W / (2 S), with S the sum of the
        sample weights, is larger, relative to the loss of the best constant prediction; not
        negative.

    Notes
    -----
    What is said of `LevenbergMarquardt` holds here too, but `alpha` only begins the search: what it
    comes to is a / b. Sample weights count as repeated samples, here more than anywhere: n is S
    times the number of outputs, so weights that sum to 1 say that there is one sample, which
    teaches the network nothing. One a serves all layers, so targets should be scaled, as with
    TransformedTargetRegressor.

    `history_` holds "mu", "alpha" (a / b), "beta" (b), "n_effective_parameters" (gamma) and
    "log_evidence", which is that of a and b as they would be estimated at this iteration. The
    estimator's `tol` applies to the log evidence per error, which should grow, not to the loss;
    it is not asked before a and b were estimated once. Of several initializations (`n_restarts`),
    the one with the highest log evidence at its end is kept. Defaults are those of
    `LevenbergMarquardt`, but for mu: with 1, a is sometimes estimated before the network has learnt
    anything, and then it never does.

    Memory: as `LevenbergMarquardt`.
    When: few, noisy samples, too few to set some aside for validation.

    References
    ----------
    MacKay, Bayesian interpolation, Neural Computation 4, 1992.
    Foresee & Hagan, Gauss-Newton approximation to Bayesian learning, ICNN 1997.

    Examples
    --------
    >>> from sk_bp import BayesianRegularization, BPRegressor
    >>> reg = BPRegressor(10, "tanh", optimizer=BayesianRegularization(), max_iter=300)
    """

    def __init__(
        self,
        mu: float = 0.01,
        *,
        increase: float = 3.0,
        decrease: float = 0.3,
        mu_max: float = 1e10,
        min_grad: float = 1e-7,
    ) -> None:
        super().__init__(mu, increase=increase, decrease=decrease, mu_max=mu_max, min_grad=min_grad)

    def minimize(
        self,
        objective: Objective,
        max_iter: int,
        after_iteration: Callable[..., bool],
        memory: dict[str, Any],
    ) -> tuple[Ending, str]:
        problem = objective.least_squares(type(self).__name__)
        descent = Descent(problem, self, memory.get("mu", self.mu))
        a, b = memory.get("a", problem.alpha), memory.get("b", 1.0)
        decaying = np.arange(problem.size) < problem.size - problem.n_outputs
        decay = a / b / problem.weight_sum * decaying
        for _ in range(max_iter):
            if descent.is_flat(decay):
                return Ending.CONVERGED, ""
            gain = descent.step(decay)
            if gain is None:
                return descent.stuck(decay)
            estimate = _Estimate(descent, decay, decaying)
            memory["mu"] = descent.mu
            value = descent.value(decay)
            if gain < _SMALL_GAIN * value and estimate.promised < _SMALL_PROMISE * value:
                a, b = memory["a"], memory["b"] = estimate.a, estimate.b
                decay = a / b / problem.weight_sum * decaying
            if after_iteration(
                descent.x,
                descent.loss,
                gradient=descent.slope,
                progress=-estimate.log_evidence / problem.n_errors,
                settled="a" in memory,
                quality=estimate.log_evidence,
                mu=descent.mu,
                alpha=a / b,
                beta=b,
                n_effective_parameters=estimate.gamma,
                log_evidence=estimate.log_evidence,
            ):
                return Ending.STOPPED, ""
        return (Ending.CONVERGED if descent.is_flat(decay) else Ending.MAX_ITER), ""


class _Estimate:
    """What the weights at hand say of a and b.

    Attributes
    ----------
    promised : float
        By how much an undamped step would lower the objective, were the errors linear.
    gamma : float
        The effective number of parameters.
    a, b : float
        The estimates.
    log_evidence : float
        The log evidence of these estimates.
    """

    def __init__(self, descent: Descent, decay: Array, decaying: NDArray[np.bool_]) -> None:
        problem, JJ = descent.problem, descent.JJ
        errors = max(2 * problem.weight_sum * descent.loss, _TINY)  # squared, and summed
        weights = max(float(np.vdot(descent.x[decaying], descent.x[decaying])), _TINY)
        n_weights, n_errors = int(decaying.sum()), problem.n_errors
        floor = 1e-12 * max(np.trace(JJ) / len(JJ), _TINY)  # where a is next to none
        decay = np.maximum(decay, floor * decaying)
        factor, gradient = _factor(JJ, decay), descent.gradient(decay)
        self.promised = 0.5 * float(gradient @ dpotrs(factor, gradient)[0])
        inverse = dpotri(factor)[0]
        certain = n_weights - float(decay @ np.diag(inverse))
        certain = min(max(certain, 0.0), n_weights)
        self.gamma = certain + problem.n_outputs
        self.a = max(certain, _TINY) / (2 * weights)
        self.b = max(n_errors - self.gamma, 1e-3 * n_errors) / (2 * errors)
        scale = self.b * problem.weight_sum  # b J'J + a P is the curvature of the mean times this
        decay = np.maximum(self.a / scale * decaying, floor * decaying)
        factor = _factor(JJ, decay)
        self.log_evidence = float(
            -self.b * errors
            - self.a * weights
            - np.log(np.diag(factor)).sum()
            - 0.5 * len(JJ) * np.log(scale)
            + 0.5 * n_weights * np.log(decay.max() * scale)
            + 0.5 * n_errors * np.log(self.b / np.pi)
        )


def _factor(JJ: Array, decay: Array) -> Array:
    """The Cholesky factor of J'J plus the decay, which may be singular to rounding."""
    curvature = JJ + np.diag(decay)
    factor, failed = dpotrf(curvature)
    if failed:
        mean = np.trace(curvature) / len(curvature)
        factor = dpotrf(curvature + np.eye(len(curvature)) * 1e-10 * mean)[0]
    return factor
