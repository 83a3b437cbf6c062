"""Samples as the core reads them: dense rows in C order, or CSR with checked indices."""

import copy
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from scipy.sparse import csr_array

from sk_bp._core import _core


def readable(array: ArrayLike, dtype: DTypeLike | None = None) -> NDArray[Any]:
    """The array as the core can read it, in C order and aligned; copied only if it is not.

    Parameters
    ----------
    array : array-like
    dtype : dtype, default=None
        The type to convert it to; None means its own.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp.samples import readable
    >>> shifted = np.frombuffer(bytes(17), offset=1)
    >>> shifted.flags.aligned, readable(shifted).flags.aligned
    (False, True)
    """
    return np.require(array, dtype, requirements=["C", "A"])


class CSR:
    """A CSR matrix with int32 column indices and int64 row starts, as the core reads it.

    Repeated and unsorted column indices are allowed; the matrix is the sum of its entries.

    Parameters
    ----------
    data, indices, indptr : ndarray
        As in `scipy.sparse.csr_array`.
    shape : tuple of int
        Number of rows and columns.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> from sk_bp.samples import CSR
    >>> CSR.of(csr_array([[0.0, 2.0]])).indptr.dtype
    dtype('int64')
    """

    def __init__(
        self, data: ArrayLike, indices: ArrayLike, indptr: ArrayLike, shape: tuple[int, int]
    ) -> None:
        self.data: NDArray[Any] = readable(data)
        self.indices = readable(indices, np.int32)
        self.indptr = readable(indptr, np.int64)
        self.shape = shape

    @classmethod
    def of(cls, X: Any) -> "CSR":
        """Return a SciPy CSR matrix or array in this form, without a copy if its types allow it."""
        n_entries = X.indptr[-1]  # the arrays may be longer
        return cls(X.data[:n_entries], X.indices[:n_entries], X.indptr, X.shape)

    def __setstate__(self, saved: dict[str, Any]) -> None:
        self.__init__(**saved)  # type: ignore[misc]  # what comes from elsewhere may not be aligned

    def take(self, rows: NDArray[np.integer]) -> "CSR":
        """Return these rows, in this order, with their entries as they are."""
        starts = self.indptr[rows]
        lengths = self.indptr[rows + 1] - starts
        indptr = np.concatenate(([0], np.cumsum(lengths)))
        entries = np.arange(indptr[-1]) + np.repeat(starts - indptr[:-1], lengths)
        return CSR(self.data[entries], self.indices[entries], indptr, (len(rows), self.shape[1]))

    def summed(self) -> csr_array:
        """The SciPy matrix in which entries that are given twice have been added."""
        matrix = csr_array((self.data, self.indices, self.indptr), self.shape)
        if not matrix.has_canonical_format:
            matrix = matrix.copy()  # the arrays are the user's
            matrix.sum_duplicates()
        return matrix


def consecutive(X: NDArray[Any] | CSR, part: slice) -> NDArray[Any] | CSR:
    """Consecutive samples of X, without a copy of their values."""
    if not isinstance(X, CSR):
        return X[part]
    starts = X.indptr[part.start : part.stop + 1]
    entries = slice(starts[0], starts[-1])
    shape = (len(starts) - 1, X.shape[1])
    return CSR(X.data[entries], X.indices[entries], starts - starts[0], shape)


def entries_per_sample(X: NDArray[Any] | CSR) -> float:
    """The values of a sample that take part in a product: all of them, or those stored."""
    return max(1.0, len(X.data) / max(1, X.shape[0])) if isinstance(X, CSR) else float(X.shape[1])


class _Loss(Protocol):
    """What `Samples` asks of a loss."""

    def at_zero(self, y: NDArray[Any], weight: NDArray[Any] | None, n_outputs: int) -> float: ...


def in_float64(X: NDArray[Any] | CSR) -> NDArray[np.float64] | CSR:
    """X in float64."""
    if isinstance(X, CSR):
        return CSR(X.data.astype(np.float64), X.indices, X.indptr, X.shape)
    return X.astype(np.float64, copy=False)


class Samples:
    """Samples with their targets and weights.

    Parameters
    ----------
    X : ndarray or CSR of shape (n_samples, n_features)
        Samples.
    y : ndarray of shape (n_samples, width)
        Encoded targets, of the dtype of X.
    weight : ndarray of shape (n_samples,) or None
        Positive sample weights, in float64.

    Attributes
    ----------
    weight : ndarray of shape (n_samples,) or None
        The weights divided by their mean, of the dtype of X; None if all are equal. Training
        depends on ratios of weights only, and divided by their mean, weights of any scale are
        within the range of float32.
    weight_sum : float
        Their sum: n up to rounding.
    mean_weight, total_weight : float
        Mean and sum of the weights as they were given. The sum may be infinite.
    complete : bool
        Whether X has the features; False where they are elsewhere.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp.samples import Samples
    >>> rows = Samples(np.ones((2, 3)), np.zeros((2, 1)), np.array([1.5, 0.5]))
    >>> rows.n, rows.total_weight, rows.weight
    (2, 2.0, array([1.5, 0.5]))
    """

    complete = True

    def __init__(
        self, X: NDArray[Any] | CSR, y: NDArray[Any], weight: NDArray[np.float64] | None
    ) -> None:
        self.X = X
        self.y = readable(y)
        self.n = X.shape[0]
        self.sparse = isinstance(X, CSR)
        self.weight: NDArray[Any] | None = None
        self.mean_weight = 1.0
        if weight is not None:
            self._take_weights(weight, y.dtype)
        self.weight_sum = float(
            self.n if self.weight is None else self.weight.sum(dtype=np.float64)
        )
        self.total_weight = self.n * self.mean_weight
        self._loss_at_zero: tuple[_Loss, float] | None = None
        self.largest = _core.largest_magnitude(X.data if isinstance(X, CSR) else X)

    def __setstate__(self, saved: dict[str, Any]) -> None:
        vars(self).update(saved)  # what comes from elsewhere may not be aligned
        self.X = self.X if isinstance(self.X, CSR) else readable(self.X)
        self.y = readable(self.y)
        self.weight = None if self.weight is None else readable(self.weight)

    def take(self, rows: NDArray[np.integer]) -> "Samples":
        """Return these samples, in this order."""
        weight = np.ones(len(rows)) if self.weight is None else self.weight[rows]
        X = self.X.take(rows) if isinstance(self.X, CSR) else self.X[rows]
        return Samples(X, self.y[rows], weight.astype(np.float64) * self.mean_weight)

    def with_numbers(self, X: NDArray[Any] | CSR, y: NDArray[Any]) -> "Samples":
        """Return the same samples with other X and y, of the same shapes and types."""
        other = copy.copy(self)
        other.X, other.y, other._loss_at_zero = X, y, None
        other.largest = _core.largest_magnitude(X.data if isinstance(X, CSR) else X)
        return other

    def loss_at_zero(self, loss: _Loss, n_outputs: int) -> float:
        """The mean loss of a network whose raw outputs are all zero; computed once."""
        known = self._loss_at_zero
        if known is None or known[0] != loss:
            known = self._loss_at_zero = loss, loss.at_zero(self.y, self.weight, n_outputs)
        return known[1]

    def _take_weights(self, weight: NDArray[np.float64], dtype: np.dtype[Any]) -> None:
        largest = float(weight.max())
        relative = weight / largest
        mean = float(relative.mean())
        self.mean_weight = max(mean * largest, np.finfo(np.float64).tiny)
        if relative.min() < 1:
            self.weight = np.maximum(relative / mean, np.finfo(dtype).tiny).astype(dtype)

    @property
    def density(self) -> float:
        """The share of the values of X that are not zero."""
        X = self.X
        count = np.count_nonzero(X.summed().data if isinstance(X, CSR) else X)
        return float(count) / max(1.0, float(self.n) * X.shape[1])

    @property
    def entries_per_sample(self) -> float:
        """The mean number of stored entries in a row."""
        return entries_per_sample(self.X)


def used_columns(X: CSR) -> tuple[NDArray[np.int32], CSR]:
    """The columns in which X stores entries, and X with these columns only.

    Parameters
    ----------
    X : CSR
        Samples.

    Returns
    -------
    columns : ndarray of int32
        Ascending.
    compact : CSR of shape (n_samples, len(columns))

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> from sk_bp.samples import CSR, used_columns
    >>> columns, compact = used_columns(CSR.of(csr_array([[0.0, 2.0, 0.0]])))
    >>> columns, compact.shape
    (array([1], dtype=int32), (1, 1))
    """
    n_features = X.shape[1]
    if len(X.indices) < n_features // 10:  # sorting is cheaper than a look at all columns
        columns, indices = np.unique(X.indices, return_inverse=True)
    else:
        occurs = np.zeros(n_features, bool)
        occurs[X.indices] = True
        columns = np.flatnonzero(occurs).astype(np.int32)
        numbers = np.empty(n_features, np.int32)
        numbers[columns] = np.arange(len(columns), dtype=np.int32)
        indices = numbers[X.indices]
    return columns, CSR(X.data, indices, X.indptr, (X.shape[0], len(columns)))


@contextmanager
def naming(name: str, usual: str) -> Iterator[None]:
    """Put a parameter's own name into the messages of errors raised inside the block.

    Parameters
    ----------
    name : str
        The parameter's own name.
    usual : str
        The name that the checks inside the block use for it.

    Examples
    --------
    >>> from sk_bp.samples import naming
    >>> with naming("X_val", "X"):
    ...     raise ValueError("X is odd")
    Traceback (most recent call last):
        ...
    ValueError: X_val is odd
    """
    try:
        yield
    except (TypeError, ValueError, OverflowError) as error:
        text = re.sub(rf"\b{usual}\b", name, str(error))
        kind = TypeError if isinstance(error, TypeError) else ValueError
        named = re.search(rf"\b{name}\b", text)
        raise kind(text if named else f"{name}: {text}") from error
