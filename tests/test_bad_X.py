"""X that cannot be used is refused by name, and leaves the model as it was."""

import numpy as np
import pytest
from cases import both
from helpers import (
    assert_same_state,
    prediction_methods,
    quick,
    refused,
    refused_by_partial_fit,
    state,
    two_classes,
    with_value,
)
from scipy import sparse

X, y = two_classes(12, 4)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (with_value(np.nan), "X contains NaN"),
        (with_value(np.inf), "X contains infinity"),
        (sparse.csr_array(with_value(np.nan)), "X contains NaN"),
        (sparse.csc_array(with_value(-np.inf)), "X contains infinity"),
        (sparse.lil_array(with_value(np.nan)), "X contains NaN"),
        (X[0], "1D array"),
        (X[None], "dim 3"),
        (X[:0], "0 sample"),
        (X[:, :0], "0 feature"),
        (sparse.csr_array((12, 0)), "0 feature"),
        (3.5, "scalar|Expected 2D"),
        (X + 1j, "Complex"),
        ([["a", "b"]] * 12, "string|convert"),
        (sparse.csr_array(X) * 1j, "Complex"),
        (sparse.coo_array(X[0]), "1D|2D|2-D|dimension"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
@both
def test_X_that_is_no_finite_matrix_is_refused(Estimator, bad, message):
    refused(Estimator, message, X=bad)
    refused_by_partial_fit(Estimator, message, X=bad)
    with pytest.raises(ValueError, match=message):
        quick(Estimator).fit(X, y).predict(bad)


@both
def test_X_of_no_matrix_type_is_refused(Estimator):
    for bad in (None, object(), {"a": 1}):
        with pytest.raises((ValueError, TypeError)):
            quick(Estimator).fit(bad, y)


@pytest.mark.parametrize("layout", [np.asarray, sparse.csr_array, sparse.csc_array])
@both
def test_a_wrong_number_of_features_is_named(Estimator, layout):
    narrow = layout(X[:, :3])
    est = quick(Estimator).fit(X, y)
    message = "3 features.*expecting 4"
    for method in prediction_methods(Estimator):
        with pytest.raises(ValueError, match=message):
            getattr(est, method)(narrow)
    refused_by_partial_fit(Estimator, message, X=narrow)
    before = state(est.set_params(warm_start=True))
    with pytest.raises(ValueError, match=message):
        est.fit(narrow, y)
    assert_same_state(est, before)
