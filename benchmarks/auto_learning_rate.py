"""learning_rate="auto" beside the best of seven fixed rates, by the training loss at the end.

Each line of the table is a data set, an optimizer and a number of epochs: seven fits at fixed
rates, and one at "auto". The ratio is the mean training loss of the last weights of "auto" divided
by the lowest of the seven. On many data sets a network can bring the loss as near to zero as one
likes, and there a ratio says little; in the second ratio 1 % of the loss of the best constant
prediction is added to both.

Run ``python benchmarks/auto_learning_rate.py --help``. With one thread of a common machine it takes
about five minutes for two seeds.
"""

import argparse
import math
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn import datasets
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import scale

from sk_bp import BPClassifier, BPRegressor

RATES = {
    "sgd": np.logspace(-3, 0, 7),
    "rmsprop": np.logspace(-4, -1, 7),
    "adam": np.logspace(-4, -1, 7),
}
FLOOR = 0.01  # of the loss of the best constant prediction
CLASSES = {
    "iris": lambda: datasets.load_iris(return_X_y=True),
    "wine": lambda: datasets.load_wine(return_X_y=True),
    "breast_cancer": lambda: datasets.load_breast_cancer(return_X_y=True),
    "digits": lambda: datasets.load_digits(return_X_y=True),
    "moons_100": lambda: datasets.make_moons(100, noise=0.2, random_state=0),
    "circles_1000": lambda: datasets.make_circles(1000, noise=0.1, factor=0.5, random_state=0),
    "classes_2000": lambda: datasets.make_classification(
        2000, 20, n_informative=8, n_classes=4, flip_y=0.05, random_state=0
    ),
    "hastie_10000": lambda: datasets.make_hastie_10_2(10_000, random_state=0),
}
VALUES = {
    "diabetes": lambda: datasets.load_diabetes(return_X_y=True),
    "linnerud": lambda: datasets.load_linnerud(return_X_y=True),
    "regression_100": lambda: datasets.make_regression(100, 20, noise=10, random_state=0),
    "friedman1_2000": lambda: datasets.make_friedman1(2000, noise=1, random_state=0),
    "friedman1_20000": lambda: datasets.make_friedman1(20_000, noise=1, random_state=0),
    "s_curve_1000": lambda: datasets.make_s_curve(1000, random_state=0),
}


def problems():
    """Name, estimator, X, y and numbers of epochs of each problem."""
    for name, load in CLASSES.items():
        X, y = load()
        yield name, BPClassifier(), scale(X), y, (20,) if len(X) > 3000 else (20, 100)
    X, y = CLASSES["digits"]()
    yield "digits, batches of 32", BPClassifier(batch_size=32), scale(X), y, (20,)
    for name, load in VALUES.items():
        X, y = load()
        yield name, BPRegressor(), scale(X), scale(y), (20,) if len(X) > 3000 else (20, 100)
    sys.path.insert(0, str(Path(__file__).parents[1] / "examples"))
    from docstrings import load_docstrings

    texts, modules = load_docstrings()
    X = TfidfVectorizer(ngram_range=(1, 2), dtype=np.float32).fit_transform(texts)
    yield "docstrings", BPClassifier(32, batch_size=32), X, np.array(modules), (5,)


def mean_loss(model, X, y):
    """The mean training loss of the weights as they are."""
    if isinstance(model, BPClassifier):
        log_probabilities = model.predict_log_proba(X)
        return -np.mean(log_probabilities[np.arange(len(y)), np.searchsorted(model.classes_, y)])
    errors = np.reshape(model.predict(X) - y, (len(y), -1))
    return 0.5 * np.mean(np.sum(errors**2, axis=1))


def loss_of_constant(y, regression):
    """The loss of the best constant prediction."""
    if regression:
        return 0.5 * np.sum(np.var(np.reshape(y, (len(y), -1)), axis=0))
    shares = np.unique(y, return_counts=True)[1] / len(y)
    return -np.sum(shares * np.log(shares))


def train(model, X, y, **params):
    """A model trained to the end, its loss, infinite if it had to stop, and the seconds it took."""
    model = clone(model).set_params(tol=None, alpha=1e-4, scaling=False, **params)
    if model.batch_size == "auto":
        model.set_params(batch_size=200)
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, y)
    seconds = time.perf_counter() - start
    return model, mean_loss(model, X, y) if model.end_reason_ == "max_iter" else math.inf, seconds


def compare(name, model, X, y, optimizer, n_epochs, seed):
    """One line of the table."""
    params = {"optimizer": optimizer, "max_iter": n_epochs, "random_state": seed}
    rates = RATES[optimizer]
    grid = [train(model, X, y, learning_rate=rate, **params) for rate in rates]
    losses = [loss for _, loss, _ in grid]
    auto, loss, seconds = train(model, X, y, learning_rate="auto", **params)
    best = int(np.argmin(losses))
    floor = FLOOR * loss_of_constant(y, isinstance(model, BPRegressor))
    seconds_per_epoch = np.median([seconds for _, _, seconds in grid]) / n_epochs
    return {
        "data": name,
        "optimizer": optimizer,
        "epochs": n_epochs,
        "best rate": rates[best],
        "best loss": losses[best],
        "auto rate": auto.auto_learning_rate_,
        "auto loss": loss,
        "ratio": loss / losses[best],
        "ratio with floor": (loss + floor) / (losses[best] + floor),
        "search in epochs": seconds / seconds_per_epoch - n_epochs,
        "search in seconds": seconds - seconds_per_epoch * n_epochs,
    }


LINE = (
    "{data:<22}{optimizer:<9}{epochs:>4}{best rate:>9.2g}{best loss:>10.2e}{auto rate:>9.2g}"
    "{auto loss:>10.2e}{ratio:>11.2f}{ratio with floor:>7.2f}{search in epochs:>8.1f}"
    "{search in seconds:>7.2f}"
)


def summary(rows):
    """How many lines hold, and the worst."""
    lines = []
    for key in ("ratio", "ratio with floor"):
        ratios = np.array([row[key] for row in rows])
        worst = rows[int(np.argmax(ratios))]
        lines.append(
            f"{key}: {np.mean(ratios <= 1.3):.1%} of {len(rows)} lines within 1.3, median "
            f"{np.median(ratios):.2f}, worst {ratios.max():.2f} ({worst['data']}, "
            f"{worst['optimizer']}, {worst['epochs']} epochs)"
        )
    return "\n".join(lines)


def main():
    """Print the table, and how many lines hold."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="*", help="names of data sets; all without")
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1])
    options = parser.parse_args()
    by_optimizer = {name: [] for name in RATES}
    for name, model, X, y, budgets in problems():
        if options.data and name not in options.data:
            continue
        for seed in options.seeds:
            for optimizer, rows in by_optimizer.items():
                for n_epochs in budgets:
                    rows.append(compare(name, model, X, y, optimizer, n_epochs, seed))
                    print(LINE.format(**rows[-1]), flush=True)
    for optimizer, rows in by_optimizer.items():
        print(f"\n{optimizer}\n{summary(rows)}")
    print(f"\nall\n{summary([row for rows in by_optimizer.values() for row in rows])}")


if __name__ == "__main__":
    main()
