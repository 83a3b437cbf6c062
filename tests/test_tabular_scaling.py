"""The scaler for numeric columns: quartiles, smooth clipping, zeros, constants and weights."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.utils.estimator_checks import check_estimator

from sk_bp.tabular import SmoothClipScaler


def test_check_estimator_passes_without_failure_and_without_skip():
    results = check_estimator(SmoothClipScaler(), on_skip=None, on_fail=None)
    assert {r["check_name"] for r in results if r["status"] != "passed"} == set()


def test_a_normal_column_becomes_its_clipped_standard_scores(rng):
    x = rng.normal(50, 7, 100_001)
    z = (x - 50) / 7
    scaled = SmoothClipScaler(limit=3).fit_transform(x[:, None]).ravel()
    assert_allclose(scaled, z / np.sqrt(1 + (z / 3) ** 2), atol=0.03)


def test_center_and_scale_are_the_median_and_the_interquartile_range_over_its_normal_value():
    x = np.array([1, 2, 4, 8, 16, 32, 1e9])
    scaler = SmoothClipScaler().fit(x[:, None])
    assert_allclose(scaler.center_, [8])
    assert_allclose(scaler.scale_, [(32 - 2) / 1.349])


def test_no_value_goes_beyond_the_limit_and_the_order_is_kept():
    x = np.array([-1e300, -1e5, -1, 0.5, 1, 2, 1e5, 1e300])[:, None]
    scaled = SmoothClipScaler(limit=2).fit_transform(x).ravel()
    assert np.abs(scaled).max() <= 2
    assert (np.diff(scaled) >= 0).all()


def test_columns_of_one_value_become_zero_and_missing_values_stay_missing():
    X = np.array([[0.1, np.nan, 5], [0.1, np.nan, np.nan], [0.1, np.nan, 7]])
    scaler = SmoothClipScaler().fit(X)
    assert_array_equal(scaler.transform(X)[:, 0], 0)
    assert np.isnan(scaler.transform(X)[:, 1]).all()
    assert_array_equal(scaler.scale_[:2], 1)
    assert_array_equal(np.isnan(scaler.transform(X)[:, 2]), [False, True, False])


def test_columns_that_are_mostly_zero_keep_their_zeros_and_others_are_centered():
    X = np.zeros((10, 2))
    X[:3, 0], X[:7, 1] = [1, 2, 3], [4, 5, 6, 7, 8, 9, 10]
    scaler = SmoothClipScaler().fit(X)
    assert_allclose(scaler.center_, [0, 5])
    assert_allclose(scaler.scale_, [np.std(X[:, 0]), (8 - 0) / 1.349])
    assert_array_equal(scaler.transform(X)[3:, 0], 0)


@pytest.mark.parametrize("weighted", [False, True])
def test_sparse_X_is_scaled_as_dense_X_is(weighted, rng):
    X = rng.lognormal(size=(60, 8)) * (rng.random((60, 8)) < np.linspace(0, 1, 8))
    X[0, 5] = X[3, 0] = np.nan
    weight = rng.integers(0, 3, 60) if weighted else None
    dense, of_sparse = SmoothClipScaler(), SmoothClipScaler()
    dense.fit(X, sample_weight=weight)
    of_sparse.fit(sp.csr_array(X), sample_weight=weight)
    assert_allclose(of_sparse.center_, dense.center_)
    assert_allclose(of_sparse.scale_, dense.scale_)
    scaled = of_sparse.transform(sp.csr_array(X))
    assert sp.issparse(scaled)
    assert_allclose(scaled.toarray(), dense.transform(X), atol=1e-14)


def test_sparse_columns_of_one_value_are_constant_under_any_weights(rng):
    scaler = SmoothClipScaler()
    for _ in range(20):
        scaler.fit(sp.csr_array(np.full((50, 1), 5.0)), sample_weight=rng.random(50))
        assert (scaler.center_[0], scaler.scale_[0]) == (5, 1)


def test_values_that_differ_by_rounding_only_do_not_divide_by_zero():
    X = np.array([[1.0], [1.0], [1.0], [np.nextafter(1, 2)], [0.5], [0.5]])
    for some in (X[:4], X[:1], X):
        assert np.isfinite(SmoothClipScaler().fit_transform(some)).all()


def test_sparse_columns_that_are_mostly_zero_are_not_filled(rng):
    X = sp.random_array((200, 50), density=0.1, rng=rng, format="csr")
    assert SmoothClipScaler().fit_transform(X).nnz == X.nnz


def test_whole_weights_count_as_repetitions(rng):
    X, weight = rng.normal(size=(30, 3)), rng.integers(0, 4, 30)
    X[rng.random(X.shape) < 0.1] = np.nan
    weighted = SmoothClipScaler().fit(X, sample_weight=weight)
    repeated = SmoothClipScaler().fit(X.repeat(weight, axis=0))
    assert_allclose(weighted.center_, repeated.center_)
    assert_allclose(weighted.scale_, repeated.scale_)


@pytest.mark.parametrize("limit", [0, -1, np.nan])
def test_a_limit_that_is_not_positive_is_refused(limit):
    with pytest.raises(ValueError, match="limit"):
        SmoothClipScaler(limit).fit([[1.0], [2.0]])
