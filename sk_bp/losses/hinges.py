"""The hinge losses of support vector machines."""

import numpy as np
from numpy.typing import NDArray

from sk_bp.losses.classification import BinaryLoss, ClassificationLoss, OneVersusRest
from sk_bp.losses.loss import Array
from sk_bp.outputs import IdentityOutput, Output


class MarginLoss(BinaryLoss):
    """A loss of margins: of z for a target of 1, and of -z for 0. It is 0 from a margin of 1 on."""

    output: Output = IdentityOutput()

    def margins(self, raw: Array, y: Array) -> Array:
        """The margin of each raw output, (n_samples, n_outputs)."""
        return np.where(self.ones(y, raw.shape[1]), raw, -raw)


class BinaryHinge(MarginLoss):
    """The hinge loss of 0/1 targets, summed over the outputs."""

    core_name = "binary_hinge"

    def of_ones(self, raw: Array) -> Array:
        return np.maximum(0, 1 - raw)

    def best_constant(self, y: Array, weight: Array | None, n_outputs: int) -> Array:
        return np.where(self.rates(y, weight, n_outputs) > 0.5, 1.0, -1.0)

    def rounded_terms(self, raw: Array, y: Array) -> Array:
        return (1 + np.abs(raw)).sum(axis=1)

    def sides(self, raw: Array, y: Array) -> NDArray[np.bool_]:
        return self.margins(raw, y) > 1


class CategoricalHinge(OneVersusRest, BinaryHinge):
    """The hinge loss of each class against the others, the target being a class number."""

    core_name = "categorical_hinge"


class BinarySquaredHinge(MarginLoss):
    """The squared hinge loss of 0/1 targets, summed over the outputs."""

    core_name = "binary_squared_hinge"

    def of_ones(self, raw: Array) -> Array:
        return np.square(np.maximum(0, 1 - raw))

    def best_constant(self, y: Array, weight: Array | None, n_outputs: int) -> Array:
        return 2 * self.rates(y, weight, n_outputs) - 1

    def rounded_terms(self, raw: Array, y: Array) -> Array:
        lacks = np.maximum(0, 1 - self.margins(raw, y))
        return (2 * lacks * (1 + np.abs(raw))).sum(axis=1)


class CategoricalSquaredHinge(OneVersusRest, BinarySquaredHinge):
    """The squared hinge loss of each class against the others; the target is a class number."""

    core_name = "categorical_squared_hinge"


class Hinge(ClassificationLoss):
    """The hinge loss, max(0, 1 - m), with the margin m = z for the target 1 and -z for 0.

    The loss of support vector machines. Samples that are clearly on the right side cost nothing.
    The raw outputs are no log-odds, so that there is no `predict_proba`; `decision_function` gives
    them. Several classes are learned one against the rest, as by scikit-learn's LinearSVC.

    References
    ----------
    Cortes & Vapnik, Support-vector networks, Machine Learning 20, 1995.
    Rifkin & Klautau, In defense of one-vs-all classification, JMLR 5, 2004.

    Examples
    --------
    >>> from sk_bp import BPClassifier
    >>> hasattr(BPClassifier(loss="hinge"), "predict_proba")
    False
    """

    core_name = "hinge"
    binary, categorical = BinaryHinge, CategoricalHinge


class SquaredHinge(ClassificationLoss):
    """The square of the hinge loss, max(0, 1 - m)², which has no kink; see `Hinge`.

    References
    ----------
    Tang, Deep learning using linear support vector machines, arXiv 1306.0239, 2013.
    """

    core_name = "squared_hinge"
    binary, categorical = BinarySquaredHinge, CategoricalSquaredHinge
