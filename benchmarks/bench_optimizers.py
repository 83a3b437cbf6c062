"""Every optimizer that works by batches: time on the matrix of B1, memory, and how exact it is."""

from __future__ import annotations

import data
import numpy as np
from bench_sparse_wide import FULL, QUICK
from harness import Contestant, Figures, Workload

NAMES = (
    "sgd",
    "rmsprop",
    "adagrad",
    "adadelta",
    "adam",
    "adamw",
    "adamax",
    "amsgrad",
    "nadam",
    "radam",
    "lion",
)


def workloads(quick: bool) -> list[Workload]:
    shape = QUICK if quick else FULL
    contestants = {name: Contestant(_measure(name, shape), "sk_bp") for name in NAMES}
    title = "Every optimizer on the matrix of B1: an epoch, state, and sparse beside dense"
    note = (
        "The epoch is the second one. The differences are the largest of any weight after three "
        "epochs on 400 x 3,000, fitted as sparse and as dense matrix, "
        "relative to the largest weight of the layer."
    )
    return [Workload("optimizers", title, contestants, (), note, repeats=1)]


def _measure(name: str, shape):
    def measure(repeat: int) -> Figures:
        from sk_bp import BPClassifier

        X, y = data.planted_sparse(*shape)
        model = BPClassifier(100, optimizer=name, random_state=repeat)
        model.partial_fit(X, y, classes=np.unique(y))
        figures = {"epoch_seconds": _epoch(model, X, y)}
        weights, slots = model._model.network.parameters, model._model.state.optimizer.slots
        figures["state_per_weight"] = sum(slot.nbytes for slot in slots) / weights.nbytes
        for dtype, figure in ((np.float64, "difference_64"), (np.float32, "difference_32")):
            figures[figure] = _difference(name, dtype)
        return figures

    return measure


def _epoch(model, X, y) -> float:
    from measure import seconds

    return seconds(lambda: model.partial_fit(X, y))


def _difference(name: str, dtype) -> float:
    from sk_bp import BPClassifier

    X, y = data.planted_sparse(400, 3_000)
    X = X.astype(dtype)
    model = BPClassifier(16, optimizer=name, batch_size=10, max_iter=3, tol=None, random_state=0)
    on_sparse = [W.copy() for W in model.fit(X, y).coefs_]
    on_dense = model.fit(X.toarray(), y).coefs_
    pairs = zip(on_sparse, on_dense, strict=True)
    return float(max(np.abs(a - b).max() / np.abs(b).max() for a, b in pairs))
