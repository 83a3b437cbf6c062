"""Tables of pyarrow, columns of Arrow types, and arrays of other libraries than NumPy."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from cases import both
from helpers import assert_same_bits, quick, two_classes

from sk_bp import BPClassifier

X, y = two_classes(40, 3)


@both
def test_a_table_of_pyarrow_is_taken_with_its_names(Estimator):
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table({name: X[:, place] for place, name in enumerate("abc")})
    model = quick(Estimator).fit(table, pyarrow.array(y))
    assert_same_bits(model, quick(Estimator).fit(X, y))
    assert model.feature_names_in_.tolist() == list("abc")


@both
def test_columns_of_arrow_types_are_taken(Estimator):
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame(X, columns=list("abc")).convert_dtypes(dtype_backend="pyarrow")
    target = pd.Series(y).convert_dtypes(dtype_backend="pyarrow")
    assert_same_bits(quick(Estimator).fit(frame, target), quick(Estimator).fit(X, y))
    names = pd.Series(np.array(["no", "yes"])[y], dtype="string[pyarrow]")
    assert quick(BPClassifier).fit(frame, names).classes_.tolist() == ["no", "yes"]


@pytest.mark.parametrize("dispatch", [False, True])
@both
def test_arrays_of_other_libraries_are_converted_to_numpy(Estimator, dispatch):
    xp = pytest.importorskip("array_api_strict")
    expected = quick(Estimator).fit(X, y, sample_weight=np.ones(40))
    with sklearn.config_context(array_api_dispatch=dispatch):
        model = quick(Estimator).fit(
            xp.asarray(X), xp.asarray(y), sample_weight=xp.ones(40, dtype=xp.float64)
        )
        predicted = model.predict(xp.asarray(X))
    assert_same_bits(model, expected)
    assert type(predicted) is np.ndarray
    np.testing.assert_array_equal(predicted, expected.predict(X))
