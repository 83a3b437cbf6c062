"""Levenberg-Marquardt: Gauss-Newton steps, damped where the errors are not linear."""

from numbers import Real

import numpy as np
from scipy.linalg.lapack import dposv
from sklearn.utils._param_validation import Interval

from sk_bp.optimizers.minimizer import MAX_ITER, Minimizer
from sk_bp.optimizers.optimizer import NOT_NEGATIVE, POSITIVE, POSITIVE_FRACTION


class DampedMinimizer(Minimizer):
    """What the minimizers share that solve with J'J, damped by mu."""

    squared_error_only = True
    _parameter_constraints: dict = {
        "mu": [POSITIVE],
        "increase": [Interval(Real, 1, None, closed="neither")],
        "decrease": [POSITIVE_FRACTION],
        "mu_max": [POSITIVE],
        "min_grad": [NOT_NEGATIVE],
    }

    def __init__(self, mu=0.01, *, increase=2.0, decrease=0.3, mu_max=1e10, min_grad=1e-7):
        self.mu = mu
        self.increase = increase
        self.decrease = decrease
        self.mu_max = mu_max
        self.min_grad = min_grad

    def check(self):
        """Raise ValueError or TypeError that names an invalid hyperparameter and its value."""
        super().check()
        if self.mu > self.mu_max:
            raise ValueError(f"mu={self.mu!r} must not exceed mu_max={self.mu_max!r}")

    def _step(self, x, value, gradient, curvature, mu, value_at):
        """The next parameters, the value there, and mu; no parameters if no step helps."""
        diagonal = np.diag(curvature).copy()
        while mu <= self.mu_max:
            np.fill_diagonal(curvature, diagonal + mu)
            step, failed = dposv(curvature, gradient)[1:]
            if not failed:  # it fails where the matrix is singular to rounding
                moved = x - step
                lower = value_at(moved)
                if lower < value:
                    return moved, lower, max(mu * self.decrease, np.finfo(float).tiny)
            mu *= self.increase
        return None, value, mu


class LevenbergMarquardt(DampedMinimizer):
    """Gauss-Newton steps on the squared errors, damped as far as they must be.

    With e the errors of all outputs of all samples, J their derivatives with respect to the weights
    w, P the identity for weights and 0 for biases, all errors and rows of J times the root of the
    sample's weight::

        solve (J'J + alpha P + mu I) step = -(J'e + alpha P w)
        if the objective falls:  w <- w + step,  mu <- decrease mu
        else:                    mu <- increase mu, and try again

    Parameters
    ----------
    mu : float, default=0.01
        The first damping, positive.
    increase : float, default=2.0
        What the damping is multiplied by after a step that does not help, above 1.
    decrease : float, default=0.3
        What it is multiplied by after one that does, in (0, 1).
    mu_max : float, default=1e10
        Ends when the damping grows beyond: no step helps, a minimum is reached to rounding.
    min_grad : float, default=1e-7
        Ends when no entry of the gradient of the objective, summed over samples, is larger; not
        negative.

    Notes
    -----
    Serves the squared error of BPRegressor, one or many outputs, dense or sparse X, for networks of
    up to 5,000 weights. All samples make up one batch, an iteration is an epoch, `learning_rate`
    and `batch_size` are refused, and there is no `partial_fit`. `alpha` is the L2 penalty of the
    objective. The estimator's `tol` and `n_iter_no_change` apply to iterations: set ``tol=None`` to
    go on to the last digit. All arithmetic is float64. `history_` holds mu.

    Defaults: mu from Hagan & Menhaj. The factors there, and in MATLAB's ``trainlm``, are 10 and
    0.1; with these milder ones the sine below is fitted in a third of the iterations, and from more
    initializations.

    Memory: about three matrices of n_weights x n_weights, and blocks of J of at most 64 MB.
    When: small networks on smooth data, where nothing else comes as close to the minimum.

    Raises
    ------
    ValueError
        While fitting, if the network has too many weights, or the loss is not the squared error.

    References
    ----------
    Marquardt, An algorithm for least-squares estimation of nonlinear parameters, 1963.
    Hagan & Menhaj, Training feedforward networks with the Marquardt algorithm, IEEE Transactions on
    Neural Networks 5, 1994.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import BPRegressor, LevenbergMarquardt
    >>> X = np.linspace(-5, 5, 20)[:, None]
    >>> reg = BPRegressor(4, "tanh", optimizer=LevenbergMarquardt(), alpha=0, tol=None)
    >>> reg = reg.set_params(max_iter=1000, random_state=0).fit(X, np.sin(X).ravel())
    >>> reg.score(X, np.sin(X).ravel()) > 0.999
    True
    """

    def minimize(self, objective, max_iter, after_iteration, state):
        problem = objective.least_squares(type(self).__name__)
        x, mu = problem.start, min(state.get("mu", self.mu), self.mu_max)
        decay = problem.alpha * problem.decaying
        value = problem.value(x)
        JJ, Je = problem.normal_equations(x)
        for _ in range(max_iter):
            gradient = Je + decay * x
            if np.abs(gradient).max() <= self.min_grad:
                return None
            np.fill_diagonal(JJ, np.diag(JJ) + decay)
            step, value, mu = self._step(x, value, gradient, JJ, mu, problem.value)
            if step is None:
                return None
            x, state["mu"] = step, mu
            JJ, Je = problem.normal_equations(x)
            slope = Je / problem.weight_sum
            if after_iteration(x, problem.loss_of(value, x), gradient=slope, mu=mu):
                return None
        return MAX_ITER
