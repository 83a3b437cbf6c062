"""sk_bp and scikit-learn: two estimators with one contract."""

from __future__ import annotations

import numpy as np

from peers.setting import Setting


class _Estimator:
    """fit and partial_fit, timed as they come; subclasses say how the estimator is made."""

    def __init__(self, setting: Setting, seed: int = 0):
        self.setting = setting
        self.seed = seed
        self.model = None
        self.make(1)  # the library is imported now, not in a timed part

    def make(self, epochs: int):
        raise NotImplementedError

    def prepare(self, X, y) -> None:
        self.X, self.y = X, y
        self.classes = np.unique(y)

    def fit(self, epochs: int) -> None:
        self.model = self.make(epochs).fit(self.X, self.y)

    def start(self) -> None:
        """Draw the weights and train on one batch: partial_fit has no way to do less."""
        first = slice(0, self.setting.batch_size)
        self.model = self.make(1)
        self.model.partial_fit(self.X[first], self.y[first], classes=self.classes)

    def epoch(self) -> None:
        self.model.partial_fit(self.X, self.y)

    def step(self, first: int) -> None:
        """Train on the one batch that begins with this row."""
        rows = slice(first, first + self.setting.batch_size)
        self.model.partial_fit(self.X[rows], self.y[rows])

    def finish(self) -> None:
        """Ask for the weights: what was put off is done now."""
        _ = self.model.coefs_

    def rows(self, X):
        return X

    def predict_proba(self, rows):
        return self.model.predict_proba(rows)

    def common_parameters(self, epochs: int) -> dict:
        """Parameters of one name and one meaning in both libraries; no early end."""
        setting = self.setting
        return {
            "hidden_layer_sizes": setting.hidden,
            "batch_size": setting.batch_size,
            "alpha": setting.alpha,
            "shuffle": setting.shuffle,
            "max_iter": epochs,
            "tol": 0.0,
            "n_iter_no_change": epochs + 1,
            "random_state": self.seed,
        }


class SkBp(_Estimator):
    """sk_bp.BPClassifier."""

    def make(self, epochs: int):
        from sk_bp import BPClassifier

        return BPClassifier(
            optimizer=self.setting.optimizer,
            learning_rate=self.setting.learning_rate,
            scaling=False,  # the others train on X as it is
            **self.common_parameters(epochs),
        )


class ScikitLearn(_Estimator):
    """sklearn.neural_network.MLPClassifier."""

    def make(self, epochs: int):
        from sklearn.neural_network import MLPClassifier

        return MLPClassifier(
            solver=self.setting.optimizer,
            learning_rate_init=self.setting.learning_rate,
            **self.common_parameters(epochs),
        )
