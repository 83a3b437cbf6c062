"""results.png: the ratios with their targets, and seconds per epoch against the width."""

from __future__ import annotations

from pathlib import Path

import bench_width
from harness import Workload, target_value
from results import Result

COLORS = {
    "sk_bp RMSProp": "tab:red",
    "sk_bp Adam": "tab:orange",
    "scikit-learn Adam": "tab:blue",
    "PyTorch SparseAdam": "tab:purple",
}


def draw(workloads: dict[str, Workload], measured: dict[str, Result], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(16, 9), layout="constrained")
    _bars(left, _claims(workloads, measured))
    _lines(right, measured.get("B2"))
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _claims(workloads: dict[str, Workload], measured: dict[str, Result]):
    """(label, measured, target, met) of every claim that was measured."""
    for key, workload in workloads.items():
        for target in workload.targets if key in measured else ():
            value = target_value(target, measured[key].records)
            if value is not None:
                label = f"{key}  {target.claim}" + (
                    "" if target.at_least else "  (lower is better)"
                )
                yield label, value, target.bound, target.is_met(value)


def _bars(axes, claims) -> None:
    axes.set_title("Ratios (bars) and their targets (marks); green: the target is met")
    bars = list(claims)[::-1]
    if not bars:
        axes.text(0.5, 0.5, "not measured", ha="center", transform=axes.transAxes)
        return
    labels, values, bounds, met = zip(*bars, strict=True)
    places = range(len(bars))
    axes.barh(places, values, color=["tab:green" if reached else "tab:gray" for reached in met])
    axes.plot(bounds, places, "|", color="black", markersize=12, markeredgewidth=2)
    axes.set_yticks(places, labels, fontsize=7)
    axes.set_xscale("log")
    axes.set_xlabel("ratio of medians in one run; how many times faster sk_bp is, unless said")
    axes.grid(axis="x", alpha=0.3)


def _lines(axes, result: Result | None) -> None:
    axes.set_title("B2: the same stored entries in ever more columns")
    axes.set(xscale="log", yscale="log", xlabel="n_features", ylabel="seconds per later epoch")
    axes.grid(alpha=0.3)
    if result is None:
        axes.text(0.5, 0.5, "not measured", ha="center", transform=axes.transAxes)
        return
    for series, color in COLORS.items():
        points = [
            (width, result.records[name].medians()["epoch_seconds"])
            for width in bench_width.WIDTHS
            if (name := bench_width.series_name(series, width)) in result.records
            and result.records[name].runs
        ]
        if points:
            axes.plot(*zip(*points, strict=True), "o-", color=color, label=series)
    if axes.get_lines():
        axes.legend()
