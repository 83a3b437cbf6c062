"""Write the models that later versions of sk_bp must load: python tests/data/write_models.py.

They are written anew only until the version whose name they have is released, or when FORMAT in
sk_bp/saved.py has been raised before.
"""

import json
import pickle
from pathlib import Path

import numpy as np

import sk_bp
from sk_bp import Adam, BPClassifier, BPRegressor, CosineDecay
from sk_bp.averages import EMA

HERE = Path(__file__).parent
LINE = np.linspace(-1, 1, 24)
X = np.column_stack([LINE, LINE**2, np.cos(9 * LINE)])
LABELS = np.array(["low", "middle", "top"])[np.arange(24) % 3]
VALUES = 30 + 20 * X[:, 0] * X[:, 2]


def models():
    """A classifier and a regressor with state of many kinds, trained in part."""
    steady = {"tol": None, "random_state": 0, "warm_start": True}
    classifier = BPClassifier(
        (5, 4), ["tanh", "relu"], optimizer=Adam(beta_1=0.8), batch_size=8, max_iter=7, **steady
    )
    regressor = BPRegressor(
        6, average=EMA(), learning_rate=CosineDecay(0.01, n_steps=99), max_iter=7, **steady
    )
    return {"classifier": classifier.fit(X, LABELS), "regressor": regressor.fit(X, VALUES)}


if __name__ == "__main__":
    predictions = {}
    for name, model in models().items():
        path = HERE / f"{name}_{sk_bp.__version__}.pickle"
        path.write_bytes(pickle.dumps(model, protocol=4))
        method = "predict_proba" if name == "classifier" else "predict"
        before = getattr(model, method)(X)
        after = getattr(model.fit(X, LABELS if name == "classifier" else VALUES), method)(X)
        predictions[path.name] = {"before": before.tolist(), "after": after.tolist()}
    (HERE / "predictions.json").write_text(json.dumps(predictions, indent=1) + "\n")
