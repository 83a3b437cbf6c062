"""Lengths in steps, in epochs, and as a fraction of the fit."""

import numpy as np
import pytest

from sk_bp.schedules import (
    SCHEDULES,
    CosineDecay,
    ExponentialDecay,
    Horizon,
    Piecewise,
    StepDecay,
    TimedSchedule,
    Warmup,
    rates_of,
)

TIMED = [cls for cls in SCHEDULES.values() if issubclass(cls, TimedSchedule)]
every_timed = pytest.mark.parametrize("cls", TIMED)
STEPS = np.arange(300)
HORIZON = Horizon(steps_per_epoch=20, n_steps=200)
EQUAL = {"n_steps": 50, "n_epochs": 2.5, "fraction": 0.25}


def made(cls, **length):
    if cls is Piecewise:
        return cls((0.1, 0.01), **{unit: [value] for unit, value in length.items()})
    return cls(**length)


@every_timed
def test_a_length_means_the_same_in_every_unit(cls):
    in_steps, *others = (
        rates_of(made(cls, **{unit: value}), STEPS, HORIZON) for unit, value in EQUAL.items()
    )
    for found in others:
        np.testing.assert_array_equal(found, in_steps)
    longer = rates_of(made(cls, n_steps=51), STEPS, HORIZON)
    assert (longer != in_steps).any()


@every_timed
@pytest.mark.parametrize(
    "units", [("n_steps", "n_epochs"), ("n_steps", "fraction"), ("n_epochs", "fraction"), EQUAL]
)
def test_two_units_at_once_are_refused_with_both_values(cls, units):
    schedule = made(cls, **{unit: EQUAL[unit] for unit in units})
    with pytest.raises(ValueError, match="cannot be given together") as caught:
        schedule.check()
    for unit in units:
        assert f"{unit}={getattr(schedule, unit)!r}" in str(caught.value)
    assert cls.__name__ in str(caught.value)


@every_timed
@pytest.mark.parametrize("fraction", [0, -0.1, 1.0001, np.nan, np.inf])
def test_a_fraction_outside_0_to_1_is_refused(cls, fraction):
    with pytest.raises(ValueError, match=r"'fraction'.*(\(0\.0, 1\.0\]|\(0, 1\])") as caught:
        made(cls, fraction=fraction).check()
    assert repr(fraction) in str(caught.value)


@every_timed
def test_the_default_length_is_documented(cls):
    unit, value = cls.default_length
    words = {1.0: "the whole", 1 / 3: "a third", 0.05: "twentieth", (0.5, 0.75): "0.5 and 0.75"}
    text = " ".join(cls.__doc__.split())
    assert "If none of the three is given, " in text
    assert (f"{value} steps" if unit == "n_steps" else words[value]) in text


@every_timed
def test_the_default_length_is_that_of_no_length(cls):
    unit, value = cls.default_length
    default, given = cls(), cls(**{unit: value})
    assert default.needs_whole == given.needs_whole == (unit == "fraction")
    np.testing.assert_array_equal(
        rates_of(default, STEPS, HORIZON), rates_of(given, STEPS, HORIZON)
    )


@pytest.mark.parametrize(
    ("length", "horizon", "missing"),
    [
        ({"fraction": 0.5}, Horizon(20), "fraction=0.5 needs .* of the whole fit"),
        ({"fraction": 0.5}, Horizon(), "fraction=0.5 needs .* of the whole fit"),
        ({"n_epochs": 2}, Horizon(), "n_epochs=2 needs .* of an epoch"),
    ],
)
@every_timed
def test_a_length_that_cannot_be_known_is_refused_by_name(cls, length, horizon, missing):
    with pytest.raises(ValueError, match="give n_steps") as caught:
        rates_of(made(cls, **length), STEPS, horizon)
    assert caught.match(f"learning_rate={cls.__name__}")
    (unit, value), *_ = length.items()
    assert f"{unit}={value!r}" in str(caught.value)
    assert missing.rpartition(" of ")[2] in str(caught.value)


def test_a_warm_up_of_steps_still_needs_what_its_schedule_needs():
    assert Warmup(CosineDecay(), n_steps=5).needs_whole
    assert Warmup(0.1, fraction=0.5).needs_whole
    assert not Warmup(CosineDecay(n_steps=100), n_steps=5).needs_whole
    with pytest.raises(ValueError, match=r"learning_rate=CosineDecay\(\): fraction=1.0 needs"):
        Warmup(CosineDecay(), n_steps=5)(STEPS)


def test_lengths_are_whole_steps_and_one_at_least():
    assert StepDecay(fraction=0.1).length(Horizon(3, 30)) == 3
    assert StepDecay(fraction=0.35).length(Horizon(1, 10)) in (3, 4)
    assert StepDecay(n_epochs=0.001).length(Horizon(7)) == 1
    assert isinstance(StepDecay(n_epochs=1.5).length(Horizon(4)), int)


def test_the_length_of_an_exponential_decay_may_be_left_out_as_ever():
    rates = ExponentialDecay(0.1, factor=0.5)(np.array([0, 1000]))
    np.testing.assert_allclose(rates, [0.1, 0.05], rtol=1e-15)


# --------------------------------------------------------------------------------- horizon


@pytest.mark.parametrize(
    ("n_samples", "batch_size", "per_epoch"),
    [(100, 10, 10), (101, 10, 11), (1, 200, 1), (7, 7, 1), (8, 7, 2)],
)
def test_the_last_batch_of_an_epoch_counts_as_a_step(n_samples, batch_size, per_epoch):
    assert Horizon.of(n_samples, batch_size) == Horizon(per_epoch, None)
    assert Horizon.of(n_samples, batch_size, 3) == Horizon(per_epoch, 3 * per_epoch)


def test_steps_of_earlier_calls_belong_to_the_whole():
    assert Horizon.of(100, 10, 3, steps_before=7) == Horizon(10, 37)


@pytest.mark.parametrize("name", ["steps_per_epoch", "n_steps"])
@pytest.mark.parametrize("value", [0, -1])
def test_a_horizon_without_steps_is_refused(name, value):
    with pytest.raises(ValueError, match=f"{name}={value} of Horizon"):
        Horizon(**{name: value})


def test_a_horizon_is_a_value():
    assert Horizon(2, 4) == Horizon(2, 4) != Horizon(2, 5)
    assert len({Horizon(2, 4), Horizon(2, 4)}) == 1
    with pytest.raises(AttributeError):
        Horizon(2, 4).n_steps = 5
