"""Every way to store a sparse matrix serves."""

import numpy as np
import pytest
import scipy.sparse as sp
from cases import every_optimizer
from sklearn.base import clone
from sparse_cases import (
    assert_same_weights,
    assert_sparse_fit_equals_dense_fit,
    estimator_for,
    sparse_problem,
)

FORMATS = ("csr", "csc", "coo", "lil", "dok", "bsr", "dia")


CONTAINERS = [getattr(sp, f"{fmt}_{kind}") for fmt in FORMATS for kind in ("matrix", "array")]


def in_format(container, X):
    """X in a format; every stored value counts, and duplicates have been summed."""
    return container(X.tocoo() if container.__name__.startswith(("dok", "lil", "dia")) else X)


def with_index_type(X, index_type):
    X = X.copy()
    X.indices, X.indptr = X.indices.astype(index_type), X.indptr.astype(index_type)
    return X


def unsorted_indices(X):
    X = X.copy()
    for row in range(X.shape[0]):
        part = slice(X.indptr[row], X.indptr[row + 1])
        X.indices[part] = X.indices[part][::-1].copy()
        X.data[part] = X.data[part][::-1].copy()
    X.has_sorted_indices = False
    return X


def repeated_indices(X):
    """Every entry stored in two parts, one after all of the row's others."""
    rows = np.repeat(np.arange(X.shape[0]), np.diff(X.indptr))
    order = np.argsort(np.concatenate([rows, rows]), kind="stable")
    data = np.concatenate([0.25 * X.data, 0.75 * X.data])[order]
    indices = np.concatenate([X.indices, X.indices])[order]
    return sp.csr_array((data, indices, 2 * X.indptr), shape=X.shape)


def explicit_zeros(X):
    """Zeros are stored in every row, in the first two columns as well."""
    X = X.tocoo()
    n = X.shape[0]
    rows = np.concatenate([X.row, np.arange(n), np.arange(n)])
    columns = np.concatenate([X.col, np.zeros(n, dtype=int), np.arange(n) % X.shape[1]])
    data = np.concatenate([X.data, np.zeros(2 * n)])
    order = np.lexsort((columns, rows))
    indptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=n))])
    return sp.csr_array((data[order], columns[order], indptr), shape=X.shape)


def spare_room(X):
    """Index and value arrays longer than the matrix needs, as SciPy allows."""
    X = X.copy()
    X.data, X.indices = np.append(X.data, [7.0, 5.0]), np.append(X.indices, X.indices[:2])
    return X


def read_only(X):
    X = X.copy()
    for array in (X.data, X.indices, X.indptr):
        array.setflags(write=False)
    return X


STORED = {
    "int32": lambda X: with_index_type(X, np.int32),
    "int64": lambda X: with_index_type(X, np.int64),
    "csc_int64": lambda X: with_index_type(X.tocsc(), np.int64),
    "unsorted": unsorted_indices,
    "unsorted_csc": lambda X: unsorted_indices(X.T.tocsr()).T,
    "repeated": repeated_indices,
    "repeated_coo": lambda X: repeated_indices(X).tocoo(),
    "explicit_zeros": explicit_zeros,
    "read_only": read_only,
    "integers": lambda X: (4 * X).astype(np.int32),
    "booleans": lambda X: X.astype(bool),
    "float32": lambda X: X.astype(np.float32),
    "bsr_blocks": lambda X: sp.bsr_array(X, blocksize=(3, 5)),
    "slice": lambda X: X[::2],
    **{
        container.__name__: lambda X, container=container: in_format(container, X)
        for container in CONTAINERS
    },
}


def stored_arrays(X):
    if X.format == "dok":
        return {"items": np.array(sorted((*map(int, k), float(v)) for k, v in X.items()))}
    if X.format == "lil":
        return {name: [list(row) for row in getattr(X, name)] for name in ("rows", "data")}
    names = {"coo": ("row", "col", "data"), "dia": ("offsets", "data")}
    return {
        name: getattr(X, name).copy() for name in names.get(X.format, ("data", "indices", "indptr"))
    }


@pytest.mark.parametrize("kind", sorted(STORED))
def test_every_way_to_store_a_matrix_fits_partial_fits_and_predicts_as_dense_does(kind):
    X, y = sparse_problem("binary")
    X = STORED[kind](X)
    y = y[: X.shape[0]]
    dense = np.asarray(X.toarray(), dtype=None if X.dtype.kind == "f" else float)
    before = stored_arrays(X)
    tolerance = 1e-9 if dense.dtype == np.float64 else 1e-3
    estimator = estimator_for("binary", optimizer="adam")
    on_sparse, on_dense = clone(estimator).fit(X, y), clone(estimator).fit(dense, y)
    assert_same_weights(on_sparse, on_dense, tolerance)
    for _ in range(2):
        on_sparse.partial_fit(X, y)
        on_dense.partial_fit(dense, y)
    for method in ("predict_proba", "decision_function", "predict"):
        found, expected = getattr(on_sparse, method)(X), getattr(on_dense, method)(dense)
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)
    assert_same_weights(on_sparse, on_dense, tolerance)
    after = stored_arrays(X)
    assert list(before) == list(after)
    for name, array in before.items():
        if isinstance(array, list):
            assert array == after[name]
        else:
            np.testing.assert_array_equal(array, after[name])
            assert array.dtype == after[name].dtype


@pytest.mark.parametrize("kind", sorted(STORED))
def test_every_way_to_store_a_matrix_serves_as_validation_data(kind):
    X, y = sparse_problem("binary")
    X_val = STORED[kind](X)
    y_val = y[: X_val.shape[0]]
    estimator = estimator_for("binary", early_stopping=True)
    on_sparse = clone(estimator).fit(X, y, X_val=X_val, y_val=y_val)
    on_dense = clone(estimator).fit(X.toarray(), y, X_val=X_val.toarray(), y_val=y_val)
    np.testing.assert_allclose(on_sparse.validation_scores_, on_dense.validation_scores_, rtol=1e-9)


def test_arrays_longer_than_the_matrix_needs_are_read_as_far_as_it_goes():
    X, y = sparse_problem("binary")
    roomy = spare_room(X)
    assert len(roomy.data) > roomy.indptr[-1]
    estimator = estimator_for("binary")
    on_sparse, on_dense = clone(estimator).fit(roomy, y), clone(estimator).fit(X.toarray(), y)
    assert_same_weights(on_sparse, on_dense, 1e-9)
    np.testing.assert_allclose(
        on_sparse.predict_proba(roomy), on_dense.predict_proba(X.toarray()), rtol=1e-9
    )


@every_optimizer
def test_empty_rows_and_columns_train_as_in_dense_form(optimizer):
    X, y = sparse_problem("binary")
    X = X.tolil()
    X[::3] = 0
    X[:, ::4] = 0
    X = X.tocsr()
    assert (np.diff(X.indptr) == 0).any()
    assert_sparse_fit_equals_dense_fit(estimator_for("binary", optimizer=optimizer), X, y)


@every_optimizer
def test_a_matrix_without_entries_trains_the_biases_alone(optimizer):
    X, y = sp.csr_array((20, 6)), np.arange(20) % 3
    estimator = estimator_for("multiclass", optimizer=optimizer, weight_decay=0.5)
    assert_sparse_fit_equals_dense_fit(estimator, X, y)


@pytest.mark.parametrize("shape", [(20, 1), (1, 20), (2, 1)])
def test_a_single_row_or_column_trains_as_in_dense_form(shape):
    rng = np.random.default_rng(0)
    X = sp.csr_array(rng.standard_normal(shape))
    y = rng.standard_normal((shape[0], 2))
    assert_sparse_fit_equals_dense_fit(estimator_for("regression"), X, y)
