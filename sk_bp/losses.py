"""Losses: what the network is trained to make small.

=============  ===========  ======================================  ====================
name           task         loss of one sample                      output activation
=============  ===========  ======================================  ====================
log_loss       binary       log(1 + exp(z)) - y z                   logistic
log_loss       multiclass   log(sum_j exp(z_j)) - z_y               softmax
log_loss       multilabel   sum_j [log(1 + exp(z_j)) - y_j z_j]     logistic
squared_error  regression   1/2 sum_j (z_j - y_j)²                  identity
=============  ===========  ======================================  ====================

z are the raw outputs of the last layer. Losses and derivatives are computed in
``_core/losses.hpp``, from z, so that no logarithm of a rounded probability is taken.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class TaskLoss:
    """A loss as one kind of task uses it.

    Parameters
    ----------
    core_name : str
        Its name in the core.
    output : str
        The output activation: "identity", "logistic" or "softmax".

    Examples
    --------
    >>> from sk_bp.losses import LOSSES
    >>> LOSSES["log_loss"]["multiclass"]
    TaskLoss(core_name='categorical_log_loss', output='softmax')
    """

    core_name: str
    output: str

    def at_zero(self, y, weight, n_outputs):
        """The mean loss of a network whose raw outputs are all zero.

        The scale of the problem, beside which a loss is judged to have exploded.

        Parameters
        ----------
        y : ndarray of shape (n_samples, width)
            Encoded targets.
        weight : ndarray of shape (n_samples,) or None
            Sample weights.
        n_outputs : int
            Number of raw outputs.

        Returns
        -------
        loss : float
        """
        if self.core_name == "categorical_log_loss":
            return float(np.log(n_outputs))
        if self.core_name == "binary_log_loss":
            return float(n_outputs * np.log(2))
        half_squares = 0.5 * np.einsum("ij,ij->i", y, y, dtype=np.float64)
        return float(np.average(half_squares, weights=weight))


LOSSES = {
    "log_loss": {
        "binary": TaskLoss("binary_log_loss", "logistic"),
        "multiclass": TaskLoss("categorical_log_loss", "softmax"),
        "multilabel": TaskLoss("binary_log_loss", "logistic"),
    },
    "squared_error": {"regression": TaskLoss("squared_error", "identity")},
}


def losses_for(*tasks):
    """The names of the losses that serve all these tasks.

    Parameters
    ----------
    *tasks : str
        "binary", "multiclass", "multilabel" or "regression".

    Returns
    -------
    names : set of str

    Examples
    --------
    >>> from sk_bp.losses import losses_for
    >>> losses_for("regression")
    {'squared_error'}
    """
    return {name for name, by_task in LOSSES.items() if all(task in by_task for task in tasks)}
