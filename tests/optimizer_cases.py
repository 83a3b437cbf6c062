"""Settings of each optimizer by batches, rates they learn at, and a problem for them."""

import numpy as np
import pytest
import scipy.sparse as sp

from sk_bp import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    AMSGrad,
    Lion,
    NAdam,
    Prodigy,
    RAdam,
    RMSProp,
    Schedule,
)
from sk_bp.optimizers import BY_BATCH


class WarmUp(Schedule):
    """A rate that rises for n_steps steps and then stays."""

    def __init__(self, peak=0.01, n_steps=10):
        self.peak = peak
        self.n_steps = n_steps

    def __call__(self, steps):
        return self.peak * np.minimum(1, (np.asarray(steps) + 1) / self.n_steps)


SETTINGS = {
    "sgd": [
        SGD(),
        SGD(momentum=0),
        SGD(momentum=0, dampening=0.5, nesterov=False),
        SGD(momentum=0.8, nesterov=False),
        SGD(momentum=0.8, dampening=0.5, nesterov=False),
        SGD(momentum=0.99),
    ],
    "rmsprop": [
        RMSProp(),
        RMSProp(rho=0),
        RMSProp(rho=0.99, epsilon=1e-3),
        RMSProp(momentum=0.9),
        RMSProp(centered=True),
        RMSProp(rho=0.95, momentum=0.5, centered=True),
    ],
    "adagrad": [Adagrad(), Adagrad(epsilon=0.1)],
    "adam": [
        Adam(),
        Adam(beta_2=0.99),
        Adam(beta_2=0.9),
        Adam(beta_1=0, beta_2=0.5),
        Adam(beta_1=0.5, beta_2=0.95, epsilon=1e-3),
        Adam(beta_1=0.99, beta_2=0.999),
    ],
    "adamw": [AdamW(), AdamW(weight_decay=0), AdamW(beta_2=0.95, weight_decay=3)],
    "adadelta": [Adadelta(), Adadelta(rho=0), Adadelta(rho=0.8, epsilon=1e-2)],
    "adamax": [Adamax(), Adamax(beta_1=0), Adamax(beta_1=0.5, beta_2=0.9)],
    "amsgrad": [
        AMSGrad(),
        AMSGrad(beta_1=0),
        AMSGrad(beta_1=0.95, beta_2=0.9),
        AMSGrad(beta_2=0.5, epsilon=1e-3),
    ],
    "nadam": [
        NAdam(),
        NAdam(beta_1=0),
        NAdam(momentum_decay=0),
        NAdam(beta_2=0.95, epsilon=1e-3, momentum_decay=0.1),
    ],
    "radam": [
        RAdam(),
        RAdam(beta_1=0),
        RAdam(beta_2=0.9),
        RAdam(beta_1=0.5, beta_2=0.55),
        RAdam(beta_2=0.95, epsilon=1e-3),
    ],
    "lion": [Lion(), Lion(beta_1=0), Lion(beta_1=0.95, beta_2=0.98)],
    "prodigy": [
        Prodigy(),
        Prodigy(initial_distance=1e-2, coefficient=0.5),
        Prodigy(beta_1=0, beta_2=0.99, initial_distance=1e-3),
        Prodigy(beta_1=0.5, beta_2=0.95, coefficient=2.0),
    ],
}


RATE = dict.fromkeys(BY_BATCH, 0.01)


RATE |= {"sgd": 0.02, "adagrad": 0.03, "adadelta": 0.04, "lion": 0.003, "prodigy": 1.0}


def registered():
    return [
        pytest.param(name, optimizer, id=repr(optimizer))
        for name in BY_BATCH
        for optimizer in SETTINGS[name]
    ]


def large_decay(optimizer, n, share=1.0):
    """Penalty and weight decay that together take several percent off at each step."""
    weight_decay = 0.05 if optimizer.follows_objective else 5
    return {"alpha": share * n * weight_decay, "weight_decay": share * weight_decay}


def small_problem(dtype, layout):
    rng = np.random.default_rng(0)
    X = sp.random_array((30, 14), density=0.15, rng=rng, format="csr", dtype=dtype)
    return layout(X.toarray()), rng.integers(0, 3, size=30)
