"""Scale: two million rows by a million columns, one epoch within memory."""

from __future__ import annotations

import data
import peers
from bench_sparse_wide import RMSPROP
from harness import Contestant, Figures, Workload
from measure import peak_rise, seconds, training_loss


def workloads(quick: bool) -> list[Workload]:
    shape = (20_000, 20_000) if quick else (2_000_000, 1_000_000)
    title = f"sparse {shape[0]:,} x {shape[1]:,}, hidden 100, batch 200, one epoch"
    contestants = {"sk_bp RMSProp": Contestant(_measure(shape), "sk_bp")}
    return [Workload("scale", title, contestants, repeats=1)]


def _measure(shape):
    def measure(repeat: int) -> Figures:
        X, y = data.planted_sparse(*shape)
        peer = peers.sk_bp(RMSPROP, repeat)
        peer.prepare(X, y)
        times = []
        peak = peak_rise(lambda: times.append(seconds(lambda: peer.fit(1))))
        data_bytes = X.data.nbytes + X.indices.nbytes + X.indptr.nbytes
        return {
            "fit_seconds": times[0],
            "peak_bytes": peak,
            "data_bytes": data_bytes,
            "loss": training_loss(peer, X, y),
        }

    return measure
