"""Targets as the core reads them, and the way back to labels."""

from numbers import Integral, Real

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import assert_all_finite, check_array, column_or_1d
from sklearn.utils.multiclass import type_of_target

from sk_bp.samples import check_sparse_structure


def check_labels(y, known=False, name="y"):
    """Return the class labels of a classification task, checked.

    Parameters
    ----------
    y : {array-like, sparse matrix} of shape (n_samples,) or (n_samples, n_labels)
        Class labels, or a 0/1 indicator matrix with a column for each of several labels.
    known : bool, default=False
        Whether the classes are known, and y will be compared with them: then whole numbers are
        labels without a further look.
    name : str, default="y"
        What to call it in an error.

    Returns
    -------
    y : ndarray
        One-dimensional, or two-dimensional if multilabel.

    Raises
    ------
    ValueError
        If y is continuous, lacks labels, is a matrix of other values than 0 and 1, or has several
        outputs with several classes each.

    Examples
    --------
    >>> from sk_bp.targets import check_labels
    >>> check_labels(["b", "a"])
    array(['b', 'a'], dtype='<U1')
    """
    if known and type(y) is np.ndarray and y.ndim == 1 and y.dtype.kind in "iu":
        return y
    check_sparse_structure(y, name)
    if not issparse(y):
        y = _plain_labels(y, name)
        assert_all_finite(y, input_name=name)
    kind = type_of_target(y, input_name=name)
    if kind == "multilabel-indicator" or (issparse(y) and y.shape[1] > 1):
        return _indicators(y, name)
    if kind == "multiclass-multioutput":
        raise ValueError(
            f"{name} has several outputs with several classes each, which is not supported; "
            "pass one column, or a 0/1 indicator matrix"
        )
    if kind not in ("binary", "multiclass"):
        raise ValueError(
            f"Unknown label type: {kind}. A classifier needs discrete labels in {name}; for a "
            "continuous target use BPRegressor."
        )
    return column_or_1d(y, warn=True)


def _plain_labels(y, name):
    """Labels as an array of one type, without missing values."""
    missing = y.isna() if hasattr(y, "isna") else None  # of pandas, whatever its type
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


def _indicators(y, name):
    """An indicator matrix, dense, once it is certain that it holds 0 and 1 only."""
    values = np.unique(y.data if issparse(y) else y)
    if not np.isin(values, [0, 1]).all():
        raise ValueError(
            f"{name} must be a 0/1 indicator matrix with a column for each label, but holds the "
            f"values {values[:10].tolist()}"
        )
    return (y.toarray() if issparse(y) else np.asarray(y)).astype(np.int64, copy=False)


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
            _, found = self._find(y)
            unknown = np.unique(y[~found])
            if len(unknown):
                raise ValueError(
                    f"{name} holds labels that are not among the classes: {unknown[:10].tolist()}; "
                    f"classes_ is {self.classes.tolist()}"
                )

    def codes(self, y):
        """The number of each sample's class, for y that has been checked."""
        return self._find(y)[0]

    def _find(self, y):
        """The number of each sample's class, and whether it has one.

        Whole numbers are compared as such: int64 and uint64, or int64 and float64, would meet in
        float64, where numbers beyond 2^53 run together.
        """
        classes, fits = self.classes, np.ones(len(y), dtype=bool)
        if classes.dtype != y.dtype and classes.dtype.kind in "iuf" and y.dtype.kind in "biuf":
            with np.errstate(invalid="ignore"):
                cast = y.astype(classes.dtype)
                fits = (cast.astype(y.dtype) == y) & ((cast < 0) == (y < 0))
            y = cast
        elif (classes.dtype.kind in "biuf") != (y.dtype.kind in "biuf"):
            return np.zeros(len(y), dtype=np.intp), np.isin(y, classes)
        codes = np.minimum(np.searchsorted(classes, y), len(classes) - 1)
        return codes, fits & (classes[codes] == y)

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
