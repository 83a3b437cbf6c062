"""Estimators and data of the tests of training that stops and goes on."""

import numpy as np
import pytest
from helpers import quick as quick_estimator
from scipy import sparse

from sk_bp import SGD, ExponentialDecay, RMSProp
from sk_bp.optimizers import BY_BATCH

K, M = 3, 4  # epochs before and after the break

_rng = np.random.default_rng(0)
X = _rng.normal(size=(30, 6)) * (_rng.random((30, 6)) < 0.5)
y = np.arange(30) % 2
WIDE = sparse.random_array((60, 500), density=0.01, format="csr", rng=_rng)
y_wide = np.arange(60) % 2

# Each rule as its name gives it, and with every kind of state that it can keep.
VARIANTS = {
    **{name: name for name in BY_BATCH},
    "plain sgd": SGD(momentum=0),
    "dampened sgd": SGD(dampening=0.3, nesterov=False),
    "centered rmsprop with momentum": RMSProp(momentum=0.8, centered=True),
}
every_variant = pytest.mark.parametrize("optimizer", VARIANTS.values(), ids=VARIANTS)


def quick(Estimator, **params):
    """An estimator whose batches, rate and penalty all show where training has gone on from."""
    defaults = {
        "hidden_layer_sizes": (5, 4),
        "batch_size": 7,
        "learning_rate": ExponentialDecay(0.01, n_steps=10),
        "weight_decay": 0.01,
    }
    return quick_estimator(Estimator, **{**defaults, **params})
