"""The optimizers that choose their own steps: what they reach, keep and note down."""

import pickle
import warnings

import numpy as np
import pytest
from cases import layouts
from minimizer_cases import (
    MINIMIZERS,
    PRECISE,
    every_minimizer,
    general,
    regression,
    sine,
)
from scipy.optimize import least_squares
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPRegressor

from sk_bp import (
    BPClassifier,
    BPRegressor,
)
from sk_bp.optimizers import BY_BATCH, FULL_BATCH, Minimizer, Optimizer, Rule


@layouts
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("name", PRECISE)
def test_a_linear_network_is_ridge_regression(name, n_outputs, weighted, layout):
    X, y = regression(n_outputs=n_outputs)
    weight = np.random.default_rng(4).uniform(0, 3, size=len(y)) if weighted else None
    optimum = Ridge(alpha=20).fit(X, y, sample_weight=weight)
    model = BPRegressor((), optimizer=PRECISE[name], alpha=20, tol=None, max_iter=300)
    model.fit(layout(X), y, sample_weight=weight)
    coefs = np.atleast_2d(optimum.coef_).T
    np.testing.assert_allclose(model.coefs_[0], coefs, atol=1e-5)
    np.testing.assert_allclose(model.intercepts_[0], optimum.intercept_, atol=1e-5)


@layouts
@pytest.mark.parametrize("n_classes", [2, 3])
@general
def test_a_linear_classifier_is_logistic_regression(name, n_classes, layout):
    X, values = regression()
    y = np.digitize(values, np.quantile(values, np.linspace(0, 1, n_classes + 1)[1:-1]))
    optimum = LogisticRegression(C=0.5, tol=1e-12, max_iter=10_000).fit(X, y)
    model = BPClassifier((), optimizer=PRECISE[name], alpha=2, tol=None, max_iter=500)
    model.fit(layout(X), y)
    np.testing.assert_allclose(model.predict_proba(X), optimum.predict_proba(X), atol=1e-5)


@general
def test_single_precision_is_trained_to_single_precision(name):
    X, y = regression(dtype=np.float32)
    model = BPRegressor((), optimizer=name, alpha=20, max_iter=200, tol=1e-7).fit(X, y)
    assert model.coefs_[0].dtype == np.float32
    np.testing.assert_allclose(model.coefs_[0][:, 0], Ridge(alpha=20).fit(X, y).coef_, atol=1e-3)


def test_levenberg_marquardt_ends_in_a_minimum_that_scipy_cannot_lower():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 2))
    y = np.sin(X[:, 0]) * X[:, 1] + 0.3 * rng.standard_normal(60)
    model = BPRegressor(3, "tanh", optimizer="levenberg_marquardt", alpha=0.5, tol=None)
    model.set_params(max_iter=500, random_state=0).fit(X, y)

    def errors(p):
        W, V, b, c = p[:6].reshape(2, 3), p[6:9], p[9:12], p[12]
        return np.concatenate([np.tanh(X @ W + b) @ V + c - y, np.sqrt(0.5) * p[:9]])

    flat = np.concatenate([np.ravel(a) for a in (*model.coefs_, *model.intercepts_)])
    end = least_squares(errors, flat, method="lm", xtol=1e-15, ftol=1e-15, gtol=1e-15)
    assert np.sum(errors(flat) ** 2) == pytest.approx(np.sum(end.fun**2), rel=1e-12)


def test_levenberg_marquardt_reaches_the_sine_where_scikit_learn_does_not():
    X, y = sine()
    ours, theirs = [], []
    for seed in range(10):
        model = BPRegressor(4, "tanh", optimizer="levenberg_marquardt", alpha=0, tol=None)
        model.set_params(max_iter=1000, random_state=seed)
        peer = MLPRegressor(hidden_layer_sizes=(4,), activation="tanh", solver="lbfgs")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            ours.append(np.mean((model.fit(X, y).predict(X) - y) ** 2))
            peer.set_params(alpha=0, max_iter=1000, tol=1e-10, random_state=seed).fit(X, y)
        theirs.append(np.mean((peer.predict(X) - y) ** 2))
    assert sum(error <= 1e-6 for error in ours) >= 6
    assert 10 * np.median(ours) < np.median(theirs)


def test_an_optimizer_is_a_rule_or_a_minimizer_and_answers_the_same_questions():
    questions = [name for name in Optimizer.__annotations__ if not name.startswith("_")]
    for name, cls in {**BY_BATCH, **FULL_BATCH}.items():
        assert issubclass(cls, Rule) != issubclass(cls, Minimizer), name
        for question in questions:
            assert isinstance(getattr(cls, question), bool), (name, question)
        assert hasattr(cls, "decays") == hasattr(cls, "default_learning_rate") == cls.takes_rate
        assert hasattr(cls, "minimize") != hasattr(cls, "rule")


@every_minimizer
def test_the_loss_noted_down_is_that_of_the_weights(name):
    X, y = regression()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = BPRegressor(3, "tanh", optimizer=name, max_iter=7, random_state=0).fit(X, y)
    assert model.loss_ == pytest.approx(0.5 * np.mean((model.predict(X) - y) ** 2), rel=1e-9)
    assert model.n_iter_ == model.n_steps_ == len(model.loss_curve_) == 7
    assert model.t_ == 7 * len(y)
    assert np.isnan(model.learning_rate_)
    assert len({len(values) for values in model.history_.values()}) == 1


@pytest.mark.parametrize("name", ["lbfgs", "conjugate_gradient", "levenberg_marquardt"])
def test_the_objective_falls_at_every_iteration(name):
    X, y = regression()
    model = BPRegressor(6, "tanh", optimizer=name, max_iter=40, alpha=0, random_state=0, tol=None)
    assert max(np.diff(model.fit(X, y).loss_curve_)) <= 0


@every_minimizer
def test_an_integer_weight_is_a_repeated_row(name):
    X, y = regression(40)
    count = np.arange(40) % 4
    model = BPRegressor(3, "tanh", optimizer=name, max_iter=5, tol=None, random_state=0)
    weighted = clone(model).fit(X, y, sample_weight=count)
    repeated = clone(model).fit(np.repeat(X, count, axis=0), np.repeat(y, count))
    for a, b in zip(weighted.coefs_, repeated.coefs_, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-9)


@every_minimizer
def test_partial_fit_is_absent_and_the_error_says_why(name):
    model = BPRegressor(optimizer=name)
    assert not hasattr(model, "partial_fit")
    with pytest.raises(AttributeError) as caught:
        model.partial_fit(*regression())
    assert "all samples" in str(caught.value.__cause__ or caught.value)


@pytest.mark.parametrize("name", ["levenberg_marquardt", "bayesian_regularization"])
def test_training_goes_on_where_it_stopped(name):
    X, y = sine()
    model = BPRegressor(4, "tanh", optimizer=name, max_iter=20, tol=None, random_state=0)
    at_once = clone(model).fit(X, y)
    in_parts = model.set_params(warm_start=True, max_iter=8).fit(X, y)
    in_parts = pickle.loads(pickle.dumps(in_parts))
    in_parts.set_params(max_iter=12).fit(X, y)
    np.testing.assert_array_equal(in_parts.coefs_[0], at_once.coefs_[0])
    assert in_parts.loss_curve_ == at_once.loss_curve_


@general
def test_a_warm_start_begins_from_the_weights_and_ends_lower(name):
    X, y = regression()
    model = BPRegressor(6, "tanh", optimizer=name, max_iter=5, tol=None, random_state=0)
    first = model.set_params(warm_start=True).fit(X, y).loss_
    model.fit(X, y)
    assert model.n_iter_ == 10
    assert model.loss_ < first


@general
def test_early_stopping_keeps_the_best_weights(name):
    X, y = load_iris(return_X_y=True)
    model = BPClassifier(10, optimizer=name, early_stopping=True, random_state=0).fit(X, y)
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert model.score(X, y) > 0.9


CHANGED = {
    "history_size": 1,
    "gtol": 0.5,
    "max_fun": 3,
    "mu": 10.0,
    "increase": 5.0,
    "decrease": 0.9,
    "mu_max": 1.1,
    "min_grad": 10.0,
}


@pytest.mark.parametrize(
    ("name", "parameter"), [(n, p) for n in MINIMIZERS for p in MINIMIZERS[n]().get_params()]
)
def test_every_hyperparameter_has_an_effect(name, parameter):
    X, y = sine()
    model = BPRegressor(5, "tanh", optimizer=MINIMIZERS[name](), max_iter=40, tol=None)
    model.set_params(random_state=4)
    changed = clone(model).set_params(**{f"optimizer__{parameter}": CHANGED[parameter]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, y), changed.fit(X, y)
    same = model.n_iter_ == changed.n_iter_ and np.array_equal(model.coefs_[0], changed.coefs_[0])
    assert not same
