"""Schedules in training: exact on sparse input, the length of the fit, state, bad input."""

import pickle

import numpy as np
import pytest
from cases import both, every_optimizer
from helpers import assert_same_bits
from reference.training import start_from, trained_like
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sk_bp import (
    SGD,
    AdaptiveRate,
    BPClassifier,
    BPRegressor,
    CosineDecay,
    ExponentialDecay,
    FunctionRate,
    OneCycle,
    PolynomialDecay,
    StepDecay,
    Warmup,
)
from sk_bp.inspection import gradient_report
from sk_bp.optimizers import BY_BATCH
from sk_bp.schedules import SCHEDULES, Horizon

every_schedule = pytest.mark.parametrize("schedule", sorted(SCHEDULES))


def falling(step):
    return 0.1 / (1 + step)


def problem(n=40):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, 9)) * (rng.random((n, 9)) < 0.3)
    X[:, 8] = 0
    X[3, 8] = 1.0  # a column that occurs once
    return X, X[:, 0] - X[:, 1]


def regressor(learning_rate, **parameters):
    defaults = {"batch_size": 8, "max_iter": 4, "tol": None, "random_state": 0}
    return BPRegressor((3,), "tanh", learning_rate=learning_rate, **{**defaults, **parameters})


@every_schedule
@every_optimizer
def test_steps_on_sparse_rows_are_those_of_the_textbook(schedule, optimizer):
    X, y = problem()
    model = regressor(SCHEDULES[schedule](), optimizer=BY_BATCH[optimizer](), weight_decay=0.1)
    model = start_from(model, X, y)
    coefs, intercepts, _ = trained_like(model, X, y)
    model.fit(sparse.csr_array(X), y)
    for found, expected in zip(model.coefs_ + model.intercepts_, coefs + intercepts, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-10)


@every_schedule
def test_a_schedule_survives_clone_pickle_and_a_search(schedule):
    X, y = problem()
    model = regressor(SCHEDULES[schedule]()).fit(X, y)
    assert_same_bits(model, clone(model).fit(X, y))
    assert_same_bits(model, pickle.loads(pickle.dumps(model)))
    search = GridSearchCV(model, {"learning_rate": [0.1, SCHEDULES[schedule]()]}, cv=2).fit(X, y)
    assert search.best_estimator_.n_steps_ == 20


@every_schedule
def test_what_was_interrupted_between_two_epochs_goes_on_with_the_same_bits(schedule):
    """The length of the whole fit is told in steps, as each call plans its own epochs."""
    X, y = problem()
    rates = SCHEDULES[schedule]()
    rates = rates.set_params(**{name: 20 for name in rates.get_params() if name == "n_steps"})
    if schedule == "piecewise":
        rates.set_params(n_steps=(10, 15))
    whole = regressor(rates, max_iter=6).fit(X, y)
    parts = regressor(rates, max_iter=2, warm_start=True)
    for _ in range(3):
        parts = pickle.loads(pickle.dumps(parts.fit(X, y)))
    assert_same_bits(whole, parts)
    assert whole.history_ == parts.history_


def test_a_function_is_a_schedule():
    X, y = problem()
    given = regressor(falling).fit(X, y)
    assert_same_bits(given, regressor(FunctionRate(falling)).fit(X, y))
    assert given.learning_rate_ == falling(19)


# ------------------------------------------------------------------ the length of the fit


def test_a_fraction_is_of_max_iter_times_the_steps_of_an_epoch():
    X, y = problem(41)  # 6 steps an epoch
    model = regressor(PolynomialDecay(0.1), max_iter=5).fit(X, y)
    expected = PolynomialDecay(0.1, n_steps=30)(np.arange(5, 30, 6))
    np.testing.assert_allclose(model.history_["learning_rate"], expected, rtol=1e-14)


def test_epochs_are_those_of_the_data():
    X, y = problem(41)
    model = regressor(StepDecay(0.1, factor=0.5, n_epochs=2), max_iter=6).fit(X, y)
    assert model.history_["learning_rate"] == [0.1, 0.1, 0.05, 0.05, 0.025, 0.025]


def test_held_out_samples_make_no_steps():
    X, y = problem(40)
    model = regressor(PolynomialDecay(0.1), early_stopping=True, validation_fraction=0.4)
    model.fit(X, y)  # 24 samples are left, 3 steps an epoch
    np.testing.assert_allclose(
        model.history_["learning_rate"], PolynomialDecay(0.1, n_steps=12)(np.arange(2, 12, 3))
    )


def test_a_warm_start_plans_anew_from_where_it_is():
    X, y = problem()
    model = regressor(PolynomialDecay(0.1), max_iter=2, warm_start=True).fit(X, y)
    model.set_params(max_iter=4).fit(X, y)
    later = PolynomialDecay(0.1, n_steps=30)(np.arange(14, 30, 5))
    np.testing.assert_allclose(model.history_["learning_rate"][2:], later)


@pytest.mark.parametrize("schedule", [CosineDecay(), OneCycle(), Warmup(0.1, fraction=0.5)])
@both
def test_partial_fit_refuses_a_schedule_of_the_whole_fit_by_name(Estimator, schedule):
    X, y = problem()
    model = Estimator((3,), learning_rate=clone(schedule))
    given = {"classes": [0, 1]} if Estimator is BPClassifier else {}
    with pytest.raises(ValueError, match=rf"learning_rate={type(schedule).__name__}.*n_steps"):
        model.partial_fit(X, (y > 0).astype(int), **given)
    assert not hasattr(model, "coefs_")
    model.set_params(learning_rate__n_steps=10, learning_rate__fraction=None)
    model.partial_fit(X, (y > 0).astype(int), **given)
    assert model.n_iter_ == 1


def test_epochs_of_a_stream_are_its_calls():
    X, y = problem()
    model = regressor(StepDecay(0.1, factor=0.5, n_epochs=2))
    for _ in range(4):
        model.partial_fit(X, y)
    assert model.history_["learning_rate"] == [0.1, 0.1, 0.05, 0.05]


def test_the_report_takes_the_rate_that_the_schedule_has_come_to():
    X, y = problem()
    common = {"optimizer": SGD(momentum=0), "alpha": 0}
    model = regressor(PolynomialDecay(0.1, n_steps=20), **common)
    for _ in range(3):
        model.partial_fit(X, y)
    update = gradient_report(model, X, y).layers[0].update_ratio
    model.set_params(learning_rate=float(PolynomialDecay(0.1, n_steps=20)(15)))
    assert gradient_report(model, X, y).layers[0].update_ratio == pytest.approx(update, rel=1e-12)


def test_the_report_takes_the_rate_of_the_last_step_of_a_fit_that_has_ended():
    X, y = problem()
    common = {"optimizer": SGD(momentum=0), "alpha": 0}
    model = regressor(PolynomialDecay(0.1), **common).fit(X, y)
    update = gradient_report(model, X, y).layers[0].update_ratio
    model.set_params(learning_rate=model.learning_rate_)
    assert gradient_report(model, X, y).layers[0].update_ratio == pytest.approx(update, rel=1e-12)
    assert update > 0


# ------------------------------------------------------------------ a rate that follows the loss


def test_a_plateau_lowers_the_rate_before_it_ends_the_training():
    X, y = problem()
    rates = AdaptiveRate(0.1, factor=10, minimum=1e-3, n_iter_no_change=2, tol=1e-2)
    model = regressor(rates, max_iter=500, tol=1e-2, n_iter_no_change=2).fit(X, y)
    assert model.end_reason_ == "plateau"
    assert sorted(set(np.round(model.history_["learning_rate"], 9))) == [0.001, 0.01, 0.1]


def test_the_rate_follows_the_loss_as_its_formula_says():
    X, y = problem()
    rates = AdaptiveRate(0.3, factor=1, increase=1.5, decrease=0.5, max_growth=1.001)
    model = regressor(rates, optimizer="sgd", max_iter=40, random_state=1).fit(X, y)
    losses, expected = model.loss_curve_, [0.3]
    for before, loss in zip([np.inf, *losses[:-1]], losses[:-1], strict=False):
        factor = 1.0
        if np.isfinite(before):
            grown = loss - before > 0.001 * before
            factor = 0.5 if grown else 1.5 if loss < before else 1.0
        expected.append(min(expected[-1] * factor, 10.0))
    np.testing.assert_allclose(model.history_["learning_rate"], expected, rtol=1e-12)
    assert {0.5, 1.5} <= set(np.round(np.array(expected[1:]) / expected[:-1], 9))


def test_with_early_stopping_the_rate_follows_the_validation_score():
    X, y = problem()
    rates = AdaptiveRate(0.05, factor=2, n_iter_no_change=1, tol=0.0, minimum=1e-3)
    model = regressor(rates, early_stopping=True, max_iter=60, n_iter_no_change=5, tol=0.0)
    model.fit(X, y)
    scores, rate, best, count = model.validation_scores_, 0.05, -np.inf, 0
    for score, found in zip(scores, model.history_["learning_rate"], strict=True):
        assert found == pytest.approx(max(rate, 1e-3))
        best, count = (score, 0) if score > best else (best, count + 1)
        if count > 1:
            rate, count = rate / 2, 0
    assert rate < 0.05


def test_another_kind_of_schedule_does_not_take_over_what_the_last_one_remembers():
    X, y = problem()
    shrunk = AdaptiveRate(0.1, factor=10, n_iter_no_change=1, tol=10.0)
    model = regressor(shrunk, max_iter=8, warm_start=True).fit(X, y)
    assert model.learning_rate_ < 0.1
    model.set_params(learning_rate=ExponentialDecay(0.1, n_steps=10**6)).fit(X, y)
    assert model.learning_rate_ == pytest.approx(0.1, rel=1e-3)


# ------------------------------------------------------------------ bad input


@pytest.mark.parametrize("rate", [-0.1, 0.0, np.nan, np.inf, "fast", [0.1], SCHEDULES["cosine"]])
@both
def test_a_rate_that_is_none_is_refused_by_name(Estimator, rate):
    X, y = problem()
    with pytest.raises((ValueError, TypeError), match=r"learning_rate|CosineDecay"):
        Estimator((3,), learning_rate=rate).fit(X, (y > 0).astype(int))


def test_a_rate_that_turns_negative_late_is_refused_before_training():
    X, y = problem()
    calls = []
    model = regressor(lambda step: calls.append(step) or 0.1 - 0.006 * step, verbose=1)
    with pytest.raises(ValueError, match=r"learning_rate.*step 17"):
        model.fit(X, y)
    assert not hasattr(model, "coefs_")


@pytest.mark.parametrize("optimizer", ["rprop"])
@pytest.mark.parametrize("rate", [ExponentialDecay(0.1), falling])
def test_an_optimizer_without_schedules_refuses_them(optimizer, rate):
    X, y = problem()
    with pytest.raises(ValueError, match="learning_rate must be a number or None"):
        regressor(rate, optimizer=optimizer, batch_size="auto").fit(X, y)


def test_a_horizon_tells_the_same_as_training_does():
    X, y = problem(41)
    model = regressor(0.01, max_iter=3).fit(X, y)
    assert Horizon.of(41, 8, 3).n_steps == model.n_steps_ == 18
