"""Every loss without hidden layers, beside a linear model that minimizes the same objective.

Run by `python benchmarks/losses.py`; prints the table of docs/losses.md. Where scikit-learn has no
such model, SciPy minimizes the objective from its formula in NumPy.
"""

import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn import linear_model, svm
from sklearn.datasets import load_breast_cancer
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import scale

from sk_bp import LBFGS, BPClassifier, BPRegressor
from sk_bp.losses import LOSSES, Huber, LogLoss, Loss, Pinball, Tweedie

Array = NDArray[np.float64]

N = 1000
EXACT = {"tol": 1e-10, "max_iter": 100_000}
rng = np.random.default_rng(0)
X = rng.standard_normal((N, 5))
LINE = X @ [0.5, -0.3, 0.2, 0.0, 0.4] + 0.3
MEAN = np.exp(LINE)
HEAVY = LINE + rng.standard_t(2, N)
CLAIMS = np.where(rng.random(N) < 0.6, 0, rng.gamma(2, MEAN))
CANCER, KIND = load_breast_cancer(return_X_y=True)
CANCER = scale(CANCER)
RARE = (LINE + 0.5 * rng.standard_normal(N) > 1.5).astype(int)


class Case(NamedTuple):
    """A loss, data that suit it, the L2 penalty for the sum over the samples, and a reference."""

    loss: str | Loss
    data: str
    X: Array
    y: Array
    alpha: float
    reference: Any  # an estimator of scikit-learn; None: SciPy

    def objective(self, w: Array, b: float) -> float:
        """The mean loss and the penalty, by the formulas in NumPy."""
        loss = LOSSES[self.loss]() if isinstance(self.loss, str) else self.loss
        raw = (self.X @ w + b)[:, None]
        form = loss.for_task("binary" if "binary" in loss.tasks else "regression")
        if "binary" in loss.tasks:
            y = self.y[:, None] > 0
            wrong = getattr(loss, "label_smoothing", 0) / 2
            margins = np.where(y, raw, -raw)
            losses = (1 - wrong) * form.of_ones(margins) + wrong * form.of_ones(-margins)
        else:
            losses = form.of_outputs(raw, self.y[:, None])
        return float(losses.mean() + self.alpha / (2 * len(self.y)) * w @ w)


def cases() -> list[Case]:
    glm = {"alpha": 0.01, **EXACT}
    huber = linear_model.HuberRegressor(epsilon=1.35, alpha=0, **EXACT).fit(X, HEAVY)
    quantile = linear_model.QuantileRegressor
    counts, amounts = rng.poisson(MEAN).astype(float), rng.gamma(2, MEAN / 2)
    tails, normal = rng.wald(MEAN, 2), LINE + rng.standard_normal(N)
    return [
        Case("squared_error", "normal errors", X, normal, 10, linear_model.Ridge(10, tol=1e-10)),
        Case("absolute_error", "t(2) errors", X, HEAVY, 0, quantile(alpha=0)),
        Case(Huber(float(1.35 * huber.scale_)), "t(2) errors", X, HEAVY, 0, huber),
        Case("log_cosh", "t(2) errors", X, HEAVY, 0, None),
        Case(Pinball(0.9), "t(2) errors", X, HEAVY, 0, quantile(quantile=0.9, alpha=0)),
        Case("poisson", "counts", X, counts, 10, linear_model.PoissonRegressor(**glm)),
        Case("gamma", "amounts", X, amounts, 10, linear_model.GammaRegressor(**glm)),
        Case(
            Tweedie(1.5),
            "amounts, 60 % of them 0",
            X,
            CLAIMS,
            10,
            linear_model.TweedieRegressor(power=1.5, link="log", **glm),
        ),
        Case(
            Tweedie(3),
            "heavy tails",
            X,
            tails,
            10,
            linear_model.TweedieRegressor(power=3, link="log", **glm),
        ),
        Case("log_loss", "cancer", CANCER, KIND, 1, linear_model.LogisticRegression(**EXACT)),
        Case(LogLoss(0.1), "cancer", CANCER, KIND, 1, None),
        Case("focal", "a rare class", X, RARE, 1, None),
        Case("hinge", "cancer", CANCER, KIND, 10, svm.SVC(kernel="linear", C=0.1, tol=1e-8)),
        Case(
            "squared_hinge",
            "cancer",
            CANCER,
            KIND,
            10,
            svm.LinearSVC(C=0.1, dual=False, intercept_scaling=1000, **EXACT),
        ),
    ]


def by_network(case: Case) -> tuple[Array, float]:
    """Weights and bias of a network without hidden layers."""
    estimator = BPClassifier if case.y.dtype.kind == "i" else BPRegressor
    optimizer = LBFGS(gtol=1e-10, history_size=30)
    model = estimator((), loss=case.loss, optimizer=optimizer, alpha=case.alpha, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # losses with kinks
        model.set_params(tol=None, max_iter=10_000).fit(case.X, case.y)
    return model.coefs_[0][:, 0], float(model.intercepts_[0][0])


def by_reference(case: Case) -> tuple[Array, float]:
    """Weights and bias of scikit-learn, or of SciPy."""
    if case.reference is None:
        start = np.zeros(case.X.shape[1] + 1)
        found = minimize(lambda p: case.objective(p[:-1], p[-1]), start, tol=1e-9)
        return found.x[:-1], float(found.x[-1])
    model = case.reference.fit(case.X, case.y)
    return np.ravel(model.coef_), float(np.ravel(model.intercept_)[0])


def main() -> None:
    """Print a row for each loss."""
    print("| loss | data | reference | largest difference of a coefficient | objective |")
    print("| --- | --- | --- | --- | --- |")
    for case in cases():
        (w, b), (v, c) = by_network(case), by_reference(case)
        name = "SciPy" if case.reference is None else type(case.reference).__name__
        distance = max(np.abs(w - v).max(), abs(b - c))
        excess = case.objective(w, b) / case.objective(v, c) - 1
        loss = str(case.loss)
        print(f"| `{loss}` | {case.data} | `{name}` | {distance:.0e} | {100 * excess:+.4f} % |")


if __name__ == "__main__":
    main()
