"""Output activations: from raw outputs to predictions.

===========  ===========================  =======================
name         prediction                   its logarithm
===========  ===========================  =======================
identity     z                            none
logistic     1 / (1 + exp(-z))            -log(1 + exp(-z))
softmax      exp(z_j) / sum_k exp(z_k)    z_j - log sum_k exp z_k
exponential  exp(z)                       none
sorted       the z of a sample, sorted    none
===========  ===========================  =======================

Predictions are computed in ``_core/outputs.hpp``; logarithms by SciPy, from raw outputs, so that
they are finite where the probability rounds to zero.
"""

from abc import abstractmethod

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_expit, log_softmax

from sk_bp.values import Value


class Output(Value):
    """An output activation.

    Attributes
    ----------
    gives_probabilities : bool
        Whether predictions are probabilities.
    """

    gives_probabilities: bool = False

    def logarithm(self, raw: NDArray[np.floating]) -> NDArray[np.floating]:
        """The logarithm of the predictions, from raw outputs of shape (n_samples, n_outputs)."""
        raise TypeError(f"{self.core_name} outputs are not probabilities")

    @abstractmethod
    def raw_of_mean(self, raw: NDArray[np.floating]) -> NDArray[np.floating]:
        """The raw outputs that stand for the mean of several networks' predictions.

        Parameters
        ----------
        raw : ndarray of shape (n_networks, n_samples, n_outputs)
            Raw outputs of the networks.

        Returns
        -------
        raw_of_mean : ndarray of shape (n_samples, n_outputs)
        """


class IdentityOutput(Output):
    """The raw outputs themselves."""

    core_name = "identity"

    def raw_of_mean(self, raw: NDArray[np.floating]) -> NDArray[np.floating]:
        return raw.mean(axis=0, dtype=np.float64)


class LogisticOutput(Output):
    """A probability for each output by itself."""

    core_name = "logistic"
    gives_probabilities = True

    def logarithm(self, raw: NDArray[np.floating]) -> NDArray[np.floating]:
        return log_expit(raw)

    def raw_of_mean(self, raw: NDArray[np.floating]) -> NDArray[np.floating]:
        return np.logaddexp.reduce(log_expit(raw)) - np.logaddexp.reduce(log_expit(-raw))


class SoftmaxOutput(Output):
    """Probabilities that sum to 1."""

    core_name = "softmax"
    gives_probabilities = True

    def logarithm(self, raw: NDArray[np.floating]) -> NDArray[np.floating]:
        return log_softmax(raw, axis=1)

    def raw_of_mean(self, raw: NDArray[np.floating]) -> NDArray[np.floating]:
        return np.logaddexp.reduce(log_softmax(raw, axis=2)) - np.log(len(raw))


class ExponentialOutput(Output):
    """A positive mean, whose logarithm is the raw output."""

    core_name = "exponential"

    def raw_of_mean(self, raw: NDArray[np.floating]) -> NDArray[np.floating]:
        return np.logaddexp.reduce(raw.astype(np.float64)) - np.log(len(raw))


class SortedOutput(Output):
    """The raw outputs of a sample in rising order, as quantiles need."""

    core_name = "sorted"

    def raw_of_mean(self, raw: NDArray[np.floating]) -> NDArray[np.floating]:
        return np.sort(raw, axis=2).mean(axis=0, dtype=np.float64)


OUTPUTS: dict[str, type[Output]] = {
    cls.core_name: cls
    for cls in (IdentityOutput, LogisticOutput, SoftmaxOutput, ExponentialOutput, SortedOutput)
}
