"""Weights and validation samples that are routed through meta-estimators."""

import numpy as np
import pytest
from cases import both
from helpers import quick
from sklearn import config_context
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_bp import BPClassifier


class Recorder(BPClassifier):
    """Remembers the weights that reach fit."""

    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        self.seen_weight_ = sample_weight
        return self


def test_sample_weight_is_routed_through_a_pipeline(iris):
    X, y = iris
    weight = np.random.default_rng(0).integers(0, 3, len(y)).astype(float)
    with config_context(enable_metadata_routing=True):
        est = quick(Recorder).set_fit_request(sample_weight=True)
        pipe = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), est)
        pipe.fit(X, y, sample_weight=weight)
    np.testing.assert_array_equal(pipe[-1].seen_weight_, weight)
    direct = quick(BPClassifier).fit(StandardScaler().fit_transform(X), y, weight)
    np.testing.assert_array_equal(pipe[-1].coefs_[0], direct.coefs_[0])


def test_sample_weight_is_routed_through_a_grid_search(iris):
    X, y = iris
    weight = np.arange(1.0, len(y) + 1)
    with config_context(enable_metadata_routing=True):
        est = quick(Recorder).set_fit_request(sample_weight=True)
        est.set_score_request(sample_weight=True)
        search = GridSearchCV(est, {"alpha": [0, 0.1]}, cv=2, error_score="raise")
        search.fit(X, y, sample_weight=weight)
    np.testing.assert_array_equal(search.best_estimator_.seen_weight_, weight)


@both
def test_weights_that_nobody_asked_for_are_refused_under_routing(Estimator, iris):
    X, y = iris
    with config_context(enable_metadata_routing=True):
        pipe = make_pipeline(StandardScaler(), quick(Estimator))
        with pytest.raises(ValueError, match="sample_weight"):
            pipe.fit(X, y, sample_weight=np.ones(len(y)))


@both
def test_validation_samples_pass_through_the_transformers_of_a_pipeline(Estimator, iris):
    X, y = iris
    X_val, y_val = X[::5] + 0.1, y[::5]
    weight_val = np.arange(1.0, len(y_val) + 1)
    with config_context(enable_metadata_routing=True):
        est = quick(Estimator).set_fit_request(X_val=True, y_val=True, sample_weight_val=True)
        pipe = Pipeline([("scale", StandardScaler()), ("bp", est)], transform_input=["X_val"])
        pipe.fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=weight_val)
    scaler = StandardScaler().fit(X)
    direct = quick(Estimator).fit(
        scaler.transform(X),
        y,
        X_val=scaler.transform(X_val),
        y_val=y_val,
        sample_weight_val=weight_val,
    )
    assert len(direct.validation_scores_) == 4
    assert pipe[-1].validation_scores_ == direct.validation_scores_
