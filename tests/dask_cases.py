"""Clusters of Dask for tests, and what happens to them during a fit."""

import os
import signal
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

from distributed import Client, LocalCluster

from sk_bp.dask import cluster as on_dask


class _Cluster(LocalCluster):
    """A cluster that may be told twice that a worker is gone.

    LocalCluster knows its workers from two sources, and raises KeyError when it is closed if the
    slower one names a killed worker that the other has removed (dask/distributed#5407).
    """

    def _update_worker_status(self, op, msg):
        if op != "remove" or msg in self.scheduler_info["workers"]:
            super()._update_worker_status(op, msg)


@contextmanager
def cluster(n_workers, threads_per_worker=1, **options):
    """A client of a cluster of processes, which know the folder of the tests."""
    here = str(Path(__file__).parent)
    with (
        _Cluster(
            n_workers=n_workers,
            threads_per_worker=threads_per_worker,
            dashboard_address=":0",
            memory_limit=0,
            silence_logs=60,
            **options,
        ) as made,
        Client(made) as client,
    ):
        client.run(sys.path.insert, 0, here)
        yield client


def process_ids(client):
    """Of the workers, by their addresses; those that are about to leave are left out."""
    return client.run(os.getpid, on_error="ignore")


class DuringRounds:
    """Lets something happen while rounds of the given versions are made.

    Parameters
    ----------
    monkeypatch : pytest.MonkeyPatch
    events : dict of int to callable
        By version, what is called with the engine in a thread of its own, once the tasks of the
        round have been handed out.
    pause : float, default=0.3
        Seconds that a partition takes longer in these rounds.
    """

    def __init__(self, monkeypatch, events, pause=0.3):
        self.happened = []
        self.failures = []
        combined, submit = on_dask.DaskEngine._combined, on_dask.DaskEngine._submit

        def watched(engine, round, answers, attempt):
            found = combined(engine, round, answers, attempt)
            if attempt == 0 and round.version in events:
                self.happened.append(round.version)
                thread = threading.Thread(
                    target=self._call, args=(events[round.version], engine, pause)
                )
                thread.start()
            return found

        def delayed(engine, round, partitions, place, base, address, attempt):
            if round.version in events and attempt == 0:
                name = f"{engine._fit_id}-late-{round.version}-{place}"
                sample = engine._samples[partitions[place]]
                late = engine.client.submit(slowly, sample, pause, key=name)
                kept, engine._samples = engine._samples, dict(enumerate(engine._samples))
                engine._samples[partitions[place]] = late
                try:
                    return submit(engine, round, partitions, place, base, address, attempt)
                finally:
                    engine._samples = kept
            return submit(engine, round, partitions, place, base, address, attempt)

        monkeypatch.setattr(on_dask.DaskEngine, "_combined", watched)
        monkeypatch.setattr(on_dask.DaskEngine, "_submit", delayed)

    def _call(self, event, engine, pause):
        time.sleep(pause / 2)
        try:
            event(engine)
        except Exception as error:
            self.failures.append(error)


def slowly(value, seconds):
    """The value, after some time."""
    time.sleep(seconds)
    return value


def kill(n_workers=None):
    """An event: so many workers are killed, or all of them."""

    def event(engine):
        for pid in sorted(process_ids(engine.client).values())[:n_workers]:
            os.kill(pid, signal.SIGKILL)

    return event


def kill_holder_of_the_last_change(engine):
    """An event: a worker that holds a part of the last change is killed."""
    client, pids = engine.client, process_ids(engine.client)
    held = client.who_has(engine._news[1])
    holders = sorted({address for addresses in held.values() for address in addresses})
    os.kill(pids[holders[0]], signal.SIGKILL)


def scale(n_workers):
    """An event: the cluster gets this many workers."""
    return lambda engine: engine.client.cluster.scale(n_workers)
