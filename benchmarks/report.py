"""RESULTS.md: what was measured, as tables; the targets beside the ratios."""

from __future__ import annotations

import statistics

from harness import Record, Target, Workload, target_value
from results import Result

QUIET = 0.1  # CPUs that others may use without a word

# figure -> (heading, scale, format)
FIGURES = {
    "fit_seconds": ("whole fit", 1, "{:.3g} s"),
    "stream_seconds": ("stream", 1, "{:.3g} s"),
    "init_seconds": ("initialization", 1e3, "{:.4g} ms"),
    "first_epoch_seconds": ("first epoch", 1e3, "{:.4g} ms"),
    "step_seconds": ("step", 1e3, "{:.4g} ms"),
    "epoch_seconds": ("epoch", 1e3, "{:.4g} ms"),
    "whole_epoch_seconds": ("epoch run to its end", 1e3, "{:.4g} ms"),
    "catch_up_seconds": ("catch-up", 1e3, "{:.4g} ms"),
    "fits_seconds": ("all fits", 1e3, "{:.4g} ms"),
    "search_seconds": ("search", 1, "{:.3g} s"),
    "predict_seconds": ("predict_proba", 1e3, "{:.4g} ms"),
    "dense_row_seconds": ("predict, dense row", 1e6, "{:.3g} us"),
    "sparse_row_seconds": ("predict, sparse row", 1e6, "{:.3g} us"),
    "partial_fit_seconds": ("partial_fit, one row", 1e6, "{:.3g} us"),
    "median_error": ("median squared error", 1, "{:.1e}"),
    "seeds_reached": ("seeds at 1e-6", 1, "{:.0f}"),
    "state_per_weight": ("state, numbers a weight", 1, "{:.0f}"),
    "difference_64": ("sparse - dense, float64", 1, "{:.1e}"),
    "difference_32": ("float32", 1, "{:.1e}"),
    "peak_bytes": ("peak rise", 2**-20, "{:,.0f} MiB"),
    "needed_bytes": ("weights + slots", 2**-20, "{:,.0f} MiB"),
    "weights_bytes": ("weights", 2**-20, "{:,.0f} MiB"),
    "pickle_bytes": ("pickle", 2**-20, "{:,.0f} MiB"),
    "data_bytes": ("data", 2**-20, "{:,.0f} MiB"),
    "gflops": ("large sgemm", 1, "{:.0f} GFLOP/s"),
    "copy_gbytes": ("copy", 1, "{:.1f} GB/s"),
    "add_gbytes": ("add", 1, "{:.1f} GB/s"),
    "random_rows_gbytes": ("random rows", 1, "{:.1f} GB/s"),
    "rmsprop_seconds": ("RMSProp's bytes", 1e3, "{:.4g} ms"),
    "adam_seconds": ("Adam's bytes", 1e3, "{:.4g} ms"),
    "fit_loss": ("loss after the fit", 1, "{:.4f}"),
    "loss": ("loss", 1, "{:.4f}"),
    "best_score": ("best score", 1, "{:.4f}"),
    "deviation": ("deviation", 1, "{:.1e}"),
}


def report(workloads: dict[str, Workload], measured: dict[str, Result], quick: bool) -> str:
    chosen = [(workload, measured[key]) for key, workload in workloads.items() if key in measured]
    parts = [
        "# Results\n",
        "THIS IS A QUICK RUN: it shows that everything works, its figures mean nothing.\n" * quick,
        _introduction(chosen),
        "![ratios and seconds per epoch](results.png)\n",
        "## Targets\n",
        _table(("workload", "ratio", "measured", "target", "outcome"), _target_rows(chosen)),
        *(section(workload, result) for workload, result in chosen),
    ]
    return "\n".join(part for part in parts if part)


def section(workload: Workload, result: Result) -> str:
    """One workload: contestants by figures, medians with the range over the repeats."""
    names = [
        figure
        for figure in FIGURES
        if any(record.values(figure) for record in result.records.values())
    ]
    rows = [
        [contestant, *(_cell(record, figure) for figure in names)]
        if not record.problem
        else [contestant, record.problem]
        for contestant, record in result.records.items()
    ]
    head = ["contestant", *(FIGURES[figure][0] for figure in names)]
    text = f"## {workload.key}: {workload.title}\n\n{_table(head, rows)}"
    text += f"\n{workload.note}\n" if workload.note else ""
    others = max(record.others for record in result.records.values())
    if others > QUIET:
        text += f"\nNot a quiet machine: other processes used up to {others:.2f} CPUs meanwhile.\n"
    return text


def _introduction(chosen: list[tuple[Workload, Result]]) -> str:
    """One header if all was measured alike, else one for each group of workloads."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for workload, result in chosen:
        groups.setdefault(tuple(result.header), []).append(workload.key)
    lines = []
    for header, keys in groups.items():
        if len(groups) > 1:
            lines.append(f"{', '.join(keys)}:\n")
        lines += [f"- {line}" for line in header] + [""]
    lines.append(
        "Written by `python benchmarks/run.py`. Every figure is the median of the repeats, in "
        "brackets their range. Contestants run in turn, each in a process of its own; how they "
        "are kept equal is told in [README.md](README.md). The loss is the mean cross-entropy on "
        "training data after the same number of epochs. A ratio is one median over another.\n"
    )
    return "\n".join(lines)


def _target_rows(chosen: list[tuple[Workload, Result]]):
    for workload, result in chosen:
        for target in workload.targets:
            yield [workload.key, target.claim, *_verdict(target, result.records)]


def _verdict(target: Target, records: dict[str, Record]) -> list[str]:
    bound = f"{'>=' if target.at_least else '<='} {target.bound:g}"
    value = target_value(target, records)
    if value is None:
        return ["not measured", bound, ""]
    return [f"{value:.3g}", bound, "met" if target.is_met(value) else "MISSED"]


def _cell(record: Record, figure: str) -> str:
    values = record.values(figure)
    if not values:
        return ""
    _, scale, form = FIGURES[figure]
    middle = form.format(statistics.median(values) * scale)
    if len(values) == 1 or min(values) == max(values):
        return middle
    number = form.split("}")[0] + "}"
    return f"{middle} ({number.format(min(values) * scale)}..{number.format(max(values) * scale)})"


def _table(head, rows) -> str:
    rows = [list(row) for row in rows]
    width = max(map(len, [head, *rows]))
    lines = [list(head), ["---"] * width, *rows]
    lines = [line + [""] * (width - len(line)) for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
