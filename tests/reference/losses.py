"""The formulas of the losses, from textbooks and papers, with their derivatives."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_expit, log_softmax, softmax, xlogy

from reference.network import name_and_parameters
from sk_bp import losses as package_losses

OUTPUTS = {
    "identity": lambda z: z,
    "logistic": expit,
    "softmax": lambda z: softmax(z, axis=1),
    "exponential": np.exp,
}


@dataclass(frozen=True)
class LossOracle:
    """A loss for one task.

    `loss` gives that of each sample, from its raw outputs z and its target t, and `derivative`
    its derivative in z; `output_name` names the function from z to the predictions.
    """

    loss: Callable
    derivative: Callable
    output_name: str

    def output(self, z):
        return OUTPUTS[self.output_name](z)


def summed(loss, derivative, output_name):
    """A loss that is a sum over the outputs."""
    return LossOracle(lambda z, t: loss(z, t).sum(axis=1), derivative, output_name)


# ------------------------------------------------------------------ regression


def half_squares():
    return summed(lambda z, t: 0.5 * (z - t) ** 2, lambda z, t: z - t, "identity")


def absolute_error():
    return summed(lambda z, t: abs(z - t), lambda z, t: np.sign(z - t), "identity")


def huber(delta=1.0):
    def loss(z, t):
        size = abs(z - t)
        return np.where(size <= delta, 0.5 * size**2, delta * (size - 0.5 * delta))

    return summed(loss, lambda z, t: np.clip(z - t, -delta, delta), "identity")


def log_cosh():
    return summed(
        lambda z, t: np.log(np.cosh(z - t)),
        lambda z, t: np.tanh(z - t),
        "identity",
    )


def pinball(quantile=0.5):
    """Several quantiles have an output each, and share the target."""
    quantile = np.asarray(quantile)
    return summed(
        lambda z, t: np.where(t > z, quantile * (t - z), (1 - quantile) * (z - t)),
        lambda z, t: np.where(t > z, -quantile, 1 - quantile),
        "identity",
    )


def half_poisson_deviance():
    return summed(
        lambda z, t: np.exp(z) - t + xlogy(t, t) - t * z, lambda z, t: np.exp(z) - t, "exponential"
    )


def half_gamma_deviance():
    return summed(
        lambda z, t: z - np.log(t) + t / np.exp(z) - 1,
        lambda z, t: 1 - t / np.exp(z),
        "exponential",
    )


def half_tweedie_deviance(power=1.5):
    p = power
    return summed(
        lambda z, t: (
            t ** (2 - p) / ((1 - p) * (2 - p))
            - t * np.exp(z) ** (1 - p) / (1 - p)
            + np.exp(z) ** (2 - p) / (2 - p)
        ),
        lambda z, t: np.exp(z) ** (2 - p) - t * np.exp(z) ** (1 - p),
        "exponential",
    )


# ------------------------------------------------------------------ classification


def log_loss_of_bits(label_smoothing=0.0):
    def smoothed(t):
        return (1 - label_smoothing) * t + label_smoothing / 2

    return summed(
        lambda z, t: np.logaddexp(0, z) - smoothed(t) * z,
        lambda z, t: expit(z) - smoothed(t),
        "logistic",
    )


def log_loss_of_classes(label_smoothing=0.0):
    """The targets are one-hot."""

    def smoothed(t):
        return (1 - label_smoothing) * t + label_smoothing / t.shape[1]

    return LossOracle(
        lambda z, t: -(smoothed(t) * log_softmax(z, axis=1)).sum(axis=1),
        lambda z, t: softmax(z, axis=1) - smoothed(t),
        "softmax",
    )


def focal_of_bits(gamma=2.0):
    """By the paper's appendix, with x_t the margin and p_t the target's probability."""

    def loss(z, t):
        x = np.where(t > 0, z, -z)
        return expit(-x) ** gamma * -log_expit(x)

    def derivative(z, t):
        sign = np.where(t > 0, 1, -1)
        p = expit(sign * z)
        return sign * (1 - p) ** gamma * (gamma * p * np.log(p) + p - 1)

    return summed(loss, derivative, "logistic")


def focal_of_classes(gamma=2.0):
    """The targets are one-hot."""

    def loss(z, t):
        p = softmax(z, axis=1)
        return ((1 - p) ** gamma * -log_softmax(z, axis=1) * t).sum(axis=1)

    def derivative(z, t):
        p = softmax(z, axis=1)
        target = (p * t).sum(axis=1, keepdims=True)
        in_target = gamma * (1 - target) ** (gamma - 1) * np.log(target) - (
            (1 - target) ** gamma / target
        )
        return in_target * target * (t - p)

    return LossOracle(loss, derivative, "softmax")


def hinge():
    def derivative(z, t):
        sign = np.where(t > 0, 1, -1)
        return np.where(sign * z < 1, -sign, 0)

    return summed(
        lambda z, t: np.maximum(0, 1 - np.where(t > 0, z, -z)),
        derivative,
        "identity",
    )


def squared_hinge():
    def derivative(z, t):
        sign = np.where(t > 0, 1, -1)
        return -2 * sign * np.maximum(0, 1 - sign * z)

    return summed(
        lambda z, t: np.maximum(0, 1 - np.where(t > 0, z, -z)) ** 2, derivative, "identity"
    )


# A factory for each loss and task; it takes the loss's parameters.
LOSSES = {
    ("log_loss", "binary"): log_loss_of_bits,
    ("log_loss", "multilabel"): log_loss_of_bits,
    ("log_loss", "multiclass"): log_loss_of_classes,
    ("focal", "binary"): focal_of_bits,
    ("focal", "multilabel"): focal_of_bits,
    ("focal", "multiclass"): focal_of_classes,
    **{("hinge", task): hinge for task in ("binary", "multiclass", "multilabel")},
    **{("squared_hinge", task): squared_hinge for task in ("binary", "multiclass", "multilabel")},
    ("squared_error", "regression"): half_squares,
    ("absolute_error", "regression"): absolute_error,
    ("huber", "regression"): huber,
    ("log_cosh", "regression"): log_cosh,
    ("pinball", "regression"): pinball,
    ("poisson", "regression"): half_poisson_deviance,
    ("gamma", "regression"): half_gamma_deviance,
    ("tweedie", "regression"): half_tweedie_deviance,
}


def loss_oracle(loss, task):
    """The oracle of a loss as an estimator takes it."""
    name, parameters = name_and_parameters(package_losses.LOSSES, loss)
    return LOSSES[name, task](**parameters)
