"""What the displays have in common: they draw what was measured, in scikit-learn's manner."""

import builtins
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from display_cases import DRAWN, X, fitted, labels
from matplotlib.colors import to_rgb
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_bp import BPClassifier, BPRegressor
from sk_bp.inspection.drawing import COLORS, style

pytestmark = pytest.mark.usefixtures("close_figures")


every_display = pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)


@every_display
def test_a_display_has_axes_and_a_figure_of_its_own_or_those_given(draw):
    model = fitted(5)
    display = draw(model)
    assert display.figure_ is display.ax_.figure
    figure, ax = plt.subplots()
    display = draw(model, ax=ax)
    assert display.ax_ is ax
    assert display.figure_ is figure
    figure.canvas.draw()


@every_display
def test_a_display_can_be_drawn_again(draw):
    display = draw(fitted(5))
    first = display.figure_
    assert display.plot() is display
    assert display.figure_ is not first


@every_display
def test_what_cannot_be_drawn_is_refused(draw):
    with pytest.raises(NotFittedError):
        draw(BPClassifier())
    for other in (make_pipeline(StandardScaler()).fit(X), "network", None):
        with pytest.raises(TypeError, match=r"estimator must be a .*BPClassifier or BPRegressor"):
            draw(other)
    with pytest.raises(TypeError, match=r"ax must be matplotlib Axes.*got 'left'"):
        draw(fitted(3), ax="left")


@every_display
def test_without_matplotlib_the_error_says_what_to_install(draw, monkeypatch):
    model = fitted(3)
    real_import = builtins.__import__

    def without(name, *args, **kwargs):
        if name.split(".")[0] == "matplotlib":
            raise ImportError(name)
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    for name in [name for name in sys.modules if name.split(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(
        ImportError, match=r"Display.from_estimator requires matplotlib.*pip install"
    ):
        draw(model)


@pytest.mark.parametrize("draw", [DRAWN["loss"], DRAWN["flow by epoch"]], ids=["loss", "flow"])
def test_assigned_weights_have_no_history(draw):
    model = BPRegressor()
    model.coefs_, model.intercepts_ = [np.ones((3, 1))], [np.zeros(1)]
    with pytest.raises(ValueError, match="weights were assigned, not trained"):
        draw(model)


@every_display
def test_a_small_figure_is_drawn_without_a_warning(draw):
    figure = draw(fitted(5)).figure_
    figure.set_size_inches(2.5, 2)
    figure.canvas.draw()


def test_neighbouring_colours_differ_in_grey_too():
    grey = [np.dot(to_rgb(color), (0.299, 0.587, 0.114)) for color in COLORS]
    assert np.abs(np.diff(grey)).min() > 0.1


@pytest.mark.parametrize("draw", [DRAWN["loss"], DRAWN["flow by epoch"], DRAWN["flow by layer"]])
def test_keywords_of_lines_have_their_short_names_too(draw):
    display = draw(fitted(5), c="red", ls=":", lw=3, ms=2, label="net")
    line = display.lines_[0]
    assert line.get_color() == "red"
    assert line.get_linestyle() == ":"
    assert line.get_linewidth() == 3
    assert labels(display.ax_)[0].startswith("net")
    before = plt.get_fignums()
    with pytest.raises(AttributeError, match="colour"):
        draw(fitted(5), colour="red")
    assert plt.get_fignums() == before


@pytest.mark.parametrize("draw", [DRAWN["loss"], DRAWN["flow by epoch"]], ids=["loss", "flow"])
@pytest.mark.parametrize("n_epochs", [1, 3, 20])
def test_epochs_are_whole_numbers(draw, n_epochs):
    display = draw(fitted(5, max_iter=n_epochs))
    display.figure_.canvas.draw()
    ticks = display.ax_.get_xticks()
    np.testing.assert_array_equal(ticks, np.round(ticks))


def test_seven_and_more_models_differ_in_colour_or_marker():
    looks = [tuple(style(number).values()) for number in range(50)]
    assert len(set(looks)) == 50
