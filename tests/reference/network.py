"""A multilayer network, forward and back, one layer after the other."""

import numpy as np
from scipy.special import expit, log_softmax, softmax

# By name: each takes the activation's parameters, and gives value and derivative.
ACTIVATIONS = {
    "identity": lambda: (lambda z: z, np.ones_like),
    "logistic": lambda: (expit, lambda z: expit(z) * expit(-z)),
    "tanh": lambda: (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "leaky_relu": lambda slope=0.01: (
        lambda z: np.where(z > 0, z, slope * z),
        lambda z: np.where(z > 0, 1.0, slope),
    ),
    "silu": lambda: (
        lambda z: z * expit(z),
        lambda z: expit(z) * (1 + z * expit(-z)),
    ),
    "relu": lambda: (lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(z.dtype)),
}


def activation_oracle(activation):
    """Value and derivative of an activation given by name or as an instance."""
    if isinstance(activation, str):
        return ACTIVATIONS[activation]()
    return ACTIVATIONS[activation.core_name](**activation.get_params())


def loss_oracle(loss, task):
    """The oracle of a loss given as an instance."""
    return LOSSES[loss.core_name, task](**loss.get_params())


class TaskOracle:
    """A loss: of one sample, from its raw outputs z and its target t, and its derivative."""

    def __init__(self, loss, derivative, output):
        self.loss, self.derivative, self.output = loss, derivative, output


def _log_loss_of_bits(z, t):
    return (np.logaddexp(0, z) - t * z).sum(axis=1)


# By loss and task: each takes the loss's parameters. The targets of "multiclass" are one-hot.
LOSSES = {
    ("log_loss", "binary"): lambda: TaskOracle(_log_loss_of_bits, lambda z, t: expit(z) - t, expit),
    ("log_loss", "multilabel"): lambda: TaskOracle(
        _log_loss_of_bits, lambda z, t: expit(z) - t, expit
    ),
    ("log_loss", "multiclass"): lambda: TaskOracle(
        lambda z, t: -(t * log_softmax(z, axis=1)).sum(axis=1),
        lambda z, t: softmax(z, axis=1) - t,
        lambda z: softmax(z, axis=1),
    ),
    ("huber", "regression"): lambda delta: TaskOracle(
        lambda z, t: np.where(
            abs(z - t) <= delta, 0.5 * (z - t) ** 2, delta * (abs(z - t) - 0.5 * delta)
        ).sum(axis=1),
        lambda z, t: np.clip(z - t, -delta, delta),
        lambda z: z,
    ),
    ("squared_error", "regression"): lambda: TaskOracle(
        lambda z, t: 0.5 * ((z - t) ** 2).sum(axis=1), lambda z, t: z - t, lambda z: z
    ),
}


def forward(coefs, intercepts, activations, X):
    """The values before (z) and after (a) the activation of each layer; a[0] is X."""
    a, z = [X], []
    for W, b, name in zip(coefs, intercepts, (*activations, "identity"), strict=True):
        z.append(a[-1] @ W + b)
        a.append(activation_oracle(name)[0](z[-1]))
    return z, a


def loss_of(coefs, intercepts, activations, loss, X, T, weight):
    """The weighted sum of the losses."""
    z, _ = forward(coefs, intercepts, activations, X)
    return float(weight @ loss.loss(z[-1], T))


def loss_and_gradient(coefs, intercepts, activations, oracle, X, T, weight):
    """`loss_of` and its gradient in the weights and in the biases of each layer."""
    z, a = forward(coefs, intercepts, activations, X)
    loss = float(weight @ oracle.loss(z[-1], T))
    delta = oracle.derivative(z[-1], T) * weight[:, None]
    in_coefs, in_intercepts = [None] * len(coefs), [None] * len(coefs)
    for layer in reversed(range(len(coefs))):
        in_coefs[layer] = a[layer].T @ delta
        in_intercepts[layer] = delta.sum(axis=0)
        if layer > 0:
            slope = activation_oracle(activations[layer - 1])[1](z[layer - 1])
            delta = (delta @ coefs[layer].T) * slope
    return loss, in_coefs, in_intercepts
