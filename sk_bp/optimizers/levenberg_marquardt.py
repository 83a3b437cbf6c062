"""Levenberg-Marquardt: Gauss-Newton steps, damped where the errors are not linear."""

from collections.abc import Callable
from numbers import Real
from typing import Any

import numpy as np
from scipy.linalg.lapack import dposv
from sklearn.utils._param_validation import Interval

from sk_bp.endings import Ending
from sk_bp.objective import LeastSquares, Objective
from sk_bp.optimizers.minimizer import Array, Minimizer, largest_slope
from sk_bp.optimizers.optimizer import NOT_NEGATIVE, POSITIVE, POSITIVE_FRACTION

# A step is made if it gains this share of what it would gain, were the errors linear. Without this
# a first step that is far too long for the linear errors saturates all hidden units at once where
# the targets are large.
_FAITHFUL = 0.3


class DampedMinimizer(Minimizer):
    """Base of the minimizers whose steps solve with J'J, damped by mu."""

    squared_error_only = True
    _parameter_constraints = {
        "mu": [POSITIVE],
        "increase": [Interval(Real, 1, None, closed="neither")],
        "decrease": [POSITIVE_FRACTION],
        "mu_max": [POSITIVE],
        "min_grad": [NOT_NEGATIVE],
    }

    def __init__(
        self,
        mu: float = 1.0,
        *,
        increase: float = 3.0,
        decrease: float = 0.3,
        mu_max: float = 1e10,
        min_grad: float = 1e-7,
    ) -> None:
        self.mu = mu
        self.increase = increase
        self.decrease = decrease
        self.mu_max = mu_max
        self.min_grad = min_grad

    def check(self) -> None:
        """Raise ValueError or TypeError that names an invalid hyperparameter and its value."""
        super().check()
        if self.mu > self.mu_max:
            raise ValueError(f"mu={self.mu!r} must not exceed mu_max={self.mu_max!r}")


class Descent:
    """A point on its way down the mean loss plus a penalty, by damped steps.

    Everything here is a mean over the sample weights, so that their sum does not matter.

    Parameters
    ----------
    problem : LeastSquares
    optimizer : DampedMinimizer
        Its hyperparameters steer the steps.
    mu : float
        The damping to begin with.
    """

    def __init__(self, problem: LeastSquares, optimizer: DampedMinimizer, mu: float) -> None:
        self.problem = problem
        self.optimizer = optimizer
        self.mu = min(mu, optimizer.mu_max)
        self._n_alike = np.bincount(problem.groups)
        self._move_to(problem.start, problem.loss(problem.start))

    def _move_to(self, x: Array, loss: float) -> None:
        self.x, self.loss = x, loss
        self.JJ, self.slope = self.problem.normal_equations(x)

    def gradient(self, decay: Array) -> Array:
        """The gradient of the loss plus half the sum of decay times the squared parameters."""
        return self.slope + decay * self.x

    def value(self, decay: Array) -> float:
        """The loss plus half the sum of decay times the squared parameters."""
        return self.loss + 0.5 * float(np.vdot(decay * self.x, self.x))

    def is_flat(self, decay: Array) -> bool:
        """Whether the gradient is small."""
        return largest_slope(self.gradient(decay), self.problem) <= self.optimizer.min_grad

    def step(self, decay: Array) -> float | None:
        """Make a step that lowers the objective; what it gained, or None if no step does.

        mu is lowered after a step that helps and raised after each that does not.
        """
        gradient, before = self.gradient(decay), self.value(decay)
        diagonal = np.diag(self.JJ) + decay
        damping = self._damping(diagonal)
        curvature = self.JJ.copy()
        mu = self.mu
        while mu <= self.optimizer.mu_max:
            np.fill_diagonal(curvature, diagonal + mu * damping)
            step, failed = dposv(curvature, gradient)[1:]
            if not failed:  # it fails where the matrix is singular to rounding
                promised = 0.5 * float((gradient + mu * damping * step) @ step)
                x = self.x - step
                loss = self.problem.loss(x)
                value = loss + 0.5 * float(np.vdot(decay * x, x))
                if before - value > max(_FAITHFUL * promised, 0.0):
                    self._move_to(x, loss)
                    self.mu = max(mu * self.optimizer.decrease, np.finfo(float).tiny)
                    return before - value
            mu *= self.optimizer.increase
        return None

    def _damping(self, diagonal: Array) -> Array:
        """What mu is relative to: the mean curvature of the parameters that are alike."""
        means = np.bincount(self.problem.groups, diagonal) / self._n_alike
        return np.where(means > 0, means, 1.0)[self.problem.groups]

    def _promise(self, decay: Array) -> float:
        """What a step damped as little as can be would gain, were the errors linear."""
        gradient, diagonal = self.gradient(decay), np.diag(self.JJ) + decay
        curvature = self.JJ + np.diag(decay + 1e-10 * self._damping(diagonal))
        step, failed = dposv(curvature, gradient)[1:]
        return np.inf if failed else 0.5 * float(gradient @ step)

    def stuck(self, decay: Array) -> tuple[Ending, str]:
        """How it ended, where no step has lowered the objective."""
        if self._promise(decay) <= self.problem.rounding(self.loss):
            return Ending.CONVERGED, ""
        optimizer = self.optimizer
        return Ending.NO_PROGRESS, (
            f"{type(optimizer).__name__} ended before it converged: no step lowers the objective, "
            f"mu grew beyond mu_max={optimizer.mu_max:g}, with gradients of up to "
            f"{largest_slope(self.gradient(decay), self.problem):.2g} where "
            f"min_grad={optimizer.min_grad:g}"
        )


class LevenbergMarquardt(DampedMinimizer):
    """Gauss-Newton steps on the squared errors, damped as far as they must be.

    With e the errors of all outputs of all samples, J their derivatives with respect to the weights
    w, P the identity for weights and 0 for biases, all errors and rows of J times the root of the
    sample's weight, and H = J'J + alpha P::

        D = the diagonal of H, averaged over the weights of an input, of a layer, of its biases
        solve (H + mu D) step = -(J'e + alpha P w)
        if the objective falls by 30 % of what it would, were the errors linear:
            w <- w + step,  mu <- decrease mu
        else:
            mu <- increase mu, and try again

    Parameters
    ----------
    mu : float, default=1.0
        The first damping, relative to the mean curvature D, positive.
    increase : float, default=3.0
        What the damping is multiplied by after a step that does not help, above 1.
    decrease : float, default=0.3
        What it is multiplied by after one that does, in (0, 1).
    mu_max : float, default=1e10
        Ends when the damping grows beyond: no step helps. Unless a minimum is reached to
        rounding, a warning says so.
    min_grad : float, default=1e-7
        Ends when no entry of the gradient of the objective, a mean over samples, is larger,
        relative to the loss of the best constant prediction (see `LBFGS`); not negative.

    Notes
    -----
    Serves the squared error of BPRegressor, one or many outputs, dense or sparse X, for networks of
    up to 5,000 weights. All samples make up one batch, an iteration is an epoch, `learning_rate`
    and `batch_size` are refused, and there is no `partial_fit`. `alpha` is the L2 penalty of the
    objective. The estimator's `tol` and `n_iter_no_change` apply to iterations: set ``tol=None`` to
    go on to the last digit. All arithmetic is float64. `history_` holds mu.

    As the damping is relative, the steps do not depend on the units of the columns of X, of y and,
    with ``alpha=0``, of the sample weights. The initial weights do not know these units, though:
    columns of large numbers saturate the hidden units, where the gradient vanishes and no method
    learns. Scale X.

    Marquardt's D is the diagonal itself. With averages, the steps of single saturated units, whose
    own curvature is next to none, stay short. Hagan & Menhaj, and MATLAB's ``trainlm``, multiply an
    absolute damping by 10 and 0.1. The defaults here were chosen on five small problems. One is the
    sine below: a mean squared error of 1e-6 is reached from 28 of 30 initializations.

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

    def minimize(
        self,
        objective: Objective,
        max_iter: int,
        after_iteration: Callable[..., bool],
        memory: dict[str, Any],
    ) -> tuple[Ending, str]:
        problem = objective.least_squares(type(self).__name__)
        decay = problem.decay
        descent = Descent(problem, self, memory.get("mu", self.mu))
        for _ in range(max_iter):
            if descent.is_flat(decay):
                break
            if descent.step(decay) is None:
                return descent.stuck(decay)
            mu = memory["mu"] = descent.mu
            if after_iteration(descent.x, descent.loss, gradient=descent.slope, mu=mu):
                return Ending.STOPPED, ""
        return (Ending.CONVERGED if descent.is_flat(decay) else Ending.MAX_ITER), ""
