"""The units in which a network is trained: columns of X and targets of about the size of 1.

A column that is mostly not zero is centred and divided by its standard deviation, or, if it has
just two values, by their difference: the deviation of a rare category is small, and dividing by it
would make the category stand out. A column that is mostly zero stays as it is, as sparse data
needs, unless its values are large: then it is divided by their root mean square. Where nearly all
values are zero, as in text, all columns are left alone unless their values are large. Only values
decide, never whether X is stored as a sparse matrix.
Columns that are nearly in these units already are left alone, and factors are powers of two, so
that a scaled number is rounded no more than the given one.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy.sparse import csr_array

from sk_bp.advice import counted
from sk_bp.defaults import SPARSE
from sk_bp.losses import TaskLoss
from sk_bp.memory import check_memory
from sk_bp.network import Network
from sk_bp.samples import CSR, Samples
from sk_bp.saved import aligned

Vector = NDArray[np.float64]

MOST_ROWS = 10_000  # that units are found from; of more, so many at even distances
_VECTORS = 16  # as long as X has columns, that are kept meanwhile
_BLOCK = 1 << 20  # numbers that are looked at together
_OFF_CENTER = 0.25  # means beyond this many standard deviations are subtracted
_LARGE = 4.0  # values of a column that is mostly zero
_SMALL = 1 / 16  # the norm of a sample over such columns
# What lies at one of these limits within rounding is taken to be on the same side of it, in
# whatever order its sum was formed.
_ABOVE, _BELOW = 1 + 1e-9, 1 - 1e-9
# Exponents of scales; weights divided by them are finite.
_EXPONENTS = {np.dtype(np.float32): 100, np.dtype(np.float64): 1000}


@dataclass(frozen=True)
class Scaling:
    """Numbers that a network is trained on are (given - center) / scale.

    Attributes
    ----------
    center, scale : ndarray of shape (n_features,)
        Of the columns of X. Centers are 0 but for columns that are mostly not zero.
    target_center : ndarray of shape (n_targets,)
    target_scale : float
        One for all targets, so that their errors count as they do in the loss.
    """

    center: Vector
    scale: Vector
    target_center: Vector
    target_scale: float = 1.0

    @classmethod
    def of(cls, samples: Samples, loss: TaskLoss, scales_y: bool = True) -> "Scaling | None":
        """The units that samples suggest; None if they are in such units already.

        Parameters
        ----------
        samples : Samples
        loss : TaskLoss
            Its targets are scaled if it is the same loss in other units, up to a factor.
        scales_y : bool, default=True
            Whether the targets may be scaled.
        """
        n_features = samples.X.shape[1]
        check_memory(
            8.0 * _VECTORS * n_features,
            f"the scales of {counted(n_features, 'column')} of X",
            "Use fewer columns, or scaling=False.",
        )
        center, scale = _units_of_columns(_some_of(samples))
        target_center, target_scale = np.zeros(samples.y.shape[1]), 1.0
        if scales_y and loss.in_units(1.0) is not None:
            target_center, target_scale = _units_of_targets(samples.y, samples.weight)
        found = cls(center, scale, target_center, target_scale)
        changes = center.any() or (scale != 1).any() or target_center.any() or target_scale != 1
        return found if changes else None

    def __setstate__(self, saved: dict[str, Any]) -> None:
        vars(self).update({name: aligned(value) for name, value in saved.items()})

    @property
    def _scales_X(self) -> bool:
        return bool(self.center.any() or (self.scale != 1).any())

    def of_X(self, X: NDArray[Any] | CSR) -> NDArray[Any] | CSR:
        """X in these units, of the same dtype."""
        if not self._scales_X:
            return X
        if isinstance(X, CSR):
            return self._of_csr(X)
        scaled = np.empty_like(X, order="C")
        rows = max(1, _BLOCK // max(1, X.shape[1]))
        for first in range(0, len(X), rows):
            part = slice(first, first + rows)
            with np.errstate(over="ignore"):  # outputs that are not finite are refused
                scaled[part] = (X[part] - self.center) / self.scale
        return scaled

    def _of_csr(self, X: CSR) -> CSR:
        (centred,) = np.nonzero(self.center)
        if not len(centred):
            data = X.data / self.scale.astype(X.data.dtype)[X.indices]
            return CSR(data, X.indices, X.indptr, X.shape)
        given = csr_array((X.data / self.scale[X.indices], X.indices, X.indptr), X.shape)
        n = X.shape[0]
        offsets = csr_array(
            (
                np.tile(-self.center[centred] / self.scale[centred], n),
                np.tile(centred, n),
                np.arange(n + 1) * len(centred),
            ),
            X.shape,
        )
        return CSR.of((given + offsets).astype(X.data.dtype))

    def of_samples(self, samples: Samples) -> Samples:
        """Samples in these units."""
        return samples.with_numbers(self.of_X(samples.X), self.of_y(samples.y))

    def of_y(self, y: NDArray[Any]) -> NDArray[Any]:
        """Encoded targets in these units, of the same dtype."""
        if self.target_center.any() or self.target_scale != 1:
            return ((y - self.target_center) / self.target_scale).astype(y.dtype)
        return y

    def loss(self, loss: TaskLoss) -> TaskLoss:
        """The loss of targets in these units."""
        found = loss.in_units(self.target_scale)
        return loss if found is None else found[0]

    def loss_unit(self, loss: TaskLoss) -> float:
        """What that loss is to be multiplied by to be the given one."""
        found = loss.in_units(self.target_scale)
        return 1.0 if found is None else found[1]

    def outputs(self, scaled: NDArray[Any]) -> NDArray[Any]:
        """Outputs of the network in the units of the given targets."""
        if self.target_scale == 1 and not self.target_center.any():
            return scaled
        with np.errstate(over="ignore"):
            return (scaled * self.target_scale + self.target_center).astype(scaled.dtype)

    def unscaled(self, network: Network) -> Network:
        """The network for numbers as they are given; its weights are read-only copies."""
        coefs = [W.astype(np.float64) for W in network.coefs]
        intercepts = [b.astype(np.float64) for b in network.intercepts]
        coefs[0] /= self.scale[:, None]
        intercepts[0] -= self.center @ coefs[0]
        coefs[-1] *= self.target_scale
        intercepts[-1] = intercepts[-1] * self.target_scale + self.target_center
        flat = np.concatenate([array.ravel() for array in (*coefs, *intercepts)])
        parameters = flat.astype(network.dtype)
        parameters.flags.writeable = False
        return Network(network.units, network.activations, network.output, parameters)


def _some_of(samples: Samples) -> Samples:
    """The samples that units are found from."""
    if samples.n <= MOST_ROWS:
        return samples
    return samples.take(np.linspace(0, samples.n - 1, MOST_ROWS).astype(np.intp))


def _units_of_columns(samples: Samples) -> tuple[Vector, Vector]:
    """Center and scale of each column."""
    moments = _Moments.of(samples)
    n_features = len(moments.share)
    center, scale = np.zeros(n_features), np.ones(n_features)
    mostly = moments.share >= 0.5 * _BELOW
    large = moments.of_nonzero > _LARGE * _ABOVE
    if (
        moments.share.mean() < SPARSE * _BELOW
    ):  # such as text, where common words are not to stand out
        mostly &= large
    dtype = samples.y.dtype
    constant = moments.deviation <= 4 * np.finfo(dtype).eps * np.abs(moments.mean)
    off = np.abs(moments.mean) > _OFF_CENTER * _ABOVE * moments.deviation
    center[mostly & off] = moments.mean[mostly & off]
    size = np.where(constant, np.abs(moments.mean), moments.deviation)
    size = np.where(moments.between_two > 0, moments.between_two, size)
    scale[mostly] = _power_of_two(size[mostly], dtype)
    rest = ~mostly & (moments.share > 0)
    top = max(moments.of_nonzero[rest].max(initial=0.0), np.finfo(np.float64).tiny)
    norm = top * np.sqrt(np.sum(moments.share[rest] * (moments.of_nonzero[rest] / top) ** 2))
    scale[rest & large] = _power_of_two(moments.of_nonzero[rest & large], dtype)
    if 0 < norm < _SMALL * _BELOW:
        scale[rest] = _power_of_two(norm, dtype)
    return center, scale


def sizes_of_columns(samples: Samples) -> Vector:
    """The root mean square of each column's values that are not zero; columns of zeros left out.

    Parameters
    ----------
    samples : Samples
        Of many, 10,000 at even distances are looked at.
    """
    moments = _Moments.of(_some_of(samples))
    return moments.of_nonzero[moments.share > 0]


@dataclass
class _Moments:
    """Of each column, weighted by the samples' weights.

    Attributes
    ----------
    share : ndarray
        Of values that are not zero.
    mean, deviation : ndarray
    of_nonzero : ndarray
        Root mean square of the values that are not zero; 0 if there are none.
    between_two : ndarray
        The difference of the two values of a column that has no others; 0 for all other columns.
    """

    share: Vector
    mean: Vector
    deviation: Vector
    of_nonzero: Vector
    between_two: Vector

    @classmethod
    def of(cls, samples: Samples) -> "_Moments":
        weight = np.ones(samples.n) if samples.weight is None else samples.weight
        weight = weight.astype(np.float64) / samples.weight_sum
        X = samples.X
        (least, most), has_two, sums_of = (
            _sums_of_csr(X, weight) if isinstance(X, CSR) else _sums_of_dense(X, weight)
        )
        largest = np.maximum(-least, most)
        unit = np.where(largest > 0, largest, 1.0)
        share, mean, square = sums_of(unit, np.zeros_like(unit))
        # about the mean: the plain difference of squares would lose the deviation of year numbers
        _, _, variance = sums_of(unit, mean)
        of_nonzero = np.sqrt(square / np.where(share > 0, share, 1.0))
        with np.errstate(over="ignore"):
            between_two = np.where(has_two, most - least, 0.0)
        return cls(share, mean * unit, np.sqrt(variance) * unit, of_nonzero * unit, between_two)


def _sums_of_dense(
    X: NDArray[Any], weight: Vector
) -> tuple[tuple[Vector, Vector], NDArray[np.bool_], Any]:
    """The least and greatest value of each column, whether it has no others, and its sums."""
    rows = max(1, _BLOCK // max(1, X.shape[1]))
    parts = [slice(first, first + rows) for first in range(0, len(X), rows)]
    least, most = X[0].astype(np.float64), X[0].astype(np.float64)
    for part in parts:
        np.minimum(least, X[part].min(axis=0), out=least)
        np.maximum(most, X[part].max(axis=0), out=most)
    has_two = np.ones(X.shape[1], dtype=np.bool_)
    for part in parts:
        has_two &= ((X[part] == least) | (X[part] == most)).all(axis=0)

    def sums_of(unit: Vector, about: Vector) -> tuple[Vector, Vector, Vector]:
        share, first, second = (np.zeros(X.shape[1]) for _ in range(3))
        for part in parts:
            w, x = weight[part], X[part] / unit - about
            share += w @ (X[part] != 0)
            first += w @ x
            second += w @ (x * x)
        return share, first, second

    return (least, most), has_two, sums_of


def _sums_of_csr(X: CSR, weight: Vector) -> tuple[tuple[Vector, Vector], NDArray[np.bool_], Any]:
    """The same for a sparse matrix."""
    matrix = CSR(X.data.astype(np.float64), X.indices, X.indptr, X.shape).summed()
    columns, n = matrix.indices, X.shape[1]
    w = np.repeat(weight, np.diff(matrix.indptr))
    full = np.bincount(columns, minlength=n) == X.shape[0]  # no rounding may leave zeros in them
    least, most = np.where(full, np.inf, 0.0), np.where(full, -np.inf, 0.0)
    np.minimum.at(least, columns, matrix.data)
    np.maximum.at(most, columns, matrix.data)
    within = (matrix.data != least[columns]) & (matrix.data != most[columns])
    has_two = np.bincount(columns[within], minlength=n) == 0
    has_two &= full | (least == 0) | (most == 0)

    def sum_by_column(values: Vector) -> Vector:
        return np.bincount(columns, values, n).astype(np.float64)

    def sums_of(unit: Vector, about: Vector) -> tuple[Vector, Vector, Vector]:
        x = matrix.data / unit[columns] - about[columns]
        absent = np.where(full, 0.0, np.maximum(0.0, 1 - sum_by_column(w)))
        share = sum_by_column(w * (matrix.data != 0))
        first = sum_by_column(w * x) - absent * about
        second = sum_by_column(w * x * x) + absent * about**2
        return share, first, second

    return (least, most), has_two, sums_of


def _units_of_targets(y: NDArray[Any], weight: NDArray[Any] | None) -> tuple[Vector, float]:
    """The center of each target, and one scale for all."""
    dtype, y = y.dtype, y.astype(np.float64)
    largest = float(np.abs(y).max())
    if largest == 0:
        return np.zeros(y.shape[1]), 1.0
    y = y / largest
    center = np.average(y, axis=0, weights=weight)
    variance = np.average((y - center) ** 2, axis=0, weights=weight)
    deviation = float(np.sqrt(variance.mean()))
    if deviation <= 1e-7 * np.abs(center).max():  # constant
        deviation = float(np.abs(center).max())
    elif (np.abs(center) <= _OFF_CENTER * _ABOVE * deviation).all():
        center = np.zeros(y.shape[1])
    scale = float(_power_of_two(np.array(deviation * largest), dtype))
    return center * largest, float(np.clip(scale, 2.0**-500, 2.0**500))  # its square is finite


def _power_of_two(x: Vector, dtype: DTypeLike) -> Vector:
    """The nearest power of two in the range of scales, in the logarithm; 1 for 0."""
    most = _EXPONENTS[np.dtype(dtype)]
    with np.errstate(divide="ignore"):
        exponent = np.round(np.log2(x * _ABOVE))
    return np.where(x > 0, np.exp2(np.clip(exponent, -most, most)), 1.0)
