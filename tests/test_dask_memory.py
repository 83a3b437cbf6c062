"""How much memory a worker needs: measured in real processes."""

import sys

import numpy as np
import pytest
import scipy.sparse as sp

pytest.importorskip("distributed")

from dask import delayed
from dask_cases import cluster
from distributed import wait
from helpers import quick

from sk_bp import BPClassifier
from sk_bp.dask import cluster as on_dask
from sk_bp.dask import fit

N_COLUMNS, N_UNITS, ENTRIES = 100_000, 100, 100


def part_of_X(k, n_columns=N_COLUMNS, n=500):
    columns = np.random.default_rng(k).integers(n_columns, size=(n, ENTRIES))
    values = np.ones(columns.size, np.float32)
    X = sp.csr_matrix((values, columns.ravel(), np.arange(n + 1) * ENTRIES), (n, n_columns))
    X.sum_duplicates()
    return X


def part_of_y(k, n=500):
    return np.arange(k, n + k) % 2


def highest_memory():
    """Bytes that this process has had in memory at most."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss has other units elsewhere")
@pytest.mark.parametrize(("n_workers", "per_round"), [(2, 2), (1, 4)])
def test_a_worker_needs_the_weights_two_changes_and_the_messages_of_its_partitions(
    n_workers, per_round, monkeypatch
):
    before, changes = [], []
    start, accepted = on_dask.DaskEngine.start, on_dask.DaskEngine._accepted

    def starting(engine, *args):
        start(engine, *args)
        wait(engine._samples)
        before.append(engine.client.run(highest_memory))

    def accepting(engine, round, change, combined):
        changes.append(sum(part.nbytes for part in change))
        return accepted(engine, round, change, combined)

    params = {"optimizer": "rmsprop", "scaling": False, "batch_size": 20, "max_iter": 3}

    def fitted(n_columns, client):
        X = [delayed(part_of_X)(k, n_columns) for k in range(4)]
        y = [delayed(part_of_y)(k) for k in range(4)]
        model = quick(BPClassifier, **params, hidden_layer_sizes=N_UNITS)
        return fit(model, X, y, client=client, partitions_per_round=per_round)

    with cluster(n_workers) as client:
        fitted(200, client)  # so that all that is imported is in memory
        monkeypatch.setattr(on_dask.DaskEngine, "start", starting)
        monkeypatch.setattr(on_dask.DaskEngine, "_accepted", accepting)
        model = fitted(N_COLUMNS, client)
        after = client.run(highest_memory)
    row = 2 * N_UNITS * 4  # weights and state
    messages = [len(np.unique(part_of_X(k).indices)) * row for k in range(4)]
    weights = model.coefs_[0].nbytes
    bound = 2 * weights + 2 * max(changes) + per_round // n_workers * max(messages)
    for address, bytes_before in before[0].items():
        assert 2 * weights < after[address] - bytes_before < 1.1 * bound
