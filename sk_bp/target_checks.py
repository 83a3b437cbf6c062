"""Checks of y: class labels, indicator matrices and values."""

from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from scipy.sparse import issparse
from sklearn.utils import assert_all_finite, check_array, column_or_1d
from sklearn.utils.multiclass import type_of_target

from sk_bp.containers import check_container
from sk_bp.sparse_structure import check_sparse_structure


def check_labels(y: Any, known: bool = False, name: str = "y") -> NDArray[Any]:
    """Return the class labels of a classification task, checked.

    Parameters
    ----------
    y : {array-like, sparse matrix} of shape (n_samples,) or (n_samples, n_labels)
        Class labels, or a 0/1 indicator matrix with a column for each of several labels.
    known : bool, default=False
        Whether the classes are known already, so that y will be compared with them; integers then
        need no further checks.
    name : str, default="y"
        Its name in error messages.

    Returns
    -------
    y : ndarray
        One-dimensional, or two-dimensional if multilabel.

    Raises
    ------
    ValueError
        If y is continuous, has missing labels, is a matrix with values other than 0 and 1, or has
        several outputs with several classes each.

    Examples
    --------
    >>> from sk_bp.target_checks import check_labels
    >>> check_labels(["b", "a"])
    array(['b', 'a'], dtype='<U1')
    """
    if known and type(y) is np.ndarray and y.ndim == 1 and y.dtype.kind in "iu":
        return y
    check_sparse_structure(y, name)
    check_container(y, name, dates=True)
    if not issparse(y):
        y = _plain_labels(y, name)
        assert_all_finite(y, input_name=name)
    kind = type_of_target(y, input_name=name)
    if kind == "multilabel-indicator" or (issparse(y) and y.shape[1] > 1):
        return _indicators(y, name)
    if kind == "multiclass-multioutput":
        raise ValueError(
            f"{name} has several outputs with several classes each, which is not supported; pass "
            "one column or a 0/1 indicator matrix, or fit a classifier for each column by "
            "sklearn.multioutput.MultiOutputClassifier"
        )
    if kind not in ("binary", "multiclass"):
        raise ValueError(
            f"Unknown label type: {kind}. A classifier needs discrete labels in {name}; for a "
            "continuous target use BPRegressor."
        )
    return column_or_1d(y, warn=True)


def _plain_labels(y: Any, name: str) -> NDArray[Any]:
    """Labels as an array of one type, without missing values."""
    missing = y.isna() if hasattr(y, "isna") else None  # pandas, for every type
    if missing is not None and np.any(missing):
        raise ValueError(f"Input {name} contains NaN: {int(np.sum(missing))} labels are missing")
    labels = np.asarray(y)
    if labels.dtype.kind != "O" or labels.ndim != 1 or len(labels) == 0:
        return labels
    if any(label is None or type(label).__name__ == "NAType" or label != label for label in labels):
        raise ValueError(f"Input {name} contains NaN: some of its labels are missing")
    numbers = (bool, np.bool_, Integral, Real)
    if all(isinstance(label, numbers) for label in labels):
        labels = np.array(labels.tolist())
        if labels.dtype.kind == "O":
            raise ValueError(f"{name} holds whole numbers that do not fit into 64 bits")
    return labels


def _indicators(y: Any, name: str) -> NDArray[np.int64]:
    """The indicator matrix in dense form, after a check that it holds only 0 and 1."""
    values = np.unique(y.data if issparse(y) else y)
    if not np.isin(values, [0, 1]).all():
        raise ValueError(
            f"{name} must be a 0/1 indicator matrix with a column for each label, but holds the "
            f"values {values[:10].tolist()}"
        )
    return (y.toarray() if issparse(y) else np.asarray(y)).astype(np.int64, copy=False)


def check_values(y: Any, dtype: DTypeLike, name: str = "y") -> NDArray[Any]:
    """Return the targets of a regression task, checked.

    Parameters
    ----------
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Target values.
    dtype : dtype
        Type of the values returned.
    name : str, default="y"
        Its name in error messages.

    Returns
    -------
    y : ndarray
        One- or two-dimensional.

    Raises
    ------
    ValueError
        If y is not numeric or not finite.

    Examples
    --------
    >>> from sk_bp.target_checks import check_values
    >>> check_values([1, 2], "float64")
    array([1., 2.])
    """
    check_container(y, name)
    y = check_array(y, ensure_2d=False, dtype=dtype, input_name=name, allow_nd=False)
    return column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y


def check_bounds(
    y: NDArray[Any], bounds: tuple[float, float], activation: str, name: str = "y"
) -> None:
    """Raise ValueError if an output activation never comes near one of the targets.

    Parameters
    ----------
    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        Target values.
    bounds : tuple of float
        The numbers that the values of the activation lie between. A target may equal a bound.
    activation : str
        The activation, as the message names it.
    name : str, default="y"
        The name of y in the message.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp.target_checks import check_bounds
    >>> check_bounds(np.array([0.0, 1.0]), (0.0, 1.0), "logistic")
    """
    low, high = bounds
    outside = (y < low) | (y > high)
    if outside.any():
        place = tuple(np.argwhere(outside)[0].tolist())
        allowed = f">= {low:g}" if high == np.inf else f"from {low:g} to {high:g}"
        raise ValueError(
            f"out_activation={activation!r} needs {name} {allowed}, but "
            f"{name}[{', '.join(map(str, place))}] is {y[place]}"
        )


def check_classes(classes: ArrayLike) -> NDArray[Any]:
    """Return the classes passed to partial_fit, sorted and checked.

    Parameters
    ----------
    classes : array-like of shape (n_classes,)
        Labels.

    Returns
    -------
    classes : ndarray

    Raises
    ------
    ValueError
        If they are not a non-empty sequence of labels, or one is NaN.

    Examples
    --------
    >>> from sk_bp.target_checks import check_classes
    >>> check_classes(["b", "a"])
    array(['a', 'b'], dtype='<U1')
    """
    given = classes
    classes = np.asarray(classes)
    if classes.ndim != 1 or len(classes) == 0:
        raise ValueError(f"classes must be a non-empty sequence of labels, got {given!r}")
    assert_all_finite(classes, input_name="classes")
    return np.unique(classes)
