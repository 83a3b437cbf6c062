"""The places where tests reach behind the public face of the package, by what they need there."""

import numpy as np

from sk_bp.activations import ACTIVATIONS
from sk_bp.inspection import gradient_check
from sk_bp.losses import LOSSES
from sk_bp.training import Training


def initializer_of(activation):
    """The name of the initializer that an activation is paired with."""
    return ACTIVATIONS[activation].initializer


def loss_at_zero(loss, task, y, weight, n_outputs):
    """What the package takes for the mean loss of raw outputs that are all zero."""
    encoded = np.asarray(y.reshape(len(y), -1), dtype=float)
    return LOSSES[loss][task].at_zero(encoded, weight, n_outputs)


def make_slices_of_one_step(monkeypatch):
    """Let the core be called for each step apart, instead of for many at a time."""
    monkeypatch.setattr("sk_bp.training._SLICE_WORK", 1)


def interrupt_after(n_slices, monkeypatch):
    """Let Ctrl-C come after so many slices of steps, or before the first one."""
    run, calls = Training._run, []

    def interrupted(*args):
        if n_slices > 0:
            run(*args)
        calls.append(args)
        if len(calls) >= n_slices:
            raise KeyboardInterrupt

    monkeypatch.setattr(Training, "_run", interrupted)


def plant(monkeypatch, error):
    """Let check_gradient see a gradient that error(gradient, network) has changed in place."""
    right = gradient_check.gradient_of

    def wrong(problem):
        gradient = right(problem)
        error(gradient, problem.network)
        return gradient

    monkeypatch.setattr(gradient_check, "gradient_of", wrong)
