"""The flow of the gradient, by layer and by epoch."""

import numpy as np
import pytest
from cases import layouts
from display_cases import X, fitted, labels, target, y

from sk_bp import BPRegressor
from sk_bp.inspection import GradientFlowDisplay, gradient_report

pytestmark = pytest.mark.usefixtures("close_figures")


def test_norms_that_were_not_noted_down_are_asked_for():
    with pytest.raises(ValueError, match="fit with record_gradient_norms=True, or pass X and y"):
        GradientFlowDisplay.from_estimator(fitted(3, record_gradient_norms=False))


def test_ticks_that_were_set_stay():
    first = GradientFlowDisplay.from_estimator(fitted(6), X, y)
    first.ax_.set_xticks([0, 1], ["in", "out"])
    GradientFlowDisplay.from_estimator(fitted(7), X, y, ax=first.ax_)
    assert [tick.get_text() for tick in first.ax_.get_xticklabels()] == ["in", "out"]


def test_a_norm_between_gaps_has_a_marker():
    display = GradientFlowDisplay(norms=[[1, 0.1], [0, 0.2], [np.nan, 0.3], [0.5, 0]]).plot()
    line = display.lines_[0]
    assert line.get_marker() not in ("", "None")
    assert line.get_markevery() is None
    display.figure_.canvas.draw()


def test_layers_differ_by_marker_and_models_by_line():
    display = GradientFlowDisplay.from_estimator(fitted(6, 5), name="a")
    assert len({line.get_marker() for line in display.lines_}) == 3
    other = GradientFlowDisplay.from_estimator(fitted(6, 5), name="b", ax=display.ax_)
    assert other.lines_[0].get_linestyle() != display.lines_[0].get_linestyle()


@pytest.mark.parametrize("norms", [3.0, [], np.ones((2, 2, 2))])
def test_norms_of_another_shape_are_refused(norms):
    with pytest.raises(ValueError, match="norms must be of shape"):
        GradientFlowDisplay(norms=norms).plot()


@layouts
def test_the_norms_by_layer_are_those_of_the_report(layout):
    model = fitted(6, 5, activation="tanh")
    display = GradientFlowDisplay.from_estimator(model, layout(X), y)
    expected = [layer.gradient_norm for layer in gradient_report(model, X, y).layers]
    np.testing.assert_allclose(display.lines_[0].get_ydata(), expected, rtol=1e-12)
    assert display.ax_.get_yscale() == "log"


def test_the_norms_over_the_epochs_are_the_history():
    model = fitted(6, 5)
    display = GradientFlowDisplay.from_estimator(model)
    for layer, line in enumerate(display.lines_):
        np.testing.assert_array_equal(line.get_ydata(), model.history_[f"gradient_norm_{layer}"])
    assert labels(display.ax_) == ["layer 0", "layer 1", "layer 2"]


def test_many_layers_are_named_in_part():
    display = GradientFlowDisplay.from_estimator(fitted(*(4,) * 9, activation="tanh"))
    assert len(display.lines_) == 10
    assert labels(display.ax_) == ["layer 0", "layer 5", "layer 9"]


def test_several_models_can_share_the_axes():
    first = GradientFlowDisplay.from_estimator(fitted(6), X, y, name="six")
    second = GradientFlowDisplay.from_estimator(fitted(7), X, y, name="seven", ax=first.ax_)
    assert labels(first.ax_) == ["six", "seven"]
    assert first.lines_[0].get_linestyle() != second.lines_[0].get_linestyle()
    over = GradientFlowDisplay.from_estimator(fitted(6), name="six")
    other = GradientFlowDisplay.from_estimator(fitted(7), name="seven", ax=over.ax_)
    assert over.lines_[0].get_linestyle() != other.lines_[0].get_linestyle()


def test_a_gradient_of_zero_is_a_cross():
    model = fitted(4)
    model.intercepts_ = [b - 1e3 * (layer == 0) for layer, b in enumerate(model.intercepts_)]
    display = GradientFlowDisplay.from_estimator(model, X, y)
    assert display.norms[0] == 0
    crosses = [line for line in display.ax_.get_lines() if line.get_marker() == "x"]
    assert len(crosses) == 1
    np.testing.assert_array_equal(crosses[0].get_xdata(), [0, 1])
    display.figure_.canvas.draw()


def test_targets_without_samples_are_refused():
    with pytest.raises(ValueError, match="need X"):
        GradientFlowDisplay.from_estimator(fitted(3), y=y)


def test_a_gradient_that_is_not_finite_is_refused():
    model = BPRegressor(3, max_iter=1, tol=None).fit(X, target)
    for look in (gradient_report, GradientFlowDisplay.from_estimator):
        with pytest.raises(ValueError, match="not finite, or too large"):
            look(model, X * 1e200, target)


def test_data_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="5 features"):
        GradientFlowDisplay.from_estimator(fitted(3), np.eye(5), y[:5])
