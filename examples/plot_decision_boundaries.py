"""Decision boundaries
===================

Made-up data, two interleaved half circles with noise, so that a network can be seen as a map: the
colour is the probability of the second class, the line is where it is 1/2. Without a hidden layer
the line is straight. Each relu unit adds a bend. With many units and no penalty the line goes round
single points, which `alpha` prevents.
"""

import warnings

import numpy as np
from example import finish, read_options
from matplotlib import pyplot
from sklearn.datasets import make_moons
from sklearn.exceptions import ConvergenceWarning

from sk_bp import BPClassifier

NETWORKS = {
    "no hidden layer": {"hidden_layer_sizes": (), "alpha": 0.1},
    "3 units, alpha=0.1": {"hidden_layer_sizes": 3, "alpha": 0.1, "n_restarts": 5},
    "(100, 100), alpha=1e-6": {"hidden_layer_sizes": (100, 100), "alpha": 1e-6},
    "(100, 100), alpha=1": {"hidden_layer_sizes": (100, 100), "alpha": 1},
}


def draw_map(ax, model, X, y):
    """The probability of the second class, the line where it is 1/2, and the samples."""
    x0, x1 = np.meshgrid(np.linspace(-2, 3, 200), np.linspace(-1.8, 2.3, 200))
    p = model.predict_proba(np.column_stack([x0.ravel(), x1.ravel()]))[:, 1].reshape(x0.shape)
    shown = ax.pcolormesh(x0, x1, p, cmap="RdBu_r", vmin=0, vmax=1, shading="auto", alpha=0.7)
    ax.contour(x0, x1, p, levels=[0.5], colors="k", linewidths=1.5)
    for label, marker in enumerate("ox"):
        ax.plot(*X[y == label].T, marker, color="k", markersize=4, label=f"class {label}")
    return shown


def main(arguments=None):
    """Train each network, print its accuracies, and draw its map."""
    options = read_options(__doc__, arguments)
    X, y = make_moons(120, noise=0.3, random_state=0)
    X_test, y_test = make_moons(2000, noise=0.3, random_state=1)
    figure, axes = pyplot.subplots(
        1, 4, figsize=(13, 3.6), layout="constrained", sharex=True, sharey=True
    )
    found = {}
    for ax, (name, params) in zip(axes, NETWORKS.items(), strict=True):
        model = BPClassifier(optimizer="lbfgs", max_iter=2000, random_state=0, **params)
        with warnings.catch_warnings():  # where rounding hides any further progress
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(X, y)
        found[name] = {"training": model.score(X, y), "test": model.score(X_test, y_test)}
        print(f"{name:<24} training {found[name]['training']:.3f}, test {found[name]['test']:.3f}")
        shown = draw_map(ax, model, X, y)
        ax.set_title(f"{name}\ntest accuracy {found[name]['test']:.3f}", fontsize=10)
        ax.set_xlabel("first feature")
    axes[0].set_ylabel("second feature")
    axes[0].legend(loc="lower left", fontsize=8)
    figure.colorbar(shown, ax=axes, label="probability of class 1")
    finish(figure, options)
    return found


if __name__ == "__main__":
    main()
