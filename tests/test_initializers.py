"""Where the weights start."""

import numpy as np
import pytest
from cases import both, every_activation
from helpers import curve_and_classes
from internals import start_of_layer
from reference import initial_weights

from sk_bp import BPClassifier, BPRegressor, initializers
from sk_bp.initializers import INITIALIZERS

SPREAD = {
    "glorot_uniform": lambda fan_in, fan_out: np.sqrt(2 / (fan_in + fan_out)),
    "glorot_normal": lambda fan_in, fan_out: np.sqrt(2 / (fan_in + fan_out)),
    "he_uniform": lambda fan_in, fan_out: np.sqrt(2 / fan_in),
    "he_normal": lambda fan_in, fan_out: np.sqrt(2 / fan_in),
    "lecun_uniform": lambda fan_in, fan_out: np.sqrt(1 / fan_in),
    "lecun_normal": lambda fan_in, fan_out: np.sqrt(1 / fan_in),
    "orthogonal": lambda fan_in, fan_out: np.sqrt(1 / max(fan_in, fan_out)),
}


def drawn(name, shape=(300, 200), dtype=np.float64, seed=0):
    W = np.full(shape, np.nan, dtype=dtype)
    INITIALIZERS[name].fill(W, start_of_layer(seed, 0))
    return W


def initial_model(init, activation="tanh", hidden=(200, 100), dtype=np.float64):
    """A model whose one step is too small to be seen."""
    X = np.random.default_rng(0).standard_normal((20, 300)).astype(dtype)
    model = BPRegressor(hidden, activation, init=init, learning_rate=1e-30, max_iter=1, tol=None)
    return model.set_params(alpha=0, random_state=0, scaling=False).fit(X, X[:, 0])


def test_the_spread_of_every_initializer_is_known_here():
    assert set(SPREAD) == set(INITIALIZERS)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(300, 200), (1000, 60), (60, 1000)])
@pytest.mark.parametrize("name", sorted(INITIALIZERS))
def test_weights_have_mean_zero_and_the_documented_spread(name, shape, dtype):
    W = drawn(name, shape, dtype).astype(float)
    deviation = SPREAD[name](*shape)
    assert abs(W.mean()) < 5 * deviation / np.sqrt(W.size)
    np.testing.assert_allclose(W.std(), deviation, rtol=0.02)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", sorted(INITIALIZERS))
def test_the_shape_of_the_distribution_is_the_one_in_the_name(name, dtype):
    W = drawn(name, dtype=dtype).astype(float).ravel()
    scaled = np.abs(W) / W.std()
    if name.endswith("uniform"):
        assert scaled.max() < np.sqrt(3) * 1.01
        np.testing.assert_allclose((scaled < np.sqrt(3) / 2).mean(), 0.5, atol=0.01)
    else:
        np.testing.assert_allclose((scaled < 1).mean(), 0.6827, atol=0.01)
        np.testing.assert_allclose((scaled < 2).mean(), 0.9545, atol=0.01)


@pytest.mark.parametrize("name", ["glorot_uniform", "he_uniform"])
def test_uniform_weights_stay_within_their_bound(name):
    bound = np.sqrt(3) * SPREAD[name](300, 200)
    for dtype in (np.float32, np.float64):
        assert np.abs(drawn(name, dtype=dtype)).max() <= bound * (1 + np.finfo(dtype).eps)


@pytest.mark.parametrize("name", sorted(INITIALIZERS))
def test_the_same_generator_draws_the_same_weights(name):
    np.testing.assert_array_equal(drawn(name, seed=3), drawn(name, seed=3))
    assert not np.array_equal(drawn(name, seed=3), drawn(name, seed=4))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (31, 130)])
@pytest.mark.parametrize("name", [name for name in sorted(INITIALIZERS) if name != "orthogonal"])
def test_weights_are_those_of_the_oracle(name, shape, dtype):
    oracle = initial_weights.normal if name.endswith("normal") else initial_weights.uniform
    for seed in (0, 2**31 - 2):
        expected = SPREAD[name](*shape) * oracle(start_of_layer(seed, 0), np.prod(shape))
        found = drawn(name, shape, dtype, seed)
        np.testing.assert_allclose(found.ravel(), expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 9), (50, 50), (70, 50), (50, 70), (900, 50), (50, 900), (9001, 30)]
)
def test_orthogonal_weights_are_orthogonal_in_their_shorter_side(shape, dtype):
    W = drawn("orthogonal", shape, dtype).astype(float)
    gram = W.T @ W if shape[0] >= shape[1] else W @ W.T
    np.testing.assert_allclose(gram, np.eye(len(gram)), atol=1e-6)


def test_both_ways_to_make_a_matrix_orthogonal_are_the_same(monkeypatch):
    found = drawn("orthogonal", (500, 50))
    monkeypatch.setattr(initializers, "_FAR_FROM_SQUARE", 100)
    np.testing.assert_allclose(drawn("orthogonal", (500, 50)), found, atol=1e-6)


def test_orthogonal_weights_before_relu_are_longer_by_the_root_of_two():
    linear = initial_model("orthogonal", "tanh")
    halved = initial_model("orthogonal", "relu")
    for layer in (0, 1):
        np.testing.assert_allclose(
            halved.coefs_[layer], np.sqrt(2) * linear.coefs_[layer], rtol=1e-6
        )
    np.testing.assert_array_equal(halved.coefs_[2], linear.coefs_[2])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("init", sorted(INITIALIZERS))
def test_the_estimator_starts_each_layer_by_init_with_biases_at_zero(init, dtype):
    model = initial_model(init, dtype=dtype)
    for W, b in zip(model.coefs_, model.intercepts_, strict=True):
        assert W.dtype == b.dtype == dtype
        np.testing.assert_allclose(W.std(), SPREAD[init](*W.shape), rtol=0.2)
        np.testing.assert_allclose(b, 0, atol=1e-20)


@every_activation
def test_auto_chooses_by_the_activation_and_glorot_for_the_outputs(activation):
    found = initial_model("auto", activation)
    hidden = initial_model(activation.initializer, activation)
    last = initial_model("glorot_uniform", activation)
    for layer in (0, 1):
        np.testing.assert_allclose(found.coefs_[layer], hidden.coefs_[layer], atol=1e-15)
    bound = np.sqrt(6 / sum(found.coefs_[2].shape))
    assert np.abs(found.coefs_[2]).max() <= bound
    np.testing.assert_allclose(found.coefs_[2], last.coefs_[2], atol=1e-15)


def test_layers_are_drawn_apart():
    first, second, _ = initial_model("glorot_uniform", hidden=(300, 300)).coefs_
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.02


@pytest.mark.parametrize("cls", [BPClassifier, BPRegressor])
def test_an_unknown_init_is_refused_with_the_known_names(cls):
    with pytest.raises(ValueError, match=r"'init' parameter.*'he_uniform'.*Got 'zeros'"):
        cls(init="zeros").fit([[0.0], [1.0]], [0, 1])


@both
def test_float32_and_float64_data_begin_from_the_same_weights(Estimator):
    X, _, y = curve_and_classes()
    params = {"learning_rate": 1e-30, "alpha": 0, "max_iter": 1, "tol": None, "random_state": 0}
    single = Estimator(50, **params).fit(X.astype(np.float32), y)
    double = Estimator(50, **params).fit(X, y)
    for W, V in zip(single.coefs_, double.coefs_, strict=True):
        np.testing.assert_array_equal(W, V)
