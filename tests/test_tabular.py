"""The estimators for tables, as scikit-learn's tools and users use them."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from documents import section
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.utils.estimator_checks import check_estimator
from table_cases import (
    FRAMES,
    both_tabular,
    columns,
    every_frame,
    outputs,
    pandas_frame,
    quick,
    target,
)

from sk_bp import BPClassifier, BPTabularClassifier, BPTabularRegressor, ConstantRate, CosineDecay


def table_and_target(Estimator, n=120, seed=0):
    table = columns(n, seed)
    return pandas_frame(table), target(table, Estimator)


@both_tabular
def test_check_estimator_passes_without_failure_and_without_skip(Estimator):
    results = check_estimator(Estimator(), on_skip=None, on_fail=None)
    assert len(results) > 50
    assert {r["check_name"] for r in results if r["status"] != "passed"} == set()


@every_frame
@both_tabular
def test_a_frame_is_learned_as_it_is(Estimator, frame_of):
    table, later = columns(400, seed=0), columns(200, seed=1)
    model = Estimator(random_state=0, n_models=1).fit(frame_of(table), target(table, Estimator))
    assert model.score(frame_of(later), target(later, Estimator)) > 0.85
    assert model.feature_names_in_.tolist() == list(table)
    assert model.n_features_in_ == 4


@both_tabular
def test_pandas_and_polars_give_the_same_model(Estimator):
    table = columns()
    y = target(table, Estimator)
    one, *others = (outputs(quick(Estimator).fit(f(table), y), f(table)) for f in FRAMES.values())
    for other in others:
        assert_array_equal(other, one)


@both_tabular
def test_dense_and_sparse_arrays_give_the_same_model(Estimator, rng):
    X = rng.normal(size=(90, 5)) * (rng.random((90, 5)) < [0.1, 0.9, 0.3, 0.2, 1])
    y = X[:, 4] > 0
    of_dense, of_sparse = quick(Estimator).fit(X, y), quick(Estimator).fit(sp.csr_matrix(X), y)
    assert_allclose(outputs(of_sparse, sp.csc_array(X)), outputs(of_dense, X), rtol=1e-6)


@both_tabular
def test_columns_in_another_order_are_refused_and_names_that_are_missing_warned_of(Estimator):
    frame, y = table_and_target(Estimator)
    model = quick(Estimator).fit(frame[["size", "rooms"]], y)
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame[["rooms", "size"]])
    with pytest.warns(UserWarning, match=f"{Estimator.__name__} was fitted with feature names"):
        model.predict(frame[["size", "rooms"]].to_numpy(float, na_value=np.nan))


@both_tabular
def test_categories_never_seen_and_codes_in_another_order_are_predicted(Estimator):
    frame, y = table_and_target(Estimator)
    model = quick(Estimator).fit(frame, y)
    later = frame.astype({"town": object}).astype({"town": "category"})
    later["town"] = later["town"].cat.set_categories(["Cork", "Dublin", "Bonn", "Aix"])
    assert_array_equal(outputs(model, later), outputs(model, frame))
    later["town"] = pd.Categorical(["Dublin"] * len(later))
    assert np.isfinite(outputs(model, later)).all()


@both_tabular
def test_an_array_of_codes_with_categorical_features_is_learned_as_categories(Estimator, rng):
    codes = rng.integers(0, 6, 300)
    y = np.array([0, 1, 0, 1, 1, 0])[codes]
    X = np.column_stack([codes, rng.normal(size=300)])
    model = quick(Estimator, categorical_features=[0], n_bins=0, max_iter=40).fit(X, y)
    names = model.encoder_.get_feature_names_out().tolist()
    assert names == ["x1", *(f"x0_{code}" for code in range(6))]
    assert model.score(X, y) > 0.95


@both_tabular
def test_auto_stands_for_what_the_docstring_says(Estimator):
    def network(n, **params):
        return Estimator(**params)._unfitted_network(n)

    few, more, many = network(20), network(1000), network(10_000)
    assert (few.batch_size, few.max_iter, few.dropout, few.n_models) == (32, 200, 0, 4)
    assert (more.batch_size, more.max_iter, more.dropout) == (50, 200, 0.3)
    assert (many.batch_size, many.max_iter, many.dropout) == (64, 30, 0.15)
    assert many.n_models == 1
    decays = [network(n).weight_decay for n in (20, 2000, 10_000)]
    assert decays == [0.3, 0.15, 0.1]
    assert network(2000, optimizer="sgd").alpha == 0.15
    assert network(2000, alpha=0.5).weight_decay == "auto"
    at_once = network(1000, optimizer="lbfgs", learning_rate=None)
    assert (at_once.batch_size, at_once.dropout) == ("auto", 0)


@both_tabular
def test_a_number_as_learning_rate_is_where_a_cosine_starts(Estimator):
    given = {0.5: CosineDecay, ConstantRate(0.1): ConstantRate}
    for rate, Schedule in given.items():
        network = Estimator(learning_rate=rate)._unfitted_network(100)
        assert type(network.learning_rate) is Schedule
    assert Estimator(learning_rate=0.5)._unfitted_network(100).learning_rate.initial == 0.5
    assert Estimator(learning_rate=None)._unfitted_network(100).learning_rate is None


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "rprop", "lbfgs"])
@both_tabular
def test_optimizers_of_all_kinds_train_it(Estimator, optimizer):
    frame, y = table_and_target(Estimator)
    rate = None if optimizer == "lbfgs" else 0.01
    params = {"optimizer": optimizer, "learning_rate": rate, "tol": 1e-3, "max_iter": 300}
    assert quick(Estimator, **params).fit(frame, y).score(frame, y) > 0.8


@both_tabular
def test_a_grid_search_reaches_the_encoder_and_the_network(Estimator):
    frame, y = table_and_target(Estimator)
    grid = {"min_frequency": [None, 30], "hidden_layer_sizes": [2, 4], "limit": [2.0]}
    search = GridSearchCV(quick(Estimator), grid, cv=2, error_score="raise").fit(frame, y)
    best = search.best_estimator_
    assert best.encoder_.min_frequency == search.best_params_["min_frequency"]
    assert best.network_.hidden_layer_sizes == search.best_params_["hidden_layer_sizes"]
    assert best.encoder_.limit == 2.0


@both_tabular
def test_every_network_parameter_that_is_passed_on_arrives(Estimator):
    given = {
        "hidden_layer_sizes": (3, 2),
        "activation": "tanh",
        "optimizer": "rmsprop",
        "batch_size": 17,
        "max_iter": 3,
        "dropout": 0.5,
        "n_models": 2,
        "tol": 0.5,
        "n_iter_no_change": 4,
        "target_loss": 0.5,
        "max_time": 100.0,
        "early_stopping": True,
        "validation_fraction": 0.3,
        "n_jobs": 2,
        "random_state": 5,
        "verbose": 0,
    }
    network = Estimator(weight_decay=0.7, **given)._unfitted_network(100)
    assert {name: getattr(network, name) for name in given} == given
    assert (network.alpha, network.weight_decay) == ("auto", 0.7)


@both_tabular
def test_the_same_random_state_gives_the_same_bits_also_through_clone_and_pickle(Estimator):
    frame, y = table_and_target(Estimator)
    model = quick(Estimator).fit(frame, y)
    again = clone(model).fit(frame, y)
    loaded = pickle.loads(pickle.dumps(model))
    assert_array_equal(outputs(again, frame), outputs(model, frame))
    assert_array_equal(outputs(loaded, frame), outputs(model, frame))


@both_tabular
def test_samples_of_weight_zero_are_left_out(Estimator):
    frame, y = table_and_target(Estimator)
    weight = np.arange(len(y)) % 3 > 0
    weighted = quick(Estimator).fit(frame, y, sample_weight=weight.astype(float))
    without = quick(Estimator).fit(frame[weight], y[weight])
    assert_allclose(outputs(weighted, frame), outputs(without, frame), rtol=1e-9)


def test_class_weights_and_sample_weights_move_the_probabilities():
    X, y = np.zeros((90, 1)), np.repeat([0, 1, 1], 30)
    plain, balanced = (
        quick(BPTabularClassifier, class_weight=c).fit(X, y) for c in (None, "balanced")
    )
    weighted = quick(BPTabularClassifier).fit(X, y, sample_weight=np.where(y == 0, 2.0, 1.0))
    assert_allclose(plain.predict_proba(X[:1])[0, 0], 1 / 3, atol=0.05)
    assert_allclose(balanced.predict_proba(X[:1])[0, 0], 1 / 2, atol=0.05)
    assert_allclose(weighted.predict_proba(X[:1])[0, 0], 1 / 2, atol=0.05)


def test_targets_in_any_unit_give_the_same_model_in_that_unit(rng):
    X = rng.normal(size=(80, 3))
    y = X @ [1.0, 2.0, 3.0]
    one = quick(BPTabularRegressor).fit(X, y).predict(X)
    other = quick(BPTabularRegressor).fit(X, 1e6 + 1e4 * y).predict(X)
    assert_allclose((other - 1e6) / 1e4, one, rtol=1e-6, atol=1e-6)


def test_constant_targets_are_predicted_to_a_thousandth():
    X, y = np.arange(40.0)[:, None], np.full(40, 7.5)
    assert_allclose(BPTabularRegressor(random_state=0).fit(X, y).predict(X), y, rtol=1e-3)


def test_several_targets_and_several_labels_are_learned(rng):
    X = rng.normal(size=(300, 3))
    Y = np.column_stack([X[:, 0], 100 * X[:, 1]])
    assert quick(BPTabularRegressor).fit(X, Y).score(X, Y) > 0.8
    labels = (Y > 0).astype(int)
    assert quick(BPTabularClassifier).fit(X, labels).predict(X).shape == labels.shape


@both_tabular
def test_permutation_importance_finds_the_columns_that_matter(Estimator):
    frame, y = table_and_target(Estimator, 300)
    model = quick(Estimator, max_iter=40).fit(frame, y)
    importance = permutation_importance(model, frame, y, n_repeats=3, random_state=0)
    order = np.argsort(importance.importances_mean)
    assert set(frame.columns[order[-2:]]) == {"rooms", "town"}


@both_tabular
def test_partial_dependence_rises_with_the_column_it_depends_on(Estimator):
    frame, y = table_and_target(Estimator, 300)
    frame = frame.astype({"size": float, "rooms": float, "town": object})
    frame["town"] = frame["town"].fillna("Aix")
    frame["rooms"] = frame["rooms"].fillna(3)
    if Estimator is BPTabularClassifier:
        y = y == "high"
    model = quick(Estimator, max_iter=40).fit(frame, y)
    of_rooms = partial_dependence(model, frame, ["rooms"], kind="average")["average"][0]
    assert (np.diff(of_rooms) > 0).all()
    of_town = partial_dependence(model, frame, ["town"], categorical_features=["town"])
    towns = dict(zip(of_town["grid_values"][0], of_town["average"][0], strict=True))
    assert towns["Aix"] < towns["Bonn"] < towns["Cork"]


@both_tabular
def test_cross_validation_takes_frames_of_polars(Estimator):
    table = columns()
    y = target(table, Estimator)
    scores = cross_val_score(quick(Estimator), pl.DataFrame(table), y, cv=3, error_score="raise")
    assert np.isfinite(scores).all()


@both_tabular
def test_a_fit_that_fails_leaves_the_model_as_it_was(Estimator):
    frame, y = table_and_target(Estimator)
    model = quick(Estimator).fit(frame, y)
    before = outputs(model, frame)
    dates = frame.assign(when=pd.Timestamp("2020-01-01"))
    with pytest.raises(TypeError, match="'when'"):
        model.fit(dates, y)
    with pytest.raises(ValueError, match="inconsistent"):
        model.fit(frame[["size"]], y[:-1])
    with pytest.raises(ValueError, match=r"contains NaN|missing"):
        model.fit(frame[["size"]], np.where(np.arange(len(y)) == 3, np.nan, 1.0))
    assert_array_equal(outputs(model, frame), before)
    assert model.feature_names_in_.tolist() == list(frame.columns)


@both_tabular
def test_a_later_fit_to_an_array_forgets_the_names(Estimator, rng):
    frame, y = table_and_target(Estimator)
    model = quick(Estimator).fit(frame, y).fit(rng.normal(size=(len(y), 2)), y)
    assert not hasattr(model, "feature_names_in_")
    assert model.n_features_in_ == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("learning_rate", -1),
        ("batch_size", 0),
        ("max_iter", "all"),
        ("weight_decay", -0.1),
        ("dropout", 1.0),
        ("n_models", 0),
        ("min_frequency", 0),
        ("limit", 0),
        ("categorical_features", "by_magic"),
        ("optimizer", "adamant"),
        ("validation_fraction", 0),
    ],
)
@both_tabular
def test_parameters_that_are_not_valid_are_refused_by_name(Estimator, name, value):
    with pytest.raises(ValueError, match=name):
        Estimator(**{name: value}).fit([[1.0], [2.0]], [0, 1])


def test_the_networks_are_of_the_plain_kind():
    frame, y = table_and_target(BPTabularClassifier)
    model = quick(BPTabularClassifier, n_models=2).fit(frame, y)
    assert isinstance(model.network_, BPClassifier)
    assert len(model.network_.estimators_) == 2
    assert model.network_.n_features_in_ == len(model.encoder_.get_feature_names_out())
    assert_array_equal(model.classes_, ["high", "low"])
    assert model.n_iter_ == 20


@both_tabular
def test_the_attributes_of_a_fitted_estimator_are_documented_and_no_others(Estimator):
    model = quick(Estimator).fit(*table_and_target(Estimator))
    fitted = {name for name in dir(model) if name.endswith("_") and not name.startswith("_")}
    assert {entry.name for entry in section(Estimator, "Attributes")} == fitted
