"""Loss curves of all restarts in one picture, and of several models."""

import numpy as np
import pytest
from display_cases import fitted, labels
from numpy.testing import assert_array_equal

from sk_bp.inspection import LossCurveDisplay

pytestmark = pytest.mark.usefixtures("close_figures")


def test_every_restart_has_a_line():
    model = fitted(5, n_restarts=3)
    display = LossCurveDisplay.from_estimator(model, restarts=True)
    numbers = np.array(model.history_["restart"])
    losses = np.array(model.history_["loss"])
    kept, *others = display.lines_
    assert_array_equal(kept.get_ydata(), losses[numbers == model.best_restart_])
    left = [number for number in range(4) if number != model.best_restart_]
    for line, number in zip(others, left, strict=True):
        assert_array_equal(line.get_ydata(), losses[numbers == number])
        assert line.get_linewidth() < kept.get_linewidth()
        assert line.get_color() == kept.get_color()
    assert labels(display.ax_) == ["training", "other initial weights"]


def test_restarts_of_several_models_have_the_colours_of_their_models():
    models = {name: fitted(5, optimizer=name, n_restarts=2) for name in ("sgd", "adam")}
    displays = LossCurveDisplay.from_estimators(models, restarts=True)
    assert [len(display.lines_) for display in displays.values()] == [3, 3]
    colours = [{line.get_color() for line in display.lines_} for display in displays.values()]
    assert [len(one) for one in colours] == [1, 1]
    assert colours[0] != colours[1]
    assert labels(displays.ax_) == [
        f"{name}{more}" for name in models for more in ("", ", other initial weights")
    ]


def test_a_comparison_has_the_figure_and_its_axes():
    displays = LossCurveDisplay.from_estimators({"a": fitted(3), "b": fitted(4)})
    assert displays.figure_ is displays["a"].figure_
    assert displays.axes_ is displays["b"].axes_
    assert list(displays) == ["a", "b"]
