"""B12: calls with one sample."""

from __future__ import annotations

from functools import partial

import data
import numpy as np
import peers
import scipy.sparse as sp
from harness import Contestant, Figures, Target, Workload, ratio
from measure import median_seconds
from peers.setting import Setting

SETTING = Setting((100,), 200)
ENTRIES = 50  # of the sparse row
CALLS = {
    "dense_row_seconds": "predict of a dense row of 64",
    "sparse_row_seconds": "predict of a sparse row",
    "partial_fit_seconds": "partial_fit of a dense row",
}


def workloads(quick: bool) -> list[Workload]:
    n_columns = 10_000 if quick else 1_000_000
    contestants = {
        "sk_bp": Contestant(partial(_measure, peers.sk_bp, n_columns), "sk_bp"),
        "scikit-learn": Contestant(partial(_measure, peers.scikit_learn, n_columns), "sklearn"),
    }
    targets = tuple(
        Target(f"sk_bp / scikit-learn, {call}", ratio("sk_bp", "scikit-learn", figure), 0.5, False)
        for figure, call in CALLS.items()
    )
    title = f"calls with one sample, hidden 100; the sparse row: {ENTRIES} entries of {n_columns:,}"
    return [Workload("B12", title, contestants, targets)]


def _measure(make, n_columns: int, repeat: int) -> Figures:
    X, y = data.digits()
    dense = _model(make, X, y, repeat)
    row = X[:1]
    figures = {"dense_row_seconds": median_seconds(lambda: dense.predict(row))}
    figures["partial_fit_seconds"] = median_seconds(lambda: dense.partial_fit(row, y[:1]))
    rng = np.random.default_rng(repeat)
    columns = np.sort(rng.choice(n_columns, (10, ENTRIES)), axis=1).ravel()
    values = rng.random(columns.size, dtype=np.float32)
    wide = sp.csr_array((values, columns, np.arange(11) * ENTRIES), (10, n_columns))
    sparse = _model(make, wide, np.arange(10), repeat)
    sparse_row = wide[[0]]
    figures["sparse_row_seconds"] = median_seconds(lambda: sparse.predict(sparse_row))
    return figures


def _model(make, X, y, seed: int):
    peer = make(SETTING, seed)
    peer.prepare(X, y)
    peer.fit(1)
    return peer.model
