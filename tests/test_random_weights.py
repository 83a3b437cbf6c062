"""Initial weights as random numbers: their distribution, and what they do not depend on."""

import numpy as np
import pytest
from cases import precisions
from internals import processors, random_network, start_of_layer, words_of_shuffling
from reference.dropout import mix, number
from scipy import stats

from sk_bp import initializers
from sk_bp._core import _core
from sk_bp.initializers import INITIALIZERS

DISTRIBUTIONS = {"he_uniform": stats.uniform(-np.sqrt(3), 2 * np.sqrt(3)), "he_normal": stats.norm}
every_distribution = pytest.mark.parametrize("name", DISTRIBUTIONS)
# More than two blocks of the core, the last one not full, and an odd number of weights.
LARGE = (2051, 1101)


def drawn(name, n=1_000_001, seed=0):
    """Initial weights divided by their standard deviation."""
    W = np.empty((1, n), np.float32)
    INITIALIZERS[name].fill(W, start_of_layer(seed, 0))
    return W.ravel().astype(float) / np.sqrt(2)


def layer(name, shape, dtype=np.float64, seed=0):
    W = np.full(shape, np.nan, dtype)
    INITIALIZERS[name].fill(W, start_of_layer(seed, 0))
    return W


def assert_uncorrelated(one, other):
    assert abs(np.corrcoef(one, other)[0, 1]) < 4 / np.sqrt(len(one))


# ---------------------------------------------------------------- the distribution


@every_distribution
@pytest.mark.parametrize("seed", range(3))
def test_weights_are_distributed_as_their_name_says(name, seed):
    expected = DISTRIBUTIONS[name]
    x = drawn(name, seed=seed)
    assert stats.kstest(x, expected.cdf).pvalue > 0.01
    for power in (1, 2, 3, 4):
        mean, deviation = (
            expected.moment(power),
            np.sqrt(expected.moment(2 * power) - expected.moment(power) ** 2),
        )
        assert abs(np.mean(x**power) - mean) < 4 * deviation / np.sqrt(len(x))


def test_uniform_weights_come_near_to_their_bounds_and_keep_within_them():
    x = drawn("he_uniform") / np.sqrt(3)
    for extreme in (x.max(), -x.min()):
        assert 1 - 20 / len(x) < extreme <= 1 + np.finfo(np.float32).eps


@pytest.mark.parametrize("distance", [1e-3, 3, 4, 4.5])
def test_normal_weights_are_as_frequent_near_zero_and_far_away_as_they_should_be(distance):
    x = np.abs(drawn("he_normal", 4_000_000))
    expected = len(x) * 2 * stats.norm.sf(distance)
    nearer = distance < 1
    found = (x < distance).sum() if nearer else (x > distance).sum()
    expected = len(x) - expected if nearer else expected
    assert abs(found - expected) < 4 * np.sqrt(expected)
    assert x.max() < 7


@every_distribution
def test_neighbours_are_independent(name):
    """Also the two numbers of a word, in their sizes too."""
    x = drawn(name)
    for distance in (1, 2, 1024, 2**19):
        assert_uncorrelated(x[distance:], x[:-distance])
    for power in (1, 2):
        assert_uncorrelated(x[0:-1:2] ** power, x[1::2] ** power)
    signs = np.histogram2d(x[0:-1:2] > 0, x[1::2] > 0, 2)[0].ravel()
    assert stats.chisquare(signs).pvalue > 0.01


# ---------------------------------------------------------------- what weights depend on


@precisions
@pytest.mark.parametrize("name", sorted(INITIALIZERS))
def test_one_two_and_three_threads_draw_the_same_weights(name, dtype):
    units = LARGE if name != "orthogonal" else (90_001, 30)
    with processors(1):
        one = random_network(units, 0, [name], dtype).parameters
    assert np.isfinite(one).all()
    for n_threads in (2, 3):
        with processors(n_threads):
            assert _core.n_threads() == n_threads
            found = random_network(units, 0, [name], dtype).parameters
        np.testing.assert_array_equal(found, one)


@precisions
@every_distribution
@pytest.mark.parametrize("size", [2, 1000, 2**21])
def test_weights_do_not_depend_on_where_the_core_is_called_anew(name, size, dtype, monkeypatch):
    shape = LARGE if size > 1000 else (31, 71)
    whole = layer(name, shape, dtype)
    monkeypatch.setattr(initializers, "_SLICE", size)
    np.testing.assert_array_equal(layer(name, shape, dtype), whole)


@pytest.mark.parametrize("name", sorted(INITIALIZERS))
def test_weights_of_float64_are_those_of_float32(name):
    single, double = layer(name, (301, 37), np.float32), layer(name, (301, 37))
    np.testing.assert_array_equal(single, double)


@pytest.mark.parametrize("name", sorted(INITIALIZERS))
def test_a_layer_is_drawn_whatever_the_other_layers_are(name):
    small = random_network((4, 20, 5), 0, ["he_uniform", name])
    large = random_network((300, 20, 5, 7), 0, ["lecun_normal", name, "he_normal"])
    np.testing.assert_array_equal(small.coefs[1], large.coefs[1])


@every_distribution
def test_layers_and_seeds_are_uncorrelated(name):
    def weights(seed):
        return [W.ravel() for W in random_network((200, 200, 200), seed, [name] * 2).coefs]

    drawn = [*weights(0), *weights(1)]
    for i, one in enumerate(drawn):
        for other in drawn[:i]:
            assert_uncorrelated(one, other)


@pytest.mark.parametrize("seed", [0, 1, 2**31 - 2])
def test_weights_share_no_random_word_with_dropout_and_shuffling(seed):
    """All words of the generator are different, so a word in common tells of streams that meet."""
    n = 3000
    weights = [{number(start_of_layer(seed, k), i) for i in range(n)} for k in range(3)]
    dropout = set()
    for number_of_layer in range(3):
        key = number(mix(seed), number_of_layer)
        for step in range(3):
            start = number(key, step)
            dropout |= {start, key, *(number(start, i) for i in range(n))}
            dropout |= {number(number(start, 0), i) for i in range(n)}
    shuffling = set()
    for epoch in range(3):
        shuffling |= set(words_of_shuffling(seed, epoch, n).tolist())
    streams = [*weights, dropout, shuffling]
    assert len(set().union(*streams)) == sum(map(len, streams))


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"first": 1}, ValueError, "first is an even number from 0 to .*, not 1"),
        ({"first": -2}, ValueError, "first is an even number"),
        ({"first": 2**62 + 2}, ValueError, "first is an even number"),
        ({"start": -1}, OverflowError, "negative"),
        ({"start": 2**64}, OverflowError, "too (big|large)"),
        ({"weights": np.ones(3, np.float16)}, TypeError, "float32 or float64"),
        ({"weights": np.ones((4, 4))[:, 1:]}, TypeError, "C-contiguous"),
        ({"weights": None}, TypeError, "weights"),
    ],
)
def test_draws_that_cannot_be_made_are_refused(changes, error, message):
    given = {"weights": np.ones(3), "start": 0, "first": 0, "normal": True, "deviation": 1.0}
    _core.draw_weights(**given)
    with pytest.raises(error, match=message):
        _core.draw_weights(**{**given, **changes})
