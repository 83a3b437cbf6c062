"""Training timed in parts: initialization, the first epoch, later ones, what was put off."""

from __future__ import annotations

import statistics

from harness import Figures
from measure import fit_seconds, seconds, training_loss

STEPS = 6


def whole_fits(peer, X, y) -> Figures:
    """A fit of one epoch from nothing to a usable model, and what each later epoch adds."""
    peer.prepare(X, y)
    one = fit_seconds(peer, 1)
    loss = training_loss(peer, X, y)
    three = fit_seconds(peer, 3)
    return {"fit_seconds": one, "epoch_seconds": (three - one) / 2, "loss": loss}


def staged(peer, X, y, epochs: int = 3) -> Figures:
    """Every part apart; `epoch_seconds` is the median of the epochs after the first."""
    peer.prepare(X, y)
    start = seconds(peer.start)
    first, *later = [seconds(peer.epoch) for _ in range(epochs)]
    return {
        "init_seconds": start,
        "first_epoch_seconds": first,
        "epoch_seconds": statistics.median(later),
        "catch_up_seconds": seconds(peer.finish),
        "loss": training_loss(peer, X, y),
    }


def by_steps(peer, X, y, whole: bool = False) -> Figures:
    """A few steps, or all of one epoch, one partial_fit call each; the epoch from their median.

    Only a whole epoch has a loss to report. Rows of the planted data come in random order, so
    consecutive slices are random batches.
    """
    peer.prepare(X, y)
    size = peer.setting.batch_size
    total = -(-X.shape[0] // size)
    start = seconds(peer.start)
    steps = range(1, total if whole else min(total, 1 + STEPS))
    times = [seconds(lambda first=step * size: peer.step(first)) for step in steps]
    step = statistics.median(times)
    figures = {
        "init_seconds": start - step,
        "step_seconds": step,
        "epoch_seconds": step * total,
        "fit_seconds": start - step + step * total,
    }
    if whole:
        figures["whole_epoch_seconds"] = step + sum(times)
        figures["loss"] = training_loss(peer, X, y)
    return figures
