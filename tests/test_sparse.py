"""Promise 1: a sparse matrix trains the model that the same matrix trains in dense form."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse as sp
from cases import every_activation, every_loss, every_optimizer, precisions
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sparse_cases import (
    SCHEDULES,
    assert_same_weights,
    assert_sparse_fit_equals_dense_fit,
    estimator_for,
    sparse_problem,
)

from sk_bp import (
    SGD,
    Adam,
    BPRegressor,
    RMSProp,
)
from sk_bp.optimizers import BY_BATCH


@pytest.mark.parametrize("weight_decay", [0, 2])
@pytest.mark.parametrize("schedule", sorted(SCHEDULES))
@precisions
@pytest.mark.parametrize("task", ["multiclass", "regression"])
@every_optimizer
def test_sparse_fit_equals_dense_fit(optimizer, task, dtype, schedule, weight_decay):
    X, y = sparse_problem(task, dtype)
    estimator = estimator_for(
        task, optimizer=optimizer, learning_rate=SCHEDULES[schedule], weight_decay=weight_decay
    )
    assert_sparse_fit_equals_dense_fit(estimator, X, y)


@precisions
@pytest.mark.parametrize("width", [1, 3, 4, 7, 8, 9, 31, 52, 53, 100, 103, 104, 105, 112, 215])
def test_rows_of_weights_are_added_in_the_order_of_the_entries(width, dtype):
    rng = np.random.default_rng(width)
    X = sp.random_array((20, 30), density=0.4, rng=rng, dtype=dtype, format="csr")
    y = rng.normal(size=(20, width)).astype(dtype)
    model = BPRegressor((), scaling=False, random_state=0)
    model.partial_fit(X, y.squeeze())
    expected = np.zeros((20, width), dtype)
    for i in range(20):
        for e in range(X.indptr[i], X.indptr[i + 1]):
            expected[i] += X.data[e] * model.coefs_[0][X.indices[e]]
    expected += model.intercepts_[0]
    np.testing.assert_array_equal(model.predict(X).reshape(20, width), expected)


@precisions
@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam"])
@every_loss
def test_sparse_fit_equals_dense_fit_for_every_loss(loss, task, optimizer, dtype):
    X, y = sparse_problem(task, dtype)
    estimator = estimator_for(
        task, loss=loss, optimizer=optimizer, learning_rate=0.01, weight_decay=2
    )
    assert_sparse_fit_equals_dense_fit(estimator, X, y)


@precisions
@every_activation
@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop", "adam"])
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
@precisions
def test_sparse_fit_equals_dense_fit_away_from_the_defaults(optimizer, dtype):
    X, y = sparse_problem("multiclass", dtype)
    estimator = estimator_for(
        "multiclass", optimizer=optimizer, learning_rate=0.01, weight_decay=0.5
    )
    assert_sparse_fit_equals_dense_fit(estimator, X, y)


@every_optimizer
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


@every_optimizer
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


@every_optimizer
def test_one_model_trained_on_sparse_and_dense_in_turn_equals_dense_only(optimizer):
    X, y = sparse_problem("binary")
    mixed = estimator_for("binary", optimizer=optimizer)
    on_dense = clone(mixed)
    for call in range(6):
        mixed.partial_fit(X if call % 2 else X.toarray(), y, classes=[0, 1])
        on_dense.partial_fit(X.toarray(), y, classes=[0, 1])
    assert_same_weights(mixed, on_dense, 1e-9)


@every_optimizer
def test_a_wide_matrix_with_rare_columns_trains_as_in_dense_form(optimizer):
    X, y = sparse_problem("multiclass", n=300, n_features=3000, density=0.003)
    estimator = estimator_for("multiclass", optimizer=optimizer, hidden_layer_sizes=(5,))
    assert_sparse_fit_equals_dense_fit(estimator, X, y)


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
    weight_decay=st.sampled_from([0, 0.01, 1.0]),
    schedule=st.sampled_from(sorted(SCHEDULES)),
    hidden=st.sampled_from([(), (3,), (2, 3)]),
)
def test_any_sparse_matrix_trains_as_in_dense_form(
    X, optimizer, batch_size, alpha, weight_decay, schedule, hidden
):
    y = np.cos(np.arange(2 * X.shape[0])).reshape(-1, 2)
    estimator = estimator_for(
        "regression",
        optimizer=optimizer,
        learning_rate=SCHEDULES[schedule],
        batch_size=batch_size,
        alpha=alpha,
        weight_decay=weight_decay,
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
