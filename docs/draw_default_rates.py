"""Draw the picture, and print the tables, of ``default_rates.md`` from ``default_rates.json``.

``measure_default_rates.py`` measures what is drawn here.
"""

import json
from pathlib import Path

import numpy as np
from matplotlib import pyplot
from matplotlib.axes import Axes

from sk_bp.optimizers import OPTIMIZERS

DOCS = Path(__file__).parent
MEASURED = DOCS / "default_rates.json"
DATA = ("digits", "breast cancer", "diabetes", "docstrings")
COLORS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7")  # Okabe and Ito: told apart by everyone
MARKERS = "osD^"
LOWEST, HIGHEST = 1e-4, 10  # losses beyond are drawn at the edge
TOLERATED = 0.02  # how far below the best a good test score may be
Measured = dict[tuple[str, str], dict[str, np.ndarray]]


def read() -> Measured:
    """Return what was measured, by data set and optimizer."""
    return {
        (line["data"], line["optimizer"]): {
            name: np.array(line[name]) for name in ("rates", "loss", "score", "broke_off")
        }
        for line in json.loads(MEASURED.read_text(encoding="utf-8"))
    }


def measured_optimizers(measured: Measured) -> list[str]:
    """Return the optimizers of the page; Prodigy finds its own rate, and so is not among them."""
    return [name for name in OPTIMIZERS if ("digits", name) in measured and name != "prodigy"]


def at_default(rates: np.ndarray, optimizer: str) -> int:
    """Return which of the rates is the default."""
    distances = np.abs(np.log(rates / OPTIMIZERS[optimizer].default_learning_rate))
    if distances.min() > 0.1:
        raise ValueError(f"{optimizer} was not measured at its default rate; measure again")
    return distances.argmin()


def draw(measured: Measured) -> pyplot.Figure:
    """Draw a panel for each optimizer: the training loss by the rate, for each data set."""
    names = measured_optimizers(measured)
    figure, axes = pyplot.subplots(
        -(-len(names) // 4), 4, figsize=(12, 8.4), sharey=True, layout="constrained"
    )
    for ax, name in zip(axes.flat, names, strict=True):
        draw_panel(ax, name, measured)
    for ax in axes[-1]:
        ax.set_xlabel("learning rate")
    for ax in axes[:, 0]:
        ax.set_ylabel("training loss")
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), frameon=False)
    return figure


def draw_panel(ax: Axes, optimizer: str, measured: Measured) -> None:
    """Draw the losses of one optimizer, with a line at its default rate."""
    for data, color, marker in zip(DATA, COLORS, MARKERS, strict=True):
        found = measured[data, optimizer]
        losses = np.clip(found["loss"], LOWEST, HIGHEST)
        ax.plot(found["rates"], losses, color=color, marker=marker, markersize=4, label=data)
        if (lost := found["broke_off"] > 0).any():
            ax.plot(found["rates"][lost], losses[lost], "x", color="black", markersize=9)
    default = OPTIMIZERS[optimizer].default_learning_rate
    ax.axvline(default, color="0.4", linestyle="--", zorder=0, label="the default rate")
    ax.set(xscale="log", yscale="log", ylim=(LOWEST / 1.5, HIGHEST * 1.5))
    ax.set_title(f"{OPTIMIZERS[optimizer].__name__}, {default:g}")
    ax.grid(alpha=0.3)


def score_table(measured: Measured) -> str:
    """Return the table of test scores, at the default and at the best of all rates."""
    rows = [["optimizer", *DATA]]
    for name in measured_optimizers(measured):
        cells = []
        for data in DATA:
            found = measured[data, name]
            score = found["score"][at_default(found["rates"], name)]
            cells.append(f"{score:.2f} of {found['score'].max():.2f}")
        rows.append([f"`{name}`", *cells])
    return as_markdown(rows)


def range_table(measured: Measured) -> str:
    """Return the table of the rates around the best one whose test scores are nearly as good."""
    rows = [["optimizer", *DATA]]
    for name in measured_optimizers(measured):
        cells = []
        for data in DATA:
            rates = good_rates(**measured[data, name])
            cells.append(" to ".join(f"{float(f'{rate:.1g}'):g}" for rate in dict.fromkeys(rates)))
        rows.append([f"`{name}`", *cells])
    return as_markdown(rows)


def good_rates(rates: np.ndarray, score: np.ndarray, **_: np.ndarray) -> tuple[float, float]:
    """Return the ends of the range around the best rate in which all scores are good."""
    good = score >= score.max() - TOLERATED
    first = last = score.argmax()
    while first > 0 and good[first - 1]:
        first -= 1
    while last < len(good) - 1 and good[last + 1]:
        last += 1
    return rates[first], rates[last]


def as_markdown(rows: list[list[str]]) -> str:
    """Return a table whose first row is its head."""
    head, *body = ("| " + " | ".join(row) + " |" for row in rows)
    return "\n".join([head, "|---" * len(rows[0]) + "|", *body])


def main() -> None:
    """Save the picture, and print the tables."""
    measured = read()
    figure = draw(measured)
    figure.savefig(DOCS / "pictures" / "default_rates.png", dpi=90)
    pyplot.close(figure)
    print(score_table(measured), range_table(measured), sep="\n\n")


if __name__ == "__main__":
    main()
