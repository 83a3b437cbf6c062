"""Weights of classes: they multiply the weights of their samples."""

import numpy as np
import pytest
from cases import both
from helpers import assert_same_up_to_rounding, curve_and_classes, quick, two_classes, weights

from sk_bp import BPClassifier
from sk_bp.losses import losses_for

X, y = two_classes(40, 5)
SAMPLES, _, labels = curve_and_classes()


def same_model(class_weight, target, weight, given=None):
    """Whether class weights do what the sample weights that they stand for do."""
    by_class = quick(BPClassifier, class_weight=class_weight, batch_size=9)
    by_sample = quick(BPClassifier, batch_size=9)
    assert_same_up_to_rounding(
        by_class.fit(X, target, sample_weight=given), by_sample.fit(X, target, sample_weight=weight)
    )


def test_class_weights_multiply_the_weights_of_their_samples(rng):
    target, given = np.arange(40) % 3, rng.random(40) + 0.1
    same_model({0: 2.0, 2: 0.5}, target, np.array([2.0, 1.0, 0.5])[target])
    same_model({0: 2.0, 2: 0.5}, target, given * np.array([2.0, 1.0, 0.5])[target], given)


@pytest.mark.parametrize("loss", losses_for("binary", "multiclass"))
@pytest.mark.parametrize("n_classes", [2, 3])
def test_class_weights_multiply_the_weights_of_their_samples_with_every_loss(loss, n_classes):
    target = np.arange(40) % n_classes
    by_class = quick(BPClassifier, loss=loss, class_weight={0: 2.0}).fit(X, target)
    weight = np.where(target == 0, 2.0, 1.0)
    by_sample = quick(BPClassifier, loss=loss).fit(X, target, sample_weight=weight)
    assert_same_up_to_rounding(by_class, by_sample)


@pytest.mark.parametrize("class_weight", [{0: 2.0}, "balanced"])
def test_class_weights_serve_float32_too(class_weight):
    labels = np.arange(40) % 4 % 3 % 2  # 30 zeros, 10 ones
    factor = {0: 2.0, 1: 1.0} if isinstance(class_weight, dict) else {0: 40 / 60, 1: 40 / 20}
    weight = np.array([factor[label] for label in labels])
    by_class = quick(BPClassifier, class_weight=class_weight).fit(X.astype(np.float32), labels)
    by_sample = quick(BPClassifier).fit(X.astype(np.float32), labels, sample_weight=weight)
    for W, expected in zip(weights(by_class), weights(by_sample), strict=True):
        assert W.dtype == np.float32
        np.testing.assert_allclose(W, expected, rtol=1e-5, atol=1e-6)


def test_class_weights_go_by_labels_of_any_type():
    factors = np.array([3.0, 1.0])
    same_model({"a": 3.0}, np.array(["a", "b"])[y], factors[y])
    same_model({False: 3.0}, y.astype(bool), factors[y])
    same_model({-1: 3.0}, np.array([-1, 1])[y], factors[y])


def test_balanced_counts_the_weights_of_the_samples(rng):
    target = (np.arange(40) >= 8).astype(int)
    given = rng.random(40) + 0.1
    same_model("balanced", target, np.where(target, 40 / (2 * 32), 40 / (2 * 8)))
    totals = np.array([given[:8].sum(), given[8:].sum()])
    same_model("balanced", target, given * (given.sum() / (2 * totals))[target], given)


def test_balanced_weights_equal_repetition():
    target, count = (np.arange(40) >= 8).astype(int), 1 + np.arange(40) % 3
    params = {"class_weight": "balanced", "batch_size": 1000}
    weighted = quick(BPClassifier, **params).fit(X, target, sample_weight=count)
    rows = np.repeat(np.arange(40), count)
    assert_same_up_to_rounding(weighted, quick(BPClassifier, **params).fit(X[rows], target[rows]))


def test_class_weights_of_several_labels_multiply():
    Y = np.column_stack([y, np.arange(40) % 3 == 0, X[:, 0] > 0]).astype(int)
    factors = np.where(Y[:, 0], 2.0, 1.0) * np.where(Y[:, 1], 3.0, 0.5)
    same_model([{1: 2.0}, {0: 0.5, 1: 3.0}, {}], Y, factors)
    each = [np.where(column, 20 / column.sum(), 20 / (40 - column.sum())) for column in Y.T]
    same_model("balanced", Y, np.prod(each, axis=0))
    same_model([{}, "balanced", {0: 1}], Y, each[1])


def test_a_label_weight_may_name_a_label_that_a_batch_or_a_held_out_part_lacks():
    Y = np.zeros((40, 2), dtype=int)
    Y[:20, 0], Y[3, 1] = 1, 1
    weights_of_labels = [{}, {1: 5.0}]
    est = quick(BPClassifier, class_weight=weights_of_labels)
    for part in (slice(0, 20), slice(20, 40)):  # no label 1 in the second
        est.partial_fit(X[part], Y[part])
    assert est.n_iter_ == 2
    quick(BPClassifier, class_weight=weights_of_labels).fit(X, Y, X_val=X[30:], y_val=Y[30:])
    est.set_params(early_stopping=True).fit(X, Y)


def test_balanced_held_out_samples_are_weighted_by_the_classes_of_the_training_samples():
    # 10 of 40 samples are of class 0, so they weigh 2 and the others 2/3, held out or not.
    target = (np.arange(40) >= 10).astype(int)
    X_val, y_val = X[:12], (np.arange(12) >= 9).astype(int)
    balanced = quick(BPClassifier, class_weight="balanced").fit(X, target, X_val=X_val, y_val=y_val)
    factors = np.array([2.0, 2 / 3])
    by_hand = quick(BPClassifier).fit(
        X,
        target,
        factors[target],
        X_val=X_val,
        y_val=y_val,
        sample_weight_val=factors[y_val],
    )
    np.testing.assert_allclose(balanced.validation_scores_, by_hand.validation_scores_, rtol=1e-10)


def test_partial_fit_takes_class_weights_as_a_dict():
    est = quick(BPClassifier, class_weight={0: 3.0}, batch_size=9)
    est.partial_fit(X, y, classes=[0, 1])
    other = quick(BPClassifier, batch_size=9)
    other.partial_fit(X, y, classes=[0, 1], sample_weight=np.where(y == 0, 3.0, 1.0))
    assert_same_up_to_rounding(est, other)


@both
@pytest.mark.parametrize("scale", [1e-320, 1e-300, 1e308])
def test_only_ratios_of_sample_weights_times_class_weights_count(Estimator, scale):
    factors = np.where(labels == 1, 4.0, 1.0)
    given = {"class_weight": {0: scale, 1: 4 * scale}} if Estimator is BPClassifier else {}
    if Estimator is BPClassifier and not np.isfinite(4 * scale):
        given = {"class_weight": {0: scale / 4, 1: scale}}
    weight = np.full(200, scale) if given else factors / 4 * scale
    params = {"max_iter": 2, "tol": None, "random_state": 0, "optimizer": "adam"}
    extreme = Estimator(5, **params, **given).fit(SAMPLES, labels, sample_weight=weight)
    plain = Estimator(5, **params).fit(SAMPLES, labels, sample_weight=factors)
    np.testing.assert_allclose(extreme.coefs_[0], plain.coefs_[0], rtol=1e-3)
