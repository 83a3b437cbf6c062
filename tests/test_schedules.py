"""Learning rates as functions of the step."""

import numpy as np
import pytest
from cases import every_optimizer
from helpers import assert_equal_arrays, assert_same_bits, copied_weights, weights
from sklearn.base import clone

from sk_bp import (
    BPClassifier,
    BPRegressor,
    ConstantRate,
    CosineDecay,
    ExponentialDecay,
    Schedule,
)
from sk_bp.optimizers import BY_BATCH
from sk_bp.schedules import rates_of

STEPS = np.arange(5000)


class Table(Schedule):
    """The rates that are listed, the last one for ever."""

    def __init__(self, rates=(0.1,)):
        self.rates = rates

    def __call__(self, steps):
        return np.asarray(self.rates, dtype=float)[np.minimum(steps, len(self.rates) - 1)]


class Returns(Schedule):
    """Whatever it is given, for any steps."""

    def __init__(self, answer=None):
        self.answer = answer

    def __call__(self, steps):
        return self.answer


def problem(n=40):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, 4))
    return X, X[:, 0] - X[:, 1]


def regressor(learning_rate, **parameters):
    defaults = {"batch_size": 8, "max_iter": 3, "tol": None, "random_state": 0}
    return BPRegressor((3,), learning_rate=learning_rate, **{**defaults, **parameters})


def test_a_constant_rate_is_the_same_at_every_step():
    np.testing.assert_array_equal(ConstantRate(0.25)(STEPS), 0.25)


@pytest.mark.parametrize("n_steps", [1, 7, 1000])
@pytest.mark.parametrize("factor", [1.0, 0.96, 0.5, 1e-3])
def test_exponential_decay_falls_by_its_factor_every_n_steps(factor, n_steps):
    rates = ExponentialDecay(0.3, factor=factor, n_steps=n_steps)(STEPS)
    assert rates[0] == 0.3
    np.testing.assert_allclose(rates[n_steps:], factor * rates[:-n_steps], rtol=1e-12, atol=1e-300)
    assert (np.diff(rates) <= 0).all()


def test_a_staircase_falls_all_at_once_to_the_smooth_rate():
    smooth = ExponentialDecay(0.3, factor=0.5, n_steps=10)(STEPS)
    staircase = ExponentialDecay(0.3, factor=0.5, n_steps=10, staircase=True)(STEPS)
    np.testing.assert_allclose(staircase[::10], smooth[::10], rtol=1e-12)
    for within in range(1, 10):
        np.testing.assert_array_equal(staircase[within::10], staircase[::10])


def test_the_base_class_says_what_a_schedule_must_define():
    with pytest.raises(TypeError, match=r"must define __call__\(steps\)"):
        regressor(Schedule()).fit(*problem())


# ------------------------------------------------------------------------ in an estimator


@every_optimizer
def test_a_number_is_the_constant_rate(optimizer):
    X, y = problem()
    one = regressor(0.02, optimizer=optimizer).fit(X, y)
    assert_same_bits(one, regressor(ConstantRate(0.02), optimizer=optimizer).fit(X, y))


@every_optimizer
def test_none_is_the_default_rate_of_the_optimizer_or_a_cosine_over_a_planned_fit(optimizer):
    X, y = problem()
    one = regressor(None, optimizer=optimizer, warm_start=True).fit(X, y)
    default = BY_BATCH[optimizer].default_learning_rate
    assert one.learning_rate_ == default
    assert_same_bits(one, regressor(default, optimizer=optimizer).fit(X, y))
    planned = regressor(None, optimizer=optimizer).fit(X, y)
    cosine = CosineDecay(BY_BATCH[optimizer].peak_learning_rate)
    assert_same_bits(planned, regressor(cosine, optimizer=optimizer).fit(X, y))


@every_optimizer
def test_a_schedule_counts_steps_and_not_epochs_or_slices(optimizer):
    """Two epochs of one step, and one epoch of two steps with the same rates, on equal halves."""
    X, y = problem(8)
    rates = Table([0.1, 0.01, 0.2, 0.02])
    twice = regressor(rates, optimizer=optimizer, max_iter=2, shuffle=False, batch_size=8)
    once = clone(twice).set_params(max_iter=1)
    alpha = {"alpha": 0}
    twice.set_params(**alpha).fit(X, y)
    once.set_params(**alpha).fit(np.vstack([X, X]), np.append(y, y))
    for a, b in zip(twice.coefs_, once.coefs_, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_learning_rate_is_recorded_as_that_of_each_epochs_last_step():
    schedule = ExponentialDecay(0.1, factor=0.5, n_steps=3)
    model = regressor(schedule, max_iter=4).fit(*problem())
    last_steps = np.arange(4, 20, 5)
    np.testing.assert_allclose(model.history_["learning_rate"], schedule(last_steps), rtol=1e-15)
    assert model.learning_rate_ == model.history_["learning_rate"][-1]
    assert model.n_steps_ == 20


def test_a_rate_of_zero_changes_nothing():
    X, y = problem()
    model = regressor(Table([0.01] * 5 + [0]), max_iter=1).fit(X, y)
    longer = regressor(Table([0.01] * 5 + [0]), max_iter=4).fit(X, y)
    assert_same_bits(model, longer)


def test_a_schedule_goes_on_over_warm_starts_and_partial_fits():
    X, y = problem()
    schedule = ExponentialDecay(0.1, factor=0.5, n_steps=3)
    whole = regressor(schedule, max_iter=6, weight_decay=0.1).fit(X, y)
    parts = regressor(schedule, max_iter=2, weight_decay=0.1, warm_start=True).fit(X, y).fit(X, y)
    assert_same_bits(whole, parts.partial_fit(X, y).partial_fit(X, y))


def test_a_later_fit_starts_the_schedule_anew():
    X, y = problem()
    model = regressor(ExponentialDecay(0.1, factor=0.5, n_steps=3)).fit(X, y)
    before = copied_weights(model)
    assert_equal_arrays(weights(model.fit(X, y)), before)


def test_parameters_of_a_schedule_are_reached_by_name():
    model = regressor(ExponentialDecay(0.1)).set_params(learning_rate__initial=0.5)
    assert model.learning_rate.initial == 0.5
    with pytest.raises(ValueError, match=r"learning_rate__initial cannot be set.*ExponentialDecay"):
        regressor(0.1).set_params(learning_rate__initial=0.5)


# ---------------------------------------------------------------------------- bad schedules

INVALID = [
    *((ConstantRate, "rate", value) for value in (0, -0.1, np.nan, np.inf, "0.1", None)),
    *((ExponentialDecay, "initial", value) for value in (0, -1, np.nan, np.inf, "1", None)),
    *((ExponentialDecay, "factor", value) for value in (0, -0.5, 1.5, np.nan, "1", None)),
    *((ExponentialDecay, "n_steps", value) for value in (0, -3, 2.5, np.nan, "1")),
    *((ExponentialDecay, "staircase", value) for value in (2, "yes", None)),
]


@pytest.mark.parametrize(("cls", "name", "value"), INVALID)
def test_an_invalid_parameter_is_refused_by_name_and_value(cls, name, value):
    with pytest.raises((ValueError, TypeError)) as caught:
        regressor(cls(**{name: value})).fit(*problem())
    assert f"'{name}'" in str(caught.value)
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize("value", [0, -0.1, np.nan, np.inf, "fast", [0.1]])
def test_an_invalid_rate_is_refused_by_name_and_value(value):
    with pytest.raises(ValueError, match=r"learning_rate") as caught:
        regressor(value).fit(*problem())
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize("bad", [-0.1, np.nan, np.inf])
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_rate_that_is_negative_or_not_finite_is_refused_with_its_step(bad, method):
    schedule = Table([0.1, 0.1, bad])
    with pytest.raises(ValueError, match=rf"gave the rate {bad} for step 2"):
        getattr(regressor(schedule), method)(*problem())


@pytest.mark.parametrize("answer", [0.1, np.ones(3), np.ones((5, 1)), None, "fast"])
def test_rates_of_a_wrong_shape_or_type_are_refused(answer):
    with pytest.raises((ValueError, TypeError), match=r"learning_rate=Returns"):
        regressor(Returns(answer)).fit(*problem())


@pytest.mark.parametrize("bad", [np.nan, 1e6])
def test_a_schedule_that_turns_bad_leaves_a_fitted_model_as_it_was(bad):
    """From the second epoch of a warm start the rate is not finite, or too large for the decay."""
    X, y = problem()
    model = regressor(0.01, warm_start=True, weight_decay=0.5).fit(X, y)
    before = copied_weights(model)
    history = {name: list(values) for name, values in model.history_.items()}
    model.set_params(learning_rate=Table([0.01] * 20 + [bad]))
    with pytest.raises(ValueError, match="learning_rate"):
        model.fit(X, y)
    assert_equal_arrays(weights(model), before)
    assert model.history_ == history
    assert (model.n_iter_, model.n_steps_, model.t_) == (3, 15, 120)


def test_rates_are_taken_in_double_precision_and_in_one_piece():
    rates = rates_of(Returns(np.ones(6, dtype=np.float32)[::2]), np.arange(3))
    assert rates.dtype == np.float64
    assert rates.flags.c_contiguous


def test_the_order_of_parameters_of_a_grid_does_not_matter():
    X, y = problem()
    grid = [0.1, ConstantRate(0.1)]
    models = [clone(BPClassifier((2,), learning_rate=rate, max_iter=1, tol=None)) for rate in grid]
    for model in models:
        model.set_params(random_state=0).fit(X, y > 0)
    assert_same_bits(*models)
