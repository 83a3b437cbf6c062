"""B13 and B14: what a second thread brings, and what it costs where the processor is busy."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager, nullcontext
from functools import partial

import data
import peers
from bench_sparse_wide import FULL, QUICK, RMSPROP
from harness import Contestant, Figures, Target, Workload, ratio
from measure import median_seconds, warm_up
from peers.setting import Setting

FASHION = Setting((100,), 200)
THREADS = {"1 thread": 1, "2 threads": 2}


def workloads(quick: bool) -> list[Workload]:
    fashion = partial(data.fashion_mnist, 4_000 if quick else 60_000)
    sparse = partial(data.planted_sparse, *(QUICK if quick else FULL))
    alone = {name: partial(_measure, FASHION, fashion, n) for name, n in THREADS.items()}
    wide = {name: partial(_measure, RMSPROP, sparse, n) for name, n in THREADS.items()}
    beside = partial(_measure, FASHION, fashion, 2, busy=True)
    return [
        Workload(
            "B13",
            "an epoch of B5 while another process is busy on one of the two processors",
            _contestants(
                {"1 thread": alone["1 thread"], "2 threads, beside a busy process": beside}
            ),
            (
                Target(
                    "2 threads beside a busy process / 1 thread alone",
                    ratio("2 threads, beside a busy process", "1 thread", "epoch_seconds"),
                    1.3,
                    at_least=False,
                ),
            ),
        ),
        Workload(
            "B14",
            "an epoch of B5, and of B1 with RMSProp, with 1 and 2 threads",
            _contestants(
                {f"B5, {name}": measure for name, measure in alone.items()}
                | {f"B1, {name}": measure for name, measure in wide.items()}
            ),
            tuple(
                Target(
                    f"{key}, 1 thread / 2 threads",
                    ratio(f"{key}, 1 thread", f"{key}, 2 threads", "epoch_seconds"),
                    1.7,
                )
                for key in ("B5", "B1")
            ),
        ),
    ]


def _contestants(measures) -> dict[str, Contestant]:
    return {name: Contestant(measure, "sk_bp") for name, measure in measures.items()}


def _measure(setting: Setting, load, n_threads: int, repeat: int, busy: bool = False) -> Figures:
    from threadpoolctl import threadpool_limits

    X, y = load()
    peer = peers.sk_bp(setting, repeat)
    warm_up(peer, X, y)
    peer.prepare(X, y)
    peer.fit(1)
    with threadpool_limits(n_threads), _busy_process() if busy else nullcontext():
        return {"epoch_seconds": median_seconds(peer.epoch, at_least=3.0)}


@contextmanager
def _busy_process():
    """Another process that computes all the time, on the last of the processors."""
    program = "import os\nos.sched_setaffinity(0, {%d})\nwhile True: pass"
    last = max(os.sched_getaffinity(0))
    process = subprocess.Popen([sys.executable, "-c", program % last])
    try:
        yield
    finally:
        process.kill()
        process.wait()
