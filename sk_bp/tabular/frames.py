"""Columns of data frames, arrays and sparse matrices: which kind they are, and their values."""

from collections.abc import Iterable
from numbers import Number
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.validation import validate_data

from sk_bp.containers import is_frame
from sk_bp.data import check_X

FLOATS = (np.float64, np.float32)
NUMERIC, CATEGORICAL = "numeric", "categorical"


def check_table(owner: Any, X: Any, reset: bool) -> Any:
    """Return X checked: a data frame as it is, all else as an array or a CSR matrix of numbers.

    Parameters
    ----------
    owner : estimator
        Knows the number and names of the features, or learns them if reset.
    X : {data frame, array-like, sparse matrix} of shape (n_samples, n_features)
        Samples, with NaN for missing values.
    reset : bool
        Whether the number and names of the features are learned from X.

    Returns
    -------
    X : data frame, ndarray or CSR matrix

    Raises
    ------
    ValueError, TypeError
        If X is empty, lazy, has other features than before, or is an array of anything but
        numbers.
    """
    if type(X).__name__ == "LazyFrame":
        raise TypeError("X is a LazyFrame, whose values are not known yet; pass X.collect()")
    if not is_frame(X):
        return check_X(owner, X, dtype=FLOATS, reset=reset, allow_nan=True)
    for axis, of_what in enumerate(("sample(s)", "feature(s)")):
        if X.shape[axis] == 0:
            raise ValueError(
                f"Found array with 0 {of_what} (shape={X.shape}) while a minimum of 1 is required."
            )
    return validate_data(owner, X, skip_check_array=True, reset=reset)


def column(X: Any, place: int) -> Any:
    """One column of a checked table, as a pandas or polars Series or a one-dimensional array."""
    if is_frame(X):
        return X.iloc[:, place] if hasattr(X, "iloc") else X.get_columns()[place]
    return X[:, [place]].toarray().ravel() if sparse.issparse(X) else X[:, place]


def kinds(X: Any) -> list[str]:
    """The kind of each column of a checked table: "numeric" or "categorical".

    Raises
    ------
    TypeError
        If a column holds dates, times, complex numbers, lists or the like.
    """
    if not is_frame(X):
        return [NUMERIC] * X.shape[1]
    return [_kind(column(X, place), name) for place, name in enumerate(X.columns)]


def _kind(series: Any, name: Any) -> str:
    if hasattr(series.dtype, "is_temporal"):
        return _kind_in_polars(series.dtype, name)
    code = getattr(series.dtype, "kind", "O")
    if code in "mM" or type(series.dtype).__name__ == "PeriodDtype":
        raise _refusal(name, series.dtype)
    if code == "c":
        raise TypeError(f"Complex data not supported: column {name!r} has dtype {series.dtype}")
    if type(series.dtype).__name__ == "CategoricalDtype":
        return CATEGORICAL
    if code in "iuf":
        return NUMERIC
    values = [value for value in np.asarray(series, dtype=object) if not _is_missing(value)]
    if any(hasattr(value, "isoformat") for value in values):
        raise _refusal(name, "datetime objects")
    of_numbers = all(isinstance(value, Number) and type(value) is not bool for value in values)
    return NUMERIC if code == "O" and values and of_numbers else CATEGORICAL


def _kind_in_polars(dtype: Any, name: Any) -> str:
    if dtype.is_temporal():
        raise _refusal(name, dtype)
    if dtype.is_nested() or str(dtype) in ("Binary", "Object"):
        raise TypeError(f"column {name!r} has dtype {dtype}; expand it into columns of values")
    return NUMERIC if dtype.is_numeric() or str(dtype) == "Null" else CATEGORICAL


def _refusal(name: Any, dtype: Any) -> TypeError:
    return TypeError(
        f"column {name!r} holds dates or times ({dtype}), which are not supported: drop it, or "
        "turn it into numbers, such as the year, the day of the week, or days since a date"
    )


def numeric_values(X: Any, places: list[int]) -> Any:
    """The numeric columns as a matrix of floats, NaN where a value is missing.

    Raises
    ------
    ValueError
        If a value is not a number, or is infinite.
    """
    if not is_frame(X):
        return X[:, places]
    columns = [_floats(column(X, place), X.columns[place]) for place in places]
    dtype = np.result_type(np.float32, *columns) if columns else np.float64
    values = np.empty((X.shape[0], len(places)), dtype)
    for j, one in enumerate(columns):
        values[:, j] = one
    return values


def _floats(series: Any, name: Any) -> NDArray[Any]:
    """A column in float32 if it is, otherwise in float64."""
    dtype = np.float32 if str(series.dtype).lower() in ("float32", "float16") else np.float64
    try:
        if hasattr(series, "to_numpy") and hasattr(series, "iloc"):
            values = series.to_numpy(dtype=dtype, na_value=np.nan)
        else:
            values = series.cast(float).to_numpy().astype(dtype, copy=False)
    except Exception as error:  # pandas and polars raise different ones
        raise ValueError(
            f"column {name!r} counts as numeric, but holds a value that is no number: {error}"
        ) from error
    if np.isinf(values).any():
        raise ValueError(f"column {name!r} of X contains infinity")
    return values


def categorical_values(X: Any, places: list[int]) -> NDArray[Any]:
    """The categorical columns as a matrix of texts, NaN where a value is missing.

    Numbers become texts too, 1 and 1.0 the same, so that neither the codes nor the type of a
    column need to be those of the fit.
    """
    values = np.empty((X.shape[0], len(places)), dtype=object)
    for j, place in enumerate(places):
        try:
            values[:, j] = _texts(np.asarray(column(X, place), dtype=object))
        except TypeError as error:  # a list, say, which has no hash
            name = X.columns[place] if is_frame(X) else place
            raise TypeError(f"column {name!r} holds what is no category: {error}") from error
    return values


def _texts(values: Iterable[Any]) -> list[Any]:
    known: dict[Any, Any] = {}
    texts = []
    for value in values:
        if value not in known:
            known[value] = _text(value)
        texts.append(known[value])
    return texts


def _text(value: Any) -> Any:
    if _is_missing(value):
        return np.nan
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        value = int(value)
    return str(value)


def _is_missing(value: Any) -> bool:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, (float, np.floating)) and bool(value != value)
