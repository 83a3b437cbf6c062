"""Data frames go in, and labels and names come back; HTML and text."""

import numpy as np
import pandas as pd
import pytest
from cases import both
from helpers import quick
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning

from sk_bp import BPClassifier, RMSProp


@both
def test_column_names_of_a_data_frame_are_kept_and_held_to(Estimator, iris):
    X, y = iris
    names = ["a", "b", "c", "d"]
    frame = pd.DataFrame(X, columns=names)
    est = quick(Estimator).fit(frame, y)
    assert est.feature_names_in_.tolist() == names
    assert est.n_features_in_ == 4
    np.testing.assert_array_equal(est.predict(frame), quick(Estimator).fit(X, y).predict(X))
    with pytest.raises(ValueError, match="feature names"):
        est.predict(frame[names[::-1]])
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        est.predict(X)


@pytest.mark.parametrize("scoring", ["loss", None, "r2_or_accuracy"])
@both
def test_data_frames_train_with_early_stopping_and_given_validation_data(Estimator, scoring, iris):
    X, y = iris
    if scoring == "r2_or_accuracy":
        scoring = "accuracy" if Estimator is BPClassifier else "r2"
    frame, target = pd.DataFrame(X, columns=list("abcd")), pd.Series(y)
    est = quick(Estimator, early_stopping=True, scoring=scoring)
    assert len(est.fit(frame, target).validation_scores_) == 4
    est.fit(frame, target, X_val=frame[::3], y_val=target[::3])
    assert len(est.validation_scores_) == 4
    assert est.feature_names_in_.tolist() == list("abcd")


def test_labels_of_a_data_frame_column_come_back_as_they_were(iris):
    X, y = iris
    names = pd.Series(np.array(["setosa", "versicolor", "virginica"])[y])
    for labels in (names, names.astype(object), names.astype("category")):
        est = quick(BPClassifier).fit(X, labels)
        assert list(est.classes_) == ["setosa", "versicolor", "virginica"]
        assert set(est.predict(X)) <= set(names)


@both
def test_html_and_text_show_the_parameters_before_and_after_the_fit(Estimator, iris):
    est = quick(Estimator, optimizer=RMSProp(rho=0.75))
    for _ in range(2):
        assert Estimator.__name__ in est._repr_html_()
        assert "rho=0.75" in repr(est)
        est.fit(*iris)


@both
def test_a_subclass_with_more_parameters_is_an_estimator_too(Estimator, iris):
    assert issubclass(Estimator, BaseEstimator)
    with pytest.warns(ConvergenceWarning, match="max_iter=2"):
        Estimator(max_iter=2, learning_rate=0.001).fit(*iris)
