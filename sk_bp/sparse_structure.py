"""Whether the index arrays of a sparse matrix describe a matrix of its shape, in every format."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse

_INT32 = np.iinfo(np.int32)


def check_sparse_structure(X: Any, name: str = "X", given_format: str | None = None) -> None:
    """Raise ValueError if the index arrays of a sparse matrix do not describe one of its shape.

    SciPy's own conversions and products read such arrays unchecked, and may crash.

    Parameters
    ----------
    X : sparse matrix or array
        In any format. Anything else is left unchecked.
    name : str, default="X"
        Its name in the error message.
    given_format : str, default=None
        The format it had before it was converted; None means its own.

    Raises
    ------
    ValueError
        If an index is out of range, the row (column, block) starts are not an ascending sequence
        from 0 to at most the number of stored entries, or an array has another type or another
        number of dimensions than the format asks for.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> from sk_bp.sparse_structure import check_sparse_structure
    >>> X = csr_array([[0.0, 2.0]])
    >>> X.indices[0] = 7
    >>> check_sparse_structure(X)
    Traceback (most recent call last):
        ...
    ValueError: X is not a valid csr matrix: its column indices reach 7, but it has 2 columns
    """
    if not issparse(X):
        return
    try:
        problem = _problem(X)
    except Exception as error:  # users can set an attribute of X to anything, or delete it
        problem = f"its arrays cannot be read ({type(error).__name__}: {error})"
    if problem:
        raise ValueError(f"{name} is not a valid {given_format or X.format} matrix: {problem}")


def _problem(X: Any) -> str | None:
    """What is wrong with a sparse matrix; None if nothing is."""
    shape = X.shape
    if not all(isinstance(length, (int, np.integer)) and length >= 0 for length in shape):
        return f"its shape is {shape}"
    if len(shape) != 2:
        return None  # refused later, with all that is not two-dimensional
    return _PROBLEMS[X.format](X)


def _compressed_problem(X: Any) -> str | None:
    """What is wrong with a csr, csc or bsr matrix; None if nothing is."""
    data, indptr, indices = X.data, X.indptr, X.indices
    n_major, n_minor = X.shape[::-1] if X.format == "csc" else X.shape
    minor = "row" if X.format == "csc" else "column"
    problem = _values_problem(data, 3 if X.format == "bsr" else 1)
    if problem:
        return problem
    if X.format == "bsr":
        height, width = data.shape[1:]
        if 0 in (height, width) or n_major % height or n_minor % width:
            return f"blocks of shape {(height, width)} do not fill a matrix of shape {X.shape}"
        n_major, n_minor = n_major // height, n_minor // width
    if not (_holds_integers(indptr) and _holds_integers(indices)):
        return "indptr and indices must be one-dimensional arrays of integers"
    if len(indptr) != n_major + 1:
        return f"indptr has {len(indptr)} elements instead of {n_major + 1}"
    if indptr[0] != 0 or np.any(indptr[1:] < indptr[:-1]):
        return "indptr must ascend from 0"
    if indptr[-1] > min(len(indices), len(data)):
        return f"indptr ends at {indptr[-1]}, beyond the {len(indices)} stored entries"
    return _range_problem(indices[: indptr[-1]], n_minor, minor)


def _coo_problem(X: Any) -> str | None:
    row, column = X.coords
    if not (_holds_integers(row) and _holds_integers(column)):
        return "rows and columns must be one-dimensional arrays of integers"
    if len(row) != len(X.data) or len(column) != len(X.data):
        return f"it has {len(X.data)} values at {len(row)} rows and {len(column)} columns"
    return _values_problem(X.data) or _pairs_problem((row, column), X.shape)


def _lil_problem(X: Any) -> str | None:
    if len(X.rows) != X.shape[0] or len(X.data) != X.shape[0]:
        return f"it has {len(X.rows)} lists of columns and {len(X.data)} of values"
    if [len(row) for row in X.rows] != [len(row) for row in X.data]:
        return "a row has more or fewer column indices than values"
    indices = np.array([index for row in X.rows for index in row])
    if indices.size and not _holds_integers(indices, "iu"):
        return "column indices must be integers"
    return _range_problem(indices, X.shape[1], "column")


def _dok_problem(X: Any) -> str | None:
    indices = np.array(list(X.keys())).reshape(-1, 2)
    if indices.size and indices.dtype.kind != "i":
        return "its keys must be pairs of integers"
    return _pairs_problem(list(indices.T), X.shape)


def _dia_problem(X: Any) -> str | None:
    if not _holds_integers(X.offsets):
        return "offsets must be a one-dimensional array of integers"
    if len(X.offsets) != len(X.data):
        return f"it has {len(X.offsets)} offsets for {len(X.data)} diagonals"
    for offset in X.offsets[(X.offsets < -_INT32.max) | (X.offsets > _INT32.max)]:
        return f"it has a diagonal at offset {offset}"
    return _values_problem(X.data, 2)


_PROBLEMS = {
    "csr": _compressed_problem,
    "csc": _compressed_problem,
    "bsr": _compressed_problem,
    "coo": _coo_problem,
    "lil": _lil_problem,
    "dok": _dok_problem,
    "dia": _dia_problem,
}


def _values_problem(data: NDArray[Any], n_dimensions: int = 1) -> str | None:
    """What is wrong with the array of stored values; None if nothing is."""
    if data.ndim != n_dimensions:
        return f"its values are an array of {data.ndim} dimensions instead of {n_dimensions}"
    if data.dtype.kind not in "biufc":
        return f"its values are of type {data.dtype}"
    return None


def _holds_integers(array: Any, kinds: str = "i") -> bool:
    """Whether it is a one-dimensional array of (signed) integers."""
    return isinstance(array, np.ndarray) and array.ndim == 1 and array.dtype.kind in kinds


def _pairs_problem(indices: Sequence[NDArray[Any]], shape: tuple[int, int]) -> str | None:
    """What is wrong with row and column indices; None if nothing is."""
    for index, length, axis in zip(indices, shape, ("row", "column"), strict=True):
        problem = _range_problem(index, length, axis)
        if problem:
            return problem
    return None


def _range_problem(indices: NDArray[Any], length: int, axis: str) -> str | None:
    """What is wrong with the indices of an axis; None if nothing is."""
    if len(indices) == 0:
        return None
    low, high = indices.min(), indices.max()
    if low < 0:
        return f"its {axis} indices reach {low}"
    if high >= length:
        return f"its {axis} indices reach {high}, but it has {length} {axis}s"
    return None
