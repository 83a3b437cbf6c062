"""Collections of Dask as lists of partitions."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sk_bp.advice import counted


def kind_of(X: Any) -> str:
    """What X is: "array", "frame", "list" of delayed objects or futures, or "memory".

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp.dask.inputs import kind_of
    >>> kind_of(np.ones((2, 2)))
    'memory'
    """
    if _is_of_dask(X) and hasattr(X, "to_delayed"):
        return "array" if hasattr(X, "chunks") else "frame"
    if isinstance(X, Sequence) and not isinstance(X, str) and X and all(map(_is_of_dask, X)):
        return "list"
    return "memory"


def partitions_of(values: Any, name: str) -> list[Any]:
    """The partitions of a collection, as delayed objects or futures.

    Parameters
    ----------
    values : dask array, data frame or series, or list of delayed objects or futures
    name : str
        Its name in error messages.

    Raises
    ------
    TypeError
        If it is none of them.
    ValueError
        If an array has several blocks of columns.
    """
    kind = kind_of(values)
    if kind == "list":
        return list(values)
    if kind == "memory":
        raise TypeError(
            f"{name} must be a dask array, a dask data frame, or a list of delayed objects or "
            f"futures, got {type(values).__name__}. Data in memory are better fitted by "
            "BPClassifier or BPRegressor; dask.array.from_array cuts an array into partitions"
        )
    blocks = np.asarray(values.to_delayed(), dtype=object)
    if blocks.ndim > 1 and blocks.shape[1] > 1:
        raise ValueError(
            f"{name} is cut into {blocks.shape[1]} blocks of columns, but a partition must have "
            f"all columns; call {name}.rechunk({{1: -1}}) first"
        )
    return list(blocks.ravel())


def aligned_partitions(X: Any, y: Any, sample_weight: Any) -> list[list[Any]]:
    """The partitions of X, y and, unless it is None, sample_weight, which must be as many.

    Raises
    ------
    TypeError, ValueError
        If one of them has no partitions, or another number of them.
    """
    given = {"X": X, "y": y, "sample_weight": sample_weight}
    lists = {name: partitions_of(v, name) for name, v in given.items() if v is not None}
    for name, parts in lists.items():
        if len(parts) != len(lists["X"]):
            raise ValueError(
                f"X has {counted(len(lists['X']), 'partition')}, but {name} has "
                f"{len(parts)}; both must be cut alike, for example by {name}.rechunk(X.chunks[0])"
            )
    return list(lists.values())


def _is_of_dask(value: Any) -> bool:
    return type(value).__module__.partition(".")[0] in ("dask", "distributed")
