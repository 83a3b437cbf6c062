"""What a sample costs, and where the logits are extreme."""

import warnings

import numpy as np
import pytest
from cases import LOSS_CASES, every_loss
from helpers import curve_and_classes, estimator_class, targets_for
from reference import LOSSES as ORACLES
from reference import encode, loss_oracle, name_and_parameters
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import log_loss, mean_squared_error

from sk_bp import SGD, BPClassifier, BPRegressor
from sk_bp.losses import LOSSES, losses_for

EXTREMES = np.array([-1e4, -750.0, -40.0, -1.0, 0.0, 1.0, 40.0, 750.0, 1e4])


def problem(task):
    rng = np.random.default_rng(0)
    return rng.standard_normal((30, 4)), targets_for(task, 30, rng)


def linear_model(task, **parameters):
    defaults = {"max_iter": 1, "tol": None, "random_state": 0, "alpha": 0, "shuffle": False}
    return estimator_class(task)((), **{**defaults, **parameters})


def loss_before_a_step(task, X, y, W, weight=None, dtype=np.float64, **parameters):
    """The loss that an epoch of one batch reports, which is that of the weights it starts from."""
    model = linear_model(task, warm_start=True, batch_size=len(X), learning_rate=1e-9)
    model.set_params(**parameters).fit(X.astype(dtype), y)
    model.coefs_ = [np.asarray(W, dtype=dtype)]
    model.intercepts_ = [np.zeros(W.shape[1], dtype=dtype)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X.astype(dtype), y, sample_weight=weight).loss_


def test_every_loss_has_an_oracle_for_each_of_its_tasks():
    served = {(name_and_parameters(LOSSES, loss)[0], task) for loss, task in LOSS_CASES}
    assert served == set(ORACLES)


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@every_loss
def test_loss_is_the_mean_of_the_samples_losses(loss, task, weighted):
    X, y = problem(task)
    T = encode(y, task)
    rng = np.random.default_rng(1)
    W = rng.standard_normal((4, T.shape[1]))
    weight = rng.uniform(0.1, 2, size=30) if weighted else None
    expected = np.average(loss_oracle(loss, task).loss(X @ W, T), weights=weight)
    found = loss_before_a_step(task, X, y, W, weight, loss=loss)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@every_loss
def test_the_derivative_of_the_oracle_is_that_of_its_values(loss, task):
    oracle, T = loss_oracle(loss, task), encode(problem(task)[1], task)
    z, h = np.random.default_rng(1).standard_normal(T.shape), 1e-6
    for output, step in enumerate(h * np.eye(T.shape[1])):
        slope = (oracle.loss(z + step, T) - oracle.loss(z - step, T)) / (2 * h)
        found = oracle.derivative(z, T)[:, output]
        np.testing.assert_allclose(found, slope, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_log_loss_is_that_of_sklearn_metrics(task):
    X, y = problem(task)
    model = linear_model(task, batch_size=30, max_iter=5).fit(X, y)
    expected = log_loss(y, model.predict_proba(X))
    model.set_params(warm_start=True, max_iter=1).fit(X, y)
    np.testing.assert_allclose(model.loss_, expected, rtol=1e-12)


def test_squared_error_is_half_the_sum_over_the_outputs():
    X, y = problem("regression")
    model = linear_model("regression", batch_size=30, max_iter=5).fit(X, y)
    expected = 0.5 * 3 * mean_squared_error(y, model.predict(X))  # the mean over three outputs
    model.set_params(warm_start=True, max_iter=1).fit(X, y)
    np.testing.assert_allclose(model.loss_, expected, rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("task", ["binary", "multilabel", "multiclass"])
def test_log_loss_of_extreme_logits_is_finite_and_exact(task, dtype):
    X = EXTREMES[:, None] / 1e4
    y = np.arange(len(X)) % 2
    if task == "multilabel":
        y = np.stack([y, 1 - y], axis=1)
    if task == "multiclass":
        y = np.arange(len(X)) % 3
    T = encode(y, task)
    W = 1e4 * np.array([[1.0, -0.5, 0.25]])[:, : T.shape[1]]
    expected = loss_oracle("log_loss", task).loss(X.astype(dtype).astype(float) @ W, T).mean()
    found = loss_before_a_step(task, X, y, W, dtype=dtype)
    assert np.isfinite(found)
    np.testing.assert_allclose(found, expected, rtol=1e-12 if dtype == np.float64 else 1e-5)


@pytest.mark.parametrize("task", ["binary", "multilabel", "multiclass"])
def test_probabilities_of_extreme_logits_are_finite_and_their_logarithms_too(task):
    X, y = EXTREMES[:, None], np.arange(len(EXTREMES)) % 2
    if task == "multilabel":
        y = np.stack([y, 1 - y], axis=1)
    if task == "multiclass":
        y = np.arange(len(EXTREMES)) % 3
    model = linear_model(task).fit(X / 1e4, y)
    model.coefs_ = [np.ones_like(model.coefs_[0]) * np.arange(1, model.n_outputs_ + 1)]
    proba, log_proba = model.predict_proba(X), model.predict_log_proba(X)
    assert np.isfinite(proba).all()
    assert ((proba >= 0) & (proba <= 1)).all()
    assert np.isfinite(log_proba).all()
    assert (log_proba <= 0).all()
    if task != "multilabel":
        np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-12)
    likely = proba > 1e-300
    np.testing.assert_allclose(log_proba[likely], np.log(proba[likely]), rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@every_loss
def test_at_zero_is_the_mean_loss_of_a_network_that_says_nothing(loss, task, weighted):
    _, y = problem(task)
    T = encode(y, task)
    weight = np.random.default_rng(1).uniform(0.1, 2, size=30) if weighted else None
    expected = np.average(loss_oracle(loss, task).loss(np.zeros_like(T), T), weights=weight)
    encoded = np.asarray(y.reshape(30, -1), dtype=float)
    found = loss.for_task(task).at_zero(encoded, weight, T.shape[1])
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@every_loss
def test_output_activation_of_a_model_is_that_of_its_loss(loss, task):
    X, y = problem(task)
    model, oracle = linear_model(task, loss=loss).fit(X, y), loss_oracle(loss, task)
    assert model.out_activation_ == oracle.output_name == loss.for_task(task).output.core_name
    outputs = oracle.output(X @ model.coefs_[0] + model.intercepts_[0])
    if oracle.output_name == "identity" and task != "regression":
        found, outputs = model.decision_function(X).reshape(outputs.shape), outputs
    elif task == "regression":
        found = model.predict(X)
    else:
        found = model.predict_proba(X)
        outputs = np.hstack([1 - outputs, outputs]) if task == "binary" else outputs
    np.testing.assert_allclose(found, outputs, rtol=1e-12)


def test_losses_are_offered_for_the_tasks_that_they_all_serve():
    of_labels = losses_for("binary", "multiclass", "multilabel")
    assert set(of_labels) == {"log_loss", "focal", "hinge", "squared_hinge"}
    assert "squared_error" in losses_for("regression")
    assert losses_for("regression", "binary") == {}


@pytest.mark.parametrize("cls", [BPClassifier, BPRegressor])
def test_an_unknown_loss_is_refused_with_the_known_names(cls):
    known = "log_loss" if cls is BPClassifier else "squared_error"
    with pytest.raises(ValueError, match=rf"'loss' parameter.*'{known}'.*Got 'swoosh'"):
        cls(loss="swoosh").fit([[0.0], [1.0]], [0, 1])


def test_the_loss_that_tol_watches_leaves_the_penalty_out():
    X, y = problem("regression")
    model = linear_model("regression", alpha=3.0, optimizer=SGD(), batch_size=30, max_iter=50)
    model.fit(X, y)
    before = 0.5 * 3 * mean_squared_error(y, model.predict(X))
    model.set_params(warm_start=True, max_iter=1).fit(X, y)
    np.testing.assert_allclose(model.loss_, before, rtol=1e-12)


def test_probabilities_are_right_or_refused_where_outputs_overflow():
    X, curve, y = curve_and_classes()
    model = BPClassifier(5, max_iter=1, tol=None, random_state=0).fit(X.astype(np.float32), y % 3)
    huge = np.full((3, 4), 3e38, dtype=np.float32)
    wide = BPClassifier(5, max_iter=1, tol=None, random_state=0)
    wide.fit(X.astype(np.float32), np.arange(200) % 3)
    for one in (model, wide):
        proba = one.predict_proba(huge)
        assert np.isfinite(proba).all()
        np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-6)
    regressor = BPRegressor(50, max_iter=1, tol=None, random_state=0, scaling=False)
    regressor.fit(X, curve)
    with pytest.raises(ValueError, match="outputs for X are not finite"):
        regressor.predict(np.full((2, 4), 1.7e308))
