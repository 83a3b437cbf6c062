"""Samples that are held out, or given to be scored."""

import numpy as np
import pytest
from cases import both
from helpers import assert_same_bits, quick, two_classes
from scipy import sparse

from sk_bp import BPClassifier

X, y = two_classes(40, 5)


@both
def test_a_part_of_the_samples_is_held_out_and_never_trained_on(Estimator):
    seen = []

    def scoring(estimator, data, target):
        seen.append(data.copy())
        return 0.0

    est = quick(Estimator, early_stopping=True, validation_fraction=0.25, scoring=scoring)
    est.fit(X, y)
    assert all(part.shape == (10, 5) for part in seen)
    for part in seen:
        np.testing.assert_array_equal(part, seen[0])
    assert est.t_ == 30 * est.n_iter_
    assert len({*map(tuple, seen[0])} & {*map(tuple, X)}) == 10


@pytest.mark.parametrize("labels", [np.array([0, 1]), np.array(["rare", "usual"])], ids=str)
def test_the_held_out_part_keeps_the_shares_of_the_classes(labels):
    held_out = []

    def scoring(estimator, data, target):
        held_out.append(target)
        return 0.0

    target = labels[(np.arange(40) >= 8).astype(int)]
    est = quick(BPClassifier, early_stopping=True, validation_fraction=0.25, scoring=scoring)
    for random_state in range(5):
        est.set_params(random_state=random_state).fit(X, target)
    assert {(part == labels[0]).sum() for part in held_out} == {2}


@pytest.mark.parametrize("rare", [1, 3])
def test_a_split_that_cannot_keep_the_shares_is_told(rare):
    target = np.zeros(40, dtype=int)
    target[:rare] = 1
    fraction = 0.1 if rare == 1 else 0.02
    est = quick(BPClassifier, early_stopping=True, validation_fraction=fraction)
    with pytest.warns(UserWarning, match=f"rarest with {rare}.*{fraction}.*ignores classes"):
        est.fit(X, target)
    assert est.classes_.tolist() == [0, 1]


@both
def test_sparse_and_dense_validation_give_the_same_scores(Estimator):
    dense = quick(Estimator, early_stopping=True).fit(X, y, X_val=X[:9], y_val=y[:9])
    thin = quick(Estimator, early_stopping=True)
    thin.fit(sparse.csr_array(X), y, X_val=sparse.coo_array(X[:9]), y_val=y[:9])
    np.testing.assert_allclose(thin.validation_scores_, dense.validation_scores_, rtol=1e-10)


@both
def test_given_validation_samples_leave_all_samples_to_train_on(Estimator):
    est = quick(Estimator, early_stopping=True).fit(X, y, X_val=X[:8], y_val=y[:8])
    assert est.t_ == 40 * 4
    assert_same_bits(
        quick(Estimator).fit(X, y),
        quick(Estimator).fit(X, y, X_val=X[:8], y_val=y[:8]),  # without early stopping: only scored
    )


@both
def test_the_score_by_loss_is_the_negative_weighted_mean_loss(Estimator):
    X_val, y_val, weight = X[:9], y[:9], np.arange(9.0)
    est = quick(Estimator).fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=weight)
    if Estimator is BPClassifier:
        losses = -est.predict_log_proba(X_val)[np.arange(9), y_val]
    else:
        losses = 0.5 * (est.predict(X_val) - y_val) ** 2
    assert est.validation_scores_[-1] == pytest.approx(
        -np.average(losses, weights=weight), rel=1e-10
    )
