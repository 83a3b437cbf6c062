"""Weights of samples: an integer weight is a repeated row."""

import numpy as np
import pytest
from cases import both, every_loss, every_optimizer, layouts
from helpers import (
    assert_same_bits,
    assert_same_up_to_rounding,
    curve_and_classes,
    estimator_class,
    quick,
    scaled_iris,
    targets_for,
    two_classes,
)
from scipy import sparse
from sklearn.base import clone

from sk_bp import SGD, BPClassifier, BPRegressor

iris, species = scaled_iris()
X, y = two_classes(40, 5)
SAMPLES, _, classes = curve_and_classes()


# Full batches: an integer weight is exactly a repeated row.
@pytest.mark.parametrize(
    "params", [{}, {"hidden_layer_sizes": ()}, {"activation": "tanh"}], ids=str
)
@every_optimizer
@both
def test_an_integer_weight_is_a_repeated_row_in_full_batches(Estimator, optimizer, params):
    count = np.arange(40) % 4
    common = {"optimizer": optimizer, "batch_size": 1000, "max_iter": 20}
    params = {**common, "alpha": 0.1, "weight_decay": 0.1, **params}
    weighted = quick(Estimator, **params).fit(X, y, sample_weight=count)
    repeated = quick(Estimator, **params).fit(np.repeat(X, count, axis=0), np.repeat(y, count))
    assert_same_up_to_rounding(weighted, repeated)
    np.testing.assert_allclose(weighted.loss_curve_, repeated.loss_curve_, rtol=1e-9)


@layouts
@every_loss
def test_an_integer_weight_is_a_repeated_row_with_every_loss(loss, task, layout, rng):
    count, target = np.arange(40) % 4, targets_for(task, 40, rng)
    model = quick(estimator_class(task), loss=loss, batch_size=1000, max_iter=20)
    weighted = clone(model).fit(layout(X), target, sample_weight=count)
    rows = np.repeat(np.arange(40), count)
    repeated = model.fit(layout(X[rows]), target[rows])
    assert_same_up_to_rounding(weighted, repeated)
    np.testing.assert_allclose(weighted.loss_curve_, repeated.loss_curve_, rtol=1e-9)


def test_an_integer_weight_is_a_repeated_row_for_several_labels_and_sparse_input():
    count = np.arange(40) % 4
    Y = np.column_stack([y, X[:, 0] > 0]).astype(int)
    thin = sparse.csr_array(X * (abs(X) > 1))
    weighted = quick(BPClassifier, batch_size=1000).fit(thin, Y, sample_weight=count)
    rows = np.repeat(np.arange(40), count)
    assert_same_up_to_rounding(
        weighted, quick(BPClassifier, batch_size=1000).fit(thin[rows], Y[rows])
    )


@pytest.mark.parametrize("early_stopping", [False, True])
@layouts
@every_optimizer
@both
def test_rows_of_weight_zero_are_as_good_as_removed(
    Estimator, optimizer, layout, early_stopping, rng
):
    weight = np.where(np.arange(40) % 3 == 0, 0.0, rng.random(40) + 0.1)
    kept = weight > 0
    params = {"optimizer": optimizer, "batch_size": 7, "early_stopping": early_stopping}
    zeroed = quick(Estimator, **params).fit(layout(X), y, sample_weight=weight)
    removed = quick(Estimator, **params).fit(layout(X[kept]), y[kept], sample_weight=weight[kept])
    assert_same_bits(zeroed, removed)
    assert zeroed.history_ == removed.history_
    assert zeroed.t_ == removed.t_


def test_classes_of_weight_zero_are_classes_all_the_same():
    est = quick(BPClassifier).fit(iris, species, sample_weight=species > 0)
    assert est.classes_.tolist() == [0, 1, 2]
    assert est.predict_proba(iris).shape == (150, 3)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_class_of_class_weight_zero_is_as_good_as_removed(early_stopping):
    params = {"batch_size": 7, "early_stopping": early_stopping, "validation_fraction": 0.2}
    by_class = quick(BPClassifier, class_weight={0: 0.0}, **params).fit(iris, species)
    by_sample = quick(BPClassifier, **params).fit(iris, species, sample_weight=species > 0)
    assert_same_bits(by_class, by_sample)


@both
def test_weights_of_one_are_no_weights(Estimator):
    plain = quick(Estimator, batch_size=7).fit(X, y)
    for weight in (np.ones(40), np.ones(40, dtype=int), np.ones(40, dtype=bool), 1.0, [1] * 40):
        assert_same_up_to_rounding(quick(Estimator, batch_size=7).fit(X, y, weight), plain)


@pytest.mark.parametrize("factor", [1e-20, 3.0, 1e20])
@both
def test_only_the_ratios_of_weights_count_without_a_penalty(Estimator, factor, rng):
    weight = rng.random(40) + 0.1
    one = quick(Estimator, batch_size=7, alpha=0).fit(X, y, weight)
    assert_same_up_to_rounding(
        one, quick(Estimator, batch_size=7, alpha=0).fit(X, y, factor * weight)
    )


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_batch_divides_by_its_size_times_the_mean_weight(shuffle, rng):
    # Linear regression by plain SGD, against the same in NumPy. The order of a shuffled epoch is
    # read off by giving every sample a target that tells it.
    weight = rng.random(40) + 0.1
    target = X[:, 0] + 1
    alpha, eta, S, size = 0.5, 0.05, weight.sum(), 12
    params = {
        "hidden_layer_sizes": (),
        "optimizer": SGD(momentum=0),
        "learning_rate": eta,
        "alpha": alpha,
        "batch_size": size if not shuffle else 40,
        "shuffle": shuffle,
    }
    start = quick(BPRegressor, **{**params, "learning_rate": 1e-300, "alpha": 0}).fit(X, target)
    w, b = start.coefs_[0][:, 0].copy(), start.intercepts_[0][0]
    for _ in range(4):
        for first in range(0, 40, params["batch_size"]):
            batch = slice(first, first + params["batch_size"])
            B = len(X[batch])
            delta = weight[batch] * (X[batch] @ w + b - target[batch]) / (B * S / 40)
            w, b = (1 - eta * alpha / S) * w - eta * X[batch].T @ delta, b - eta * delta.sum()
    est = quick(BPRegressor, **params).fit(X, target, sample_weight=weight)
    np.testing.assert_allclose(est.coefs_[0][:, 0], w, rtol=1e-10)
    np.testing.assert_allclose(est.intercepts_[0], [b], rtol=1e-10)


def test_weights_draw_the_model_towards_the_samples_that_count():
    target = np.zeros(40)
    target[::2] = 1.0  # nothing in X tells which
    params = {"hidden_layer_sizes": (), "optimizer": "sgd", "learning_rate": 0.1, "max_iter": 300}
    est = quick(BPRegressor, **params).fit(np.ones((40, 1)), target, np.where(target, 3.0, 1.0))
    np.testing.assert_allclose(est.predict([[1.0]]), [0.75], atol=1e-3)


@both
@pytest.mark.parametrize("scale", [1e-300, 1e-42, 1e-9, 1e10, 1e308])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_only_ratios_of_sample_weights_count_at_any_scale(Estimator, scale, dtype, rng):
    weight = rng.choice([0.0, 0.25, 0.5, 1.0], size=200)
    params = {"max_iter": 3, "tol": None, "random_state": 0, "optimizer": "adam"}
    one = Estimator(5, **params).fit(SAMPLES.astype(dtype), classes, sample_weight=weight)
    other = Estimator(5, **params).fit(SAMPLES.astype(dtype), classes, sample_weight=scale * weight)
    assert np.isfinite(other.loss_)
    np.testing.assert_allclose(other.loss_, one.loss_, rtol=1e-5)
    np.testing.assert_allclose(other.coefs_[0], one.coefs_[0], rtol=1e-4, atol=1e-6)
