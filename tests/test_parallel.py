"""Fits and predictions side by side, in threads and in processes: no deadlock, the same results.

What could hang runs in a process of its own, which is given up after a time. Each such test is a
function of this file, which prints "done" at its end.
"""

import multiprocessing
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from helpers import weights
from sklearn.base import clone

from sk_bp import BPClassifier, BPRegressor
from sk_bp.optimizers import BY_BATCH
from sk_bp.tabular import BPTabularClassifier

SECONDS = 100
N_THREADS = 8


def problem(sparse, n=1200):
    """Enough work in a batch for the core to use several threads."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, 600))
    if sparse:
        X = sp.random_array((n, 3000), density=0.03, rng=rng, format="csr")
    return X, np.arange(n) % 3


def classifier(**parameters):
    given = {"hidden_layer_sizes": (64,), "max_iter": 2, "tol": None, "random_state": 0}
    return BPClassifier(**{**given, **parameters})


def bits(model, X):
    return [W.tobytes() for W in weights(model)] + [model.predict_proba(X).tobytes()]


def fitted_bits(seed):
    """The weights and predictions of fits with this seed, to dense and to sparse samples."""
    found = []
    for sparse in (False, True):
        X, y = problem(sparse)
        found += bits(classifier(random_state=seed).fit(X, y), X)
    return found


def in_process(name, *arguments):
    """Run a function of this file in a new process; it must end in time and print "done"."""
    program = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import conftest, "
        f"test_parallel; test_parallel.{name}(*{arguments!r})"
    )
    # -P: the folder that pytest was started in holds a sk_bp that is not compiled.
    command = [sys.executable, "-P", "-W", "ignore::DeprecationWarning", "-c", program]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        pytest.fail(f"{name}{arguments} hangs")
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[-1] == "done"


layouts = pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])

# ------------------------------------------------------------------ threads


@pytest.mark.filterwarnings("ignore")  # two epochs are few
def test_different_estimators_in_threads_give_the_bits_of_one_after_the_other():
    X, y = problem(sparse=False, n=300)
    few = sp.csr_array(X * (np.abs(X) > 2))
    models = [
        (classifier(optimizer=name, dropout=0.2), data) for name in BY_BATCH for data in (X, few)
    ]
    models += [(BPRegressor(8, optimizer="lbfgs", max_iter=4, tol=None, random_state=1), X)]
    models += [(BPTabularClassifier(max_iter=2, random_state=1), X[:, :9])]

    def fit(given):
        model, data = given
        return clone(model).fit(data, y).predict(data[:200]).tobytes()

    one_by_one = list(map(fit, models))
    with ThreadPoolExecutor(N_THREADS) as pool:
        assert list(pool.map(fit, models)) == one_by_one


@layouts
def test_a_fitted_estimator_predicts_in_threads_while_another_one_trains(sparse):
    X, y = problem(sparse)
    model = classifier().fit(X, y)
    expected, alone = model.predict_proba(X).tobytes(), fitted_bits(7)
    with ThreadPoolExecutor(N_THREADS + 1) as pool:
        training = pool.submit(fitted_bits, 7)
        found = [pool.submit(model.predict_proba, X) for _ in range(5 * N_THREADS)]
        assert {future.result().tobytes() for future in found} == {expected}
        assert training.result() == alone


def steps_of(model, X, y):
    """Make a step by each call of partial_fit."""
    for first in [*range(0, 400, 50)] * 2:
        model.partial_fit(X[first : first + 50], y[first : first + 50], classes=[0, 1, 2])
        yield


def predict_while_training(sparse, average):
    """Predictions of an estimator in training are those after some of its steps."""
    X, y = problem(sparse, n=400)
    given = {"batch_size": 50, "average": average, "weight_decay": 0.1}
    twin, watched = classifier(**given), classifier(**given)
    known = {twin.predict_proba(X).tobytes() for _ in steps_of(twin, X, y)}
    stop, found, steps = threading.Event(), set(), steps_of(watched, X, y)
    next(steps)

    def look():
        while not stop.is_set():
            found.add(watched.predict_proba(X).tobytes())

    lookers = [threading.Thread(target=look) for _ in range(N_THREADS)]
    for looker in lookers:
        looker.start()
    for _ in steps:
        pass
    stop.set()
    for looker in lookers:
        looker.join()
    assert len(found) > 1
    assert found <= known
    assert bits(watched, X) == bits(twin, X)
    print("done")


@pytest.mark.parametrize("average", [None, "ema"])
@layouts
def test_an_estimator_predicts_between_two_of_its_steps_while_it_is_trained(sparse, average):
    in_process("predict_while_training", sparse, average)


def test_calls_of_partial_fit_at_once_lose_nothing_that_crashes():
    X, y = problem(sparse=True, n=400)
    model = classifier().partial_fit(X, y, classes=[0, 1, 2])
    with ThreadPoolExecutor(4) as pool:
        for _ in range(8):
            pool.submit(model.partial_fit, X, y)
            pool.submit(model.predict, X.toarray())
    assert all(np.isfinite(W).all() for W in weights(model))


# ------------------------------------------------------------------ processes


def fit_in_processes(method):
    """Workers that multiprocessing starts after the core has used its threads."""
    expected = [fitted_bits(seed) for seed in range(2)]
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map_async(fitted_bits, range(2)).get(SECONDS) == expected
    print("done")


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_processes_fit_the_same_bits(method):
    in_process("fit_in_processes", method)


def fit_by_joblib(backend):
    """Workers of joblib."""
    from joblib import Parallel, delayed

    expected = [fitted_bits(seed) for seed in range(2)]
    assert Parallel(2, backend=backend)(delayed(fitted_bits)(s) for s in range(2)) == expected
    print("done")


@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_workers_of_joblib_fit_the_same_bits(backend):
    in_process("fit_by_joblib", backend)


def fork_while_training(sparse):
    """A child that is forked in the midst of training predicts, and trains on, the same model."""
    X, y = problem(sparse)
    model = classifier().partial_fit(X, y, classes=[0, 1, 2])
    stop = threading.Event()

    def train():
        while not stop.is_set():
            model.partial_fit(X, y)

    def use(connection):
        before = model.predict_proba(X)
        model.partial_fit(X, y)
        connection.send([before, model.predict_proba(X)])

    trainer = threading.Thread(target=train)
    trainer.start()
    context = multiprocessing.get_context("fork")
    try:
        for _ in range(20):
            receiver, sender = context.Pipe(duplex=False)
            child = context.Process(target=use, args=(sender,), daemon=True)
            child.start()
            assert receiver.poll(SECONDS / 4), "the child hangs"
            assert all(np.isfinite(found).all() for found in receiver.recv())
            child.join()
    finally:
        stop.set()
        trainer.join()
    print("done")


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="needs fork")
@layouts
def test_a_child_forked_while_its_model_is_trained_does_not_hang(sparse):
    in_process("fork_while_training", sparse)


def fit_by_dask():
    """Workers of dask, in threads of this process and in processes of their own."""
    from distributed import Client, LocalCluster

    expected, folder = [fitted_bits(seed) for seed in range(2)], str(Path(__file__).parent)
    for processes in (False, True):
        cluster = LocalCluster(2, threads_per_worker=1, processes=processes, dashboard_address=None)
        with cluster, Client(cluster) as client:
            client.run(lambda: sys.path.insert(0, folder))
            assert client.gather(client.map(fitted_bits, range(2))) == expected
    print("done")


def test_workers_of_dask_fit_the_same_bits():
    pytest.importorskip("distributed")
    in_process("fit_by_dask")
