"""Bayesian regularization: what it estimates."""

import numpy as np
import pytest
from minimizer_cases import regression, tanh_problem
from sklearn.base import clone
from sklearn.linear_model import BayesianRidge
from sklearn.preprocessing import StandardScaler

from sk_bp import BayesianRegularization, BPRegressor


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_bayesian_regularization_of_a_linear_network_is_bayesian_ridge_regression(n_outputs):
    rng = np.random.default_rng(0)
    X = StandardScaler().fit_transform(rng.standard_normal((60, 8)))
    y = X[:, :2].sum(axis=1) + rng.standard_normal(60)
    y -= y.mean()
    Y = y if n_outputs == 1 else np.column_stack([y, y])
    model = BPRegressor((), optimizer="bayesian_regularization", max_iter=200, tol=None).fit(X, Y)
    peer = BayesianRidge(alpha_1=0, alpha_2=0, lambda_1=0, lambda_2=0, tol=1e-10, max_iter=1000)
    peer.fit(X, y)
    alpha = model.history_["alpha"][-1]
    assert alpha == pytest.approx(peer.lambda_ / peer.alpha_, rel=0.1)
    np.testing.assert_allclose(model.coefs_[0][:, 0], peer.coef_, atol=5e-3)
    assert 1 < model.history_["n_effective_parameters"][-1] < n_outputs * 9


def test_bayesian_regularization_finds_few_parameters_in_noise_and_many_in_a_curve():
    rng = np.random.default_rng(0)
    X = np.linspace(-5, 5, 60)[:, None]
    model = BPRegressor(12, "tanh", optimizer="bayesian_regularization", max_iter=300, tol=None)
    model.set_params(random_state=0)
    in_noise = clone(model).fit(X, rng.standard_normal(60)).history_["n_effective_parameters"][-1]
    curve = np.sin(2 * X[:, 0]) + 0.05 * rng.standard_normal(60)
    in_curve = clone(model).fit(X, curve).history_["n_effective_parameters"][-1]
    assert 1 < in_noise < 10
    assert 12 < in_curve < 37


@pytest.mark.parametrize("n_units", [5, 12, 20])
def test_bayesian_regularization_does_not_end_before_it_has_estimated_anything(n_units):
    X = np.linspace(-5, 5, 41)[:, None]
    for seed in range(4):
        y = np.sin(X[:, 0]) + 0.2 * np.random.default_rng(seed).standard_normal(41)
        model = BPRegressor(n_units, "tanh", optimizer="bayesian_regularization", max_iter=500)
        model.set_params(random_state=seed).fit(X, y)
        assert model.history_["beta"][-1] != 1
        assert 4 < model.history_["n_effective_parameters"][-1] < 20


def test_iterations_before_the_first_estimate_are_not_settled():
    settled, beta = [], []

    def note(x, loss, **kwargs):
        settled.append(kwargs["settled"])
        beta.append(kwargs["beta"])

    BayesianRegularization().minimize(tanh_problem(), 60, note, {})
    assert settled == [b != 1 for b in beta]
    assert settled == sorted(settled)
    assert not settled[0]
    assert settled[-1]


def test_weights_count_as_repeated_samples_in_the_evidence():
    X, y = regression(40)
    model = BPRegressor(3, "tanh", optimizer="bayesian_regularization", tol=None, max_iter=50)
    model.set_params(random_state=0)
    few = clone(model).fit(X, y).history_["n_effective_parameters"][-1]
    many = clone(model).fit(X, y, sample_weight=np.full(40, 1e10))
    assert few < 20 < many.history_["n_effective_parameters"][-1] <= 22
    assert np.isfinite(many.history_["log_evidence"]).all()
    none = clone(model).fit(X, y, sample_weight=np.full(40, 1e-9))
    np.testing.assert_allclose(none.predict(X), y.mean(), atol=0.01)
