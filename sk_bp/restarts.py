"""Training from several initializations: the best networks are kept, one or several."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from copy import copy
from typing import Any

import numpy as np
from joblib import effective_n_jobs

from sk_bp.ensemble import Ensemble, joined
from sk_bp.run import Run
from sk_bp.state import RESTARTS, generator


def runs_of(
    seed: int, numbers: Sequence[int], start: Callable[[int, int], Run], known: Mapping[int, Run]
) -> Iterator[Run]:
    """Give the runs of a fit, each with initial weights that are drawn when it is asked for.

    Parameters
    ----------
    seed : int
        Of the run number 0; the others have seeds that follow from it.
    numbers : sequence of int
        Of the runs.
    start : callable
        ``start(seed, number)`` makes a run.
    known : dict of int to Run
        By number, runs that are not to be made anew.
    """
    seeds = [seed, *map(int, generator(seed, RESTARTS).integers(2**31, size=max(numbers)))]
    for number in numbers:
        run = known.get(number)
        if run is None:
            run = start(seeds[number], number)
            run.split_seed = seed
        yield run


class Workers:
    """Threads that train several runs.

    Parameters
    ----------
    train : callable
        Trains a run in place.
    n_jobs : int or None
        How many runs to train at a time; None and negative numbers as in joblib.
    cancel : threading.Event
        Set to end the training in all threads.

    Attributes
    ----------
    begun, done : list of Run
        The runs that have been begun, and those that were trained to their end.
    """

    def __init__(
        self, train: Callable[[Run], Any], n_jobs: int | None, cancel: threading.Event
    ) -> None:
        self.train = train
        self.n_jobs = effective_n_jobs(n_jobs)
        self.cancel = cancel
        self.begun: list[Run] = []
        self.done: list[Run] = []
        self._lock = threading.Lock()

    def train_all(self, runs: Iterator[Run]) -> None:
        """Train all of these runs; what is raised in one of them ends all."""
        if self.n_jobs == 1:
            self._work(runs)
            return
        with ThreadPoolExecutor(self.n_jobs) as pool:
            try:
                for worker in as_completed(
                    [pool.submit(self._work, runs) for _ in range(self.n_jobs)]
                ):
                    worker.result()
            except BaseException:
                self.cancel.set()  # the pool waits for its threads
                raise

    def _work(self, runs: Iterator[Run]) -> None:
        """Train one run after another until there are no more."""
        try:
            while (run := self._next(runs)) is not None:
                self.train(run)
                self.done.append(run)
        except BaseException as error:
            if self.cancel.is_set() and isinstance(error, KeyboardInterrupt):
                return  # it was told to
            self.cancel.set()
            raise

    def _next(self, runs: Iterator[Run]) -> Run | None:
        with self._lock:
            run = None if self.cancel.is_set() else next(runs, None)
            if run is not None:
                self.begun.append(run)
        return run


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
    runs = sorted(runs, key=lambda run: run.number)
    ranked = sorted(runs, key=lambda run: _quality(run, early_stopping), reverse=True)
    if n_models > 1:
        kept = ranked[:n_models]
        return Ensemble([run for run in runs if run in kept])
    best = ranked[0]
    if len(runs) > 1:
        best = copy(best)  # the run itself keeps its own history
        best.history = joined({run.number: run.history for run in runs}, "restart")
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
