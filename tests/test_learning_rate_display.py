"""The display of the range test: it draws what the test has found."""

import builtins
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
import scipy.sparse as sp
from cases import layouts
from display_cases import X, labels, y
from helpers import quick

from sk_bp import BPClassifier
from sk_bp.inspection import LearningRateDisplay, RangeTest, learning_rate_range_test

pytestmark = pytest.mark.usefixtures("close_figures")

model = quick(BPClassifier, batch_size=20)


@layouts
def test_the_line_is_the_smoothed_losses_with_the_suggestion_marked_on_it(layout):
    display = LearningRateDisplay.from_estimator(model, layout(X), y, n_steps=60)
    result = learning_rate_range_test(model, layout(X), y, n_steps=60)
    line = display.line_
    np.testing.assert_array_equal(line.get_xdata(), result.rates)
    np.testing.assert_array_equal(line.get_ydata(), result.smoothed_losses)
    (marked,) = line.get_markevery()
    assert result.rates[marked] == display.suggestion == result.suggestion
    assert labels(display.ax_)[0] == f"smoothed loss, suggestion {result.suggestion:.2g}"
    assert (display.ax_.get_xlabel(), display.ax_.get_xscale()) == ("learning rate", "log")
    assert display.ax_.get_ylabel() == "loss"
    display.figure_.canvas.draw()


def test_the_losses_of_the_steps_and_the_divergence_are_drawn_too():
    result = learning_rate_range_test(model.set_params(optimizer="sgd"), X, y, max_rate=1e3)
    display = LearningRateDisplay.from_result(result)
    steps, divergence = display.ax_.get_lines()[1:]
    np.testing.assert_array_equal(steps.get_ydata(), result.losses)
    assert divergence.get_xdata()[0] == result.divergence
    assert labels(display.ax_)[1] == "divergence"
    up_to_lowest = result.losses[: result.smoothed_losses.argmin() + 1]
    low, high = display.ax_.get_ylim()
    assert low < up_to_lowest.min() < up_to_lowest.max() < high < result.losses.max()


def test_several_models_stand_in_one_figure_and_differ():
    _, ax = plt.subplots()
    displays = [
        LearningRateDisplay.from_estimator(
            quick(BPClassifier, optimizer=name, batch_size=20), X, y, name=name, ax=ax, max_rate=1e3
        )
        for name in ("sgd", "adam", "rmsprop")
    ]
    assert {display.ax_ for display in displays} == {ax}
    assert len({display.line_.get_color() for display in displays}) == 3
    assert len({display.line_.get_marker() for display in displays}) == 3
    assert labels(ax).count("divergence") == 1
    assert [label.split(",")[0] for label in labels(ax) if "," in label] == [
        "sgd",
        "adam",
        "rmsprop",
    ]


def test_a_display_has_axes_of_its_own_or_those_given_and_can_be_drawn_again():
    figure, ax = plt.subplots()
    display = LearningRateDisplay.from_estimator(model, X, y, ax=ax, name="here", color="red")
    assert (display.ax_, display.figure_) == (ax, figure)
    assert display.line_.get_color() == "red"
    assert display.plot(name="there") is display
    assert display.figure_ is not figure
    assert labels(ax)[0].startswith("here")
    assert labels(display.ax_)[0].startswith("there")
    with pytest.raises(TypeError, match=r"ax must be matplotlib Axes.*'left'"):
        display.plot("left")


def test_a_display_may_be_made_of_bare_numbers():
    numbers = np.arange(1.0, 4.0)
    display = LearningRateDisplay(rates=numbers, losses=numbers, smoothed_losses=numbers).plot()
    assert display.line_.get_markevery() == []
    assert labels(display.ax_) == ["smoothed loss"]
    display.figure_.canvas.draw()


def test_flat_losses_are_drawn():
    ones = np.ones(3)
    result = RangeTest(np.arange(1.0, 4.0), ones, ones, None, None)
    display = LearningRateDisplay.from_result(result)
    low, high = display.ax_.get_ylim()
    assert low < 1 < high


@pytest.mark.parametrize("result", [None, (1, 2), {"rates": [1]}])
def test_what_is_no_result_is_refused_by_name(result):
    with pytest.raises(TypeError, match="result must be a RangeTest, got"):
        LearningRateDisplay.from_result(result)


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"estimator": None}, TypeError, "estimator must be"),
        ({"min_rate": -1.0}, ValueError, "min_rate.*-1"),
        ({"color": "no colour"}, ValueError, "no colour"),
    ],
)
def test_what_cannot_be_drawn_is_refused_before_a_figure_is_made(params, error, message):
    before = plt.get_fignums()
    with pytest.raises(error, match=message):
        LearningRateDisplay.from_estimator(**{"estimator": model, "X": X, "y": y, **params})
    assert plt.get_fignums() == before


def test_sparse_input_is_drawn_as_dense_input_is():
    one, two = (
        LearningRateDisplay.from_estimator(model, data, y).line_ for data in (X, sp.csr_array(X))
    )
    np.testing.assert_allclose(one.get_ydata(), two.get_ydata(), rtol=1e-7)


@pytest.mark.parametrize("method", ["from_estimator", "from_result"])
def test_without_matplotlib_the_error_says_what_to_install(method, monkeypatch):
    real_import = builtins.__import__

    def without(name, *args, **kwargs):
        if name.split(".")[0] == "matplotlib":
            raise ImportError(name)
        return real_import(name, *args, **kwargs)

    result = learning_rate_range_test(model, X, y)
    monkeypatch.setattr(builtins, "__import__", without)
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    arguments = (model, X, y) if method == "from_estimator" else (result,)
    with pytest.raises(ImportError, match=rf"LearningRateDisplay\.{method} requires matplotlib"):
        getattr(LearningRateDisplay, method)(*arguments)
