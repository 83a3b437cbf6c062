"""Weights of samples and classes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import _check_sample_weight

from sk_bp.advice import counted
from sk_bp.containers import check_container
from sk_bp.samples import naming
from sk_bp.targets import Targets

Array = NDArray[Any]


def check_weight(
    sample_weight: Any, X: Any, name: str = "sample_weight", all_zero: bool = False
) -> Array | None:
    """Return sample weights in float64, checked; None stays None.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,), float or None
        Weights, not negative, not all zero.
    X : ndarray or sparse matrix of shape (n_samples, n_features)
        Samples, checked.
    name : str, default="sample_weight"
        Their name in error messages.
    all_zero : bool, default=False
        Whether all weights may be zero.

    Returns
    -------
    weight : ndarray of shape (n_samples,) or None

    Raises
    ------
    ValueError
        If a weight is negative or not finite, all are zero, or their number is wrong.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp.sample_weights import check_weight
    >>> check_weight([1, 2], np.zeros((2, 3)))
    array([1., 2.])
    """
    if sample_weight is None:
        return None
    check_container(sample_weight, name)
    if all_zero and np.shape(sample_weight) == (X.shape[0],):
        weight = np.asarray(sample_weight)
        if weight.dtype.kind in "biuf" and not weight.any():
            return np.zeros(X.shape[0])
    with naming(name, "sample_weight"):
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
    if (weight < 0).any():
        raise ValueError(f"Negative values in {name}: the smallest is {weight.min():g}")
    if not (weight > 0).any():
        raise ValueError(
            f"Sample weights must contain at least one non-zero number, but {name} is all zero"
        )
    return weight


def class_factors(
    class_weight: Any, y: Array, targets: Targets, weight: Array | None
) -> list[Array] | None:
    """The factors by which sample weights are multiplied, for each class.

    Parameters
    ----------
    class_weight : dict, list of dict, "balanced" or None
        As the estimators take it.
    y : ndarray
        Checked labels; one- or, for multilabel tasks, two-dimensional.
    targets : Targets
        The classes.
    weight : ndarray of shape (n_samples,) or None
        Sample weights; "balanced" counts samples by them.

    Returns
    -------
    factors : list of ndarray of shape (n_classes,), or None
        One array for each label column, in the order of its classes.

    Raises
    ------
    ValueError
        If a class weight is negative or not finite, or does not fit the task.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp.sample_weights import class_factors
    >>> from sk_bp.targets import Labels
    >>> y = np.array([0, 0, 0, 1])
    >>> class_factors("balanced", y, Labels(np.array([0, 1])), None)
    [array([0.66666667, 2.        ])]
    """
    if class_weight is None:
        return None
    weight = np.ones(len(y)) if weight is None else weight
    columns = targets.columns(y)
    return [
        _factors(one, classes, codes, weight)
        for one, (classes, codes) in zip(
            _by_column(class_weight, targets, len(columns)), columns, strict=True
        )
    ]


def _by_column(class_weight: Any, targets: Targets, n_columns: int) -> list[Any]:
    """The class weights of each label column."""
    multilabel = targets.task == "multilabel"
    if not multilabel and isinstance(class_weight, list):
        raise ValueError(f"class_weight={class_weight!r} is a list, which is for multilabel y only")
    if multilabel and isinstance(class_weight, dict):
        raise ValueError(
            f"class_weight={class_weight!r} is one dict, but y is multilabel: pass a list with a "
            "dict for each label"
        )
    if not isinstance(class_weight, list):
        return [class_weight] * n_columns
    if len(class_weight) != n_columns:
        raise ValueError(
            f"class_weight={class_weight!r} has {counted(len(class_weight), 'element')}, but y has "
            f"{counted(n_columns, 'label')}"
        )
    return class_weight


def weight_classes(
    factors: list[Array] | None, y: Array, targets: Targets, weight: Array | None
) -> Array | None:
    """Multiply sample weights by the factors of the samples' classes.

    Parameters
    ----------
    factors : list of ndarray or None
        As `class_factors` gives them.
    y : ndarray
        Checked labels.
    targets : Targets
        The classes.
    weight : ndarray of shape (n_samples,) or None
        Sample weights.

    Returns
    -------
    weight : ndarray of shape (n_samples,) or None
        For multilabel tasks multiplied by one factor for each label.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp.sample_weights import weight_classes
    >>> from sk_bp.targets import Labels
    >>> weight_classes([np.array([1.0, 3.0])], np.array([0, 1]), Labels(np.array([0, 1])), None)
    array([1., 3.])
    """
    if factors is None:
        return weight
    pairs = zip(factors, targets.columns(y), strict=True)
    by_sample = np.prod([factor[codes] for factor, (_, codes) in pairs], axis=0)
    if weight is None:
        return by_sample
    largest = [float(factor.max()) for factor in (weight, by_sample)]
    if 0 in largest:
        return np.zeros(len(y))
    # The product of the largest two may be out of range, that of the relative weights is not.
    relative = (weight / largest[0]) * (by_sample / largest[1])
    limits = np.finfo(np.float64)
    return relative * min(max(largest[0] * largest[1], limits.tiny), limits.max)


def _factors(class_weight: Any, classes: Array, codes: Array, weight: Array) -> Array:
    """The weight of each class, from a dict or balanced; codes are the samples' class numbers."""
    if isinstance(class_weight, str) and class_weight == "balanced":
        totals = np.bincount(codes, weights=weight, minlength=len(classes))
        return totals.sum() / (np.count_nonzero(totals) * np.where(totals > 0, totals, np.inf))
    if not isinstance(class_weight, dict):
        raise ValueError(f'class_weight must hold dicts or "balanced", got {class_weight!r}')
    known = classes.tolist()
    unweighted = [label for label in known if label not in class_weight]
    if unweighted and len(known) - len(unweighted) != len(class_weight):
        unknown = [label for label in class_weight if label not in known]
        raise ValueError(
            f"class_weight={class_weight!r} names {unknown}, which are not among the classes "
            f"{known}, while it has no weight for {unweighted}"
        )
    try:
        values = np.array([class_weight.get(label, 1.0) for label in known], dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(
            f"class_weight={class_weight!r} holds a weight that is not a number"
        ) from None
    if not (np.isfinite(values).all() and (values >= 0).all()):
        raise ValueError(f"class_weight={class_weight!r} holds a negative or non-finite weight")
    return values
