"""Under- and overfitting by size and penalty
==========================================

Under- and overfitting: how large a network, how strong a penalty.

Sixty noisy points of a curve. One hidden unit cannot follow it, fifty follow the noise as well. The
validation score, by cross-validation, is best somewhere between; the training score only rises with
the size. The same holds for the penalty alpha of a network that is large enough: without one it
follows the noise, with too strong a one it follows nothing. (Up to 1e-3 the penalty is too weak to
matter, and the validation score is left to chance.) Scores are medians over the splits: now
and then a network is far off where it was given no points.
"""

import numpy as np
from example import finish, read_options
from matplotlib import pyplot
from sklearn.model_selection import RepeatedKFold, validation_curve

from sk_bp import BPRegressor

N_POINTS, NOISE = 60, 0.3
SIZES = (1, 2, 3, 5, 10, 20, 50)
ALPHAS = np.geomspace(1e-6, 10, 8)
DRAWN = {1: "C0--", 5: "k-", 50: "C1-"}


def curve(x):
    """What is to be learned."""
    return np.sin(2 * x) + 0.3 * x


def network(n_hidden, alpha=0.0):
    """A network trained by up to 1,000 steps of L-BFGS."""
    return BPRegressor(
        n_hidden, "tanh", optimizer="lbfgs", alpha=alpha, max_iter=1000, tol=None, random_state=0
    )


def scores(model, name, values, X, y, n_repeats):
    """Median training and validation R² by cross-validation, for each value of a parameter."""
    splits = RepeatedKFold(n_splits=5, n_repeats=n_repeats, random_state=0)
    train, valid = validation_curve(model, X, y, param_name=name, param_range=values, cv=splits)
    return {"training": np.median(train, axis=1), "validation": np.median(valid, axis=1)}


def draw(X, y, by_size, by_alpha, sizes, alphas):
    """Three networks with their points, and the scores by size and by penalty."""
    figure, (left, middle, right) = pyplot.subplots(1, 3, figsize=(13, 4), layout="constrained")
    x = np.linspace(-3, 3, 400)
    left.plot(X[:, 0], y, "o", color="0.6", markersize=4, label="the points")
    for n_hidden, style in DRAWN.items():
        fit = network(n_hidden).fit(X, y).predict(x[:, None])
        left.plot(x, fit, style, label=f"{n_hidden} hidden unit{'s' * (n_hidden > 1)}")
    left.set(title="Three networks, alpha=0", xlabel="x", ylim=(y.min() - 1, y.max() + 1.6))
    left.legend(loc="upper left")
    for ax, values, found in ((middle, sizes, by_size), (right, alphas, by_alpha)):
        ax.semilogx(values, found["training"], "C0--s", markersize=4, label="training")
        ax.semilogx(values, found["validation"], "k-o", markersize=4, label="validation")
        ax.set(ylabel="R²", ylim=(-0.15, 1.05))
        ax.grid(alpha=0.3)
        ax.legend(loc="lower center")
    middle.set(title="Size, alpha=0", xlabel="hidden units")
    middle.set_xticks(sizes, [str(size) for size in sizes])
    middle.minorticks_off()
    right.set(title="Penalty, 50 hidden units", xlabel="alpha")
    return figure


def main(arguments=None):
    """Score networks of each size and penalty, print the scores, and draw."""
    options = read_options(__doc__, arguments)
    sizes, alphas = (SIZES[::3], ALPHAS[::3]) if options.short else (SIZES, ALPHAS)
    n_repeats = 1 if options.short else 4
    rng = np.random.default_rng(0)
    X = np.sort(rng.uniform(-3, 3, size=N_POINTS))[:, None]
    y = curve(X[:, 0]) + NOISE * rng.standard_normal(N_POINTS)

    by_size = scores(network(1), "hidden_layer_sizes", sizes, X, y, n_repeats)
    by_alpha = scores(network(50), "alpha", alphas, X, y, n_repeats)
    for name, values, found in (("units", sizes, by_size), ("alpha", alphas, by_alpha)):
        print(f"{name:>8}  R² of training   of validation")
        for value, train, valid in zip(values, *found.values(), strict=True):
            print(f"{value:8.3g}{train:16.3f}{valid:16.3f}")
    finish(draw(X, y, by_size, by_alpha, sizes, alphas), options)
    return {"size": by_size, "alpha": by_alpha}


if __name__ == "__main__":
    main()
