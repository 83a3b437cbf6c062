"""The minimizers, and problems for them."""

import numpy as np
import pytest
from internals import objective_of

from sk_bp import LBFGS, ConjugateGradient, LevenbergMarquardt
from sk_bp.activations import Tanh
from sk_bp.losses import SquaredError
from sk_bp.optimizers import FULL_BATCH, Minimizer

MINIMIZERS = {name: cls for name, cls in FULL_BATCH.items() if issubclass(cls, Minimizer)}
GENERAL = [name for name, cls in MINIMIZERS.items() if not cls.squared_error_only]
every_minimizer = pytest.mark.parametrize("name", MINIMIZERS)
general = pytest.mark.parametrize("name", GENERAL)

PRECISE = {
    "lbfgs": LBFGS(gtol=1e-8),
    "conjugate_gradient": ConjugateGradient(gtol=1e-7),
    "levenberg_marquardt": LevenbergMarquardt(),
}


def regression(n=80, n_features=5, n_outputs=1, dtype=np.float64):
    rng = np.random.default_rng(3)
    X = (rng.standard_normal((n, n_features)) * (rng.random((n, n_features)) < 0.7)).astype(dtype)
    Y = X @ rng.standard_normal((n_features, n_outputs)) + 0.7
    Y += 0.3 * rng.standard_normal((n, n_outputs))
    return X, (Y if n_outputs > 1 else Y[:, 0])


def sine():
    X = np.linspace(-5, 5, 20)[:, None]
    return X, np.sin(X[:, 0])


def tanh_problem(alpha=0.0, x_factors=(1.0, 1.0), y_factor=1.0, weight=1.0):
    """An objective, and where to begin, in units of X, y and the weights."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 2))
    y = np.sin(X[:, :1]) * X[:, 1:] + 0.1 * rng.standard_normal((60, 1))
    W, V, b, c = (0.5 * rng.standard_normal(shape) for shape in ((2, 3), (3, 1), 3, 1))
    x_factors = np.asarray(x_factors)
    return objective_of(
        SquaredError(),
        [W / x_factors[:, None], V * y_factor],
        [b, c * y_factor],
        [Tanh()],
        X * x_factors,
        y * y_factor,
        weight * rng.uniform(0.5, 1.5, size=60),
        alpha,
    )


def losses(optimizer, problem, max_iter=12):
    record = []
    optimizer.minimize(problem, max_iter, lambda x, loss, **_: record.append(loss), {})
    return np.array(record)
