"""B9: the peak memory of the fit of B1, and the size of the pickle that it leaves."""

from __future__ import annotations

import pickle
from itertools import pairwise

import data
import peers
from bench_sparse_wide import ADAM, FULL, QUICK, RMSPROP
from harness import Contestant, Figures, Target, Workload, ratio
from measure import peak_rise
from peers.setting import Setting

SLOTS = {"rmsprop": 1, "adam": 2}  # arrays of optimizer state, each as large as the weights


def workloads(quick: bool) -> list[Workload]:
    shape = QUICK if quick else FULL
    contestants = {
        "sk_bp RMSProp": Contestant(_fit(peers.sk_bp, RMSPROP, shape), "sk_bp"),
        "sk_bp Adam": Contestant(_fit(peers.sk_bp, ADAM, shape), "sk_bp"),
        "scikit-learn Adam": Contestant(_fit(peers.scikit_learn, ADAM, shape, 600), "sklearn"),
        "PyTorch SparseAdam": Contestant(_fit(peers.torch_sparse, ADAM, shape), "torch"),
    }
    title = f"peak memory of one epoch of B1, sparse {shape[0]:,} x {shape[1]:,}, hidden 100"
    note = (
        "The rise over the resident size just before fit, beside the weights and the slots of "
        "the optimizer. scikit-learn runs three steps: its peak is the same in each."
    )
    return [Workload("B9", title, contestants, tuple(_targets()), note)]


def _targets():
    for ours in "sk_bp RMSProp", "sk_bp Adam":
        peak = ratio(ours, ours, "peak_bytes", "needed_bytes")
        yield Target(f"{ours}, peak / (weights + slots)", peak, 1.15, at_least=False)
        pickled = ratio(ours, ours, "pickle_bytes", "weights_bytes")
        yield Target(f"{ours}, pickle / weights", pickled, 1.05, at_least=False)


def _fit(make, setting: Setting, shape, n_rows: int | None = None):
    def measure(repeat: int) -> Figures:
        X, y = data.planted_sparse(*shape)
        peer = make(setting, repeat)
        peer.prepare(X[:n_rows], y[:n_rows])
        peak = peak_rise(lambda: peer.fit(1))
        weights = _weights_bytes(shape[1], *setting.hidden, data.N_CLASSES)
        figures = {
            "peak_bytes": peak,
            "weights_bytes": weights,
            "needed_bytes": weights * (1 + SLOTS[setting.optimizer]),
        }
        if make is peers.sk_bp:
            figures["pickle_bytes"] = len(pickle.dumps(peer.model, protocol=5))
        return figures

    return measure


def _weights_bytes(*sizes: int) -> int:
    return 4 * sum((a + 1) * b for a, b in pairwise(sizes))
