"""Class imbalance
===============

One class in fifty: the eights of the digits against all others, most eights left out of the
training samples. Accuracy says little here, as a model that never finds an eight is right in 98 %
of the cases. `class_weight="balanced"` and the focal loss make the rare class count for more: at
the usual threshold more of the eights are found, at the price of false alarms. The curves show all
thresholds at once. What the weights change is mostly the threshold; the ranking of the samples
changes little.
"""

import numpy as np
from example import finish, read_options
from matplotlib import pyplot
from sklearn.datasets import load_digits
from sklearn.metrics import (
    average_precision_score,
    precision_recall_curve,
    precision_score,
    recall_score,
)
from sklearn.model_selection import train_test_split

from sk_bp import BPClassifier
from sk_bp.losses import Focal

MODELS = {
    "log-loss": {},
    'class_weight="balanced"': {"class_weight": "balanced"},
    "Focal(gamma=2), balanced": {"loss": Focal(gamma=2), "class_weight": "balanced"},
}
STYLES = ("k-", "C0--", "C1:")
RARE = 8


def samples(seed):
    """Noisy digits: 98 of 100 training samples are no eights; the test samples are as they are."""
    X, digit = load_digits(return_X_y=True)
    rng = np.random.default_rng(seed)
    X = X / 16 + rng.normal(0, 0.2, X.shape)
    X, X_test, y, y_test = train_test_split(X, digit == RARE, test_size=0.5, random_state=seed)
    kept = np.concatenate([np.flatnonzero(~y), np.flatnonzero(y)[: np.sum(~y) // 49]])
    return X[kept], X_test, y[kept], y_test


def main(arguments=None):
    """Train each way, print precision and recall at 1/2, and draw them for all thresholds."""
    options = read_options(__doc__, arguments)
    seeds = range(2 if options.short else 10)
    figure, ax = pyplot.subplots(figsize=(7.5, 4.6), layout="constrained")
    print(f"{'means over ' + str(len(seeds)) + ' splits':<26}recall  precision  average precision")
    found = {}
    for (name, params), style in zip(MODELS.items(), STYLES, strict=True):
        figures = []
        for seed in seeds:
            X, X_test, y, y_test = samples(seed)
            p = BPClassifier(random_state=seed, **params).fit(X, y).predict_proba(X_test)[:, 1]
            at_half = recall_score(y_test, p > 0.5), precision_score(y_test, p > 0.5)
            figures.append((*at_half, average_precision_score(y_test, p)))
            if seed == 0:
                precision, recall, _ = precision_recall_curve(y_test, p)
                ax.plot(recall, precision, style, label=name)
                ax.plot(*at_half, "o", color=ax.lines[-1].get_color(), markersize=8)
        recall, precision, average = np.mean(figures, axis=0)
        print(f"{name:<26}{recall:6.2f}{precision:11.2f}{average:19.2f}")
        found[name] = {"recall": recall, "precision": precision, "average": average}
    ax.set(xlabel="recall: the share of eights that are found", ylim=(0, 1.03))
    ax.set(ylabel="precision: the share of alarms that are eights")
    ax.set_title("First split; the points are at a probability of 1/2")
    ax.grid(alpha=0.3)
    ax.legend(loc="lower left")
    finish(figure, options)
    return found


if __name__ == "__main__":
    main()
