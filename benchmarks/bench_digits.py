"""B3 and B4: digits, the small dense nets that most people run all day."""

from __future__ import annotations

import data
import dense
from harness import Target, Workload, ratio
from peers.setting import Setting


def workloads(quick: bool) -> list[Workload]:
    epochs = 3 if quick else 30
    return [
        Workload(
            "B3",
            f"digits (1,797 x 64), hidden 32, batch 32, Adam, {epochs} epochs",
            dense.contestants(Setting((32,), 32), epochs, data.digits),
            (
                Target("scikit-learn / sk_bp", ratio("scikit-learn", "sk_bp", "epoch_seconds"), 20),
                Target("PyTorch / sk_bp", ratio("PyTorch", "sk_bp", "epoch_seconds"), 25),
            ),
        ),
        Workload(
            "B4",
            f"digits (1,797 x 64), hidden 100, batch 200, Adam, {epochs} epochs",
            dense.contestants(Setting((100,), 200), epochs, data.digits),
            (Target("scikit-learn / sk_bp", ratio("scikit-learn", "sk_bp", "epoch_seconds"), 6),),
        ),
    ]
