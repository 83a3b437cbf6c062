"""The piecewise linear encoding of numeric columns."""

import numpy as np
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LinearRegression
from sklearn.utils.estimator_checks import check_estimator

from sk_bp.tabular import PiecewiseLinearEncoder, SmoothClipScaler, TabularEncoder


def test_check_estimator_passes_without_failure_and_without_skip():
    results = check_estimator(PiecewiseLinearEncoder(), on_skip=None, on_fail=None)
    assert {r["check_name"] for r in results if r["status"] != "passed"} == set()


def test_edges_are_the_quantiles(rng):
    x = rng.lognormal(size=2001)
    (edges,) = PiecewiseLinearEncoder(n_bins=4).fit(x[:, None]).edges_
    assert_allclose(edges, np.quantile(x, [0, 0.25, 0.5, 0.75, 1]))


def test_a_linear_model_of_the_pieces_is_the_broken_line_through_the_edges(rng):
    x = np.sort(rng.normal(size=101))[:, None]
    encoder = PiecewiseLinearEncoder(n_bins=5).fit(x)
    (edges,) = encoder.edges_
    heights = rng.normal(size=len(edges))
    line = LinearRegression().fit(encoder.transform(edges[:, None]), heights)
    expected = np.interp(x.ravel(), edges, heights)  # constant beyond the first and last edge
    assert_allclose(line.predict(encoder.transform(x)), expected, atol=1e-12)


def test_the_center_and_missing_values_are_zeros(rng):
    X = rng.normal(5, 1, size=(99, 2))
    center = SmoothClipScaler().fit(X).center_
    encoded = PiecewiseLinearEncoder().fit(X).transform([center, [np.nan, np.nan]])
    assert encoded.shape == (2, 16)
    assert_array_equal(encoded, 0)


def test_columns_of_two_values_or_none_have_no_features():
    X = np.array([[0.0, 3, np.nan, 1], [1, 3, np.nan, 2], [0, 3, np.nan, 3], [1, 3, np.nan, 4]])
    encoder = PiecewiseLinearEncoder(n_bins=3).fit(X)
    assert encoder.get_feature_names_out().tolist() == ["x3_piece0", "x3_piece1", "x3_piece2"]
    assert encoder.transform(X).shape == (4, 3)


def test_sparse_X_is_encoded_as_dense_X_is_and_zeros_stay_zeros(rng):
    X = rng.normal(size=(80, 6)) * (rng.random((80, 6)) < [0, 0.1, 0.3, 0.6, 0.9, 1])
    X[5, 2] = X[0, 4] = np.nan
    weight = rng.integers(0, 3, 80)
    dense = PiecewiseLinearEncoder().fit(X, sample_weight=weight)
    of_sparse = PiecewiseLinearEncoder().fit(sp.csr_array(X), sample_weight=weight)
    encoded = of_sparse.transform(sp.csr_matrix(X))
    assert sp.issparse(encoded)
    assert_allclose(encoded.toarray(), dense.transform(X), atol=1e-14)
    mostly_zero = PiecewiseLinearEncoder().fit(X[:, :3]).transform(X[:, :3])
    assert_array_equal(mostly_zero[(X[:, :3] == 0).all(axis=1)], 0)


def test_whole_weights_count_as_repetitions(rng):
    X, weight = rng.normal(size=(40, 2)), rng.integers(0, 4, 40)
    weighted = PiecewiseLinearEncoder().fit(X, sample_weight=weight)
    repeated = PiecewiseLinearEncoder().fit(X.repeat(weight, axis=0))
    for one, other in zip(weighted.edges_, repeated.edges_, strict=True):
        assert_array_equal(one, other)


@pytest.mark.parametrize(("n_samples", "n_pieces"), [(39, 0), (40, 4 * 8)])
def test_auto_needs_ten_samples_for_each_numeric_column(n_samples, n_pieces, rng):
    X = rng.normal(size=(n_samples, 4))
    assert TabularEncoder().fit_transform(X).shape[1] == 4 + n_pieces
    assert TabularEncoder(n_bins=2).fit_transform(X).shape[1] == 4 + 4 * 2
    assert TabularEncoder(n_bins=0).fit_transform(X).shape[1] == 4


def test_n_bins_below_one_is_refused():
    with pytest.raises(ValueError, match="n_bins"):
        PiecewiseLinearEncoder(0).fit([[1.0], [2.0]])
