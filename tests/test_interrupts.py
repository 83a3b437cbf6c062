"""Ctrl-C leaves a model that is fitted so far."""

import numpy as np
import pytest
from cases import both, layouts
from helpers import assert_finite, assert_same_bits, classes_for, quick, two_classes, weights
from internals import interrupt_after, make_slices_of_one_step

from sk_bp import BPClassifier, RMSProp

X, y = two_classes(40, 5)


@layouts
def test_an_interrupt_that_comes_after_a_slice_loses_none_of_its_steps(layout, monkeypatch):
    plain = {"batch_size": 4, "shuffle": False, "scaling": False, "alpha": 0}
    est = quick(BPClassifier, max_iter=1, **plain)
    with monkeypatch.context() as patch:
        make_slices_of_one_step(patch)
        interrupt_after(5, patch)
        with pytest.raises(KeyboardInterrupt):
            est.fit(layout(X), y)
    assert est.n_steps_ == 5
    assert est.t_ == 20
    assert np.isfinite(est.loss_)
    stopped = quick(BPClassifier, **plain)
    stopped.partial_fit(layout(X[:20]), y[:20], classes=[0, 1])
    stopped_weights = weights(stopped)
    for W, expected in zip(weights(est), stopped_weights, strict=True):
        np.testing.assert_allclose(W, expected, rtol=1e-12)


def interrupting(after):
    """A score that raises KeyboardInterrupt in the epoch after so many."""
    calls = []

    def scoring(estimator, X, y):
        calls.append(1)
        if len(calls) > after:
            raise KeyboardInterrupt
        return -float(len(calls))  # the first epoch is the best

    return scoring


@layouts
@both
def test_an_interrupt_leaves_a_model_fitted_so_far(Estimator, layout):
    est = quick(Estimator, scoring=interrupting(3), max_iter=10, batch_size=7)
    with pytest.raises(KeyboardInterrupt):
        est.fit(layout(X), y, X_val=layout(X), y_val=y)
    so_far = quick(Estimator, max_iter=4, batch_size=7).fit(layout(X), y)
    assert_same_bits(est, so_far)
    np.testing.assert_array_equal(est.predict(X), so_far.predict(X))
    assert est.n_iter_ == len(est.loss_curve_)
    est.set_params(scoring="loss").partial_fit(layout(X), y)
    assert est.n_iter_ == len(est.loss_curve_)
    assert {len(values) for values in est.history_.values()} == {est.n_iter_}


@both
def test_an_interrupt_with_early_stopping_keeps_the_best_weights(Estimator):
    est = quick(Estimator, scoring=interrupting(3), early_stopping=True, max_iter=10, batch_size=7)
    with pytest.raises(KeyboardInterrupt):
        est.fit(X, y, X_val=X, y_val=y)
    assert_same_bits(est, quick(Estimator, max_iter=1, batch_size=7).fit(X, y))
    assert est.best_validation_score_ == -1


@both
def test_an_interrupt_in_the_first_epoch_leaves_a_model_that_predicts(Estimator):
    est = quick(Estimator, scoring=interrupting(0), max_iter=10)
    with pytest.raises(KeyboardInterrupt):
        est.fit(X, y, X_val=X, y_val=y)
    assert est.predict(X).shape == (40,)
    assert est.n_iter_ == len(est.loss_curve_)


@both
def test_a_stream_that_was_interrupted_goes_on(Estimator, monkeypatch):
    est = quick(Estimator, batch_size=7, optimizer=RMSProp())
    given = classes_for(Estimator)
    est.partial_fit(X, y, **given)
    with monkeypatch.context() as patch:
        interrupt_after(0, patch)
        with pytest.raises(KeyboardInterrupt):
            est.partial_fit(X, y)
    est.partial_fit(X, y)
    assert est.n_iter_ == len(est.loss_curve_)
    assert_finite(est)


@both
def test_a_fit_that_was_interrupted_says_so(Estimator):
    est = quick(Estimator, scoring=interrupting(0))
    with pytest.raises(KeyboardInterrupt):
        est.fit(X, y, X_val=X, y_val=y)
    assert est.end_reason_ == "interrupted"
