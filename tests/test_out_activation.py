"""The activation of a regression's outputs: its range, where it begins, and what knows of it."""

import copy
import pickle

import numpy as np
import pytest
import scipy.sparse as sp
from cases import every_out_activation, layouts, precisions
from helpers import assert_same_bits, distance, quick, refused, refused_by_partial_fit, weights
from out_activation_cases import QUANTILES, RNG, X, bounded, every_error_loss, targets_within
from reference import activation_oracle
from scipy.special import expit
from sklearn.datasets import load_diabetes
from sklearn.model_selection import GridSearchCV

from sk_bp import BPClassifier, BPRegressor
from sk_bp.activations import ACTIVATIONS, ELU, Logistic
from sk_bp.inspection import check_gradient, gradient_report

# ------------------------------------------------------------------ the range


@layouts
@every_error_loss
@every_out_activation
def test_predictions_lie_in_the_range_far_from_the_samples_too(activation, loss, layout):
    y = targets_within(activation)
    model = bounded(activation, loss=loss, max_iter=30, learning_rate=0.02).fit(layout(X), y)
    predicted = model.predict(layout(100 * X))
    low, high = activation.bounds
    assert predicted.min() >= low
    assert predicted.max() <= high
    assert model.out_activation_ == activation.core_name
    if loss is QUANTILES:
        assert predicted.shape == (40, 3)
        assert (np.diff(predicted, axis=1) >= 0).all()


OUTSIDE = [
    ("logistic", 1.25, r"'logistic' needs y from 0 to 1, but y\[4\] is 1\.25"),
    ("hard_sigmoid", -0.5, r"'hard_sigmoid' needs y from 0 to 1, but y\[4\] is -0\.5"),
    ("tanh", -1.5, r"'tanh' needs y from -1 to 1, but y\[4\] is -1\.5"),
    ("softplus", -1e-9, r"'softplus' needs y >= 0, but y\[4\] is -1e-09"),
    ("relu", -3.0, r"'relu' needs y >= 0, but y\[4\] is -3\.0"),
    (ELU(0.5), -0.75, r"'ELU\(alpha=0\.5\)' needs y >= -0\.5, but y\[4\] is -0\.75"),
]


@pytest.mark.parametrize(("activation", "value", "message"), OUTSIDE, ids=str)
def test_the_first_target_outside_the_range_is_named(activation, value, message):
    y = np.arange(12) % 2.0
    y[[4, 7]] = value, 2 * value
    params = {"out_activation": activation}
    refused(BPRegressor, message, y=y, params=params)
    fresh = quick(BPRegressor, **params)
    for call in (fresh.partial_fit, lambda X, y: check_gradient(fresh, X, y)):
        with pytest.raises(ValueError, match=message):
            call(X[:12], y)


def test_each_call_of_partial_fit_checks_its_targets():
    y = targets_within(Logistic())
    stream = bounded("logistic").partial_fit(X, y)
    twin = copy.deepcopy(stream)
    with pytest.raises(ValueError, match=r"needs y from 0 to 1, but y\[0\] is 2\.0"):
        stream.partial_fit(X, y + 2)
    assert_same_bits(stream.partial_fit(X, y), twin.partial_fit(X, y))


def test_held_out_targets_outside_the_range_are_named():
    y = targets_within(Logistic(), 2)
    bad = np.where(np.arange(40)[:, None] == 3, [0.5, 1.5], y)
    with pytest.raises(ValueError, match=r"needs y_val from 0 to 1, but y_val\[3, 1\] is 1\.5"):
        bounded("logistic").fit(X, y, X_val=X, y_val=bad)


def test_targets_at_the_bounds_and_without_bounds_are_fine():
    bounded("hard_sigmoid").fit(X, np.arange(40) % 2.0)
    bounded("leaky_relu").fit(X, 100 * targets_within(Logistic()) - 50)
    bounded("identity").fit(X, 100 * targets_within(Logistic()) - 50)


@pytest.mark.parametrize("loss", ["poisson", "gamma", "tweedie"])
def test_losses_with_an_activation_of_their_own_refuse_another(loss):
    message = rf"loss='{loss}' has an output activation of its own.*got 'softplus'"
    params = {"loss": loss, "out_activation": "softplus"}
    refused(BPRegressor, message, y=np.ones(12), params=params)
    refused_by_partial_fit(BPRegressor, message, y=np.ones(12), params=params)


@pytest.mark.parametrize("bad", ["swish", "silu", 3, ["logistic"]])
def test_what_is_no_activation_of_outputs_is_named(bad):
    refused(BPRegressor, "'out_activation' parameter", params={"out_activation": bad})


def test_a_class_in_place_of_an_activation_is_named():
    with pytest.raises(TypeError, match=r"'out_activation' parameter .* pass an instance"):
        BPRegressor(out_activation=Logistic).fit(np.ones((4, 1)), np.arange(4.0))


def test_instances_that_fall_somewhere_or_are_not_valid_are_named():
    message = r"out_activation: GELU\(\) is not one of \['elu', 'hard_sigmoid'"
    refused(BPRegressor, message, params={"out_activation": ACTIVATIONS["gelu"]()})
    refused(BPRegressor, "'alpha' parameter of ELU", params={"out_activation": ELU(-1)})


def test_the_parameters_of_an_instance_can_be_set():
    model = BPRegressor(out_activation=ELU()).set_params(out_activation__alpha=2.0)
    assert model.out_activation == ELU(2.0)
    with pytest.raises(ValueError, match="out_activation__alpha cannot be set while"):
        BPRegressor(out_activation="elu").set_params(out_activation__alpha=2.0)


def test_a_classifier_has_no_such_parameter():
    assert "out_activation" not in BPClassifier().get_params()


# ------------------------------------------------------------------ where it begins


@every_out_activation
def test_it_begins_where_the_mean_of_the_targets_is_predicted(activation):
    y = targets_within(activation, 2)
    model = bounded(activation, hidden_layer_sizes=(), max_iter=1, learning_rate=1e-12)
    model.fit(X, y)
    predicted = activation.value(model.intercepts_[0] + np.zeros(2))
    np.testing.assert_allclose(predicted, y.mean(axis=0), rtol=1e-6)


@pytest.mark.parametrize("end", [0, 1])
@every_out_activation
def test_where_all_targets_are_at_a_bound_it_begins_beside_what_is_flat(activation, end):
    bound = np.clip(activation.bounds[end], -2, 2)
    model = bounded(activation, hidden_layer_sizes=(), max_iter=1, learning_rate=1e-12)
    bias = model.fit(X, np.full(40, bound)).intercepts_[0]
    assert activation.derivative(bias + (0.01, -0.01)[end]) > 1e-4
    assert abs(activation.value(bias) - bound) < 0.2


def test_the_columns_of_X_are_scaled_and_the_targets_are_not():
    y = targets_within(Logistic())
    plain = bounded("logistic", max_iter=40).fit(X, y)
    far = bounded("logistic", max_iter=40).fit(1000 * X + 500, y)
    without = bounded("logistic", max_iter=40, scaling=False).fit(1000 * X + 500, y)
    assert far.loss_ < 1.1 * plain.loss_ < 0.9 * without.loss_
    hidden = np.tanh((1000 * X + 500) @ far.coefs_[0] + far.intercepts_[0])
    expected = expit(hidden @ far.coefs_[1] + far.intercepts_[1])[:, 0]
    np.testing.assert_allclose(far.predict(1000 * X + 500), expected, rtol=1e-9)


def test_large_targets_are_learned_once_they_are_divided_by_their_mean():
    features, y = load_diabetes(return_X_y=True)
    model = BPRegressor((), out_activation="softplus", random_state=0)
    assert model.fit(features, y).score(features, y) < 0.15
    assert model.fit(features, y / y.mean()).score(features, y / y.mean()) > 0.45


@pytest.mark.parametrize("init", ["auto", "data"])
def test_relu_outputs_are_not_off_from_the_start(init):
    y = 3 + np.abs(X[:, 0])
    for seed in range(10):
        model = bounded("relu", init=init, max_iter=1, random_state=seed).fit(X, y)
        assert (model.predict(X) > 0).mean() > 0.9


# ------------------------------------------------------------------ a full citizen


def test_a_warm_start_with_another_activation_is_refused():
    y = targets_within(Logistic())
    model = bounded("logistic", warm_start=True).fit(X, y)
    for other in (None, "hard_sigmoid"):
        before = model.predict(X)
        asked = other or "identity"
        message = rf"out_activation asks for {asked} outputs, but the fitted network has logistic"
        with pytest.raises(ValueError, match=message):
            model.set_params(out_activation=other).fit(X, y)
        np.testing.assert_array_equal(model.predict(X), before)
    model.set_params(out_activation=Logistic()).fit(X, y)
    assert model.n_iter_ == 8


@precisions
def test_epochs_in_two_calls_through_a_pickle_are_those_of_one(dtype):
    y = targets_within(Logistic())
    samples = X.astype(dtype)
    whole = bounded("logistic", batch_size=8, max_iter=6, warm_start=True).fit(samples, y)
    begun = bounded("logistic", batch_size=8, max_iter=2, warm_start=True).fit(samples, y)
    begun = pickle.loads(pickle.dumps(begun))
    assert_same_bits(begun.set_params(max_iter=4).fit(samples, y), whole)
    assert begun.predict(samples).dtype == dtype


@layouts
def test_a_stream_learns_and_predicts_in_the_range(layout):
    y = expit(3 * X[:, 0])
    stream = bounded("logistic", learning_rate=0.02)
    for _ in range(60):
        stream.partial_fit(layout(X), y)
    assert stream.score(layout(X), y) > 0.95


@every_out_activation
def test_assigned_weights_go_through_it(activation):
    model = BPRegressor((), out_activation=activation)
    W, b = RNG.standard_normal((4, 2)), RNG.standard_normal(2)
    model.coefs_, model.intercepts_ = [W], [b]
    expected = activation_oracle(activation).value(X @ W + b)
    np.testing.assert_allclose(model.predict(X), expected, rtol=1e-12, atol=1e-15)
    assert model.out_activation_ == activation.core_name


def test_outputs_that_overflow_in_single_precision_are_computed_in_double():
    model = BPRegressor((2,), "identity", out_activation="logistic")
    model.coefs_ = [np.float32([[1e30, -1e30]]), np.float32([[1], [1]])]
    model.intercepts_ = [np.float32([0, 0]), np.float32([0])]
    found = model.predict(np.float32([[1e10]]))  # infinity minus infinity
    assert found.dtype == np.float32
    assert found == 0.5


def test_an_ensemble_predicts_the_mean_of_its_networks():
    y = targets_within(Logistic())
    model = bounded("logistic", n_models=3, n_restarts=1).fit(X, y)
    mean = np.mean([member.predict(X) for member in model.estimators_], axis=0)
    np.testing.assert_allclose(model.predict(X), mean, rtol=1e-12)
    assert {member.out_activation_ for member in model.estimators_} == {"logistic"}


def test_early_stopping_and_averages_know_it():
    y = expit(3 * X[:, 0])
    model = bounded("logistic", early_stopping=True, average="ema", max_iter=60, learning_rate=0.02)
    model.fit(X, y, X_val=X, y_val=y)
    predicted = model.predict(X)
    assert model.best_validation_score_ == pytest.approx(-0.5 * np.mean((predicted - y) ** 2))


def test_gradient_report_finds_outputs_that_are_saturated_or_off():
    y = targets_within(Logistic())
    model = bounded("logistic").fit(X, y)
    assert gradient_report(model, X, y).layers[-1].saturated < 0.5
    coefs, intercepts = model.coefs_, model.intercepts_
    model = bounded("logistic", scaling=False)
    model.coefs_, model.intercepts_ = coefs, [intercepts[0], np.array([20.0])]
    report = gradient_report(model, X, y)
    assert report.layers[-1].activation == "logistic"
    assert report.layers[-1].saturated == 1
    assert any(sentence.startswith("Saturated") for sentence in report.diagnosis)
    off = bounded("relu", scaling=False)
    off.coefs_, off.intercepts_ = coefs, [intercepts[0], np.array([-20.0])]
    assert gradient_report(off, X, y).layers[-1].dead == 1


def test_a_grid_search_can_choose_it():
    y = expit(3 * X[:, 0])
    grid = {"out_activation": [None, "logistic", ELU(0.5)]}
    search = GridSearchCV(bounded(None, max_iter=40, learning_rate=0.02), grid, cv=2).fit(X, y)
    assert search.best_params_["out_activation"] == "logistic"


def test_sparse_samples_give_the_model_of_dense_ones():
    y = targets_within(Logistic())
    dense = bounded("logistic", batch_size=8).fit(X, y)
    sparse = bounded("logistic", batch_size=8).fit(sp.csr_array(X), y)
    assert distance(weights(sparse), weights(dense)) < 1e-10
