"""What the classifier does with labels, and that its outputs agree."""

import numpy as np
import pytest
from cases import precisions
from helpers import assert_same_bits, learner, quick, scaled_iris, two_classes
from scipy import sparse
from scipy.special import expit, log_softmax, softmax
from sklearn.datasets import make_multilabel_classification
from sklearn.exceptions import DataConversionWarning
from sklearn.preprocessing import StandardScaler

from sk_bp import BPClassifier

iris, species = scaled_iris()
two = species < 2
X, y = two_classes(40, 5)


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["setosa", "versicolor", "virginica"]),
        np.array(["c", "b", "a"], dtype=object),
        np.array([7, -1, 3]),
        np.array([0.0, 1.0, 2.0]),
        np.array([10, 20, 30], dtype=np.uint8),
    ],
    ids=lambda labels: str(labels.dtype),
)
def test_three_classes_of_any_type_are_learned_and_come_back(labels):
    est = learner(BPClassifier).fit(iris, labels[species])
    assert est.score(iris, labels[species]) > 0.95
    np.testing.assert_array_equal(est.classes_, np.sort(labels))
    assert est.classes_.dtype == labels.dtype
    assert est.predict(iris).dtype == labels.dtype
    assert est.predict_proba(iris).shape == (150, 3)
    assert (est.n_outputs_, est.out_activation_) == (3, "softmax")


@pytest.mark.parametrize(
    "labels", [["no", "yes"], [False, True], [0, 1], [-1, 1], [5.0, 2.0]], ids=str
)
def test_two_classes_of_any_type_are_learned_and_come_back(labels):
    labels = np.array(labels)
    target = labels[species[two]]
    est = learner(BPClassifier).fit(iris[two], target)
    assert est.score(iris[two], target) == 1
    np.testing.assert_array_equal(est.classes_, np.sort(labels))
    assert est.predict(iris[two]).dtype == labels.dtype
    assert est.decision_function(iris[two]).shape == (two.sum(),)
    assert est.predict_proba(iris[two]).shape == (two.sum(), 2)
    assert (est.n_outputs_, est.out_activation_) == (1, "logistic")


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array, sparse.csc_matrix])
def test_several_labels_are_learned_from_dense_and_sparse_indicators(container):
    data, Y = make_multilabel_classification(120, 10, n_classes=4, random_state=0)
    data = StandardScaler().fit_transform(data)
    est = learner(BPClassifier, hidden_layer_sizes=30).fit(data, container(Y))
    predicted = est.predict(data)
    assert predicted.shape == Y.shape
    assert set(np.unique(predicted)) <= {0, 1}
    assert (predicted == Y).mean() > 0.95
    proba = est.predict_proba(data)
    np.testing.assert_allclose(proba, expit(est.decision_function(data)), rtol=1e-12)
    np.testing.assert_array_equal(predicted, proba > 0.5)
    np.testing.assert_array_equal(est.classes_, np.arange(4))
    assert (est.n_outputs_, est.out_activation_) == (4, "logistic")
    assert_same_bits(est, learner(BPClassifier, hidden_layer_sizes=30).fit(data, Y))


@pytest.mark.parametrize("label", [1, "only"])
def test_one_class_is_always_predicted_with_probability_one(label):
    est = quick(BPClassifier).fit(X, [label] * 40)
    assert est.classes_.tolist() == [label]
    assert est.predict(X).tolist() == [label] * 40
    np.testing.assert_array_equal(est.predict_proba(X), np.ones((40, 1)))
    np.testing.assert_array_equal(est.predict_log_proba(X), np.zeros((40, 1)))
    est.partial_fit(X, [label] * 40)
    est.coefs_, est.intercepts_ = [W.copy() for W in est.coefs_], [b + 3 for b in est.intercepts_]
    np.testing.assert_array_equal(est.predict_proba(X), np.ones((40, 1)))


def test_predictions_probabilities_and_logits_of_many_classes_agree():
    est = quick(BPClassifier).fit(iris, species)
    logits = est.decision_function(iris)
    np.testing.assert_allclose(est.predict_proba(iris), softmax(logits, axis=1), rtol=1e-12)
    np.testing.assert_allclose(est.predict_log_proba(iris), log_softmax(logits, axis=1), rtol=1e-12)
    np.testing.assert_allclose(est.predict_proba(iris).sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(est.predict(iris), est.classes_[logits.argmax(axis=1)])


def test_predictions_probabilities_and_logits_of_two_classes_agree():
    est = quick(BPClassifier).fit(X, y)
    logits, proba = est.decision_function(X), est.predict_proba(X)
    np.testing.assert_allclose(proba[:, 1], expit(logits), rtol=1e-12)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(est.predict_log_proba(X), np.log(proba), rtol=1e-10)
    np.testing.assert_array_equal(est.predict(X), (logits > 0).astype(int))


@precisions
@pytest.mark.parametrize("size", [1e2, 1e4, 1e30])
@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel"])
def test_extreme_logits_give_finite_log_probabilities_and_true_probabilities(task, size, dtype):
    target = {"binary": y, "multiclass": np.arange(40) % 3, "multilabel": np.eye(40)[:, :3]}[task]
    est = quick(BPClassifier, hidden_layer_sizes=()).fit(X.astype(dtype), target)
    est.coefs_ = [W * dtype(size) for W in est.coefs_]
    data = X.astype(dtype)
    proba, log_proba = est.predict_proba(data), est.predict_log_proba(data)
    assert proba.dtype == dtype
    assert np.isfinite(proba).all()
    assert np.isfinite(log_proba).all()
    assert (proba >= 0).all()
    assert (proba <= 1).all()
    assert (log_proba <= 0).all()
    assert log_proba.min() < -0.1 * size
    if task != "multilabel":
        np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-6)
        np.testing.assert_array_equal(est.classes_[proba.argmax(axis=1)], est.predict(data))


def test_a_column_of_labels_is_raveled_with_a_warning():
    with pytest.warns(DataConversionWarning, match="column-vector y"):
        column = quick(BPClassifier).fit(X, y[:, None])
    assert_same_bits(column, quick(BPClassifier).fit(X, y))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_no_probability_is_zero_and_their_logarithms_are_those_of_the_logits(dtype, n_classes):
    X = np.array([[-2000.0], [0.0], [2000.0]], dtype=dtype)
    y = np.arange(3) % n_classes
    model = BPClassifier((), max_iter=1, tol=None, random_state=0).fit(X, y)
    model.coefs_ = [np.linspace(1, 2, model.n_outputs_, dtype=dtype)[None]]
    proba = model.predict_proba(X)
    assert (proba > 0).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-6)
    logarithms = model.predict_log_proba(X)
    known = logarithms > np.log(np.finfo(dtype).tiny)
    assert not known.all()
    np.testing.assert_allclose(np.log(proba[known]), logarithms[known], rtol=1e-5, atol=1e-6)
