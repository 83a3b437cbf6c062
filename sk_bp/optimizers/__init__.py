"""Optimizers: how a gradient becomes a step.

An optimizer here holds hyperparameters only, never running state: it can be cloned, compared in a
grid search and shared between estimators. One optimizer is one file.

**Rules** make a step for each batch. Their steps are written once, in ``_core/rules``, and serve
dense and sparse input: on sparse input a row of first-layer weights whose column does not occur in
a batch is left alone, and what the skipped steps would have done is made up for, exactly, when the
row is needed again. In the recurrences w is a weight, g its gradient in the current batch, eta the
learning rate of the step, t = 1, 2, ... the number of the step, and p the factor that weights decay
by before each update, 1 - eta (alpha / S + weight_decay), S the sum of the sample weights.

**Minimizers** see all samples at once and choose their steps themselves.

=======================  ========================  ============  ==============================
name                     class                     default rate  memory per weight
=======================  ========================  ============  ==============================
sgd                      `SGD`                     0.01          1 number with momentum, or 0
rmsprop                  `RMSProp`                 0.001         1 (+1 momentum, +1 centered)
adagrad                  `Adagrad`                 0.01          1
adadelta                 `Adadelta`                1.0           2
adam                     `Adam`                    0.001         2
adamw                    `AdamW`                   0.001         2
adamax                   `Adamax`                  0.002         2
amsgrad                  `AMSGrad`                 0.001         3
nadam                    `NAdam`                   0.002         2
radam                    `RAdam`                   0.001         2
lion                     `Lion`                    0.0003        1
prodigy                  `Prodigy`                 1.0           4
rprop                    `Rprop`                   0.01          3; full batch
lbfgs                    `LBFGS`                   none          about 28 float64; full batch
conjugate_gradient       `ConjugateGradient`       none          about 8 float64; full batch
levenberg_marquardt      `LevenbergMarquardt`      none          3 float64 * n_weights
bayesian_regularization  `BayesianRegularization`  none          3 float64 * n_weights
=======================  ========================  ============  ==============================
"""

from sk_bp.optimizers.adadelta import Adadelta
from sk_bp.optimizers.adagrad import Adagrad
from sk_bp.optimizers.adam import Adam, AdamW
from sk_bp.optimizers.adamax import Adamax
from sk_bp.optimizers.amsgrad import AMSGrad
from sk_bp.optimizers.bayesian_regularization import BayesianRegularization
from sk_bp.optimizers.conjugate_gradient import ConjugateGradient
from sk_bp.optimizers.lbfgs import LBFGS
from sk_bp.optimizers.levenberg_marquardt import LevenbergMarquardt
from sk_bp.optimizers.lion import Lion
from sk_bp.optimizers.minimizer import Minimizer
from sk_bp.optimizers.nadam import NAdam
from sk_bp.optimizers.optimizer import Optimizer
from sk_bp.optimizers.prodigy import Prodigy
from sk_bp.optimizers.radam import RAdam
from sk_bp.optimizers.rmsprop import RMSProp
from sk_bp.optimizers.rprop import Rprop
from sk_bp.optimizers.rule import Rule
from sk_bp.optimizers.sgd import SGD

# Make a step for each batch.
BY_BATCH: dict[str, type[Rule]] = {
    "sgd": SGD,
    "rmsprop": RMSProp,
    "adagrad": Adagrad,
    "adadelta": Adadelta,
    "adam": Adam,
    "adamw": AdamW,
    "adamax": Adamax,
    "amsgrad": AMSGrad,
    "nadam": NAdam,
    "radam": RAdam,
    "lion": Lion,
    "prodigy": Prodigy,
}

# Take all samples at once.
FULL_BATCH: dict[str, type[Optimizer]] = {
    "rprop": Rprop,
    "lbfgs": LBFGS,
    "conjugate_gradient": ConjugateGradient,
    "levenberg_marquardt": LevenbergMarquardt,
    "bayesian_regularization": BayesianRegularization,
}

OPTIMIZERS: dict[str, type[Optimizer]] = {**BY_BATCH, **FULL_BATCH}

__all__ = [
    "BY_BATCH",
    "FULL_BATCH",
    "LBFGS",
    "OPTIMIZERS",
    "SGD",
    "AMSGrad",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "BayesianRegularization",
    "ConjugateGradient",
    "LevenbergMarquardt",
    "Lion",
    "Minimizer",
    "NAdam",
    "Optimizer",
    "Prodigy",
    "RAdam",
    "RMSProp",
    "Rprop",
    "Rule",
]
