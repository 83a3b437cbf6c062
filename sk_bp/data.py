"""Samples on their way from the user to the core: checked, then encoded."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, csr_matrix, issparse
from sklearn.utils.validation import check_consistent_length, validate_data

from sk_bp.containers import check_container, without_namespace
from sk_bp.sample_weights import check_weight, weight_classes
from sk_bp.samples import CSR, Samples, naming, readable
from sk_bp.sparse_structure import check_sparse_structure
from sk_bp.targets import Targets

Array = NDArray[Any]


@dataclass(frozen=True)
class Part:
    """Checked samples, with targets in the user's form.

    Attributes
    ----------
    X : ndarray or CSR matrix of shape (n_samples, n_features)
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
    weight : ndarray of shape (n_samples,) or None
        In float64.
    """

    X: Any
    y: Array
    weight: Array | None

    @property
    def n_samples(self) -> int:
        """Number of samples."""
        return int(self.X.shape[0])

    def take(self, indices: Array) -> "Part":
        """Some of the samples."""
        weight = None if self.weight is None else self.weight[indices]
        return Part(self.X[indices], self.y[indices], weight)

    def weighted(self, targets: Targets, factors: list[Array] | None) -> "Part":
        """The same samples, their weights multiplied by those of the classes."""
        return Part(self.X, self.y, weight_classes(factors, self.y, targets, self.weight))

    def counting(self) -> Array:
        """The indices of the samples whose weight is not zero."""
        return np.arange(self.n_samples) if self.weight is None else np.flatnonzero(self.weight > 0)

    def encode(self, targets: Targets) -> Samples:
        """The samples whose weight is not zero, as the core reads them."""
        part, counting = self, self.counting()
        if len(counting) < self.n_samples:
            if len(counting) == 0:
                raise ValueError("class_weight and sample_weight give every sample the weight 0")
            part = self.take(counting)
        X = CSR.of(part.X) if issparse(part.X) else part.X
        return Samples(X, targets.encode(part.y, part.X.dtype), part.weight)


def check_X(
    estimator: Any,
    X: Any,
    *,
    dtype: Any,
    reset: bool,
    name: str = "X",
    allow_nan: bool = False,
) -> Any:
    """Return X checked, dense in C order or as a SciPy CSR matrix.

    Parameters
    ----------
    estimator : estimator
        Knows the number and names of the features, or learns them if reset.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
    dtype : dtype or sequence of dtypes
        Other types are converted to the first.
    reset : bool
        Whether the number and names of the features are learned from X.
    name : str, default="X"
        Its name in error messages.
    allow_nan : bool, default=False
        Whether NaN is allowed.

    Raises
    ------
    ValueError, TypeError
        If it is no finite matrix of numbers, or has other features than the estimator knows.
    """
    X = without_namespace(X)
    given_format = X.format if issparse(X) else None
    check_sparse_structure(X, name)
    if not reset and _is_as_needed(estimator, X, dtype):
        return X
    check_container(X, name)
    with naming(name, "X"):
        X = validate_data(
            estimator,
            X,
            accept_sparse="csr",
            dtype=dtype,
            order="C",
            ensure_all_finite="allow-nan" if allow_nan else True,
            reset=reset,
        )
    if issparse(X):
        check_sparse_structure(X, name, given_format)  # as csr, lil and dok can be checked too
        if X.shape[1] > np.iinfo(np.int32).max:
            raise ValueError(f"{name} has {X.shape[1]} features; at most 2^31 - 1 are supported")
        return X
    return readable(X)


def _is_as_needed(estimator: Any, X: Any, dtype: Any) -> bool:
    """Whether a matrix of sound structure is what scikit-learn's checks would return as it is.

    These checks take longer than the prediction of a few samples. They see all other matrices, and
    say what is wrong.
    """
    if type(X) is np.ndarray:
        if not (X.ndim == 2 and X.flags.c_contiguous and X.flags.aligned):
            return False
        values = X
    elif type(X) in (csr_array, csr_matrix) and X.ndim == 2:
        values = X.data
    else:
        return False
    known = vars(estimator)
    if X.dtype != dtype or len(values) == 0 or X.shape[1] != known.get("n_features_in_"):
        return False
    if "feature_names_in_" in known:
        return False
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(values.sum()))


def read_part(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: Any,
    *,
    dtype: Any,
    reset: bool,
    known: bool = False,
    all_zero: bool = False,
    suffix: str = "",
) -> Part:
    """Return the user's samples, checked.

    Parameters
    ----------
    estimator : BPClassifier or BPRegressor
        Checks X and y.
    X, y, sample_weight : array-like
        As the user gave them.
    dtype : dtype or sequence of dtypes
        Of X; other types are converted to the first.
    reset : bool
        Whether the number and names of the features are learned from X.
    known : bool, default=False
        Whether y will be compared with targets that are known already.
    all_zero : bool, default=False
        Whether all weights may be zero.
    suffix : str, default=""
        Added to the names in error messages, such as "_val".

    Returns
    -------
    part : Part

    Raises
    ------
    ValueError, TypeError
        If they are not valid, or differ in length.
    """
    X = check_X(estimator, X, dtype=dtype, reset=reset, name=f"X{suffix}")
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but the target "
            f"y{suffix} is None."
        )
    with naming(f"y{suffix}", "y"):
        y = estimator._check_y(without_namespace(y), X.dtype, known)
        check_consistent_length(X, y)
    sample_weight = without_namespace(sample_weight)
    weight = check_weight(sample_weight, X, name=f"sample_weight{suffix}", all_zero=all_zero)
    return Part(X, y, weight)
