"""Losses of single steps at chosen learning rates, on a copy of a network."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sk_bp.epochs import Settings
from sk_bp.samples import Samples
from sk_bp.schedules import Horizon, Schedule
from sk_bp.schedules.schedule import Rates
from sk_bp.training import Training


class _Listed(Schedule):
    """Rates that are listed, from a step on."""

    def __init__(self, rates: NDArray[np.float64], first_step: int) -> None:
        self.rates = rates
        self.first_step = first_step

    def rates_at(self, steps: NDArray[np.integer], horizon: Horizon, state: Any) -> Rates:
        return self.rates[np.minimum(steps - self.first_step, len(self.rates) - 1)]


class _Ended(Exception):
    """Enough steps have been made."""


def losses_at(
    training: Training,
    samples: Samples,
    settings: Settings,
    rates: NDArray[np.float64],
    stop: Callable[[list[float]], bool] = lambda losses: False,
) -> list[float]:
    """Make one step at each rate, batch by batch, through as many epochs as it takes.

    Parameters
    ----------
    training : Training
        Changed in place: give a copy.
    samples : Samples
    settings : Settings
        Its schedule is not used.
    rates : ndarray of shape (n_steps,)
        Learning rate of each step.
    stop : callable, default=never
        Called with the losses so far, after each step; True ends the steps.

    Returns
    -------
    losses : list of float
        The mean loss of each batch before its step; fewer than rates if a step could not be made,
        as the loss or the gradient had become too large, or if `stop` has ended them.
    """
    losses: list[float] = []
    schedule = _Listed(rates, training.state.n_steps)
    settings = replace(settings, schedule=schedule, measure_gradient=False)

    def after_step(rate: float, loss: float) -> None:
        losses.append(loss)
        if len(losses) == len(rates) or stop(losses):
            raise _Ended

    try:
        while True:
            epoch = training.epoch(samples, settings, after_step)
            if epoch.interrupted:
                raise KeyboardInterrupt
            if epoch.ending is not None:
                return losses
    except _Ended:
        return losses
