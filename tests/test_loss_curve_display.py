"""Loss curves are the history of a fit."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from display_cases import X, fitted, labels, target, y

from sk_bp import BPClassifier, BPRegressor, ExponentialDecay
from sk_bp.inspection import GradientFlowDisplay, LossCurveDisplay

pytestmark = pytest.mark.usefixtures("close_figures")


def test_the_curves_are_the_history():
    model = fitted(5, early_stopping=True)
    display = LossCurveDisplay.from_estimator(model)
    training, validation = display.lines_
    np.testing.assert_array_equal(training.get_xdata(), np.arange(1, 9))
    np.testing.assert_array_equal(training.get_ydata(), model.loss_curve_)
    np.testing.assert_array_equal(validation.get_ydata(), -np.array(model.validation_scores_))
    assert labels(display.ax_) == ["training", "validation", "weights kept"]
    assert display.ax_.get_xlabel() == "epoch"
    assert display.ax_.get_ylabel() == "loss"
    assert display.best_epoch == np.argmax(model.validation_scores_) + 1


@pytest.mark.parametrize(
    ("scoring", "name"),
    [
        ("balanced_accuracy", "balanced accuracy"),
        (None, "accuracy"),
        (lambda m, X, y: 1.0, "score"),
    ],
)
def test_a_score_and_a_changing_rate_have_panels_of_their_own(scoring, name):
    model = fitted(5, early_stopping=True, scoring=scoring, learning_rate=ExponentialDecay(0.01))
    display = LossCurveDisplay.from_estimator(model)
    loss, score, rate = display.axes_
    assert display.ax_ is loss
    names = ["loss", f"validation {name}", "learning rate"]
    assert [ax.get_ylabel() for ax in display.axes_] == names
    np.testing.assert_array_equal(score.get_lines()[0].get_ydata(), model.validation_scores_)
    np.testing.assert_array_equal(rate.get_lines()[0].get_ydata(), model.history_["learning_rate"])


def test_a_constant_rate_has_a_panel_only_if_asked_for():
    model = fitted(5)
    assert len(LossCurveDisplay.from_estimator(model).axes_) == 1
    display = LossCurveDisplay.from_estimator(model, panels=["learning_rate", "loss"])
    assert [ax.get_ylabel() for ax in display.axes_] == ["learning rate", "loss"]


def test_restarts_show_the_run_that_was_kept():
    model = fitted(5, n_restarts=2)
    display = LossCurveDisplay.from_estimator(model)
    np.testing.assert_array_equal(display.lines_[0].get_ydata(), model.loss_curve_)
    assert GradientFlowDisplay.from_estimator(model).norms.shape == (8, 2)


def test_a_stream_of_partial_fits_is_drawn_where_it_was_noted_down():
    model = BPClassifier(5, batch_size=10, random_state=0)
    for epoch in range(20):
        model.set_params(record_gradient_norms=epoch >= 17)
        model.partial_fit(X[:10], y[:10], classes=np.unique(y))
    assert len(LossCurveDisplay.from_estimator(model).lines_[0].get_xdata()) == 20
    flow = GradientFlowDisplay.from_estimator(model)
    drawn = np.flatnonzero(np.isfinite(flow.lines_[0].get_ydata()))
    np.testing.assert_array_equal(flow.lines_[0].get_xdata()[drawn], [18, 19, 20])


def test_a_loss_over_orders_of_magnitude_has_a_logarithmic_axis():
    display = LossCurveDisplay(loss=[100.0, 1.0, 0.1]).plot()
    assert display.ax_.get_yscale() == "log"
    assert LossCurveDisplay(loss=[3.0, 1.0, 0.5]).plot().ax_.get_yscale() == "linear"
    assert LossCurveDisplay(loss=[3.0, 1.0, 0.0]).plot().ax_.get_yscale() == "linear"


@pytest.mark.parametrize(
    ("panels", "message"),
    [
        ("losses", "'losses' is not one of"),
        (["loss", "score"], "no 'score' to show"),
        ([], "panels is empty"),
    ],
)
def test_panels_that_are_not_there_are_refused(panels, message):
    with pytest.raises(ValueError, match=message):
        LossCurveDisplay.from_estimator(fitted(3), panels=panels)


def test_as_many_axes_as_panels_are_needed():
    _, axes = plt.subplots(2)
    with pytest.raises(ValueError, match="ax holds 2 Axes"):
        LossCurveDisplay.from_estimator(fitted(3), ax=axes)


def test_a_model_is_named_by_what_the_fit_was_scored_by():
    model = fitted(5, early_stopping=True)
    model.set_params(scoring="accuracy", early_stopping=False)
    display = LossCurveDisplay.from_estimator(model)
    assert len(display.axes_) == 1
    assert display.best_epoch == model.best_epoch_
    np.testing.assert_array_equal(display.validation_loss, -np.array(model.validation_scores_))


def test_a_scale_that_was_set_stays():
    _, ax = plt.subplots()
    ax.set_yscale("log")
    LossCurveDisplay(loss=[3.0, 2.0]).plot(ax)
    LossCurveDisplay(loss=[3.0, 3.0]).plot(ax)
    assert ax.get_yscale() == "log"


def test_labels_between_the_powers_of_ten_go_when_they_would_be_too_many():
    _, ax = plt.subplots()
    LossCurveDisplay(loss=[1.0, 0.02]).plot(ax)
    assert "0.5" in [tick.get_text() for tick in ax.get_yticklabels()]
    LossCurveDisplay(loss=[1.0, 1e-8]).plot(ax)
    assert len([t for t in ax.get_yticks() if 1e-8 <= t <= 1]) < 12


def test_lines_of_others_do_not_count_and_scores_stay_linear():
    _, ax = plt.subplots()
    ax.axhline(0)
    display = LossCurveDisplay(loss=[100.0, 0.1], score=[0.01, 0.9])
    assert display.plot(ax).ax_.get_yscale() == "log"
    assert [one.get_yscale() for one in display.plot().axes_] == ["log", "linear"]


def test_a_loss_that_is_not_finite_is_a_cross():
    display = LossCurveDisplay(loss=[1.0, np.inf, np.nan]).plot()
    (cross,) = [line for line in display.ax_.get_lines() if line.get_marker() == "x"]
    np.testing.assert_array_equal(cross.get_xdata(), [2, 3])


def test_a_step_that_could_not_be_made_has_no_gradient_to_draw():
    model = BPRegressor(3, record_gradient_norms=True, scaling=False)
    with pytest.warns(UserWarning, match="stopped early"):
        model.fit(X * 1e200, target * 1e200)
    with pytest.raises(ValueError, match="no step could be made"):
        GradientFlowDisplay.from_estimator(model)
    LossCurveDisplay.from_estimator(model).figure_.canvas.draw()
