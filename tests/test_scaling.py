"""Training in units of its own: raw columns and targets are learned as scaled ones are."""

import pickle
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from cases import both, every_loss, precisions
from helpers import (
    assert_same_bits,
    copied_weights,
    distance,
    estimator_class,
    quick,
    refused,
    targets_for,
    weights,
)
from internals import scaling_of
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_bp import BPClassifier, BPRegressor
from sk_bp.inspection import check_gradient
from sk_bp.losses import Huber


def columns_of_all_sizes(n=200, dtype=np.float64):
    """Years, tiny and large numbers, a constant, a rare large value, a binary column, zeros."""
    rng = np.random.default_rng(0)
    rare = np.where(rng.random(n) < 0.1, 1e5 * rng.random(n), 0)
    return np.column_stack(
        [
            rng.integers(1990, 2020, n),
            1e-4 * rng.standard_normal(n),
            1e6 * (1 + rng.random(n)),
            np.full(n, 7.0),
            rare,
            rng.random(n) < 0.3,
            np.zeros(n),
            rng.standard_normal(n),
        ]
    ).astype(dtype)


# ------------------------------------------------------------------ units


def test_columns_are_brought_to_the_size_of_one():
    X = columns_of_all_sizes()
    scaled = scaling_of(X).of_X(X)
    dense = [0, 1, 2, 7]
    assert (np.abs(scaled[:, dense].mean(axis=0)) < 0.3).all()
    deviations = scaled[:, dense].std(axis=0)
    assert ((deviations > 0.7) & (deviations < 1.5)).all()
    np.testing.assert_allclose(scaled[:, [3, 6]], 0, atol=1e-12)
    np.testing.assert_array_equal(scaled[:, 5], X[:, 5])
    of_rare = scaled[:, 4][X[:, 4] != 0]
    assert ((scaled[:, 4] == 0) == (X[:, 4] == 0)).all()
    assert 0.5 < np.sqrt(np.mean(of_rare**2)) < 2


def test_columns_that_are_of_the_size_of_one_are_left_alone():
    X = StandardScaler().fit_transform(load_wine().data)
    assert scaling_of(X) is None
    text = sp.random_array((50, 400), density=0.02, format="csr", rng=np.random.default_rng(0))
    assert scaling_of(text.toarray()) is None


@pytest.mark.parametrize("rare", [0.02, 0.5, 0.98])
@pytest.mark.parametrize("values", [(-0.1, 9.9), (0, 1), (0, 1000), (2020, 2021), (-3e5, 1e5)])
@precisions
def test_two_values_of_a_column_differ_by_about_one(values, rare, dtype):
    shares = np.array([round(200 * (1 - rare)), round(200 * rare)])
    X = np.repeat(np.array(values, dtype), shares)[:, None]
    if np.mean(X != 0) < 0.5:
        X = X + dtype(1)  # else it counts as a sparse column
    for given in (X, sp.csr_array(X)):
        found = scaling_of(given)
        low, high = (X if found is None else found.of_X(X)).astype(np.float64)[[0, -1], 0]
        assert 0.7 < high - low < 1.5
        assert abs(X.mean() if found is None else found.of_X(X).mean()) < 0.6


def test_a_column_has_two_values_only_if_all_samples_show_it():
    X = np.tile([[1.0], [3.0]], (3000, 1))
    X[[1000, 4999]] = 2.0
    for given in (X, sp.csr_array(X)):
        assert scaling_of(given).scale == [1.0]  # the standard deviation
    X = np.tile([[1.0], [3.0]], (3000, 1))
    for given in (X, sp.csr_array(X)):
        assert scaling_of(given).scale == [2.0]  # the difference


def test_a_column_of_zeros_and_two_more_values_has_three():
    X = np.tile([[1.0], [3.0], [0.0], [1.0], [3.0]], (100, 1))
    for given in (X, sp.csr_array(X)):
        assert scaling_of(given).scale == [1.0]


def test_rare_categories_do_no_more_harm_standardized_than_as_they_are():
    rng = np.random.default_rng(1)
    rare, X = rng.random((400, 30)) < 0.01, rng.standard_normal((400, 4))
    y = X[:, 0] + X[:, 1] * X[:, 2] > 0
    X = np.column_stack([rare, X])
    model = BPClassifier(random_state=0)
    raw = cross_val_score(model, X, y, cv=5).mean()
    # 0.028 less where standardized columns are divided by their deviation, 1
    assert cross_val_score(make_pipeline(StandardScaler(), model), X, y, cv=5).mean() > raw - 0.01


def test_common_words_of_a_text_do_not_stand_out():
    rng = np.random.default_rng(0)
    text = sp.random_array((50, 400), density=0.02, format="csr", rng=rng).toarray()
    text[:, 0] = 0.1 + 0.01 * rng.random(50)
    assert scaling_of(text) is None
    text[:, 1] = 2000 + rng.random(50)  # but a year is scaled
    assert np.flatnonzero(scaling_of(text).center).tolist() == [1]


def test_factors_are_powers_of_two():
    scale = scaling_of(columns_of_all_sizes()).scale
    np.testing.assert_array_equal(np.log2(scale), np.round(np.log2(scale)))


@pytest.mark.parametrize("factor", [1e-300, 1e-30, 1e30, 1e300])
def test_units_are_found_for_numbers_of_any_size(factor):
    X = factor * (3 + np.random.default_rng(0).standard_normal((100, 3)))
    scaled = scaling_of(X).of_X(X)
    assert (np.abs(scaled.mean(axis=0)) < 0.3).all()
    assert ((scaled.std(axis=0) > 0.7) & (scaled.std(axis=0) < 1.5)).all()


def test_repeated_entries_of_a_sparse_matrix_count_as_their_sum():
    dense = np.array([[3.0, 0.0], [5.0, 8.0], [7.0, 0.0], [9.0, 0.0]])
    entries = ([1.0, 2.0, 5.0, 8.0, 7.0, 9.0], [0, 0, 0, 1, 0, 0], [0, 2, 4, 5, 6])
    repeated = sp.csr_array(entries, shape=(4, 2))
    found, expected = scaling_of(repeated), scaling_of(dense)
    np.testing.assert_allclose(found.center, expected.center)
    np.testing.assert_array_equal(found.scale, expected.scale)


# ------------------------------------------------------------------ learning


@pytest.mark.parametrize("load", [load_wine, load_breast_cancer, load_diabetes])
def test_raw_data_is_learned_as_well_as_scaled_data(load):
    X, y = load(return_X_y=True, **({"scaled": False} if load is load_diabetes else {}))
    Estimator = BPRegressor if load is load_diabetes else BPClassifier
    raw = cross_val_score(Estimator(random_state=0), X, y, cv=3).mean()
    piped = make_pipeline(StandardScaler(), Estimator(random_state=0))
    assert raw > cross_val_score(piped, X, y, cv=3).mean() - 0.02


@pytest.mark.parametrize(("factor", "offset"), [(1e-6, 0), (1e6, 3e7), (1.0, 1e4)])
def test_targets_of_any_size_are_learned_alike(factor, offset):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((300, 4))
    y = np.sin(X[:, 0]) + X[:, 1]
    plain = quick(BPRegressor, hidden_layer_sizes=30, max_iter=60, learning_rate=0.01).fit(X, y)
    moved = clone(plain).fit(X, factor * y + offset)
    assert moved.score(X, factor * y + offset) > plain.score(X, y) - 0.02
    assert moved.loss_ == pytest.approx(factor**2 * plain.loss_, rel=0.5)


@precisions
@every_loss
def test_sparse_fit_equals_dense_fit(loss, task, dtype):
    X = columns_of_all_sizes(dtype=dtype)
    y = targets_for(task, len(X), np.random.default_rng(1))
    model = quick(estimator_class(task), loss=loss, activation="tanh", batch_size=32)
    on_dense, on_sparse = clone(model).fit(X, y), clone(model).fit(sp.csr_array(X), y)
    found, expected = (est.predict(X[:50]) for est in (on_sparse, on_dense))
    if task == "regression":
        tolerance = 1e-8 if dtype is np.float64 else 1e-3
        size = np.abs(expected).max()
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * size)
    else:
        assert np.mean(found == expected) > 0.95
    np.testing.assert_allclose(
        on_sparse.loss_curve_, on_dense.loss_curve_, rtol=1e-8 if dtype is np.float64 else 1e-3
    )


@both
def test_weights_count_as_repetitions(Estimator):
    X, rng = columns_of_all_sizes(60), np.random.default_rng(0)
    y, weight = targets_for("binary", 60, rng), rng.integers(1, 4, 60)
    model = quick(Estimator, batch_size=1000, max_iter=5)
    weighted = clone(model).fit(X, y, sample_weight=weight)
    repeated = clone(model).fit(np.repeat(X, weight, axis=0), np.repeat(y, weight))
    assert distance(weights(weighted), weights(repeated)) < 1e-6


# ------------------------------------------------------------------ the user's units


@pytest.mark.parametrize("layout", [np.asarray, sp.csr_array])
def test_weights_are_those_of_the_data_as_it_is(layout):
    X = columns_of_all_sizes()
    y = 1e5 * X[:, 7] + X[:, 0]
    model = quick(BPRegressor, hidden_layer_sizes=(5, 4), max_iter=10).fit(layout(X), y)
    a = X
    for W, b in zip(model.coefs_[:-1], model.intercepts_[:-1], strict=True):
        a = np.maximum(a @ W + b, 0)
    by_hand = (a @ model.coefs_[-1] + model.intercepts_[-1])[:, 0]
    np.testing.assert_allclose(model.predict(layout(X)), by_hand, rtol=1e-9)
    assigned = clone(model)
    assigned.coefs_, assigned.intercepts_ = model.coefs_, model.intercepts_
    np.testing.assert_allclose(assigned.predict(layout(X)), by_hand, rtol=1e-9)


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", Huber(50.0), "log_cosh"])
def test_losses_are_those_of_the_targets_as_they_are(loss):
    X = columns_of_all_sizes()
    y = 1000 + 100 * X[:, 7]
    model = quick(BPRegressor, loss=loss, early_stopping=True, warm_start=True, max_iter=20).fit(
        X, y, X_val=X, y_val=y
    )
    task_loss = model.loss if not isinstance(model.loss, str) else None
    errors = model.predict(X) - y
    of_errors = {
        "squared_error": 0.5 * errors**2,
        "absolute_error": np.abs(errors),
        "log_cosh": np.logaddexp(errors, -errors) - np.log(2),
    }
    if task_loss is not None:
        size = np.abs(errors)
        mean = np.where(size <= 50, 0.5 * size**2, 50 * (size - 25)).mean()
    else:
        mean = of_errors[loss].mean()
    best = -model.validation_scores_[model.best_epoch_ - 1]
    assert best == pytest.approx(mean, rel=1e-9)
    assert model.loss_curve_[-1] == pytest.approx(mean, rel=0.5)


@both
def test_a_model_goes_on_in_the_units_it_began_with(Estimator, tmp_path):
    X = columns_of_all_sizes()
    y = targets_for("binary", len(X), np.random.default_rng(0))
    whole = quick(Estimator, learning_rate=0.01, max_iter=6).fit(X, y)
    parts = quick(Estimator, learning_rate=0.01, max_iter=2, warm_start=True).fit(X, y)
    for _ in range(2):
        parts = pickle.loads(pickle.dumps(parts)).fit(X, y)
    assert_same_bits(parts, whole)
    classes = {"classes": [0, 1]} if Estimator is BPClassifier else {}
    stream = quick(Estimator, learning_rate=0.01, batch_size=len(X))
    for _ in range(3):
        stream.partial_fit(X, y, **classes)
    before = stream.predict(X)
    again = pickle.loads(pickle.dumps(stream))
    np.testing.assert_array_equal(again.predict(X), before)
    stream.partial_fit(1.1 * X, y)
    again.partial_fit(1.1 * X, y)
    assert_same_bits(stream, again)


@both
def test_samples_of_weight_zero_do_not_decide_the_units(Estimator):
    X = columns_of_all_sizes()
    y = targets_for("binary", len(X), np.random.default_rng(0))
    classes = {"classes": [0, 1]} if Estimator is BPClassifier else {}
    late = quick(Estimator, learning_rate=0.01)
    late.partial_fit(1e9 * X, y, sample_weight=np.zeros(len(X)), **classes)
    late.partial_fit(X, y)
    plain = quick(Estimator, learning_rate=0.01).partial_fit(X, y, **classes)
    assert_same_bits(late, plain)


def test_a_stream_of_single_samples_survives_large_numbers():
    X = columns_of_all_sizes()
    y = (X[:, 7] > 0).astype(int)
    model = quick(BPClassifier)
    for i in range(100):
        model.partial_fit(X[i : i + 1], y[i : i + 1], classes=[0, 1])
    assert np.isfinite(model.predict_proba(X)).all()


# ------------------------------------------------------------------ the parameter


@pytest.mark.parametrize(
    "params", [{"optimizer": "sgd"}, {"optimizer": "lbfgs"}, {"scaling": False}], ids=str
)
def test_it_is_off_where_the_penalty_is_part_of_the_objective(params):
    X = 3 * np.random.default_rng(0).standard_normal((60, 4)) + 5
    y = X[:, 0]
    model = quick(BPRegressor, learning_rate=None, **params).fit(X, y)
    explicit = clone(model).set_params(scaling=False).fit(X, y)
    assert_same_bits(model, explicit)


def test_given_weights_are_those_of_the_data_as_it_is():
    X = columns_of_all_sizes()
    y = targets_for("binary", len(X), np.random.default_rng(0))
    fitted = quick(BPClassifier).fit(X, y)
    given = fitted.coefs_, fitted.intercepts_
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        restarted = quick(BPClassifier, init=given, learning_rate=1e-12, max_iter=1).fit(X, y)
    assert distance(weights(restarted), copied_weights(fitted)) < 1e-6
    with pytest.raises(ValueError, match="scaling=True cannot go with"):
        quick(BPClassifier, init=given, scaling=True).fit(X, y)


@pytest.mark.parametrize("scaling", ["yes", None, 1.5])
def test_a_bad_value_is_named(scaling):
    refused(BPClassifier, f"'scaling' parameter .* {scaling!r}", params={"scaling": scaling})


@both
def test_the_gradient_is_right_in_its_units(Estimator):
    X = columns_of_all_sizes(40)
    y = targets_for("binary", 40, np.random.default_rng(0))
    assert check_gradient(quick(Estimator, activation="tanh"), X, y).verdict == "right"
    assert check_gradient(quick(Estimator, activation="tanh").fit(X, y), X, y).verdict == "right"


def test_a_fit_that_learns_nothing_says_so():
    X, y = load_wine(return_X_y=True)
    with pytest.warns(ConvergenceWarning, match="no better than a constant.*sizes from"):
        BPClassifier(scaling=False, random_state=3, learning_rate=1e-7, max_iter=5).fit(X * 1e3, y)


@pytest.mark.parametrize("loss", ["squared_error", "log_cosh", "huber", "absolute_error"])
@pytest.mark.parametrize("value", [1e6, 7.0, 1e-6])
@pytest.mark.parametrize("optimizer", ["rmsprop", "adam", "lbfgs"])
def test_a_constant_target_is_predicted_exactly(loss, value, optimizer):
    X = load_diabetes().data
    model = BPRegressor(5, loss=loss, optimizer=optimizer, max_iter=10, random_state=0)
    predicted = model.fit(X, np.full(len(X), value)).predict(X)
    np.testing.assert_allclose(predicted, value, rtol=1e-9)


def test_advice_for_a_fit_that_learned_nothing_fits_its_scaling():
    X = np.ones((100, 2))
    with pytest.warns(ConvergenceWarning, match="no better than a constant.*tells nothing about y"):
        BPRegressor(random_state=0, max_iter=3).fit(X, np.arange(100.0))
