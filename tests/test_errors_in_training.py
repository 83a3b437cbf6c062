"""Errors in the midst of training leave a model that is whole."""

import numpy as np
import pytest
from cases import both
from helpers import assert_same_state, quick, state, two_classes
from sklearn.exceptions import ConvergenceWarning

from sk_bp import BPClassifier, BPRegressor, Schedule

X, y = two_classes(12, 4)


class Late(Schedule):
    """Goes wrong from step 2 on."""

    def __init__(self, value=np.nan):
        self.value = value

    def __call__(self, steps):
        return np.where(steps < 2, 0.01, self.value)


@pytest.mark.parametrize("early_stopping", [False, True])
@both
def test_a_schedule_that_goes_wrong_late_leaves_a_warm_started_model(Estimator, early_stopping):
    est = quick(Estimator, max_iter=1, warm_start=True).fit(X, y)
    est.set_params(
        learning_rate=Late(), max_iter=5, early_stopping=early_stopping, validation_fraction=0.5
    )
    before = state(est)
    with pytest.raises(ValueError, match=r"learning_rate=Late\(\).*nan for step 2"):
        est.fit(X, y)
    assert_same_state(est, before)


@both
def test_a_scoring_that_raises_leaves_a_warm_started_model(Estimator):
    calls = []

    def scoring(estimator, X, y):
        calls.append(1)
        if len(calls) > 1:
            raise RuntimeError("no more scores")
        return 0.0

    est = quick(Estimator, warm_start=True).fit(X, y)
    est.set_params(scoring=scoring, max_iter=5)
    before = state(est)
    with pytest.raises(RuntimeError, match="no more scores"):
        est.fit(X, y, X_val=X, y_val=y)
    assert_same_state(est, before)


@both
def test_a_warning_turned_into_an_error_leaves_a_warm_started_model_trained(Estimator):
    est = quick(Estimator, warm_start=True).fit(X, y)
    whole = quick(Estimator, max_iter=8).fit(X, y)
    est.set_params(tol=1e-4)
    with pytest.raises(ConvergenceWarning, match="max_iter=4"):
        est.fit(X, y)
    assert est.n_iter_ == len(est.loss_curve_) == 8
    np.testing.assert_array_equal(est.coefs_[0], whole.coefs_[0])


@both
def test_a_scorer_of_the_other_task_leaves_no_half_fitted_model(Estimator):
    scoring = "neg_log_loss" if Estimator is BPRegressor else "neg_mean_poisson_deviance"
    names = np.array(["a", "b"])[y] if Estimator is BPClassifier else y
    est = quick(Estimator, scoring=scoring)
    with pytest.raises((ValueError, TypeError, AttributeError)):
        est.fit(X, names, X_val=X, y_val=names)
    assert not hasattr(est, "n_features_in_")
