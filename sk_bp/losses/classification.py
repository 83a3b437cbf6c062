"""What the losses of classifiers share: 0/1 targets, and one class out of several."""

from abc import abstractmethod

import numpy as np
from numpy.typing import NDArray

from sk_bp.losses.loss import TINY, Array, Loss, TaskLoss


class ClassificationLoss(Loss):
    """A loss for labels: one form serves 0/1 targets, another one class out of several.

    Attributes
    ----------
    binary, categorical : type
        The two forms, which have the same parameters.
    """

    tasks = ("binary", "multiclass", "multilabel")
    binary: type[TaskLoss]
    categorical: type[TaskLoss]

    def for_task(self, task: str) -> TaskLoss:
        form = self.categorical if task == "multiclass" else self.binary
        return form(**self.get_params(deep=False))


class BinaryLoss(TaskLoss):
    """A loss of 0/1 targets, summed over the outputs.

    It is the same for a target of 0 as for a target of 1 with the opposite raw output.
    """

    @abstractmethod
    def of_ones(self, raw: Array) -> Array:
        """The loss of each raw output for a target of 1."""

    def of_constant(self, raw: Array, y: Array, weight: Array | None) -> float:
        rates = self.rates(y, weight, len(raw))
        return float((rates * self.of_ones(raw) + (1 - rates) * self.of_ones(-raw)).sum())

    def best_constant(self, y: Array, weight: Array | None, n_outputs: int) -> Array:
        rates = self.rates(y, weight, n_outputs)
        return np.log(np.maximum(rates, TINY)) - np.log(np.maximum(1 - rates, TINY))

    def rounded_terms(self, raw: Array, y: Array) -> Array:
        return np.abs(raw).sum(axis=1)

    def rates(self, y: Array, weight: Array | None, n_outputs: int) -> Array:
        """The share of ones among the targets of each output."""
        return np.average(y, axis=0, weights=weight)

    def ones(self, y: Array, n_outputs: int) -> NDArray[np.bool_]:
        """Where the target of each output is 1, (n_samples, n_outputs)."""
        return y > 0


class OneVersusRest(BinaryLoss):
    """A loss of 0/1 targets where y is a class number: 1 for the class's output, 0 for others."""

    def rates(self, y: Array, weight: Array | None, n_outputs: int) -> Array:
        return class_rates(y, weight, n_outputs)

    def ones(self, y: Array, n_outputs: int) -> NDArray[np.bool_]:
        return y == np.arange(n_outputs)


class CategoricalLoss(TaskLoss):
    """A loss of one class out of several, the target being its number."""

    @abstractmethod
    def of_classes(self, raw: Array) -> Array:
        """The loss for each class as the target, from the raw outputs of one sample."""

    def of_constant(self, raw: Array, y: Array, weight: Array | None) -> float:
        return float(class_rates(y, weight, len(raw)) @ self.of_classes(raw))

    def best_constant(self, y: Array, weight: Array | None, n_outputs: int) -> Array:
        return np.log(np.maximum(class_rates(y, weight, n_outputs), TINY))

    def rounded_terms(self, raw: Array, y: Array) -> Array:
        return np.abs(raw).sum(axis=1)


def class_rates(y: Array, weight: Array | None, n_classes: int) -> Array:
    """The share of each class among class numbers, (n_samples, 1)."""
    totals = np.bincount(y[:, 0].astype(np.intp), weights=weight, minlength=n_classes)
    return totals / totals.sum()
