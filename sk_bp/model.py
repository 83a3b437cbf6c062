"""A model: a network that predicts."""

import math
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sk_bp._core import _core
from sk_bp.endings import Ending
from sk_bp.losses import TaskLoss
from sk_bp.network import Network
from sk_bp.outputs import Output
from sk_bp.samples import CSR, Samples, consecutive, in_float64
from sk_bp.saved import Saved
from sk_bp.scaling import Scaling


class Model(Saved):
    """A network that predicts; a plain model has weights that were assigned, not trained.

    Parameters
    ----------
    network : Network

    Attributes
    ----------
    scaling : Scaling or None
        The units that the network is trained in; None means those of the user.
    """

    scaling: Scaling | None = None

    def __init__(self, network: Network) -> None:
        self._network = network

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        if isinstance(state.get("ending"), Ending):
            state["ending"] = state["ending"].name  # skops knows no enumerations
        return state

    def _check_saved(self) -> None:
        ending = vars(self).get("ending")
        if ending is not None:
            vars(self)["ending"] = Ending[ending]

    @property
    def network(self) -> Network:
        """The network, up to date."""
        return self._network

    @property
    def trained(self) -> Network:
        """The network, up to date, in the units that it is trained in."""
        return self.network

    @property
    def layers(self) -> Network:
        """The same network, for what does not change: its weights need not be up to date."""
        return self._network

    @property
    def members(self) -> list[Any]:
        """The models whose predictions are averaged: of a single network, itself."""
        return [self]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the weights."""
        return self._network.dtype

    def _network_for(self, X: Any) -> AbstractContextManager[tuple[Network, Any]]:
        """A network that is up to date in the columns of X, and X in the form that it reads.

        Inside the block, no other thread changes it.
        """
        return nullcontext((self._network, X))

    def mean_loss(self, samples: Samples, loss: TaskLoss) -> float:
        """The mean loss of samples in the units that the network is trained in."""
        y, weight = samples.y, samples.weight
        with self._network_for(samples.X) as (network, X):
            total = math.fsum(
                _core.total_loss(
                    network,
                    consecutive(X, part),
                    y[part],
                    None if weight is None else weight[part],
                    loss,
                )
                for part in network.slices(X)
            )
        return total / samples.weight_sum

    def outputs(self, X: NDArray[Any] | CSR, output: Output | None = None) -> NDArray[Any]:
        """The outputs for samples that have been checked.

        Parameters
        ----------
        X : ndarray or CSR of shape (n_samples, n_features)
            Of the network's dtype.
        output : Output, default=None
            The output activation; None means the network's own.

        Returns
        -------
        outputs : ndarray of shape (n_samples, n_outputs)

        Raises
        ------
        ValueError
            If the outputs overflow even when they are computed in float64.
        """
        with self._network_for(X) as (network, X):
            outputs = network.predict(X, output)
            if np.isfinite(outputs).all():
                return outputs
            network = network.copy(np.float64)
        with np.errstate(over="ignore"):
            outputs = network.predict(in_float64(X), output).astype(self.dtype)
        return check_outputs(outputs)


def check_outputs(outputs: NDArray[Any]) -> NDArray[Any]:
    """Return outputs for X; ValueError if they have overflowed."""
    if not np.isfinite(outputs).all():
        advice = "" if outputs.dtype == np.float64 else ", or train on float64"
        raise ValueError(
            f"the outputs for X are not finite in {outputs.dtype}: X holds values far beyond those "
            f"of the training; check X{advice}"
        )
    return outputs
