"""The compiled core refuses arguments that it cannot read: none crashes the process."""

import json
import random
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from core_calls import HYPERPARAMETERS, Choices, choice_of, make_calls, misaligned, read_only

from sk_bp import BPRegressor
from sk_bp._core import _core
from sk_bp.samples import CSR

N_SEEDS = 600


def make_calls_of(first, last):
    """Make the calls of these seeds, and print the number of those that were taken."""
    taken = 0
    for seed in range(first, last):
        print(json.dumps({"seed": seed}), flush=True)
        choices = Choices(random.Random(seed).randbytes(400), breaks=seed % 2 == 1)
        taken += make_calls(choices) is None
    print(json.dumps({"taken": taken}), flush=True)


def test_random_calls_some_of_them_broken_do_not_crash_the_process():
    program = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import conftest, "
        f"test_binding; test_binding.make_calls_of(0, {N_SEEDS})"
    )
    # -P: the folder that pytest was started in holds a sk_bp that is not compiled.
    run = subprocess.run(
        [sys.executable, "-P", "-c", program], capture_output=True, text=True, timeout=120
    )
    last = run.stdout.splitlines()[-1]
    assert run.returncode == 0, f"{last}\n{run.stderr}"
    assert N_SEEDS // 2 <= json.loads(last)["taken"] < N_SEEDS


# ---------------------------------------------------------------- one broken argument at a time


def network(n_in=3, n_out=2, **changes):
    """A linear network."""
    flat = np.linspace(-1, 1, (n_in + 1) * n_out)
    given = {
        "units": (n_in, n_out),
        "dtype": np.dtype(np.float64),
        "activations": [choice_of("identity")],
        "parameters": flat,
        "coefs": [flat[: n_in * n_out].reshape(n_in, n_out)],
        "intercepts": [flat[n_in * n_out :]],
    }
    return SimpleNamespace(**{**given, **changes})


def csr(**changes):
    """Four samples of three columns."""
    X = CSR(np.ones(4), [0, 1, 2, 0], [0, 1, 2, 3, 4], (4, 3))
    for name, value in changes.items():
        setattr(X, name, value)
    return X


def trainer(net=None, sparse=True, **changes):
    """A trainer by gradient descent without momentum, unless something else is wished for."""
    given = {"rule": "sgd", "hyperparameters": {**HYPERPARAMETERS, "momentum": 0.0}}
    given |= {"slots": [], "numbers": np.zeros(0), "sparse": sparse, "fresh": True}
    return _core.Trainer(net or network(), choice_of("squared_error"), **{**given, **changes})


def plan(**changes):
    """Two steps of two samples each."""
    two = np.full(2, 0.1)
    given = {"order": np.arange(4), "n_samples": 4, "batch_size": 2, "first_step": 0}
    given |= {"rates": two, "decays": 0 * two, "thresholds": 0 * two, "steps_before": 0}
    given |= {"weight_scale": 1.0, "loss_limit": np.inf, "loss_before": np.nan}
    given |= {"max_grad_norm": np.inf, "measure_gradient": False}
    return SimpleNamespace(**{**given, **changes})


def run(X=None, **changes):
    """Make the steps of a plan."""
    X = csr() if X is None else X
    samples = SimpleNamespace(X=X, y=np.ones((4, 2)), weight=None, largest=1.0)
    report = {}
    trainer(sparse=isinstance(X, CSR)).run(samples, plan(**changes), report)
    return report


identity = choice_of("identity")
large = 2**63 - 1

BROKEN_CSR = {
    "a column too large": csr(indices=np.array([0, 1, 3, 0], np.int32)),
    "a column far too large": csr(indices=np.array([0, 2**31 - 1, 2, 0], np.int32)),
    "a negative column": csr(indices=np.array([0, 1, 2, -1], np.int32)),
    "a falling indptr": csr(indptr=np.array([0, 3, 2, 3, 4])),
    "an indptr that begins below 0": csr(indptr=np.array([-1, 1, 2, 3, 4])),
    "an indptr that ends beyond the entries": csr(indptr=np.array([0, 1, 2, 3, 5])),
    "a row that ends beyond the entries": csr(indptr=np.array([0, large, 2, 3, 4])),
    "an indptr that is too short": csr(indptr=np.array([0, 1, 2, 3])),
    "a negative number of rows": csr(shape=(-1, 3), indptr=np.zeros(0, np.int64)),
    "too many rows to add one to": csr(shape=(large, 3)),
}


@pytest.mark.parametrize("name", BROKEN_CSR)
def test_a_broken_csr_matrix_is_refused_by_all_that_read_one(name):
    X, y = BROKEN_CSR[name], np.ones((4, 2))
    gradient = np.zeros(8)
    calls = [
        lambda: _core.predict(network(), X, identity),
        lambda: _core.total_loss(network(), X, y, None, choice_of("squared_error")),
        lambda: _core.jacobian(network(), X),
        lambda: _core.LossAndGradient(network(), choice_of("squared_error"), True).add(
            X, y, None, 1.0, 1.0, gradient
        ),
        lambda: run(X),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=r"CSR|indptr|rows"):
            call()
    assert not gradient.any()


def test_only_the_rows_that_a_plan_names_are_read():
    X = csr(indices=np.array([0, 1, 9, 0], np.int32))
    assert run(X, order=np.array([0, 1, 3, 0]))["steps"] == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch_size": large, "rates": np.zeros(0)}, "rates has 0 numbers where 1 are needed"),
        ({"batch_size": 0}, "at least 1"),
        ({"n_samples": -1}, "at least 0 samples"),
        ({"n_samples": 5, "batch_size": 3, "order": None}, "more samples than X"),
        ({"n_samples": 5, "batch_size": 3}, "order has 4 numbers where 5 are needed"),
        ({"order": np.array([0, 1, 2, 4])}, "does not have"),
        ({"order": np.array([0, 1, 2, -1])}, "does not have"),
        ({"first_step": large}, r"2\^62 steps"),
        ({"steps_before": -1}, r"2\^62 steps"),
    ],
)
@pytest.mark.parametrize("X", [csr(), np.ones((4, 3))], ids=["sparse", "dense"])
def test_a_broken_plan_is_refused(X, changes, message):
    assert run(X)["steps"] == 2
    with pytest.raises(ValueError, match=message):
        run(X, **changes)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"units": (3,)}, ValueError, "an input and an output layer"),
        ({"units": ()}, ValueError, "an input and an output layer"),
        ({"units": (3, 0)}, ValueError, "an input and an output layer"),
        ({"units": (0, 2)}, ValueError, "an input and an output layer"),
        ({"units": (3, 2**31)}, ValueError, "an input and an output layer"),
        ({"units": (3, 3)}, ValueError, "layer 0 do not fit"),
        ({"dtype": np.dtype("f2")}, TypeError, "float"),
        ({"dtype": np.dtype(">f8")}, TypeError, "float64"),
        ({"dtype": np.dtype("f4")}, TypeError, "array of float32, got float64"),
        ({"coefs": [misaligned(np.ones((3, 2)))]}, TypeError, "aligned"),
        ({"coefs": [np.ones((2, 3)).T]}, TypeError, "C-contiguous"),
        ({"coefs": []}, ValueError, "zip"),
    ],
)
def test_a_broken_network_is_refused(changes, error, message):
    X = np.ones((4, 3))
    with pytest.raises(error, match=message):
        _core.predict(network(**changes), X, identity)
    with pytest.raises(error, match=message):
        trainer(network(**changes), sparse=False)


def test_what_a_network_says_of_its_outputs_is_not_taken_for_the_room_they_need():
    few = network(n_out=40, n_outputs=1)
    assert _core.predict(few, np.ones((4, 3)), identity).shape == (4, 40)
    J, outputs = _core.jacobian(network(parameters=np.ones(1)), np.ones((4, 3)))
    assert J.shape == (4, 2, 8)
    assert outputs.shape == (4, 2)


def test_arrays_that_the_core_writes_to_must_be_writeable_and_of_the_right_size():
    net = network()
    flat = read_only(net.parameters)
    frozen = network(parameters=flat, coefs=[flat[:6].reshape(3, 2)], intercepts=[flat[6:]])
    with pytest.raises(ValueError, match="read-only"):
        trainer(frozen)
    core = _core.LossAndGradient(net, choice_of("squared_error"), False)
    for gradient in (np.zeros(7), read_only(np.zeros(8)), np.zeros(16)[::2]):
        with pytest.raises((TypeError, ValueError), match=r"length|read-only|C-contiguous"):
            core.add(np.ones((4, 3)), np.ones((4, 2)), None, 1.0, 1.0, gradient)
    for average in (np.zeros(7), read_only(np.zeros(6)), misaligned(np.zeros(6))):
        with pytest.raises((TypeError, ValueError), match=r"size|read-only|aligned"):
            trainer().add_to_average(average, 0.5)


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_weights_that_are_up_to_date_can_be_peeked_at_and_averaged(sparse):
    net, average = network(), np.zeros(6)
    core = trainer(net, sparse=sparse)
    core.add_to_average(average, 0.5)
    np.testing.assert_array_equal(average, 0.5 * net.coefs[0].ravel())
    np.testing.assert_array_equal(core.peek(np.array([2], np.int32)), net.coefs[0][2:])
    for column in (-1, 3, 2**31 - 1):
        with pytest.raises(ValueError, match="no such column"):
            core.peek(np.array([column], np.int32))


@pytest.mark.parametrize("momentum", [np.nan, -0.5])
@pytest.mark.parametrize("rule", ["sgd", "rmsprop"])
def test_a_momentum_that_is_not_positive_needs_no_room(rule, momentum):
    hyperparameters = {**HYPERPARAMETERS, "momentum": momentum}
    slots = [np.zeros(8) for _ in range(_core.n_slots(rule, hyperparameters))]
    core = trainer(rule=rule, hyperparameters=hyperparameters, slots=slots)
    samples = SimpleNamespace(X=csr(), y=np.ones((4, 2)), weight=None, largest=1.0)
    core.run(samples, plan(), report := {})
    assert report["steps"] == 2


@pytest.mark.parametrize("beta", [1.0, 1.5, np.inf, np.nan])
def test_averages_that_do_not_fall_need_no_endless_tables(beta):
    hyperparameters = {**HYPERPARAMETERS, "beta_1": beta}
    core = trainer(rule="adamax", hyperparameters=hyperparameters, slots=[np.zeros(8), np.zeros(8)])
    assert core.caught_up


# ---------------------------------------------------------------- what users may well pass


@pytest.mark.parametrize("layout", ["dense", "sparse"])
def test_misaligned_arrays_are_copied(layout):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 4)), rng.normal(size=30)
    weight = rng.uniform(1, 2, size=30)

    def shifted(X):
        if layout == "dense":
            return misaligned(X)
        from scipy.sparse import csr_array

        X = csr_array(X)
        X.data, X.indices, X.indptr = map(misaligned, (X.data, X.indices, X.indptr))
        return X

    model = BPRegressor(5, max_iter=3, tol=None, random_state=0)
    expected = model.fit(X, y, weight).predict(X)
    found = model.fit(shifted(X), misaligned(y), misaligned(weight)).predict(shifted(X))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert misaligned(X).flags.aligned is False
