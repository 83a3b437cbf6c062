"""What many tests use: small estimators and data, comparisons, and refusals."""

import copy
import linecache

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.preprocessing import StandardScaler

from sk_bp import BPClassifier, BPRegressor
from sk_bp.optimizers import BY_BATCH

# ------------------------------------------------------------------ estimators


def estimator_class(task):
    """The estimator that serves a task."""
    return BPRegressor if task == "regression" else BPClassifier


def quick(Estimator, **params):
    """An estimator that trains a few epochs without a word, and plainly.

    With optimizers by batches, the rate is constant, the batches are large and the penalty is weak,
    so that it does not depend on the rules that choose these by the number of samples.
    """
    defaults = {"hidden_layer_sizes": 6, "max_iter": 4, "tol": None, "random_state": 0}
    optimizer = params.get("optimizer", "rmsprop")
    rule = BY_BATCH.get(optimizer) if isinstance(optimizer, str) else optimizer
    rate = getattr(rule, "default_learning_rate", None)
    if rate is not None and not rule.full_batch:
        defaults |= {"learning_rate": rate, "batch_size": 200, "alpha": 1e-4}
    return Estimator(**{**defaults, **params})


def learner(Estimator, **params):
    """An estimator that learns a small problem well."""
    return quick(Estimator, **{"max_iter": 150, "learning_rate": 0.01, "batch_size": 30, **params})


def classes_for(Estimator):
    """What the first call of partial_fit needs beside X and y in two classes, 0 and 1."""
    return {"classes": [0, 1]} if Estimator is BPClassifier else {}


def prediction_methods(Estimator):
    """The names of the methods that take X alone."""
    of_classes = ["predict_proba", "predict_log_proba", "decision_function"]
    return ["predict", *(of_classes if Estimator is BPClassifier else [])]


# ------------------------------------------------------------------ data


def two_classes(n, n_features):
    """Samples with labels 0 and 1 in turn, which serve as targets of a regressor too."""
    return np.random.default_rng(0).normal(size=(n, n_features)), np.arange(n) % 2


def targets_for(task, n, rng, n_outputs=3):
    """Targets at random, with so many classes, labels or outputs where the task leaves it open.

    Those of a regression are positive, as some losses need them.
    """
    if task == "multiclass":
        return rng.permutation(np.arange(n) % n_outputs)
    if task == "binary":
        return rng.permutation(np.arange(n) % 2)
    if task == "multilabel":
        return (rng.random((n, n_outputs)) < 0.4).astype(int)
    return np.exp(0.7 * rng.standard_normal(n if n_outputs == 1 else (n, n_outputs)))


def curve_and_classes():
    """Samples, with targets on a curve, and with labels 0 and 1 that a plane parts."""
    X = np.random.default_rng(0).normal(size=(200, 4))
    return X, np.sin(X[:, 0]) + X[:, 1], (X[:, 0] > 0).astype(int)


def scaled_iris():
    data, species = load_iris(return_X_y=True)
    return StandardScaler().fit_transform(data), species


# ------------------------------------------------------------------ comparisons


def weights(estimator):
    return [*estimator.coefs_, *estimator.intercepts_]


def copied_weights(estimator):
    return [W.copy() for W in weights(estimator)]


def assert_equal_arrays(found, expected):
    """The same types and the same bits."""
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


def assert_same_bits(one, two):
    assert_equal_arrays(weights(one), weights(two))


def assert_same_up_to_rounding(one, two):
    for W, V in zip(weights(one), weights(two), strict=True):
        np.testing.assert_allclose(W, V, rtol=1e-9, atol=1e-11)


def distance(found, expected, smallest=0.0):
    """The largest difference, relative to the largest number of each array.

    An array of numbers below `smallest` counts as one that reaches it.
    """
    differences = []
    for a, b in zip(found, expected, strict=True):
        assert np.isfinite(a).all()
        differences.append(np.abs(a - b).max() / max(np.abs(b).max(), smallest))
    return max(differences)


def assert_finite(estimator):
    assert all(np.isfinite(W).all() for W in weights(estimator))


def line_of(warning):
    """The line of source that a warning points to."""
    return linecache.getline(warning.filename, warning.lineno)


# ------------------------------------------------------------------ refusals


def state(estimator):
    """A copy of all that an estimator knows, for comparison."""
    public = {name: value for name, value in vars(estimator).items() if name[0] != "_"}
    return copy.deepcopy(public), copied_weights(estimator)


def assert_same_state(estimator, before):
    attributes, weights_before = before
    now, weights_now = state(estimator)
    assert now.keys() == attributes.keys()
    for name, value in attributes.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(now[name], value)
        elif not hasattr(value, "get_params"):
            assert now[name] == value, name
    assert_equal_arrays(weights_now, weights_before)


GOOD_X, GOOD_y = two_classes(12, 4)


def with_value(value):
    """Samples of which one number is this value."""
    bad = GOOD_X.copy()
    bad[3, 2] = value
    return bad


def refused(Estimator, message, X=GOOD_X, y=GOOD_y, params=None, error=ValueError, **arguments):
    """Assert that fit raises this error, on a fresh estimator and on a fitted one, which stays."""
    fresh = quick(Estimator, **(params or {}))
    with pytest.raises(error, match=message):
        fresh.fit(X, y, **arguments)
    assert not any(name.endswith("_") and not name.startswith("_") for name in vars(fresh))
    fitted = quick(Estimator).fit(GOOD_X, GOOD_y)
    fitted.set_params(**quick(Estimator, **(params or {})).get_params(deep=False))
    for warm_start in (False, True):
        before = state(fitted.set_params(warm_start=warm_start))
        with pytest.raises(error, match=message):
            fitted.fit(X, y, **arguments)
        assert_same_state(fitted, before)


def refused_by_partial_fit(
    Estimator, message, X=GOOD_X, y=GOOD_y, params=None, error=ValueError, **arguments
):
    """Assert that partial_fit raises this error, and leaves a model in the midst of a stream."""
    stream = quick(Estimator)
    for _ in range(2):
        stream.partial_fit(GOOD_X, GOOD_y, **classes_for(Estimator))
    good_params = {name: getattr(stream, name) for name in params or {}}
    twin = copy.deepcopy(stream)
    before = state(stream.set_params(**(params or {})))
    with pytest.raises(error, match=message):
        stream.partial_fit(X, y, **arguments)
    assert_same_state(stream, before)
    stream.set_params(**good_params).partial_fit(GOOD_X, GOOD_y)  # as if nothing had happened
    assert_same_bits(stream, twin.partial_fit(GOOD_X, GOOD_y))
