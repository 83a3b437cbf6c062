"""Regressions whose outputs go through an activation, and targets for them."""

import numpy as np
import pytest
from helpers import quick

from sk_bp import BPRegressor
from sk_bp.losses import AbsoluteError, Huber, LogCosh, Pinball, SquaredError

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 4)) * (RNG.random((40, 4)) < 0.7)
WEIGHT = RNG.uniform(0.1, 3, 40)
QUANTILES = Pinball([0.1, 0.5, 0.9])
LOSSES = [SquaredError(), AbsoluteError(), Huber(0.2), LogCosh(), Pinball(0.3), QUANTILES]
every_error_loss = pytest.mark.parametrize("loss", LOSSES, ids=repr)


def targets_within(activation, n_outputs=1):
    """Targets that the activation can come near, some of them at its bounds."""
    low, high = np.clip(activation.bounds, -2.0, 2.0)
    y = np.random.default_rng(1).uniform(low, high, (40, n_outputs))
    y[0], y[1] = low, high
    return y if n_outputs > 1 else y[:, 0]


def bounded(activation, **params):
    return quick(BPRegressor, activation="tanh", out_activation=activation, **params)
