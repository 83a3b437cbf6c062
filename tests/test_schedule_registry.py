"""What holds for every schedule, whatever its formula."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone

import sk_bp
from sk_bp.schedules import (
    SCHEDULES,
    AdaptiveRate,
    ConstantRate,
    Cooldown,
    CosineDecay,
    CosineLog,
    ExponentialDecay,
    FunctionRate,
    Horizon,
    InverseScaling,
    InverseTime,
    OneCycle,
    Piecewise,
    PolynomialDecay,
    StepDecay,
    Warmup,
    check_rates,
    rates_of,
)

HORIZON = Horizon(steps_per_epoch=47, n_steps=4700)
STEPS = np.arange(6000)  # beyond the end
LOSSES = (1.0, 0.5, 0.7, 0.7, 0.7, 0.2, 0.19)


def quarter(step):
    return 0.25 if step < 100 else 0.125


def hyperbola(steps):
    return 1 / (1 + steps)


INSTANCES = [
    *(schedule() for schedule in SCHEDULES.values()),
    ConstantRate(1e-300),
    StepDecay(3, factor=0.3, n_steps=7),
    StepDecay(0.3, factor=1e-9, n_epochs=0.1),
    Piecewise((0.1, 0.0, 2), n_steps=(1, 999)),
    Piecewise((0.1,), n_epochs=()),
    Piecewise((1, 2), n_epochs=[1.5]),
    ExponentialDecay(0.1, factor=1e-5, fraction=1.0),
    ExponentialDecay(0.1, n_epochs=1, staircase=True),
    InverseScaling(1, power=0),
    InverseScaling(0.1, power=1e4),
    InverseTime(2.0, n_epochs=3),
    PolynomialDecay(0.1, final=0.01, power=2.5, n_steps=333),
    PolynomialDecay(0.1, power=0.01, fraction=1e-9),
    Cooldown(0.1, hold=0.999999, n_epochs=7),
    Cooldown(0.1, hold=0, fraction=0.5),
    CosineDecay(0.1, final=0.1, n_epochs=7),
    CosineDecay(0.1, n_cycles=5, cycle_growth=1.5, fraction=0.9),
    CosineDecay(0.1, final=0.02, n_cycles=2000, cycle_growth=10, n_steps=50),
    CosineLog(0.1, n_cycles=50, n_steps=1000),
    OneCycle(1, divisor=1, final_divisor=1, rise=0.999, n_epochs=5),
    OneCycle(0.1, rise=1e-12, fraction=0.5),
    Warmup(CosineDecay(0.3, n_cycles=3), n_epochs=2),
    Warmup(Warmup(InverseTime(), n_steps=3), n_steps=5),
    Warmup(AdaptiveRate(0.1, n_iter_no_change=1), n_steps=1),
    Warmup(quarter, n_steps=10),
    AdaptiveRate(0.5, factor=3, n_iter_no_change=1, increase=1.05, decrease=0.7),
    FunctionRate(quarter),
    FunctionRate(hyperbola, vectorized=True),
]
every_schedule = pytest.mark.parametrize("schedule", INSTANCES, ids=repr)


def states(schedule):
    """The state at the start, and after some epochs."""
    state = schedule.new_state()
    yield state
    for loss in LOSSES:
        state = schedule.after_epoch(state, loss)
    yield state


def rates(schedule, steps=STEPS, horizon=HORIZON):
    return rates_of(schedule, steps, horizon)


def test_every_registered_schedule_is_exported_and_tested_beyond_its_defaults():
    assert all(getattr(sk_bp, cls.__name__) is cls for cls in SCHEDULES.values())
    for cls in SCHEDULES.values():
        assert sum(type(schedule) is cls for schedule in INSTANCES) > 1


@every_schedule
def test_rates_are_finite_and_not_negative_and_not_all_zero(schedule):
    schedule.check()
    check_rates(schedule, HORIZON)
    for state in states(schedule):
        found = rates_of(schedule, STEPS, HORIZON, state)
        assert found.dtype == np.float64
        assert found.shape == STEPS.shape
        assert found.max() > 0


@every_schedule
def test_a_slice_of_rates_has_the_bits_of_all_rates(schedule):
    for state in states(schedule):
        whole = schedule.rates_at(STEPS, HORIZON, state)
        for part in (slice(1000, 1013), slice(3, 5998), slice(0, 0), slice(4699, 4702)):
            found = schedule.rates_at(STEPS[part], HORIZON, state)
            np.testing.assert_array_equal(found, whole[part])
        singles = [schedule.rates_at(STEPS[i : i + 1], HORIZON, state)[0] for i in range(0, 97)]
        np.testing.assert_array_equal(singles, whole[:97])
        square = schedule.rates_at(STEPS.reshape(60, 100), HORIZON, state)
        np.testing.assert_array_equal(square, np.reshape(whole, (60, 100)))


@every_schedule
def test_rates_do_not_depend_on_earlier_calls(schedule):
    parameters = dict(vars(schedule))
    first = rates(schedule)
    rates(schedule, STEPS[::-1])
    for state in states(schedule):
        rates_of(schedule, STEPS, Horizon(10, 20), state)
    np.testing.assert_array_equal(rates(schedule), first)
    assert vars(schedule) == parameters


@every_schedule
def test_a_state_is_a_dict_of_numbers_and_is_never_changed(schedule):
    for state in states(schedule):
        assert all(isinstance(value, (int, float)) for value in state.values())
        before = dict(state)
        schedule.after_epoch(state, 0.1)
        schedule.rates_at(STEPS, HORIZON, state)
        schedule.answers_plateau(state)
        assert state == before
        assert pickle.loads(pickle.dumps(state)) == state


@every_schedule
def test_a_copy_gives_the_same_rates(schedule):
    expected = rates(schedule)
    copies = [
        clone(schedule),
        pickle.loads(pickle.dumps(schedule)),
        clone(schedule).set_params(**schedule.get_params(deep=False)),
        type(schedule)(**schedule.get_params(deep=False)),
    ]
    for copied in copies:
        np.testing.assert_array_equal(rates(copied), expected)
        assert repr(copied) == repr(schedule)


@every_schedule
def test_its_text_is_the_call_that_makes_it(schedule):
    if "function" not in repr(schedule) and "method" not in repr(schedule):
        made = eval(repr(schedule), vars(sk_bp))
        np.testing.assert_array_equal(rates(made), rates(schedule))


@every_schedule
def test_parameters_that_are_set_one_by_one_take_effect(schedule):
    if type(schedule) is not FunctionRate:
        other = type(schedule)()
        for name, value in schedule.get_params(deep=False).items():
            other.set_params(**{name: value})
        np.testing.assert_array_equal(rates(other), rates(schedule))


@every_schedule
def test_a_schedule_that_needs_the_whole_fit_says_so_and_is_refused_without(schedule):
    stream = Horizon(steps_per_epoch=47)
    if schedule.needs_whole:
        with pytest.raises(ValueError, match=r"learning_rate=.*fraction=.*whole fit.*give n_steps"):
            rates(schedule, horizon=stream)
    else:
        np.testing.assert_array_equal(rates(schedule, horizon=stream), rates(schedule))


@every_schedule
def test_a_call_with_steps_alone_gives_the_rates_before_the_first_epoch(schedule):
    try:
        found = schedule(STEPS)
    except ValueError:
        assert schedule.needs_whole or "n_epochs" in repr(schedule)
    else:
        np.testing.assert_array_equal(found, rates(schedule))


@every_schedule
def test_a_fit_of_one_step_has_one_rate(schedule):
    assert rates(schedule, np.arange(1), Horizon(1, 1)).shape == (1,)


@pytest.mark.parametrize("cls", [*SCHEDULES.values(), FunctionRate])
def test_the_docstring_says_when_and_shows_how(cls):
    text = cls.__doc__
    assert "\n    Notes\n" in text
    assert "    When: " in text or cls is FunctionRate
    assert f"import {cls.__name__}\n" in text or f", {cls.__name__}\n" in text
    for name in cls._parameter_constraints:
        assert f"    {name} : " in text
