"""What the package needs to know about a loss."""

from abc import abstractmethod

import numpy as np
from numpy.typing import NDArray

from sk_bp.outputs import Output
from sk_bp.values import Value

Array = NDArray[np.floating]

TINY = 1e-300  # what a logarithm is taken of, instead of 0
_ROUNDING = 1e-24  # the variance that rounding gives to a constant, relative to its square


class Loss(Value):
    """A loss, as the user chooses it.

    Attributes
    ----------
    tasks : tuple of str
        What it can be used for: "binary", "multiclass", "multilabel", "regression".

    Examples
    --------
    >>> from sk_bp.losses import LOSSES
    >>> LOSSES["log_loss"]().for_task("multiclass").output
    SoftmaxOutput()
    """

    tasks: tuple[str, ...]

    @abstractmethod
    def for_task(self, task: str) -> "TaskLoss":
        """The loss as one kind of task uses it."""


class TaskLoss(Value):
    """A loss as one kind of task uses it; what the core computes.

    Attributes
    ----------
    output : Output
        The output activation that belongs to it.
    outputs_per_target : int
        How many raw outputs the network needs for each column of y.
    positive_only : bool
        Whether negative targets have no loss.
    """

    output: Output
    outputs_per_target: int = 1
    positive_only: bool = False

    def check_targets(self, y: Array, name: str = "y") -> None:
        """Raise ValueError that names the first target for which there is no loss.

        Parameters
        ----------
        y : ndarray of shape (n_samples,) or (n_samples, n_targets)
            Targets in the user's form.
        name : str, default="y"
            Its name in the message.
        """

    @abstractmethod
    def of_constant(self, raw: Array, y: Array, weight: Array | None) -> float:
        """The mean loss of a network that gives every sample the same raw outputs.

        Parameters
        ----------
        raw : ndarray of shape (n_outputs,)
            The raw outputs.
        y : ndarray of shape (n_samples, width)
            Encoded targets.
        weight : ndarray of shape (n_samples,) or None
            Sample weights.
        """

    @abstractmethod
    def best_constant(self, y: Array, weight: Array | None, n_outputs: int) -> Array:
        """The raw outputs of a network that predicts the same for every sample, and does it well.

        It is the constant that minimizes the loss where there is a formula for it, else the mean or
        the base rates.
        """

    @abstractmethod
    def rounded_terms(self, raw: Array, y: Array) -> Array:
        """The size of the terms whose rounding errors enter each sample's loss, (n_samples,)."""

    def in_units(self, unit: float) -> "tuple[TaskLoss, float] | None":
        """The same loss of targets and outputs divided by a unit.

        Parameters
        ----------
        unit : float
            Positive.

        Returns
        -------
        loss : TaskLoss
        factor : float
            What its values are multiplied by to be those of this loss. In place of both, None, if
            the loss is not of such a form.
        """
        return None

    def sides(self, raw: Array, y: Array) -> NDArray[np.bool_] | None:
        """On which side of the loss's kink each raw output, (n_samples, n_outputs), lies.

        None if the derivative of the loss has no jump.
        """
        return None

    def at_zero(self, y: Array, weight: Array | None, n_outputs: int) -> float:
        """The mean loss of a network whose raw outputs are all zero.

        Training ends if the loss grows to a large multiple of it.
        """
        return self.of_constant(np.zeros(n_outputs), y, weight)

    def scale(self, y: Array, weight: Array | None, n_outputs: int) -> float:
        """The mean loss of the best constant prediction, the unit of all tolerances.

        If that is zero or not finite, it is the loss at zero outputs; if that is too, it is 1.
        """
        best = self.of_constant(self.best_constant(y, weight, n_outputs), y, weight)
        at_zero = self.at_zero(y, weight, n_outputs)
        if np.isfinite(best) and best > _ROUNDING * at_zero:
            return best
        return at_zero if np.isfinite(at_zero) and at_zero > 0 else 1.0
