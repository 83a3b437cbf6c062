"""Promise 1: a sparse matrix trains the model that the same matrix trains in dense form."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse as sp
from cases import ACTIVATION_CASES, LOSS_CASES, LOSS_IDS
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from sk_bp import (
    SGD,
    Adam,
    BPClassifier,
    BPRegressor,
    ConstantRate,
    ExponentialDecay,
    RMSProp,
    Schedule,
)
from sk_bp.optimizers import BY_BATCH

TOLERANCE = {np.float64: 1e-9, np.float32: 1e-3}
FORMATS = ("csr", "csc", "coo", "lil", "dok", "bsr", "dia")
CONTAINERS = [getattr(sp, f"{fmt}_{kind}") for fmt in FORMATS for kind in ("matrix", "array")]


class Triangle(Schedule):
    """A rate that rises and falls again, for ever."""

    def __init__(self, peak=0.01, n_steps=5):
        self.peak = peak
        self.n_steps = n_steps

    def __call__(self, steps):
        phase = np.asarray(steps) % (2 * self.n_steps)
        return self.peak * (1 + np.minimum(phase, 2 * self.n_steps - phase)) / self.n_steps


SCHEDULES = {
    "constant": ConstantRate(0.01),
    "decay": ExponentialDecay(0.03, factor=0.5, n_steps=5),
    "triangle": Triangle(0.02),
}


def sparse_problem(task, dtype=np.float64, n=60, n_features=90, density=0.04, seed=0):
    """Most columns are absent from most batches; some rows and columns are empty."""
    rng = np.random.default_rng(seed)
    X = sp.random_array((n, n_features), density=density, rng=rng, format="csr", dtype=dtype)
    X.data -= dtype(0.3)
    y = {
        "binary": rng.permutation(np.arange(n) % 2),
        "multiclass": rng.permutation(np.arange(n) % 4),
        "multilabel": (rng.random((n, 3)) < 0.4).astype(int),
        "regression": rng.standard_normal((n, 2)),
    }[task]
    return X, y


def estimator_for(task, **parameters):
    cls = BPRegressor if task == "regression" else BPClassifier
    defaults = {"hidden_layer_sizes": (7,), "activation": "tanh", "batch_size": 8, "max_iter": 3}
    return cls(**{**defaults, "tol": None, "random_state": 0, **parameters})


def assert_same_weights(found, expected, tolerance):
    arrays = zip(
        found.coefs_ + found.intercepts_, expected.coefs_ + expected.intercepts_, strict=True
    )
    for a, b in arrays:
        assert a.dtype == b.dtype
        assert np.isfinite(a).all()
        assert np.abs(a - b).max() <= tolerance * max(np.abs(b).max(), 1e-2)


def assert_sparse_fit_equals_dense_fit(estimator, X, y, sample_weight=None):
    on_sparse = clone(estimator).fit(X, y, sample_weight)
    on_dense = clone(estimator).fit(X.toarray(), y, sample_weight)
    tolerance = TOLERANCE[X.dtype.type]
    assert_same_weights(on_sparse, on_dense, tolerance)
    np.testing.assert_allclose(on_sparse.loss_curve_, on_dense.loss_curve_, rtol=tolerance)


# ------------------------------------------------------------------------------- promise 1


@pytest.mark.parametrize("alpha", [0, 2])
@pytest.mark.parametrize("schedule", sorted(SCHEDULES))
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("loss", "task"), LOSS_CASES, ids=LOSS_IDS)
@pytest.mark.parametrize("optimizer", sorted(BY_BATCH))
def test_sparse_fit_equals_dense_fit(optimizer, loss, task, dtype, schedule, alpha):
    X, y = sparse_problem(task, dtype)
    estimator = estimator_for(
        task, loss=loss, optimizer=optimizer, learning_rate=SCHEDULES[schedule], alpha=alpha
    )
    assert_sparse_fit_equals_dense_fit(estimator, X, y)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("activation", ACTIVATION_CASES, ids=str)
@pytest.mark.parametrize("optimizer", sorted(BY_BATCH))
def test_sparse_fit_equals_dense_fit_for_every_activation(optimizer, activation, dtype):
    X, y = sparse_problem("multiclass", dtype)
    estimator = estimator_for(
        "multiclass", optimizer=optimizer, activation=activation, hidden_layer_sizes=(7, 5)
    )
    assert_sparse_fit_equals_dense_fit(estimator, X, y)


@pytest.mark.parametrize(
    "optimizer",
    [
        SGD(momentum=0),
        SGD(momentum=0.99, nesterov=False),
        SGD(momentum=0.8, dampening=0.5, nesterov=False),
        RMSProp(momentum=0.9),
        RMSProp(centered=True),
        RMSProp(rho=0.99, momentum=0.5, centered=True),
        Adam(beta_2=0.99),
        Adam(beta_2=0.9),
        Adam(beta_1=0.99, beta_2=0.999),
        Adam(beta_1=0.5, beta_2=0.95),
        Adam(epsilon=1e-3),
    ],
    ids=repr,
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_sparse_fit_equals_dense_fit_away_from_the_defaults(optimizer, dtype):
    X, y = sparse_problem("multiclass", dtype)
    estimator = estimator_for("multiclass", optimizer=optimizer, learning_rate=0.01, alpha=0.5)
    assert_sparse_fit_equals_dense_fit(estimator, X, y)


@pytest.mark.parametrize("optimizer", sorted(BY_BATCH))
@pytest.mark.parametrize("hidden", [(), (3,), (4, 5, 3)])
def test_sparse_fit_equals_dense_fit_at_every_depth(hidden, optimizer):
    X, y = sparse_problem("multiclass")
    estimator = estimator_for("multiclass", optimizer=optimizer, hidden_layer_sizes=hidden)
    assert_sparse_fit_equals_dense_fit(estimator, X, y)


@pytest.mark.parametrize("batch_size", [1, 7, 59, 60, "auto"])
@pytest.mark.parametrize("shuffle", [False, True])
def test_sparse_fit_equals_dense_fit_for_every_batch_size(batch_size, shuffle):
    X, y = sparse_problem("binary")
    for optimizer in ("sgd", "rmsprop", "adam"):
        estimator = estimator_for("binary", optimizer=optimizer, batch_size=batch_size)
        assert_sparse_fit_equals_dense_fit(estimator.set_params(shuffle=shuffle), X, y)


@pytest.mark.parametrize("optimizer", sorted(BY_BATCH))
def test_sparse_fit_equals_dense_fit_with_sample_weights(optimizer):
    X, y = sparse_problem("multiclass")
    weight = np.random.default_rng(1).uniform(0, 4, size=len(y))
    weight[::7] = 0
    assert_sparse_fit_equals_dense_fit(
        estimator_for("multiclass", optimizer=optimizer), X, y, weight
    )


@pytest.mark.parametrize("scoring", ["loss", "accuracy"])
def test_sparse_fit_equals_dense_fit_with_early_stopping(scoring):
    X, y = sparse_problem("multiclass", n=200)
    estimator = estimator_for("multiclass", early_stopping=True, scoring=scoring, max_iter=12)
    on_sparse, on_dense = clone(estimator).fit(X, y), clone(estimator).fit(X.toarray(), y)
    assert_same_weights(on_sparse, on_dense, 1e-9)
    np.testing.assert_allclose(on_sparse.validation_scores_, on_dense.validation_scores_, rtol=1e-9)


@pytest.mark.parametrize("optimizer", sorted(BY_BATCH))
def test_one_model_trained_on_sparse_and_dense_in_turn_equals_dense_only(optimizer):
    X, y = sparse_problem("binary")
    mixed = estimator_for("binary", optimizer=optimizer)
    on_dense = clone(mixed)
    for call in range(6):
        mixed.partial_fit(X if call % 2 else X.toarray(), y, classes=[0, 1])
        on_dense.partial_fit(X.toarray(), y, classes=[0, 1])
    assert_same_weights(mixed, on_dense, 1e-9)


@pytest.mark.parametrize("optimizer", sorted(BY_BATCH))
def test_a_wide_matrix_with_rare_columns_trains_as_in_dense_form(optimizer):
    X, y = sparse_problem("multiclass", n=300, n_features=3000, density=0.003)
    estimator = estimator_for("multiclass", optimizer=optimizer, hidden_layer_sizes=(5,))
    assert_sparse_fit_equals_dense_fit(estimator, X, y)


# --------------------------------------------------------------------------------- formats


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


@pytest.mark.parametrize("optimizer", sorted(BY_BATCH))
def test_empty_rows_and_columns_train_as_in_dense_form(optimizer):
    X, y = sparse_problem("binary")
    X = X.tolil()
    X[::3] = 0
    X[:, ::4] = 0
    X = X.tocsr()
    assert (np.diff(X.indptr) == 0).any()
    assert_sparse_fit_equals_dense_fit(estimator_for("binary", optimizer=optimizer), X, y)


@pytest.mark.parametrize("optimizer", sorted(BY_BATCH))
def test_a_matrix_without_entries_trains_the_biases_alone(optimizer):
    X, y = sp.csr_array((20, 6)), np.arange(20) % 3
    estimator = estimator_for("multiclass", optimizer=optimizer, alpha=0.5)
    assert_sparse_fit_equals_dense_fit(estimator, X, y)


@pytest.mark.parametrize("shape", [(20, 1), (1, 20), (2, 1)])
def test_a_single_row_or_column_trains_as_in_dense_form(shape):
    rng = np.random.default_rng(0)
    X = sp.csr_array(rng.standard_normal(shape))
    y = rng.standard_normal((shape[0], 2))
    assert_sparse_fit_equals_dense_fit(estimator_for("regression"), X, y)


# ------------------------------------------------------------------------------ properties

profile = settings(derandomize=True, deadline=None, max_examples=40, database=None)


@st.composite
def sparse_matrices(draw, max_rows=12, max_columns=9):
    """Any CSR matrix: unsorted and repeated indices, stored zeros, empty rows and columns."""
    n, n_features = draw(st.integers(2, max_rows)), draw(st.integers(1, max_columns))
    values = st.integers(-8, 8).map(lambda k: k / 4)
    entry = st.tuples(st.integers(0, n_features - 1), values)
    rows = draw(st.lists(st.lists(entry, max_size=2 * n_features), min_size=n, max_size=n))
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    indices = np.array([column for row in rows for column, _ in row], dtype=np.int32)
    data = np.array([value for row in rows for _, value in row], dtype=float)
    return sp.csr_array((data, indices, indptr), shape=(n, n_features))


@profile
@given(
    X=sparse_matrices(),
    optimizer=st.sampled_from(sorted(BY_BATCH)),
    batch_size=st.integers(1, 12),
    alpha=st.sampled_from([0, 0.01, 1.0]),
    schedule=st.sampled_from(sorted(SCHEDULES)),
    hidden=st.sampled_from([(), (3,), (2, 3)]),
)
def test_any_sparse_matrix_trains_as_in_dense_form(
    X, optimizer, batch_size, alpha, schedule, hidden
):
    y = np.cos(np.arange(2 * X.shape[0])).reshape(-1, 2)
    estimator = estimator_for(
        "regression",
        optimizer=optimizer,
        learning_rate=SCHEDULES[schedule],
        batch_size=batch_size,
        alpha=alpha,
        hidden_layer_sizes=hidden,
    )
    assert_sparse_fit_equals_dense_fit(estimator, X, y)


@profile
@given(
    X=sparse_matrices(),
    optimizer=st.sampled_from(sorted(BY_BATCH)),
    cuts=st.lists(st.integers(1, 11), max_size=4),
    looks=st.booleans(),
)
def test_any_stream_of_sparse_pieces_trains_as_in_dense_form(X, optimizer, cuts, looks):
    y = np.sin(np.arange(X.shape[0]))
    edges = sorted({0, X.shape[0], *(cut for cut in cuts if cut < X.shape[0])})
    on_sparse = estimator_for("regression", optimizer=optimizer, batch_size=3)
    on_dense = clone(on_sparse)
    for _ in range(2):
        for first, last in pairwise(edges):
            on_sparse.partial_fit(X[first:last], y[first:last])
            on_dense.partial_fit(X[first:last].toarray(), y[first:last])
            if looks:
                np.testing.assert_allclose(
                    on_sparse.predict(X), on_dense.predict(X.toarray()), rtol=1e-9, atol=1e-9
                )
    assert_same_weights(on_sparse, on_dense, 1e-9)


@profile
@given(X=sparse_matrices(), hidden=st.sampled_from([(), (4,), (3, 2)]))
def test_any_sparse_matrix_is_predicted_as_in_dense_form(X, hidden):
    model = estimator_for("regression", hidden_layer_sizes=hidden)
    model.fit(np.eye(X.shape[1]), np.arange(2.0 * X.shape[1]).reshape(-1, 2))
    np.testing.assert_allclose(model.predict(X), model.predict(X.toarray()), rtol=1e-12, atol=1e-12)
