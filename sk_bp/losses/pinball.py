"""The pinball loss, whose minimum is a quantile."""

from collections.abc import Sequence
from numbers import Real

import numpy as np
from numpy.typing import NDArray

from sk_bp.losses.loss import Array, TaskLoss
from sk_bp.losses.regression import ErrorLoss, weighted_quantile
from sk_bp.outputs import Output, SortedOutput


class Pinball(ErrorLoss):
    """The pinball loss: the prediction is a quantile of y given x, or several at once.

    With e the error, prediction - target, and q the quantile: (1 - q) e where e > 0, else -q e.

    Parameters
    ----------
    quantile : float or sequence of float, default=0.5
        One number between 0 and 1, or several in rising order. With several, y must have one
        column; the network has an output for each, the losses are summed, and `predict` returns
        an array of shape (n_samples, n_quantiles).

    Notes
    -----
    Quantiles of a sample do not cross: they are sorted when they are predicted. That never raises
    the loss of a sample. (The loss is a sum over the outputs z_k of max(0, z_k - y), in any order,
    and of q_k (y - z_k), which is smallest if the z_k rise with the q_k.) Training needs no
    constraint, therefore, and each output is what it would be by itself.

    The derivative jumps at an error of 0: use a schedule that falls to 0 with optimizers by
    batches.

    References
    ----------
    Koenker & Bassett, Regression quantiles, Econometrica 46, 1978.
    Chernozhukov, Fernandez-Val & Galichon, Quantile and probability curves without crossing,
    Econometrica 78, 2010.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import BPRegressor, CosineDecay
    >>> from sk_bp.losses import Pinball
    >>> X, y = np.zeros((101, 1)), np.arange(101) / 100
    >>> loss = Pinball([0.1, 0.5, 0.9])
    >>> reg = BPRegressor((), loss=loss, learning_rate=CosineDecay(0.1), tol=None)
    >>> reg.fit(X, y).predict([[0.0]]).round(1)
    array([[0.1, 0.5, 0.9]])
    """

    core_name = "pinball"
    _parameter_constraints = {"quantile": [Real, "array-like"]}

    def __init__(self, quantile: float | Sequence[float] = 0.5) -> None:
        self.quantile = quantile

    def check(self) -> None:
        super().check()
        try:
            given = np.asarray(self.quantile, dtype=np.float64)
        except (TypeError, ValueError):
            given = np.empty((0, 0))
        inside = given.ndim < 2 and given.size and ((given > 0) & (given < 1)).all()
        if not inside or (np.diff(np.atleast_1d(given)) <= 0).any():
            raise ValueError(
                "quantile must be a number between 0 and 1, or several in rising order, got "
                f"{self.quantile!r}"
            )

    def for_task(self, task: str) -> TaskLoss:
        return Quantiles(self.quantile) if np.size(self.quantile) > 1 else self

    def core_parameters(self) -> dict[str, float]:
        quantiles = self._quantiles().tolist()
        return {f"quantile_{k}": quantile for k, quantile in enumerate(quantiles)}

    def in_units(self, unit: float) -> tuple[TaskLoss, float]:
        return self, unit

    def of_errors(self, errors: Array) -> Array:
        quantiles = self._quantiles()
        return np.maximum((1 - quantiles) * errors, -quantiles * errors)

    def steepness(self, errors: Array) -> Array:
        quantiles = self._quantiles()
        return np.where(errors > 0, 1 - quantiles, quantiles)

    def best_constant(self, y: Array, weight: Array | None, n_outputs: int) -> Array:
        quantiles = self._quantiles().tolist()
        return np.concatenate([weighted_quantile(y, weight, quantile) for quantile in quantiles])

    def sides(self, raw: Array, y: Array) -> NDArray[np.bool_]:
        return raw > y

    def _quantiles(self) -> Array:
        return np.atleast_1d(np.asarray(self.quantile, dtype=np.float64))


class Quantiles(Pinball):
    """The pinball loss of several quantiles of one target."""

    output: Output = SortedOutput()

    @property
    def outputs_per_target(self) -> int:  # type: ignore[override]
        """The number of quantiles."""
        return len(self._quantiles())

    def check_targets(self, y: Array, name: str = "y") -> None:
        if y.ndim > 1:
            raise ValueError(
                f"loss={Pinball(self.quantile)!r} predicts several quantiles of one target, but "
                f"{name} has {y.shape[1]} columns"
            )
