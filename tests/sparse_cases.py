"""A sparse problem for each task, and the comparison of a fit to it with one in dense form."""

import numpy as np
import scipy.sparse as sp
from helpers import distance, estimator_class, quick, targets_for, weights
from sklearn.base import clone

from sk_bp import ConstantRate, ExponentialDecay, Schedule

TOLERANCE = {np.float64: 1e-9, np.float32: 1e-3}


class Triangle(Schedule):
    """A rate that rises and falls again, for ever."""

    def __init__(self, peak=0.01, n_steps=5):
        self.peak = peak
        self.n_steps = n_steps

    def __call__(self, steps):
        phase = np.asarray(steps) % (2 * self.n_steps)
        return self.peak * (1 + np.minimum(phase, 2 * self.n_steps - phase)) / self.n_steps


SCHEDULES = {
    "constant": ConstantRate(0.01),
    "decay": ExponentialDecay(0.03, factor=0.5, n_steps=5),
    "triangle": Triangle(0.02),
}


def sparse_problem(task, dtype=np.float64, n=60, n_features=90, density=0.04):
    """Most columns are absent from most batches; some rows and columns are empty."""
    rng = np.random.default_rng(0)
    X = sp.random_array((n, n_features), density=density, rng=rng, format="csr", dtype=dtype)
    X.data -= dtype(0.3)
    return X, targets_for(task, n, rng)


def estimator_for(task, **parameters):
    defaults = {"hidden_layer_sizes": (7,), "activation": "tanh", "batch_size": 8, "max_iter": 3}
    return quick(estimator_class(task), **{**defaults, **parameters})


def assert_same_weights(found, expected, tolerance):
    assert distance(weights(found), weights(expected), smallest=1e-2) <= tolerance
    for W, V in zip(weights(found), weights(expected), strict=True):
        assert W.dtype == V.dtype


def assert_sparse_fit_equals_dense_fit(estimator, X, y, sample_weight=None):
    on_sparse = clone(estimator).fit(X, y, sample_weight)
    on_dense = clone(estimator).fit(X.toarray(), y, sample_weight)
    tolerance = TOLERANCE[X.dtype.type]
    assert_same_weights(on_sparse, on_dense, tolerance)
    np.testing.assert_allclose(on_sparse.loss_curve_, on_dense.loss_curve_, rtol=tolerance)
