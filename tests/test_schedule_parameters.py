"""Parameters of schedules: what is refused, and how they are reached."""

import numpy as np
import pytest

from sk_bp import BPClassifier, BPRegressor
from sk_bp.schedules import (
    SCHEDULES,
    AdaptiveRate,
    ConstantRate,
    Cooldown,
    CosineDecay,
    CosineLog,
    ExponentialDecay,
    FunctionRate,
    InverseScaling,
    InverseTime,
    OneCycle,
    Piecewise,
    PolynomialDecay,
    Schedule,
    StepDecay,
    TimedSchedule,
    Warmup,
    as_schedule,
)

NO_POSITIVE = (0, -0.1, np.nan, np.inf, "0.1", None)
NO_COUNT = (0, -3, 2.5, np.nan, "1", None)
BELOW_ONE = (0.99, 0, -1, np.nan, np.inf, "2", None)
NEGATIVE = (-0.1, np.nan, np.inf, "0", None)
NO_FACTOR = (0, -0.5, 1.5, np.nan, "1", None)
INVALID_LENGTHS = {
    "n_steps": (0, -3, 2.5, np.nan, "1"),
    "n_epochs": (0, -1, np.nan, np.inf, "1"),
    "fraction": (0, -0.1, 1.1, np.nan, "1"),
}
NO_BOUNDARIES = (0.5, "1", [0], [-1], [np.nan], ["1"], [2, 2], [3, 2], [[1]])
INVALID_VALUES = {
    ConstantRate: {"rate": NO_POSITIVE},
    StepDecay: {"initial": NO_POSITIVE, "factor": NO_FACTOR},
    Piecewise: {
        "values": (0.1, "fast", None, (), (0.1, np.nan, 0), (0.1, -0.1, 0), (0, 0.0, 0), (1j, 1)),
        "n_steps": (*NO_BOUNDARIES, [1.5]),
        "n_epochs": NO_BOUNDARIES,
        "fraction": (*NO_BOUNDARIES, [0.5, 1.1]),
    },
    ExponentialDecay: {
        "initial": NO_POSITIVE,
        "factor": NO_FACTOR,
        "staircase": (2, "yes", None),
    },
    InverseScaling: {"initial": NO_POSITIVE, "power": NEGATIVE},
    InverseTime: {"initial": NO_POSITIVE},
    PolynomialDecay: {"initial": NO_POSITIVE, "final": NEGATIVE, "power": NO_POSITIVE},
    Cooldown: {"initial": NO_POSITIVE, "hold": (1, 1.5, -0.1, np.nan, "0.8", None)},
    CosineDecay: {
        "initial": NO_POSITIVE,
        "final": NEGATIVE,
        "n_cycles": NO_COUNT,
        "cycle_growth": BELOW_ONE,
    },
    CosineLog: {"maximum": NO_POSITIVE, "n_cycles": (*NO_COUNT, 51)},
    OneCycle: {
        "maximum": NO_POSITIVE,
        "divisor": BELOW_ONE,
        "final_divisor": BELOW_ONE,
        "rise": (0, 1, -0.1, np.nan, "0.3", None),
    },
    Warmup: {"schedule": NO_POSITIVE},
    AdaptiveRate: {
        "initial": NO_POSITIVE,
        "factor": BELOW_ONE,
        "tol": NEGATIVE,
        "n_iter_no_change": NO_COUNT,
        "increase": BELOW_ONE,
        "decrease": NO_FACTOR,
        "max_growth": BELOW_ONE,
        "minimum": NEGATIVE,
        "maximum": NO_POSITIVE,
    },
}
INVALID = [
    (cls, name, value)
    for cls, parameters in INVALID_VALUES.items()
    for name, values in {
        **(INVALID_LENGTHS if issubclass(cls, TimedSchedule) else {}),
        **parameters,
    }.items()
    for value in values
]


def problem():
    X = np.random.default_rng(0).standard_normal((40, 4))
    return X, X[:, 0] - X[:, 1]


def regressor(learning_rate):
    return BPRegressor((3,), learning_rate=learning_rate, batch_size=8, max_iter=3, random_state=0)


def test_invalid_values_of_every_parameter_are_tested():
    tested = {(cls, name) for cls, name, _ in INVALID}
    assert tested == {(cls, name) for cls in SCHEDULES.values() for name in cls().get_params()}


@pytest.mark.parametrize(("cls", "name", "value"), INVALID)
def test_an_invalid_parameter_is_refused_by_name_and_value(cls, name, value):
    with pytest.raises((ValueError, TypeError)) as caught:
        cls(**{name: value}).check()
    assert f"'{name}'" in str(caught.value)
    assert repr(value) in str(caught.value)
    assert cls.__name__ in str(caught.value)


@pytest.mark.parametrize("cls", sorted(SCHEDULES.values(), key=str))
def test_an_invalid_parameter_is_refused_before_training(cls):
    name, values = next(iter(INVALID_VALUES[cls].items()))
    with pytest.raises(ValueError, match=f"'{name}'"):
        regressor(cls(**{name: values[0]})).fit(*problem())


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        (PolynomialDecay(0.1, final=0.2), "final=0.2 of PolynomialDecay.*initial=0.1"),
        (CosineDecay(0.1, final=0.2), "final=0.2 of CosineDecay.*initial=0.1"),
        (AdaptiveRate(1e-7), "initial=1e-07 of AdaptiveRate.*minimum=1e-06"),
        (AdaptiveRate(20), "initial=20 of AdaptiveRate.*maximum=10.0"),
        (Piecewise((1, 2, 3), n_steps=[5]), r"'n_steps'.*1, \[5\], for 3, \(1, 2, 3\)"),
        (Piecewise((1, 2)), r"'fraction'.*2, \(0.5, 0.75\), for 2, \(1, 2\)"),
        (Warmup(CosineDecay(-1)), "'initial' parameter of CosineDecay.*-1"),
        (Warmup(CosineDecay), r"schedule.*Warmup is the class CosineDecay.*, CosineDecay\(\)"),
        (FunctionRate(3), "'function' parameter of FunctionRate.*3"),
        (FunctionRate(abs, vectorized="no"), "'vectorized' parameter of FunctionRate.*'no'"),
    ],
    ids=repr,
)
def test_parameters_that_do_not_go_together_are_refused_with_both(schedule, message):
    with pytest.raises((ValueError, TypeError), match=message):
        schedule.check()


def test_parameters_of_a_schedule_within_a_schedule_are_reached_by_name():
    model = BPClassifier(learning_rate=Warmup(CosineDecay(0.1), n_epochs=1))
    parameters = {
        "learning_rate__schedule__initial": 0.2,
        "learning_rate__schedule__n_cycles": 3,
        "learning_rate__n_epochs": 2,
    }
    model.set_params(**parameters)
    assert {name: model.get_params()[name] for name in parameters} == parameters
    assert model.learning_rate.schedule.initial == 0.2
    assert model.learning_rate.schedule.n_cycles == 3
    assert model.learning_rate.n_epochs == 2


def test_a_schedule_may_be_exchanged_and_set_in_one_call():
    schedule = Warmup(0.1).set_params(schedule=StepDecay(), schedule__factor=0.5)
    assert schedule.schedule.factor == 0.5


# ------------------------------------------------------------------ what stands for a schedule


def halves(step):
    return 0.5**step


@pytest.mark.parametrize(
    ("value", "cls", "parameter"),
    [
        (0.1, ConstantRate, "rate"),
        (1, ConstantRate, "rate"),
        (np.float32(0.5), ConstantRate, "rate"),
        (halves, FunctionRate, "function"),
    ],
)
def test_numbers_and_functions_stand_for_schedules(value, cls, parameter):
    schedule = as_schedule(value)
    schedule.check()
    assert type(schedule) is cls
    assert getattr(schedule, parameter) is value


def test_a_schedule_stands_for_itself():
    schedule = CosineDecay()
    assert as_schedule(schedule) is schedule


@pytest.mark.parametrize("value", ["fast", None, [0.1], 1j, {}])
def test_what_stands_for_no_schedule_is_refused_by_name_and_value(value):
    with pytest.raises(TypeError, match=r"learning_rate must be a number") as caught:
        as_schedule(value)
    assert repr(value) in str(caught.value)


def test_a_class_is_no_schedule():
    with pytest.raises(TypeError, match=r"rate is the class StepDecay: .*StepDecay\(\)"):
        as_schedule(StepDecay, "rate")
    with pytest.raises(TypeError, match=r"an instance, Schedule\(\)"):
        as_schedule(Schedule)
