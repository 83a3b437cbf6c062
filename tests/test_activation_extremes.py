"""Activations far out and at special numbers: neither overflow nor cancellation."""

import numpy as np
import pytest
from cases import every_activation, precisions
from reference import activation_oracle
from scipy.special import erfcx, expit, log_ndtr

from sk_bp.activations import ACTIVATIONS

# Where the derivative needs z; those of logistic and tanh are computed from their values.
ACCURATE = sorted(set(ACTIVATIONS) - {"logistic", "tanh"})
every_accurate = pytest.mark.parametrize("name", ACCURATE)


def numbers(dtype, largest, n=4000):
    """Numbers of all sizes up to this one, and of both signs."""
    rng = np.random.default_rng(0)
    sizes = np.concatenate(
        [rng.uniform(0, 4, n), rng.uniform(0, largest, n), 10.0 ** rng.uniform(-30, 0, n)]
    )
    return np.concatenate([sizes, -sizes]).astype(dtype)


def mills(x):
    """The tail of the normal distribution over its density."""
    return np.sqrt(np.pi / 2) * erfcx(x / np.sqrt(2))


def gelu_value(z):
    return z * np.exp(log_ndtr(z))


def gelu_slope(z):
    x = abs(z)
    below = np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi) * (mills(x) - x)
    return np.where(z < 0, below, 1 - below)


def softplus(z):
    return np.maximum(z, 0) + np.log1p(np.exp(-abs(z)))


def mish_value(z):
    """tanh(log(1 + e^z)) = (e^2z + 2 e^z) / (e^2z + 2 e^z + 2)."""
    w = np.exp(-abs(z))
    return z * np.where(
        z < 0, w * (w + 2) / (w * (w + 2) + 2), 1 - 2 * w**2 / (1 + 2 * w * (1 + w))
    )


def mish_slope(z):
    """1 - tanh² = 1 / cosh² = 4 e^-2s / (1 + e^-2s)² with s = log(1 + e^z)."""
    far = np.exp(-2 * softplus(z))
    return mish_value(z) / np.where(z == 0, 1, z) + z * expit(z) * 4 * far / (1 + far) ** 2


# Formulas that keep their digits where those of the textbook cancel.
PRECISE = {
    "softplus": (softplus, expit),
    "gelu": (gelu_value, gelu_slope),
    "mish": (mish_value, mish_slope),
}


@precisions
@every_accurate
def test_values_and_derivatives_keep_their_relative_accuracy_far_out(name, dtype):
    """Down to results near the smallest number of float32; the reference is in float64."""
    activation, oracle = ACTIVATIONS[name](), activation_oracle(name)
    value, derivative = PRECISE.get(name, (oracle.value, oracle.derivative))
    z = numbers(dtype, largest=12.5 if name == "gelu" else 80)
    exact = z.astype(float)
    tolerance = 6 * np.finfo(dtype).eps if dtype == np.float32 else 1e-13
    smallest = {"rtol": tolerance, "atol": 1e-37}
    np.testing.assert_allclose(activation.value(z), value(exact), **smallest)
    # near its zero the derivative of silu, gelu and mish is a difference
    clear = (exact < -1.7) | (exact > -0.5) if name in ("silu", "gelu", "mish") else ...
    found, expected = activation.derivative(z)[clear], derivative(exact)[clear]
    if name == "hard_sigmoid":  # which is rounded to its limits beside its kinks
        found, expected = (s[abs(abs(exact) - 3) > 1e-5] for s in (found, expected))
    np.testing.assert_allclose(found, expected, **smallest)


@precisions
@every_activation
def test_values_and_derivatives_are_finite_up_to_the_largest_numbers(activation, dtype):
    limits = np.finfo(dtype)
    z = np.array([1e38, limits.max / 2, limits.tiny, limits.smallest_subnormal, 0], dtype=dtype)
    z = np.concatenate([z, -z])
    assert np.isfinite(activation.value(z)).all()
    assert np.isfinite(activation.derivative(z)).all()


@precisions
@every_activation
def test_at_infinity_values_and_derivatives_are_the_limits(activation, dtype):
    far = np.array([1, -1], dtype) * np.finfo(dtype).max / 4
    infinite = np.array([np.inf, -np.inf], dtype)
    values, limits = activation.value(infinite), activation.value(far)
    unbounded = abs(limits) > 1e20
    np.testing.assert_array_equal(values[~unbounded], limits[~unbounded])
    np.testing.assert_array_equal(values[unbounded], infinite[unbounded])
    np.testing.assert_array_equal(activation.derivative(infinite), activation.derivative(far))


@precisions
@every_activation
def test_nan_stays_nan(activation, dtype):
    assert np.isnan(activation.value(np.array([np.nan, 1], dtype)))[0]


@every_activation
def test_value_and_derivative_keep_shape_and_type(activation):
    for z in (np.float32(0.5), np.ones((2, 3), np.float32), np.ones((2, 3)).T, [1, 2], 2.0):
        expected = np.float32 if getattr(z, "dtype", None) == np.float32 else np.float64
        for result in (activation.value(z), activation.derivative(z)):
            assert result.shape == np.shape(z)
            assert result.dtype == expected
    strided = np.linspace(-3, 3, 20)[::3]
    np.testing.assert_array_equal(activation.value(strided), activation.value(strided.copy()))


@every_activation
def test_the_largest_slope_is_that_of_a_fine_grid(activation):
    slopes = activation.derivative(np.linspace(-30, 30, 60001))
    fades = min(slopes[0], slopes[-1]) < 1e-6 and (slopes < 0.05 * slopes.max()).any()
    if activation.largest_slope is None:
        assert not fades or activation.turns_off
    else:
        assert slopes.max() == pytest.approx(activation.largest_slope, rel=1e-4)
        assert min(slopes[0], slopes[-1]) < 0.05 * slopes.max()


@every_activation
def test_derivatives_jump_at_the_bends_only(activation):
    """By second differences over a grid that holds all bends."""
    h = 1e-4
    z = np.round(np.arange(-5, 5, h), 4)
    slopes = activation.derivative(z)
    jumps = np.abs(np.diff(slopes, 2))
    found = z[1:-1][jumps > 1e3 * h**2]
    for bend in activation.bends:
        assert (abs(found - bend) < 2 * h).any()
    for place in found:
        assert min(abs(place - bend) for bend in activation.bends) < 2 * h


@every_activation
def test_turns_off_where_a_whole_range_has_derivative_zero(activation):
    assert activation.turns_off == (activation.derivative(np.linspace(-20, -10, 50)) == 0).all()
