"""A sine from 20 points: the classical first task of a back-propagation network.

One input, 4 tanh units, one output. Gradient descent at a rate of 0.01 over 5,000 epochs learns the
rough shape; RMSProp and Adam come closer in the same number of steps; methods that know the
curvature, L-BFGS and Levenberg-Marquardt, come much closer still in 1,000. All start from the same
weights, for each of five seeds; the picture is of the first of them.
"""

import numpy as np
from example import finish, read_options
from matplotlib import pyplot

from sk_bp import LBFGS, SGD, Adam, BPRegressor, LevenbergMarquardt, RMSProp
from sk_bp.inspection import LossCurveDisplay

N_EPOCHS, N_SEEDS = 5000, 5
N_ITERATIONS = 1000  # at most, of methods that know the curvature
METHODS = {
    "gradient descent": {"optimizer": SGD(momentum=0), "learning_rate": 0.01},
    "RMSProp": {"optimizer": RMSProp(), "learning_rate": 0.01},
    "Adam": {"optimizer": Adam(), "learning_rate": 0.01},
    "L-BFGS": {"optimizer": LBFGS()},
    "Levenberg-Marquardt": {"optimizer": LevenbergMarquardt()},
}


def train(name, X, y, n_epochs, seed):
    """A network trained by one of the methods."""
    quick = METHODS[name]["optimizer"].full_batch
    model = BPRegressor(
        4,
        "tanh",
        alpha=0,
        max_iter=min(n_epochs, N_ITERATIONS) if quick else n_epochs,
        tol=None,
        random_state=seed,
        **METHODS[name],
    )
    return model.fit(X, y)


def draw(X, y, models):
    """The curves that were learned, and how the loss fell."""
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    LossCurveDisplay.from_estimators(models, ax=right)
    right.set(xscale="log", title="Training")
    right.grid(alpha=0.3)
    x = np.linspace(-5.5, 5.5, 300)
    left.plot(X[:, 0], y, "o", color="0.6", label="the 20 points")
    for line in right.get_lines():
        name = line.get_label()
        if name in ("gradient descent", "Adam", "L-BFGS"):
            style = {"color": line.get_color(), "marker": line.get_marker(), "markevery": 40}
            left.plot(x, models[name].predict(x[:, None]), **style, markersize=5, label=name)
    left.set(xlabel="x", title="What was learned", ylim=(-1.2, 2.1))
    left.legend(loc="upper right")
    return figure


def main(arguments=None):
    """Train by each method, print the errors, and draw the networks of the first seed."""
    options = read_options(__doc__, arguments)
    n_epochs, n_seeds = (300, 3) if options.short else (N_EPOCHS, N_SEEDS)
    X = np.linspace(-5, 5, 20)[:, None]
    y = np.sin(X[:, 0])
    print(f"mean squared error over the 20 points, of {n_seeds} seeds")
    print(f"{'':<22}{'lowest':>10}{'median':>10}{'highest':>10}{'epochs':>10}")
    drawn, medians = {}, {}
    for name in METHODS:
        models = [train(name, X, y, n_epochs, seed) for seed in range(n_seeds)]
        errors = [np.mean((model.predict(X) - y) ** 2) for model in models]
        drawn[name], medians[name] = models[0], np.median(errors)
        print(
            f"{name:<22}{min(errors):10.1e}{medians[name]:10.1e}{max(errors):10.1e}"
            f"{models[0].n_iter_:10,}"
        )
    finish(draw(X, y, drawn), options)
    return medians


if __name__ == "__main__":
    main()
