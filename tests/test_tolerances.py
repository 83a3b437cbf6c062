"""What counts as progress, how a training ended, and what is said of it."""

import inspect

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning

from sk_bp import SGD, BPClassifier, BPRegressor
from sk_bp.activations import LeakyReLU
from sk_bp.inspection import gradient_report
from sk_bp.losses import Huber

ESTIMATORS = [BPClassifier, BPRegressor]
both = pytest.mark.parametrize("Estimator", ESTIMATORS)
rng = np.random.default_rng(0)
X = rng.normal(size=(200, 4))
curve = np.sin(X[:, 0]) + X[:, 1]
y = (X[:, 0] > 0).astype(int)


@both
def test_an_absent_attribute_is_an_attribute_error(Estimator):
    model = Estimator()
    assert "fit" in dir(model)
    inspect.getmembers(model)
    for name in ("coefs_", "loss_curve_", "_labels", "_task_loss"):
        assert not hasattr(model, name) or name == "_task_loss"
    model.coefs_ = [np.ones((4, 1))]
    inspect.getmembers(model)
    model._repr_html_()


@pytest.mark.parametrize("factor", [1e-4, 1e-2, 1e3])
def test_a_fit_makes_as_many_epochs_in_any_units_of_y(factor):
    """A linear network from zero weights is scale-free with plain descent."""
    params = {"optimizer": SGD(momentum=0), "alpha": 0, "learning_rate": 0.01, "random_state": 0}

    def fitted(target):
        model = BPRegressor((), warm_start=True, max_iter=1, tol=None, **params).fit(X, target)
        model.coefs_, model.intercepts_ = [np.zeros((4, 1))], [np.zeros(1)]
        return model.set_params(tol=1e-3, max_iter=1000).fit(X, target)

    one, other = fitted(curve), fitted(factor * curve)
    assert one.stop_reason_ == other.stop_reason_ == "plateau"
    assert one.n_iter_ == other.n_iter_
    np.testing.assert_allclose(other.predict(X) / factor, one.predict(X), rtol=1e-9, atol=1e-12)


def test_tol_zero_counts_only_progress_as_progress():
    constant = BPRegressor((), learning_rate=1e-300, tol=0, max_iter=100, random_state=0)
    constant.fit(X, curve)  # no weight moves, so that only the sum's rounding changes the loss
    assert constant.n_iter_ < 100
    assert constant.stop_reason_ == "plateau"


@both
def test_the_end_is_named(Estimator):
    target = y if Estimator is BPClassifier else curve
    model = Estimator(5, max_iter=2, random_state=0)
    with pytest.warns(ConvergenceWarning):
        assert model.fit(X, target).stop_reason_ == "max_iter"
    assert model.set_params(optimizer="lbfgs", alpha=1, max_iter=2000).fit(X, target)
    assert model.stop_reason_ in ("converged", "plateau")
    model = Estimator(5, optimizer=SGD(), learning_rate=1e8, alpha=0, random_state=0)
    model.set_params(batch_size=10)
    with pytest.warns(ConvergenceWarning):
        model.fit(1e3 * X, target)
    assert model.stop_reason_ in ("loss_grown", "gradient_too_large", "loss_not_finite")


def test_a_model_that_stopped_on_a_plateau_is_not_called_healthy():
    inputs, xor = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 4, dtype=float), [0, 1, 1, 0] * 4
    model = BPClassifier(2, "logistic", optimizer=SGD(), random_state=0).fit(inputs, xor)
    assert model.stop_reason_ == "plateau"
    report = gradient_report(model, inputs, xor)
    assert any(sentence.startswith("Little learned") for sentence in report.diagnosis)
    assert not any(sentence.startswith("Healthy") for sentence in report.diagnosis)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
@pytest.mark.parametrize("n_restarts", [0, 2])
@pytest.mark.parametrize("scoring", ["r2", None, lambda estimator, X, y: np.nan])
def test_a_score_that_is_nan_is_refused_by_name(scoring, n_restarts):
    model = BPRegressor(early_stopping=True, scoring=scoring, n_restarts=n_restarts)
    with pytest.raises(ValueError, match=r"scoring=.*NaN.*validation_fraction"):
        model.fit(X[:10], X[:10, 0])
    with pytest.raises(ValueError, match=r"scoring=.*NaN.*X_val"):
        model.set_params(early_stopping=False).fit(X, curve, X_val=X[:1], y_val=curve[:1])
    assert not hasattr(model, "coefs_")


def test_errors_of_a_scorer_and_of_the_split_name_the_parameter():
    with pytest.raises(ValueError, match=r"scoring='neg_mean_squared_log_error' cannot score"):
        BPRegressor(early_stopping=True, scoring="neg_mean_squared_log_error").fit(X, -10 - curve)
    with pytest.raises(ValueError, match=r"validation_fraction=0\.1"):
        BPRegressor(early_stopping=True).fit(X[:1], curve[:1])


@both
def test_a_warm_start_refuses_columns_of_other_names_or_another_order(Estimator):
    frame = pd.DataFrame(X, columns=list("abcd"))
    model = Estimator(5, max_iter=2, tol=None, warm_start=True).fit(frame, y)
    before = model.coefs_[0].copy()
    for other in (frame[list("badc")], frame.rename(columns={"a": "z"})):
        with pytest.raises(ValueError, match="feature names"):
            model.fit(other, y)
    np.testing.assert_array_equal(model.coefs_[0], before)
    assert model.fit(frame, y).n_iter_ == 4


@both
@pytest.mark.parametrize("scale", [1e-300, 1e-42, 1e-9, 1e10, 1e308])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_only_ratios_of_sample_weights_count_at_any_scale(Estimator, scale, dtype):
    weight = rng.choice([0.0, 0.25, 0.5, 1.0], size=200)
    params = {"max_iter": 3, "tol": None, "random_state": 0, "optimizer": "adam"}
    one = Estimator(5, **params).fit(X.astype(dtype), y, sample_weight=weight)
    other = Estimator(5, **params).fit(X.astype(dtype), y, sample_weight=scale * weight)
    assert np.isfinite(other.loss_)
    np.testing.assert_allclose(other.loss_, one.loss_, rtol=1e-5)
    np.testing.assert_allclose(other.coefs_[0], one.coefs_[0], rtol=1e-4, atol=1e-6)


@both
def test_float32_and_float64_data_begin_from_the_same_weights(Estimator):
    params = {"learning_rate": 1e-30, "alpha": 0, "max_iter": 1, "tol": None, "random_state": 0}
    single = Estimator(50, **params).fit(X.astype(np.float32), y)
    double = Estimator(50, **params).fit(X, y)
    for W, V in zip(single.coefs_, double.coefs_, strict=True):
        np.testing.assert_array_equal(W, V)


def test_probabilities_are_right_or_refused_where_outputs_overflow():
    model = BPClassifier(5, max_iter=1, tol=None, random_state=0).fit(X.astype(np.float32), y % 3)
    huge = np.full((3, 4), 3e38, dtype=np.float32)
    wide = BPClassifier(5, max_iter=1, tol=None, random_state=0)
    wide.fit(X.astype(np.float32), np.arange(200) % 3)
    for one in (model, wide):
        proba = one.predict_proba(huge)
        assert np.isfinite(proba).all()
        np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-6)
    regressor = BPRegressor(5, max_iter=1, tol=None, random_state=0).fit(X, curve)
    with pytest.raises(ValueError, match="outputs for X are not finite"):
        regressor.predict(np.full((2, 4), 1.7e308))


@pytest.mark.parametrize("way", ["warm_start", "partial_fit"])
def test_another_loss_is_trained_from_a_fresh_state_of_the_optimizer(way):
    params = {"optimizer": "adam", "batch_size": 200, "shuffle": False, "tol": None}
    model = BPRegressor(5, max_iter=20, warm_start=True, random_state=0, **params).fit(X, 3 * curve)
    fresh = BPRegressor(5, max_iter=1, warm_start=True, loss=Huber(0.2), **params)
    fresh.fit(X, 3 * curve)
    fresh.coefs_, fresh.intercepts_ = model.coefs_, model.intercepts_
    errors = abs(model.predict(X) - 3 * curve)
    expected = np.where(errors <= 0.2, errors**2 / 2, 0.2 * (errors - 0.1)).mean()
    for one in (model, fresh):
        one.set_params(loss=Huber(0.2), max_iter=1)
        one.fit(X, 3 * curve) if way == "warm_start" else one.partial_fit(X, 3 * curve)
        assert one.loss_ == pytest.approx(expected, rel=1e-10)
    np.testing.assert_allclose(model.coefs_[0], fresh.coefs_[0], rtol=1e-10)


@both
def test_another_slope_of_an_activation_is_refused_by_a_warm_start(Estimator):
    model = Estimator(5, LeakyReLU(0.1), max_iter=2, tol=None, warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match=r"LeakyReLU\(slope=0\.1\).*LeakyReLU\(slope=0\.2\)"):
        model.set_params(activation=LeakyReLU(0.2)).fit(X, y)


@both
@pytest.mark.parametrize("scale", [1e-320, 1e-300, 1e308])
def test_only_ratios_of_sample_weights_times_class_weights_count(Estimator, scale):
    factors = np.where(y == 1, 4.0, 1.0)
    classes = {"class_weight": {0: scale, 1: 4 * scale}} if Estimator is BPClassifier else {}
    if Estimator is BPClassifier and not np.isfinite(4 * scale):
        classes = {"class_weight": {0: scale / 4, 1: scale}}
    weight = np.full(200, scale) if classes else factors / 4 * scale
    params = {"max_iter": 2, "tol": None, "random_state": 0, "optimizer": "adam"}
    extreme = Estimator(5, **params, **classes).fit(X, y, sample_weight=weight)
    plain = Estimator(5, **params).fit(X, y, sample_weight=factors)
    np.testing.assert_allclose(extreme.coefs_[0], plain.coefs_[0], rtol=1e-3)


@both
def test_a_fit_that_was_interrupted_says_so(Estimator):
    def interrupt(estimator, data, target):
        raise KeyboardInterrupt

    model = Estimator(5, max_iter=3, tol=None, scoring=interrupt)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y, X_val=X, y_val=y)
    assert model.stop_reason_ == "interrupted"
