"""Networks for the tests of the displays, and what they look at."""

import numpy as np

from sk_bp import BPClassifier
from sk_bp.inspection import GradientFlowDisplay, LossCurveDisplay, WeightsDisplay

_rng = np.random.default_rng(0)


X = _rng.standard_normal((90, 12))


y = np.array(["red", "green", "blue"])[np.arange(90) % 3]


target = X[:, 0] - X[:, 1]


def fitted(*sizes, **params):
    """A classifier of three colours that has noted down its gradients."""
    model = BPClassifier(sizes, max_iter=8, tol=None, random_state=0, record_gradient_norms=True)
    params = {"learning_rate": 0.001, **params}
    return model.set_params(**params).fit(X, y)


def labels(ax):
    """What the legend says."""
    legend = ax.get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]


DRAWN = {
    "loss": lambda estimator, **kw: LossCurveDisplay.from_estimator(estimator, **kw),
    "flow by epoch": lambda estimator, **kw: GradientFlowDisplay.from_estimator(estimator, **kw),
    "flow by layer": lambda estimator, **kw: GradientFlowDisplay.from_estimator(
        estimator, X, y, **kw
    ),
    "weights": lambda estimator, **kw: WeightsDisplay.from_estimator(estimator, **kw),
}
