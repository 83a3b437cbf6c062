"""The parameters that shape the network and its batches."""

import numpy as np
import pytest
from cases import ACTIVATION_CASES, both
from helpers import assert_same_bits, assert_same_up_to_rounding, quick, two_classes
from reference import activation_oracle, forward
from sklearn.base import clone

from sk_bp import SGD, BPRegressor
from sk_bp.initializers import INITIALIZERS

X, y = two_classes(40, 5)


@pytest.mark.parametrize(
    ("sizes", "hidden"),
    [
        (3, [3]),
        ([3], [3]),
        ((3, 2), [3, 2]),
        (np.array([4, 3, 2]), [4, 3, 2]),
        (np.int64(3), [3]),
        ((), []),
        ([], []),
        (np.array([], dtype=int), []),
    ],
    ids=repr,
)
@both
def test_hidden_layer_sizes_are_a_number_or_a_sequence(Estimator, sizes, hidden):
    est = quick(Estimator, hidden_layer_sizes=sizes).fit(X, y)
    assert [len(b) for b in est.intercepts_] == [*hidden, 1]
    assert est.n_layers_ == len(hidden) + 2


@pytest.mark.parametrize(
    "activations", [(a, b) for a in ACTIVATION_CASES for b in ("tanh", a)], ids=str
)
def test_each_hidden_layer_has_its_own_activation(activations):
    est = quick(BPRegressor, hidden_layer_sizes=(4, 3), activation=list(activations)).fit(X, y)
    oracles = [activation_oracle(activation) for activation in activations]
    z, _ = forward(est.coefs_, est.intercepts_, oracles, X)
    np.testing.assert_allclose(est.predict(X), z[-1][:, 0], rtol=1e-10)
    if activations[0] == activations[1]:
        same = quick(BPRegressor, hidden_layer_sizes=(4, 3), activation=activations[0]).fit(X, y)
        assert_same_bits(est, same)


@pytest.mark.parametrize("init", INITIALIZERS)
@both
def test_every_initializer_can_be_asked_for(Estimator, init):
    est, other = quick(Estimator, init=init).fit(X, y), quick(Estimator).fit(X, y)
    assert np.isfinite(est.coefs_[0]).all()
    assert (est.coefs_[1] != other.coefs_[1]).any() or init == "glorot_uniform"
    assert (est.coefs_[0] != other.coefs_[0]).any()


@both
def test_a_batch_size_beyond_all_samples_means_all(Estimator):
    many, target = np.tile(X, (11, 1)), np.tile(y, 11)  # 440 samples
    steps = {}
    for batch_size in (200, 100, 440, 10_000, 1):
        est = quick(Estimator, batch_size=batch_size, max_iter=1).fit(many, target)
        steps[batch_size] = est.n_steps_
        assert est.t_ == 440
    assert steps == {200: 3, 100: 5, 440: 1, 10_000: 1, 1: 440}


@both
def test_without_shuffling_samples_are_taken_as_they_lie(Estimator):
    def train(shuffle, data, target):
        est = quick(Estimator, shuffle=shuffle, batch_size=10, optimizer=SGD(momentum=0))
        return est.set_params(learning_rate=0.1).fit(data, target)

    order = np.concatenate([np.arange(start, start + 10)[::-1] for start in range(0, 40, 10)])
    kept = train(False, X, y)
    assert_same_up_to_rounding(kept, train(False, X[order], y[order]))  # the same batches
    swapped = np.r_[10:20, 0:10, 20:40]
    assert abs(kept.coefs_[0] - train(False, X[swapped], y[swapped]).coefs_[0]).max() > 1e-6
    assert abs(kept.coefs_[0] - train(True, X, y).coefs_[0]).max() > 1e-6


@both
def test_shuffling_changes_nothing_where_one_batch_holds_all(Estimator):
    assert_same_bits(
        quick(Estimator, shuffle=True).fit(X, y), quick(Estimator, shuffle=False).fit(X, y)
    )


@both
def test_sizes_may_be_text(Estimator):
    X, y = np.eye(6), np.arange(6) % 2
    common = {"max_iter": 2, "tol": None, "random_state": 0}
    given = Estimator("5-4", **common).fit(X, y)
    assert_same_bits(given, Estimator((5, 4), **common).fit(X, y))
    assert Estimator("7", **common).fit(X, y).coefs_[0].shape == (6, 7)
    assert clone(given).hidden_layer_sizes == "5-4"


@pytest.mark.parametrize("sizes", ["", "5-", "-5", "5,4", "0", "5-x", "5.0", "²", "5 - 4"])
@both
def test_text_that_holds_no_sizes_is_refused(Estimator, sizes):
    with pytest.raises(ValueError, match=r"hidden_layer_sizes.*'64-32'") as caught:
        Estimator(sizes).fit(np.eye(6), np.arange(6) % 2)
    assert repr(sizes) in str(caught.value)
