"""The estimators in pipelines, searches and meta-estimators."""

import numpy as np
import pytest
from helpers import quick
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_bp import Adam, BPClassifier, ExponentialDecay, RMSProp


def test_a_pipeline_scales_trains_and_scores(iris):
    X, y = iris
    pipe = make_pipeline(StandardScaler(), BPClassifier(tol=None, random_state=0)).fit(X, y)
    assert pipe.score(X, y) > 0.9


def test_a_pipeline_of_sparse_text_stays_sparse_and_learns():
    texts = ["red apple", "green apple", "fast car", "slow car"] * 5
    pipe = make_pipeline(TfidfVectorizer(), BPClassifier(10, tol=None, random_state=0))
    pipe.fit(texts, ["fruit", "fruit", "car", "car"] * 5)
    assert pipe.predict(["an apple", "my car"]).tolist() == ["fruit", "car"]


def test_grid_search_mixes_optimizers_rates_schedules_and_sizes_on_two_jobs(iris):
    X, y = iris
    pipe = Pipeline([("scale", StandardScaler()), ("bp", quick(BPClassifier))])
    grid = [
        {
            "bp__optimizer": ["sgd", Adam()],
            "bp__learning_rate": [None, 0.01, ExponentialDecay(0.01)],
            "bp__hidden_layer_sizes": [(), 5, (4, 3)],
        },
        {
            "bp__optimizer": [RMSProp()],
            "bp__optimizer__rho": [0.8, 0.95],
            "bp__learning_rate": [ExponentialDecay()],
            "bp__learning_rate__initial": [0.01, 0.02],
        },
    ]
    search = GridSearchCV(pipe, grid, cv=2, n_jobs=2, error_score="raise").fit(X, y)
    assert len(search.cv_results_["params"]) == 18 + 4
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert len(set(search.cv_results_["mean_test_score"][-4:])) > 1  # nested ones are really set
    assert search.best_estimator_.predict(X).shape == y.shape


def test_cross_val_score_gives_the_same_on_one_job_and_on_two(iris):
    X, y = iris
    est = quick(BPClassifier)
    one, two = (cross_val_score(est, X, y, cv=3, n_jobs=n_jobs) for n_jobs in (1, 2))
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop"])
def test_meta_estimators_take_the_classifier(optimizer, iris):
    X, y = iris
    est = make_pipeline(
        StandardScaler(),
        BPClassifier(10, optimizer=optimizer, learning_rate=0.01, tol=None, random_state=0),
    )
    assert OneVsRestClassifier(est).fit(X, y).score(X, y) > 0.9
    assert CalibratedClassifierCV(est, cv=2).fit(X, y).score(X, y) > 0.9
    voting = VotingClassifier([("a", est), ("b", clone(est))], voting="soft").fit(X, y)
    assert voting.score(X, y) > 0.9
    Y = np.column_stack([y, y == 2])
    assert MultiOutputClassifier(est).fit(X, Y).score(X, Y) > 0.8


def test_multi_output_partial_fit_works_on_two_jobs():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20, 300))
    Y = np.column_stack([X[:, 0] > 0, X[:, 1] > 0]).astype(int)
    # More than a megabyte of weights, so that joblib hands them to its workers as a memory map.
    meta = MultiOutputClassifier(quick(BPClassifier, hidden_layer_sizes=1000), n_jobs=2)
    for _ in range(2):
        meta.partial_fit(X, Y, classes=[[0, 1], [0, 1]])
    assert [est.n_iter_ for est in meta.estimators_] == [2, 2]
    assert np.isfinite(meta.estimators_[0].coefs_[0]).all()
