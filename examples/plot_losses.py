"""Losses and output activations of regression
===========================================

Losses of a regression: gross errors, quantiles, and a range that predictions must not leave.

Each panel has one feature of a real data set, half of whose samples are held out. In the first, one
training target in twenty is ten times too large: the mean follows them, the median does not. In the
second, three quantiles of clean targets make an interval that widens where the targets spread. In
the third, the targets are positive, and so is the prediction whose output goes through softplus.
"""

import numpy as np
from example import finish, read_options
from matplotlib import pyplot
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.model_selection import train_test_split

from sk_bp import BPRegressor, CosineDecay
from sk_bp.losses import Huber, Pinball

LOSSES = {
    "squared error": "squared_error",
    "Huber": Huber(delta=50),
    "absolute error": "absolute_error",
}
OUTPUTS = {"no activation": None, "softplus": "softplus", "relu": "relu"}
COLORS = ("#d55e00", "#0072b2", "#009e73")  # Okabe and Ito: told apart by everyone


def progression(seed):
    """The body mass index, and how the diabetes went on within a year: two halves."""
    X, y = load_diabetes(return_X_y=True, scaled=False)
    return train_test_split(X[:, [2]], y, test_size=0.5, random_state=seed)


def scatter_of_area(seed):
    """The mean radius of cell nuclei, and the standard error of their area beside its mean."""
    cancer = load_breast_cancer()
    radius, area = (list(cancer.feature_names).index(f) for f in ("mean radius", "area error"))
    X, y = cancer.data[:, [radius]], cancer.data[:, area]
    return train_test_split(X, y / y.mean(), test_size=0.5, random_state=seed)


def network(seed, options, **params):
    """A network of 20 units, whose learning rate falls to zero."""
    epochs = 40 if options.short else 100
    schedule = CosineDecay(0.01)
    return BPRegressor(
        20, "tanh", learning_rate=schedule, max_iter=epochs, tol=None, random_state=seed, **params
    )


def with_gross_errors(seed, options):
    """The held-out samples, and the network of each loss."""
    X, X_test, y, y_test = progression(seed)
    wrong = np.random.default_rng(seed).random(len(y)) < 0.05
    y = np.where(wrong, 10 * y, y)
    fitted = {name: network(seed, options, loss=loss).fit(X, y) for name, loss in LOSSES.items()}
    return X_test, y_test, fitted


def with_quantiles(seed, options):
    """The held-out samples, and a network of three quantiles."""
    X, X_test, y, y_test = progression(seed)
    return X_test, y_test, network(seed, options, loss=Pinball([0.1, 0.5, 0.9])).fit(X, y)


def with_range(seed, options):
    """The held-out samples, and the network of each output activation."""
    X, X_test, y, y_test = scatter_of_area(seed)
    return (
        X_test,
        y_test,
        {
            name: network(seed, options, out_activation=activation).fit(X, y)
            for name, activation in OUTPUTS.items()
        },
    )


def measure(seeds, options):
    """Means over several splits of what the panels show, on held-out samples."""
    errors = {name: [] for name in LOSSES}
    of_quantiles = {"covered": [], "narrowest": [], "widest": [], "score": []}
    ranges = {name: {"r2": [], "lowest": [], "negative": []} for name in OUTPUTS}
    for seed in seeds:
        X, y, fitted = with_gross_errors(seed, options)
        for name, model in fitted.items():
            errors[name].append(np.abs(model.predict(X) - y).mean())
        X, y, model = with_quantiles(seed, options)
        low, _, high = model.predict(X).T
        of_quantiles["covered"].append(((y >= low) & (y <= high)).mean())
        of_quantiles["narrowest"].append((high - low).min())
        of_quantiles["widest"].append((high - low).max())
        of_quantiles["score"].append(model.score(X, y))
        X, y, fitted = with_range(seed, options)
        for name, model in fitted.items():
            predicted = model.predict(X)
            ranges[name]["r2"].append(model.score(X, y))
            ranges[name]["lowest"].append(predicted.min())
            ranges[name]["negative"].append((predicted < 0).mean())
    return {
        "errors": {name: float(np.mean(found)) for name, found in errors.items()},
        "quantiles": {name: float(np.mean(found)) for name, found in of_quantiles.items()},
        "ranges": {
            name: {figure: float(np.mean(values)) for figure, values in found.items()}
            for name, found in ranges.items()
        },
    }


def draw_samples(ax, X, y, title, xlabel, ylabel):
    """The held-out samples of a panel; returns where to draw curves."""
    ax.scatter(X[:, 0], y, s=9, color="0.75", label="held-out samples", zorder=0)
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    ax.grid(alpha=0.3)
    return np.linspace(X.min(), X.max(), 200)[:, None]


def draw(options):
    """A panel for each question, with curves of the first split."""
    figure, axes = pyplot.subplots(1, 3, figsize=(13, 4.2), layout="constrained")
    left, middle, right = axes
    body_mass = "body mass index", "progression of diabetes"

    X, y, fitted = with_gross_errors(0, options)
    x = draw_samples(left, X, y, "Gross errors in 5 % of the training targets", *body_mass)
    for (name, model), color, style in zip(fitted.items(), COLORS, ("-", "-", "--"), strict=True):
        left.plot(x, model.predict(x), style, color=color, linewidth=2, label=name)
    left.set_ylim(0, 480)

    X, y, model = with_quantiles(0, options)
    x = draw_samples(middle, X, y, "Quantiles", *body_mass)
    curves = model.predict(x).T
    middle.fill_between(x[:, 0], curves[0], curves[2], color=COLORS[1], alpha=0.2, linewidth=0)
    for curve, name, width in zip(curves, ("0.1", "0.5", "0.9"), (1, 2, 1), strict=True):
        middle.plot(x, curve, color=COLORS[1], linewidth=width)
        middle.text(x[-1, 0] + 0.4, curve[-1], name, color=COLORS[1], verticalalignment="center")
    middle.set(xlim=(None, 45.5), ylim=(0, 480))

    X, y, fitted = with_range(0, options)
    x = draw_samples(right, X, y, "Positive targets", "mean radius", "error of the area, relative")
    right.axhline(0, color="0.4", linewidth=1)
    for (name, model), color, style in zip(fitted.items(), COLORS, ("-", "-", "--"), strict=True):
        right.plot(x, model.predict(x), style, color=color, linewidth=2, label=name)
    right.set_ylim(-1, 6)
    for ax in axes:
        ax.legend(loc="upper left", fontsize=9)
    return figure


def main(arguments=None):
    """Measure over several splits, print the figures, and draw the first split."""
    options = read_options(__doc__, arguments)
    found = measure(range(2 if options.short else 10), options)
    print("Gross errors: mean absolute error on clean held-out targets")
    for name, error in found["errors"].items():
        print(f"{name:>16}: {error:.1f}")
    print("Quantiles 0.1 to 0.9: share of held-out targets within, widths of the interval, score")
    interval = "{covered:16.0%}, {narrowest:.0f} to {widest:.0f}, D² {score:.2f}"
    print(interval.format(**found["quantiles"]))
    print("Positive targets: R², lowest prediction, share of negative predictions")
    for name, figures in found["ranges"].items():
        print("{:>16}: {r2:.3f}, {lowest:.2f}, {negative:.1%}".format(name, **figures))
    finish(draw(options), options)
    return found


if __name__ == "__main__":
    main()
