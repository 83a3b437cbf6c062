"""Back-propagation against central differences, and the forward pass against scikit-learn's."""

import warnings
from itertools import product

import numpy as np
import pytest
import scipy.sparse as sp
from cases import ACTIVATION_CASES, LOSS_CASES, LOSS_IDS
from reference import encode, forward, loss_of, loss_oracle
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from sk_bp import BPClassifier, BPRegressor
from sk_bp._core import _core
from sk_bp.activations import Identity, Logistic, Tanh
from sk_bp.network import Network, count_parameters
from sk_bp.samples import CSR

N, N_FEATURES = 20, 6
HIDDEN = [(), (5,), (5, 4), (4, 3, 5)]


def problem(task, n_outputs=3, seed=0):
    """Samples and targets: as an estimator takes them, y has one column for each output."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((N, N_FEATURES)) * (rng.random((N, N_FEATURES)) < 0.5)
    if task == "multiclass":
        return X, rng.permutation(np.arange(N) % n_outputs)
    if task == "binary":
        return X, rng.permutation(np.arange(N) % 2)
    if task == "multilabel":
        return X, (rng.random((N, n_outputs)) < 0.5).astype(int)
    return X, rng.standard_normal((N, n_outputs))


def core_network(units, activations, loss, parameters):
    return Network(units, (*activations, Identity()), loss.output, parameters)


def gradient_sum(network, loss, X, y, weight, batch_size, divisor=N):
    """The gradient as the core adds it up, batch by batch."""
    total = np.zeros_like(network.parameters)
    back_propagation = _core.LossAndGradient(network, loss, sp.issparse(X))
    for first in range(0, len(y), batch_size):
        part = slice(first, first + batch_size)
        _, stop = back_propagation.add(
            CSR.of(X[part]) if sp.issparse(X) else X[part],
            y[part],
            None if weight is None else weight[part],
            1 / divisor,
            0.0,
            total,
        )
        assert stop is _core.Stop.none
    return total


def central_differences(network, loss, oracle, X, T, weight):
    """The slope of the oracle's mean loss along each parameter."""
    parameters, h = network.parameters.copy(), 1e-5
    activations = network.activations[:-1]

    def mean_loss(at):
        moved = core_network(network.units, activations, loss, at)
        return loss_of(moved.coefs, moved.intercepts, activations, oracle, X, T, weight) / N

    slopes = np.empty_like(parameters)
    for i in range(len(parameters)):
        step = np.zeros_like(parameters)
        step[i] = h
        slopes[i] = (mean_loss(parameters + step) - mean_loss(parameters - step)) / (2 * h)
    return slopes


def cases():
    for (loss, task), hidden, activation in product(LOSS_CASES, HIDDEN, ACTIVATION_CASES):
        if hidden or activation == Identity():
            for n_outputs in (1, 3) if task == "regression" else (3,):
                yield loss, task, n_outputs, hidden, (activation,) * len(hidden)
        if len(hidden) == 3:
            yield loss, task, 3, hidden, (activation, Tanh(), Logistic())


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize(
    ("loss", "task", "n_outputs", "hidden", "activations"), list(cases()), ids=str
)
def test_gradient_equals_central_differences(
    loss, task, n_outputs, hidden, activations, sparse, weighted
):
    core_loss, oracle = loss.for_task(task), loss_oracle(loss, task)
    X, y = problem(task, n_outputs)
    T = encode(y, task)
    rng = np.random.default_rng(1)
    weight = rng.uniform(0.1, 3, size=N) if weighted else None
    units = (N_FEATURES, *hidden, T.shape[1])
    parameters = 0.7 * rng.standard_normal(count_parameters(units))
    network = core_network(units, activations, core_loss, parameters)
    targets = np.ascontiguousarray(y.reshape(N, -1), dtype=float)
    found = gradient_sum(network, core_loss, sp.csr_array(X) if sparse else X, targets, weight, 7)
    weight = np.ones(N) if weight is None else weight
    expected = central_differences(network, core_loss, oracle, X, T, weight)
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize(("loss", "task"), LOSS_CASES, ids=LOSS_IDS)
def test_gradient_does_not_depend_on_the_batches_it_is_summed_over(loss, task, sparse):
    loss = loss.for_task(task)
    X, y = problem(task)
    X = sp.csr_array(X) if sparse else X
    n_outputs = encode(y, task).shape[1]
    units = (N_FEATURES, 5, n_outputs)
    parameters = np.random.default_rng(1).standard_normal(count_parameters(units))
    network = core_network(units, (Tanh(),), loss, parameters)
    targets = np.ascontiguousarray(y.reshape(N, -1), dtype=float)
    whole = gradient_sum(network, loss, X, targets, None, N)
    for batch_size in (1, 3, 19):
        parts = gradient_sum(network, loss, X, targets, None, batch_size)
        np.testing.assert_allclose(parts, whole, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize(("loss", "task"), LOSS_CASES, ids=LOSS_IDS)
def test_single_precision_gradient_is_the_double_precision_one_rounded(loss, task, sparse):
    loss = loss.for_task(task)
    X, y = problem(task)
    n_outputs = encode(y, task).shape[1]
    units = (N_FEATURES, 5, n_outputs)
    parameters = np.random.default_rng(1).standard_normal(count_parameters(units))
    found = []
    for dtype in (np.float64, np.float32):
        network = core_network(units, (Tanh(),), loss, parameters.astype(dtype))
        samples = sp.csr_array(X, dtype=dtype) if sparse else X.astype(dtype)
        targets = np.ascontiguousarray(y.reshape(N, -1), dtype=dtype)
        found.append(gradient_sum(network, loss, samples, targets, None, 7))
    assert found[1].dtype == np.float32
    np.testing.assert_allclose(found[1], found[0], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("loss", "task"), LOSS_CASES, ids=LOSS_IDS)
def test_gradient_sums_over_many_blocks_of_rows_and_columns(loss, task):
    """More samples and columns than the core takes in one block."""
    core_loss, oracle = loss.for_task(task), loss_oracle(loss, task)
    rng = np.random.default_rng(2)
    repeats, wide = 17, 150
    X, y = problem(task)
    X = np.hstack([np.tile(X, (repeats, 1)), rng.standard_normal((N * repeats, wide))])
    y = np.tile(y.reshape(N, -1), (repeats, 1))
    T = encode(y[:, 0] if task in ("binary", "multiclass") else y, task)
    units = (X.shape[1], 5, T.shape[1])
    network = core_network(
        units, (Tanh(),), core_loss, 0.1 * rng.standard_normal(count_parameters(units))
    )
    _, values = forward(network.coefs, network.intercepts, ("tanh",), X)
    delta = oracle.derivative(values[-1], T)
    expected = values[1].T @ delta / len(X)
    first = X.T @ ((delta @ network.coefs[1].T) * (1 - values[1] ** 2)) / len(X)
    for samples in (X, sp.csr_array(X)):
        total = gradient_sum(network, core_loss, samples, y.astype(float), None, len(X), len(X))
        shown = core_network(units, (Tanh(),), core_loss, total)
        np.testing.assert_allclose(shown.coefs[0], first, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(shown.coefs[1], expected, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(shown.intercepts[1], delta.mean(axis=0), rtol=1e-9, atol=1e-12)


# ------------------------------------------------------------------ scikit-learn's networks


MLP_ACTIVATIONS = ["identity", "logistic", "relu", "tanh"]


def fitted_mlp(task, n_outputs, hidden, activation):
    X, y = problem(task, n_outputs)
    cls = MLPRegressor if task == "regression" else MLPClassifier
    y = y[:, 0] if task == "regression" and n_outputs == 1 else y
    mlp = cls(
        hidden_layer_sizes=hidden, activation=activation, max_iter=20, learning_rate_init=0.05
    )
    mlp.set_params(random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return mlp.fit(X, y), X, y


def with_weights_of(mlp, X, y):
    cls = BPRegressor if isinstance(mlp, MLPRegressor) else BPClassifier
    model = cls(mlp.hidden_layer_sizes, mlp.activation, max_iter=1, tol=None).fit(X, y)
    model.coefs_, model.intercepts_ = mlp.coefs_, mlp.intercepts_
    return model


MLP_CASES = [
    (task, n_outputs, hidden, activation)
    for task in ("binary", "multiclass", "multilabel", "regression")
    for n_outputs in ((1, 3) if task == "regression" else (3,))
    for hidden in [(5,), (6, 4)]
    for activation in MLP_ACTIVATIONS
]


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize(("task", "n_outputs", "hidden", "activation"), MLP_CASES)
def test_predictions_equal_those_of_mlp_with_the_same_weights(
    task, n_outputs, hidden, activation, sparse
):
    mlp, X, y = fitted_mlp(task, n_outputs, hidden, activation)
    model = with_weights_of(mlp, X, y)
    samples = sp.csr_array(X) if sparse else X
    np.testing.assert_allclose(model.predict(samples), mlp.predict(X), rtol=1e-10, atol=1e-12)
    assert model.out_activation_ == mlp.out_activation_
    if task != "regression":
        for method in ("predict_proba", "predict_log_proba"):
            np.testing.assert_allclose(
                getattr(model, method)(samples), getattr(mlp, method)(X), rtol=1e-9, atol=1e-12
            )


@pytest.mark.parametrize("activation", MLP_ACTIVATIONS)
def test_weights_of_mlp_predict_in_a_regressor_that_was_never_fitted(activation):
    mlp, X, _ = fitted_mlp("regression", 3, (5,), activation)
    model = BPRegressor((5,), activation)
    model.coefs_, model.intercepts_ = mlp.coefs_, mlp.intercepts_
    np.testing.assert_allclose(model.predict(X), mlp.predict(X), rtol=1e-10)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_weights_of_mlp_predict_in_a_classifier_that_was_never_fitted(task):
    mlp, X, _ = fitted_mlp(task, 3, (5,), "tanh")
    model = BPClassifier((5,), "tanh")
    model.classes_ = mlp.classes_
    model.coefs_, model.intercepts_ = mlp.coefs_, mlp.intercepts_
    np.testing.assert_array_equal(model.predict(X), mlp.predict(X))
    np.testing.assert_allclose(model.predict_proba(X), mlp.predict_proba(X), rtol=1e-10)
