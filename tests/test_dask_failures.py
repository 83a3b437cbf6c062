"""Fits on a cluster whose workers die, come and go: the result is the same, bit by bit."""

import os
import signal
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from helpers import quick, weights
from rounds_cases import cut, digest, fit_in_rounds, sparse_problem
from sklearn.exceptions import ConvergenceWarning

from sk_bp import BPClassifier

distributed = pytest.importorskip("distributed")

from dask import delayed  # noqa: E402
from dask_cases import (  # noqa: E402
    DuringRounds,
    cluster,
    kill,
    kill_holder_of_the_last_change,
    scale,
)

from sk_bp.dask import DaskBPClassifier  # noqa: E402
from sk_bp.dask import cluster as on_dask  # noqa: E402
from sk_bp.parallel.messages import Message, Stale  # noqa: E402

X, y = sparse_problem()
PARTS = cut(8, sp.csr_array(X), y)
# Adam drifts: rows that wait for their idle steps must survive too.
PARAMS = {"batch_size": 10, "optimizer": "adam", "weight_decay": 0.01, "max_iter": 3}
N_ROUNDS = 6  # 8 partitions, 4 at a time, 3 epochs


def fitted(**params):
    """The estimator, fitted to the partitions, which can be computed again."""
    lists = [[delayed(part[k]) for part in PARTS] for k in (0, 1)]
    estimator = quick(DaskBPClassifier, **{**PARAMS, "partitions_per_round": 4, **params})
    return estimator.fit(*lists)


def expected(**params):
    return digest(fit_in_rounds(quick(BPClassifier, **{**PARAMS, **params}), PARTS, 4))


@pytest.fixture
def during(monkeypatch):
    def made(events, **options):
        return DuringRounds(monkeypatch, events, **options)

    return made


@pytest.mark.parametrize(
    ("n_workers", "threads"),
    [
        (1, 1),
        pytest.param(2, 2, marks=pytest.mark.slow),
        pytest.param(3, 1, marks=pytest.mark.slow),
    ],
)
def test_workers_and_threads_do_not_change_the_result(n_workers, threads):
    with cluster(n_workers, threads):
        assert digest(fitted()) == expected()


EVENTS = {
    "one in round 1": {1: kill(1)},
    "two in round 1": {1: kill(2)},
    "all in round 1": {1: kill()},
    "one in round 3": {3: kill(1)},
    "two in round 3": {3: kill(2)},
    "all in round 3": {3: kill()},
    "one in the last": {N_ROUNDS - 1: kill(1)},
    "two in the last": {N_ROUNDS - 1: kill(2)},
    "all in the last": {N_ROUNDS - 1: kill()},
    "the holder of the last change": {2: kill_holder_of_the_last_change},
    "up to 4 and down to 1": {1: scale(4), 3: scale(1)},
    "killed and scaled": {1: kill(1), 2: scale(4), 4: kill(2)},
}


@pytest.mark.parametrize(
    "name",
    [
        name if name == "one in round 3" else pytest.param(name, marks=pytest.mark.slow)
        for name in EVENTS
    ],
)
def test_workers_that_are_killed_do_not_change_the_result(name, during):
    with cluster(3):
        happening = during(EVENTS[name], pause=0.6)
        found = fitted()
    assert sorted(happening.happened) == sorted(EVENTS[name])
    assert not happening.failures
    assert digest(found) == expected()


@pytest.mark.slow
@pytest.mark.parametrize("rounds", [1, 2, 1000])
def test_the_rounds_after_which_history_is_cut_do_not_change_the_result(
    rounds, monkeypatch, during
):
    monkeypatch.setattr(on_dask, "_ROUNDS_OF_HISTORY", rounds)
    with cluster(2):
        happening = during({2: kill_holder_of_the_last_change, 4: kill()}, pause=0.6)
        assert digest(fitted()) == expected()
    assert not happening.failures


def n_tasks(dask_scheduler):
    return len(dask_scheduler.tasks)


@pytest.mark.slow
def test_the_tasks_that_the_scheduler_remembers_do_not_grow_with_the_rounds():
    with cluster(2) as client:
        counts = []

        def note(engine, round, partitions, truth, change=on_dask.DaskEngine.change):
            counts.append(client.run_on_scheduler(n_tasks))
            return change(engine, round, partitions, truth)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(on_dask.DaskEngine, "change", note)
            fitted(max_iter=25)
    assert len(counts) == 50
    assert max(counts[25:]) <= max(counts[:25])


def test_a_partition_that_diverges_leaves_the_rounds_before_it():
    bad = X.copy()
    bad[-1] = 1e200
    parts = cut(4, bad, y)
    lists = [[delayed(part[k]) for part in parts] for k in (0, 1)]
    params = {**PARAMS, "scaling": False, "shuffle": False, "partitions_per_round": 2}
    with cluster(1), pytest.warns(ConvergenceWarning, match="in partition 3 of X"):
        found = quick(DaskBPClassifier, **params).fit(*lists)
    assert found.n_steps_ == 8
    assert all(np.isfinite(W).all() for W in weights(found))


@pytest.mark.slow
def test_ctrl_c_keeps_the_rounds_made_so_far(during):
    def interrupt(engine):
        signal.raise_signal(signal.SIGINT)

    with cluster(2):
        during({3: interrupt}, pause=1.0)
        lists = [[delayed(part[k]) for part in PARTS] for k in (0, 1)]
        estimator = quick(DaskBPClassifier, **PARAMS, partitions_per_round=4)
        with pytest.raises(KeyboardInterrupt):
            estimator.fit(*lists)
    assert estimator.n_steps_ == 3 * 4
    assert estimator.end_reason_ == "interrupted"
    assert estimator.predict(X).shape == (300,)


@pytest.mark.slow
@pytest.mark.parametrize("after_base", [False, True])
def test_a_partition_that_kills_its_workers_is_named_and_the_rounds_before_are_kept(
    after_base, monkeypatch
):
    train = on_dask._train

    def deadly(spec, round, news, base, place, partition, *args):
        if round.version == 2 and partition == 5 and (base is not None or not after_base):
            os._exit(1)
        if after_base and round.version == 2 and base is None:
            return Stale({place: distributed.get_worker().address})
        return train(spec, round, news, base, place, partition, *args)

    monkeypatch.setattr(on_dask, "_train", deadly)
    with cluster(2), warnings.catch_warnings():
        lists = [[delayed(part[k]) for part in PARTS] for k in (0, 1)]
        estimator = quick(DaskBPClassifier, **PARAMS, shuffle=False, partitions_per_round=2)
        with pytest.raises(RuntimeError, match=r"workers died while they trained .*\b5\b.* of X"):
            estimator.fit(*lists)
    assert estimator.n_steps_ == 2 * 4


@pytest.mark.slow
def test_data_that_are_lost_with_their_worker_are_named():
    with cluster(2) as client:
        lists = [client.scatter([part[k] for part in PARTS], hash=False) for k in (0, 1)]
        happened = []

        def kill_all(engine, *args, change=on_dask.DaskEngine.change):
            if not happened:
                happened.append(kill()(engine))
            return change(engine, *args)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(on_dask.DaskEngine, "change", kill_all)
            estimator = quick(DaskBPClassifier, **PARAMS, partitions_per_round=4)
            with pytest.raises(RuntimeError, match=r"partition \d of X and y was lost"):
                estimator.fit(*lists)


def test_a_round_of_which_a_part_was_combined_before_a_worker_died_is_made_again(monkeypatch):
    gather, mixed = distributed.Client.gather, []

    def mixing(client, futures, *args, **kwargs):
        found = gather(client, futures, *args, **kwargs)
        if isinstance(found[0], Message) and len(mixed) < 2:
            mixed.append(len(found))
            found = [*found[:-1], Stale({1: next(iter(client.nthreads()))})]
        return found

    with cluster(1):
        monkeypatch.setattr(distributed.Client, "gather", mixing)
        assert digest(fitted()) == expected()
    assert mixed == [4, 4]
