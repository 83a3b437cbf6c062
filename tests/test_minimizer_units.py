"""Minimizers do not depend on the units of X, y and the weights of samples."""

import numpy as np
import pytest
from internals import objective_of
from minimizer_cases import GENERAL, MINIMIZERS, PRECISE, general, losses, regression, tanh_problem
from sklearn.linear_model import Ridge

from sk_bp import BPRegressor
from sk_bp.endings import Ending
from sk_bp.losses import SquaredError
from sk_bp.losses.log_loss import BinaryLogLoss, CategoricalLogLoss


@pytest.mark.parametrize("name", [name for name in MINIMIZERS if name != "bayesian_regularization"])
@pytest.mark.parametrize("factor", [1e10, 1e-9])
@pytest.mark.parametrize("alpha", [0.0, 0.5])
def test_the_size_of_the_sample_weights_does_not_matter(name, factor, alpha):
    plain = losses(MINIMIZERS[name](), tanh_problem(alpha))
    scaled = losses(MINIMIZERS[name](), tanh_problem(alpha * factor, weight=factor))
    np.testing.assert_allclose(scaled, plain, rtol=1e-6)
    assert plain[-1] < 0.6 * plain[0]


@pytest.mark.parametrize(
    "units", [{"x_factors": (1e4, 1e-3)}, {"y_factor": 1e6}, {"y_factor": 1e-2}]
)
@pytest.mark.parametrize("name", ["levenberg_marquardt", "bayesian_regularization"])
def test_damped_steps_do_not_depend_on_units(name, units):
    optimizer = MINIMIZERS[name]()
    # of a, which is in units of the weights, only until it is first estimated
    max_iter = 5 if name == "bayesian_regularization" else 12
    plain, scaled = (losses(optimizer, tanh_problem(**u), max_iter) for u in ({}, units))
    np.testing.assert_allclose(scaled / units.get("y_factor", 1.0) ** 2, plain, rtol=1e-5)


@pytest.mark.parametrize("y_factor", [1e6, 1e-2])
@general
def test_line_searches_do_not_depend_on_the_units_of_y(name, y_factor):
    plain, scaled = (losses(MINIMIZERS[name](), tanh_problem(y_factor=f)) for f in (1, y_factor))
    np.testing.assert_allclose(scaled / y_factor**2, plain, rtol=1e-5)


@pytest.mark.parametrize("factor", [1e6, 1e-2, 1e-6])
@pytest.mark.parametrize("name", PRECISE)
def test_ridge_regression_is_reached_in_any_units_of_y(name, factor):
    X, y = regression()
    optimum = Ridge(alpha=20).fit(X, y).coef_
    model = BPRegressor((), optimizer=PRECISE[name], alpha=20, tol=None, max_iter=300)
    model.fit(X, y * factor)
    np.testing.assert_allclose(model.coefs_[0][:, 0] / factor, optimum, atol=1e-5)


@pytest.mark.parametrize("factor", [1e6, 1e4, 1e-2, 1e-6])
def test_levenberg_marquardt_learns_in_any_units_of_y(factor):
    X, y = regression()
    model = BPRegressor(3, "tanh", optimizer="levenberg_marquardt", alpha=0, tol=None)
    model.set_params(max_iter=300, n_restarts=7, random_state=0).fit(X, factor * y)
    assert model.score(X, factor * y) > 0.8


@pytest.mark.parametrize("factor", [1.0, 1e3, 1e-3])
@pytest.mark.parametrize("name", PRECISE)
def test_gradients_are_judged_relative_to_the_loss_of_the_best_constant(name, factor):
    X, y = regression()
    y = factor * y
    optimizer = MINIMIZERS[name](**{"gtol" if name in GENERAL else "min_grad": 1e-3})
    if name == "levenberg_marquardt":
        optimizer.set_params(mu=1e3)  # for several steps instead of one
    slopes = []

    def note(x, loss, **_):
        errors = X @ x[:-1] + x[-1] - y
        slopes.append(max(*abs(X.T @ errors / len(y)), abs(errors.mean())))

    problem = objective_of(SquaredError(), [np.zeros((5, 1))], [np.zeros(1)], [], X, y[:, None])
    assert optimizer.minimize(problem, 300, note, {}) == (Ending.CONVERGED, "")
    bound = 1e-3 * 0.5 * np.var(y) / np.std(y)  # weights in units of y
    assert slopes[-1] <= bound < slopes[-2]


@pytest.mark.parametrize(
    ("loss", "y", "scale"),
    [
        (SquaredError(), [[1.0, 5.0], [3.0, 5.0], [1.0, 8.0]], (0.75 + 27 / 16) / 2),
        (SquaredError(), [[0.1]] * 3, 0.005),
        (BinaryLogLoss(), [[1.0], [0.0], [0.0]], np.log(2)),
        (CategoricalLogLoss(), [[0.0], [1.0], [2.0]], 1.5 * np.log(2)),
        (BinaryLogLoss(), [[1.0]] * 3, np.log(2)),
    ],
)
def test_the_scale_is_the_loss_of_the_best_constant_prediction(loss, y, scale):
    n_outputs = 3 if loss == CategoricalLogLoss() else len(y[0])
    zeros, weight = [np.zeros((1, n_outputs))], np.array([2.0, 1.0, 1.0])
    problem = objective_of(
        loss, zeros, [np.zeros(n_outputs)], [], np.ones((3, 1)), np.array(y), weight
    )
    assert problem.scale == pytest.approx(scale, rel=1e-12)
