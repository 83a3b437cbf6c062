"""A user's script, which `mypy --strict` accepts; lines with an error: comment are refused."""

import numpy as np
from numpy.typing import NDArray

from sk_bp import Adam, BPClassifier, BPRegressor, CosineDecay, HiddenLayer, RMSProp
from sk_bp.activations import LeakyReLU
from sk_bp.inspection import GradientCheck, LossCurveDisplay, check_gradient
from sk_bp.losses import Huber
from sk_bp.weights import load_weights, prune_columns, save_weights, state_dict

rng = np.random.default_rng(0)
X: NDArray[np.float64] = rng.normal(size=(100, 5))
y: NDArray[np.int64] = np.asarray(X[:, 0] > 0, dtype=np.int64)

classifier = BPClassifier(
    (64, 32),
    activation=("relu", LeakyReLU(0.1)),
    optimizer=Adam(beta_1=0.8),
    learning_rate=CosineDecay(0.01),
    random_state=0,
)
fitted: BPClassifier = classifier.fit(X, y, sample_weight=np.ones(100)).set_params(max_iter=5)
losses: list[float] | None = fitted.loss_curve_
steps: int = fitted.n_steps_
weights: tuple[NDArray[np.float64], ...] = fitted.coefs_
rates: list[float] = fitted.history_["learning_rate"]
stream: BPClassifier = BPClassifier(optimizer="adam").partial_fit(X, y, classes=[0, 1])
regressor: BPRegressor = BPRegressor(loss=Huber(0.5), learning_rate=lambda step: 0.1 / (1 + step))
score: float = regressor.fit(X, X[:, 0]).score(X, X[:, 0])

check: GradientCheck = check_gradient(fitted, X, y)
display: LossCurveDisplay = LossCurveDisplay.from_estimator(fitted)
arrays = state_dict(fitted)
save_weights(fitted, "weights.npz")
copy: BPClassifier = load_weights(BPClassifier((64, 32)), "weights.npz")
small = prune_columns(fitted, X)
hidden: HiddenLayer = HiddenLayer(BPClassifier(), layer=0).fit(X, y)

BPClassifier(hidden_layer_size=3)  # error: call-arg
BPClassifier(optimizer=RMSProp)  # error: arg-type
BPClassifier(max_iter="many")  # error: arg-type
BPRegressor(class_weight="balanced")  # error: call-arg
RMSProp(rho="0.9")  # error: arg-type
classifier.fit(X, y, eval_set=(X, y))  # error: call-arg
half: str = classifier.loss_  # error: assignment
check_gradient(fitted)  # error: call-arg
