"""Loss curves of test samples, which the callback LearningCurve measures."""

import numpy as np
import pytest
from display_cases import X, fitted, labels, target, y
from numpy.testing import assert_allclose, assert_array_equal

from sk_bp import BPClassifier, BPRegressor
from sk_bp.callbacks import LearningCurve
from sk_bp.inspection import LossCurveDisplay

pytest.importorskip("sklearn.callback")  # scikit-learn 1.9
pytestmark = pytest.mark.usefixtures("close_figures")
X_test, y_test = X[:30] + 0.1, y[::3]


@pytest.mark.parametrize("scaling", [False, True])
def test_the_test_curve_ends_at_the_loss_of_the_test_samples(scaling, tmp_path):
    curve = LearningCurve(tmp_path / "curve.png", X_test=X_test, y_test=y_test)
    model = BPClassifier(5, max_iter=6, tol=None, scaling=scaling, random_state=0)
    model.set_callbacks(curve).fit(X, y)
    log_proba = model.predict_log_proba(X_test)
    of_labels = log_proba[np.arange(30), np.searchsorted(model.classes_, y_test)]
    assert curve.test_losses_.shape == (6,)
    assert_allclose(curve.test_losses_[-1], -of_labels.mean(), rtol=1e-12)
    assert labels(curve.display_.ax_) == ["training", "test"]


def test_the_test_curve_of_a_regression_is_half_the_mean_squared_error():
    curve = LearningCurve(X_test=X_test, y_test=target[:30])
    model = BPRegressor(5, max_iter=4, tol=None, random_state=0).set_callbacks(curve)
    model.fit(X, 100 + 10 * target)
    errors = model.predict(X_test) - target[:30]
    assert_allclose(curve.test_losses_[-1], np.mean(errors**2) / 2, rtol=1e-12)


def test_the_test_curve_stands_beside_those_of_training_and_held_out_samples():
    curve = LearningCurve(X_test=X_test, y_test=y_test)
    model = fitted(5, early_stopping=True, n_restarts=2)
    model.set_callbacks(curve).fit(X, y)
    assert labels(curve.display_.ax_) == ["training", "validation", "weights kept", "test"]
    again = LossCurveDisplay.from_estimator(model, test_loss=curve.test_losses_)
    training, validation, test = again.lines_
    assert_array_equal(test.get_ydata(), curve.test_losses_)
    assert np.isfinite(curve.test_losses_).all()
    assert len(training.get_ydata()) == len(validation.get_ydata()) == len(test.get_ydata())


def test_epochs_before_the_callback_was_set_have_no_test_loss():
    model = fitted(5, warm_start=True)
    curve = LearningCurve(X_test=X_test, y_test=y_test)
    model.set_callbacks(curve).fit(X, y)
    assert_array_equal(np.isnan(curve.test_losses_), [True] * 8 + [False] * 8)


def test_training_does_not_depend_on_the_test_samples():
    model = fitted(5)
    watched = BPClassifier(**model.get_params())
    watched.set_callbacks(LearningCurve(X_test=X_test, y_test=y_test)).fit(X, y)
    for one, two in zip(model.coefs_, watched.coefs_, strict=True):
        assert_array_equal(one, two)


def test_test_samples_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="belong together, but y_test is None"):
        LearningCurve(X_test=X_test)
    with pytest.raises(ValueError, match="belong together, but X_test is None"):
        LearningCurve(y_test=y_test)
    model = BPClassifier(5, max_iter=2, tol=None, random_state=0)
    with pytest.raises(ValueError, match="features"):
        model.set_callbacks(LearningCurve(X_test=X_test[:, :3], y_test=y_test)).fit(X, y)
    with pytest.raises(ValueError, match=r"test_loss has shape \(2,\), but there are losses"):
        LossCurveDisplay.from_estimator(fitted(5), test_loss=[1.0, 2.0])
