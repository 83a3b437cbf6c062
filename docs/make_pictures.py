"""Make the pictures of README and documentation anew, from the examples and from measurements."""

import runpy
import sys
from pathlib import Path

DOCS = Path(__file__).parent
EXAMPLES = DOCS.parent / "examples"
PICTURES = (
    "plot_backpropagation",
    "plot_batch_size",
    "plot_bayesian_search",
    "plot_early_stopping",
    "plot_exploding_gradient",
    "plot_gradient_check",
    "plot_learning_rate",
    "plot_local_minima",
    "plot_range_test",
    "plot_regularization",
    "plot_rmsprop_linear_regression",
    "plot_schedules",
    "plot_sine",
    "plot_sparse_text_optimizers",
    "plot_time_series",
    "plot_underfitting",
    "plot_vanishing_gradient",
)


def main():
    """Run the examples in full, and draw what was measured."""
    sys.path.insert(0, str(EXAMPLES))
    for name in PICTURES:
        main = runpy.run_path(str(EXAMPLES / f"{name}.py"))["main"]
        main(["--save", str(DOCS / "pictures" / f"{name.removeprefix('plot_')}.png")])
    for name in ("draw_choosing", "draw_default_rates"):
        runpy.run_path(str(DOCS / f"{name}.py"))["main"]()


if __name__ == "__main__":
    main()
