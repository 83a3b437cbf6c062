"""Rates are checked: those of functions and of users' schedules too."""

import numpy as np
import pytest

from sk_bp import ConstantRate, FunctionRate, Schedule, Warmup
from sk_bp.schedules import Horizon, check_rates, rates_of

STEPS = np.arange(20)


def by_step(step):
    return 0.1 if step < 7 else 0.1 / (step - 5)


def by_array(steps):
    return np.where(steps < 7, 0.1, 0.1 / np.maximum(steps - 5, 1))


def test_a_function_of_a_step_gives_the_rates_of_one_of_all_steps():
    one = rates_of(FunctionRate(by_step), STEPS)
    np.testing.assert_array_equal(one, [by_step(step) for step in range(20)])
    np.testing.assert_array_equal(one, rates_of(FunctionRate(by_array, vectorized=True), STEPS))


def test_a_function_is_given_plain_integers():
    given = []
    rates_of(FunctionRate(lambda step: given.append(step) or 0.1), STEPS)
    assert given == list(range(20))
    assert {type(step) for step in given} == {int}


def test_a_vectorized_function_is_called_once():
    calls = []
    rates_of(
        FunctionRate(lambda steps: calls.append(1) or 0.1 / (1 + steps), vectorized=True), STEPS
    )
    assert calls == [1]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (-0.1, r"the rate -0\.1 for step 0"),
        (np.nan, "the rate nan for step 0"),
        (np.inf, "the rate inf for step 0"),
        (None, "no real numbers"),
        ("0.1", "no real numbers"),
        (1j, "no real numbers"),
        (True, "no real numbers"),
        (np.ones(1), r"gave array\(\[1\.\]\) for step 0, which is not one number.*vectorized=True"),
        ([0.1, 0.2], "which is not one number"),
    ],
)
@pytest.mark.parametrize("wrap", [FunctionRate, lambda function: Warmup(function, n_steps=1)])
def test_what_a_function_gives_wrong_is_told_with_learning_rate(wrap, answer, message):
    with pytest.raises((ValueError, TypeError), match=message) as caught:
        rates_of(wrap(lambda step: answer), STEPS)
    assert caught.match("learning_rate=")


def test_answers_of_different_shapes_are_told_with_learning_rate():
    ragged = FunctionRate(lambda step: [0.1] * (1 + step % 2))
    with pytest.raises(ValueError, match=r"learning_rate=.*for step 3, which is not one number"):
        rates_of(ragged, STEPS[3:])


@pytest.mark.parametrize("answer", [0.1, np.ones(3), np.ones((20, 1))])
def test_a_vectorized_function_of_a_wrong_shape_is_told_with_learning_rate(answer):
    with pytest.raises(ValueError, match=r"(?s)learning_rate=.*\(20,\)"):
        rates_of(FunctionRate(lambda steps: answer, vectorized=True), STEPS)


class TurnsBad(Schedule):
    """Negative at one step."""

    def __init__(self, step=0):
        self.step = step

    def __call__(self, steps):
        return np.where(steps == self.step, -1.0, 0.1)


class OfTheEnd(Schedule):
    """Falls to zero at the end of the fit, by its own formula."""

    def rates_at(self, steps, horizon, state):
        return 1 - steps / horizon.n_steps


@pytest.mark.parametrize("step", [0, 4711, 99_999])
def test_a_rate_that_will_be_bad_is_found_before_training(step):
    schedule = TurnsBad(step)
    with pytest.raises(ValueError, match=rf"TurnsBad.*the rate -1\.0 for step {step};"):
        check_rates(schedule, Horizon(100, 100_000))
    check_rates(schedule, Horizon(100, 100_000), first_step=step + 1)
    check_rates(schedule, Horizon(100))  # a stream: there is nothing to check yet
    if step > 0:
        check_rates(schedule, Horizon(1, step))


def test_of_a_fit_without_end_the_first_million_steps_are_checked():
    check_rates(TurnsBad(2**20), Horizon(100, 10**12))
    with pytest.raises(ValueError, match=f"for step {2**20 - 1};"):
        check_rates(TurnsBad(2**20 - 1), Horizon(100, 10**12))
    with pytest.raises(ValueError, match=f"for step {2**20};"):
        check_rates(TurnsBad(2**20), Horizon(100, 10**12), first_step=5)


def test_a_schedule_of_ones_own_may_use_the_length_of_the_fit():
    found = rates_of(OfTheEnd(), np.arange(5), Horizon(2, 4))
    np.testing.assert_array_equal(found, [1, 0.75, 0.5, 0.25, 0])
    with pytest.raises(ValueError, match=r"OfTheEnd\(\) gave the rate -0.25 for step 5"):
        rates_of(OfTheEnd(), np.arange(6), Horizon(2, 4))


def test_a_schedule_without_a_formula_is_told_what_to_define():
    with pytest.raises(TypeError, match=r"Schedule must define __call__\(steps\), or rates_at"):
        rates_of(Schedule(), STEPS)


def test_the_rates_of_a_user_who_names_a_parameter_rates_are_found():
    class Listed(Schedule):
        def __init__(self, rates=()):
            self.rates = rates

        def __call__(self, steps):
            return np.asarray(self.rates)[steps]

    np.testing.assert_array_equal(rates_of(Listed([0.1, 0.2]), np.arange(2)), [0.1, 0.2])


def test_whole_numbers_and_single_precision_become_double():
    for dtype in (np.int64, np.float32, np.float64):
        found = rates_of(FunctionRate(lambda s, t=dtype: s.astype(t), vectorized=True), STEPS)
        assert found.dtype == np.float64
        np.testing.assert_array_equal(found, STEPS)
    assert rates_of(ConstantRate(1), STEPS).dtype == np.float64


@pytest.mark.parametrize("shape", [(), (1,), (4, 5), (0,)])
def test_rates_have_the_shape_of_the_steps(shape):
    steps = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    assert rates_of(ConstantRate(), steps).shape == shape
    if steps.size > 0:
        last = steps.max()
        with pytest.raises(ValueError, match=rf"the rate -1\.0 for step {last};"):
            rates_of(TurnsBad(last), steps)
