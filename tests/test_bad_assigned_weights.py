"""Estimators without weights, and with weights that do not fit."""

import numpy as np
import pytest
from cases import both
from helpers import assert_same_state, prediction_methods, quick, state, two_classes
from sklearn.exceptions import NotFittedError

from sk_bp import BPClassifier
from sk_bp.inspection import check_gradient, gradient_report

X, y = two_classes(12, 4)


@both
def test_what_needs_a_fit_says_so_before_it(Estimator):
    est = quick(Estimator)
    for method in prediction_methods(Estimator):
        with pytest.raises(NotFittedError, match=f"{Estimator.__name__} instance is not fitted"):
            getattr(est, method)(X)
    with pytest.raises(NotFittedError, match="not fitted"):
        est.score(X, y)
    with pytest.raises(AttributeError, match="not fitted"):
        _ = est.coefs_
    assert not hasattr(est, "intercepts_")


def assigned(estimator, coefs, intercepts):
    estimator.coefs_, estimator.intercepts_ = coefs, intercepts
    return estimator


@pytest.mark.parametrize(
    ("coefs", "intercepts"),
    [
        ([np.ones((4, 3)), np.ones((2, 1))], [np.ones(3), np.ones(1)]),
        ([np.ones((4, 3)), np.ones((3, 1))], [np.ones(2), np.ones(1)]),
        ([np.ones((4, 3))], [np.ones(3), np.ones(1)]),
        ([np.ones(4), np.ones((3, 1))], [np.ones(3), np.ones(1)]),
        ([], []),
    ],
    ids=["layers do not fit", "bias too short", "too few", "one-dimensional", "empty"],
)
@both
def test_weights_that_do_not_fit_together_do_not_predict(Estimator, coefs, intercepts):
    with pytest.raises(ValueError, match=r"coefs_.*(intercepts_|sequence)"):
        assigned(quick(Estimator), coefs, intercepts).predict(X)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@both
def test_assigned_weights_that_are_not_finite_are_refused(Estimator, bad):
    est = quick(Estimator).fit(X, y)
    before = state(est)
    coefs = [W.copy() for W in est.coefs_]
    coefs[0][1, 1] = bad
    with pytest.raises(ValueError, match="coefs_ holds NaN or infinity"):
        est.coefs_ = coefs
    with pytest.raises(ValueError, match="intercepts_ holds NaN or infinity"):
        est.intercepts_ = [np.full(3, bad), np.zeros(1)]
    assert_same_state(est, before)


@pytest.mark.parametrize("bad", [None, 3, "weights", ["a"], [np.array(["a"])], [[[1j]]]], ids=repr)
@both
def test_assigned_weights_that_are_no_arrays_of_numbers_are_refused(Estimator, bad):
    est = quick(Estimator).fit(X, y)
    before = state(est)
    with pytest.raises((ValueError, TypeError), match="coefs_"):
        est.coefs_ = bad
    assert_same_state(est, before)


@both
def test_weights_that_wait_for_their_biases_can_be_shown_and_fitted_over(Estimator):
    est = quick(Estimator, hidden_layer_sizes=3).fit(X, y)
    est.coefs_ = [np.ones((5, 3)), np.ones((3, 1))]
    assert Estimator.__name__ in est._repr_html_()
    est.coefs_ = [np.ones((5, 7)), np.ones((7, 1))]
    est.fit(X, y)
    assert est.predict(X).shape == (12,)


def test_weights_for_another_number_of_classes_are_refused():
    est = quick(BPClassifier).fit(X, y)
    coefs, intercepts = [np.ones((4, 3)), np.ones((3, 5))], [np.ones(3), np.ones(5)]
    with pytest.raises(ValueError, match="classes_"):
        assigned(est, coefs, intercepts).predict(X)


def test_a_classifier_with_weights_and_no_classes_says_that_they_are_missing():
    est = quick(BPClassifier)
    est.coefs_ = [np.ones((4, 3)), np.ones((3, 1))]
    est.intercepts_ = [np.ones(3), np.ones(1)]
    with pytest.raises((NotFittedError, ValueError), match="classes_"):
        est.predict(X)


@pytest.mark.filterwarnings("ignore:The number of unique classes:UserWarning")  # scikit-learn < 1.8
@pytest.mark.parametrize("n_classes", [3, 200_000])
def test_assigned_weights_with_another_number_of_outputs_than_classes_are_refused(n_classes):
    data, labels = np.ones((n_classes, 4)), np.arange(n_classes)
    est = BPClassifier(3, warm_start=True)
    est.coefs_, est.intercepts_ = [np.ones((4, 3)), np.ones((3, 1))], [np.zeros(3), np.zeros(1)]
    est.classes_ = labels
    for use in (
        lambda: est.predict(data),
        lambda: est.fit(data, labels),
        lambda: est.partial_fit(data, labels),
        lambda: check_gradient(est, data, labels),
        lambda: gradient_report(est, data, labels),
    ):
        with pytest.raises(ValueError, match=rf"coefs_ give 1 output, .* {n_classes} classes"):
            use()
