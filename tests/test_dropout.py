"""Dropout: the steps of the textbook, by masks that nothing but the seed and the step decide."""

import pickle

import numpy as np
import pytest
import scipy.sparse as sp
from cases import every_activation, every_loss, every_optimizer, layouts, precisions
from helpers import (
    assert_same_bits,
    distance,
    estimator_class,
    quick,
    refused,
    targets_for,
    weights,
)
from optimizer_cases import small_problem
from reference import start_from, trained_like
from reference.dropout import mask, number
from sklearn.base import clone
from test_threads import classifier, fit_with, large_problem

from sk_bp import Adam, BPClassifier
from sk_bp.inspection import check_gradient

RATES = {"dropout": [0.4, 0.2], "input_dropout": 0.3}


def network(Estimator, activation="tanh", **parameters):
    """A network of three epochs of four steps, whose units are left out."""
    defaults = {"learning_rate": 0.01, "batch_size": 8, "max_iter": 3, "tol": None}
    defaults |= {"random_state": 1, "alpha": 1e-4}
    return Estimator((6, 5), activation, **{**defaults, **RATES, **parameters})


def assert_makes_the_steps_of_the_oracle(estimator, X, y, tolerance=1e-11):
    model = start_from(estimator, X, y)
    coefs, intercepts, losses = trained_like(model, X, y)
    model.fit(X, y)
    assert distance(weights(model), coefs + intercepts) < tolerance
    np.testing.assert_allclose(model.loss_curve_, losses, rtol=tolerance)


@layouts
@every_activation
def test_steps_are_those_of_the_oracle_for_every_activation(activation, layout):
    X, y = small_problem(np.float64, layout)
    assert_makes_the_steps_of_the_oracle(network(BPClassifier, activation, optimizer=Adam()), X, y)


@layouts
@every_loss
def test_steps_are_those_of_the_oracle_for_every_loss(loss, task, layout):
    X, _ = small_problem(np.float64, layout)
    y = targets_for(task, X.shape[0], np.random.default_rng(1))
    estimator = network(estimator_class(task), loss=loss, optimizer=Adam())
    assert_makes_the_steps_of_the_oracle(estimator, X, y)


@layouts
@pytest.mark.parametrize(
    "rates",
    [{"dropout": 0.5}, {"dropout": [0.0, 0.7]}, {"dropout": 0, "input_dropout": 0.9}],
    ids=str,
)
def test_steps_are_those_of_the_oracle_whatever_is_left_out(rates, layout):
    X, y = small_problem(np.float64, layout)
    estimator = network(BPClassifier, optimizer=Adam()).set_params(dropout=0, input_dropout=0)
    assert_makes_the_steps_of_the_oracle(estimator.set_params(**rates), X, y)


@precisions
@every_optimizer
def test_sparse_samples_lose_the_same_entries_as_dense_ones(optimizer, dtype):
    X, y = small_problem(dtype, np.asarray)
    S, _ = small_problem(dtype, sp.csr_array)
    model = network(BPClassifier, optimizer=optimizer, learning_rate=None)
    on_dense, on_sparse = clone(model).fit(X, y), clone(model).fit(S, y)
    tolerance = 1e-9 if dtype is np.float64 else 1e-3
    assert distance(weights(on_sparse), weights(on_dense), smallest=1e-2) < tolerance


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_one_and_two_threads_leave_out_the_same(sparse):
    X, y = large_problem(sparse)
    model = classifier(**RATES)
    assert fit_with(1, model, X, y) == fit_with(2, model, X, y)


@layouts
def test_training_goes_on_with_the_masks_that_would_have_come(layout):
    X, y = small_problem(np.float64, layout)
    model = network(BPClassifier, max_iter=5).fit(X, y)
    in_two_parts = clone(model).set_params(max_iter=2, warm_start=True).fit(X, y)
    in_two_parts = pickle.loads(pickle.dumps(in_two_parts)).set_params(max_iter=3).fit(X, y)
    stream = clone(model)
    for _ in range(5):
        stream = pickle.loads(pickle.dumps(stream.partial_fit(X, y, classes=np.unique(y))))
    for resumed in (in_two_parts, stream):
        assert distance(weights(resumed), weights(model)) <= (
            1e-13 if layout is sp.csr_array else 0
        )


def test_the_share_left_out_is_the_rate_and_neighbours_are_independent():
    rate, n = 0.3, 64
    left_out = np.array(
        [mask(rate, 5, 1, step, i, n) == 0 for step in range(20) for i in range(20)], dtype=float
    )
    deviation = np.sqrt(rate * (1 - rate))
    assert abs(left_out.mean() - rate) < 4 * deviation / np.sqrt(left_out.size)
    z = (left_out - rate) / deviation
    for one, other in ((z[:, 1:], z[:, :-1]), (z[1:], z[:-1]), (z[20:], z[:-20])):
        products = one * other
        assert abs(products.mean()) < 4 / np.sqrt(products.size)


def test_random_numbers_are_those_of_splitmix64():
    """The first three of its reference implementation (Vigna) from the state 1234567."""
    first = [number(1234567, place) for place in range(3)]
    assert first == [6457827717110365317, 3203168211198807973, 9817491932198370423]


@layouts
def test_prediction_leaves_nothing_out(layout):
    X, y = small_problem(np.float64, layout)
    model = network(BPClassifier).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), model.predict_proba(X))
    plain = clone(model).set_params(dropout=0, input_dropout=0).fit(X, y)
    plain.coefs_, plain.intercepts_ = model.coefs_, model.intercepts_
    np.testing.assert_array_equal(plain.predict_proba(X), model.predict_proba(X))


@layouts
@every_activation
def test_the_gradient_check_covers_dropout(activation, layout):
    X, y = small_problem(np.float64, layout)
    result = check_gradient(network(BPClassifier, activation), X, y, random_state=0)
    assert result.verdict == "right"
    assert result.worst.relative_error < 1e-7
    plain = check_gradient(network(BPClassifier, activation, dropout=0), X, y, random_state=0)
    assert plain.loss != result.loss


def test_a_network_without_hidden_layers_ignores_their_dropout():
    X, y = small_problem(np.float64, np.asarray)
    with_rate = quick(BPClassifier, hidden_layer_sizes=(), dropout=0.5).fit(X, y)
    assert_same_bits(with_rate, quick(BPClassifier, hidden_layer_sizes=()).fit(X, y))


@pytest.mark.parametrize("optimizer", ["lbfgs", "conjugate_gradient", "rprop"])
@pytest.mark.parametrize("params", [{"dropout": 0.1}, {"dropout": [0.1]}, {"input_dropout": 0.1}])
def test_optimizers_that_take_all_samples_refuse_it(params, optimizer):
    name = next(iter(params))
    message = f"{name}=.*needs an optimizer that makes a step for each batch"
    refused(BPClassifier, message, params={**params, "optimizer": optimizer})
