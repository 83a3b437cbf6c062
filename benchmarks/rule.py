"""The rule that sets defaults by the size of the data, with every constant open to change."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from sk_bp import CosineDecay, PolynomialDecay

SCHEDULES = {"cosine": CosineDecay, "linear": PolynomialDecay, "constant": float}


BEFORE = {
    "optimizer": "rmsprop",
    "learning_rate": 0.001,
    "batch_size": "auto",
    "max_iter": 200,
    "weight_decay": 1e-4,
    "tol": 1e-4,
}


def parameters(name: str, n_samples: int) -> dict[str, Any]:
    """What a network of this name is made with: nothing for sk_bp, whose defaults are asked for."""
    if name in FIXED:
        return dict(FIXED[name])
    return RULES[name].parameters(n_samples)


@dataclass(frozen=True)
class Rule:
    """Parameters of a network for n samples.

    A batch has n // 20 samples within the first two bounds, or n // 200 where that is more, up to
    the third. Epochs are as many as `n_steps` steps take, within bounds. The decay falls as 1 / n,
    within bounds; with both bounds alike it is fixed.
    """

    optimizer: str = "rmsprop"
    peak: float = 0.01
    schedule: str = "cosine"
    batch_sizes: tuple[int, int, int] = (32, 64, 256)
    n_steps: int = 2_500
    epochs: tuple[int, int] = (20, 100)
    decay: tuple[float, float] = (0.1, 1.0)
    decay_times_n: float = 300.0
    others: dict[str, Any] = field(default_factory=dict)

    def parameters(self, n_samples: int) -> dict[str, Any]:
        """Keyword arguments of BPClassifier and BPRegressor."""
        low, middle, high = self.batch_sizes
        batch_size = max(_clip(n_samples // 20, (low, middle)), min(n_samples // 200, high))
        batch_size = min(batch_size, n_samples)
        steps_per_epoch = math.ceil(n_samples / batch_size)
        return {
            "optimizer": self.optimizer,
            "learning_rate": SCHEDULES[self.schedule](self.peak),
            "batch_size": batch_size,
            "max_iter": _clip(round(self.n_steps / steps_per_epoch), self.epochs),
            "weight_decay": _clip(self.decay_times_n / n_samples, self.decay),
            "tol": None,
            **self.others,
        }


def _clip(value, bounds):
    low, high = bounds
    return max(low, min(high, value))


PROPOSED = "proposed"
FIXED: dict[str, dict[str, Any]] = {"sk_bp": {}, "before": BEFORE}
VARIANTS = {
    "Adam, 2e-2": Rule(optimizer="adam", peak=0.02),
    "peak 5e-3": Rule(peak=0.005),
    "peak 2e-2": Rule(peak=0.02),
    "linear to zero": Rule(schedule="linear"),
    "constant 1e-3": Rule(schedule="constant", peak=0.001),
    "decay 0": Rule(decay=(0.0, 0.0)),
    "decay 0.1": Rule(decay=(0.1, 0.1)),
    "decay 0.3": Rule(decay=(0.3, 0.3)),
    "decay 1": Rule(decay=(1.0, 1.0)),
    "decay from 0.2": Rule(decay=(0.2, 1.0)),
    "decay from 0": Rule(decay=(0.0, 1.0)),
    "batches of 200": Rule(batch_sizes=(200, 200, 200)),
    "1,500 steps": Rule(n_steps=1_500),
    "4,000 steps": Rule(n_steps=4_000),
    "tol 1e-4": Rule(others={"tol": 1e-4}),
    "8,000 steps": Rule(n_steps=8_000),
    "up to 50 epochs": Rule(epochs=(20, 50)),
    "up to 200 epochs": Rule(epochs=(20, 200)),
    "dropout 0.1": Rule(others={"dropout": 0.1}),
    "hidden (100, 100)": Rule(others={"hidden_layer_sizes": (100, 100)}),
    "hidden ()": Rule(others={"hidden_layer_sizes": ()}),
}
RULES = {PROPOSED: Rule(), **VARIANTS}
