"""The units of training are found alike, however X is stored and whatever its type."""

import numpy as np
import scipy.sparse as sp
from helpers import assert_same_up_to_rounding, quick

from sk_bp import BPRegressor


def test_a_constant_column_has_the_same_scale_stored_sparse_or_dense():
    for n in (6, 7, 10, 49):  # where n times 1 / n is not 1
        X = np.zeros((n, 3))
        X[:, 0] = -3.0
        dense, spared = (
            quick(BPRegressor, scaling=True).fit(f(X), X[:, 1] + np.arange(n))
            for f in (np.asarray, sp.csr_array)
        )
        assert_same_up_to_rounding(spared, dense)


def test_shares_and_sizes_at_a_limit_are_decided_alike_stored_sparse_or_dense():
    X, y = np.zeros((12, 3)), np.arange(12)
    X[::2, 0] = 4.0  # half of the values, and as large as a value may be
    X[:, 1] = np.arange(12) % 5 + 1
    X[:10, 2] = np.tile([1.0, 2.0, 3.0, 4.0, 5.0], 2)  # a variance of 2
    dense, spared = (
        quick(BPRegressor, scaling=True).fit(f(X), y) for f in (np.asarray, sp.csr_array)
    )
    assert_same_up_to_rounding(spared, dense)


def test_entries_that_are_given_twice_count_once_for_what_depends_on_the_share_of_zeros():
    X = np.zeros((40, 50))
    X[:, 0] = y = np.arange(40) + 1.0
    twice = sp.csr_array(
        (np.repeat(X[:, 0] / 4, 4), np.zeros(160, int), np.arange(41) * 4), shape=X.shape
    )
    dense, spared = (
        BPRegressor(3, random_state=0, max_iter="auto").fit(data, y) for data in (X, twice)
    )
    assert (dense.max_iter_, dense.weight_decay_) == (spared.max_iter_, spared.weight_decay_)
    assert_same_up_to_rounding(spared, dense)


def test_subnormal_columns_in_float32_leave_the_weights_finite():
    X, y = np.zeros((12, 2), np.float32), np.arange(12) % 2
    X[:, 0] = np.linspace(-1, 1, 12) * 1e-40
    assert all(np.isfinite(W).all() for W in quick(BPRegressor, scaling=True).fit(X, y).coefs_)
