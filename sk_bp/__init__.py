"""Back-propagation neural networks as scikit-learn estimators."""

from importlib.metadata import version as _version

from sk_bp.estimators import BPClassifier, BPRegressor
from sk_bp.optimizers import SGD, Adagrad, Adam, AdamW, Optimizer, RMSProp
from sk_bp.schedules import ConstantRate, ExponentialDecay, Schedule

__version__ = _version("sk_bp")

__all__ = [
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "BPClassifier",
    "BPRegressor",
    "ConstantRate",
    "ExponentialDecay",
    "Optimizer",
    "RMSProp",
    "Schedule",
]
