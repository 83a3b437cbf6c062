"""The gradient of outputs that go through an activation, and the steps and minima it leads to."""

from itertools import pairwise

import numpy as np
import pytest
from cases import every_optimizer, every_out_activation, layouts, precisions
from helpers import distance, weights
from internals import gradient_over_batches, jacobian_of
from optimizer_cases import RATE, SETTINGS
from out_activation_cases import (
    QUANTILES,
    WEIGHT,
    X,
    bounded,
    every_error_loss,
    targets_within,
)
from reference import (
    activation_oracle,
    forward,
    loss_and_gradient,
    loss_of,
    loss_oracle,
    start_from,
    trained_like,
)
from scipy.optimize import least_squares
from test_gradient import central_differences
from test_jacobian import jacobian_by_differences

from sk_bp import SGD
from sk_bp.activations import ACTIVATIONS, ELU, Logistic
from sk_bp.inspection import check_gradient


def random_weights(units):
    rng = np.random.default_rng(2)
    coefs = [0.7 * rng.standard_normal(shape) for shape in pairwise(units)]
    return coefs, [0.1 + 0.3 * rng.standard_normal(n) for n in units[1:]]


@layouts
@pytest.mark.parametrize("hidden", [(), (5, 3)], ids=str)
@every_error_loss
@every_out_activation
def test_the_gradient_is_that_of_central_differences(activation, loss, hidden, layout):
    n_targets = 1 if loss is QUANTILES else 2
    y = targets_within(activation, n_targets).reshape(40, n_targets)
    coefs, intercepts = random_weights((4, *hidden, 3 if loss is QUANTILES else 2))
    activations = ["tanh"] * len(hidden) + [activation]
    oracles = [activation_oracle(each) for each in activations]

    def mean_loss():
        of_loss = loss_oracle(loss, "regression")
        return loss_of(coefs, intercepts, oracles, of_loss, X, y, WEIGHT) / WEIGHT.sum()

    task_loss = loss.for_task("regression")
    found = gradient_over_batches(
        coefs, intercepts, activations, task_loss, layout(X), y, WEIGHT, batch_size=7
    )
    expected = central_differences(coefs + intercepts, mean_loss)
    for array, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(array, other, rtol=1e-7, atol=1e-9)
    _, *exact = loss_and_gradient(
        coefs, intercepts, oracles, loss_oracle(loss, "regression"), X, y, WEIGHT / WEIGHT.sum()
    )
    assert distance(found, exact[0] + exact[1], smallest=1e-3) < 1e-13


@layouts
@pytest.mark.parametrize("units", [(4, 2), (4, 5, 3, 2)])
@every_out_activation
def test_the_jacobian_is_that_of_central_differences(activation, units, layout):
    coefs, intercepts = random_weights(units)
    activations = ["tanh"] * (len(units) - 2) + [activation]
    oracles = [activation_oracle(each) for each in activations]

    def outputs():
        return forward(coefs, intercepts, oracles, X)[1][-1]

    J, found = jacobian_of(coefs, intercepts, activations, layout(X))
    np.testing.assert_allclose(found, outputs(), rtol=1e-12, atol=1e-12)
    expected = jacobian_by_differences(coefs + intercepts, outputs)
    np.testing.assert_allclose(J, expected, rtol=1e-5, atol=1e-7)


@precisions
@layouts
@every_error_loss
@every_out_activation
def test_check_gradient_finds_the_gradient_right(activation, loss, layout, dtype):
    y = targets_within(activation)
    model = bounded(activation, loss=loss)
    samples = layout(X.astype(dtype))
    for result in (
        check_gradient(model, samples, y, WEIGHT),
        check_gradient(model.fit(samples, y), samples, y),
    ):
        assert result.verdict != "wrong"
        decided = [array for array in result.arrays if array.verdict == "right"]
        assert decided
        for array in decided:
            size = array.gradient_norm + array.numerical_norm
            assert array.relative_error * size <= max(1e-7 * size, array.doubt)


# ------------------------------------------------------------------ the steps


def assert_makes_the_steps_of_the_oracle(model, samples, y, weight=None, tolerance=1e-11):
    started = start_from(model, samples, y)
    coefs, intercepts, losses = trained_like(started, samples, y, weight)
    started.fit(samples, y, weight)
    assert distance(weights(started), coefs + intercepts) < tolerance
    np.testing.assert_allclose(started.loss_curve_, losses, rtol=tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-10), (np.float32, 1e-3)])
@layouts
@every_optimizer
def test_every_optimizer_makes_the_steps_of_the_oracle(optimizer, layout, dtype, tolerance):
    rate = RATE[optimizer]
    model = bounded("logistic", optimizer=SETTINGS[optimizer][0], learning_rate=rate, batch_size=8)
    samples, y = layout(X.astype(dtype)), targets_within(Logistic())
    assert_makes_the_steps_of_the_oracle(model, samples, y, tolerance=tolerance)


@layouts
@every_out_activation
def test_every_activation_goes_with_weights_dropout_and_a_limit_on_the_gradient(activation, layout):
    model = bounded(
        activation, hidden_layer_sizes=(6, 5), optimizer=SGD(), learning_rate=0.05, batch_size=8
    )
    model.set_params(dropout=[0.4, 0.2], input_dropout=0.2, max_grad_norm=0.3)
    y = targets_within(activation, 2)
    assert_makes_the_steps_of_the_oracle(model, layout(X), y, WEIGHT)


@pytest.mark.parametrize(
    "optimizer", ["lbfgs", "conjugate_gradient", "rprop", "levenberg_marquardt"]
)
@pytest.mark.parametrize("activation", [Logistic(), ACTIVATIONS["softplus"](), ELU(0.5)], ids=str)
def test_optimizers_of_all_samples_find_the_minimum_that_scipy_finds(activation, optimizer):
    """Without hidden layers it is non-linear least squares."""
    T = activation_oracle(activation).value
    y = T(X @ [1.0, -2.0, 0.5, 0.3] + 0.2)
    y = y + 0.05 * np.sin(np.arange(40)) * (y - activation.bounds[0])
    y = np.clip(y, *activation.bounds)
    model = bounded(activation, hidden_layer_sizes=(), optimizer=optimizer, max_iter=2000, alpha=0)
    model.fit(X, y)
    best = least_squares(lambda w: T(X @ w[:4] + w[4]) - y, np.zeros(5), xtol=1e-14, ftol=1e-14)
    loss = 0.5 * np.mean((model.predict(X) - y) ** 2)
    assert loss == pytest.approx(best.cost / 40, rel=1e-6)


def test_bayesian_regularization_keeps_to_the_range():
    y = targets_within(Logistic())
    model = bounded("logistic", optimizer="bayesian_regularization", max_iter=30).fit(X, y)
    predicted = model.predict(10 * X)
    assert predicted.min() >= 0
    assert predicted.max() <= 1
    assert model.loss_ < 0.5 * y.var()
