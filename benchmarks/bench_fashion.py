"""B5 and B6: Fashion-MNIST, dense nets that are bound by matrix products."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

import data
import dense
import machine
from harness import Contestant, Target, Workload, ratio
from peers.setting import Setting

N_FEATURES, N_CLASSES = 784, 10


def workloads(quick: bool) -> list[Workload]:
    n_rows = 4_000 if quick else 60_000
    epochs = 1 if quick else 3
    return [_small(n_rows, epochs), _large(n_rows, epochs)]


def _small(n_rows: int, epochs: int) -> Workload:
    return Workload(
        "B5",
        f"Fashion-MNIST ({n_rows:,} x 784), hidden 100, batch 200, Adam, {epochs} epochs",
        dense.contestants(Setting((100,), 200), epochs, partial(data.fashion_mnist, n_rows)),
        (
            Target("scikit-learn / sk_bp", ratio("scikit-learn", "sk_bp", "epoch_seconds"), 3.0),
            Target("PyTorch / sk_bp", ratio("PyTorch", "sk_bp", "epoch_seconds"), 2.0),
        ),
    )


def _large(n_rows: int, epochs: int) -> Workload:
    setting = Setting((512, 256), 256)
    gflop = n_rows * flop_per_row((N_FEATURES, *setting.hidden, N_CLASSES)) / 1e9

    def share_of_sgemm(medians) -> float:
        return gflop / medians["sk_bp"]["epoch_seconds"] / medians["large sgemm"]["gflops"]

    return Workload(
        "B6",
        f"Fashion-MNIST ({n_rows:,} x 784), hidden 512-256, batch 256, Adam, {epochs} epochs",
        dense.contestants(setting, epochs, partial(data.fashion_mnist, n_rows))
        | {"large sgemm": Contestant(_large_sgemm, "numpy")},
        (
            Target("scikit-learn / sk_bp", ratio("scikit-learn", "sk_bp", "epoch_seconds"), 2.8),
            Target("PyTorch / sk_bp", ratio("PyTorch", "sk_bp", "epoch_seconds"), 1.25),
            Target("sk_bp's share of the large-sgemm rate", share_of_sgemm, 0.85),
        ),
        note=f"The products that an epoch needs are {gflop:.1f} GFLOP.",
    )


def flop_per_row(sizes: tuple[int, ...]) -> int:
    """Forward, weight gradients, and the deltas of all layers but the first."""
    weights = [a * b for a, b in pairwise(sizes)]
    return 2 * (2 * sum(weights) + sum(weights[1:]))


def _large_sgemm(repeat: int) -> dict[str, float]:
    return {"gflops": machine.sgemm_gflops()}
