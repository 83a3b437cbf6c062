"""Targets as the core reads them, and the way back to labels."""

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import assert_all_finite, check_array, column_or_1d
from sklearn.utils.multiclass import type_of_target

from sk_bp.samples import check_sparse_structure


def check_labels(y, known=False):
    """Return the class labels of a classification task, checked.

    Parameters
    ----------
    y : {array-like, sparse matrix} of shape (n_samples,) or (n_samples, n_labels)
        Class labels, or a 0/1 indicator matrix with a column for each of several labels.
    known : bool, default=False
        Whether the classes are known, and y will be compared with them: then whole numbers are
        labels without a further look.

    Returns
    -------
    y : ndarray
        One-dimensional, or two-dimensional if multilabel.

    Raises
    ------
    ValueError
        If y is continuous, holds NaN, or has several outputs with several classes each.

    Examples
    --------
    >>> from sk_bp.targets import check_labels
    >>> check_labels(["b", "a"])
    array(['b', 'a'], dtype='<U1')
    """
    if known and type(y) is np.ndarray and y.ndim == 1 and y.dtype.kind in "iu":
        return y
    check_sparse_structure(y, "y")
    if not issparse(y):
        assert_all_finite(np.asarray(y), input_name="y")
    kind = type_of_target(y, input_name="y")
    if kind == "multilabel-indicator":
        y = y.toarray() if issparse(y) else np.asarray(y)
        return y.astype(np.int64, copy=False)
    if kind == "multiclass-multioutput":
        raise ValueError(
            "y has several outputs with several classes each, which is not supported; "
            "pass one column, or a 0/1 indicator matrix"
        )
    if kind not in ("binary", "multiclass"):
        raise ValueError(
            f"Unknown label type: {kind}. A classifier needs discrete labels in y; for a "
            "continuous target use BPRegressor."
        )
    return column_or_1d(y, warn=True)


def check_values(y, dtype):
    """Return the targets of a regression task, checked.

    Parameters
    ----------
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Target values.
    dtype : dtype
        What to return them in.

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
    >>> from sk_bp.targets import check_values
    >>> check_values([1, 2], "float64")
    array([1., 2.])
    """
    y = check_array(y, ensure_2d=False, dtype=dtype, input_name="y", allow_nd=False)
    return column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y


def check_classes(classes):
    """Return the classes that partial_fit is given, sorted and checked.

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
    >>> from sk_bp.targets import check_classes
    >>> check_classes(["b", "a"])
    array(['a', 'b'], dtype='<U1')
    """
    given = classes
    classes = np.asarray(classes)
    if classes.ndim != 1 or len(classes) == 0:
        raise ValueError(f"classes must be a non-empty sequence of labels, got {given!r}")
    assert_all_finite(classes, input_name="classes")
    return np.unique(classes)


class Labels:
    """The classes of a task, and their encoding.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Sorted labels.
    multilabel : bool
        Whether a sample can have several of them.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp.targets import Labels
    >>> labels = Labels(np.array(["no", "yes"]), multilabel=False)
    >>> labels.task, labels.encode(np.array(["yes", "no"]), "float64").tolist()
    ('binary', [[1.0], [0.0]])
    """

    def __init__(self, classes, multilabel):
        self.classes = classes
        self.multilabel = multilabel

    @classmethod
    def of(cls, y):
        """Return the labels that occur in y, which has been checked."""
        if y.ndim == 2:
            return cls(np.arange(y.shape[1]), multilabel=True)
        return cls(np.unique(y), multilabel=False)

    @property
    def task(self):
        """The kind of task: "binary", "multiclass" or "multilabel"."""
        if self.multilabel:
            return "multilabel"
        return "binary" if len(self.classes) == 2 else "multiclass"

    @property
    def n_outputs(self):
        """The number of raw outputs that the task needs."""
        return 1 if self.task == "binary" else len(self.classes)

    def check(self, y, name="y"):
        """Raise ValueError if y, labels that have been checked, holds any that are not known."""
        multilabel = y.ndim == 2
        if multilabel != self.multilabel:
            kinds = ("a label for each sample", "a 0/1 indicator matrix")
            raise ValueError(
                f"{name} holds {kinds[multilabel]}, but the model was fitted with "
                f"{kinds[self.multilabel]}"
            )
        if multilabel and y.shape[1] != len(self.classes):
            raise ValueError(
                f"{name} has {y.shape[1]} label columns, but the model was fitted with "
                f"{len(self.classes)}"
            )
        if not multilabel:
            unknown = np.setdiff1d(y, self.classes)
            if len(unknown):
                raise ValueError(
                    f"{name} holds labels that are not among the classes: {unknown[:10].tolist()}; "
                    f"classes_ is {self.classes.tolist()}"
                )

    def codes(self, y):
        """The number of each sample's class, for y that has been checked."""
        return np.searchsorted(self.classes, y)

    def encode(self, y, dtype):
        """Return y, which has been checked, as the core reads it."""
        return np.ascontiguousarray(y if self.multilabel else self.codes(y)[:, None], dtype=dtype)

    def decode(self, outputs):
        """The labels that raw outputs, (n_samples, n_outputs), speak for."""
        if self.multilabel:
            return (outputs > 0).astype(np.int64)
        if self.task == "binary":
            return self.classes[(outputs[:, 0] > 0).astype(np.intp)]
        return self.classes[outputs.argmax(axis=1)]
