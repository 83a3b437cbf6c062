"""A network without hidden layers is the linear model of scikit-learn that has the same loss."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import (
    GammaRegressor,
    HuberRegressor,
    LogisticRegression,
    PoissonRegressor,
    QuantileRegressor,
    Ridge,
    TweedieRegressor,
)
from sklearn.preprocessing import scale
from sklearn.svm import SVC, LinearSVC

from sk_bp import LBFGS, BPClassifier, BPRegressor
from sk_bp.losses import Huber, Pinball, Tweedie

RNG = np.random.default_rng(0)
N, ALPHA = 500, 0.01
X = RNG.standard_normal((N, 5))
MEAN = X @ [0.5, -0.3, 0.2, 0.0, 0.4] + 0.3
MU = np.exp(MEAN)
LINE = MEAN + RNG.standard_t(2, N)
CANCER, KIND = load_breast_cancer(return_X_y=True)
CANCER = scale(CANCER)
IRIS, SPECIES = load_iris(return_X_y=True)
IRIS = scale(IRIS)

EXACT = {"tol": 1e-10, "max_iter": 10_000}


def linear(Estimator, loss, alpha):
    optimizer = LBFGS(gtol=1e-10, history_size=30)
    model = Estimator((), loss=loss, optimizer=optimizer, alpha=alpha, random_state=0)
    return model.set_params(tol=None, max_iter=5000)


def assert_same_coefficients(model, reference):
    np.testing.assert_allclose(model.coefs_[0].T, np.atleast_2d(reference.coef_), atol=1e-4)
    np.testing.assert_allclose(model.intercepts_[0], reference.intercept_, atol=1e-4)


@pytest.mark.parametrize(
    ("loss", "y", "reference"),
    [
        ("squared_error", LINE, Ridge(alpha=ALPHA * N)),
        ("poisson", RNG.poisson(MU), PoissonRegressor(alpha=ALPHA, **EXACT)),
        ("gamma", RNG.gamma(2, MU / 2), GammaRegressor(alpha=ALPHA, **EXACT)),
        (
            Tweedie(1.5),
            np.where(RNG.random(N) < 0.3, 0, RNG.gamma(2, MU / 2)),
            TweedieRegressor(power=1.5, link="log", alpha=ALPHA, **EXACT),
        ),
        (
            Tweedie(3),
            RNG.wald(MU, 2),
            TweedieRegressor(power=3, link="log", alpha=ALPHA, **EXACT),
        ),
    ],
    ids=str,
)
@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
def test_the_coefficients_are_those_of_the_generalized_linear_model(loss, y, reference, weighted):
    """scikit-learn divides by the sum of the weights, except in Ridge: alpha is of all samples."""
    weight = np.random.default_rng(1).uniform(0.5, 1.5, N) if weighted else np.ones(N)
    alpha = ALPHA * (N if isinstance(reference, Ridge) else weight.sum())
    model = linear(BPRegressor, loss, alpha).fit(X, y.astype(float), sample_weight=weight)
    assert_same_coefficients(model, reference.fit(X, y, sample_weight=weight))


@pytest.mark.parametrize(("samples", "y"), [(CANCER, KIND), (IRIS, SPECIES)], ids=["two", "three"])
def test_the_coefficients_are_those_of_logistic_regression(samples, y):
    model = linear(BPClassifier, "log_loss", 1.0).fit(samples, y)
    assert_same_coefficients(model, LogisticRegression(C=1.0, **EXACT).fit(samples, y))


@pytest.mark.parametrize(("samples", "y"), [(CANCER, KIND), (IRIS, SPECIES)], ids=["two", "three"])
def test_the_coefficients_are_those_of_a_linear_support_vector_machine(samples, y):
    """scikit-learn's intercept has a penalty, which a large intercept_scaling makes negligible."""
    reference = LinearSVC(C=0.1, dual=False, tol=1e-8, intercept_scaling=1000, max_iter=100_000)
    model = linear(BPClassifier, "squared_hinge", 10.0).fit(samples, y)
    assert_same_coefficients(model, reference.fit(samples, y))


def assert_within_half_a_percent(found, expected):
    assert found <= 1.005 * expected


def test_the_hinge_loss_is_made_as_small_as_by_a_support_vector_machine():
    sign, C = 2 * KIND - 1, 0.1

    def objective(w, b):
        return 0.5 * w @ w + C * np.maximum(0, 1 - sign * (CANCER @ w + b)).sum()

    reference = SVC(kernel="linear", C=C, tol=1e-6).fit(CANCER, KIND)
    with pytest.warns(ConvergenceWarning, match="ended before it converged"):
        model = linear(BPClassifier, "hinge", 1 / C).fit(CANCER, KIND)
    found = objective(model.coefs_[0][:, 0], model.intercepts_[0][0])
    assert_within_half_a_percent(found, objective(reference.coef_[0], reference.intercept_[0]))


@pytest.mark.parametrize("quantile", [0.5, 0.8])
def test_the_pinball_loss_is_made_as_small_as_by_quantile_regression(quantile):
    def objective(w, b):
        return Pinball(quantile).of_errors(X @ w + b - LINE).mean()

    reference = QuantileRegressor(quantile=quantile, alpha=0).fit(X, LINE)
    losses = [Pinball(quantile)] + (["absolute_error"] if quantile == 0.5 else [])
    for loss in losses:
        with pytest.warns(ConvergenceWarning, match="ended before it converged"):
            model = linear(BPRegressor, loss, 0).fit(X, LINE)
        found = objective(model.coefs_[0][:, 0], model.intercepts_[0][0])
        assert_within_half_a_percent(found, objective(reference.coef_, reference.intercept_))


def test_the_coefficients_are_those_of_huber_regression_with_the_same_scale():
    """scikit-learn divides errors by a scale that it estimates: delta is epsilon times that."""
    reference = HuberRegressor(epsilon=1.35, alpha=0, tol=1e-8, max_iter=10_000).fit(X, LINE)
    model = linear(BPRegressor, Huber(1.35 * reference.scale_), 0).fit(X, LINE)
    assert_same_coefficients(model, reference)
