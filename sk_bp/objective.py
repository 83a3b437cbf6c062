"""The whole objective as a function of the weights, for optimizers that choose their own steps."""

import math
import os

import numpy as np

from sk_bp._core import _core
from sk_bp.network import Network
from sk_bp.outputs import IdentityOutput
from sk_bp.samples import CSR

# Samples that go through the network together.
_BATCH = 1024
# Numbers in a block of the Jacobian: 64 MB.
_JACOBIAN_BLOCK = 1 << 23
# The largest network that methods with a matrix of n_weights x n_weights serve.
MOST_WEIGHTS = 5000
# In place of an objective that is not finite; its square is.
_FAR_TOO_LARGE = 1e150


class Objective:
    """The mean loss plus alpha / (2 S) times the sum of the squared weights, and its gradient.

    S is the sum of the sample weights. Biases are not decayed. The network that is given stays as
    it is.

    Parameters
    ----------
    network : Network
        Where to begin.
    loss : TaskLoss
    rows : Rows
        Samples.
    alpha : float
        Strength of the L2 penalty.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp.activations import Identity
    >>> from sk_bp.losses import SquaredError
    >>> from sk_bp.network import Network
    >>> from sk_bp.objective import Objective
    >>> from sk_bp.outputs import IdentityOutput
    >>> from sk_bp.samples import Rows
    >>> network = Network((1, 1), (Identity(),), IdentityOutput(), np.array([2.0, 0.0]))
    >>> rows = Rows(np.array([[1.0], [3.0]]), np.array([[1.0], [6.0]]), None)
    >>> value, gradient = Objective(network, SquaredError(), rows, 0.0)(network.parameters)
    >>> value, gradient.tolist()
    (0.25, [0.5, 0.5])
    """

    def __init__(self, network, loss, rows, alpha):
        self.start = network.parameters.astype(np.float64)
        self.rows = rows
        self.loss = loss
        self.alpha = alpha
        self.n_weights = sum(W.size for W in network.coefs)
        self._network = _copy(network, network.dtype)
        self._sum = np.zeros_like(self._network.parameters)
        self._last = self._last_x = None
        self._back_propagation = _core.LossAndGradient(self._network, loss, rows.sparse)

    def __call__(self, x):
        """Return the value and the gradient at x, both float64.

        Where they are not finite, a very large value and the last gradient take their place, so
        that a line search turns back.
        """
        value, gradient = self.value_and_gradient(x)
        if not (math.isfinite(value) and np.isfinite(gradient).all()):
            last = self._last if self._last is not None else np.zeros_like(self.start)
            return _FAR_TOO_LARGE, last
        self._last, self._last_x = gradient, np.array(x)
        return value, gradient

    def gradient_of_loss(self, x):
        """Return the gradient of the mean loss at x, without the penalty."""
        known = self._last_x is not None and np.array_equal(x, self._last_x)
        gradient = self._last.copy() if known else self.value_and_gradient(x)[1]
        gradient[: self.n_weights] -= self.alpha / self.rows.total_weight * x[: self.n_weights]
        return gradient

    def value_and_gradient(self, x):
        """Return the value and the gradient at x, as they are; NaN where training would stop."""
        rows, network = self.rows, self._network
        network.parameters[:] = x
        self._sum[:] = 0
        total = 0.0
        for first in range(0, rows.n, _BATCH):  # between them, there is time for an interrupt
            part = slice(first, min(first + _BATCH, rows.n))
            loss_sum, stop = self._back_propagation.add(
                _take(rows.X, part),
                rows.y[part],
                None if rows.weight is None else rows.weight[part],
                1 / rows.weight_sum,
                rows.largest,
                self._sum,
            )
            if stop is not _core.Stop.none:
                return math.nan, np.full_like(self.start, math.nan)
            total += loss_sum
        gradient = self._sum.astype(np.float64)
        strength = self.alpha / rows.total_weight
        gradient[: self.n_weights] += strength * x[: self.n_weights]
        return total / rows.weight_sum + self._penalty(x), gradient

    def loss_of(self, value, x):
        """The mean loss at x, where the objective has this value."""
        return float(value) - self._penalty(x)

    def check_memory(self, n_vectors, name):
        """Raise MemoryError if so many vectors of float64 do not fit into this machine's memory."""
        needed = 8.0 * n_vectors * len(self.start)
        available = _available_memory()
        if needed > available:
            raise MemoryError(
                f"{name} keeps about {n_vectors} vectors of {len(self.start):,} weights, "
                f"{needed / 1e9:.1f} GB, and {available / 1e9:.1f} GB are free. Use an optimizer "
                "that works batch by batch, such as 'rmsprop'."
            )

    def least_squares(self, name):
        """The same objective by its errors and their Jacobian; ValueError if there are too many."""
        n = len(self.start)
        if n > MOST_WEIGHTS:
            raise ValueError(
                f"{name} solves with matrices of n_weights x n_weights: this network has {n:,} "
                f"weights and biases, whose matrices need {24.0 * n * n / 1e9:.1f} GB. It serves "
                f"up to {MOST_WEIGHTS:,}; for larger networks use optimizer='lbfgs'."
            )
        return LeastSquares(self)

    def _penalty(self, x):
        weights = x[: self.n_weights]
        return 0.5 * self.alpha / self.rows.total_weight * float(np.vdot(weights, weights))


class LeastSquares:
    """Squared errors, summed over samples and outputs, and the Jacobian of the errors, in float64.

    Attributes
    ----------
    start : ndarray of shape (size,)
        Where to begin.
    size, n_outputs : int
        Number of parameters, and of outputs.
    weight_sum, n_errors : float
        The sum of the sample weights, and of those of all errors.
    decaying : ndarray of shape (size,)
        1 for weights, 0 for biases.
    """

    def __init__(self, objective):
        rows = objective.rows
        self.alpha = objective.alpha
        self.start = objective.start
        self.size = len(self.start)
        self._n_weights = objective.n_weights
        self.decaying = (np.arange(self.size) < objective.n_weights).astype(np.float64)
        self.n_outputs = rows.y.shape[1]
        self.n_errors = rows.total_weight * self.n_outputs
        self._network = _copy(objective._network, np.float64)
        self._X = _in_float64(rows.X)
        self._y = rows.y.astype(np.float64)
        self._root = None  # of the weights; errors and Jacobian are multiplied by it
        if rows.weight is not None or rows.mean_weight != 1:
            relative = np.ones(rows.n) if rows.weight is None else rows.weight.astype(np.float64)
            self._root = np.sqrt(relative * rows.mean_weight)[:, None]
        self.weight_sum = rows.total_weight

    def squared_errors(self, x):
        """The weighted sum of the squared errors; infinity where it overflows."""
        self._network.parameters[:] = x
        errors = _core.predict(self._network, self._X, IdentityOutput())
        errors -= self._y
        if self._root is not None:
            errors *= self._root
        total = float(np.vdot(errors, errors))
        return total if math.isfinite(total) else math.inf

    def squared_weights(self, x):
        """The sum of the squared weights."""
        weights = x[: self._n_weights]
        return float(np.vdot(weights, weights))

    def value(self, x):
        """Half the squared errors plus the penalty, both summed."""
        return 0.5 * (self.squared_errors(x) + self.alpha * self.squared_weights(x))

    def loss_of(self, value, x):
        """The mean loss at x, without the penalty, where `value` has this value."""
        return (value - 0.5 * self.alpha * self.squared_weights(x)) / self.weight_sum

    def normal_equations(self, x):
        """J'J and J'e."""
        self._network.parameters[:] = x
        JJ, Je = np.zeros((self.size, self.size)), np.zeros(self.size)
        n_outputs = self._y.shape[1]
        n_rows = max(1, _JACOBIAN_BLOCK // (self.size * n_outputs))
        for first in range(0, len(self._y), n_rows):
            part = slice(first, first + n_rows)
            J, outputs = _core.jacobian(self._network, _take(self._X, part))
            errors = outputs - self._y[part]
            if self._root is not None:
                J *= self._root[part, :, None]
                errors *= self._root[part]
            J = J.reshape(-1, self.size)
            JJ += J.T @ J
            Je += J.T @ errors.ravel()
        return JJ, Je


def _copy(network, dtype):
    parameters = network.parameters.astype(dtype)  # a copy in any case
    return Network(network.units, network.activations, network.output, parameters)


def _in_float64(X):
    if isinstance(X, CSR):
        return CSR(X.data.astype(np.float64), X.indices, X.indptr, X.shape)
    return X.astype(np.float64, copy=False)


def _take(X, rows):
    """Consecutive rows of X."""
    if not isinstance(X, CSR):
        return X[rows]
    starts = X.indptr[rows.start : rows.stop + 1]
    entries = slice(starts[0], starts[-1])
    shape = (len(starts) - 1, X.shape[1])
    return CSR(X.data[entries], X.indices[entries], starts - starts[0], shape)


def _available_memory():
    """Bytes of memory that are free, or all there are; infinity where the system does not tell."""
    try:
        with open("/proc/meminfo") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return 1024.0 * int(line.split()[1])
    except OSError:
        pass
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" in names and "SC_PAGE_SIZE" in names:
        return float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE")
    return math.inf
