"""The weights of the best epoch, by the score of held-out samples."""

import numpy as np
import pytest
from cases import both
from helpers import assert_same_bits, quick, two_classes, weights
from scipy import sparse
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss

from sk_bp import BPClassifier

X, y = two_classes(40, 5)


def own_score(estimator, data, target):
    return estimator.score(data, target)


@pytest.mark.parametrize("scoring", ["loss", None, "named", own_score], ids=str)
@both
def test_the_weights_of_the_best_epoch_are_restored(Estimator, scoring):
    if scoring == "named":
        scoring = "accuracy" if Estimator is BPClassifier else "r2"
    # A rate this high makes the scores go up and down, so that the last epoch is not the best.
    est = quick(
        Estimator,
        early_stopping=True,
        scoring=scoring,
        max_iter=30,
        learning_rate=0.1,
        batch_size=5,
    )
    X_val, y_val = X[::3] + 0.3, y[::3]
    est.fit(X, y, X_val=X_val, y_val=y_val)
    best = int(np.argmax(est.validation_scores_))
    assert best < 29
    assert est.best_validation_score_ == est.validation_scores_[best]
    until_best = quick(Estimator, max_iter=best + 1, learning_rate=0.1, batch_size=5).fit(X, y)
    assert_same_bits(est, until_best)


@pytest.mark.filterwarnings("ignore:.*no better than a constant")
@both
def test_early_stopping_ends_by_the_score_and_not_by_the_loss(Estimator):
    scores = iter([1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0])
    est = quick(
        Estimator,
        early_stopping=True,
        scoring=lambda estimator, X, y: next(scores),
        tol=0.5,
        n_iter_no_change=3,
        max_iter=50,
    ).fit(X, y)
    assert est.n_iter_ == 6
    assert est.validation_scores_ == [1.0, 2.0, 2.0, 2.0, 2.0, 2.0]


@both
def test_a_score_that_is_nan_is_never_the_best(Estimator):
    scores = iter([1.0, 3.0, np.nan, 2.0, np.nan])
    est = quick(Estimator, early_stopping=True, max_iter=5)
    est.set_params(scoring=lambda estimator, X, y: next(scores)).fit(X, y, X_val=X, y_val=y)
    assert est.best_validation_score_ == 3
    assert_same_bits(est, quick(Estimator, max_iter=2).fit(X, y))


@pytest.mark.parametrize("scoring", ["loss", None])
def test_early_stopping_takes_several_labels_sparse_input_and_string_labels(scoring):
    est = quick(BPClassifier, early_stopping=True, scoring=scoring)
    est.fit(X, np.column_stack([y, X[:, 0] > 0]).astype(int))
    assert len(est.validation_scores_) == 4
    est.fit(sparse.csc_array(X), np.array(["a", "b"])[y])
    assert len(est.validation_scores_) == 4
    assert set(est.predict(X)) <= {"a", "b"}


def test_a_warm_start_keeps_the_best_weights_until_they_are_beaten():
    data, labels = load_digits(return_X_y=True)
    data, held_out = {"X": data[:900] / 16, "y": labels[:900]}, (data[900:] / 16, labels[900:])
    validation = dict(zip(("X_val", "y_val"), held_out, strict=True))
    est = BPClassifier(20, max_iter=15, early_stopping=True, tol=None, warm_start=True)
    est.set_params(random_state=0, learning_rate=0.01).fit(**data, **validation)
    before, best, score = weights(est), est.best_epoch_, est.best_validation_score_
    assert best == np.argmax(est.validation_scores_) + 1
    est.set_params(learning_rate=1.0, max_iter=2).fit(**data, **validation)
    assert max(est.validation_scores_[15:]) < score
    for W, kept in zip(weights(est), before, strict=True):
        np.testing.assert_array_equal(W, kept)
    assert est.best_epoch_ == best
    assert est.n_iter_ == 17
    est.set_params(learning_rate=1e-4, max_iter=5).fit(**data, **validation)
    assert est.best_epoch_ > 17  # beaten
    assert -log_loss(held_out[1], est.predict_proba(held_out[0])) > score


@both
def test_the_best_epoch_is_known_only_where_weights_were_kept(Estimator):
    est = quick(Estimator).fit(X, y, X_val=X, y_val=y)
    assert est.best_epoch_ is None
    est = quick(Estimator, early_stopping=True).fit(X, y)
    assert 1 <= est.best_epoch_ <= est.n_iter_
    est.set_params(early_stopping=False).partial_fit(X, y)
    assert est.best_epoch_ is None
