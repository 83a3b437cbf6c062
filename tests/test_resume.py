"""Training can stop anywhere and go on later as if it had not stopped."""

import copy
import io
import pickle

import joblib
import numpy as np
import pytest
from cases import both
from helpers import assert_same_bits, assert_same_up_to_rounding, classes_for
from resume_cases import WIDE, K, M, X, every_variant, quick, y, y_wide

from sk_bp import BPClassifier
from sk_bp.optimizers import BY_BATCH


def by_warm_start(est, X, y, between):
    est.set_params(warm_start=True, max_iter=K).fit(X, y)
    return between(est).set_params(max_iter=M).fit(X, y)


def by_partial_fit(est, X, y, between):
    for i in range(K + M):
        if i == K:
            est = between(est)
        if i == 0 and isinstance(est, BPClassifier):
            est.partial_fit(X, y, classes=np.unique(y))
        else:
            est.partial_fit(X, y)
    return est


def by_partial_fit_after_warm_start(est, X, y, between):
    est = between(est.set_params(warm_start=True, max_iter=K).fit(X, y))
    for _ in range(M):
        est.partial_fit(X, y)
    return est


def by_warm_start_after_partial_fit(est, X, y, between):
    for _ in range(K):
        est.partial_fit(X, y, **(classes_for(type(est))))
    return between(est).set_params(warm_start=True, max_iter=M).fit(X, y)


def through_joblib(est):
    file = io.BytesIO()
    joblib.dump(est, file)
    file.seek(0)
    return joblib.load(file)


RESUMES = [
    by_warm_start,
    by_partial_fit,
    by_partial_fit_after_warm_start,
    by_warm_start_after_partial_fit,
]


BREAKS = {
    "nothing": lambda est: est,
    "pickle": lambda est: pickle.loads(pickle.dumps(est)),
    "deepcopy": copy.deepcopy,
    "joblib": through_joblib,
}


@pytest.mark.parametrize("resume", RESUMES)
@every_variant
@both
def test_k_epochs_and_m_more_give_the_bits_of_k_plus_m(Estimator, optimizer, resume):
    whole = quick(Estimator, optimizer=optimizer, max_iter=K + M).fit(X, y)
    for between in BREAKS.values():
        parts = resume(quick(Estimator, optimizer=optimizer), X, y, between)
        assert_same_bits(parts, whole)
        assert parts.history_ == whole.history_
        assert (parts.n_iter_, parts.n_steps_, parts.t_) == (K + M, 5 * (K + M), 30 * (K + M))
        assert parts.best_loss_ == whole.best_loss_
        assert parts.learning_rate_ == whole.learning_rate_


@pytest.mark.parametrize("resume", RESUMES)
@every_variant
@both
def test_on_sparse_data_parts_give_the_whole_up_to_rounding(Estimator, optimizer, resume):
    whole = quick(Estimator, optimizer=optimizer, max_iter=K + M).fit(WIDE, y_wide)
    for between in BREAKS.values():
        parts = resume(quick(Estimator, optimizer=optimizer), WIDE, y_wide, between)
        assert_same_up_to_rounding(parts, whole)


@pytest.mark.parametrize("resume", RESUMES)
def test_float32_resumes_to_the_same_bits(resume):
    single = X.astype(np.float32)
    whole = quick(BPClassifier, max_iter=K + M).fit(single, y)
    parts = resume(quick(BPClassifier), single, y, BREAKS["pickle"])
    assert parts.coefs_[0].dtype == np.float32
    assert_same_bits(parts, whole)


@pytest.mark.parametrize("optimizer", BY_BATCH)
def test_weighted_and_multilabel_training_resumes_to_the_same_bits(optimizer, rng):
    Y = np.column_stack([y, X[:, 0] > 0]).astype(int)
    weight = rng.integers(0, 3, len(y)).astype(float)
    whole = quick(BPClassifier, optimizer=optimizer, max_iter=K + M).fit(X, Y, weight)
    parts = quick(BPClassifier, optimizer=optimizer)
    for _ in range(K + M):
        parts.partial_fit(X, Y, sample_weight=weight)
    assert_same_bits(parts, whole)


@both
def test_patience_is_kept_over_warm_starts(Estimator):
    # No epoch improves by tol=10: eleven in a row end the training, counted over all calls.
    whole = quick(Estimator, tol=10, n_iter_no_change=10, max_iter=50).fit(X, y)
    parts = quick(Estimator, tol=10, n_iter_no_change=10, max_iter=4, warm_start=True)
    for _ in range(2):
        with pytest.warns(UserWarning, match="max_iter=4"):
            parts.fit(X, y)
    parts.set_params(max_iter=50).fit(X, y)
    assert parts.n_iter_ == whole.n_iter_
    assert_same_bits(parts, whole)
