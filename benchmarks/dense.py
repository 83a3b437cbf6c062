"""One way to time the dense workloads."""

from __future__ import annotations

from functools import partial

import peers
from harness import Contestant, Figures
from measure import median_seconds, training_loss, warm_up
from peers.setting import Setting


def contestants(setting: Setting, epochs: int, load) -> dict[str, Contestant]:
    """sk_bp, scikit-learn and PyTorch on the data that `load` returns."""
    makers = {
        "sk_bp": (peers.sk_bp, "sk_bp"),
        "scikit-learn": (peers.scikit_learn, "sklearn"),
        "PyTorch": (peers.torch_dense, "torch"),
    }
    return {
        name: Contestant(partial(_measure, make, setting, epochs, load), needs)
        for name, (make, needs) in makers.items()
    }


def _measure(make, setting: Setting, epochs: int, load, repeat: int) -> Figures:
    X, y = load()
    peer = make(setting, repeat)
    warm_up(peer, X, y)
    peer.prepare(X, y)
    fit = median_seconds(lambda: peer.fit(epochs))
    return {"epoch_seconds": fit / epochs, "loss": training_loss(peer, X, y)}
