"""Going on after fit and partial_fit, and beginning anew."""

import copy

import numpy as np
import pandas as pd
import pytest
from cases import both, layouts
from helpers import (
    assert_equal_arrays,
    assert_finite,
    assert_same_bits,
    assert_same_up_to_rounding,
    copied_weights,
    curve_and_classes,
    weights,
)
from reference import order_of, seed_of
from resume_cases import VARIANTS, WIDE, K, X, quick, y, y_wide
from scipy import sparse

from sk_bp import (
    SGD,
    Adagrad,
    Adam,
    BPClassifier,
    BPRegressor,
    ConstantRate,
    ExponentialDecay,
    RMSProp,
)
from sk_bp.activations import LeakyReLU
from sk_bp.losses import Huber
from sk_bp.optimizers import BY_BATCH

SAMPLES, curve, classes = curve_and_classes()


@both
def test_two_calls_of_partial_fit_do_not_replay_a_shuffle(Estimator):
    # Plain SGD keeps no state, so only another order can make a difference here.
    params = {"optimizer": SGD(momentum=0), "learning_rate": 0.1, "max_iter": 1}
    est = quick(Estimator, **params).fit(X, y)
    replayed = quick(Estimator, **params).fit(X, y)
    replayed.coefs_, replayed.intercepts_ = est.coefs_, est.intercepts_  # begins to count anew
    est.partial_fit(X, y)
    replayed.partial_fit(X, y)
    assert replayed.n_iter_ == 1
    assert any((W != V).any() for W, V in zip(weights(est), weights(replayed), strict=True))


def orders_of(random_state, n_epochs):
    """The orders in which the epochs of a stream took 30 samples.

    Sample i alone moves weight i, by about 100 times the rate of its step. The rates fall, so the
    weights that moved furthest are those of the samples that came first.
    """
    rate = ExponentialDecay(1e-5, factor=0.9, n_steps=1)
    est = BPRegressor((), optimizer=SGD(momentum=0), learning_rate=rate, alpha=0, batch_size=1)
    est.set_params(random_state=random_state)
    est.coefs_, est.intercepts_ = [np.zeros((30, 1))], [np.zeros(1)]
    for _ in range(n_epochs):
        before = est.coefs_[0].copy()
        moved = est.partial_fit(np.eye(30), np.full(30, 100.0)).coefs_[0] - before
        yield tuple(np.argsort(-moved[:, 0]).tolist())


@pytest.mark.parametrize("random_state", [0, None, np.random.RandomState(0)], ids=str)
def test_every_epoch_of_a_stream_has_an_order_of_its_own(random_state):
    orders = set(orders_of(random_state, n_epochs=5))
    assert len(orders) == 5
    assert all(sorted(order) == list(range(30)) for order in orders)


def test_the_orders_of_a_stream_are_those_of_the_documented_generator():
    expected = [tuple(order_of(epoch, 30, seed_of(7)).tolist()) for epoch in range(5)]
    assert list(orders_of(7, n_epochs=5)) == expected


@layouts
def test_an_int_random_state_makes_a_stream_reproducible(layout):
    streams = [quick(BPClassifier, random_state=7) for _ in range(2)]
    for est in streams:
        for start in (0, 10, 20, 5):
            part = slice(start, start + 10)
            est.partial_fit(layout(X[part]), y[part], classes=[0, 1])
    assert_same_bits(*streams)
    other = quick(BPClassifier, random_state=8).partial_fit(layout(X), y, classes=[0, 1])
    assert (other.coefs_[0] != streams[0].coefs_[0]).any()


@pytest.mark.parametrize("name", BY_BATCH)
@both
def test_partial_fit_goes_on_after_fit(Estimator, name):
    est = quick(Estimator, optimizer=name, max_iter=K).fit(X, y)
    before = copied_weights(est)
    est.partial_fit(X, y)
    assert est.n_iter_ == K + 1
    assert est.t_ == 30 * (K + 1)
    assert len(est.loss_curve_) == K + 1
    for W, V in zip(weights(est), before, strict=True):
        assert 0 < abs(W - V).max() < 0.5  # it moved on from there


@both
def test_warm_start_takes_another_max_iter_and_other_hyperparameters(Estimator):
    est = quick(Estimator, optimizer=RMSProp(), max_iter=2, warm_start=True).fit(X, y)
    est.set_params(max_iter=5, optimizer__rho=0.5, learning_rate=ConstantRate(0.02), alpha=0)
    before = copied_weights(est)
    est.fit(X, y)
    assert est.n_iter_ == 7
    assert est.history_["learning_rate"][-5:] == [0.02] * 5
    unchanged = quick(Estimator, optimizer=RMSProp(), max_iter=2, warm_start=True).fit(X, y)
    unchanged.set_params(max_iter=5, learning_rate=ConstantRate(0.02), alpha=0).fit(X, y)
    assert (est.coefs_[0] != unchanged.coefs_[0]).any()  # rho has taken effect
    assert (est.coefs_[0] != before[0]).any()


@pytest.mark.parametrize("sparse_input", [False, True])
def test_warm_start_goes_on_with_another_optimizer(sparse_input):
    data = sparse.csr_array(X) if sparse_input else X
    for first in VARIANTS.values():
        for second in VARIANTS.values():
            est = quick(BPRegressor, optimizer=first, max_iter=2, warm_start=True).fit(data, y)
            est.set_params(optimizer=second).fit(data, y)
            assert est.n_iter_ == 4
            assert_finite(est)


def test_warm_start_goes_from_dense_to_sparse_and_back_as_dense_alone():
    for optimizer in VARIANTS.values():
        dense = quick(BPClassifier, optimizer=optimizer, max_iter=6).fit(X, y)
        mixed = quick(BPClassifier, optimizer=optimizer, max_iter=2, warm_start=True)
        mixed.fit(X, y).fit(sparse.csr_array(X), y).fit(X, y)
        assert_same_up_to_rounding(mixed, dense)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"hidden_layer_sizes": 9}, r"\(6, 5, 4, 1\).*\(6, 9, 1\).*warm_start=False"),
        ({"activation": "tanh"}, r"relu.*tanh.*warm_start=False"),
    ],
)
@both
def test_warm_start_refuses_another_network(Estimator, params, message):
    est = quick(Estimator, max_iter=1, warm_start=True).fit(X, y)
    before = copied_weights(est)
    with pytest.raises(ValueError, match=message):
        est.set_params(**params).fit(X, y)
    assert_equal_arrays(weights(est), before)


def test_warm_start_refuses_data_of_another_kind():
    est = quick(BPClassifier, max_iter=1, warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="y holds labels that are not among the classes"):
        est.fit(X, np.arange(30) % 3)
    with pytest.raises(ValueError, match=r"5 features.*expecting 6"):
        est.fit(X[:, :5], y)
    assert est.n_features_in_ == 6
    est.fit(X, np.zeros(30, dtype=int))  # one of the classes only is no trouble
    assert est.classes_.tolist() == [0, 1]


@both
def test_fit_without_warm_start_begins_anew(Estimator):
    est = quick(Estimator, max_iter=K)
    first = copy.deepcopy(est.fit(X, y))
    est.fit(WIDE, y_wide)
    est.fit(X, y)
    assert_same_bits(est, first)
    assert est.history_ == first.history_
    assert est.n_iter_ == K


@both
def test_a_warm_start_refuses_columns_of_other_names_or_another_order(Estimator):
    frame = pd.DataFrame(SAMPLES, columns=list("abcd"))
    model = Estimator(5, max_iter=2, tol=None, warm_start=True).fit(frame, classes)
    before = model.coefs_[0].copy()
    for other in (frame[list("badc")], frame.rename(columns={"a": "z"})):
        with pytest.raises(ValueError, match="feature names"):
            model.fit(other, classes)
    np.testing.assert_array_equal(model.coefs_[0], before)
    assert model.fit(frame, classes).n_iter_ == 4


@both
def test_another_slope_of_an_activation_is_refused_by_a_warm_start(Estimator):
    model = Estimator(5, LeakyReLU(0.1), max_iter=2, tol=None, warm_start=True)
    model.fit(SAMPLES, classes)
    with pytest.raises(ValueError, match=r"LeakyReLU\(slope=0\.1\).*LeakyReLU\(slope=0\.2\)"):
        model.set_params(activation=LeakyReLU(0.2)).fit(SAMPLES, classes)


@pytest.mark.parametrize("way", ["warm_start", "partial_fit"])
def test_another_loss_is_trained_from_a_fresh_state_of_the_optimizer(way):
    params = {"optimizer": "adam", "batch_size": 200, "shuffle": False, "tol": None}
    params |= {"scaling": False, "learning_rate": 0.001, "alpha": 1e-4}
    model = BPRegressor(5, max_iter=20, warm_start=True, random_state=0, **params)
    model.fit(SAMPLES, 3 * curve)
    fresh = BPRegressor(5, max_iter=1, warm_start=True, loss=Huber(0.2), **params)
    fresh.fit(SAMPLES, 3 * curve)
    fresh.coefs_, fresh.intercepts_ = model.coefs_, model.intercepts_
    errors = abs(model.predict(SAMPLES) - 3 * curve)
    expected = np.where(errors <= 0.2, errors**2 / 2, 0.2 * (errors - 0.1)).mean()
    for one in (model, fresh):
        one.set_params(loss=Huber(0.2), max_iter=1)
        one.fit(SAMPLES, 3 * curve) if way == "warm_start" else one.partial_fit(SAMPLES, 3 * curve)
        assert one.loss_ == pytest.approx(expected, rel=1e-10)
    np.testing.assert_allclose(model.coefs_[0], fresh.coefs_[0], rtol=1e-10)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (RMSProp(momentum=0.9), RMSProp(centered=True)),
        (RMSProp(centered=True), RMSProp(momentum=0.9)),
        (SGD(momentum=0), SGD()),
        (Adam(), Adagrad()),
    ],
    ids=str,
)
def test_state_of_another_layout_starts_afresh(before, after):
    target = SAMPLES[:, 0]
    model = BPRegressor(5, optimizer=before, tol=None, max_iter=30, warm_start=True, random_state=0)
    model.fit(SAMPLES, target)
    fresh = BPRegressor(5, optimizer=after, tol=None, max_iter=30, warm_start=True, random_state=0)
    fresh.fit(SAMPLES, target)
    fresh.coefs_, fresh.intercepts_ = model.coefs_, model.intercepts_
    model.set_params(optimizer=after, shuffle=False, max_iter=5).fit(SAMPLES, target)
    fresh.set_params(shuffle=False, max_iter=5).fit(SAMPLES, target)
    np.testing.assert_allclose(model.coefs_[0], fresh.coefs_[0], rtol=1e-9)
