"""Every loss without hidden layers, beside the linear model that has the same loss.

Run by `python benchmarks/losses.py`; prints the table of docs/losses.md. Where scikit-learn has no
such model, the loss is minimized by SciPy from its formula in NumPy.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import (
    GammaRegressor,
    HuberRegressor,
    LogisticRegression,
    PoissonRegressor,
    QuantileRegressor,
    Ridge,
    TweedieRegressor,
)
from sklearn.preprocessing import scale
from sklearn.svm import SVC, LinearSVC

from sk_bp import LBFGS, BPClassifier, BPRegressor
from sk_bp.losses import Focal, Huber, LogCosh, LogLoss, Loss, Pinball, Poisson, Tweedie
from sk_bp.losses import LOSSES

Array = NDArray[np.float64]

N = 1000
EXACT = {"tol": 1e-10, "max_iter": 100_000}
rng = np.random.default_rng(0)
X = rng.standard_normal((N, 5))
LINE = X @ [0.5, -0.3, 0.2, 0.0, 0.4] + 0.3
MEAN = np.exp(LINE)
CANCER, KIND = load_breast_cancer(return_X_y=True)
CANCER = scale(CANCER)


@dataclass
class Case:
    """A loss, data that suit it, and what has the same loss.

    alpha is the L2 penalty of the network, for the sum over the samples; `reference` is fitted with
    the same one, or is the name of a minimizer of SciPy.
    """

    loss: Loss
    data: str
    X: Array
    y: Array
    alpha: float
    reference: Any


def by_scipy(case: Case) -> tuple[Array, float]:
    """Weights and bias that minimize the objective, by its values alone."""
    start = np.zeros(case.X.shape[1] + 1)
    options = {"maxiter": 1000, "gtol": 1e-9}
    found = minimize(lambda p: objective(case, p[:-1], p[-1]), start, options=options)
    return found.x[:-1], found.x[-1]


def objective(case: Case, w: Array, b: float) -> float:
    """The mean loss and the penalty, from the formula in NumPy."""
    raw = (case.X @ w + b)[:, None]
    y = case.y[:, None].astype(float)
    loss = case.loss.for_task("binary" if "binary" in case.loss.tasks else "regression")
    if "binary" in case.loss.tasks:
        share = 1 - getattr(loss, "label_smoothing", 0) / 2
        right = loss.of_ones(np.where(y > 0, raw, -raw))
        wrong = loss.of_ones(np.where(y > 0, -raw, raw))
        losses = share * right + (1 - share) * wrong if share < 1 else right
    else:
        losses = loss.of_outputs(raw, y)
    return float(losses.mean() + case.alpha / (2 * len(y)) * w @ w)
