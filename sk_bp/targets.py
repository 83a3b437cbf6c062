"""Targets: what is known about y, how it is encoded for the core, and how outputs are decoded.

A classification has `Labels`, or `Indicators` where a sample can have several labels; a regression
has `Values`. All take y as `sk_bp.target_checks` returns it.
"""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sk_bp.advice import counted

Array = NDArray[Any]


class Targets(ABC):
    """What a model knows of its targets.

    Attributes
    ----------
    task : str
        "binary", "multiclass", "multilabel" or "regression".
    n_outputs : int
        The number of raw outputs that the task needs, one for each target.
    """

    @property
    @abstractmethod
    def task(self) -> str:
        """The kind of task."""

    @property
    @abstractmethod
    def n_outputs(self) -> int:
        """The number of raw outputs."""

    @abstractmethod
    def check(self, y: Array, name: str = "y") -> None:
        """Raise ValueError if y does not fit what is known."""

    @abstractmethod
    def encode(self, y: Array, dtype: DTypeLike) -> Array:
        """Return y as the core reads it, (n_samples, width)."""

    @abstractmethod
    def decode(self, outputs: Array) -> Array:
        """The predictions that raw outputs, (n_samples, n_outputs), stand for."""

    def strata(self, y: Array) -> Array | None:
        """The groups whose shares a split should preserve; None if there are none."""
        return None

    def columns(self, y: Array) -> list[tuple[Array, Array]]:
        """For each label column, its classes and the samples' class numbers."""
        return []


class Labels(Targets):
    """Classes, one for each sample.

    Parameters
    ----------
    classes : ndarray of shape (n_classes,)
        Sorted labels.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp.targets import Labels
    >>> labels = Labels(np.array(["no", "yes"]))
    >>> labels.task, labels.encode(np.array(["yes", "no"]), "float64").tolist()
    ('binary', [[1.0], [0.0]])
    """

    def __init__(self, classes: Array) -> None:
        self.classes = classes

    @classmethod
    def of(cls, y: Array) -> "Labels":
        """Return the labels that occur in y, or the columns of an indicator matrix."""
        return Indicators.of(y) if y.ndim == 2 else cls(np.unique(y))

    @property
    def task(self) -> str:
        return "binary" if len(self.classes) == 2 else "multiclass"

    @property
    def n_outputs(self) -> int:
        return 1 if self.task == "binary" else len(self.classes)

    def check(self, y: Array, name: str = "y") -> None:
        if y.ndim == 2:
            raise ValueError(
                f"{name} holds a 0/1 indicator matrix, but the model was fitted with a label for "
                "each sample"
            )
        _, found = self._find(y)
        unknown = np.unique(y[~found])
        if len(unknown):
            raise ValueError(
                f"{name} holds labels that are not among the classes: {unknown[:10].tolist()}; "
                f"classes_ is {self.classes.tolist()}"
            )

    def encode(self, y: Array, dtype: DTypeLike) -> Array:
        return np.ascontiguousarray(self._find(y)[0][:, None], dtype=dtype)

    def decode(self, outputs: Array) -> Array:
        if self.task == "binary":
            return self.classes[(outputs[:, 0] > 0).astype(np.intp)]
        return self.classes[outputs.argmax(axis=1)]

    def strata(self, y: Array) -> Array | None:
        return y

    def columns(self, y: Array) -> list[tuple[Array, Array]]:
        return [(self.classes, self._find(y)[0])]

    def _find(self, y: Array) -> tuple[Array, Array]:
        """The number of each sample's class, and whether it has one.

        Integers of different types are compared exactly. NumPy would compare int64 with uint64 or
        float64 in float64, which does not hold every integer beyond 2^53.
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


class Indicators(Labels):
    """Several labels for each sample: a 0/1 matrix with a column for each.

    Parameters
    ----------
    classes : ndarray of shape (n_labels,)
        Numbers of the label columns.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp.targets import Indicators
    >>> Indicators.of(np.array([[0, 1], [1, 1]])).decode(np.array([[-1.0, 2.0]]))
    array([[0, 1]])
    """

    @classmethod
    def of(cls, y: Array) -> "Indicators":
        return cls(np.arange(y.shape[1]))

    @property
    def task(self) -> str:
        return "multilabel"

    def check(self, y: Array, name: str = "y") -> None:
        if y.ndim != 2:
            raise ValueError(
                f"{name} holds a label for each sample, but the model was fitted with a 0/1 "
                "indicator matrix"
            )
        if y.shape[1] != len(self.classes):
            raise ValueError(
                f"{name} has {counted(y.shape[1], 'label column')}, but the model was fitted with "
                f"{len(self.classes)}"
            )

    def encode(self, y: Array, dtype: DTypeLike) -> Array:
        return np.ascontiguousarray(y, dtype=dtype)

    def decode(self, outputs: Array) -> Array:
        return (outputs > 0).astype(np.int64)

    def strata(self, y: Array) -> Array | None:
        return None

    def columns(self, y: Array) -> list[tuple[Array, Array]]:
        return [(np.array([0, 1]), column) for column in y.T]


class Values(Targets):
    """Real values, one or several for each sample.

    Parameters
    ----------
    n_outputs : int
        Values for each sample.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp.targets import Values
    >>> Values(1).encode(np.array([2.0, 3.0]), "float32")
    array([[2.],
           [3.]], dtype=float32)
    """

    def __init__(self, n_outputs: int) -> None:
        self._n_outputs = n_outputs

    @classmethod
    def of(cls, y: Array) -> "Values":
        """Return the targets that y, one- or two-dimensional, is an example of."""
        return cls(1 if y.ndim == 1 else y.shape[1])

    @property
    def task(self) -> str:
        return "regression"

    @property
    def n_outputs(self) -> int:
        return self._n_outputs

    def check(self, y: Array, name: str = "y") -> None:
        n_outputs = Values.of(y).n_outputs
        if n_outputs != self.n_outputs:
            raise ValueError(
                f"{name} has {counted(n_outputs, 'output')}, but the model was fitted with "
                f"{self.n_outputs}"
            )

    def encode(self, y: Array, dtype: DTypeLike) -> Array:
        return np.ascontiguousarray(y.reshape(len(y), -1), dtype=dtype)

    def decode(self, outputs: Array) -> Array:
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs
