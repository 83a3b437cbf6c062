"""Textbook NumPy, dense, slow and step by step: what sk_bp must agree with."""

from reference.network import (
    ACTIVATIONS,
    LOSSES,
    activation_oracle,
    forward,
    loss_and_gradient,
    loss_of,
    loss_oracle,
)
from reference.optimizers import ORACLES
from reference.training import encode, loss_for, start_from, trained_like

__all__ = [
    "ACTIVATIONS",
    "LOSSES",
    "ORACLES",
    "activation_oracle",
    "encode",
    "forward",
    "loss_and_gradient",
    "loss_for",
    "loss_of",
    "loss_oracle",
    "start_from",
    "trained_like",
]
