"""Activation functions: values, slopes and names."""

import numpy as np
import pytest
from cases import every_activation
from reference import ACTIVATIONS as ORACLES
from reference import activation_oracle
from scipy.special import expit

from sk_bp import SGD, BPRegressor
from sk_bp.activations import ACTIVATIONS
from sk_bp.initializers import INITIALIZERS

POINTS = np.concatenate([np.linspace(-6, 6, 41), [-1e4, -800.0, -40.0, 40.0, 800.0, 1e4]])


def one_unit(activation, dtype=np.float64, **params):
    """A network of one hidden unit that says T(x)."""
    model = BPRegressor((1,), activation, **params)
    model.coefs_ = [np.ones((1, 1), dtype=dtype)] * 2
    model.intercepts_ = [np.zeros(1, dtype=dtype)] * 2
    return model


def test_every_activation_has_an_oracle():
    assert set(ACTIVATIONS) == set(ORACLES)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-14), (np.float32, 1e-6)])
@every_activation
def test_values_are_those_of_the_oracle_and_finite(activation, dtype, tolerance):
    found = one_unit(activation, dtype).predict(POINTS[:, None].astype(dtype))
    assert found.dtype == dtype
    expected = activation_oracle(activation).value(POINTS.astype(dtype).astype(float))
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * 1e-2)


def central_difference(function, x, h=1e-6):
    return (function(np.array(x + h)) - function(np.array(x - h))) / (2 * h)


@every_activation
def test_slopes_are_those_of_central_differences(activation):
    """One step of plain descent on (T(w x) - y)²/2 moves w by eta (T - y) T' x."""
    T = activation_oracle(activation).value
    step = {"optimizer": SGD(momentum=0), "learning_rate": 1.0, "alpha": 0, "tol": None}
    for x in np.linspace(-3.5, 3.4, 12):
        model = one_unit(activation, **step, max_iter=1, warm_start=True).fit([[x]], [-1.0])
        moved = 1 - model.coefs_[0][0, 0]
        expected = (T(np.array(x)) + 1) * central_difference(T, x) * x
        np.testing.assert_allclose(moved, expected, rtol=1e-7, atol=1e-9)


@every_activation
def test_the_derivative_of_the_oracle_is_that_of_its_values(activation):
    oracle = activation_oracle(activation)
    for x in np.linspace(-3.5, 3.4, 12):
        slope = central_difference(oracle.value, x)
        np.testing.assert_allclose(oracle.derivative(np.array(x)), slope, rtol=1e-7, atol=1e-9)


@every_activation
def test_each_activation_names_an_initializer(activation):
    assert ACTIVATIONS[activation.core_name] is type(activation)
    assert activation.initializer in INITIALIZERS


@every_activation
def test_the_bounds_are_those_of_the_values_unless_these_fall_somewhere(activation):
    """Up to 1e8 from zero, where softsign, too, is near its bounds."""
    z = np.sort(np.concatenate([np.linspace(-9, 9, 10_001), [-1e8, -1e4, 1e4, 1e8]]))
    values = activation_oracle(activation).value(z)
    if (np.diff(values) < 0).any():
        assert activation.bounds is None
        return
    for bound, value in zip(activation.bounds, values[[0, -1]], strict=True):
        if np.isfinite(bound):
            assert value == pytest.approx(bound, abs=1e-7)
        else:
            assert abs(value) > 1e5


def test_each_hidden_layer_can_have_its_own_activation():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((10, 3))
    model = BPRegressor((4, 5, 2), ["relu", "tanh", "logistic"], max_iter=1, tol=None)
    model.fit(X, X[:, 0])
    a = X
    functions = [lambda z: np.maximum(z, 0), np.tanh, expit, lambda z: z]
    for W, b, function in zip(model.coefs_, model.intercepts_, functions, strict=True):
        a = function(a @ W + b)
    np.testing.assert_allclose(model.predict(X), a[:, 0], rtol=1e-12)


@pytest.mark.parametrize(
    ("activation", "message"),
    [
        ("swish", r"'activation' parameter.*'relu'.*Got 'swish'"),
        (["relu"], r"activation=\['relu'\] has 1 element, but the network has 2 hidden layers$"),
        (["relu", "swish"], r"'swish' is not one of \['elu'"),
        (["relu", 3], r"3 is not one of"),
    ],
)
def test_unknown_activations_are_refused_with_the_known_names(activation, message):
    with pytest.raises(ValueError, match=message):
        BPRegressor((3, 2), activation).fit([[0.0], [1.0]], [0.0, 1.0])
