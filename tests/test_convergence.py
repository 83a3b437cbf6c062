"""Where the optimizers end: least squares, ridge and logistic regression."""

import numpy as np
import pytest
import scipy.sparse as sp
from cases import layouts
from helpers import distance, weights
from optimizer_cases import SETTINGS, registered
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge

from sk_bp import (
    Adam,
    Adamax,
    AMSGrad,
    BPClassifier,
    BPRegressor,
    ExponentialDecay,
    Lion,
    NAdam,
    RAdam,
    RMSProp,
)


def regression_problem(n=80, n_features=5):
    rng = np.random.default_rng(3)
    X = rng.standard_normal((n, n_features))
    y = X @ rng.standard_normal(n_features) + 0.7 + 0.3 * rng.standard_normal(n)
    return X, y


@pytest.mark.parametrize(("name", "optimizer"), registered())
def test_every_optimizer_finds_the_least_squares_solution(name, optimizer):
    X, y = regression_problem()
    optimum = Ridge(alpha=0).fit(X, y)
    start = {"sgd": 0.2, "rmsprop": 0.05, "adagrad": 0.5, "adadelta": 20.0}.get(name, 0.1)
    model = BPRegressor(
        (),
        optimizer=clone(optimizer),
        learning_rate=ExponentialDecay(start, factor=0.1, n_steps=1000),
        batch_size=80,
        max_iter=4000,
        alpha=0,
        tol=None,
        random_state=0,
    )
    if name == "adamw":
        model.set_params(optimizer__weight_decay=0)
    model.fit(X, y)
    np.testing.assert_allclose(model.coefs_[0][:, 0], optimum.coef_, atol=1e-3)
    np.testing.assert_allclose(model.intercepts_[0], optimum.intercept_, atol=1e-3)


@pytest.mark.parametrize("cls", [RMSProp, Adam, NAdam, RAdam, AMSGrad, Adamax, Lion], ids=str)
def test_an_exotic_setting_is_exact_on_wide_sparse_input(cls):
    """Columns that come once in hundreds of steps, in batches that also repeat columns."""
    rng = np.random.default_rng(0)
    X = sp.random_array((600, 3000), density=0.002, rng=rng, format="csr")
    y = rng.standard_normal(600)
    model = BPRegressor((3,), "tanh", optimizer=cls(), learning_rate=0.01, batch_size=2)
    model.set_params(max_iter=2, tol=None, random_state=0)
    on_sparse, on_dense = model.fit(X, y), clone(model).fit(X.toarray(), y)
    assert distance(weights(on_sparse), weights(on_dense)) < 1e-9


@layouts
@pytest.mark.parametrize(
    "optimizer", [optimizer for optimizer in SETTINGS["sgd"] if optimizer.momentum < 0.95], ids=repr
)
def test_sgd_with_alpha_is_ridge_regression(optimizer, layout):
    X, y = regression_problem()
    optimum = Ridge(alpha=20).fit(X, y)
    model = BPRegressor(
        (), optimizer=optimizer, learning_rate=0.1, alpha=20, max_iter=1000, tol=None, batch_size=80
    ).fit(layout(X), y)
    np.testing.assert_allclose(model.coefs_[0][:, 0], optimum.coef_, atol=1e-10)
    np.testing.assert_allclose(model.intercepts_[0], optimum.intercept_, atol=1e-10)


def test_sgd_with_alpha_and_weights_is_weighted_ridge_regression():
    X, y = regression_problem()
    weight = np.random.default_rng(4).uniform(0, 3, size=len(y))
    optimum = Ridge(alpha=20).fit(X, y, sample_weight=weight)
    model = BPRegressor((), optimizer="sgd", learning_rate=0.1, alpha=20, max_iter=1000, tol=None)
    model.set_params(batch_size=80).fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(model.coefs_[0][:, 0], optimum.coef_, atol=1e-10)
    np.testing.assert_allclose(model.intercepts_[0], optimum.intercept_, atol=1e-10)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_sgd_with_alpha_is_logistic_regression(n_classes):
    X, values = regression_problem()
    y = np.digitize(values, np.quantile(values, np.linspace(0, 1, n_classes + 1)[1:-1]))
    optimum = LogisticRegression(C=0.5, tol=1e-12, max_iter=10_000).fit(X, y)
    model = BPClassifier((), optimizer="sgd", learning_rate=0.5, alpha=2, max_iter=1500, tol=None)
    model.set_params(batch_size=80).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), optimum.predict_proba(X), atol=1e-6)
