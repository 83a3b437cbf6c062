"""B1: one epoch on a wide sparse matrix, what sk_bp exists for."""

from __future__ import annotations

from dataclasses import replace

import data
import machine
import numpy as np
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
                "memory": Contestant(_memory(shape, 2**22 if quick else 2**26), "numpy"),
            },
            tuple(_targets()),
            note=(
                "A whole fit draws the weights, trains one epoch and leaves a usable model; an "
                "epoch is what each later one adds. scikit-learn's are extrapolated from the "
                "median of a few steps; the first repeat runs its epoch to the end for the loss. "
                "fastText is a linear model and sees which entries are stored, not their values. "
                "The memory's time is what an epoch's bytes take at the rate of random rows: the "
                "weights and slots of each batch's columns, read and written, and the weights of "
                "each entry, read."
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
        value = ratio(ours, "memory", "epoch_seconds", SLOTS[ours][0])
        yield Target(f"{ours}, epoch / the memory's time", value, 1.6, at_least=False)


# What a later epoch's bytes take is called, and the optimizer's numbers for each weight.
SLOTS = {"sk_bp RMSProp": ("rmsprop_seconds", 1), "sk_bp Adam": ("adam_seconds", 2)}


def _memory(shape, n_floats: int):
    def measure(repeat: int) -> Figures:
        X, _ = data.planted_sparse(*shape)
        row, size = 4 * ADAM.hidden[0], ADAM.batch_size
        batches = [X[first : first + size] for first in range(0, X.shape[0], size)]
        n_columns = sum(len(np.unique(batch.indices)) for batch in batches)
        rate = machine.random_rows_rate(n_floats)
        figures = {
            name: 1e-9 * row * (X.nnz + 2 * (1 + n_slots) * n_columns) / rate
            for name, n_slots in SLOTS.values()
        }
        return {"random_rows_gbytes": rate, **figures}

    return measure


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
