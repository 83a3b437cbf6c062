"""Training from several initializations: the best networks are kept, one or several."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from sk_bp.ensemble import Ensemble, joined
from sk_bp.run import Run
from sk_bp.state import RESTARTS, generator


def with_others(first: Run, n_others: int, start: Callable[[int, int], Run]) -> Iterator[Run]:
    """Give a run, and others with other initial weights, drawn when they are asked for.

    Parameters
    ----------
    first : Run
        With its initial weights.
    n_others : int
        How many other runs.
    start : callable
        ``start(seed, number)`` makes another run.
    """
    yield first
    seeds = generator(first.state.seed, RESTARTS).integers(2**31, size=n_others)
    for number, seed in enumerate(seeds, start=1):
        run = start(int(seed), number)
        run.split_seed = first.split_seed
        yield run


def train_all(
    runs: Iterable[Run], train: Callable[[Run], Any], n_jobs: int | None, done: list[Run]
) -> None:
    """Train several runs.

    Parameters
    ----------
    runs : iterable of Run
    train : callable
        Trains a run in place.
    n_jobs : int or None
        How many to train at a time, in threads of joblib.
    done : list of Run
        Finished runs are appended to it, in order.
    """

    def trained(run: Run) -> Run:
        train(run)
        return run

    if n_jobs == 1:
        done.extend(map(trained, runs))
        return
    jobs = (delayed(trained)(run) for run in runs)
    done.extend(Parallel(n_jobs=n_jobs, prefer="threads", return_as="generator")(jobs))


def best_of(runs: Sequence[Run], n_models: int, early_stopping: bool) -> Run | Ensemble:
    """The best of several runs: a single one, or the ensemble of several.

    These are the runs with the highest validation scores, if there are scores; else those with the
    highest quality, if the optimizer reports one (Bayesian regularization: the log evidence); else
    those with the lowest training loss. A single run has the history of all; its list "restart"
    tells them apart.

    Parameters
    ----------
    runs : sequence of Run
        At least one.
    n_models : int
        How many to keep.
    early_stopping : bool
        Whether each run has the weights of its best epoch.

    Returns
    -------
    best : Run or Ensemble
    """
    ranked = sorted(runs, key=lambda run: _quality(run, early_stopping), reverse=True)
    if n_models > 1:
        return Ensemble(sorted(ranked[:n_models], key=lambda run: run.number))
    best = ranked[0]
    if len(runs) > 1:
        best.history = joined([run.history for run in runs], "restart")
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
