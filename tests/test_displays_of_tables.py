"""Displays take the estimators for tables, and draw the network within."""

import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.pipeline import make_pipeline
from table_cases import TABULAR, both_tabular, columns, pandas_frame, quick, target

from sk_bp import BPTabularRegressor
from sk_bp.inspection import (
    GradientFlowDisplay,
    LossCurveDisplay,
    WeightsDisplay,
    check_gradient,
    gradient_report,
    summary,
)

pytestmark = pytest.mark.usefixtures("close_figures")
TABLE = columns()
FRAME = pandas_frame(TABLE)
MODELS = {Estimator: quick(Estimator).fit(FRAME, target(TABLE, Estimator)) for Estimator in TABULAR}


@both_tabular
@pytest.mark.parametrize("wrap", [lambda model: model, make_pipeline])
def test_the_curves_are_those_of_the_network(Estimator, wrap):
    model = MODELS[Estimator]
    display = LossCurveDisplay.from_estimator(wrap(model))
    assert_array_equal(display.loss, model.network_.loss_curve_)


@both_tabular
def test_weights_have_the_names_of_the_encoded_columns(Estimator):
    model = MODELS[Estimator]
    for estimator in (model, make_pipeline(model)):
        display = WeightsDisplay.from_estimator(estimator, units=2)
        names = model.encoder_.get_feature_names_out()
        assert list(display.feature_names) == names.tolist()


@both_tabular
def test_the_gradient_is_that_of_encoded_columns_and_scaled_targets(Estimator):
    model, y = MODELS[Estimator], target(TABLE, Estimator)
    display = GradientFlowDisplay.from_estimator(model, FRAME, y)
    encoded = model.encoder_.transform(FRAME)
    if Estimator is BPTabularRegressor:
        y = model.target_scaler_.transform(y[:, None]).ravel()
    expected = GradientFlowDisplay.from_estimator(model.network_, encoded, y)
    assert_allclose(display.norms, expected.norms, rtol=1e-12)
    assert (display.norms > 0).all()


@both_tabular
def test_the_summary_is_that_of_the_network(Estimator):
    model = MODELS[Estimator]
    assert str(summary(model)) == str(summary(model.network_))


@both_tabular
@pytest.mark.parametrize("look", [check_gradient, gradient_report])
def test_what_needs_the_network_itself_says_how_to_get_it(Estimator, look):
    with pytest.raises(TypeError, match="pass its network_, and X as its encoder_") as raised:
        look(MODELS[Estimator], FRAME, target(TABLE, Estimator))
    assert ("y as target_scaler_" in str(raised.value)) is (Estimator is BPTabularRegressor)


@both_tabular
def test_of_several_networks_the_best_is_drawn_and_the_others_on_request(Estimator):
    model = quick(Estimator, n_models=3).fit(FRAME, target(TABLE, Estimator))
    display = LossCurveDisplay.from_estimator(model, restarts=True, panels="loss")
    curves = sorted((e.loss_curve_ for e in model.network_.estimators_), key=lambda one: one[-1])
    assert len(display.lines_) == 3
    drawn = [line.get_ydata() for line in display.lines_]
    assert_array_equal(drawn[0], curves[0])
    assert_array_equal(sorted(map(tuple, drawn)), sorted(map(tuple, curves)))
    assert len(LossCurveDisplay.from_estimator(model, panels="loss").lines_) == 1
    with pytest.raises(ValueError, match=r"network_\.estimators_"):
        WeightsDisplay.from_estimator(model)
