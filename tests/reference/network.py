"""A multilayer network, forward and back, one layer after the other."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtr

from sk_bp import activations as package_activations


@dataclass(frozen=True)
class ActivationOracle:
    """What a unit makes of its input z, and the derivative."""

    value: Callable
    derivative: Callable


def elu(alpha=1.0, scale=1.0):
    return ActivationOracle(
        lambda z: scale * np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0))),
        lambda z: scale * np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0))),
    )


def gelu():
    def density(z):
        return np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)

    return ActivationOracle(lambda z: z * ndtr(z), lambda z: ndtr(z) + z * density(z))


def mish():
    """The derivative of tanh is 1 / cosh²."""

    def softplus(z):
        return np.logaddexp(0, z)

    return ActivationOracle(
        lambda z: z * np.tanh(softplus(z)),
        lambda z: np.tanh(softplus(z)) + z * expit(z) / np.cosh(np.minimum(softplus(z), 300)) ** 2,
    )


# A factory for each name; it takes the activation's parameters.
ACTIVATIONS = {
    "identity": lambda: ActivationOracle(lambda z: z, np.ones_like),
    "logistic": lambda: ActivationOracle(expit, lambda z: expit(z) * expit(-z)),
    "tanh": lambda: ActivationOracle(np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "relu": lambda: ActivationOracle(lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(z.dtype)),
    "leaky_relu": lambda slope=0.01: ActivationOracle(
        lambda z: np.where(z > 0, z, slope * z), lambda z: np.where(z > 0, 1.0, slope)
    ),
    "elu": elu,
    "selu": lambda: elu(1.67326324235437728, 1.05070098735548049),
    "softplus": lambda: ActivationOracle(lambda z: np.logaddexp(0, z), expit),
    "softsign": lambda: ActivationOracle(
        lambda z: z / (1 + abs(z)), lambda z: 1 / (1 + abs(z)) ** 2
    ),
    "hard_sigmoid": lambda: ActivationOracle(
        lambda z: np.clip((z + 3) / 6, 0, 1), lambda z: np.where(abs(z) < 3, 1 / 6, 0.0)
    ),
    "gelu": gelu,
    "mish": mish,
    "silu": lambda: ActivationOracle(
        lambda z: z * expit(z), lambda z: expit(z) * (1 + z * expit(-z))
    ),
}


def name_and_parameters(registry, given):
    """Of what an estimator takes: a name in a registry, or an instance of a class in it.

    To a name belong the default parameters, which the oracle knows by itself.
    """
    if isinstance(given, str):
        return given, {}
    name = next(name for name, cls in registry.items() if type(given) is cls)
    return name, given.get_params()


def activation_oracle(activation):
    """The oracle of an activation as an estimator takes it."""
    name, parameters = name_and_parameters(package_activations.ACTIVATIONS, activation)
    return ACTIVATIONS[name](**parameters)


def forward(coefs, intercepts, activations, X, masks=None):
    """The values before (z) and after (a) the activation of each layer; a[0] is X.

    masks[l] multiplies a[l], the inputs of layer l. The loss reads the last a, which is the last z,
    as the output activation belongs to the loss, unless there are as many activations as layers.
    """
    a, z = [X], []
    of_layers = [*activations, ACTIVATIONS["identity"]()][: len(coefs)]
    for layer, (W, b, activation) in enumerate(zip(coefs, intercepts, of_layers, strict=True)):
        if masks is not None:
            a[-1] = a[-1] * masks[layer]
        z.append(a[-1] @ W + b)
        a.append(activation.value(z[-1]))
    return z, a


def loss_of(coefs, intercepts, activations, loss, X, T, weight):
    """The weighted sum of the losses."""
    _, a = forward(coefs, intercepts, activations, X)
    return float(weight @ loss.loss(a[-1], T))


def loss_and_gradient(coefs, intercepts, activations, loss, X, T, weight, masks=None):
    """`loss_of` and its gradient in the weights and in the biases of each layer."""
    z, a = forward(coefs, intercepts, activations, X, masks)
    total = float(weight @ loss.loss(a[-1], T))
    delta = loss.derivative(a[-1], T) * weight[:, None]
    if len(activations) == len(coefs):
        delta = delta * activations[-1].derivative(z[-1])
    in_coefs, in_intercepts = [None] * len(coefs), [None] * len(coefs)
    for layer in reversed(range(len(coefs))):
        in_coefs[layer] = a[layer].T @ delta
        in_intercepts[layer] = delta.sum(axis=0)
        if layer > 0:
            slope = activations[layer - 1].derivative(z[layer - 1])
            delta = (delta @ coefs[layer].T) * slope
            if masks is not None:
                delta *= masks[layer]
    return total, in_coefs, in_intercepts
