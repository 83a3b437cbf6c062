"""How much each sample counts."""

import numpy as np
from sklearn.utils.validation import _check_sample_weight


def check_weight(sample_weight, X, name="sample_weight"):
    """Return sample weights of the dtype of X, checked; None stays None.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,), float or None
        Weights, not negative, not all zero.
    X : ndarray or sparse matrix of shape (n_samples, n_features)
        Samples, checked.
    name : str, default="sample_weight"
        What to call them in an error.

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
    >>> from sk_bp.weights import check_weight
    >>> check_weight([1, 2], np.zeros((2, 3)))
    array([1., 2.])
    """
    if sample_weight is None:
        return None
    weight = _check_sample_weight(sample_weight, X, dtype=X.dtype)
    if (weight < 0).any():
        raise ValueError(f"Negative values in {name}: the smallest is {weight.min():g}")
    if not (weight > 0).any():
        raise ValueError(
            f"Sample weights must contain at least one non-zero number, but {name} is all zero"
        )
    return weight


def weight_classes(class_weight, y, labels, weight):
    """Multiply sample weights by the weights of the samples' classes.

    Parameters
    ----------
    class_weight : dict, list of dict, "balanced" or None
        As the estimators take it.
    y : ndarray
        Checked labels; one- or, for multilabel tasks, two-dimensional.
    labels : Labels
        The classes.
    weight : ndarray of shape (n_samples,)
        Sample weights; "balanced" counts samples by them.

    Returns
    -------
    weight : ndarray of shape (n_samples,)
        For multilabel tasks, the product over the label columns.

    Raises
    ------
    ValueError
        If a class weight is negative or not finite, or does not fit the task.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp.targets import Labels
    >>> from sk_bp.weights import weight_classes
    >>> y = np.array([0, 0, 0, 1])
    >>> weight_classes("balanced", y, Labels(np.array([0, 1]), False), np.ones(4))
    array([0.66666667, 0.66666667, 0.66666667, 2.        ])
    """
    if class_weight is None:
        return weight
    if not labels.multilabel:
        if isinstance(class_weight, list):
            raise ValueError("class_weight is a list, which only multilabel y can have")
        return weight * _by_class(class_weight, labels.classes, y, weight)[labels.codes(y)]
    if isinstance(class_weight, dict):
        raise ValueError(
            "class_weight is one dict, but y is multilabel: pass a list with a dict for each label"
        )
    n_labels = y.shape[1]
    each = [class_weight] * n_labels if class_weight == "balanced" else class_weight
    if len(each) != n_labels:
        raise ValueError(f"class_weight has {len(each)} elements, but y has {n_labels} labels")
    result = weight
    for column, one in zip(y.T, each, strict=True):
        classes = np.unique(column)
        factors = _by_class(one, classes, column, weight)
        result = result * factors[np.searchsorted(classes, column)]
    return result


def _by_class(class_weight, classes, y, weight):
    """The weight of each class, in the order of classes."""
    if isinstance(class_weight, dict):
        values = np.array([class_weight.get(label, 1.0) for label in classes.tolist()], dtype=float)
        known = set(classes.tolist())
        strangers = [label for label in class_weight if label not in known]
        if strangers and len(strangers) == len(class_weight):
            raise ValueError(f"class_weight names no class of y: {strangers[:10]}")
        if not (np.isfinite(values).all() and (values >= 0).all()):
            raise ValueError(f"class_weight={class_weight!r} holds a negative or non-finite weight")
    else:
        totals = np.bincount(np.searchsorted(classes, y), weights=weight, minlength=len(classes))
        values = totals.sum() / (np.count_nonzero(totals) * np.where(totals > 0, totals, np.inf))
    return values.astype(weight.dtype, copy=False)
