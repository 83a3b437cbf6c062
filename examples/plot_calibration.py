"""Calibrated probabilities
========================

Of the samples that are given a probability of 0.8, eight in ten should be of that class. A network
that is large for its data, trained long at a constant rate, is too sure of itself: in this picture
its points lie below the diagonal at high probabilities. `CalibratedClassifierCV` learns from
held-out folds what the outputs are worth; with a hinge loss, which gives no probabilities of its
own, it is the way to get some. (The mean of its five calibrated networks is a little too careful:
its points form an S.) The data are made up (`make_classification`, with a tenth of the labels
wrong).
"""

import numpy as np
from example import finish, read_options
from matplotlib import pyplot
from sklearn.calibration import CalibratedClassifierCV, calibration_curve
from sklearn.datasets import make_classification
from sklearn.metrics import brier_score_loss, log_loss
from sklearn.model_selection import train_test_split

from sk_bp import BPClassifier

LONG = {"learning_rate": 0.01, "alpha": 0.0, "max_iter": 60, "tol": None, "random_state": 0}
MODELS = {
    "trained too long": BPClassifier(**LONG),
    "the same, calibrated": CalibratedClassifierCV(BPClassifier(**LONG), cv=5),
    "hinge, calibrated": CalibratedClassifierCV(BPClassifier(loss="hinge", **LONG), cv=5),
    "defaults": BPClassifier(random_state=0),
}
STYLES = ("C1-s", "C0--o", "C2:^", "k-D")


def main(arguments=None):
    """Train each model, print and draw what its probabilities are worth."""
    options = read_options(__doc__, arguments)
    n_samples = 3000 if options.short else 8000
    X, y = make_classification(
        n_samples, n_features=20, n_informative=6, flip_y=0.2, class_sep=0.8, random_state=0
    )
    X, X_test, y, y_test = train_test_split(X, y, train_size=1000, random_state=0)
    figure, ax = pyplot.subplots(figsize=(6.4, 5.4), layout="constrained")
    ax.plot([0, 1], [0, 1], color="0.6", linewidth=1, label="perfectly calibrated")
    print(f"{'':<22}accuracy  log-loss  Brier score")
    found = {}
    for (name, model), style in zip(MODELS.items(), STYLES, strict=True):
        p = model.fit(X, y).predict_proba(X_test)[:, 1]
        accuracy, loss = np.mean((p > 0.5) == y_test), log_loss(y_test, p)
        brier = brier_score_loss(y_test, p)
        print(f"{name:<22}{accuracy:8.3f}{loss:10.3f}{brier:13.3f}")
        share, predicted = calibration_curve(y_test, p, n_bins=10)
        ax.plot(predicted, share, style, label=f"{name}, log-loss {loss:.2f}")
        found[name] = {"loss": loss, "brier": brier}
    ax.set(xlabel="predicted probability", ylabel="share of the class among these samples")
    ax.grid(alpha=0.3)
    ax.legend(loc="upper left")
    finish(figure, options)
    return found


if __name__ == "__main__":
    main()
