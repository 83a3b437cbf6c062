"""Displays take Pipelines and searches, as scikit-learn's do."""

import numpy as np
import pytest
from display_cases import DRAWN, X, fitted, y
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sk_bp import BPClassifier
from sk_bp.inspection import LossCurveDisplay, WeightsDisplay

plt = pytest.importorskip("matplotlib.pyplot")
every_display = pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN.keys())


@pytest.fixture(autouse=True)
def _no_figures_left():
    yield
    plt.close("all")


def numbers_in(display):
    """All that the display has been given."""
    values = [value for value in vars(display).values() if isinstance(value, np.ndarray)]
    return [value for value in values if value.dtype.kind == "f"]


@every_display
@pytest.mark.parametrize("wrap", [make_pipeline, lambda model: make_pipeline("passthrough", model)])
def test_a_pipeline_is_drawn_as_its_last_step(draw, wrap):
    model = fitted(5)
    pipeline = wrap(clone(model)).fit(X, y)
    for one, two in zip(numbers_in(draw(pipeline)), numbers_in(draw(model)), strict=True):
        np.testing.assert_array_equal(one, two)


@every_display
def test_a_search_over_a_pipeline_is_drawn_as_its_best_estimator(draw):
    pipeline = make_pipeline(StandardScaler(), clone(fitted(5)))
    search = GridSearchCV(pipeline, {"bpclassifier__activation": ["tanh", "relu"]}, cv=2)
    search.fit(X, y)
    best = search.best_estimator_
    for one, two in zip(numbers_in(draw(search)), numbers_in(draw(best)), strict=True):
        np.testing.assert_array_equal(one, two)


def test_names_of_words_come_from_the_steps_before():
    texts = ["good fun", "bad plot", "good plot", "no fun, bad", "good", "bad"]
    model = make_pipeline(TfidfVectorizer(), BPClassifier((), optimizer="lbfgs", tol=None))
    display = WeightsDisplay.from_estimator(model.fit(texts, [1, 0, 1, 0, 1, 0]), n_features=2)
    ticks = [tick.get_text() for tick in display.axes_[0].get_yticklabels()]
    assert ticks == ["bad", "good"]
    nameless = make_pipeline(FunctionTransformer(), clone(fitted(5))).fit(X, y)
    assert WeightsDisplay.from_estimator(nameless).feature_names is None


def test_several_pipelines_are_drawn_into_one_figure():
    models = {name: make_pipeline(fitted(5, optimizer=name)) for name in ("sgd", "adam")}
    displays = LossCurveDisplay.from_estimators(models)
    assert displays["sgd"].ax_ is displays["adam"].ax_


@every_display
def test_what_is_not_fitted_or_holds_no_network_is_refused(draw):
    model = clone(fitted(5))
    for unfitted in (make_pipeline(model), GridSearchCV(model, {"alpha": [1]})):
        with pytest.raises(NotFittedError):
            draw(unfitted)
    with pytest.raises(TypeError, match="must be a BPClassifier or BPRegressor"):
        draw(make_pipeline(LogisticRegression()).fit(X, y))
