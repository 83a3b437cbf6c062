"""Training that diverges ends in a warning and a finite model."""

import numpy as np
import pytest
from cases import both, every_optimizer, layouts, precisions
from helpers import assert_finite, classes_for, line_of, quick, two_classes, weights
from sklearn.exceptions import ConvergenceWarning

from sk_bp import SGD, BPClassifier, BPRegressor
from sk_bp.optimizers import OPTIMIZERS

X, y = two_classes(40, 5)


def train(est, data, target, calls_of_partial_fit):
    """Train by fit, or by so many calls of partial_fit."""
    if not calls_of_partial_fit:
        return est.fit(data, target)
    given = classes_for(type(est))
    for _ in range(calls_of_partial_fit):
        est.partial_fit(data, target, **given)
    return est


def assert_diverges_gracefully(est, data, target, calls_of_partial_fit=0):
    """The fit ends with a warning that helps, and a model that is finite throughout."""
    with pytest.warns(ConvergenceWarning) as record:
        train(est, data, target, calls_of_partial_fit)
    message = str(record[0].message)
    assert "step" in message
    assert "epoch" in message
    assert "learning_rate" in message
    assert "scale X" in message
    assert "fit(data, target" in line_of(record[0])
    assert_finite(est)
    assert not np.isnan(est.predict(X.astype(est.coefs_[0].dtype)).astype(float)).any()
    assert not np.isnan(est.best_loss_)


@layouts
@precisions
@every_optimizer
@both
def test_a_huge_learning_rate_ends_in_a_warning_and_a_finite_model(
    Estimator, optimizer, dtype, layout, rng
):
    huge = 1e25 if dtype == np.float32 else 1e200
    est = quick(Estimator, optimizer=optimizer, learning_rate=huge, alpha=0, max_iter=50)
    if optimizer == "adamw":
        est.set_params(optimizer=OPTIMIZERS["adamw"](weight_decay=0))
    target = rng.normal(size=40) if Estimator is BPRegressor else rng.integers(0, 2, 40)
    assert_diverges_gracefully(est, layout(X.astype(dtype)), target)


@every_optimizer
def test_unscaled_regression_data_ends_well_or_in_a_warning(optimizer):
    data, target = X * 1e4, X[:, 0] * 1e6
    est = quick(BPRegressor, optimizer=optimizer, max_iter=30, scaling=False)
    if optimizer in ("sgd", "radam"):  # radam's first steps are along the gradient itself
        assert_diverges_gracefully(est, data, target)
    else:
        est.fit(data, target)
        assert_finite(est)


@precisions
@every_optimizer
@both
def test_huge_X_leaves_a_finite_model(Estimator, optimizer, dtype):
    huge = 1e36 if dtype == np.float32 else 1e305  # beyond, scikit-learn's own check overflows
    data = (np.sign(X) * huge).astype(dtype)
    est = quick(Estimator, optimizer=optimizer, learning_rate=0.1, max_iter=20, scaling=False)
    with pytest.warns(ConvergenceWarning, match=r"epoch.*learning_rate.*scale X"):
        est.fit(data, y)
    assert_finite(est)
    predicted = est.predict_proba(data) if Estimator is BPClassifier else est.predict(data)
    assert not np.isnan(predicted).any()


@layouts
@every_optimizer
@both
def test_a_stream_that_diverges_warns_and_stays_finite(Estimator, optimizer, layout, rng):
    est = quick(Estimator, optimizer=optimizer, learning_rate=1e200, alpha=0)
    if optimizer == "adamw":
        est.set_params(optimizer=OPTIMIZERS["adamw"](weight_decay=0))
    assert_diverges_gracefully(est, layout(X), rng.integers(0, 2, 40), calls_of_partial_fit=20)


@both
def test_early_stopping_keeps_the_best_weights_of_a_fit_that_diverges(Estimator, rng):
    est = quick(
        Estimator, optimizer=SGD(momentum=0), learning_rate=1e200, alpha=0, early_stopping=True
    )
    assert_diverges_gracefully(est.set_params(max_iter=50), X, rng.integers(0, 2, 40))
    assert not np.isnan(est.best_validation_score_)


@layouts
def test_an_explosion_in_the_first_epoch_is_stopped_at_its_second_step(layout, rng):
    """Later steps would take the weights to 1e100."""
    est = quick(BPRegressor, optimizer=SGD(momentum=0), learning_rate=100.0, alpha=0, batch_size=4)
    with pytest.warns(ConvergenceWarning, match=r"at step 2 of 10 of epoch 1: the loss has grown"):
        est.fit(layout(100 * X), rng.normal(size=40))
    assert est.n_steps_ == 1
    assert all(np.abs(W).max() < 1e9 for W in weights(est))


@both
def test_a_model_that_diverged_can_go_on_with_a_smaller_rate(Estimator, rng):
    est = quick(
        Estimator, optimizer="sgd", learning_rate=1e150, alpha=0, warm_start=True, max_iter=30
    )
    target = rng.integers(0, 2, 40)
    assert_diverges_gracefully(est, X, target)
    est.set_params(warm_start=False, learning_rate=0.01).fit(X, target)
    assert est.n_iter_ == 30
