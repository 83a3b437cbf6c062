"""The summary of a network, and the displays of the optimizer's state and of a regression."""

import numpy as np
import pytest
from cases import both
from helpers import quick
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_bp import BPClassifier, BPRegressor
from sk_bp.inspection import RegressionDisplay, TrainingStateDisplay, summary

plt = pytest.importorskip("matplotlib.pyplot")
RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 4))
y = np.sin(X[:, 0])


@pytest.fixture(autouse=True)
def _no_figures_left():
    yield
    plt.close("all")


def test_the_summary_counts_the_numbers_that_there_are():
    model = quick(BPRegressor, hidden_layer_sizes=(7, 3), activation=("tanh", "elu")).fit(X, y)
    found = summary(make_pipeline(model))
    arrays = [*model.coefs_, *model.intercepts_]
    assert found.n_parameters == sum(array.size for array in arrays)
    assert found.n_bytes == sum(array.nbytes for array in arrays)
    assert found.n_state_bytes == found.n_bytes  # RMSProp has one number for each parameter
    assert [row[3] for row in found.rows] == ["tanh", "elu", "identity"]
    text, html = str(found), found._repr_html_()
    for part in ("tanh", "elu", f"{found.n_parameters:,} parameters in float64"):
        assert part in text
        assert part in html
    assert len({len(line) for line in text.splitlines()[:-1]}) == 1


def test_the_summary_of_an_ensemble_counts_all_networks():
    one = summary(quick(BPClassifier).fit(X, y > 0))
    three = summary(quick(BPClassifier, n_models=3).fit(X.astype(np.float32), y > 0))
    assert three.n_parameters == 3 * one.n_parameters
    assert three.n_bytes == 1.5 * one.n_bytes
    assert "3 networks" in str(three)


@both
def test_the_summary_of_what_is_no_fitted_network_is_refused(Estimator):
    with pytest.raises(NotFittedError):
        summary(Estimator())
    with pytest.raises(TypeError, match="must be a BPClassifier or BPRegressor"):
        summary(LinearRegression())


@pytest.mark.parametrize(
    ("optimizer", "names"),
    [
        ("levenberg_marquardt", ["mu"]),
        (
            "bayesian_regularization",
            ["mu", "alpha", "beta", "n_effective_parameters", "log_evidence"],
        ),
        ("prodigy", ["distance"]),
    ],
)
def test_the_state_of_the_optimizer_is_drawn_epoch_by_epoch(optimizer, names):
    model = quick(BPRegressor, optimizer=optimizer, record_gradient_norms=True).fit(X, y)
    display = TrainingStateDisplay.from_estimator(make_pipeline(model), name="one")
    assert list(display.metrics) == names
    assert len(display.axes_) == len(names)
    for line, name in zip(display.lines_, names, strict=True):
        np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3, 4])
        np.testing.assert_array_equal(line.get_ydata(), model.history_[name])
    other = display.plot(display.axes_, name="two")
    assert [text.get_text() for text in other.ax_.get_legend().get_texts()] == ["one", "two"]


def test_an_optimizer_that_notes_down_nothing_is_named():
    with pytest.raises(ValueError, match="only 'levenberg_marquardt'"):
        TrainingStateDisplay.from_estimator(quick(BPRegressor).fit(X, y))


def test_a_regression_is_drawn_with_its_correlation_line_and_errors():
    model = make_pipeline(StandardScaler(), quick(BPRegressor, max_iter=100)).fit(X, y)
    display = RegressionDisplay.from_estimator(model, X, y, bins=10)
    predicted = model.predict(X)
    assert display.correlation == pytest.approx(np.corrcoef(y, predicted)[0, 1])
    line = LinearRegression().fit(y[:, None], predicted)
    assert display.slope == pytest.approx(line.coef_[0])
    assert display.intercept == pytest.approx(line.intercept_)
    assert sum(bar.get_height() for bar in display.axes_[1].patches) == 60
    assert f"R = {display.correlation:.3f}" in display.ax_.get_title()
    again = RegressionDisplay.from_predictions(y, predicted, ax=plt.subplots(2)[1])
    assert again.slope == display.slope


def test_several_outputs_are_drawn_together_and_constants_have_no_correlation():
    display = RegressionDisplay.from_predictions(np.c_[y, y], np.c_[y, y])
    assert len(display.y_true) == 120
    assert np.isnan(RegressionDisplay.from_predictions(y, np.ones(60)).correlation)
    assert np.isnan(RegressionDisplay.from_predictions(np.ones(60), y).correlation)


@pytest.mark.parametrize("predicted", [y[:-1], np.c_[y, y]], ids=["fewer", "more outputs"])
def test_predictions_in_another_number_are_refused(predicted):
    with pytest.raises(ValueError, match=r"inconsistent numbers|y_true has the shape \(60,\)"):
        RegressionDisplay.from_predictions(y, predicted)
