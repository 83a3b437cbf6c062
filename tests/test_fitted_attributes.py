"""What an estimator knows after a fit."""

import copy
import inspect

import numpy as np
import pytest
from cases import both, layouts
from helpers import assert_same_bits, classes_for, quick, two_classes, weights
from scipy import sparse

from sk_bp import (
    BPClassifier,
    BPRegressor,
    CosineDecay,
    ExponentialDecay,
)
from sk_bp.optimizers import BY_BATCH

X, y = two_classes(40, 5)


@both
def test_fitted_attributes_mean_what_they_say(Estimator):
    est = quick(
        Estimator,
        hidden_layer_sizes=(7, 3),
        batch_size=12,
        max_iter=5,
        learning_rate=ExponentialDecay(0.01, factor=0.5, n_steps=4),
    ).fit(X, y)
    assert [W.shape for W in est.coefs_] == [(5, 7), (7, 3), (3, 1)]
    assert [b.shape for b in est.intercepts_] == [(7,), (3,), (1,)]
    assert (est.n_layers_, est.n_outputs_, est.n_features_in_) == (4, 1, 5)
    assert (est.n_iter_, est.n_steps_, est.t_) == (5, 20, 200)
    assert est.learning_rate_ == pytest.approx(0.01 * 0.5 ** (19 / 4))
    assert est.history_["learning_rate"] == pytest.approx(
        [0.01 * 0.5 ** ((4 * epoch - 1) / 4) for epoch in range(1, 6)]
    )
    assert est.loss_curve_ == est.history_["loss"]
    assert est.loss_ == est.loss_curve_[-1]
    assert est.best_loss_ == min(est.loss_curve_)
    assert est.validation_scores_ is None
    assert est.best_validation_score_ is None
    assert {len(values) for values in est.history_.values()} == {5}
    assert all(type(value) is float for values in est.history_.values() for value in values)
    assert not hasattr(est, "feature_names_in_")


@both
def test_histories_are_equally_long_with_validation_in_some_calls_only(Estimator):
    est = quick(Estimator, warm_start=True).fit(X, y)
    est.fit(X, y, X_val=X[:9], y_val=y[:9]).fit(X, y)
    assert {len(values) for values in est.history_.values()} == {12}
    assert set(est.history_) == {"loss", "learning_rate", "validation_score"}
    scored = np.isfinite(est.history_["validation_score"])
    assert scored.tolist() == [False] * 4 + [True] * 4 + [False] * 4


@both
def test_the_loss_of_one_batch_is_that_of_the_weights_before_its_step(Estimator):
    est = quick(Estimator, max_iter=2).fit(X, y)
    before = quick(Estimator, max_iter=1).fit(X, y)
    if Estimator is BPClassifier:
        loss = -before.predict_log_proba(X)[np.arange(40), y].mean()
    else:
        loss = 0.5 * ((before.predict(X) - y) ** 2).mean()
    assert est.loss_ == pytest.approx(loss, rel=1e-12)


@both
def test_the_learning_rate_none_is_a_cosine_or_the_default_of_the_optimizer(Estimator):
    for name, Optimizer in BY_BATCH.items():
        for params in ({}, {"warm_start": True}):
            est = quick(Estimator, optimizer=name, learning_rate=None, **params).fit(X, y)
            rate = CosineDecay(Optimizer.peak_learning_rate)
            if params:
                rate = Optimizer.default_learning_rate
                assert est.learning_rate_ == rate
            explicit = quick(Estimator, optimizer=name, learning_rate=rate).fit(X, y)
            assert_same_bits(est, explicit)
        stream = quick(Estimator, optimizer=name, learning_rate=None)
        stream.partial_fit(X, y, **classes_for(Estimator))
        assert stream.learning_rate_ == Optimizer.default_learning_rate


@layouts
@both
def test_weights_have_the_precision_of_X(Estimator, layout):
    for given, kept in [
        (np.float32, np.float32),
        (np.float64, np.float64),
        (np.int64, np.float64),
        (np.int8, np.float64),
        (bool, np.float64),
    ]:
        est = quick(Estimator).fit(layout((X > 0).astype(given)), y)
        assert {W.dtype for W in weights(est)} == {np.dtype(kept)}
        if Estimator is BPRegressor:
            assert est.predict(X).dtype == kept


def test_float16_is_trained_as_float64():
    assert quick(BPClassifier).fit(X.astype(np.float16), y).coefs_[0].dtype == np.float64


@pytest.mark.parametrize("order", ["C", "F", "strided", "read-only"])
@both
def test_the_memory_order_of_X_and_y_makes_no_difference(Estimator, order):
    data, target = X.copy(), y.astype(float)
    if order == "F":
        data = np.asfortranarray(data)
    elif order == "strided":
        data, target = np.repeat(X, 2, axis=0)[::2], np.repeat(target, 2)[::2]
    elif order == "read-only":
        data.flags.writeable = target.flags.writeable = False
    est = quick(Estimator, batch_size=7).fit(data, target)
    assert_same_bits(est, quick(Estimator, batch_size=7).fit(X, y.astype(float)))
    np.testing.assert_array_equal(est.predict(data), est.predict(X))


@both
def test_fit_writes_to_nothing_that_it_is_given(Estimator):
    for layout in (np.asarray, sparse.csr_array, sparse.coo_array):
        data, target, weight = layout(X.copy()), y.copy(), np.arange(40.0)
        before = copy.deepcopy((data, target, weight))
        quick(Estimator).fit(data, target, weight).predict(data)
        difference = abs(data - before[0])
        assert (difference.nnz if sparse.issparse(difference) else difference.sum()) == 0
        np.testing.assert_array_equal(target, before[1])
        np.testing.assert_array_equal(weight, before[2])


@both
def test_an_absent_attribute_is_an_attribute_error(Estimator):
    model = Estimator()
    assert "fit" in dir(model)
    inspect.getmembers(model)
    fitted = {name for name in dir(Estimator) if name.endswith("_") and not name.startswith("_")}
    assert {"coefs_", "history_", "n_iter_"} < fitted
    for name in fitted:
        assert not hasattr(model, name)
    model.coefs_ = [np.ones((4, 1))]
    inspect.getmembers(model)
    model._repr_html_()
