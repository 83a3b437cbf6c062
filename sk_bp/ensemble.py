"""An ensemble: several networks, each trained by itself, whose predictions are averaged."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sk_bp.model import Model
from sk_bp.network import Network
from sk_bp.outputs import Output
from sk_bp.run import Run
from sk_bp.samples import CSR
from sk_bp.state import State


class Ensemble(Model):
    """Several training runs, whose networks predict together.

    Parameters
    ----------
    members : sequence of Run
        At least one, all with the same layers.
    """

    def __init__(self, members: Sequence[Run]) -> None:
        self._members = list(members)

    @property
    def members(self) -> list[Run]:
        """The training runs."""
        return self._members

    @property
    def network(self) -> Network:
        raise self.refusal()

    @property
    def layers(self) -> Network:
        return self.members[0].layers

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the weights."""
        return self.members[0].dtype

    def outputs(self, X: NDArray[Any] | CSR, output: Output | None = None) -> NDArray[Any]:
        """The outputs for samples that have been checked.

        Parameters
        ----------
        X : ndarray or CSR of shape (n_samples, n_features)
            Of the networks' dtype.
        output : Output, default=None
            None means the mean of the networks' outputs. Another one, the identity, means the raw
            outputs that this mean stands for.

        Returns
        -------
        outputs : ndarray of shape (n_samples, n_outputs)
        """
        of_each = np.stack([member.outputs(X, output) for member in self.members])
        if output is not None:
            return self.layers.output.raw_of_mean(of_each).astype(self.dtype)
        return of_each.mean(axis=0, dtype=np.float64).astype(self.dtype)

    @property
    def history(self) -> dict[str, list[Any]]:
        """The epochs of all networks; the list "model" tells them apart."""
        return joined(dict(enumerate(member.history for member in self.members)), "model")

    @property
    def loss(self) -> float:
        """The mean of the networks' losses."""
        return float(np.mean([member.loss for member in self.members]))

    @property
    def state(self) -> State:
        """The state of the network that has made most epochs."""
        return max((member.state for member in self.members), key=lambda state: state.n_epochs)

    def refusal(self) -> AttributeError:
        """The error for what a single network has, and an ensemble has not."""
        return AttributeError(
            f"this is an ensemble of {len(self.members)} networks (n_models), each with weights "
            "and a record of its own: see estimators_, such as estimators_[0].coefs_"
        )


def joined(histories: Mapping[int, dict[str, list[Any]]], label: str) -> dict[str, list[Any]]:
    """All epochs of several histories in one.

    Parameters
    ----------
    histories : dict of int to dict of list
        By number.
    label : str
        The name of the list that holds the number of each epoch's history.

    Returns
    -------
    history : dict of list
        With NaN where a history does not have what others have.

    Examples
    --------
    >>> from sk_bp.ensemble import joined
    >>> joined({0: {"loss": [3.0, 2.0]}, 1: {"loss": [1.0]}}, "model")
    {'loss': [3.0, 2.0, 1.0], 'model': [0, 0, 1]}
    """
    names = dict.fromkeys(name for history in histories.values() for name in history)
    history: dict[str, list[Any]] = {name: [] for name in names}
    history[label] = []
    for number, part in histories.items():
        n_epochs = len(part["loss"])
        for name in names:
            history[name].extend(part.get(name, [np.nan] * n_epochs))
        history[label].extend([number] * n_epochs)
    return history
