"""A stream of partial_fit calls is one training over all that it has seen."""

import copy
import warnings

import numpy as np
import pytest
from helpers import classes_for
from internals import MOST_CALLS

from sk_bp import SGD, BPClassifier, BPRegressor, RMSProp

_rng = np.random.default_rng(0)
X = _rng.normal(size=(60, 4))
y = (X[:, 0] + 0.3 * _rng.normal(size=60) > 0.5).astype(int)


def one_by_one(model, data=X, labels=y, **given):
    for i in range(len(data)):
        weight = {name: value[i : i + 1] for name, value in given.items()}
        model.partial_fit(data[i : i + 1], labels[i : i + 1], **classes_for(type(model)), **weight)
    return model


def linear(**params):
    defaults = {"optimizer": SGD(momentum=0), "learning_rate": 0.1, "alpha": 0, "random_state": 0}
    return BPClassifier((), **{**defaults, **params})


def test_class_weights_count_from_sample_to_sample():
    plain, weighted = one_by_one(linear()), one_by_one(linear(class_weight={0: 1, 1: 100}))
    assert weighted.predict_proba(X)[:, 1].mean() > plain.predict_proba(X)[:, 1].mean() + 0.1


def test_a_step_of_a_stream_divides_by_the_mean_weight_so_far():
    weight = np.array([1.0, 3.0, 5.0])
    model = linear().partial_fit(X[:1], y[:1], classes=[0, 1], sample_weight=weight[:1])
    for i in (1, 2):
        W, b = model.coefs_[0].copy(), model.intercepts_[0].copy()
        delta = model.predict_proba(X[i : i + 1])[0, 1] - y[i]
        model.partial_fit(X[i : i + 1], y[i : i + 1], sample_weight=weight[i : i + 1])
        factor = 0.1 * weight[i] / weight[: i + 1].mean()
        np.testing.assert_allclose(model.coefs_[0], W - factor * delta * X[i][:, None], rtol=1e-12)
        np.testing.assert_allclose(model.intercepts_[0], b - factor * delta, rtol=1e-12)


@pytest.mark.parametrize("scale", [1e-300, 1e-9, 1e10, 1e300])
def test_only_ratios_of_weights_count_in_a_stream(scale, rng):
    weight = rng.uniform(1, 3, size=60)
    one = one_by_one(linear(), sample_weight=weight)
    other = one_by_one(linear(), sample_weight=scale * weight)
    np.testing.assert_allclose(other.coefs_[0], one.coefs_[0], rtol=1e-9)


def test_weighted_samples_are_repeated_ones_in_every_call():
    weight = np.array([1, 2, 3] * 4)
    weighted, repeated = linear(), linear()
    for first in range(0, 60, 12):
        part = slice(first, first + 12)
        weighted.partial_fit(X[part], y[part], classes=[0, 1], sample_weight=weight)
        rows = np.repeat(np.arange(first, first + 12), weight)
        repeated.partial_fit(X[rows], y[rows], classes=[0, 1])
    np.testing.assert_allclose(weighted.coefs_[0], repeated.coefs_[0], rtol=1e-10)


@pytest.mark.parametrize("given", [{"sample_weight": np.zeros(60)}, {}])
def test_a_call_without_any_weight_changes_nothing(given):
    class_weight = None if given else {0: 0.0, 1: 0.0}
    first = linear(class_weight=class_weight).partial_fit(X, y, classes=[0, 1], **given)
    assert first.predict(X).shape == (60,)  # it is fitted all the same
    model = linear().partial_fit(X, y, classes=[0, 1])
    before = [model.coefs_[0].copy(), model.n_iter_, model.t_]
    model.set_params(class_weight=class_weight).partial_fit(X, y, **given)
    np.testing.assert_array_equal(model.coefs_[0], before[0])
    assert [model.n_iter_, model.t_] == before[1:]


def test_the_loss_limit_follows_the_stream():
    model = BPRegressor((), optimizer=SGD(momentum=0), learning_rate=0.1, random_state=0)
    data = np.full((1, 1), 0.01)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a refused step warns
        for target in (1e-4, 5.0, *[1e-4, 5.0] * 50):
            model.partial_fit(data, [target])
    assert model.n_steps_ == 102
    assert model.predict(data)[0] == pytest.approx(2.5, abs=0.5)


@pytest.mark.parametrize("optimizer", ["adagrad", "adam", "rmsprop", SGD(), RMSProp(momentum=0.9)])
def test_partial_fit_after_fit_goes_on_with_the_state_of_the_optimizer(optimizer):
    params = {"optimizer": optimizer, "tol": None, "random_state": 0, "batch_size": 7}
    params |= {"learning_rate": 0.01, "weight_decay": 0.01}
    whole = BPClassifier(5, max_iter=6, **params).fit(X, y)
    parts = BPClassifier(5, max_iter=4, **params).fit(X, y)
    copied = copy.deepcopy(parts)
    for model in (parts, copied):
        for _ in range(2):
            model.partial_fit(X, y)
        np.testing.assert_array_equal(model.coefs_[0], whole.coefs_[0])


def test_partial_fit_goes_on_after_early_stopping_without_holding_out():
    model = BPClassifier(5, early_stopping=True, max_iter=5, tol=None, random_state=0).fit(X, y)
    seen = model.t_
    model.partial_fit(X, y)
    assert model.t_ == seen + 60
    assert model.best_epoch_ is None


def test_history_of_a_long_stream_is_bounded():
    model = BPRegressor((), random_state=0).partial_fit(X, X[:, 0])
    for values in model.history_.values():
        values.extend(values * (2 * MOST_CALLS - 1))
    model.partial_fit(X, X[:, 0])
    assert {len(values) for values in model.history_.values()} == {MOST_CALLS}
    assert model.n_iter_ == 2
    assert model.loss_curve_[-1] == model.loss_


def test_several_labels_take_names_or_values_as_classes_in_every_call():
    Y = np.column_stack([y, 1 - y, X[:, 1] > 0]).astype(int)
    for classes in (["a", "b", "c"], [0, 1], [0, 1, 2], None):
        model = BPClassifier((), random_state=0)
        for _ in range(2):
            model.partial_fit(X, Y, classes=classes)
        assert model.predict(X).shape == (60, 3)
    with pytest.raises(ValueError, match=r"classes=\['a', 'b'\] must name the 3 label columns"):
        model.partial_fit(X, Y, classes=["a", "b"])
