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

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(15, 8), layout="constrained")
    _bars(left, _ratios(workloads, measured))
    _lines(right, measured.get("B2"))
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _ratios(workloads: dict[str, Workload], measured: dict[str, Result]):
    """(label, measured, target) of every claim that sk_bp is so many times faster."""
    for key, workload in workloads.items():
        for target in workload.targets:
            if key in measured and target.at_least:
                value = target_value(target, measured[key].records)
                if value is not None:
                    yield f"{key}  {target.claim}", value, target.bound


def _bars(axes, ratios) -> None:
    axes.set_title("How many times faster sk_bp is (bar) and the target (mark)")
    bars = list(ratios)[::-1]
    if not bars:
        axes.text(0.5, 0.5, "not measured", ha="center", transform=axes.transAxes)
        return
    labels, values, bounds = zip(*bars, strict=True)
    places = range(len(bars))
    met = [value >= bound for value, bound in zip(values, bounds, strict=True)]
    axes.barh(places, values, color=["tab:green" if reached else "tab:gray" for reached in met])
    axes.plot(bounds, places, "|", color="black", markersize=14, markeredgewidth=2)
    axes.set_yticks(places, labels, fontsize=8)
    axes.set_xscale("log")
    axes.set_xlabel("ratio of medians in one run; green: the target is met")
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
