"""Initial weights that are not drawn alone: given by the user, or set by the training samples."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sk_bp.activations import Activation
from sk_bp.advice import counted
from sk_bp.losses import TaskLoss
from sk_bp.network import Network, checked_arrays
from sk_bp.samples import Samples

BATCH_SIZE = 512  # samples that the weights are scaled by
_NOT_FLAT = 4.0  # logistic and tanh are nearly flat further away from 0


def take_given(network: Network, init: Any) -> None:
    """Copy the weights and biases that the user gives as ``init`` into a network.

    Parameters
    ----------
    network : Network
        Its weights are overwritten.
    init : (coefs, intercepts)
        Sequences of arrays, shaped as the network's own.

    Raises
    ------
    ValueError
        If they are not real and finite, also in the type of the network, or differ in shape.
    """
    if len(init) != 2:
        raise ValueError(
            f"init must be a name or (coefs, intercepts), got {counted(len(init), 'element')}"
        )
    for name, given, own in (
        ("coefs", init[0], network.coefs),
        ("intercepts", init[1], network.intercepts),
    ):
        arrays = checked_arrays(f"init: {name}", given)
        found, needed = [a.shape for a in arrays], [a.shape for a in own]
        if found != needed:
            raise ValueError(
                f"init: {name} have the shapes {found}, but X, y and hidden_layer_sizes ask for "
                f"{needed}"
            )
        for number, (array, place) in enumerate(zip(arrays, own, strict=True)):
            if np.abs(array).max() > np.finfo(network.dtype).max:
                raise ValueError(f"init: {name}[{number}] has numbers too large for {place.dtype}")
            place[:] = array


def scale_by_data(network: Network, samples: Samples, rng: np.random.Generator) -> None:
    """Scale the weights of each layer so that what it computes, before its activation, varies by 1.

    Mishkin & Matas (2016) in one pass: from the first layer to the last, W is divided by the
    standard deviation of x W + b over a batch and all units of the layer. A layer whose values are
    all equal, or not finite, stays as it is.

    Parameters
    ----------
    network : Network
        Its weights are scaled in place.
    samples : Samples
        Training samples, of which the batch is drawn.
    rng : Generator

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp.activations import Identity
    >>> from sk_bp.initial_weights import scale_by_data
    >>> from sk_bp.network import Network
    >>> from sk_bp.outputs import IdentityOutput
    >>> from sk_bp.samples import Samples
    >>> net = Network((1, 1), (Identity(),), IdentityOutput(), np.array([8.0, 0.0]))
    >>> samples = Samples(np.array([[1.0], [5.0]]), np.zeros((2, 1)), None)
    >>> scale_by_data(net, samples, np.random.default_rng(0))
    >>> net.coefs[0]
    array([[0.5]])
    """
    rows = np.sort(rng.choice(samples.n, min(BATCH_SIZE, samples.n), replace=False))
    batch = samples.take(rows).X
    for layer, W in enumerate(network.coefs):
        deviation = network.inputs_of(layer).predict(batch).std(dtype=np.float64)
        if 0 < deviation < np.inf:
            W *= W.dtype.type(1 / deviation)


def predict_a_constant(network: Network, samples: Samples, loss: TaskLoss) -> None:
    """Let the biases of the outputs be the best constant prediction: base rates, or the mean of y.

    Without it, the first epochs learn this constant, which takes long if y lies far from 0. A class
    that no sample has begins as if it had half a sample, and a constant near the bound of an output
    activation where that is not flat yet.

    Parameters
    ----------
    network : Network
        The biases of its last layer are overwritten, unless the constant is not finite.
    samples : Samples
        Training samples.
    loss : TaskLoss
    """
    constant = _best_biases(network, samples, loss)
    if (np.abs(constant) <= np.finfo(network.dtype).max).all():
        network.intercepts[-1][:] = constant


def _best_biases(network: Network, samples: Samples, loss: TaskLoss) -> NDArray[Any]:
    """The biases of the outputs with which they are the best constants, where weights are 0."""
    constant = loss.best_constant(samples.y, samples.weight, network.n_outputs)
    if loss.output.gives_probabilities:
        most = np.log(2 * samples.n)
        constant = np.clip(constant, -most, most)
    if not network.is_linear_at_last:
        constant = _before(network.activations[-1], constant)
    return constant


def predict_constant_targets(
    network: Network, samples: Samples, loss: TaskLoss
) -> NDArray[np.bool_]:
    """Let targets that are the same for all samples be predicted exactly, from the beginning.

    Nothing is to be learned there, and no unit tells which errors are large: training would end
    near the constant, at a distance that has no measure.

    Parameters
    ----------
    network : Network
        The weights and biases of the outputs of these targets are overwritten.
    samples : Samples
        All training samples, of a regression.
    loss : TaskLoss

    Returns
    -------
    outputs : ndarray of bool
        The outputs of these targets, whose weights are zero now.
    """
    is_constant = (samples.y == samples.y[0]).all(axis=0)
    outputs = np.repeat(is_constant, network.n_outputs // len(is_constant))
    if not outputs.any():
        return outputs
    one = samples.take(np.array([0]))  # the mean of many would be rounded
    biases = _best_biases(network, one, loss)
    outputs &= np.abs(biases) <= np.finfo(network.dtype).max
    network.coefs[-1][:, outputs] = 0
    network.intercepts[-1][outputs] = biases[outputs]
    return outputs


def _before(activation: Activation, values: NDArray[Any]) -> NDArray[Any]:
    """The z nearest to 0 that an activation, which never falls, turns into these values.

    By bisection. Where a value is out of reach, or too near to a bound, another z comes nearest.
    """
    high = _NOT_FLAT + np.abs(values)
    low = -1e6 * high if activation.value(-1e6) < -_NOT_FLAT else -high  # leaky_relu is not flat
    for _ in range(100):
        middle = low + (high - low) / 2
        found = activation.value(middle)
        below = (found < values) | ((found == values) & (middle < 0))
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return high
