"""Rates that are checked."""

import numpy as np
from numpy.typing import NDArray

from sk_bp.schedules.horizon import UNKNOWN, Horizon
from sk_bp.schedules.schedule import Rates, Schedule, State

_BLOCK = 2**16  # steps that are checked at once
_MOST = 2**20  # and in all, before training


def rates_of(
    schedule: Schedule,
    steps: NDArray[np.integer],
    horizon: Horizon = UNKNOWN,
    state: State | None = None,
) -> Rates:
    """The learning rates of these steps, checked.

    Parameters
    ----------
    schedule : Schedule
        The schedule.
    steps : ndarray of int
        Step numbers, from 0.
    horizon : Horizon, default=UNKNOWN
        How long the fit is.
    state : dict of str to float, default=None
        The schedule's state; None means that before the first epoch.

    Returns
    -------
    rates : ndarray of float64
        Of the shape of the steps, in one piece.

    Raises
    ------
    ValueError
        If a rate is negative or not finite, or they have another shape than the steps.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp.schedules import ConstantRate, rates_of
    >>> rates_of(ConstantRate(0.5), np.arange(2))
    array([0.5, 0.5])
    """
    state = schedule.new_state() if state is None else state
    rates = np.asarray(schedule.rates_at(steps, horizon, state))
    if rates.dtype.kind not in "iuf":
        raise ValueError(f"learning_rate={schedule!r} gave {rates!r}, which are no real numbers")
    rates = np.asarray(rates, dtype=np.float64, order="C")
    if rates.shape != np.shape(steps):
        raise ValueError(
            f"learning_rate={schedule!r} gave rates of shape {rates.shape} for steps of shape "
            f"{np.shape(steps)}"
        )
    bad = ~(np.isfinite(rates) & (rates >= 0))
    if bad.any():
        i = int(np.argmax(bad))
        raise ValueError(
            f"learning_rate={schedule!r} gave the rate {rates.flat[i]} for step "
            f"{np.ravel(steps)[i]}; rates must be finite and not negative"
        )
    return rates


def check_rates(
    schedule: Schedule, horizon: Horizon, first_step: int = 0, state: State | None = None
) -> None:
    """Check the rates of a whole fit before it begins.

    The rates of the first 2^20 steps are computed, block by block, which takes some hundredths of a
    second; those of later steps are checked as they come. Where the number of steps is not known,
    there is nothing to check yet.

    Parameters
    ----------
    schedule : Schedule
        The schedule.
    horizon : Horizon
        How long the fit is.
    first_step : int, default=0
        The first step to be made.
    state : dict of str to float, default=None
        The schedule's state; None means that before the first epoch.

    Raises
    ------
    ValueError
        As `rates_of` does, with the first step whose rate is not valid.

    Examples
    --------
    >>> from sk_bp.schedules import FunctionRate, Horizon, check_rates
    >>> check_rates(FunctionRate(lambda step: 0.1 - 0.01 * step), Horizon(4, 20))
    Traceback (most recent call last):
        ...
    ValueError: learning_rate=FunctionRate(...) gave the rate -0.0... for step 11; rates must ...
    """
    last_step = min(horizon.n_steps or 0, first_step + _MOST)
    for first in range(first_step, last_step, _BLOCK):
        rates_of(schedule, np.arange(first, min(first + _BLOCK, last_step)), horizon, state)
