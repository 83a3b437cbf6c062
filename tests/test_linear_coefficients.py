"""`coef_` and `intercept_` of networks without hidden layers."""

import numpy as np
import pytest
from cases import both
from helpers import quick, targets_for
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import RFE, SelectFromModel
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge

from sk_bp import LBFGS, BPClassifier, BPRegressor

RNG = np.random.default_rng(0)
X = RNG.standard_normal((80, 6))
TASKS = {"binary": BPClassifier, "multiclass": BPClassifier, "regression": BPRegressor}


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_coefficients_have_the_shapes_of_scikit_learns_linear_models(task, n_outputs):
    y = targets_for(task, 80, np.random.default_rng(1), max(n_outputs, 3 if task[0] == "m" else 1))
    peer = (LinearRegression() if task == "regression" else LogisticRegression()).fit(X, y)
    model = quick(TASKS[task], hidden_layer_sizes=()).fit(X, y)
    assert model.coef_.shape == peer.coef_.shape
    assert np.shape(model.intercept_) == np.shape(peer.intercept_)
    scores = X @ model.coef_.T + model.intercept_
    method = "predict" if task == "regression" else "decision_function"
    np.testing.assert_allclose(np.squeeze(scores), getattr(model, method)(X), rtol=1e-9)


def test_coefficients_equal_those_of_ridge_at_the_minimum():
    y = X @ np.arange(6.0) + 3
    model = BPRegressor((), optimizer=LBFGS(gtol=1e-10), alpha=2.0, tol=None).fit(X, y)
    peer = Ridge(2.0).fit(X, y)
    np.testing.assert_allclose(model.coef_, peer.coef_, rtol=1e-5)
    np.testing.assert_allclose(model.intercept_, peer.intercept_, rtol=1e-5)


@both
@pytest.mark.parametrize("scaling", [True, False])
def test_feature_selection_finds_the_columns_that_count(Estimator, scaling):
    y = X[:, 1] - 2 * X[:, 4]
    y = y if Estimator is BPRegressor else y > 0
    model = Estimator((), learning_rate=0.01, max_iter=200, scaling=scaling, random_state=0)
    model.set_params(tol=None)
    for selector in (
        RFE(model, n_features_to_select=2, step=2),
        SelectFromModel(model, max_features=2, threshold=-np.inf),
    ):
        assert np.flatnonzero(selector.fit(X, y).get_support()).tolist() == [1, 4]


@both
def test_other_networks_have_no_coefficients_and_say_what_to_see(Estimator):
    model = quick(Estimator).fit(X, np.arange(80) % 2)
    for name in ("coef_", "intercept_"):
        with pytest.raises(AttributeError, match=rf"{name} .*\(\); .*\(6,\) units: see coefs_"):
            getattr(model, name)
        with pytest.raises(NotFittedError):
            getattr(Estimator(()), name)
        with pytest.raises(AttributeError, match="n_models"):
            getattr(quick(Estimator, hidden_layer_sizes=(), n_models=2).fit(X, X[:, 0] > 0), name)
