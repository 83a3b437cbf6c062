"""Training from several initializations, against local minima: the best run is kept."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from sk_bp.run import Run
from sk_bp.state import RESTARTS, generator


def train_several(
    first: Run,
    n_restarts: int,
    start: Callable[[int, int], Run],
    train: Callable[[Run], Any],
    n_jobs: int | None,
    done: list[Run],
) -> None:
    """Train a run, and others with other initial weights.

    Parameters
    ----------
    first : Run
        With its initial weights.
    n_restarts : int
        How many other runs.
    start : callable
        ``start(seed, number)`` makes another run.
    train : callable
        Trains a run in place.
    n_jobs : int or None
        How many to train at a time, in threads.
    done : list of Run
        Finished runs are appended to it, in order.
    """
    seeds = generator(first.state.seed, RESTARTS).integers(2**31, size=n_restarts)

    def one(number: int) -> Run:
        run = start(int(seeds[number - 1]), number) if number else first
        train(run)
        return run

    jobs = (delayed(one)(number) for number in range(n_restarts + 1))
    done.extend(Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(jobs))


def best_of(runs: Sequence[Run], early_stopping: bool) -> Run:
    """The best of several runs, with the history of all; its list "restart" tells them apart.

    It is the run with the highest validation score, if there are scores; else the one with the
    highest quality, if the optimizer reports one (Bayesian regularization: the log evidence); else
    the one with the lowest training loss.

    Parameters
    ----------
    runs : sequence of Run
        At least one.
    early_stopping : bool
        Whether each run has the weights of its best epoch.

    Returns
    -------
    best : Run
    """
    best = max(runs, key=lambda run: _quality(run, early_stopping))
    if len(runs) > 1:
        best.history = _joined([run.history for run in runs])
    return best


def _quality(run: Run, early_stopping: bool) -> tuple[bool, float]:
    """The key by which runs are compared: the higher, the better."""
    told, quality = True, run.quality
    scores = run.curve("validation_score")
    if early_stopping:
        quality = run.best_score
    elif scores is not None:
        quality = scores[-1]
    elif quality is None:  # perhaps of a run that made no step, beside others that tell one
        quality, told = -run.loss, False
    return told, -np.inf if quality is None or np.isnan(quality) else quality


def _joined(histories: Sequence[dict[str, list[Any]]]) -> dict[str, list[Any]]:
    """All epochs of all runs in one history."""
    joined: dict[str, list[Any]] = {name: [] for history in histories for name in history}
    joined["restart"] = []
    for number, history in enumerate(histories):
        n_epochs = len(history["loss"])
        for name, values in joined.items():
            values.extend(history.get(name, [np.nan] * n_epochs if name != "restart" else []))
        joined["restart"].extend([number] * n_epochs)
    return joined
