"""The whole objective as a function of the weights, for optimizers that choose their own steps."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sk_bp._core import _core
from sk_bp.losses import ErrorLoss, TaskLoss
from sk_bp.memory import check_memory
from sk_bp.network import Network
from sk_bp.outputs import IdentityOutput
from sk_bp.samples import Samples, consecutive, in_float64

Vector = NDArray[np.float64]

# Samples that go through the network together.
_BATCH = 1024
# Numbers in a block of the Jacobian: 64 MB.
_JACOBIAN_BLOCK = 1 << 23
# The largest network for methods with a matrix of n_weights x n_weights.
MOST_WEIGHTS = 5000
# What an objective that is not finite is replaced by; the square of this number is finite.
_FAR_TOO_LARGE = 1e150


class Objective:
    """The mean loss plus alpha / (2 S) times the sum of the squared weights, and its gradient.

    S is the sum of the sample weights. Biases are not decayed. The network passed in is not
    changed.

    Parameters
    ----------
    network : Network
        Where to begin.
    loss : TaskLoss
    samples : Samples
    alpha : float
        Strength of the L2 penalty.
    dropout : sequence of float, default=None
        The probability that an input of each layer is left out; None: nothing is.
    seed : int, default=0
        Draws which ones, the same ones at each x.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp.activations import Identity
    >>> from sk_bp.losses import SquaredError
    >>> from sk_bp.network import Network
    >>> from sk_bp.objective import Objective
    >>> from sk_bp.outputs import IdentityOutput
    >>> from sk_bp.samples import Samples
    >>> network = Network((1, 1), (Identity(),), IdentityOutput(), np.array([2.0, 0.0]))
    >>> samples = Samples(np.array([[1.0], [3.0]]), np.array([[1.0], [6.0]]), None)
    >>> value, gradient = Objective(network, SquaredError(), samples, 0.0)(network.parameters)
    >>> value, gradient.tolist()
    (0.25, [0.5, 0.5])
    """

    def __init__(
        self,
        network: Network,
        loss: TaskLoss,
        samples: Samples,
        alpha: float,
        dropout: Sequence[float] | None = None,
        seed: int = 0,
    ) -> None:
        self.start: Vector = network.parameters.astype(np.float64)
        self.samples = samples
        self.loss = loss
        self.alpha = alpha
        self.n_weights = sum(W.size for W in network.coefs)
        self.dtype = network.dtype
        self.scale = loss.scale(samples.y, samples.weight, network.units[-1])
        self.units = _units(loss, samples, network)
        self._network = network.copy()
        self._sum = np.zeros_like(self._network.parameters)
        self._last: tuple[Vector, Vector] | None = None  # x and the gradient there
        self._back_propagation = _core.LossAndGradient(
            self._network, loss, samples.sparse, dropout, seed
        )

    def __call__(self, x: Vector) -> tuple[float, Vector]:
        """Return the value and the gradient at x, both float64.

        Where they are not finite, a very large value and the last finite gradient take their place,
        so that a line search turns back.
        """
        value, gradient = self.value_and_gradient(x)
        if not (math.isfinite(value) and np.isfinite(gradient).all()):
            last = np.zeros_like(self.start) if self._last is None else self._last[1]
            return _FAR_TOO_LARGE, last
        self._last = np.array(x), gradient
        return value, gradient

    def gradient_of_loss(self, x: Vector) -> Vector:
        """Return the gradient of the mean loss at x, without the penalty."""
        if self._last is not None and np.array_equal(x, self._last[0]):
            gradient = self._last[1].copy()
        else:
            gradient = self.value_and_gradient(x)[1]
        gradient[: self.n_weights] -= self.alpha / self.samples.total_weight * x[: self.n_weights]
        return gradient

    def value_and_gradient(self, x: Vector) -> tuple[float, Vector]:
        """Return the value and the gradient at x, as they are; NaN where training would stop."""
        samples, network = self.samples, self._network
        network.parameters[:] = x
        self._sum[:] = 0
        total = 0.0
        for first in range(0, samples.n, _BATCH):  # interrupts are handled in between
            part = slice(first, min(first + _BATCH, samples.n))
            loss_sum, stop = self._back_propagation.add(
                consecutive(samples.X, part),
                samples.y[part],
                None if samples.weight is None else samples.weight[part],
                1 / samples.weight_sum,
                samples.largest,
                self._sum,
            )
            if stop is not _core.Stop.none:
                return math.nan, np.full_like(self.start, math.nan)
            total += loss_sum
        gradient = self._sum.astype(np.float64)
        strength = self.alpha / samples.total_weight
        gradient[: self.n_weights] += strength * x[: self.n_weights]
        return total / samples.weight_sum + self._penalty(x), gradient

    def loss_of(self, value: float, x: Vector) -> float:
        """The mean loss at x, where the objective has this value."""
        return float(value) - self._penalty(x)

    def check_memory(self, n_vectors: int, name: str) -> None:
        """Raise MemoryError if so many float64 vectors of parameters do not fit into memory."""
        check_memory(
            8.0 * n_vectors * len(self.start),
            f"{name} keeps about {n_vectors} vectors of {len(self.start):,} weights, which",
            "Use an optimizer that works batch by batch, such as 'rmsprop'.",
        )

    def least_squares(self, name: str) -> "LeastSquares":
        """The same objective by its errors and their Jacobian; ValueError if that is too large."""
        n = len(self.start)
        if n > MOST_WEIGHTS:
            raise ValueError(
                f"{name} works with matrices of n_weights x n_weights. This network has {n:,} "
                f"weights and biases, so that they need {24.0 * n * n / 1e9:.1f} GB; at most "
                f"{MOST_WEIGHTS:,} are supported. For larger networks use optimizer='lbfgs'."
            )
        return LeastSquares(self)

    def _penalty(self, x: Vector) -> float:
        weights = x[: self.n_weights]
        return 0.5 * self.alpha / self.samples.total_weight * float(np.vdot(weights, weights))


class LeastSquares:
    """Half the squared errors, averaged over the samples, and the errors' Jacobian, in float64.

    Attributes
    ----------
    start : ndarray of shape (size,)
        Where to begin.
    size, n_outputs : int
        Number of parameters and of outputs.
    alpha, weight_sum : float
        Strength of the L2 penalty, and the sum of the sample weights.
    n_errors : float
        Number of errors, where a sample of weight w counts as w samples.
    decay : ndarray of shape (size,)
        The penalty is half the sum of the squared parameters times these factors: alpha / S for
        weights, 0 for biases.
    scale : float
        The mean loss of the best constant prediction.
    units : ndarray of shape (size,)
        The unit that each parameter is measured in.
    groups : ndarray of int, of shape (size,)
        The number of each parameter's group. The weights of one input make up a group, and so do
        the weights of a later layer and the biases of a layer.
    """

    def __init__(self, objective: Objective) -> None:
        samples, network = objective.samples, objective._network
        self.alpha = objective.alpha
        self.scale = objective.scale
        self.start = objective.start
        self.size = len(self.start)
        self.weight_sum = samples.total_weight
        self.decay = np.zeros(self.size)
        self.decay[: objective.n_weights] = self.alpha / self.weight_sum
        self.units = objective.units
        self.groups = _groups(network)
        self.n_outputs = samples.y.shape[1]
        self.n_errors = samples.total_weight * self.n_outputs
        self._network = network.copy(np.float64)
        self._X = in_float64(samples.X)
        self._y = samples.y.astype(np.float64)
        weight = np.ones(samples.n) if samples.weight is None else samples.weight.astype(np.float64)
        weight /= weight.max()
        self._root = np.sqrt(weight / weight.sum())[:, None]  # multiplies errors and Jacobian
        self._at_zero = 0.5 * float(np.sum((self._root * self._y) ** 2))

    def loss(self, x: Vector) -> float:
        """The mean loss; infinity where it overflows."""
        self._network.parameters[:] = x
        errors = _core.predict(self._network, self._X, IdentityOutput())
        errors -= self._y
        errors *= self._root
        loss = 0.5 * float(np.vdot(errors, errors))
        return loss if math.isfinite(loss) else math.inf

    def rounding(self, loss: float) -> float:
        """By how much a mean loss may be wrong: errors are rounded to the precision of targets."""
        return 4 * np.finfo(np.float64).eps * math.sqrt(loss * max(loss, self._at_zero))

    def normal_equations(self, x: Vector) -> tuple[NDArray[np.float64], Vector]:
        """J'J and J'e, as means."""
        self._network.parameters[:] = x
        JJ, Je = np.zeros((self.size, self.size)), np.zeros(self.size)
        n_samples = max(1, _JACOBIAN_BLOCK // (self.size * self.n_outputs))
        for first in range(0, len(self._y), n_samples):
            part = slice(first, first + n_samples)
            J, outputs = _core.jacobian(self._network, consecutive(self._X, part))
            errors = (outputs - self._y[part]) * self._root[part]
            J *= self._root[part, :, None]
            J = J.reshape(-1, self.size)
            JJ += J.T @ J
            Je += J.T @ errors.ravel()
        return JJ, Je


def _groups(network: Network) -> NDArray[np.intp]:
    """The number of each parameter's group, as `LeastSquares` describes them."""
    first = network.coefs[0]
    sizes = [first.shape[1]] * first.shape[0]
    sizes += [a.size for a in (*network.coefs[1:], *network.intercepts)]
    return np.repeat(np.arange(len(sizes)), sizes)


def _units(loss: TaskLoss, samples: Samples, network: Network) -> Vector:
    """The unit that each parameter is measured in: in the last layer of a regression, that of y.

    It is the standard deviation of the target there, or 1 if the target is constant or the last
    layer has an activation, and 1 in all other layers and tasks.
    """
    units = np.ones(network.parameters.size)
    if isinstance(loss, ErrorLoss) and network.is_linear_at_last:
        y = samples.y.astype(np.float64)
        with np.errstate(all="ignore"):
            means = np.average(y, axis=0, weights=samples.weight)
            deviations = np.sqrt(np.average((y - means) ** 2, axis=0, weights=samples.weight))
            known = np.isfinite(deviations) & (deviations > 1e-14 * np.abs(means))
        deviations[~known] = 1.0
        end, n_outputs = sum(W.size for W in network.coefs), network.units[-1]
        deviations = np.repeat(deviations, loss.outputs_per_target)
        units[-n_outputs:] = deviations
        units[end - network.coefs[-1].size : end] = np.tile(deviations, network.units[-2])
    return units
