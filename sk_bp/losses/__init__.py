"""Losses: what training minimizes.

==============  ===============  ===========  ====================================  ===========
name            class            task         loss of one sample                    output
==============  ===============  ===========  ====================================  ===========
log_loss        `LogLoss`        binary       log(1 + exp(z)) - y z                 logistic
log_loss        `LogLoss`        multiclass   log(sum_j exp(z_j)) - z_y             softmax
log_loss        `LogLoss`        multilabel   sum_j [log(1 + exp(z_j)) - y_j z_j]   logistic
focal           `Focal`          binary       (1 - p)^gamma times the log-loss, p   logistic
focal           `Focal`          multiclass   being the target's probability        softmax
focal           `Focal`          multilabel   the same, summed over the labels      logistic
hinge           `Hinge`          binary       max(0, 1 - m), m = z or -z            identity
hinge           `Hinge`          multiclass   its sum over the classes              identity
hinge           `Hinge`          multilabel   its sum over the labels               identity
squared_hinge   `SquaredHinge`   binary       max(0, 1 - m)², m = z or -z           identity
squared_hinge   `SquaredHinge`   multiclass   its sum over the classes              identity
squared_hinge   `SquaredHinge`   multilabel   its sum over the labels               identity
squared_error   `SquaredError`   regression   1/2 sum_j (z_j - y_j)²                identity
absolute_error  `AbsoluteError`  regression   sum_j |z_j - y_j|                     identity
huber           `Huber`          regression   squared up to delta, linear beyond    identity
log_cosh        `LogCosh`        regression   sum_j log cosh(z_j - y_j)             identity
pinball         `Pinball`        regression   absolute, with a weight on each side  identity
poisson         `Poisson`        regression   half the Poisson deviance             exponential
gamma           `Gamma`          regression   half the gamma deviance               exponential
tweedie         `Tweedie`        regression   half the Tweedie deviance             exponential
==============  ===============  ===========  ====================================  ===========

z are the outputs of the last layer. Losses and derivatives are computed in ``_core/losses/``,
from z, so that no logarithm of a rounded probability is taken. docs/losses.md says which to choose.
"""

from sk_bp.losses.classification import ClassificationLoss
from sk_bp.losses.deviances import Deviance, Gamma, Poisson, Tweedie
from sk_bp.losses.hinges import Hinge, SquaredHinge
from sk_bp.losses.log_loss import Focal, LogLoss
from sk_bp.losses.loss import Loss, TaskLoss
from sk_bp.losses.pinball import Pinball
from sk_bp.losses.registry import LOSSES, losses_for
from sk_bp.losses.regression import (
    AbsoluteError,
    ErrorLoss,
    Huber,
    LogCosh,
    RegressionLoss,
    SquaredError,
)

__all__ = [
    "LOSSES",
    "AbsoluteError",
    "ClassificationLoss",
    "Deviance",
    "ErrorLoss",
    "Focal",
    "Gamma",
    "Hinge",
    "Huber",
    "LogCosh",
    "LogLoss",
    "Loss",
    "Pinball",
    "Poisson",
    "RegressionLoss",
    "SquaredError",
    "SquaredHinge",
    "TaskLoss",
    "Tweedie",
    "losses_for",
]
