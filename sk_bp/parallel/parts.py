"""The partitions of the data: looked at once, then made ready for training."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, issparse, vstack

from sk_bp.data import Part, read_part
from sk_bp.losses import TaskLoss
from sk_bp.samples import CSR, Samples
from sk_bp.scaling import MOST_ROWS, Scaling
from sk_bp.targets import Targets

Array = NDArray[Any]
FLOATS = (np.float64, np.float32)


@dataclass
class Look:
    """What is known of a partition, without its features.

    Attributes
    ----------
    n : int
        Samples.
    error : Exception or None
        Why it cannot be trained on.
    features : dict
        The attributes of an estimator that tell of its features.
    dtype : dtype
    sparse : bool
    n_nonzero : int
        Values of X that are not zero.
    y, weight : ndarray, ndarray or None
        Checked targets and sample weights.
    """

    n: int
    error: Exception | None = None
    features: dict[str, Any] | None = None
    dtype: Any = None
    sparse: bool = False
    n_nonzero: int = 0
    y: Any = None
    weight: Array | None = None


def look(estimator: Any, X: Any, y: Any, weight: Any = None) -> Look:
    """Check a partition, and say what fit must know of it; estimator has not been fitted.

    What is wrong with it is told, not raised, so that no engine tries again.
    """
    n = X.shape[0] if hasattr(X, "shape") else len(X)
    if n == 0:
        return Look(0)
    try:
        _refuse_categories(X)
        part = _read(estimator, X, y, weight)
    except (ValueError, TypeError) as error:
        return Look(n, type(error)(str(error)))
    values = part.X.data if issparse(part.X) else part.X
    return Look(
        n,
        features={k: v for k, v in vars(estimator).items() if k.endswith("_")},
        dtype=part.X.dtype,
        sparse=issparse(part.X),
        n_nonzero=int(np.count_nonzero(values)),
        y=part.y,
        weight=part.weight,
    )


def _refuse_categories(X: Any) -> None:
    """Raise TypeError if a data frame has categories, whose codes mean nothing as numbers."""
    dtypes = X.dtypes.items() if hasattr(X, "iloc") else []
    columns = [column for column, dtype in dtypes if str(dtype) == "category"]
    if columns:
        raise TypeError(
            f"X has the categorical columns {columns}: turn them into columns of 0 and 1 first, "
            "for example by dask.dataframe.get_dummies"
        )


def _read(estimator: Any, X: Any, y: Any, weight: Any) -> Part:
    return read_part(estimator, X, y, weight, dtype=FLOATS, reset=True, known=True, all_zero=True)


def prepare(
    estimator: Any,
    targets: Targets,
    factors: list[Array] | None,
    scaling: Scaling | None,
    X: Any,
    y: Any,
    weight: Any = None,
) -> Samples:
    """The samples of a partition that count, as the core reads them."""
    part = _read(estimator, X, y, weight).weighted(targets, factors)
    X = part.X
    if issparse(X) and not X.data.all():  # stored zeros would count as touches
        X = X.copy()
        X.eliminate_zeros()
        part = Part(X, part.y, part.weight)
    samples = part.encode(targets)
    return samples if scaling is None else scaling.of_samples(samples)


def pick(samples: Samples, rows: NDArray[np.integer]) -> Samples:
    """A few samples of a partition, from which the units of training are found."""
    return samples.take(rows)


def units(loss: TaskLoss, scales_y: bool, picked: Sequence[Samples]) -> Scaling | None:
    """The units that the samples picked from all partitions suggest."""
    matrices = [one.X for one in picked]
    X: Any
    if isinstance(matrices[0], CSR):
        X = CSR.of(vstack([one.summed() for one in matrices if isinstance(one, CSR)]).tocsr())
    else:
        X = np.concatenate([np.asarray(one) for one in matrices])
    weights = [
        np.full(one.n, one.mean_weight) if one.weight is None else one.weight * one.mean_weight
        for one in picked
    ]
    y = np.concatenate([one.y for one in picked])
    return Scaling.of(Samples(X, y, np.concatenate(weights).astype(np.float64)), loss, scales_y)


def rows_to_pick(sizes: Sequence[int]) -> list[NDArray[np.intp]]:
    """For each partition, the rows that the units are found from: those `fit` would take."""
    total = sum(sizes)
    chosen = np.arange(total)
    if total > MOST_ROWS:
        chosen = np.linspace(0, total - 1, MOST_ROWS).astype(np.intp)
    ends = np.cumsum(sizes)
    return [
        chosen[np.searchsorted(chosen, end - n) : np.searchsorted(chosen, end)] - (end - n)
        for end, n in zip(ends, sizes, strict=True)
    ]


class Totals(Samples):
    """All samples of all partitions, without their features.

    Parameters
    ----------
    looks : list of Look
    targets : Targets
    factors : list of ndarray or None
        Class weights.
    """

    complete = False

    def __init__(
        self, looks: Sequence[Look], targets: Targets, factors: list[Array] | None
    ) -> None:
        dtype = looks[0].dtype
        y = np.concatenate([one.y for one in looks])
        part = Part(_no_features(len(y), looks, dtype), y, joined_weights(looks))
        counting = part.weighted(targets, factors)
        kept = counting.counting()
        if not len(kept):
            raise ValueError("class_weight and sample_weight give every sample the weight 0")
        part = counting if len(kept) == len(y) else counting.take(kept)
        super().__init__(CSR.of(part.X), targets.encode(part.y, dtype), part.weight)
        numbers = sum(one.n for one in looks) * part.X.shape[1]
        self._density = sum(one.n_nonzero for one in looks) / max(1.0, float(numbers))
        ends = np.cumsum([one.n for one in looks])
        self.sizes = np.diff(np.searchsorted(kept, ends), prepend=0).tolist()

    @property
    def density(self) -> float:
        return self._density


def joined_weights(looks: Sequence[Look]) -> Array | None:
    """The sample weights of all partitions."""
    if all(one.weight is None for one in looks):
        return None
    return np.concatenate([np.ones(one.n) if one.weight is None else one.weight for one in looks])


def _no_features(n: int, looks: Sequence[Look], dtype: Any) -> Any:
    assert looks[0].features is not None
    return csr_array((n, looks[0].features["n_features_in_"]), dtype=dtype)
