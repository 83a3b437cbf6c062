"""Textbook NumPy, dense, slow and step by step: what sk_bp must agree with."""

from reference.network import TaskOracle, forward, gradient, loss_of
from reference.optimizers import ORACLES
from reference.training import Batches, encode, start_from, train, trained_like

__all__ = [
    "ORACLES",
    "Batches",
    "TaskOracle",
    "encode",
    "forward",
    "gradient",
    "loss_of",
    "start_from",
    "train",
    "trained_like",
]
