"""D1: training on a Dask cluster of this machine, beside one process and dask-ml's Incremental.

    python benchmarks/bench_dask.py            # 400,000 x 1,000,000: about half an hour
    python benchmarks/bench_dask.py --quick    # 40,000 x 100,000: two or three minutes

Needs ``pip install .[dask] dask-ml``; without dask-ml, Incremental is left out. It is not part of
run.py: two worker processes and the client share this machine, so that seconds are those of two
processors, and say little of a net. What a round costs besides training is what it shows.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import threading
import time
import warnings
from contextlib import contextmanager
from dataclasses import dataclass

import data
import numpy as np
from dask import delayed
from distributed import Client, LocalCluster, wait
from sklearn.linear_model import SGDClassifier
from threadpoolctl import threadpool_limits

from sk_bp import BPClassifier, RMSProp
from sk_bp.dask import fit
from sk_bp.dask.cluster import DaskEngine
from sk_bp.parallel.replica import Replica

GOAL = 0.96  # accuracy on the held-out rows
N_HELD_OUT = 5000
PARAMS = {
    "hidden_layer_sizes": 100,
    "optimizer": RMSProp(),
    "learning_rate": 0.01,
    "batch_size": 200,
    "alpha": 0.0,
    "tol": None,
    "random_state": 0,
    "scaling": False,
}


@dataclass(frozen=True)
class Problem:
    """Planted rows, of which the first are trained on, in equal parts."""

    n_rows: int
    n_columns: int
    n_parts: int
    n_epochs: int

    def rows(self, first: int, last: int):
        X, y = data.planted_sparse(self.n_rows + N_HELD_OUT, self.n_columns)
        return X[first:last], y[first:last]

    def part(self, k: int):
        n = self.n_rows // self.n_parts
        return self.rows(k * n, (k + 1) * n)

    def held_out(self):
        return self.rows(self.n_rows, self.n_rows + N_HELD_OUT)

    def lists(self):
        """X and y as lists of delayed parts, which any process can make."""
        pairs = [delayed(self.part)(k) for k in range(self.n_parts)]
        return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


# ------------------------------------------------------------------ what processes note down

_WATCHED = ("epoch", "train", "apply")  # of a replica: the steps; with messages; others' changes
_noted = {}


def watch_replicas():
    """Let this process note down how long it trains and applies, and how much it tells."""
    _noted.update(dict.fromkeys([*_WATCHED, "bytes", "messages"], 0.0))
    for name in _WATCHED:
        original = getattr(Replica, name)
        original = getattr(original, "original", original)

        def timed(self, *args, name=name, original=original):
            before = time.perf_counter()
            try:
                found = original(self, *args)
            finally:
                _noted[name] += time.perf_counter() - before
            if name == "train" and hasattr(found, "nbytes"):
                _noted["bytes"] += found.nbytes
                _noted["messages"] += 1
            return found

        timed.original = original
        setattr(Replica, name, timed)


def noted():
    return dict(_noted)


class Rounds:
    """Notes down when rounds are made, as the client sees it; kills a worker if asked to.

    The clock starts when all partitions are ready, so that reading them does not count.
    """

    def __init__(self, kills=False):
        self.kills = kills
        self.began = 0.0
        self.bytes = []

    @contextmanager
    def watched(self):
        accepted, start = DaskEngine._accepted, DaskEngine.start

        def accepting(engine, round, change, combined):
            self.bytes.append(sum(part.nbytes for part in change))
            if self.kills and round.version == 1:
                victim = min(engine.client.run(os.getpid).values())
                threading.Timer(1.0, os.kill, (victim, signal.SIGKILL)).start()
            return accepted(engine, round, change, combined)

        def starting(engine, *args):
            start(engine, *args)
            wait(engine._samples)
            self.began = time.perf_counter()

        DaskEngine._accepted, DaskEngine.start = accepting, starting
        try:
            yield
        finally:
            DaskEngine._accepted, DaskEngine.start = accepted, start


# ------------------------------------------------------------------ the contestants


def goal_in(accuracies, seconds):
    """Seconds to the goal, with so many seconds an epoch; and the accuracies."""
    reached = [k + 1 for k, value in enumerate(accuracies) if value >= GOAL]
    in_time = reached[0] * seconds if reached else "not reached"
    return {f"seconds to {GOAL}": in_time, "accuracy by epoch": [round(a, 4) for a in accuracies]}


def measure_rounds(client, problem, per_round):
    """Seconds, and where they go; then the same once more, scored after each epoch."""
    client.run(watch_replicas)
    rounds = Rounds()
    with rounds.watched():
        clf = BPClassifier(**PARAMS, max_iter=problem.n_epochs)
        fit(clf, *problem.lists(), client=client, partitions_per_round=per_round)
    total = time.perf_counter() - rounds.began
    told = client.run(noted).values()
    seconds = total / problem.n_epochs
    figures = {"seconds an epoch": seconds, "loss": clf.loss_}
    for name in _WATCHED:
        figures[f"share of {name}"] = max(one[name] for one in told) / total
    n_messages = sum(one["messages"] for one in told)
    figures["MB a message"] = sum(one["bytes"] for one in told) / n_messages / 1e6
    figures["MB of a combined change"] = np.mean(rounds.bytes) / 1e6
    scored = BPClassifier(**PARAMS, max_iter=problem.n_epochs, scoring="accuracy")
    X_val, y_val = problem.held_out()
    lists = problem.lists()
    given = {"client": client, "partitions_per_round": per_round}
    fit(scored, *lists, X_val=X_val, y_val=y_val, **given)
    return figures | goal_in(scored.validation_scores_, seconds)


def measure_kill(client, problem, per_round, seconds):
    """What one kill in the third round costs, where an epoch takes so many seconds without."""
    rounds = Rounds(kills=True)
    with rounds.watched():
        clf = BPClassifier(**PARAMS, max_iter=problem.n_epochs)
        fit(clf, *problem.lists(), client=client, partitions_per_round=per_round)
    total = time.perf_counter() - rounds.began
    return {"seconds lost": total - problem.n_epochs * seconds, "loss": clf.loss_}


def measure_plain(problem):
    """The same rows in one process, with two threads."""
    X, y = problem.rows(0, problem.n_rows)
    clf = BPClassifier(**PARAMS, max_iter=problem.n_epochs)
    with threadpool_limits(2, user_api="openmp"):
        before = time.perf_counter()
        clf.fit(X, y)
        seconds = (time.perf_counter() - before) / problem.n_epochs
        X_val, y_val = problem.held_out()
        scored = BPClassifier(**PARAMS, max_iter=problem.n_epochs, scoring="accuracy")
        scored.fit(X, y, X_val=X_val, y_val=y_val)
    return {"seconds an epoch": seconds, "loss": clf.loss_} | goal_in(
        scored.validation_scores_, seconds
    )


def measure_incremental(client, problem, estimator):
    """dask-ml's Incremental: the model goes from part to part."""
    import dask.array as da
    from dask_ml.wrappers import Incremental

    n = problem.n_rows // problem.n_parts
    X_parts, y_parts = problem.lists()
    empty = problem.rows(0, 0)
    X = da.concatenate(
        [da.from_delayed(b, (n, problem.n_columns), meta=empty[0]) for b in X_parts],
        allow_unknown_chunksizes=True,
    )
    y = da.concatenate([da.from_delayed(b, (n,), dtype=empty[1].dtype) for b in y_parts])
    X, y = client.persist([X, y])
    wait([X, y])
    clf = Incremental(estimator, shuffle_blocks=False, assume_equal_chunks=True)
    seconds, accuracies = 0.0, []
    for _ in range(problem.n_epochs):
        before = time.perf_counter()
        clf.partial_fit(X, y, classes=np.arange(data.N_CLASSES))
        seconds += time.perf_counter() - before
        accuracies.append(clf.estimator_.score(*problem.held_out()))
    seconds /= problem.n_epochs
    return {"seconds an epoch": seconds} | goal_in(accuracies, seconds)


# ------------------------------------------------------------------ the report


def show(name, figures):
    texts = [f"{k} {v:.3g}" if isinstance(v, float) else f"{k} {v}" for k, v in figures.items()]
    print(f"{name}: {', '.join(texts)}", flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="40,000 x 100,000")
    parser.add_argument("--rows", type=int, default=400_000)
    parser.add_argument("--columns", type=int, default=1_000_000)
    parser.add_argument("--epochs", type=int, default=4)
    given = parser.parse_args()
    return (
        (40_000, 100_000, given.epochs)
        if given.quick
        else (given.rows, given.columns, given.epochs)
    )


@contextmanager
def cluster():
    """A client of two processes with a thread each."""
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0"}
    options |= {"memory_limit": 0, "silence_logs": logging.CRITICAL}
    with LocalCluster(**options) as made, Client(made) as client:
        yield client


def main():
    warnings.simplefilter("ignore")
    n_rows, n_columns, n_epochs = arguments()
    problem, large = (Problem(n_rows, n_columns, n_parts, n_epochs) for n_parts in (8, 2))
    problem.held_out()  # generated once, and cached
    print(f"{n_rows:,} x {n_columns:,}, {n_epochs} epochs; 2 processes of one thread", flush=True)
    with cluster() as client:
        for per_round in (2, 8):
            figures = measure_rounds(client, problem, per_round)
            show(f"8 parts, {per_round} a round", figures)
            if per_round == 2:
                seconds = figures["seconds an epoch"]
        show("2 parts, 2 a round", measure_rounds(client, large, 2))
        plain = {
            "BPClassifier": BPClassifier(**PARAMS),
            "SGDClassifier": SGDClassifier(loss="log_loss", random_state=0),
        }
        for name, estimator in plain.items():
            try:
                found = measure_incremental(client, problem, estimator)
            except ImportError:
                print("dask-ml's Incremental: dask-ml is not installed")
                break
            show(f"dask-ml's Incremental of {name}", found)
    with cluster() as client:  # a new one, as a worker may still be missing afterwards
        found = measure_kill(client, problem, 2, seconds)
        show("8 parts, 2 a round, one worker killed in the third", found)
    show("one process, two threads", measure_plain(problem))


if __name__ == "__main__":
    import bench_dask  # so that the workers import it, and nothing of __main__ is pickled

    bench_dask.main()
