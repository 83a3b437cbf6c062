"""Data and networks for the tests of check_gradient, and the parts of a flat gradient."""

import numpy as np

from sk_bp import BPRegressor


def data(rng, n=30, n_features=6, density=0.6):
    return rng.standard_normal((n, n_features)) * (rng.random((n, n_features)) < density)


def network_with_a_kink():
    """Its first unit is just off at x = 1."""
    model = BPRegressor((2,), "relu", optimizer="sgd", alpha=0)
    model.coefs_ = [np.array([[1.0, 2.0]]), np.array([[1.0], [1.0]])]
    model.intercepts_ = [np.array([-1.0, 0.5]), np.array([0.0])]
    return model


def view(gradient, network, kind, layer):
    """The part of a flat gradient that belongs to an array."""
    arrays = [*network.coefs, *network.intercepts]
    place = layer + (len(network.coefs) if kind == "intercepts" else 0)
    start = sum(array.size for array in arrays[:place])
    return gradient[start : start + arrays[place].size].reshape(arrays[place].shape)
