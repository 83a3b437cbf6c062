"""Bayesian regularization: Levenberg-Marquardt that finds its own weight decay."""

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri

from sk_bp.optimizers.levenberg_marquardt import DampedMinimizer
from sk_bp.optimizers.minimizer import MAX_ITER

_TINY = np.finfo(float).tiny
# a and b are estimated where a step lowers the objective by less than this share. Estimated after
# each step, as Foresee & Hagan do, they often end where the network says nothing at all.
_SETTLED = 0.01


class BayesianRegularization(DampedMinimizer):
    """Levenberg-Marquardt steps on b E_D + a E_W, with a and b estimated from the data.

    With E_D the sum of the squared errors, n their number, E_W the sum of the squared weights and
    biases, those of the outputs apart, N their number, P the identity for these, 0 for the rest::

        H = b J'J + a P
        gamma = N - a trace(P / H) + n_outputs        the effective number of parameters
        a <- (gamma - n_outputs) / (2 E_W),   b <- (n - gamma) / (2 E_D)

    which maximizes the evidence, the probability of the data given a and b. This is done whenever a
    step has lowered b E_D + a E_W by less than 1 %; at first, b = 1 and a is `alpha`.

    Parameters
    ----------
    mu : float, default=0.01
        The first damping, positive.
    increase : float, default=2.0
        What the damping is multiplied by after a step that does not help, above 1.
    decrease : float, default=0.3
        What it is multiplied by after one that does, in (0, 1).
    mu_max : float, default=1e10
        Ends when the damping grows beyond.
    min_grad : float, default=1e-7
        Ends when no entry of the gradient of b E_D + a E_W is larger, not negative.

    Notes
    -----
    What is said of `LevenbergMarquardt` holds here too, but `alpha` only begins the search: what it
    comes to is a / b. `history_` holds "mu", "alpha" (a / b), "beta" (b),
    "n_effective_parameters" (gamma) and "log_evidence". The estimator's `tol` applies to the log
    evidence per error: that, not the loss, is what should grow. Targets should be scaled, as with
    TransformedTargetRegressor. Defaults are those of `LevenbergMarquardt`.

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

    def minimize(self, objective, max_iter, after_iteration, state):
        problem = objective.least_squares(type(self).__name__)
        x, mu = problem.start, min(state.get("mu", self.mu), self.mu_max)
        a, b = state.get("a", problem.alpha), state.get("b", 1.0)
        decaying = np.arange(problem.size) < problem.size - problem.n_outputs

        def squared_weights(x):
            return float(np.vdot(x[decaying], x[decaying]))

        def value_at(x):
            return b * problem.squared_errors(x) + a * squared_weights(x)

        JJ, Je = problem.normal_equations(x)
        for _ in range(max_iter):
            gradient = b * Je + a * decaying * x
            if np.abs(gradient).max() <= self.min_grad:
                return None
            before = value_at(x)
            curvature = b * JJ + np.diag(a * decaying)
            step, value, mu = self._step(x, before, gradient, curvature, mu, value_at)
            if step is None:
                return None
            x = step
            JJ, Je = problem.normal_equations(x)
            errors, weights = problem.squared_errors(x), squared_weights(x)
            gamma, log_evidence = _evidence(problem, JJ, decaying, a, b, errors, weights)
            if before - value < _SETTLED * value:
                freedom = max(problem.n_errors - gamma, 1e-3 * problem.n_errors)
                a = max(gamma - problem.n_outputs, _TINY) / (2 * max(weights, _TINY))
                b = freedom / (2 * max(errors, _TINY))
            state.update(mu=mu, a=a, b=b)
            if after_iteration(
                x,
                0.5 * errors / problem.weight_sum,
                gradient=Je / problem.weight_sum,
                mu=mu,
                alpha=a / b,
                beta=b,
                n_effective_parameters=gamma,
                log_evidence=log_evidence,
                progress=-log_evidence / problem.n_errors,
            ):
                return None
        return MAX_ITER


def _evidence(problem, JJ, decaying, a, b, errors, weights):
    """The effective number of parameters, and the log evidence of a and b."""
    n_weights = int(decaying.sum())
    H = b * JJ + np.diag(np.where(decaying, max(a, 1e-12 * b), 0.0))
    factor, failed = dpotrf(H)
    if failed:
        factor = dpotrf(H + np.eye(len(H)) * (1e-10 * np.trace(H) / len(H)))[0]
    trace = np.diag(dpotri(factor)[0])[decaying].sum()
    gamma = float(np.clip(n_weights - a * trace, 0, n_weights)) + problem.n_outputs
    log_evidence = (
        -b * errors
        - a * weights
        - np.log(np.diag(factor)).sum()
        + 0.5 * n_weights * np.log(max(a, 1e-12 * b))
        + 0.5 * problem.n_errors * np.log(b / np.pi)
    )
    return gamma, float(log_evidence)
