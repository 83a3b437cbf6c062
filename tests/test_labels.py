"""What may be a label, and what may stand in an indicator matrix."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from helpers import quick

from sk_bp import BPClassifier

X = np.random.default_rng(0).normal(size=(6, 2))
BIG = 2**53


def linear():
    return quick(BPClassifier, hidden_layer_sizes=(), max_iter=1)


@pytest.mark.parametrize("bad", [(-1, 1), (1, 2), (0, 255), (0, -1)], ids=str)
@pytest.mark.parametrize("container", [np.asarray, sp.csr_array])
def test_an_indicator_matrix_of_other_values_than_0_and_1_is_refused(bad, container):
    Y = np.array(bad)[np.arange(12).reshape(6, 2) % 2]
    good = (Y.max() == Y).astype(int)
    wrong = next(value for value in bad if value not in (0, 1))
    with pytest.raises(ValueError, match=rf"y must be a 0/1 indicator matrix.*{wrong}"):
        linear().fit(X, container(Y))
    with pytest.raises(ValueError, match="y must be a 0/1 indicator matrix"):
        linear().partial_fit(X, container(Y))
    with pytest.raises(ValueError, match="y_val must be a 0/1 indicator matrix"):
        linear().fit(X, good, X_val=X, y_val=container(Y))


def test_whole_numbers_beyond_2_to_the_53_are_told_apart():
    classes = np.array([BIG, BIG + 1])
    for dtype in (np.int64, np.uint64):
        for other in (np.int64, np.uint64):
            model = linear().partial_fit(X, classes[[0, 1] * 3].astype(dtype), classes=classes)
            model.partial_fit(X, classes[[0, 1] * 3].astype(other))
            with pytest.raises(ValueError, match=f"not among the classes.*{BIG + 2}"):
                model.partial_fit(X, np.full(6, BIG + 2, dtype=other))
    with pytest.raises(ValueError, match="not among the classes"):
        model.partial_fit(X, np.full(6, BIG + 2, dtype=float))
    signed = linear().partial_fit(X, [0, -1] * 3, classes=[-1, 0])
    with pytest.raises(ValueError, match=f"not among the classes.*{2**64 - 1}"):
        signed.partial_fit(X, np.full(6, 2**64 - 1, dtype=np.uint64))


@pytest.mark.parametrize("dtype", ["boolean", "Int64", "string", "object", "category"])
def test_missing_labels_are_named_as_such(dtype):
    values = [True, False] if dtype == "boolean" else [1, 2] if dtype == "Int64" else ["a", "b"]
    missing = pd.Series([*values, *values, values[0], None], dtype=dtype)
    for y in (missing, np.asarray(missing, dtype=object)):
        with pytest.raises(ValueError, match="Input y contains NaN"):
            linear().fit(X, y)
    with pytest.raises(ValueError, match="Input y_val contains NaN"):
        linear().fit(X, missing.ffill(), X_val=X, y_val=missing)


@pytest.mark.parametrize("dtype", ["boolean", "Int64", "string", "object", "category"])
def test_labels_of_pandas_are_learned(dtype):
    values = [True, False] if dtype == "boolean" else [1, 2] if dtype == "Int64" else ["a", "b"]
    y = pd.Series(values * 3, dtype=dtype)
    model = linear().fit(X, y)
    assert set(model.classes_.tolist()) == set(values)
    assert model.partial_fit(X, y).score(X, y) >= 0


def test_whole_numbers_in_an_object_array_are_labels():
    y = np.array([1, 2, 3] * 2, dtype=object)
    assert linear().fit(X, y).classes_.tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match="do not fit into 64 bits"):
        linear().fit(X, np.array([1, 2**70] * 3, dtype=object))
