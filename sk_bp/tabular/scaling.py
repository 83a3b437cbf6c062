"""A scaler for numeric columns as they come: heavy tails, zeros, constants and missing values."""

from collections.abc import Iterator
from numbers import Real
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.base import OneToOneFeatureMixin, TransformerMixin
from sklearn.utils._param_validation import Interval
from sklearn.utils.sparsefuncs import inplace_column_scale
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from sk_bp.data import check_X
from sk_bp.plain_numbers import PlainNumbers
from sk_bp.saved import Saved
from sk_bp.tabular.frames import FLOATS

# A column is centered if at least this share of its values is not zero.
CENTERED_SHARE = 0.5
# The interquartile range of a normal distribution in standard deviations.
NORMAL_RANGE = 1.349
# What sums of the same weights may differ by.
ROUNDING = 1e-12


class SmoothClipScaler(Saved, OneToOneFeatureMixin, TransformerMixin, PlainNumbers):
    """Scale columns by their quartiles, and pull far values in smoothly.

    A value x becomes ``z / sqrt(1 + (z / limit)²)`` with ``z = (x - center) / scale``: almost z
    where z is small, and never beyond the limit. NaN stays NaN, and zeros of a column that is
    mostly zero stay zeros, so that a sparse X stays sparse.

    Parameters
    ----------
    limit : float, default=3.0
        The bound of the scaled values.

    Attributes
    ----------
    center_ : ndarray of shape (n_features_in_,)
        The median of a column; 0 where more than half of the values are zero.
    scale_ : ndarray of shape (n_features_in_,)
        The interquartile range over 1.349, which is the standard deviation if the values are
        normal. Where the range is 0, or the center is 0 because most values are, the standard
        deviation itself; 1 where all values are equal.
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had names that are all strings.

    Notes
    -----
    Sparse and dense X are scaled alike: the share of zeros decides on centering, not the container.
    The clipping is that of Holzmüller, Grinsztajn & Steinwart, Better by default: strong pre-tuned
    MLPs and boosted trees on tabular data, NeurIPS 2024.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp.tabular import SmoothClipScaler
    >>> X = np.array([[1.0], [2.0], [3.0], [4.0], [1e6]])
    >>> SmoothClipScaler().fit_transform(X).round(2).ravel()
    array([-1.23, -0.66,  0.  ,  0.66,  3.  ])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "limit": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(self, limit: float = 3.0) -> None:
        self.limit = limit

    def fit(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Learn the center and the scale of each column.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples; NaN is left out.
        y : None, default=None
            Not used.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights, not negative.

        Returns
        -------
        self : object
        """
        self._validate_params()
        X = check_numbers(self, X, reset=True)
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        columns = [center_and_scale(*stored) for stored in known_values(X, weight)]
        self.center_, self.scale_ = np.array(columns, dtype=np.float64).reshape(-1, 2).T
        return self

    def transform(self, X: Any) -> Any:
        """Scale X.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        Z : {ndarray, CSR matrix} of shape (n_samples, n_features)
            Sparse if X is sparse; columns that are centered are then full.
        """
        check_is_fitted(self)
        X = check_numbers(self, X, reset=False)
        if not sparse.issparse(X):
            return self._clip((X - self.center_) / self.scale_, X.dtype)
        Z = X.astype(np.float64)
        if self.center_.any():
            ones = sparse.csr_array(np.ones((X.shape[0], 1)))
            Z = sparse.csr_array(Z - ones @ sparse.csr_array(self.center_[None]))
        inplace_column_scale(Z, 1 / self.scale_)
        Z.data = self._clip(Z.data, np.float64)
        return Z.astype(X.dtype)

    def _clip(self, Z: NDArray[Any], dtype: Any) -> NDArray[Any]:
        return (Z / np.hypot(1, Z / self.limit)).astype(dtype, copy=False)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = True
        return tags


def check_numbers(estimator: Any, X: Any, reset: bool) -> Any:
    """Return X checked, dense or as a CSR matrix, where NaN may be."""
    return check_X(estimator, X, dtype=FLOATS, reset=reset, allow_nan=True)


def known_values(X: Any, weight: NDArray[Any]) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """Values and weights of each column without NaN; zeros not stored are a single 0."""
    if not sparse.issparse(X):
        for values in X.T:
            known = ~np.isnan(values) & (weight > 0)
            yield values[known].astype(np.float64), weight[known]
        return
    X, total = X.tocsc(), weight.sum()
    for start, end in zip(X.indptr[:-1], X.indptr[1:], strict=True):
        values, w = X.data[start:end].astype(np.float64), weight[X.indices[start:end]]
        known = ~np.isnan(values) & (w > 0)
        of_zeros = total - w.sum()
        if of_zeros <= ROUNDING * total:
            yield values[known], w[known]
        else:
            yield np.append(values[known], 0.0), np.append(w[known], of_zeros)


def center_and_scale(values: NDArray[Any], weight: NDArray[Any]) -> tuple[float, float]:
    """The center and the scale of a column of `known_values`."""
    if len(values) == 0 or values.min() == values.max():
        return (values[0] if len(values) else 0.0), 1.0
    median = 0.0
    if weight[values != 0].sum() >= CENTERED_SHARE * weight.sum():
        quartiles = np.quantile(values, [0.25, 0.5, 0.75], weights=weight, method="inverted_cdf")
        low, median, high = (float(quartile) for quartile in quartiles)
        if low < high:
            return median, high / NORMAL_RANGE - low / NORMAL_RANGE or 1.0
    largest = np.abs(values).max()  # the squares of the quotients do not overflow
    mean = np.average(values / largest, weights=weight)
    variance = np.average((values / largest - mean) ** 2, weights=weight)
    return median, float(largest * np.sqrt(variance)) or 1.0  # 0 if values differ by rounding
