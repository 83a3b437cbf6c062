"""Promise 3: the number of threads changes the time and nothing else."""

import contextlib
import multiprocessing
import os
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import scipy.sparse as sp
from cases import every_optimizer, precisions
from helpers import assert_equal_arrays, weights
from joblib import cpu_count
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from threadpoolctl import threadpool_info, threadpool_limits

from sk_bp import SGD, BPClassifier, BPRegressor, Schedule
from sk_bp._core import _core
from sk_bp.threads import single_threaded_blas

# A call smaller than this many multiply-adds stays on one thread (_core/threads.hpp).
SMALLEST_SHARED_WORK = 8e6


def large_problem(sparse, dtype=np.float64, n=420):
    """Enough work in each batch of 200 for a second thread, with a last batch that is smaller."""
    rng = np.random.default_rng(0)
    n_features = 3000 if sparse else 600
    X = sp.random_array((n, 3000), density=0.03, rng=rng, format="csr", dtype=dtype)
    if not sparse:
        X = rng.standard_normal((n, n_features)).astype(dtype)
    work = X.nnz / n * (64 + 200) if sparse else n_features * 64  # a stored entry costs more
    assert 3 * work * 200 > SMALLEST_SHARED_WORK
    return X, np.arange(n) % 3


def classifier(**parameters):
    model = BPClassifier((64, 32), max_iter=3, tol=None, random_state=0)
    return model.set_params(**parameters)


def blas_threads():
    return {
        info["filepath"]: info["num_threads"]
        for info in threadpool_info()
        if info["user_api"] == "blas"
    }


def bits(model, X):
    return [array.tobytes() for array in weights(model)] + [
        model.predict_proba(X).tobytes(),
        np.array(model.loss_curve_).tobytes(),
    ]


def fit_with(n_threads, model, X, y):
    with threadpool_limits(limits=n_threads):
        return bits(clone(model).fit(X, y), X)


@precisions
@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@every_optimizer
def test_one_and_two_threads_give_the_same_bits(optimizer, sparse, dtype):
    X, y = large_problem(sparse, dtype)
    model = classifier(optimizer=optimizer)
    one = fit_with(1, model, X, y)
    assert fit_with(2, model, X, y) == one
    assert fit_with(3, model, X, y) == one


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize("parameters", [{"early_stopping": True}, {"batch_size": 420}], ids=repr)
def test_validation_and_full_batches_give_the_same_bits_on_two_threads(parameters, sparse):
    X, y = large_problem(sparse)
    model = classifier(**parameters)
    assert fit_with(1, model, X, y) == fit_with(2, model, X, y)


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_fits_in_several_threads_at_once_give_the_bits_of_a_fit_alone(sparse):
    X, y = large_problem(sparse)
    alone = {seed: bits(classifier(random_state=seed).fit(X, y), X) for seed in range(4)}
    before, found = blas_threads(), {}

    def work(seed):
        found[seed] = bits(classifier(random_state=seed).fit(X, y), X)

    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found == alone
    assert blas_threads() == before


def test_predictions_in_several_threads_during_partial_fits_are_finite_and_lose_nothing():
    X, y = large_problem(sparse=True)
    quiet = classifier().partial_fit(X[:200], y[:200], classes=[0, 1, 2])
    watched = classifier().partial_fit(X[:200], y[:200], classes=[0, 1, 2])
    stop, problems = threading.Event(), []

    def look():
        while not stop.is_set():
            if not np.isfinite(watched.predict_proba(X[:50])).all():
                problems.append("not finite")

    lookers = [threading.Thread(target=look) for _ in range(2)]
    for looker in lookers:
        looker.start()
    for first in range(0, 420, 42):
        quiet.partial_fit(X[first : first + 42], y[first : first + 42])
        watched.partial_fit(X[first : first + 42], y[first : first + 42])
    stop.set()
    for looker in lookers:
        looker.join()
    assert not problems
    assert_equal_arrays(weights(watched), weights(quiet))


# -------------------------------------------------------------------------------- how many


def threads_in_new_process(settings=None, **environment):
    """How many threads a new process would use for a large piece of work."""
    program = f"import os; {settings or 'pass'}; import sk_bp._core._core as core, sk_bp"
    found = subprocess.run(
        # -P: the folder that pytest was started in holds a sk_bp that is not compiled.
        [sys.executable, "-P", "-c", f"{program}; print(core.n_threads())"],
        env={**os.environ, "OMP_NUM_THREADS": "64", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(found.stdout)


def test_the_threads_are_those_of_openmp_and_of_the_processors_at_hand():
    assert threads_in_new_process() == min(64, cpu_count())
    assert threads_in_new_process(OMP_NUM_THREADS="1") == 1
    assert threads_in_new_process(LOKY_MAX_CPU_COUNT="1") == 1


@pytest.mark.skipif("not hasattr(os, 'sched_setaffinity')", reason="the system has no affinity")
def test_a_process_held_to_one_processor_uses_one_thread():
    one = min(os.sched_getaffinity(0))
    assert threads_in_new_process(f"os.sched_setaffinity(0, {{{one}}})") == 1


def test_threadpoolctl_limits_the_threads_of_the_core():
    with threadpool_limits(limits=1):
        assert _core.n_threads() == 1


# -------------------------------------------------------------------------------- BLAS limits


@pytest.fixture
def two_blas_threads():
    with threadpool_limits(limits=2, user_api="blas"):
        yield blas_threads()


def test_blas_is_held_to_one_thread_inside_and_given_back(two_blas_threads):
    with single_threaded_blas():
        assert set(blas_threads().values()) == {1}
    assert blas_threads() == two_blas_threads


def test_nested_blocks_give_the_threads_back_only_at_the_end(two_blas_threads):
    with single_threaded_blas():
        with single_threaded_blas():
            assert set(blas_threads().values()) == {1}
        assert set(blas_threads().values()) == {1}
    assert blas_threads() == two_blas_threads


def test_blocks_that_overlap_in_two_threads_give_the_threads_back(two_blas_threads):
    inside, leave = threading.Event(), threading.Event()

    def other():
        with single_threaded_blas():
            inside.set()
            leave.wait()

    worker = threading.Thread(target=other)
    with single_threaded_blas():
        worker.start()
        inside.wait()
    assert set(blas_threads().values()) == {1}
    leave.set()
    worker.join()
    assert blas_threads() == two_blas_threads


@pytest.mark.parametrize("first_to_leave", [0, 1])
def test_overlapping_blocks_in_threads_that_live_on_give_the_threads_back(first_to_leave):
    before, blocks = blas_threads(), [single_threaded_blas(), single_threaded_blas()]
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        workers = (one, other)
        for worker, block in zip(workers, blocks, strict=True):
            worker.submit(block.__enter__).result()
        assert set(blas_threads().values()) == {1}
        for i in (first_to_leave, 1 - first_to_leave):
            workers[i].submit(blocks[i].__exit__, None, None, None).result()
        assert blas_threads() == before


def test_blas_is_held_to_one_thread_in_a_worker_of_a_program_that_limits_it(two_blas_threads):
    def inside():
        with single_threaded_blas():
            return blas_threads()

    with ThreadPoolExecutor(1) as worker:
        assert set(worker.submit(inside).result().values()) == {1}
    assert blas_threads() == two_blas_threads


def test_an_exception_inside_gives_the_threads_back(two_blas_threads):
    with pytest.raises(KeyError), single_threaded_blas():
        raise KeyError
    assert blas_threads() == two_blas_threads


def test_fit_and_predict_give_the_blas_threads_back(two_blas_threads):
    X, y = large_problem(sparse=False)
    model = classifier().fit(X, y)
    assert blas_threads() == two_blas_threads
    model.partial_fit(X, y)
    model.predict(X)
    assert blas_threads() == two_blas_threads


class FailsLater(Schedule):
    def __init__(self, error=ValueError):
        self.error = error

    def __call__(self, steps):
        if np.min(steps) >= 3:
            raise self.error("later")
        return np.full(len(steps), 0.01)


@pytest.mark.parametrize("error", [ValueError, ZeroDivisionError])
def test_an_exception_in_fit_gives_the_blas_threads_back(error, two_blas_threads):
    X, y = large_problem(sparse=False)
    with pytest.raises(error, match="later"):
        classifier(learning_rate=FailsLater(error)).fit(X, y)
    assert blas_threads() == two_blas_threads


def test_a_keyboard_interrupt_in_fit_gives_the_blas_threads_back(two_blas_threads):
    X, y = large_problem(sparse=False)
    model = classifier(learning_rate=FailsLater(KeyboardInterrupt))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        with contextlib.suppress(KeyboardInterrupt):
            model.fit(X, y)
    assert blas_threads() == two_blas_threads
    assert np.isfinite(model.coefs_[0]).all()


def test_divergence_gives_the_blas_threads_back(two_blas_threads):
    X, y = large_problem(sparse=False)
    model = BPRegressor((8,), optimizer=SGD(), learning_rate=1e6, alpha=0, max_iter=20)
    with pytest.warns(ConvergenceWarning, match="stopped early"):
        model.fit(X, y)
    assert blas_threads() == two_blas_threads
    assert np.isfinite(model.coefs_[0]).all()


# --------------------------------------------------------------------------------------- fork


def _child(connection, X, y):
    connection.send(bits(classifier().fit(X, y), X))
    connection.close()


# A forked child has OpenMP's state, but not its threads.
START_METHOD = "fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn"


@pytest.mark.parametrize("held", [False, True], ids=["outside", "inside_a_fit"])
@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_a_forked_child_fits_the_same_bits(sparse, held):
    X, y = large_problem(sparse)
    expected = bits(classifier().fit(X, y), X)  # now OpenMP's threads are there
    context = multiprocessing.get_context(START_METHOD)
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(sender, X, y))
    with warnings.catch_warnings():
        # From Python 3.12 on, forking a process that has threads warns; that is the case in hand.
        warnings.simplefilter("ignore", DeprecationWarning)
        if held:
            with single_threaded_blas():
                child.start()
        else:
            child.start()
    sender.close()
    try:
        assert receiver.poll(60), "the child hangs"
        assert receiver.recv() == expected
    finally:
        child.join(5)
        if child.is_alive():
            child.kill()
            child.join()
    assert child.exitcode == 0
