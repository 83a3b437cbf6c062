"""The displays: what they draw is what was measured, in scikit-learn's manner."""

import builtins
import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from matplotlib.colors import to_rgb
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_bp import LBFGS, BPClassifier, BPRegressor, ExponentialDecay
from sk_bp.inspection import GradientFlowDisplay, LossCurveDisplay, WeightsDisplay, gradient_report
from sk_bp.inspection.drawing import COLORS, style

rng = np.random.default_rng(0)
X = rng.standard_normal((90, 12))
y = np.array(["red", "green", "blue"])[np.arange(90) % 3]
target = X[:, 0] - X[:, 1]


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def fitted(*sizes, **params):
    model = BPClassifier(sizes, max_iter=8, tol=None, random_state=0, record_gradient_norms=True)
    return model.set_params(**params).fit(X, y)


def labels(ax):
    legend = ax.get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]


DRAWN = {
    "loss": lambda estimator, **kw: LossCurveDisplay.from_estimator(estimator, **kw),
    "flow by epoch": lambda estimator, **kw: GradientFlowDisplay.from_estimator(estimator, **kw),
    "flow by layer": lambda estimator, **kw: GradientFlowDisplay.from_estimator(
        estimator, X, y, **kw
    ),
    "weights": lambda estimator, **kw: WeightsDisplay.from_estimator(estimator, **kw),
}
every_display = pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)


# ---------------------------------------------------------------------- all of them


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
    for other in (make_pipeline(StandardScaler(), fitted(3)), "network", None):
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


# ---------------------------------------------------------------------- loss curves


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
        "L-BFGS": fitted(5, optimizer=LBFGS(), alpha=1),
    }
    displays = LossCurveDisplay.from_estimators(models)
    axes = displays["L-BFGS"].axes_
    assert [ax.get_ylabel() for ax in axes] == ["loss", "validation accuracy", "learning rate"]
    assert [len(ax.get_lines()) for ax in axes] == [3, 2, 2]  # with the ring of the best epoch


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


def test_norms_that_were_not_noted_down_are_asked_for():
    with pytest.raises(ValueError, match="fit with record_gradient_norms=True, or pass X and y"):
        GradientFlowDisplay.from_estimator(fitted(3, record_gradient_norms=False))


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
    model = BPRegressor(3, record_gradient_norms=True)
    with pytest.warns(UserWarning, match="stopped early"):
        model.fit(X * 1e200, target * 1e200)
    with pytest.raises(ValueError, match="no step could be made"):
        GradientFlowDisplay.from_estimator(model)
    LossCurveDisplay.from_estimator(model).figure_.canvas.draw()


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


# ---------------------------------------------------------------------- gradient flow


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


def test_seven_and_more_models_differ_in_colour_or_marker():
    looks = [tuple(style(number).values()) for number in range(50)]
    assert len(set(looks)) == 50


@pytest.mark.parametrize("norms", [3.0, [], np.ones((2, 2, 2))])
def test_norms_of_another_shape_are_refused(norms):
    with pytest.raises(ValueError, match="norms must be of shape"):
        GradientFlowDisplay(norms=norms).plot()


@pytest.mark.parametrize("layout", [np.asarray, sp.csr_array], ids=["dense", "sparse"])
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


# ---------------------------------------------------------------------- weights


def test_images_show_the_weights_of_the_strongest_units():
    model = fitted(20)
    display = WeightsDisplay.from_estimator(model, image_shape=(3, 4), units=4)
    W, out = model.coefs_
    size = np.linalg.norm(W, axis=0) * np.linalg.norm(out, axis=1)
    order = np.argsort(-size)[:4]
    limit = np.abs(W[:, order]).max()
    for panel, unit in zip(display.axes_, order, strict=True):
        (image,) = panel.get_images()
        np.testing.assert_array_equal(image.get_array(), W[:, unit].reshape(3, 4))
        np.testing.assert_allclose(image.get_clim(), (-limit, limit))  # zero is grey in all alike
        assert panel.get_title() == f"unit {unit} → {model.classes_[out[unit].argmax()]}"


def test_bars_show_the_strongest_features_by_name():
    frame = pd.DataFrame(X, columns=[f"word {i}" for i in range(12)])
    model = BPClassifier((), max_iter=5, tol=None, random_state=0).fit(frame, y)
    display = WeightsDisplay.from_estimator(model, n_features=3)
    W = model.coefs_[0]
    assert [panel.get_title() for panel in display.axes_] == ["blue", "green", "red"]
    for output, panel in enumerate(display.axes_):
        strongest = np.argsort(-np.abs(W[:, output]))[:3]
        strongest = strongest[np.argsort(W[strongest, output])]
        names = [tick.get_text() for tick in panel.get_yticklabels()]
        assert names == [f"word {i}" for i in strongest]
        widths = [bar.get_width() for bar in panel.patches]
        np.testing.assert_array_equal(widths, W[strongest, output])


def test_units_without_names_have_numbers():
    model = BPRegressor(7, max_iter=3, tol=None, random_state=0).fit(X, target)
    display = WeightsDisplay.from_estimator(model, units=[6, 2], n_features=20)
    assert [panel.get_title() for panel in display.axes_] == ["unit 6", "unit 2"]
    assert len(display.axes_[0].patches) == 12
    assert {tick.get_text() for tick in display.axes_[0].get_yticklabels()} == {
        f"x{i}" for i in range(12)
    }


@pytest.mark.parametrize("n_classes", [1, 2])
def test_a_unit_of_few_classes_is_named(n_classes):
    few = np.arange(90) % n_classes
    model = BPClassifier(3, max_iter=2, tol=None, random_state=0).fit(X, few)
    titles = [panel.get_title() for panel in WeightsDisplay.from_estimator(model).axes_]
    assert len(titles) == 3
    out = model.coefs_[1]
    for title in titles:
        unit = int(title.split()[1])
        end = f" → {int(out[unit, 0] > 0)}" if n_classes == 2 else ""
        assert title == f"unit {unit}{end}"


def test_units_are_drawn_into_as_many_axes_as_are_given():
    model = fitted(5)
    figure, axes = plt.subplots(1, 3)
    display = WeightsDisplay.from_estimator(model, ax=axes[:2])
    assert display.figure_ is figure
    assert [panel.get_title() != "" for panel in axes] == [True, True, False]
    with pytest.raises(ValueError, match="ax holds 3 Axes, but 2 are needed, one for each of the"):
        WeightsDisplay.from_estimator(model, units=2, ax=axes)


def test_long_names_are_cut_and_dollars_are_dollars():
    frame = pd.DataFrame(
        X, columns=[f"{i} the cost $\\frac$ of a very long name" for i in range(12)]
    )
    model = BPClassifier((), max_iter=2, tol=None, random_state=0).fit(frame, y)
    display = WeightsDisplay.from_estimator(model)
    display.figure_.canvas.draw()
    names = [tick.get_text() for tick in display.axes_[0].get_yticklabels()]
    assert all(len(name) == 24 and name.endswith("…") and "$" in name for name in names)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"image_shape": (3, 5)}, "15 places, but the network has 12 features"),
        ({"image_shape": (12,)}, "two whole numbers"),
        ({"image_shape": 12}, "two whole numbers"),
        ({"image_shape": (3.0, 4.0)}, "two whole numbers"),
        ({"feature_names": ["a", "b"]}, "2 feature_names for 12 features"),
        ({"units": 0}, "units must be a whole number > 0 or numbers, got 0"),
        ({"units": True}, "units must be a whole number > 0 or numbers, got True"),
        ({"units": [7]}, r"units=\[7\]: the first layer has units 0 to 4"),
        ({"units": [-1]}, "units 0 to 4"),
        ({"units": []}, "sequence of numbers"),
        ({"units": ["a"]}, "sequence of numbers"),
        ({"n_features": 0}, "n_features must be a whole number > 0, got 0"),
        ({"n_features": 2.5}, "n_features must be a whole number > 0"),
    ],
    ids=str,
)
def test_invalid_parameters_are_refused_by_name_and_value(params, message):
    with pytest.raises(ValueError, match=message):
        WeightsDisplay.from_estimator(fitted(5), **params)


def test_weights_that_are_all_zero_are_drawn():
    model = BPRegressor()
    model.coefs_, model.intercepts_ = [np.zeros((4, 1))], [np.zeros(1)]
    WeightsDisplay.from_estimator(model, image_shape=(2, 2)).figure_.canvas.draw()
    WeightsDisplay.from_estimator(model).figure_.canvas.draw()
