"""gradient_report: its figures beside those of NumPy, and a diagnosis for each disease."""

import json
import pickle
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from cases import every_activation, layouts
from helpers import assert_equal_arrays, copied_weights, weights
from internals import column_sizes, interrupt_after
from reference import (
    activation_oracle,
    forward,
    loss_and_gradient,
    loss_oracle,
    name_and_parameters,
)
from sklearn.datasets import load_digits, load_iris
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from sk_bp import SGD, BPClassifier, BPRegressor, ExponentialDecay, RMSProp
from sk_bp.activations import ACTIVATIONS
from sk_bp.inspection import gradient_report
from sk_bp.optimizers import OPTIMIZERS

rng = np.random.default_rng(0)
X = rng.standard_normal((60, 8)) * (rng.random((60, 8)) < 0.7)
y = np.arange(60) % 3


def fitted(*sizes, activation="tanh", **params):
    model = BPClassifier(sizes, activation, max_iter=1, tol=None, alpha=0, random_state=0)
    return model.set_params(**params).fit(X, y)


def says(report, word):
    return any(sentence.startswith(word) for sentence in report.diagnosis)


@layouts
@every_activation
def test_the_figures_are_those_of_the_textbook(activation, layout):
    model = fitted(6, 5, activation=activation, scaling=False)
    report = gradient_report(model, layout(X), y)
    name, _ = name_and_parameters(ACTIVATIONS, activation)
    network = model.coefs_, model.intercepts_, [activation_oracle(activation)] * 2
    loss = loss_oracle("log_loss", "multiclass")
    _, gradients, _ = loss_and_gradient(*network, loss, X, np.eye(3)[y], np.ones(60))
    _, values = forward(*network, X)
    for layer, gradient, signal in zip(report.layers, gradients, values[1:], strict=True):
        assert layer.gradient_norm == pytest.approx(np.linalg.norm(gradient / 60), rel=1e-9)
        assert layer.mean == pytest.approx(signal.mean(), rel=1e-9, abs=1e-12)
        assert layer.spread == pytest.approx(signal.std(), rel=1e-9)
        assert layer.units == signal.shape[1]
        if layer.layer < 2 and name == "relu":
            assert layer.dead == (signal == 0).all(axis=0).mean()
    rms = [layer.gradient_rms for layer in report.layers]
    assert report.layers[0].ratio_to_next == pytest.approx(rms[0] / rms[1])
    assert np.isnan(report.layers[-1].ratio_to_next)


def test_the_update_is_one_step_of_the_optimizer():
    model = fitted(6, optimizer=SGD(momentum=0), learning_rate=0.1)
    report = gradient_report(model, X, y)
    for layer, W in zip(report.layers, model.coefs_, strict=True):
        assert layer.update_ratio == pytest.approx(0.1 * layer.gradient_norm / np.linalg.norm(W))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_has_an_update(name):
    model = BPRegressor(4, "tanh", optimizer=name, max_iter=2, tol=None, random_state=0)
    target = rng.standard_normal(60)
    model.fit(X, target)
    before = copied_weights(model)
    report = gradient_report(model, X, target)
    assert all(layer.update_ratio > 0 for layer in report.layers)
    assert_equal_arrays(weights(model), before)


def test_a_good_network_is_healthy():
    data, labels = load_digits(return_X_y=True)
    model = BPClassifier((50, 50), max_iter=5, tol=None, random_state=0).fit(data / 16, labels)
    report = gradient_report(model, data / 16, labels)
    assert len(report.diagnosis) == 1
    assert says(report, "Healthy")


def test_ten_logistic_layers_have_a_vanishing_gradient_and_ten_relu_layers_have_not():
    deep = fitted(*(8,) * 10, activation="logistic")
    assert says(gradient_report(deep, X, y), "Vanishing gradient")
    deep = fitted(*(8,) * 10, activation="relu")
    assert not says(gradient_report(deep, X, y), "Vanishing gradient")


def test_large_weights_make_an_exploding_gradient():
    model = fitted(*(8,) * 6, activation="identity")
    model.coefs_ = [W * (1e-4 if layer == 0 else 10) for layer, W in enumerate(model.coefs_)]
    model.intercepts_ = [np.zeros_like(b) for b in model.intercepts_]
    assert says(gradient_report(model, X, y), "Exploding gradient")


def test_dead_units_are_named_with_their_layer():
    model = fitted(6, 6, activation="relu")
    model.intercepts_ = [
        b - (1e3 if layer == 1 else 0) for layer, b in enumerate(model.intercepts_)
    ]
    report = gradient_report(model, X, y)
    assert says(report, "Dead units: more than half of layer 1 ")
    assert report.layers[1].dead == 1


def test_a_hard_sigmoid_beyond_its_kinks_is_dead_and_saturated():
    model = fitted(6, 6, activation="hard_sigmoid")
    model.intercepts_ = [
        b + (1e3 if layer == 1 else 0) for layer, b in enumerate(model.intercepts_)
    ]
    report = gradient_report(model, X, y)
    assert says(report, "Dead units: more than half of layer 1 ")
    assert report.layers[1].dead == report.layers[1].saturated == 1


@pytest.mark.parametrize("activation", ["elu", "selu", "softplus", "silu", "gelu", "mish"])
def test_units_that_lie_far_below_zero_are_saturated(activation):
    model = fitted(6, activation=activation)
    model.intercepts_ = [model.intercepts_[0] - 100, model.intercepts_[1]]
    report = gradient_report(model, X, y)
    assert says(report, "Saturated: more than half of the values of layer 0 ")
    assert np.isnan(report.layers[0].dead)


@pytest.mark.parametrize("activation", ["tanh", "logistic", "softsign", "hard_sigmoid"])
def test_saturated_units_are_named_with_their_layer(activation):
    model = fitted(6, activation=activation)
    model.coefs_ = [W * 1e3 for W in model.coefs_]
    report = gradient_report(model, X, y)
    assert says(report, "Saturated: more than half of the values of layer 0 ")


@layouts
@pytest.mark.parametrize("scales", [(100.0, 100.0), (1e-3, 1.0)])
def test_input_that_is_not_scaled_is_noticed(scales, layout):
    data = layout(X * np.linspace(*scales, 8) ** 2)
    model = BPClassifier(4, max_iter=1, tol=None, random_state=0, scaling=False).fit(data, y)
    assert says(gradient_report(model, data, y), "Input not scaled")


def test_a_rate_that_is_too_large_is_noticed():
    model = fitted(6)
    model.set_params(learning_rate=1.0)
    assert says(gradient_report(model, X, y), "Long steps")


def test_the_report_is_text_html_and_a_dict():
    report = gradient_report(fitted(6, 5), X, y)
    text = repr(report).splitlines()
    assert len(text) == 1 + 3 + len(report.diagnosis)
    assert text[0].split()[:3] == ["layer", "units", "activation"]
    page = report._repr_html_()
    assert page.count("<tr>") == 4
    assert "<script" not in page
    assert json.loads(json.dumps(report.to_dict()))["diagnosis"] == report.diagnosis


def test_an_estimator_that_is_not_fitted_is_refused():
    with pytest.raises(NotFittedError):
        gradient_report(BPClassifier(), X, y)


def test_what_is_no_estimator_of_ours_is_refused():
    with pytest.raises(TypeError, match="estimator must be"):
        gradient_report("network", X, y)


def test_data_that_do_not_fit_are_refused():
    model = fitted(3)
    with pytest.raises(ValueError, match="5 features"):
        gradient_report(model, np.eye(5), np.arange(5) % 3)
    with pytest.raises(ValueError, match="not among the classes"):
        gradient_report(model, X, y + 1)


def test_iris_with_its_own_scale_is_reported_without_error():
    data, labels = load_iris(return_X_y=True)
    model = BPClassifier(5, max_iter=3, tol=None).fit(data, labels)
    assert len(gradient_report(model, data, labels).layers) == 2


def test_the_update_goes_on_from_the_state_and_the_rate_of_the_training():
    """By the textbook: velocity v after the training, one more step of size eta |mu v + g|."""
    rate = ExponentialDecay(0.1, n_steps=1, factor=0.5)
    model = BPClassifier(
        (5,), "tanh", optimizer=SGD(momentum=0.9, nesterov=False), learning_rate=rate, alpha=0
    )
    model.set_params(batch_size=60, random_state=0)
    for _ in range(4):
        before = [np.array(W) for W in model.coefs_] if hasattr(model, "coefs_") else None
        model.partial_fit(X, y, classes=[0, 1, 2])
    etas = 0.1 * 0.5 ** np.arange(5)
    report = gradient_report(model, X, y)
    after = [np.array(W) for W in model.coefs_]
    model.partial_fit(X, y)
    for layer, W, old, new in zip(report.layers, after, before, model.coefs_, strict=True):
        assert layer.update_ratio == pytest.approx(np.linalg.norm(new - W) / np.linalg.norm(W))
        assert np.linalg.norm(new - W) < np.linalg.norm(W - old)  # the rate has fallen by half
    assert model.learning_rate_ == etas[4]


def test_state_that_was_dropped_is_made_anew_and_the_weights_stay():
    """RMSProp's first step from zero would be 1 / sqrt(1 - rho) as long as a later one."""
    model = fitted(6, optimizer=RMSProp(rho=0.9), learning_rate=0.001, max_iter=20)
    model = pickle.loads(pickle.dumps(model))  # which keeps the weights alone
    kept = [W.copy() for W in model.coefs_]
    report = gradient_report(model, X, y)
    for layer, W, now in zip(report.layers, kept, model.coefs_, strict=True):
        np.testing.assert_array_equal(W, now)
        usual = 0.001 * np.sqrt(W.size) / np.linalg.norm(W)
        from_zero = usual / np.sqrt(1 - 0.9)
        assert usual < layer.update_ratio < 0.6 * from_zero


def test_columns_without_entries_make_no_vanishing_gradient():
    wide = sp.csr_array((X[:, :3].ravel(), np.tile([0, 5, 9], 60), 3 * np.arange(61)), (60, 10**6))
    model = BPClassifier(3, max_iter=1, tol=None, random_state=0).fit(wide, y)
    narrow = gradient_report(model, wide, y)
    first = narrow.layers[0]
    assert first.gradient_rms == pytest.approx(first.gradient_norm / np.sqrt(3 * 3))
    assert not says(narrow, "Vanishing")


def test_a_gradient_far_larger_than_its_weights_explodes_even_if_layers_agree():
    """Large weights all the way make every layer's gradient large, and their ratio is near 1."""
    model = BPRegressor((8,) * 6, "identity", max_iter=1, tol=None, random_state=0)
    model.fit(X, X[:, 0])
    model.coefs_ = [3 * W for W in model.coefs_]
    report = gradient_report(model, X, X[:, 0])
    assert 1e-3 < report.layers[0].gradient_rms / report.layers[-1].gradient_rms < 1e3
    assert says(report, "Exploding gradient: that of layer")


@pytest.mark.parametrize("name", ["lbfgs", "conjugate_gradient", "levenberg_marquardt"])
def test_no_smaller_rate_is_advised_where_there_is_none(name):
    model = BPRegressor(5, "tanh", optimizer=name, max_iter=1, tol=None, random_state=0)
    report = gradient_report(model.fit(X, X[:, 0]), X, X[:, 0])
    assert any(layer.update_ratio > 0.1 for layer in report.layers)
    assert not says(report, "Long steps")


@pytest.mark.parametrize("weight", [None, np.full(60, 1e-3)])
def test_the_penalty_is_that_of_the_training_whatever_part_of_it_is_looked_at(weight):
    model = fitted(3, optimizer=SGD(momentum=0), alpha=10, learning_rate=0.1)
    whole = gradient_report(model, X, y)
    repeated = gradient_report(model, np.tile(X, (2, 1)), np.tile(y, 2))
    weighted = gradient_report(model, X, y, weight)
    for layers in zip(whole.layers, repeated.layers, weighted.layers, strict=True):
        first = layers[0]
        for other in layers[1:]:
            assert other.gradient_norm == pytest.approx(first.gradient_norm)
            assert other.update_ratio == pytest.approx(first.update_ratio)
    assert len(gradient_report(model, X[:1], y[:1]).layers) == 2


def test_a_step_that_training_would_refuse_is_named():
    model = BPRegressor(4, "relu", optimizer="sgd", max_iter=2, tol=None, random_state=0)
    model.fit(X, X[:, 0])
    report = gradient_report(model, 1e6 * X, X[:, 0])
    assert says(report, "No further step: at step 1")
    assert all(np.isnan(layer.update_ratio) for layer in report.layers)
    assert "nan" not in repr(report)


def test_an_interrupt_ends_the_report(monkeypatch):
    model = fitted(4)
    before = copied_weights(model)
    interrupt_after(0, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        gradient_report(model, X, y)
    assert_equal_arrays(weights(model), before)


def test_rare_words_make_no_vanishing_gradient():
    """Columns that occur once have small gradients; the network is none the worse."""
    rows = np.arange(300)
    entries = np.concatenate([rows % 3, 3 + rows])  # a telling column, and one of each row's own
    text = sp.csr_array((np.ones(600), (np.tile(rows, 2), entries)), (300, 3 + 300))
    model = BPClassifier(20, learning_rate=0.01, max_iter=30, tol=None, random_state=0)
    report = gradient_report(model.fit(text, rows % 3), text, rows % 3)
    assert model.score(text, rows % 3) == 1
    assert not says(report, "Vanishing")


def test_entries_that_are_given_twice_add_up():
    twice = sp.csr_array((np.full(4, 8.0), [0, 0, 1, 1], [0, 2, 4]), (2, 2))
    assert column_sizes(twice).tolist() == [16, 16]


def test_a_model_that_stopped_on_a_plateau_is_not_called_healthy():
    inputs, xor = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 4, dtype=float), [0, 1, 1, 0] * 4
    model = BPClassifier(2, "logistic", optimizer=SGD(), learning_rate=0.01, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # no better than a constant
        model.set_params(batch_size=16, max_iter=200).fit(inputs, xor)
    assert model.end_reason_ == "plateau"
    report = gradient_report(model, inputs, xor)
    assert any(sentence.startswith("Little learned") for sentence in report.diagnosis)
    assert not any(sentence.startswith("Healthy") for sentence in report.diagnosis)
