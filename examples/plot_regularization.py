"""Regularizers by their strength
==============================

Regularization: weight decay, the L1 penalty, dropout and a limit on the gradient.

The first three panels learn a classification of 200 samples with 60 features, of which 8 matter and
10 percent of the labels are wrong: a network of 100 units follows the noise. Each regularizer is
tried at several strengths, alone; the loss on test samples says what it brings. For the L1 penalty
the share of the first layer's weights that are not zero is drawn beside it. The last panel is
another task, a regression in which one target in a hundred is a gross error: a limit on the norm of
the gradient bounds what such a sample can do in one step.
"""

import numpy as np
from example import finish, read_options
from matplotlib import pyplot
from sklearn.datasets import make_classification
from sklearn.metrics import log_loss

from sk_bp import BPClassifier, BPRegressor

N_TRAIN, N_TEST = 200, 2000
DECAYS = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
L1 = (0.0, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
RATES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
PLAIN = {"learning_rate": 0.001, "weight_decay": 1e-4, "batch_size": 32, "tol": None}
LIMITS = (0.1, 0.3, 1.0, 3.0, 10.0, 100.0)


def noisy_classes(seed):
    """Training and test samples of two classes."""
    X, y = make_classification(
        N_TRAIN + N_TEST, 60, n_informative=8, n_redundant=0, flip_y=0.1, random_state=seed
    )
    return X[:N_TRAIN], y[:N_TRAIN], X[N_TRAIN:], y[N_TRAIN:]


def classify(name, values, n_seeds, max_iter):
    """Loss on training and test samples, and share of the first weights in use, for each value."""
    found = np.empty((len(values), n_seeds, 3))
    for k, value in enumerate(values):
        for seed in range(n_seeds):
            X, y, X_test, y_test = noisy_classes(seed)
            model = BPClassifier(random_state=seed, **{**PLAIN, name: value})
            model.set_params(max_iter=max_iter).fit(X, y)
            losses = [log_loss(t, model.predict_proba(Z)) for Z, t in ((X, y), (X_test, y_test))]
            found[k, seed] = *losses, (model.coefs_[0] != 0).mean()
    return dict(zip(("training", "test", "weights"), np.median(found, axis=1).T, strict=True))


def with_gross_errors(limits, n_seeds, max_iter):
    """R² on clean test samples of a regression with gross errors, for each limit of the norm."""
    found = np.empty((len(limits), n_seeds))
    for k, limit in enumerate(limits):
        for seed in range(n_seeds):
            rng = np.random.default_rng(seed)
            X = rng.standard_normal((1500, 5))
            y = np.sin(2 * X[:, 0]) + X[:, 1] * X[:, 2]
            noisy = y[:500].copy()
            noisy[::100] += 1000
            model = BPRegressor(
                max_iter=max_iter,
                batch_size=32,
                tol=None,
                random_state=seed,
                max_grad_norm=limit,
                optimizer="sgd",
                learning_rate=0.02,
            ).fit(X[:500], noisy)
            found[k, seed] = model.score(X[500:], y[500:])
    return np.median(found, axis=1)


def draw(by_decay, by_l1, by_rate, by_limit):
    """A panel for each regularizer: (values, scores)."""
    figure, axes = pyplot.subplots(1, 4, figsize=(15, 3.8), layout="constrained")
    titles = "Weight decay", "L1 penalty", "Dropout", "Limit on the gradient"
    names = "weight_decay", "l1", "dropout", "max_grad_norm"
    for ax, title, name in zip(axes, titles, names, strict=True):
        ax.set(title=title, xlabel=name)
        ax.grid(alpha=0.3)
    for ax, (values, found) in zip(axes, (by_decay, by_l1, by_rate), strict=False):
        ax.plot(values, found["training"], "C0--s", markersize=4, label="training")
        ax.plot(values, found["test"], "k-o", markersize=4, label="test")
        ax.set(ylabel="log-loss", ylim=(0, 1.1 * found["test"].max()))
        ax.legend(loc="center left")
    axes[0].set_xscale("symlog", linthresh=0.1)
    axes[0].set_xlim(-0.01)
    axes[1].set_xscale("symlog", linthresh=0.03)
    share = axes[1].twinx()
    share.plot(by_l1[0], by_l1[1]["weights"], "C3:^", markersize=4)
    share.set_ylabel("share of the weights in use", color="C3")
    share.set_ylim(0, 1.05)
    limits, scores = by_limit
    axes[3].semilogx(limits, np.maximum(scores, -1), "k-o", markersize=4)
    axes[3].set(ylabel="R² on clean test samples (at least -1)", ylim=(-1.1, 1.05))
    return figure


def main(arguments=None):
    """Train with each regularizer at each strength, print the results, and draw."""
    options = read_options(__doc__, arguments)
    every, n_seeds, max_iter = (3, 1, 50) if options.short else (1, 5, 100)
    results = {}
    for name, values in (("weight_decay", DECAYS), ("l1", L1), ("dropout", RATES)):
        values = values[::every]
        results[name] = values, classify(name, values, n_seeds, max_iter)
        print(f"{name:>12}  loss of training   of test   weights in use")
        for row in zip(values, *results[name][1].values(), strict=True):
            print("{:12.3g}{:18.3f}{:10.3f}{:16.0%}".format(*row))
    limits = LIMITS[::every]
    results["max_grad_norm"] = limits, with_gross_errors(limits, n_seeds, max_iter)
    print("max_grad_norm  R² of clean test samples")
    for limit, score in zip(*results["max_grad_norm"], strict=True):
        print(f"{limit:13.3g}{score:20.3f}")
    finish(draw(*results.values()), options)
    return results


if __name__ == "__main__":
    main()
