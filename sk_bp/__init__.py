"""Back-propagation neural networks as scikit-learn estimators."""

from importlib.metadata import version as _version

from sk_bp.estimators import BPClassifier, BPRegressor
from sk_bp.optimizers import (
    LBFGS,
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    AMSGrad,
    BayesianRegularization,
    ConjugateGradient,
    LevenbergMarquardt,
    Lion,
    NAdam,
    Optimizer,
    RAdam,
    RMSProp,
    Rprop,
)
from sk_bp.schedules import ConstantRate, ExponentialDecay, Schedule

__version__ = _version("sk_bp")

__all__ = [
    "LBFGS",
    "SGD",
    "AMSGrad",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "BPClassifier",
    "BPRegressor",
    "BayesianRegularization",
    "ConjugateGradient",
    "ConstantRate",
    "ExponentialDecay",
    "LevenbergMarquardt",
    "Lion",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSProp",
    "Rprop",
    "Schedule",
]
