"""The transformer that gives the activations of a hidden layer."""

import warnings

import numpy as np
import pytest
import sklearn
from cases import ESTIMATORS, both, every_activation, layouts, precisions
from helpers import quick
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

from sk_bp import (
    BPClassifier,
    BPRegressor,
    BPTabularClassifier,
    BPTabularRegressor,
    HiddenLayer,
)
from sk_bp.weights import ColumnSelector

RNG = np.random.default_rng(0)
X = RNG.standard_normal((50, 5)) * (RNG.random((50, 5)) < 0.7)
y = (X[:, 0] > 0).astype(int)


@layouts
@every_activation
def test_the_last_layer_gives_what_the_output_layer_reads(activation, layout):
    model = quick(BPRegressor, hidden_layer_sizes=(4, 3), activation=activation, scaling=False)
    hidden = HiddenLayer(model).fit(layout(X), y)
    W, b = hidden.estimator_.coefs_[-1], hidden.estimator_.intercepts_[-1]
    outputs = hidden.transform(layout(X)) @ W + b
    np.testing.assert_allclose(outputs[:, 0], hidden.estimator_.predict(X), rtol=1e-9)


@precisions
@pytest.mark.parametrize(("layer", "n_units"), [(0, 4), (1, 3), (-1, 3), (-2, 4)])
def test_a_layer_is_chosen_by_its_number(layer, n_units, dtype):
    hidden = HiddenLayer(quick(BPClassifier, hidden_layer_sizes=(4, 3)), layer)
    found = hidden.fit_transform(X.astype(dtype), y)
    assert found.shape == (50, n_units)
    assert found.dtype == dtype
    assert hidden.get_feature_names_out().tolist() == [f"hiddenlayer{i}" for i in range(n_units)]
    assert hidden.n_features_in_ == 5


def test_scaled_networks_ensembles_and_streams_are_transformed_too():
    raw = 100 + 30 * X
    hidden = HiddenLayer(quick(BPRegressor, scaling=True, n_models=2)).fit(raw, y)
    first = hidden.transform(raw)
    assert first.shape == (50, 12)
    assert hidden.get_feature_names_out().shape == (12,)
    member = hidden.estimator_.estimators_[0]
    z = raw @ member.coefs_[0] + member.intercepts_[0]
    np.testing.assert_allclose(first[:, :6], np.maximum(z, 0), atol=1e-9)


def test_a_frozen_network_is_used_as_it_is():
    model = quick(BPClassifier).fit(X, y)
    hidden = HiddenLayer(FrozenEstimator(model)).fit(X, y)
    assert hidden.estimator_ is model
    with pytest.raises(NotFittedError):
        HiddenLayer(FrozenEstimator(BPClassifier())).fit(X, y)


@both
def test_it_works_in_pipelines_searches_and_with_data_frames(Estimator):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcde"))
    pipeline = make_pipeline(HiddenLayer(quick(Estimator)), LogisticRegression())
    grid = {"hiddenlayer__estimator__activation": ["tanh", "relu"], "hiddenlayer__layer": [0, -1]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(frame, y)
    assert search.best_estimator_[0].feature_names_in_.tolist() == list("abcde")
    hidden = clone(search.best_estimator_[0]).set_output(transform="pandas")
    assert list(hidden.fit_transform(frame, y).columns) == [f"hiddenlayer{i}" for i in range(6)]


def test_sample_weights_reach_the_network():
    weight = RNG.uniform(0.1, 5, 50)
    expected = quick(BPClassifier).fit(X, y, sample_weight=weight).coefs_[0]
    found = HiddenLayer(quick(BPClassifier)).fit(X, y, sample_weight=weight)
    np.testing.assert_array_equal(found.estimator_.coefs_[0], expected)
    with sklearn.config_context(enable_metadata_routing=True):
        routed = HiddenLayer(quick(BPClassifier).set_fit_request(sample_weight=True))
        pipeline = make_pipeline(routed, LogisticRegression().set_fit_request(sample_weight=False))
        pipeline.fit(X, y, sample_weight=weight)
        np.testing.assert_array_equal(pipeline[0].estimator_.coefs_[0], expected)


@pytest.mark.parametrize("layer", [2, -3, 0.5, True, "last"])
def test_a_layer_that_is_not_there_is_refused_before_training(layer):
    hidden = HiddenLayer(quick(BPClassifier, hidden_layer_sizes=(4, 3)), layer)
    with pytest.raises(ValueError, match=f"layer={layer!r} must be .* the network has 2"):
        hidden.fit(X, y)
    assert not hasattr(hidden, "estimator_")
    with pytest.raises(ValueError, match="the network has 0"):
        HiddenLayer(BPClassifier(())).fit(X, y)


@pytest.mark.parametrize(
    "estimator",
    [HiddenLayer(BPRegressor(3, max_iter=3, tol=None, random_state=0)), ColumnSelector([0])],
    ids=lambda estimator: type(estimator).__name__,
)
def test_the_transformers_pass_check_estimator(estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(estimator, on_fail=None, on_skip=None)
    assert [r["check_name"] for r in results if r["status"] == "failed"] == []


def test_another_estimator_is_refused():
    with pytest.raises(TypeError, match=r"BPClassifier or BPRegressor.*LinearRegression\(\)"):
        HiddenLayer(LinearRegression()).fit(X, y)
    with pytest.raises(NotFittedError):
        HiddenLayer(BPClassifier()).transform(X)


@pytest.mark.parametrize("Estimator", [*ESTIMATORS, BPTabularClassifier, BPTabularRegressor])
def test_the_html_representation_explains_every_parameter(Estimator):
    pytest.importorskip("sklearn.callback")  # scikit-learn 1.9, which has these explanations
    html = Estimator()._repr_html_()
    for name in Estimator().get_params():
        assert f"--doc-link-{name};" in html, name
    assert "https://pypi.org/project/sk_bp/" in html
