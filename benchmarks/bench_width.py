"""B2: the same entries in ever more columns; the time of a step must not follow the width."""

from __future__ import annotations

from dataclasses import replace

import data
import peers
from harness import Contestant, Figures, Target, Workload, ratio
from measure import touch_memory, warm_up
from peers.setting import Setting
from stages import by_steps, staged

WIDTHS = 10**4, 10**5, 10**6, 10**7
QUICK_WIDTHS = 10**4, 10**5, 10**6
SCIKIT_LEARN_WHOLE_UP_TO = 10**5
ADAM = Setting((16,), 200, learning_rate=0.01, shuffle=False)
RMSPROP = replace(ADAM, optimizer="rmsprop")


def workloads(quick: bool) -> list[Workload]:
    n_rows = 2_000 if quick else 50_000
    widths = QUICK_WIDTHS if quick else WIDTHS
    return [
        Workload(
            "B2",
            f"sparse {n_rows:,} rows, 10^4 to 10^7 columns, hidden 16, batch 200, 3 epochs",
            {
                series_name(series, width): Contestant(_measure(*how, n_rows, width), needs)
                for width in widths
                for series, (*how, needs) in SERIES.items()
            },
            tuple(_targets()),
            note=(
                "Every width has the same entries and the same number of distinct columns per "
                "batch, and each batch its own columns, so the wider, the more rows of weights "
                "are in use. Rows are taken in order. For sk_bp the first part draws the weights "
                "and trains on one batch by partial_fit, epochs are partial_fit on all rows, and "
                "the catch-up is the first look at coefs_. Before the clock starts, the process "
                "touches 3 GiB and gives them back. scikit-learn is extrapolated from a "
                "few steps beyond 10^5 columns, and then has no loss."
            ),
        )
    ]


SERIES = {
    "sk_bp RMSProp": (peers.sk_bp, RMSPROP, "sk_bp"),
    "sk_bp Adam": (peers.sk_bp, ADAM, "sk_bp"),
    "scikit-learn Adam": (peers.scikit_learn, ADAM, "sklearn"),
    "PyTorch SparseAdam": (peers.torch_sparse, ADAM, "torch"),
}


def series_name(series: str, width: int) -> str:
    return f"{series}, {width:,} columns"


def _targets():
    for series in "sk_bp RMSProp", "sk_bp Adam":
        widest, narrow = series_name(series, 10**7), series_name(series, 10**5)
        value = ratio(widest, narrow, "epoch_seconds")
        yield Target(f"{series}, later epochs: 10^7 / 10^5 columns", value, 2, at_least=False)
        value = ratio(widest, widest, "init_seconds", "epoch_seconds")
        yield Target(f"{series}, 10^7 columns: initialization / epoch", value, 1, at_least=False)


def _measure(make, setting: Setting, n_rows: int, width: int):
    def measure(repeat: int) -> Figures:
        narrow, y = data.planted_sparse(n_rows, WIDTHS[0])
        X = data.spread(narrow, width, setting.batch_size)
        peer = make(setting, repeat)
        warm_up(peer, narrow, y)
        touch_memory()
        if make is peers.scikit_learn and width > SCIKIT_LEARN_WHOLE_UP_TO:
            return by_steps(peer, X, y)
        return staged(peer, X, y)

    return measure
