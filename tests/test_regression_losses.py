"""Losses of the regressor: beside scikit-learn's metrics and losses, and their valid targets."""

import re

import numpy as np
import pytest
from cases import LOSS_CASES
from helpers import assert_finite, quick, refused, refused_by_partial_fit
from scipy.optimize import minimize
from sklearn._loss import loss as sklearn_losses
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import (
    mean_absolute_error,
    mean_pinball_loss,
    mean_tweedie_deviance,
    r2_score,
)
from sklearn.model_selection import GridSearchCV

from sk_bp import SGD, BPRegressor
from sk_bp.inspection import check_gradient
from sk_bp.losses import AbsoluteError, Gamma, LogCosh, Pinball, Poisson, RegressionLoss, Tweedie

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 3))
COUNTS = RNG.poisson(2.0, 40).astype(float)
WEIGHT = RNG.integers(1, 4, 40).astype(float)

REGRESSION = [loss for loss, task in LOSS_CASES if task == "regression"]
METRICS = {
    AbsoluteError(): mean_absolute_error,
    Pinball(0.2): lambda y, p, **kw: mean_pinball_loss(y, p, alpha=0.2, **kw),
    Poisson(): lambda y, p, **kw: mean_tweedie_deviance(y, p, power=1, **kw) / 2,
    Gamma(): lambda y, p, **kw: mean_tweedie_deviance(y, p, power=2, **kw) / 2,
    Tweedie(1.3): lambda y, p, **kw: mean_tweedie_deviance(y, p, power=1.3, **kw) / 2,
    Tweedie(3): lambda y, p, **kw: mean_tweedie_deviance(y, p, power=3, **kw) / 2,
}


def targets_of(loss):
    """Counts with zeros among them, unless the loss needs positive targets."""
    return COUNTS + 0.5 if isinstance(loss, Gamma) or loss == Tweedie(3) else COUNTS


@pytest.mark.parametrize("loss", METRICS, ids=repr)
def test_the_loss_is_the_metric_of_scikit_learn(loss):
    y = targets_of(loss)
    model = quick(BPRegressor, loss=loss).fit(X, y, X_val=X, y_val=y, sample_weight_val=WEIGHT)
    expected = METRICS[loss](y, model.predict(X), sample_weight=WEIGHT)
    assert model.validation_scores_[-1] == pytest.approx(-expected, rel=1e-12)


@pytest.mark.parametrize(
    ("loss", "oracle"),
    [
        (AbsoluteError(), sklearn_losses.AbsoluteError()),
        (Pinball(0.3), sklearn_losses.PinballLoss(quantile=0.3)),
        (Poisson(), sklearn_losses.HalfPoissonLoss()),
        (Gamma(), sklearn_losses.HalfGammaLoss()),
        (Tweedie(1.7), sklearn_losses.HalfTweedieLoss(power=1.7)),
    ],
    ids=repr,
)
def test_the_derivative_is_that_of_scikit_learn(loss, oracle):
    """The bias of a linear model that makes one plain step moves by the mean derivative."""
    y, rate = targets_of(loss), 1e-3
    model = quick(BPRegressor, hidden_layer_sizes=(), loss=loss, alpha=0, warm_start=True)
    model.set_params(optimizer=SGD(momentum=0), learning_rate=rate, batch_size=40, max_iter=1)
    model.fit(X, y)
    model.coefs_, model.intercepts_ = [0.3 * np.ones((3, 1))], [np.array([0.2])]
    slopes = oracle.gradient(y, X @ np.full(3, 0.3) + 0.2)
    model.fit(X, y)
    np.testing.assert_allclose((0.2 - model.intercepts_[0][0]) / rate, slopes.mean(), rtol=1e-9)
    np.testing.assert_allclose(
        (0.3 - model.coefs_[0][:, 0]) / rate, X.T @ slopes / 40, rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["unweighted", "weighted"])
@pytest.mark.parametrize(
    "loss", [loss for loss in REGRESSION if loss.core_name not in ("huber", "log_cosh")], ids=repr
)
def test_no_constant_is_better_than_the_best(loss, weight):
    y = np.column_stack([targets_of(Gamma()), 3 * targets_of(Gamma())])
    best = loss.best_constant(y, weight, 2)
    found = loss.of_constant(best, y, weight)
    for start in (best, np.log(y.mean(axis=0)), np.zeros(2)):
        other = minimize(loss.of_constant, start, (y, weight), method="Nelder-Mead")
        assert other.fun >= found - 1e-9


@pytest.mark.parametrize("loss", REGRESSION, ids=repr)
def test_losses_are_not_negative_and_zero_for_exact_predictions(loss):
    y = np.exp(RNG.standard_normal((200, 2)) * 5)
    raw = np.log(y) if loss.output.core_name == "exponential" else y
    np.testing.assert_allclose(loss.of_outputs(raw, y), 0, atol=1e-12)
    assert (loss.of_outputs(raw + 3 * RNG.standard_normal((200, 2)), y) >= 0).all()


@pytest.mark.parametrize("loss", [LogCosh(), Poisson(), Gamma(), Tweedie(), Tweedie(3)], ids=repr)
def test_small_errors_are_not_lost_to_cancellation(loss):
    y, error = np.array([[7.3]]), 1e-6
    exact = loss.output.core_name == "identity"
    raw = y + error if exact else np.log(y) + error
    curvature = 1.0 if exact else y ** (2 - getattr(loss, "_power", 1))
    np.testing.assert_allclose(loss.of_outputs(raw, y), curvature * error**2 / 2, rtol=1e-5)


VALID = {"poisson": -1e-3, "gamma": 0.0, "tweedie": -2.0}


@pytest.mark.parametrize("name", VALID)
def test_the_first_target_without_a_loss_is_named(name):
    y = np.arange(12) + 1.0
    y[[4, 7]] = VALID[name], -5.0
    message = rf"the loss {name} needs y >=? 0, but y\[4\] is {VALID[name]:g}"
    refused(BPRegressor, message, y=y, params={"loss": name})
    refused_by_partial_fit(BPRegressor, message, y=y, params={"loss": name})


@pytest.mark.parametrize("name", VALID)
def test_held_out_targets_without_a_loss_are_named(name):
    good = np.arange(40) + 1.0
    bad = np.column_stack([good, np.where(good == 3, VALID[name], good)])
    with pytest.raises(ValueError, match=r"needs y_val >=? 0, but y_val\[2, 1\] is"):
        quick(BPRegressor, loss=name).fit(X, bad * 0 + 1, X_val=X, y_val=bad)
    with pytest.raises(ValueError, match=r"y\[2, 1\] is"):
        check_gradient(quick(BPRegressor, loss=name), X, bad)


def test_powers_from_two_on_need_positive_targets():
    for power in (2, 2.5, 3):
        with pytest.raises(ValueError, match=rf"Tweedie\(power={power}\).*y > 0, but y\["):
            quick(BPRegressor, loss=Tweedie(power)).fit(X, COUNTS)
    quick(BPRegressor, loss=Tweedie(1.9)).fit(X, COUNTS)


@pytest.mark.parametrize("loss", ["poisson", "gamma", "tweedie"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_means_that_overflow_end_the_training_with_a_finite_model(loss, dtype):
    model = quick(BPRegressor, loss=loss, optimizer=SGD(), learning_rate=1e4, max_iter=30)
    with pytest.warns(ConvergenceWarning, match=r"learning_rate.*scale X"):
        model.fit(X.astype(dtype), np.exp(5 * X[:, 0]) + 1)
    assert_finite(model)


@pytest.mark.parametrize("bad", [0.0, 1.0, -0.1, [0.5, 0.5], [0.9, 0.1], [], [[0.5]], "half", None])
def test_quantiles_that_are_none_are_refused(bad):
    with pytest.raises((ValueError, TypeError), match="quantile"):
        BPRegressor(loss=Pinball(bad)).fit(X, COUNTS)


@pytest.mark.parametrize("power", [0.5, -1, "high"])
def test_powers_below_one_are_refused(power):
    with pytest.raises(ValueError, match="power"):
        BPRegressor(loss=Tweedie(power)).fit(X, COUNTS)


# ------------------------------------------------------------------ several quantiles

QUANTILES = [0.1, 0.5, 0.6, 0.9]


def fan(**params):
    """Quantiles of noise that grows with x."""
    x = RNG.uniform(0, 3, (300, 1))
    y = x[:, 0] * (1 + RNG.standard_normal(300))
    model = BPRegressor(10, "tanh", loss=Pinball(QUANTILES), learning_rate=0.01, random_state=0)
    return model.set_params(**{"tol": None, "max_iter": 100, **params}), x, y


def test_quantiles_do_not_cross_and_have_a_column_each():
    model, x, y = fan()
    predicted = model.fit(x, y).predict(np.linspace(-2, 5, 200)[:, None])
    assert predicted.shape == (200, 4)
    assert model.n_outputs_ == 4
    assert (np.diff(predicted, axis=1) >= 0).all()
    shares = (y[:, None] <= model.predict(x)).mean(axis=0)
    np.testing.assert_allclose(shares, QUANTILES, atol=0.05)


def test_sorting_quantiles_never_raises_the_loss_of_a_sample():
    loss = Pinball(QUANTILES).for_task("regression")
    raw, y = RNG.standard_normal((500, 4)), RNG.standard_normal((500, 1))
    before = loss.of_outputs(raw, y).sum(axis=1)
    after = loss.of_outputs(np.sort(raw, axis=1), y).sum(axis=1)
    assert (after <= before + 1e-12).all()
    assert (after < before - 1e-3).any()


def test_the_loss_of_several_quantiles_is_the_sum_of_their_metrics():
    model, x, y = fan(max_iter=300)
    model.fit(x, y, X_val=x, y_val=y)
    predicted = model.predict(x)
    expected = sum(mean_pinball_loss(y, predicted[:, k], alpha=q) for k, q in enumerate(QUANTILES))
    assert -model.validation_scores_[-1] == pytest.approx(expected, rel=0.01)
    assert -model.validation_scores_[-1] >= expected - 1e-12


@pytest.mark.parametrize("weight", [None, RNG.integers(0, 4, 300)], ids=["unweighted", "weighted"])
def test_the_score_of_several_quantiles_is_the_mean_gain_over_constants(weight):
    """Integer weights are repeated samples; the constant with weights is the best of all.

    Without them scikit-learn interpolates between two samples, which is not quite the best.
    """
    model, x, y = fan()
    predicted = model.fit(x, y).predict(x)
    repeats = np.ones(300, int) if weight is None else weight
    truth, columns = np.repeat(y, repeats), np.repeat(predicted, repeats, axis=0)
    gains = []
    for k, quantile in enumerate(QUANTILES):
        constants = [np.quantile(truth, quantile)] if weight is None else np.unique(truth)
        of_constant = min(
            mean_pinball_loss(truth, 0 * truth + c, alpha=quantile) for c in constants
        )
        gains.append(1 - mean_pinball_loss(truth, columns[:, k], alpha=quantile) / of_constant)
    assert model.score(x, y, weight) == pytest.approx(np.mean(gains), rel=1e-12)
    assert model.score(x, y[:, None], weight) == model.score(x, y, weight) > 0.05


def test_the_score_of_several_quantiles_chooses_and_stops():
    model, x, y = fan(max_iter=20, early_stopping=True, scoring=None)
    assert model.fit(x, y).best_validation_score_ > 0
    search = GridSearchCV(model, {"hidden_layer_sizes": [(), 10]}, cv=2).fit(x, y)
    assert np.isfinite(search.best_score_)


def test_a_single_quantile_is_scored_by_r2_as_quantile_regression_is():
    model, x, y = fan(loss=Pinball(0.5), max_iter=20)
    assert model.fit(x, y).score(x, y) == r2_score(y, model.predict(x))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_gradient_of_several_quantiles_is_right(dtype):
    model, x, y = fan()
    assert check_gradient(model, x.astype(dtype), y).verdict == "right"
    weight = RNG.uniform(0.1, 2, 300)
    assert check_gradient(model.fit(x, y), x, y, weight).verdict == "right"


def test_each_of_several_quantiles_is_learned_as_if_alone():
    y = RNG.standard_normal(40)
    params = {"hidden_layer_sizes": (), "optimizer": SGD(), "batch_size": 40, "max_iter": 20}
    params |= {"alpha": 0, "warm_start": True}

    def trained(quantile, n_outputs):
        model = quick(BPRegressor, loss=Pinball(quantile), **params)
        model.coefs_, model.intercepts_ = [np.zeros((3, n_outputs))], [np.zeros(n_outputs)]
        return model.fit(X, y)

    together = trained(QUANTILES, 4)
    for k, quantile in enumerate(QUANTILES):
        alone = trained(quantile, 1)
        np.testing.assert_allclose(together.coefs_[0][:, [k]], alone.coefs_[0], rtol=1e-12)


def test_several_quantiles_are_for_one_target():
    loss = Pinball([0.1, 0.9])
    message = rf"{re.escape(repr(loss))} predicts several quantiles of one target.*y has 2 columns"
    with pytest.raises(ValueError, match=message):
        quick(BPRegressor, loss=loss).fit(X, np.ones((40, 2)))


def test_several_targets_have_one_quantile_each():
    Y = np.column_stack([COUNTS, 2 * COUNTS])
    model = quick(BPRegressor, loss=Pinball(0.5)).fit(X, Y)
    assert model.predict(X).shape == (40, 2)


def test_assigned_weights_predict_quantiles_and_means():
    model = BPRegressor((), loss=Pinball([0.1, 0.9]))
    model.coefs_, model.intercepts_ = [np.array([[1.0, -1.0]])], [np.array([0.0, 0.0])]
    np.testing.assert_array_equal(model.predict([[1.0], [-1.0]]), [[-1, 1], [-1, 1]])
    model = BPRegressor((), loss="poisson")
    model.coefs_, model.intercepts_ = [np.array([[1.0]])], [np.array([0.0])]
    np.testing.assert_allclose(model.predict([[0.0], [1.0]]), [1, np.e])


@pytest.mark.parametrize("optimizer", ["levenberg_marquardt", "bayesian_regularization"])
@pytest.mark.parametrize("loss", [loss for loss in REGRESSION if loss.core_name != "squared_error"])
def test_least_squares_optimizers_refuse_other_losses_by_name(loss, optimizer):
    assert isinstance(loss, RegressionLoss)
    with pytest.raises(ValueError, match="squared error") as caught:
        BPRegressor(3, loss=loss, optimizer=optimizer).fit(X, COUNTS + 1)
    assert f"loss={loss!r}" in str(caught.value)
