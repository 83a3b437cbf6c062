"""A sine from 20 points
=====================

A sine from 20 points: the classical first task of a back-propagation network.

One input, 4 tanh units, one output, and all 20 points in each step. Plain gradient descent learns
the rough shape in about 700 epochs, and then needs thousands for the rest. A larger rate makes its
loss bounce for thousands of epochs, after which it ends lower. Momentum, Rprop and Adam need a
tenth of the epochs or fewer; methods that know the curvature, L-BFGS and Levenberg-Marquardt, need
about twenty, each of which takes longer. All start from the same weights, for each of ten seeds;
the picture shows the first of them.
"""

import warnings

import numpy as np
from example import finish, read_options
from matplotlib import pyplot
from sklearn.exceptions import ConvergenceWarning

from sk_bp import LBFGS, SGD, Adam, BPRegressor, LevenbergMarquardt, Rprop
from sk_bp.inspection import LossCurveDisplay

N_EPOCHS, N_SEEDS = 8000, 10
FIRST_SEED = 100  # the rates were chosen on other seeds
ERRORS = (0.1, 0.02, 0.001)
ALL_POINTS = {"batch_size": 1000}  # in each step
METHODS = {
    "gradient descent": {"optimizer": SGD(momentum=0), "learning_rate": 0.03, **ALL_POINTS},
    "descent, large rate": {"optimizer": SGD(momentum=0), "learning_rate": 0.3, **ALL_POINTS},
    "momentum": {"optimizer": SGD(nesterov=False), "learning_rate": 0.05, **ALL_POINTS},
    "Rprop": {"optimizer": Rprop()},
    "Adam": {"optimizer": Adam(), "learning_rate": 0.03, **ALL_POINTS},
    "L-BFGS": {"optimizer": LBFGS()},
    "Levenberg-Marquardt": {"optimizer": LevenbergMarquardt()},
}
STYLES = ("-", "--", "-.", ":", (0, (6, 1)), (0, (1, 3)), (0, (5, 1, 1, 1)))


def train(name: str, X: np.ndarray, y: np.ndarray, n_epochs: int, seed: int) -> BPRegressor:
    """Train a network by one of the methods."""
    model = BPRegressor(
        4, "tanh", alpha=0, max_iter=n_epochs, tol=None, scaling=False, **METHODS[name]
    )
    with warnings.catch_warnings():
        # L-BFGS may end where rounding hides any further progress, and warns of it.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.set_params(random_state=seed).fit(X, y)


def epochs_to_reach(model: BPRegressor, error: float) -> float:
    """Return after how many epochs the mean squared error was this small; infinity if never."""
    (reached,) = np.nonzero(2 * np.array(model.loss_curve_) <= error)
    return reached[0] + 1 if len(reached) else np.inf


def draw(
    X: np.ndarray, y: np.ndarray, models: dict[str, BPRegressor], n_epochs: int
) -> pyplot.Figure:
    """Draw what was learned, and how the loss fell."""
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    LossCurveDisplay.from_estimators(models, ax=right)
    right.set(xscale="log", title="Training")
    right.grid(alpha=0.3)
    x = np.linspace(-5.5, 5.5, 300)
    left.plot(X[:, 0], y, "o", color="k", markersize=5, label="the 20 points")
    for line, style in zip(right.get_lines(), STYLES, strict=True):
        name = line.get_label()
        predicted = models[name].predict(x[:, None])
        left.plot(x, predicted, color=line.get_color(), linestyle=style, label=name)
    left.set(xlabel="x", title=f"What was learned in {n_epochs:,} epochs", ylim=(-1.3, 2.9))
    left.legend(loc="upper right", ncols=2, fontsize=9)
    return figure


def main(arguments: list[str] | None = None) -> dict[str, dict[str, float]]:
    """Train by each method, print epochs and errors, and draw the networks of the first seed."""
    options = read_options(__doc__, arguments)
    n_epochs, n_seeds = (300, 3) if options.short else (N_EPOCHS, N_SEEDS)
    X = np.linspace(-5, 5, 20)[:, None]
    y = np.sin(X[:, 0])
    print("Epochs until the mean squared error of the 20 points is 0.1, 0.02, 0.001, and the")
    print(f"error after {n_epochs:,} epochs at most: medians of {n_seeds} seeds\n")
    print(f"{'':<22}{'rate':>6}" + "".join(f"{error:>9g}" for error in ERRORS) + f"{'error':>10}")
    drawn, found = {}, {}
    for name, method in METHODS.items():
        models = [train(name, X, y, n_epochs, FIRST_SEED + seed) for seed in range(n_seeds)]
        epochs = {
            error: np.median([epochs_to_reach(model, error) for model in models])
            for error in ERRORS
        }
        last = np.median([np.mean((model.predict(X) - y) ** 2) for model in models])
        shown = "".join(
            f"{n:9,.0f}" if np.isfinite(n) else f"{'never':>9}" for n in epochs.values()
        )
        print(f"{name:<22}{method.get('learning_rate', ''):>6}{shown}{last:10.1e}", flush=True)
        drawn[name], found[name] = models[0], epochs | {"error": last}
    finish(draw(X, y, drawn, n_epochs), options)
    return found


if __name__ == "__main__":
    main()
