"""Weights that a fit begins from: scaled by data, or given."""

import copy
from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse as sp
from cases import both, every_activation, every_loss, layouts, precisions
from helpers import curve_and_classes, estimator_class, targets_for
from reference import activation_oracle, forward
from sklearn.base import clone

from sk_bp import BPClassifier, BPRegressor
from sk_bp.initial_weights import BATCH_SIZE

ONE_SMALL_STEP = {"learning_rate": 1e-30, "alpha": 0, "max_iter": 1, "tol": None, "random_state": 0}


def samples(n=300, n_features=40, density=0.3):
    rng = np.random.default_rng(0)
    X = 5 * rng.standard_normal((n, n_features)) * (rng.random((n, n_features)) < density)
    return X, rng.standard_normal(n)


def started(X, y, activation="tanh", hidden=(30, 20, 10), **params):
    model = BPRegressor(hidden, activation, **ONE_SMALL_STEP | {"init": "data", **params})
    return model.fit(X, y)


@precisions
@layouts
@every_activation
def test_with_data_each_layer_computes_values_of_variance_one(activation, layout, dtype):
    X, y = samples()
    assert len(X) < BATCH_SIZE  # so that the batch is all samples
    model = started(layout(X.astype(dtype)), y, activation)
    z, _ = forward(model.coefs_, model.intercepts_, [activation_oracle(activation)] * 3, X)
    for layer in z:
        np.testing.assert_allclose(layer.std(), 1, rtol=1e-4)


def test_with_data_sparse_and_dense_samples_give_the_same_weights():
    X, y = samples(n=3 * BATCH_SIZE)
    for W, V in zip(started(X, y).coefs_, started(sp.csr_array(X), y).coefs_, strict=True):
        np.testing.assert_allclose(W, V, rtol=1e-12)


def test_with_data_the_batch_is_drawn_by_the_random_state():
    X, y = samples(n=3 * BATCH_SIZE)
    first, again = started(X, y), started(X, y)
    other = started(X, y, random_state=1)
    np.testing.assert_array_equal(first.coefs_[0], again.coefs_[0])
    assert not np.array_equal(first.coefs_[0], other.coefs_[0])


def test_with_data_samples_of_weight_zero_and_held_out_ones_do_not_count():
    X, y = samples()
    kept = np.arange(len(X)) % 2 == 0
    far = np.where(kept[:, None], X, 1e3 * X)
    model = BPRegressor((30, 20, 10), "tanh", init="data", **ONE_SMALL_STEP)
    weighted = model.fit(far, y, sample_weight=kept.astype(float)).coefs_
    for W, V in zip(weighted, started(X[kept], y[kept]).coefs_, strict=True):
        np.testing.assert_allclose(W, V, rtol=1e-12)


def test_with_data_a_layer_without_any_variation_stays_as_it_is():
    X = np.zeros((10, 3))
    model = started(X, np.arange(10.0), hidden=(4,))
    assert all(np.isfinite(W).all() and W.any() for W in model.coefs_)


def test_with_data_a_stream_begins_at_its_first_call():
    X, y = samples()
    model = BPRegressor((30, 20, 10), "tanh", init="data", **ONE_SMALL_STEP | {"max_iter": 200})
    model.partial_fit(X, y)
    for W, V in zip(model.coefs_, started(X, y).coefs_, strict=True):
        np.testing.assert_allclose(W, V, rtol=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
@every_loss
def test_with_data_the_first_prediction_without_hidden_units_is_the_best_constant(
    loss, task, weighted
):
    """Of data without variation, so that the weights do not move it."""
    y = targets_for(task, 40, np.random.default_rng(0), 3)
    weight = np.random.default_rng(1).integers(1, 4, 40) if weighted else np.ones(40, dtype=int)
    model = estimator_class(task)((), loss=loss, init="data", **ONE_SMALL_STEP)
    model.fit(np.zeros((40, 2)), y, sample_weight=weight)
    repeated = np.repeat(y.reshape(40, -1), weight, axis=0).astype(float)
    n_outputs = model.n_outputs_
    expected = loss.for_task(task).best_constant(repeated, None, n_outputs)
    np.testing.assert_allclose(model.intercepts_[-1], expected, rtol=1e-9, atol=1e-12)


def test_with_data_a_class_that_no_sample_of_a_stream_has_yet_stays_possible():
    model = BPClassifier((), init="data", **ONE_SMALL_STEP)
    model.partial_fit(np.zeros((10, 2)), np.arange(10) % 2, classes=[0, 1, 2])
    rare = model.predict_proba(np.zeros((1, 2)))[0, 2]
    assert 0.01 < rare < 0.1


def given(units=(40, 5, 1), seed=3):
    rng = np.random.default_rng(seed)
    coefs = [rng.standard_normal(shape) for shape in pairwise(units)]
    return coefs, [rng.standard_normal(n) for n in units[1:]]


@precisions
@layouts
def test_training_begins_from_given_weights_and_leaves_them_alone(layout, dtype):
    X, y = samples()
    init = given()
    before = copy.deepcopy(init)
    model = BPRegressor(5, init=init, **ONE_SMALL_STEP).fit(layout(X.astype(dtype)), y)
    for found, expected in zip(
        [*model.coefs_, *model.intercepts_], [*before[0], *before[1]], strict=True
    ):
        assert found.dtype == dtype
        np.testing.assert_allclose(found, expected.astype(dtype), rtol=1e-6, atol=1e-20)
    model.set_params(learning_rate=0.1, max_iter=5).fit(X, y)
    for kept, array in zip([*before[0], *before[1]], [*init[0], *init[1]], strict=True):
        np.testing.assert_array_equal(kept, array)


def test_an_estimator_with_given_weights_can_be_cloned():
    X, y = samples()
    model = BPRegressor(5, init=given(), **ONE_SMALL_STEP)
    copied = clone(model)
    assert copied.init[0][0] is not model.init[0][0]
    np.testing.assert_array_equal(copied.fit(X, y).coefs_[0], model.fit(X, y).coefs_[0])


def test_weights_of_a_fitted_model_can_be_given():
    X, y = samples()
    first = BPRegressor(5, max_iter=3, tol=None, random_state=0).fit(X, y)
    second = BPRegressor(5, init=(first.coefs_, first.intercepts_), **ONE_SMALL_STEP).fit(X, y)
    np.testing.assert_allclose(second.predict(X), first.predict(X), rtol=1e-9)


def with_nan(init):
    init[0][1][0] = np.nan
    return init


@pytest.mark.parametrize(
    ("init", "message"),
    [
        (given((40, 6, 1)), r"init: coefs have the shapes \[\(40, 6\).*ask for \[\(40, 5\)"),
        (given((40, 1)), "init: coefs have the shapes"),
        ((given()[0], given((40, 5, 2))[1]), "init: intercepts have the shapes"),
        (with_nan(given()), "init: coefs holds NaN or infinity"),
        (([["a"]], [[0.0]]), "init: coefs must be a sequence of arrays of real numbers"),
        ((1, 2), "init: coefs must be a sequence"),
        (given()[:1], "init must be a name or .coefs, intercepts., got 1 element$"),
        (([1e300 * W for W in given()[0]], given()[1]), r"coefs\[0\] has .* too large for float32"),
        (np.zeros((2, 3)), "'init' parameter"),
        ("zeros", "'init' parameter"),
    ],
    ids=str,
)
def test_given_weights_that_do_not_fit_are_refused(init, message):
    X, y = samples()
    with pytest.raises(ValueError, match=message):
        BPRegressor(5, init=init).fit(X.astype(np.float32), y)


@both
def test_a_fit_from_data_learns(Estimator):
    X, _, y = curve_and_classes()
    model = Estimator(20, init="data", max_iter=30, tol=None, random_state=0).fit(X, y)
    assert model.loss_curve_[-1] < 0.9 * model.loss_curve_[0]
