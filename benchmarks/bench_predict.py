"""B8: predict_proba on the matrix of B1 and on Fashion-MNIST."""

from __future__ import annotations

from functools import partial

import data
import numpy as np
import peers
from bench_sparse_wide import FULL, QUICK
from harness import Contestant, Figures, Target, Workload, ratio
from measure import median_seconds
from peers.setting import Setting

SETTING = Setting((100,), 200)
CHECKED_ROWS = 1_000


def workloads(quick: bool) -> list[Workload]:
    load_sparse = partial(data.planted_sparse, *(QUICK if quick else FULL))
    load_dense = partial(data.fashion_mnist, 4_000 if quick else 60_000)
    contestants = {
        f"{name}, {kind}": Contestant(_measure(make, load), needs)
        for kind, load, torch in (
            ("sparse", load_sparse, peers.torch_sparse),
            ("dense", load_dense, peers.torch_dense),
        )
        for name, make, needs in (
            ("sk_bp", peers.sk_bp, "sk_bp"),
            ("scikit-learn", peers.scikit_learn, "sklearn"),
            ("PyTorch", torch, "torch"),
        )
    }
    targets = tuple(
        Target(
            f"{peer} / sk_bp, {kind}",
            ratio(f"{peer}, {kind}", f"sk_bp, {kind}", "predict_seconds"),
            bound,
        )
        for peer, kind, bound in (
            ("scikit-learn", "sparse", 5),
            ("PyTorch", "sparse", 1),
            ("scikit-learn", "dense", 1.4),
        )
    )
    title = "predict_proba, hidden 100: the sparse matrix of B1, and Fashion-MNIST"
    note = (
        "The models have seen one row of every class. The deviation is the largest difference "
        "from probabilities computed in float64 from the model's own weights."
    )
    return [Workload("B8", title, contestants, targets, note)]


def _measure(make, load):
    def measure(repeat: int) -> Figures:
        X, y = load()
        peer = make(SETTING, repeat)
        one_of_each = np.unique(y, return_index=True)[1]
        peer.prepare(X[one_of_each], y[one_of_each])
        peer.fit(1)
        rows = peer.rows(X)
        peer.predict_proba(rows)
        figures = {"predict_seconds": median_seconds(lambda: peer.predict_proba(rows))}
        if hasattr(peer.model, "coefs_"):
            figures["deviation"] = _deviation(peer.model, X[:CHECKED_ROWS])
        return figures

    return measure


def _deviation(model, X) -> float:
    outputs = X.astype(np.float64)
    *hidden, last = zip(model.coefs_, model.intercepts_, strict=True)
    for weights, bias in hidden:
        outputs = np.maximum(outputs @ weights + bias, 0)
    logits = outputs @ last[0] + last[1]
    expected = np.exp(logits - logits.max(axis=1, keepdims=True))
    expected /= expected.sum(axis=1, keepdims=True)
    return float(np.abs(model.predict_proba(X) - expected).max())
