"""Regularizers, epoch by epoch
============================

Regularizers on one regression: the error on training and on held-out samples, epoch by epoch.

Half of the diabetes data, 221 patients with ten features, trains 100 units at a constant rate. Left
alone, the network is at its best after few epochs, and then learns what is particular to its
samples. Weight decay, the L1 penalty and dropout hold it back; an average of the weights does not,
but takes out what the constant rate adds. All panels have the same axes.
"""

import numpy as np
from example import finish, read_options
from matplotlib import pyplot
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from sk_bp import BPRegressor

REGULARIZERS = {
    "none": {},
    "weight_decay=3": {"weight_decay": 3.0},
    "l1=0.3": {"l1": 0.3},
    "dropout=0.5": {"dropout": 0.5},
    'average="ema"': {"average": "ema"},
}
PLAIN = {"learning_rate": 0.01, "batch_size": 32, "weight_decay": 0.0, "tol": None}
TRAINING, HELD_OUT = "#0072b2", "#d55e00"


def halves(seed):
    """Training and held-out samples; features and targets are in standard deviations."""
    X, y = load_diabetes(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=seed)
    of_X, of_y = StandardScaler().fit(X_train), StandardScaler().fit(y_train[:, None])
    targets = (of_y.transform(y[:, None])[:, 0] for y in (y_train, y_test))
    return (of_X.transform(X_train), of_X.transform(X_test), *targets)


def curves(params, seeds, max_iter):
    """The median curves over several splits: (training, held-out), and the weights in use."""
    found, in_use = [], []
    for seed in seeds:
        X, X_test, y, y_test = halves(seed)
        model = BPRegressor(max_iter=max_iter, random_state=seed, **{**PLAIN, **params})
        model.fit(X, y, X_val=X_test, y_val=y_test)
        found.append([model.loss_curve_, [-score for score in model.validation_scores_]])
        in_use.append(float(np.mean(model.coefs_[0] != 0)))
    training, held_out = np.median(found, axis=0)
    return {"training": training, "held out": held_out, "weights": float(np.median(in_use))}


def draw(found):
    """A panel for each regularizer, with a point at the epoch that is best on held-out samples."""
    figure, axes = pyplot.subplots(
        1, len(found), figsize=(13, 3.6), sharex=True, sharey=True, layout="constrained"
    )
    for ax, (name, figures) in zip(axes, found.items(), strict=True):
        epochs, held_out = np.arange(1, len(figures["training"]) + 1), figures["held out"]
        ax.plot(epochs, figures["training"], color=TRAINING, linewidth=2)
        ax.plot(epochs, held_out, color=HELD_OUT, linewidth=2)
        best = held_out.argmin()
        ax.plot(epochs[best], held_out[best], "o", color=HELD_OUT, markersize=8)
        ax.set_title(
            f"{name}\nheld out: best {held_out[best]:.3f}, last {held_out[-1]:.3f}", fontsize=10
        )
        ax.set(xlabel="epoch", ylim=(0, 0.5))
        ax.grid(alpha=0.3)
    axes[0].set_ylabel("half the squared error")
    axes[0].text(0.3, 0.93, "held out", color=HELD_OUT, transform=axes[0].transAxes)
    axes[0].text(0.3, 0.12, "training", color=TRAINING, transform=axes[0].transAxes)
    return figure


def main(arguments=None):
    """Train with each regularizer, print the errors of the last and the best epoch, and draw."""
    options = read_options(__doc__, arguments)
    n_seeds, max_iter = (2, 30) if options.short else (10, 60)
    found = {
        name: curves(params, range(n_seeds), max_iter) for name, params in REGULARIZERS.items()
    }
    print(f"{'half the squared error':>22}  training  held out   best  first weights in use")
    for name, figures in found.items():
        training, held_out = figures["training"], figures["held out"]
        row = training[-1], held_out[-1], held_out.min(), figures["weights"]
        print(f"{name:>22}" + "{:10.3f}{:10.3f}{:7.3f}{:22.0%}".format(*row))
    finish(draw(found), options)
    return found


if __name__ == "__main__":
    main()
