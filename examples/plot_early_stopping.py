"""Overfitting by epoch, and early stopping
========================================

Half of the diabetes data trains 100 units at a constant rate, the other half is watched. The
training loss falls to the end. The loss of the samples that are not trained on falls, reaches its
lowest value, and rises again: from there on the network learns what is particular to its own
samples. With `early_stopping` the training ends once `n_iter_no_change` epochs have not improved on
the best one, and the weights of the best epoch are kept.
"""

import numpy as np
from example import finish, read_options
from matplotlib import pyplot
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import scale

from sk_bp import BPRegressor
from sk_bp.inspection import LossCurveDisplay

SETTINGS = {"learning_rate": 0.002, "batch_size": 32, "alpha": 0.0, "random_state": 0}


def main(arguments=None):
    """Train to the end and with early stopping, print the losses, and draw them."""
    options = read_options(__doc__, arguments)
    n_epochs = 100 if options.short else 200
    X, y = load_diabetes(return_X_y=True)
    X, X_val, y, y_val = train_test_split(scale(X), scale(y), test_size=0.5, random_state=1)
    models = {
        "to the end": BPRegressor(max_iter=n_epochs, tol=None, **SETTINGS),
        "early stopping": BPRegressor(max_iter=n_epochs, early_stopping=True, **SETTINGS),
    }
    found = {}
    for name, model in models.items():
        model.fit(X, y, X_val=X_val, y_val=y_val)
        error = 0.5 * np.mean((model.predict(X_val) - y_val) ** 2)
        shown = f"training {model.loss_curve_[-1]:.3f}, held out {error:.3f}"
        print(f"{name:<15} {model.n_iter_:3} epochs, {shown}")
        found[name] = {"epochs": model.n_iter_, "error": error}

    figure, ax = pyplot.subplots(figsize=(8, 4.4), layout="constrained")
    LossCurveDisplay.from_estimator(models["to the end"], ax=ax)
    stopped = models["early stopping"]
    ax.axvline(stopped.best_epoch_, color="k", linestyle="-", label="weights kept")
    ax.axvline(stopped.n_iter_, color="k", linestyle=":", label="early stopping ends here")
    ax.set(ylabel="half the squared error", yscale="linear", ylim=(0, 0.75))
    ax.set_title("Diabetes data, 100 units")
    ax.grid(alpha=0.3)
    ax.legend(loc="upper right")
    finish(figure, options)
    return found


if __name__ == "__main__":
    main()
