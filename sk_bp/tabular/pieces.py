"""Piecewise linear encoding of numeric columns, so that a network can bend where the data do."""

from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.base import TransformerMixin
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import (
    _check_feature_names_in,
    _check_sample_weight,
    check_is_fitted,
)

from sk_bp.plain_numbers import PlainNumbers
from sk_bp.saved import Saved
from sk_bp.tabular.scaling import center_and_scale, check_numbers, known_values

MOST_BINS = 10_000


class PiecewiseLinearEncoder(Saved, TransformerMixin, PlainNumbers):
    """Encode a number by how far it has come through each of several intervals.

    The quantiles ``e_0 < e_1 < ...`` of a column are the edges of its intervals. The feature of
    the interval from a to b is ``min(max((x - a) / (b - a), 0), 1)``, less its value at the center
    of the column, so that the center and missing values are all zeros. A network that is linear in
    these features is a piecewise linear function of x.

    Parameters
    ----------
    n_bins : int, default=8
        Intervals of each column; fewer where quantiles coincide. A column with only one interval,
        such as one of two values, has no features, as they would repeat the column itself.

    Attributes
    ----------
    edges_ : list of ndarray
        The edges of each column's intervals, empty where it has no features.
    center_ : ndarray of shape (n_features_in_,)
        The value of each column that is encoded by zeros; see `SmoothClipScaler`.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if X had names that are all strings.

    Notes
    -----
    A sparse X stays sparse where columns are mostly zero, and is encoded as the same dense X is.

    References
    ----------
    Gorishniy, Rubachev & Babenko, On embeddings for numerical features in tabular deep learning,
    NeurIPS 2022.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp.tabular import PiecewiseLinearEncoder
    >>> X = np.array([[0.0], [1.0], [2.0], [4.0], [8.0]])
    >>> encoder = PiecewiseLinearEncoder(n_bins=2).fit(X)
    >>> encoder.edges_[0]
    array([0., 2., 8.])
    >>> encoder.transform([[1.0], [2.0], [5.0], [99.0]])
    array([[-0.5,  0. ],
           [ 0. ,  0. ],
           [ 0. ,  0.5],
           [ 0. ,  1. ]])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "n_bins": [Interval(Integral, 1, MOST_BINS, closed="both")],
    }

    def __init__(self, n_bins: int = 8) -> None:
        self.n_bins = n_bins

    def fit(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Learn the edges of the intervals.

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
        columns = list(known_values(X, weight))
        self.center_ = np.array([center_and_scale(*known)[0] for known in columns])
        self.edges_ = [self._edges(*known) for known in columns]
        return self

    def transform(self, X: Any) -> Any:
        """Encode X.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        pieces : {ndarray, CSR array} of shape (n_samples, n_intervals)
            Sparse if X is sparse.
        """
        check_is_fitted(self)
        X = check_numbers(self, X, reset=False)
        if not sparse.issparse(X):
            parts = [self._pieces(place, values) for place, values in enumerate(X.T)]
            return np.hstack(parts).astype(X.dtype, copy=False)
        X = X.tocsc()
        blocks = [self._sparse_pieces(place, X) for place in range(X.shape[1])]
        return sparse.csr_array(sparse.hstack(blocks, format="csr", dtype=X.dtype))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Names of the features: the column's, and the number of the interval.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the columns of X, if it had none.

        Returns
        -------
        names : ndarray of str
        """
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features)
        return np.array(
            [
                f"{name}_piece{number}"
                for name, edges in zip(names, self.edges_, strict=True)
                for number in range(max(len(edges) - 1, 0))
            ],
            dtype=object,
        )

    def _edges(self, values: NDArray[Any], weight: NDArray[Any]) -> NDArray[Any]:
        if len(values) == 0:
            return np.array([])
        levels = np.linspace(0, 1, self.n_bins + 1)
        edges = np.unique(np.quantile(values, levels, weights=weight, method="inverted_cdf"))
        return edges if len(edges) > 2 else np.array([])

    def _pieces(self, place: int, values: NDArray[Any]) -> NDArray[Any]:
        """The features of values of one column, of shape (n_values, n_intervals)."""
        edges = self.edges_[place]
        if len(edges) == 0:
            return np.empty((len(values), 0))
        low, width = edges[:-1], np.diff(edges)
        come = np.clip((values[:, None] - low) / width, 0, 1)
        return np.nan_to_num(come - np.clip((self.center_[place] - low) / width, 0, 1))

    def _sparse_pieces(self, place: int, X: Any) -> Any:
        """The features of one column of a CSC matrix."""
        start, end = X.indptr[place : place + 2]
        rows, values = X.indices[start:end], X.data[start:end]
        if self.center_[place] != 0:  # zeros are encoded by other numbers
            rows, values = np.arange(X.shape[0]), X[:, [place]].toarray().ravel()
        pieces = self._pieces(place, values)
        n_pieces = pieces.shape[1]
        entries = (np.repeat(rows, n_pieces), np.tile(np.arange(n_pieces), len(rows)))
        block = sparse.coo_array((pieces.ravel(), entries), shape=(X.shape[0], n_pieces)).tocsc()
        block.eliminate_zeros()
        return block

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = True
        return tags
