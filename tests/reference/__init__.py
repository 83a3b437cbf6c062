"""Textbook NumPy, dense, slow and step by step: what sk_bp must agree with."""

from reference.losses import LOSSES, loss_oracle
from reference.network import (
    ACTIVATIONS,
    activation_oracle,
    forward,
    loss_and_gradient,
    loss_of,
    name_and_parameters,
)
from reference.optimizers import ORACLES
from reference.training import encode, order_of, seed_of, start_from, task_of, trained_like

__all__ = [
    "ACTIVATIONS",
    "LOSSES",
    "ORACLES",
    "activation_oracle",
    "encode",
    "forward",
    "loss_and_gradient",
    "loss_of",
    "loss_oracle",
    "name_and_parameters",
    "order_of",
    "seed_of",
    "start_from",
    "task_of",
    "trained_like",
]
