"""The display of schedules: what it draws is what training would use."""

import builtins
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest

from sk_bp import AdaptiveRate, ConstantRate, CosineDecay, Piecewise, StepDecay
from sk_bp.inspection import ScheduleDisplay
from sk_bp.schedules import SCHEDULES, Horizon, rates_of


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_the_line_is_the_rates_of_all_steps(name):
    schedule = SCHEDULES[name]()
    display = ScheduleDisplay.from_schedule(schedule, n_samples=95, batch_size=10, n_epochs=30)
    expected = rates_of(schedule, np.arange(300), Horizon(10, 300))
    np.testing.assert_array_equal(display.rates, expected)
    np.testing.assert_array_equal(display.line_.get_ydata()[:-1], expected)
    np.testing.assert_allclose(display.line_.get_xdata(), np.arange(301) / 10, rtol=1e-15)
    assert display.line_.get_drawstyle() == "steps-post"
    assert labels(display.ax_) == [type(schedule).__name__]
    assert (display.ax_.get_xlabel(), display.ax_.get_ylabel()) == ("epoch", "learning rate")
    display.figure_.canvas.draw()


def test_of_many_steps_some_are_drawn_the_first_and_the_last_among_them():
    schedule = CosineDecay(0.1)
    display = ScheduleDisplay.from_schedule(schedule, n_samples=10_000, batch_size=1, n_epochs=1000)
    assert len(display.rates) == 5000
    ends = rates_of(schedule, np.array([0, 10**7 - 1]), Horizon(10_000, 10**7))
    np.testing.assert_array_equal([display.rates[0], display.rates[-1]], ends)


def test_small_data_make_one_step_an_epoch():
    display = ScheduleDisplay.from_schedule(StepDecay(n_epochs=2), n_samples=50, n_epochs=6)
    np.testing.assert_allclose(display.rates, [0.01, 0.01, 0.001, 0.001, 0.0001, 0.0001])


def test_an_adaptive_rate_follows_the_losses_that_are_given():
    schedule = AdaptiveRate(1.0, factor=10, n_iter_no_change=1, minimum=0)
    sizes = {"n_samples": 20, "batch_size": 10, "n_epochs": 6}
    display = ScheduleDisplay.from_schedule(schedule, losses=[1, 1, 1, 0.5], **sizes)
    np.testing.assert_allclose(display.rates, [1, 1, 1, 1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
    longer = ScheduleDisplay.from_schedule(schedule, losses=[1] * 50, **sizes)
    np.testing.assert_allclose(longer.rates[::2], [1, 1, 1, 0.1, 0.1, 0.01])
    without = ScheduleDisplay.from_schedule(schedule, **sizes)
    np.testing.assert_array_equal(without.rates, 1)


def test_numbers_and_functions_are_drawn_too():
    schedules = {"number": 0.1, "function": lambda step: 0.1 / (1 + step)}
    displays = ScheduleDisplay.from_schedules(schedules, n_samples=10, batch_size=5, n_epochs=2)
    np.testing.assert_array_equal(displays["number"].rates, 0.1)
    np.testing.assert_array_equal(displays["function"].rates, 0.1 / np.arange(1, 5))


def test_several_schedules_stand_in_one_figure_and_differ():
    schedules = {"one": ConstantRate(), "two": CosineDecay(), "three": StepDecay()}
    displays = ScheduleDisplay.from_schedules(schedules, n_samples=1000)
    (ax,) = {display.ax_ for display in displays.values()}
    assert labels(ax) == list(schedules)
    lines = [display.line_ for display in displays.values()]
    assert len({line.get_color() for line in lines}) == len(lines)
    assert len({line.get_marker() for line in lines}) == len(lines)


def test_a_display_has_axes_of_its_own_or_those_given_and_can_be_drawn_again():
    figure, ax = plt.subplots()
    display = ScheduleDisplay.from_schedule(0.1, n_samples=10, ax=ax, name="here", color="red")
    assert (display.ax_, display.figure_) == (ax, figure)
    assert display.line_.get_color() == "red"
    assert display.plot(name="there") is display
    assert display.figure_ is not figure
    assert (labels(ax), labels(display.ax_)) == (["here"], ["there"])
    with pytest.raises(TypeError, match="ax must be matplotlib Axes"):
        display.plot("left")


def test_a_display_may_be_made_of_bare_numbers():
    display = ScheduleDisplay(epochs=[0, 1], rates=[0.2, 0.1], n_epochs=2).plot()
    np.testing.assert_array_equal(display.line_.get_ydata(), [0.2, 0.1, 0.1])
    assert display.ax_.get_legend() is None


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"n_samples": 0}, ValueError, "n_samples == 0"),
        ({"n_epochs": 1.5}, TypeError, "n_epochs must be an instance of int"),
        ({"batch_size": -1}, ValueError, "batch_size == -1"),
        ({"schedule": "fast"}, TypeError, "schedule must be a number.*'fast'"),
        ({"schedule": -1}, ValueError, "'rate'.*-1"),
        ({"schedule": Piecewise((1, 2))}, ValueError, "'fraction' of Piecewise"),
        ({"schedule": lambda step: -step}, ValueError, "the rate -1.0 for step 1"),
        ({"color": "no colour"}, ValueError, "no colour"),
    ],
)
def test_what_cannot_be_drawn_is_refused_before_a_figure_is_made(parameters, error, message):
    before = plt.get_fignums()
    with pytest.raises(error, match=message):
        ScheduleDisplay.from_schedule(
            **{"schedule": 0.1, "n_samples": 100, "batch_size": 10, **parameters}
        )
    assert plt.get_fignums() == before


@pytest.mark.parametrize(
    ("schedules", "error"),
    [([0.1], TypeError), ({}, ValueError), ({"good": 0.1, "bad": "fast"}, TypeError)],
)
def test_schedules_must_be_a_dict_of_valid_ones(schedules, error):
    before = plt.get_fignums()
    with pytest.raises(error, match="schedule"):
        ScheduleDisplay.from_schedules(schedules, n_samples=100)
    assert plt.get_fignums() == before


@pytest.mark.parametrize("method", ["from_schedule", "from_schedules"])
def test_without_matplotlib_the_error_says_what_to_install(method, monkeypatch):
    real_import = builtins.__import__

    def without(name, *args, **kwargs):
        if name.split(".")[0] == "matplotlib":
            raise ImportError(name)
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(ImportError, match=rf"{method} requires matplotlib.*pip install"):
        getattr(ScheduleDisplay, method)({"a": 0.1}, n_samples=10)
