"""B1: one epoch on a wide sparse matrix, what sk_bp exists for."""

from __future__ import annotations

from dataclasses import replace

import data
import peers
from harness import Contestant, Figures, Target, Workload, ratio
from measure import warm_up
from peers.setting import Setting
from stages import by_steps, whole_fits

FULL = 50_000, 1_000_000
QUICK = 2_000, 20_000
ADAM = Setting((100,), 200, learning_rate=0.01)
RMSPROP = replace(ADAM, optimizer="rmsprop")


def workloads(quick: bool) -> list[Workload]:
    shape = QUICK if quick else FULL
    return [
        Workload(
            "B1",
            f"sparse {shape[0]:,} x {shape[1]:,}, about 100 entries a row, hidden 100, batch 200",
            {
                "sk_bp RMSProp": Contestant(_whole_fits(peers.sk_bp, RMSPROP, shape), "sk_bp"),
                "sk_bp Adam": Contestant(_whole_fits(peers.sk_bp, ADAM, shape), "sk_bp"),
                "scikit-learn Adam": Contestant(_scikit_learn(shape), "sklearn"),
                "PyTorch SparseAdam": Contestant(
                    _whole_fits(peers.torch_sparse, ADAM, shape), "torch"
                ),
                "fastText": Contestant(_fasttext(shape), "fasttext"),
            },
            tuple(_targets()),
            note=(
                "A whole fit draws the weights, trains one epoch and leaves a usable model; an "
                "epoch is what each later one adds. scikit-learn's are extrapolated from the "
                "median of a few steps; the first repeat runs its epoch to the end for the loss. "
                "fastText is a linear model and sees which entries are stored, not their values."
            ),
        )
    ]


def _targets():
    bounds = {
        "sk_bp RMSProp": {"scikit-learn Adam": 220, "PyTorch SparseAdam": 5},
        "sk_bp Adam": {"scikit-learn Adam": 150, "PyTorch SparseAdam": 3.5},
    }
    for ours, peers_bounds in bounds.items():
        for theirs, bound in peers_bounds.items():
            for figure, words in ("fit_seconds", "whole fit"), ("epoch_seconds", "epoch"):
                value = ratio(theirs, ours, figure)
                yield Target(f"{theirs} / {ours}, {words}", value, bound)
        value = ratio("fastText", ours, "epoch_seconds", "fit_seconds")
        yield Target(f"fastText's epoch / {ours}'s whole fit", value, 1)
        yield Target(f"fastText / {ours}, epoch", ratio("fastText", ours, "epoch_seconds"), 1)


def _whole_fits(make, setting: Setting, shape):
    def measure(repeat: int) -> Figures:
        X, y = data.planted_sparse(*shape)
        peer = make(setting, repeat)
        warm_up(peer, X, y)
        return whole_fits(peer, X, y)

    return measure


def _scikit_learn(shape):
    def measure(repeat: int) -> Figures:
        X, y = data.planted_sparse(*shape)
        return by_steps(peers.scikit_learn(ADAM, repeat), X, y, whole=repeat == 0)

    return measure


def _fasttext(shape):
    def measure(repeat: int) -> Figures:
        from peers import fasttext

        X, y = data.planted_sparse(*shape)
        text = data.cache_folder() / f"planted-{shape[0]}x{shape[1]}.txt"
        return fasttext.figures(X, y, ADAM.hidden[0], text)

    return measure
