"""Draw the pictures of ``choosing.md``, and print its tables, from three of the examples.

What the examples find is kept in ``choosing.json``, which the tables are made of.
"""

import json
import runpy
import sys
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parent
EXAMPLES = DOCS.parent / "examples"
MEASURED = DOCS / "choosing.json"
TOPICS = ("losses", "activations", "regularizers")


def read() -> dict[str, Any]:
    """Return what was measured, by topic."""
    return json.loads(MEASURED.read_text(encoding="utf-8"))


def measure() -> dict[str, Any]:
    """Run the examples in full, save their pictures, and return what the tables need."""
    sys.path.insert(0, str(EXAMPLES))
    found = {}
    for topic in TOPICS:
        main = runpy.run_path(str(EXAMPLES / f"plot_{topic}.py"))["main"]
        found[topic] = main(["--save", str(DOCS / "pictures" / f"{topic}.png")])
    accuracies = found["activations"]["accuracies"]
    found["activations"]["accuracies"] = {
        name: {"means": list(scores.mean(axis=1)), "lowest": scores[-1].min()}
        for name, scores in accuracies.items()
    }
    found["regularizers"] = {
        name: {
            "training": figures["training"][-1],
            "last": figures["held out"][-1],
            "best": figures["held out"].min(),
            "epoch": int(figures["held out"].argmin()) + 1,
            "weights": figures["weights"],
        }
        for name, figures in found["regularizers"].items()
    }
    return found


def tables(measured: dict[str, Any]) -> list[str]:
    """Return all tables of figures, in the order of the page."""
    losses, activations = measured["losses"], measured["activations"]
    return [
        as_markdown(
            ["trained with", "mean absolute error"],
            *([name, f"{error:.1f}"] for name, error in losses["errors"].items()),
        ),
        as_markdown(
            ["held-out targets within", "narrowest interval", "widest interval", "`score`"],
            "{covered:.0%}|{narrowest:.0f}|{widest:.0f}|{score:.2f}".format(
                **losses["quantiles"]
            ).split("|"),
        ),
        as_markdown(
            ["output", "R²", "lowest prediction", "negative predictions"],
            *(
                [name, *"{r2:.2f}|{lowest:.2f}|{negative:.1%}".format(**figures).split("|")]
                for name, figures in losses["ranges"].items()
            ),
        ),
        as_markdown(
            ["accuracy with so many layers", *map(str, activations["depths"]), "lowest with 16"],
            *(
                [
                    f"`{name}`",
                    *(f"{mean:.2f}" for mean in figures["means"]),
                    f"{figures['lowest']:.2f}",
                ]
                for name, figures in activations["accuracies"].items()
            ),
        ),
        as_markdown(
            ["half the squared error", "training", "held out", "best (epoch)", "weights in use"],
            *(
                [
                    name if name == "none" else f"`{name}`",
                    *"{training:.2f}|{last:.2f}|{best:.2f} ({epoch})|{weights:.0%}".format(
                        **figures
                    ).split("|"),
                ]
                for name, figures in measured["regularizers"].items()
            ),
        ),
    ]


def as_markdown(head: list[str], *rows: list[str]) -> str:
    """Return a table."""
    lines = [f"| {' | '.join(row)} |".replace("%", " %") for row in (head, *rows)]
    return "\n".join([lines[0], "| --- " * len(head) + "|", *lines[1:]])


def main() -> None:
    """Measure and draw, keep what was found, and print the tables."""
    MEASURED.write_text(json.dumps(measure(), indent=1) + "\n", encoding="utf-8")
    print(*tables(read()), sep="\n\n")


if __name__ == "__main__":
    main()
