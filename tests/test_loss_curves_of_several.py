"""Several models in one figure of loss curves."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from display_cases import fitted, labels

from sk_bp import LBFGS, ExponentialDecay
from sk_bp.inspection import LossCurveDisplay

pytestmark = pytest.mark.usefixtures("close_figures")


def test_several_models_stand_in_one_figure_and_differ():
    models = {name: fitted(5, optimizer=name) for name in ("sgd", "adam", "rmsprop")}
    displays = LossCurveDisplay.from_estimators(models)
    axes = {display.ax_ for display in displays.values()}
    assert len(axes) == 1
    assert labels(axes.pop()) == ["sgd", "adam", "rmsprop"]
    lines = [display.lines_[0] for display in displays.values()]
    assert len({line.get_color() for line in lines}) == 3
    assert len({line.get_marker() for line in lines}) == 3


def test_one_model_can_be_added_to_the_axes_of_another():
    first = LossCurveDisplay.from_estimator(fitted(5), name="five")
    second = LossCurveDisplay.from_estimator(fitted(9), name="nine", ax=first.ax_)
    assert labels(first.ax_) == ["five", "nine"]
    assert first.lines_[0].get_color() != second.lines_[0].get_color()


def test_models_that_differ_in_what_they_noted_down_share_the_panels_of_both():
    models = {
        "held out": fitted(5, early_stopping=True, scoring="accuracy"),
        "decaying": fitted(5, learning_rate=ExponentialDecay(0.01)),
        "L-BFGS": fitted(5, optimizer=LBFGS(), learning_rate=None, alpha=1),
    }
    displays = LossCurveDisplay.from_estimators(models)
    axes = displays["L-BFGS"].axes_
    assert [ax.get_ylabel() for ax in axes] == ["loss", "validation accuracy", "learning rate"]
    assert [len(ax.get_lines()) for ax in axes] == [3, 2, 2]  # with the ring of the best epoch


@pytest.mark.parametrize(
    ("estimators", "error"), [([1], TypeError), ({}, ValueError), ({"a": 1}, TypeError)]
)
def test_estimators_must_be_a_dict_of_fitted_ones(estimators, error):
    before = plt.get_fignums()
    with pytest.raises(error, match="estimator"):
        LossCurveDisplay.from_estimators(estimators)
    assert plt.get_fignums() == before


def test_a_display_can_be_added_to_the_panels_of_another():
    model = fitted(5, early_stopping=True, scoring="accuracy", learning_rate=ExponentialDecay(0.01))
    first = LossCurveDisplay.from_estimator(model, name="a")
    second = LossCurveDisplay.from_estimator(fitted(4), name="b", ax=first.axes_)
    third = LossCurveDisplay.from_estimator(model, name="c", ax=first.axes_[1])
    assert list(second.axes_) == list(first.axes_)
    assert labels(first.ax_) == ["a", "b"]
    assert labels(first.axes_[1]) == ["a, validation", "weights kept", "c, validation"]
    assert third.ax_ is first.axes_[1]
    np.testing.assert_array_equal(third.lines_[0].get_ydata(), model.validation_scores_)


def test_a_panel_that_no_model_has_is_refused():
    before = plt.get_fignums()
    with pytest.raises(ValueError, match="no 'score' to show"):
        LossCurveDisplay.from_estimators({"a": fitted(3), "b": fitted(4)}, panels=["score"])
    assert plt.get_fignums() == before


def test_a_model_that_stands_in_a_later_panel_only_has_a_legend_there():
    models = {"a": fitted(3), "b": fitted(4, early_stopping=True, scoring="accuracy")}
    displays = LossCurveDisplay.from_estimators(models, panels=["score", "loss"])
    score, loss = displays["a"].axes_
    assert labels(score) == ["b, validation", "weights kept"]
    assert labels(loss) == ["a", "b"]
