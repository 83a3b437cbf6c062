"""D1: training on a Dask cluster of this machine, beside one process.

    python benchmarks/bench_dask.py            # 400,000 x 1,000,000 in 8 parts: some minutes
    python benchmarks/bench_dask.py --quick    # 40,000 x 100,000, to see that it runs

Needs ``pip install .[dask]``; with dask-ml, its Incremental is measured too. It is not part of
run.py: two worker processes and the client share this machine, so that seconds are those of two
processors, and say little of a net. What a round costs besides training is what it shows.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
import warnings
from pathlib import Path

import data
import numpy as np
from dask import delayed
from distributed import Client, LocalCluster

from sk_bp import BPClassifier, RMSProp
from sk_bp.dask import fit
from sk_bp.dask.cluster import DaskEngine
from sk_bp.parallel.replica import Replica

HERE = str(Path(__file__).parent)
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


def part(shape, n_parts, k):
    """A partition, which any process can make."""
    X, y = data.planted_sparse(*shape)
    n = shape[0] // n_parts
    return X[k * n : (k + 1) * n], y[k * n : (k + 1) * n]


def lists(shape, n_parts):
    """X and y as lists of delayed parts."""
    pairs = [delayed(part)(shape, n_parts, k) for k in range(n_parts)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def held_out(shape):
    """Rows of the same kind that nobody trains on."""
    X, y = data.planted_sparse(*shape)
    n = min(5000, shape[0] // 20)
    return X[-n:], y[-n:]


_seconds = {"epoch": 0.0, "train": 0.0, "apply": 0.0}


def watch_replicas():
    """Let the processes note down how long they train, extract and apply."""
    for name in _seconds:
        original = getattr(Replica, name)
        if hasattr(original, "original"):
            original = original.original

        def timed(self, *args, name=name, original=original):
            before = time.perf_counter()
            try:
                return original(self, *args)
            finally:
                _seconds[name] += time.perf_counter() - before

        timed.original = original
        setattr(Replica, name, timed)
        _seconds[name] = 0.0


def read_seconds():
    """What was noted down."""
    return dict(_seconds)


def measure_cluster(client, shape, n_parts, per_round, n_epochs, kills=False):
    """Seconds, and where they go; the accuracy by epoch."""
    client.run(watch_replicas)
    n_bytes, began, changes = [], [], []
    accepted, start = DaskEngine._accepted, DaskEngine.start

    def noting(engine, round, change, combined):
        n_bytes.append(sum(one.nbytes for one in change))
        changes.append(time.perf_counter())
        if kills and round.version == 1:
            victim = sorted(client.run(os.getpid).values())[0]
            threading.Timer(1.0, os.kill, (victim, signal.SIGKILL)).start()
        return accepted(engine, round, change, combined)

    def starting(engine, *args):
        start(engine, *args)
        from distributed import wait

        wait(engine._samples)
        began.append(time.perf_counter())

    DaskEngine._accepted, DaskEngine.start = noting, starting
    try:
        clf = BPClassifier(**PARAMS, max_iter=n_epochs)
        fit(clf, *lists(shape, n_parts), client=client, partitions_per_round=per_round)
    finally:
        DaskEngine._accepted, DaskEngine.start = accepted, start
    total = time.perf_counter() - began[0]
    figures = {"seconds an epoch": total / n_epochs, "MB a round": np.mean(n_bytes) / 1e6}
    figures["loss"], figures["accuracy"] = clf.loss_, clf.score(*held_out(shape))
    if not kills:
        seconds = client.run(read_seconds).values()
        for name in _seconds:
            busiest = max(one[name] for one in seconds)
            figures[f"share of {name}"] = busiest / total
    return figures


def measure_plain(shape, n_epochs):
    """The same rows in one process, with as many threads as there are processors."""
    X, y = data.planted_sparse(*shape)
    clf = BPClassifier(**PARAMS, max_iter=n_epochs)
    before = time.perf_counter()
    clf.fit(X, y)
    seconds = (time.perf_counter() - before) / n_epochs
    return {
        "seconds an epoch": seconds,
        "loss": clf.loss_,
        "accuracy": clf.score(*held_out(shape)),
    }


def measure_incremental(client, shape, n_parts, n_epochs):
    """dask-ml's Incremental: the model goes from part to part."""
    import dask.array as da
    from dask_ml.wrappers import Incremental

    blocks = lists(shape, n_parts)
    n = shape[0] // n_parts
    X = da.concatenate(
        [da.from_delayed(b, (n, shape[1]), meta=part(shape, n_parts, 0)[0][:0]) for b in blocks[0]]
    )
    y = da.concatenate([da.from_delayed(b, (n,), dtype=np.int32) for b in blocks[1]])
    X, y = client.persist([X, y])
    clf = Incremental(BPClassifier(**PARAMS), shuffle_blocks=False)
    before = time.perf_counter()
    for _ in range(n_epochs):
        clf.partial_fit(X, y, classes=np.arange(data.N_CLASSES))
    seconds = (time.perf_counter() - before) / n_epochs
    return {"seconds an epoch": seconds, "accuracy": clf.estimator_.score(*held_out(shape))}


def show(name, figures):
    text = ", ".join(f"{key} {value:.3g}" for key, value in figures.items())
    print(f"{name}: {text}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--epochs", type=int, default=3)
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    shape, n_parts = ((40_000, 100_000), 8) if arguments.quick else ((400_000, 1_000_000), 8)
    data.planted_sparse(*shape)
    print(f"{shape[0]:,} x {shape[1]:,} in {n_parts} parts, {arguments.epochs} epochs", flush=True)
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0"}
    with LocalCluster(**options, memory_limit=0) as cluster, Client(cluster) as client:
        client.run(sys.path.insert, 0, HERE)
        for per_round in (2, 8):
            figures = measure_cluster(client, shape, n_parts, per_round, arguments.epochs)
            show(f"2 processes, {per_round} parts a round", figures)
        figures = measure_cluster(client, shape, n_parts, 2, arguments.epochs, kills=True)
        show("the same with 2 parts a round, one worker killed in round 2", figures)
        try:
            show(
                "dask-ml's Incremental",
                measure_incremental(client, shape, n_parts, arguments.epochs),
            )
        except ImportError:
            print("dask-ml's Incremental: dask-ml is not installed")
    show("one process, all threads", measure_plain(shape, arguments.epochs))


if __name__ == "__main__":
    import bench_dask  # so that the workers import it, and nothing of __main__ is pickled

    bench_dask.main()
