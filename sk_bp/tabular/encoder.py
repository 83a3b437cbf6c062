"""From a data frame to the numbers that a network learns from."""

from numbers import Integral, Real
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.base import TransformerMixin, _fit_context
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from sk_bp.plain_numbers import PlainNumbers
from sk_bp.sample_weights import check_weight
from sk_bp.saved import Saved
from sk_bp.tabular.frames import (
    CATEGORICAL,
    categorical_values,
    check_table,
    kinds,
    numeric_values,
)
from sk_bp.tabular.pieces import MOST_BINS, PiecewiseLinearEncoder
from sk_bp.tabular.scaling import SmoothClipScaler

# Up to this share of entries that are not zero, the encoded samples are kept sparse.
SPARSE_SHARE = 0.3
# The piecewise linear encoding that n_bins="auto" stands for, and what it needs: on wide tables of
# few samples it overfits.
N_BINS = 8
SAMPLES_PER_COLUMN = 10


class TabularEncoder(Saved, TransformerMixin, PlainNumbers):
    """Encode a table of numbers and categories, as `BPTabularClassifier` does.

    Numeric columns are scaled by `SmoothClipScaler`; a missing value becomes 0, the center, and
    each column that has some gets another that tells where. `PiecewiseLinearEncoder` adds features
    by which a network can bend where the data do. Categorical columns become a column of
    0 and 1 for each category, missing being one of them, if it occurs; rare categories share one,
    and so do those that `fit` has not seen.

    Parameters
    ----------
    categorical_features : "from_dtype", array-like of int, bool or str, or None, \
default="from_dtype"
        Which columns are categorical. "from_dtype": of a data frame those of texts, booleans and
        categories (a pandas column of objects is numeric if all of them are numbers); of arrays
        and sparse matrices none. Numbers, a mask or names add other columns to these, such as
        integers that are codes; None means that there are none.
    min_frequency : int, float or None, default=2
        Categories with fewer samples, or a smaller share of the samples, are rare. None means that
        none is rare; an unseen category is then encoded by zeros.
    limit : float, default=3.0
        The bound of the scaled numbers.
    n_bins : int or "auto", default="auto"
        Intervals of the piecewise linear encoding of each numeric column, at most 10,000; 0 means
        none. "auto" means 8 if there are at least 10 samples for each numeric column, otherwise 0.

    Attributes
    ----------
    is_categorical_ : ndarray of bool of shape (n_features_in_,)
        Which columns are categorical.
    numeric_ : Pipeline or None
        The fitted scaler and imputer; None if there are no numeric columns.
    pieces_ : PiecewiseLinearEncoder or None
        The fitted piecewise linear encoding of the numeric columns; None if there is none.
    categorical_ : OneHotEncoder or None
        The fitted encoder; None if there are no categorical columns.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if all are strings.

    Examples
    --------
    >>> import pandas as pd
    >>> from sk_bp.tabular import TabularEncoder
    >>> X = pd.DataFrame({"age": [20.0, 30.0, None, 50.0], "home": ["a", "b", "a", "b"]})
    >>> encoder = TabularEncoder().fit(X)
    >>> encoder.get_feature_names_out().tolist()
    ['age', 'missingindicator_age', 'home_a', 'home_b']
    >>> encoder.transform(X).shape
    (4, 4)
    """

    numeric_: Pipeline | None
    pieces_: PiecewiseLinearEncoder | None
    categorical_: OneHotEncoder | None

    _parameter_constraints: dict[str, list[Any]] = {
        "categorical_features": ["array-like", StrOptions({"from_dtype"}), None],
        "min_frequency": [
            Interval(Integral, 1, None, closed="left"),
            Interval(Real, 0, 1, closed="neither"),
            None,
        ],
        "limit": [Interval(Real, 0, None, closed="neither")],
        "n_bins": [Interval(Integral, 0, MOST_BINS, closed="both"), StrOptions({"auto"})],
    }

    def __init__(
        self,
        categorical_features: Any = "from_dtype",
        *,
        min_frequency: float | None = 2,
        limit: float = 3.0,
        n_bins: int | Literal["auto"] = "auto",
    ) -> None:
        self.categorical_features = categorical_features
        self.min_frequency = min_frequency
        self.limit = limit
        self.n_bins = n_bins

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None, sample_weight: ArrayLike | None = None) -> Self:
        """Learn the kinds of the columns, the scales and the categories.

        Parameters
        ----------
        X : {data frame, array-like, sparse matrix} of shape (n_samples, n_features)
            A pandas or polars data frame, or numbers. NaN, None and nulls are missing values.
        y : None, default=None
            Not used.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights, not negative. They count for the scales; of the categories, those with a weight
            are counted.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError, TypeError
            If X is not valid, or a column holds dates or times.
        """
        X = check_table(self, X, reset=True)
        self._fit_checked(X, check_weight(sample_weight, X))
        return self

    def transform(self, X: Any) -> Any:
        """Encode samples.

        Parameters
        ----------
        X : {data frame, array-like, sparse matrix} of shape (n_samples, n_features)
            Samples with the columns that `fit` has seen.

        Returns
        -------
        encoded : {ndarray, CSR array} of shape (n_samples, n_features_out)
            In float32 if all numbers are, otherwise in float64; sparse if X is sparse, or if that
            is what most categories ask for.
        """
        check_is_fitted(self)
        return self._transform_checked(check_table(self, X, reset=False))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Names of the encoded columns.

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
        of_numbers = names[~self.is_categorical_]
        parts = (
            (self.numeric_, of_numbers),
            (self.pieces_, of_numbers),
            (self.categorical_, names[self.is_categorical_]),
        )
        return np.concatenate(
            [part.get_feature_names_out(of) for part, of in parts if part is not None]
        )

    def _fit_checked(self, X: Any, weight: NDArray[Any] | None) -> None:
        """Fit to a checked table; `n_features_in_` is known."""
        found = np.array([kind == CATEGORICAL for kind in kinds(X)])
        is_categorical = _mask(self.categorical_features, found, list(getattr(X, "columns", [])))
        self.is_categorical_ = is_categorical
        counting = slice(None) if weight is None else np.flatnonzero(weight)
        self.numeric_ = self.pieces_ = self.categorical_ = None
        if not is_categorical.all():
            weight = None if weight is None else weight[counting]
            self._fit_numeric(self._numbers(X)[counting], weight)
        if is_categorical.any():
            self.categorical_ = OneHotEncoder(
                handle_unknown="infrequent_if_exist",
                min_frequency=self.min_frequency,
                dtype=np.float32,
            ).fit(self._texts(X)[counting])

    def _fit_numeric(self, numbers: Any, weight: NDArray[Any] | None) -> None:
        self.numeric_ = self._numeric_pipeline().fit(
            numbers, smoothclipscaler__sample_weight=weight
        )
        n_samples, n_columns = numbers.shape
        n_bins = self.n_bins
        if n_bins == "auto":
            n_bins = N_BINS if n_samples >= SAMPLES_PER_COLUMN * n_columns else 0
        if n_bins > 0:
            self.pieces_ = PiecewiseLinearEncoder(n_bins).fit(numbers, sample_weight=weight)

    def _numeric_pipeline(self) -> Pipeline:
        return make_pipeline(
            SmoothClipScaler(self.limit),
            SimpleImputer(
                strategy="constant", fill_value=0.0, add_indicator=True, keep_empty_features=True
            ),
        )

    def _transform_checked(self, X: Any) -> Any:
        """Encode a checked table."""
        parts = []
        if self.numeric_ is not None:
            numbers = self._numbers(X)
            parts += [
                one.transform(numbers) for one in (self.numeric_, self.pieces_) if one is not None
            ]
        if self.categorical_ is not None:
            parts.append(self.categorical_.transform(self._texts(X)))
        n_filled = sum(part.nnz if sparse.issparse(part) else part.size for part in parts)
        n_entries = X.shape[0] * sum(part.shape[1] for part in parts)
        if sparse.issparse(X) or n_filled < SPARSE_SHARE * n_entries:
            return sparse.csr_array(sparse.hstack(parts, format="csr"))
        return np.hstack([part.toarray() if sparse.issparse(part) else part for part in parts])

    def _numbers(self, X: Any) -> Any:
        return numeric_values(X, np.flatnonzero(~self.is_categorical_).tolist())

    def _texts(self, X: Any) -> NDArray[Any]:
        return categorical_values(X, np.flatnonzero(self.is_categorical_).tolist())

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = True
        return tags


def _mask(features: Any, found: NDArray[np.bool_], names: list[Any]) -> NDArray[np.bool_]:
    """Which columns are categorical, given the parameter and what the types of the columns say."""
    if isinstance(features, str):  # "from_dtype"
        return found
    given = np.asarray([] if features is None else features)
    if given.ndim != 1:
        raise ValueError(f"categorical_features must be a sequence of columns, got {features!r}")
    if given.dtype.kind == "b" and given.shape == found.shape:
        return given | found
    mask, places = np.zeros_like(found) if features is None else found.copy(), given.tolist()
    if places and isinstance(places[0], str):
        places = [names.index(name) if name in names else name for name in places]
    for place in places:
        if type(place) is not int or not -len(found) <= place < len(found):
            raise ValueError(
                f"categorical_features={features!r}: {place!r} is not one of the columns, which "
                f"are {names or f'0 to {len(found) - 1}'}"
            )
        mask[place] = True
    return mask
