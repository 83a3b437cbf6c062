"""B10: a stream of partial_fit calls costs what its entries cost."""

from __future__ import annotations

from dataclasses import replace

import data
import peers
from bench_sparse_wide import ADAM, FULL, QUICK, RMSPROP
from harness import Contestant, Figures, Target, Workload
from measure import fit_seconds, seconds, training_loss, warm_up
from peers.setting import Setting
from stages import by_steps

BATCH = 100
SECONDS_A_CALL = 0.8e-3


def workloads(quick: bool) -> list[Workload]:
    shape = QUICK if quick else FULL
    contestants = {
        "sk_bp RMSProp": Contestant(_stream(RMSPROP, shape), "sk_bp"),
        "sk_bp Adam": Contestant(_stream(ADAM, shape), "sk_bp"),
        "scikit-learn Adam": Contestant(_scikit_learn(shape), "sklearn"),
    }
    calls = shape[0] // BATCH
    title = f"partial_fit, the rows of B1 in {calls} calls of {BATCH}, against one fit epoch"
    note = (
        "Both begin with no model and end with a look at coefs_. The target allows 0.8 ms a "
        "call, which is taken off the stream first. scikit-learn's stream is extrapolated from "
        "a few calls."
    )
    targets = tuple(_target(ours, calls) for ours in ("sk_bp RMSProp", "sk_bp Adam"))
    return [Workload("B10", title, contestants, targets, note)]


def _target(ours: str, calls: int) -> Target:
    def value(medians) -> float:
        figures = medians[ours]
        return (figures["stream_seconds"] - calls * SECONDS_A_CALL) / figures["fit_seconds"]

    return Target(f"{ours}, (stream - 0.8 ms a call) / fit", value, 1.2, at_least=False)


def _stream(setting: Setting, shape):
    setting = replace(setting, batch_size=BATCH)

    def measure(repeat: int) -> Figures:
        X, y = data.planted_sparse(*shape)
        peer = peers.sk_bp(setting, repeat)
        warm_up(peer, X, y)
        peer.prepare(X, y)
        fit = fit_seconds(peer, 1)
        fit_loss = training_loss(peer, X, y)
        batches = [(X[i : i + BATCH], y[i : i + BATCH]) for i in range(0, len(y), BATCH)]

        def stream():
            peer.model = peer.make(1)
            for rows, labels in batches:
                peer.model.partial_fit(rows, labels, classes=peer.classes)
            peer.finish()

        peer.model = None
        figures = {"fit_seconds": fit, "stream_seconds": seconds(stream), "fit_loss": fit_loss}
        return figures | {"loss": training_loss(peer, X, y)}

    return measure


def _scikit_learn(shape):
    setting = replace(ADAM, batch_size=BATCH)

    def measure(repeat: int) -> Figures:
        X, y = data.planted_sparse(*shape)
        figures = by_steps(peers.scikit_learn(setting, repeat), X, y)
        return {"stream_seconds": figures["fit_seconds"]}

    return measure
