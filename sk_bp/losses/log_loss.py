"""The log-loss and the focal loss, whose predictions are probabilities."""

from numbers import Real

import numpy as np
from scipy.special import expit, log_expit, log_softmax, softmax
from sklearn.utils._param_validation import Interval

from sk_bp.losses.classification import BinaryLoss, CategoricalLoss, ClassificationLoss, class_rates
from sk_bp.losses.loss import TINY, Array
from sk_bp.outputs import LogisticOutput, Output, SoftmaxOutput


class BinaryLogLoss(BinaryLoss):
    """The log-loss of 0/1 targets, summed over the outputs."""

    core_name = "binary_log_loss"
    output: Output = LogisticOutput()

    def __init__(self, label_smoothing: float = 0.0) -> None:
        self.label_smoothing = label_smoothing

    def of_ones(self, raw: Array) -> Array:
        return -log_expit(raw)

    def rates(self, y: Array, weight: Array | None, n_outputs: int) -> Array:
        rates = super().rates(y, weight, n_outputs)
        return (1 - self.label_smoothing) * rates + self.label_smoothing / 2


class CategoricalLogLoss(CategoricalLoss):
    """The log-loss of one class out of several, the target being its number."""

    core_name = "categorical_log_loss"
    output: Output = SoftmaxOutput()

    def __init__(self, label_smoothing: float = 0.0) -> None:
        self.label_smoothing = label_smoothing

    def of_classes(self, raw: Array) -> Array:
        losses = -log_softmax(raw)
        return (1 - self.label_smoothing) * losses + self.label_smoothing * losses.mean()

    def best_constant(self, y: Array, weight: Array | None, n_outputs: int) -> Array:
        rates = (1 - self.label_smoothing) * class_rates(y, weight, n_outputs)
        return np.log(np.maximum(rates + self.label_smoothing / n_outputs, TINY))


class LogLoss(ClassificationLoss):
    """The log-loss (cross-entropy): minus the logarithm of the target's probability.

    Parameters
    ----------
    label_smoothing : float, default=0.0
        The share s of each target, in [0, 1), that is given to all classes equally: with K classes
        the target's probability should be 1 - s + s / K, that of every other class s / K. With
        two classes and for labels K is 2. It keeps probabilities from going to 0 and 1, and
        weakens the influence of wrong labels.

    References
    ----------
    Szegedy et al., Rethinking the Inception architecture for computer vision, CVPR 2016, section 7.

    Examples
    --------
    >>> from sk_bp import BPClassifier
    >>> from sk_bp.losses import LogLoss
    >>> clf = BPClassifier((), loss=LogLoss(label_smoothing=0.2), optimizer="lbfgs", alpha=0)
    >>> clf.fit([[0.0], [1.0]], [0, 1]).predict_proba([[0.0], [1.0]]).round(2)
    array([[0.9, 0.1],
           [0.1, 0.9]])
    """

    core_name = "log_loss"
    binary, categorical = BinaryLogLoss, CategoricalLogLoss
    _parameter_constraints = {"label_smoothing": [Interval(Real, 0, 1, closed="left")]}

    def __init__(self, label_smoothing: float = 0.0) -> None:
        self.label_smoothing = label_smoothing


class BinaryFocal(BinaryLoss):
    """The focal loss of 0/1 targets, summed over the outputs."""

    core_name = "binary_focal"
    output: Output = LogisticOutput()

    def __init__(self, gamma: float = 2.0) -> None:
        self.gamma = gamma

    def of_ones(self, raw: Array) -> Array:
        return expit(-raw) ** self.gamma * -log_expit(raw)


class CategoricalFocal(CategoricalLoss):
    """The focal loss of one class out of several, the target being its number."""

    core_name = "categorical_focal"
    output: Output = SoftmaxOutput()

    def __init__(self, gamma: float = 2.0) -> None:
        self.gamma = gamma

    def of_classes(self, raw: Array) -> Array:
        shares = softmax(raw)
        others = shares @ (1 - np.eye(len(raw)))  # 1 - shares, without cancellation
        return others**self.gamma * -log_softmax(raw)


class Focal(ClassificationLoss):
    """The focal loss: the log-loss times (1 - p)^gamma, p being the target's probability.

    Samples that are classified well count less, so that rare and difficult ones are not outvoted.
    The alpha of the paper, a weight of the classes, is `class_weight`. Probabilities are drawn
    towards 1/2 compared with those of the log-loss: calibrate them if you need more than their
    order.

    Parameters
    ----------
    gamma : float, default=2.0
        How strongly samples that are classified well are left aside, at least 0; 0 is the log-loss.

    References
    ----------
    Lin, Goyal, Girshick, He & Dollar, Focal loss for dense object detection, ICCV 2017.

    Examples
    --------
    >>> from sk_bp import BPClassifier
    >>> from sk_bp.losses import Focal
    >>> BPClassifier(loss=Focal(gamma=1.5)).get_params()["loss__gamma"]
    1.5
    """

    core_name = "focal"
    binary, categorical = BinaryFocal, CategoricalFocal
    _parameter_constraints = {"gamma": [Interval(Real, 0, None, closed="left")]}

    def __init__(self, gamma: float = 2.0) -> None:
        self.gamma = gamma
