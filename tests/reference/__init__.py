"""Textbook NumPy, dense, slow and step by step: what sk_bp must agree with."""

from reference.network import ACTIVATIONS, LOSSES, forward, loss_and_gradient, loss_of
from reference.optimizers import ORACLES
from reference.training import encode, start_from, trained_like

__all__ = [
    "ACTIVATIONS",
    "LOSSES",
    "ORACLES",
    "encode",
    "forward",
    "loss_and_gradient",
    "loss_of",
    "start_from",
    "trained_like",
]
