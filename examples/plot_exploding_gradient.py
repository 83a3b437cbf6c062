"""Exploding gradients
===================

Exploding gradients: data in their own units, and what a smaller rate and scaling do.

The diabetes data with their features in their own units (ages, cholesterol in mg/dl) and a target
up to 346: the first gradients are thousands of times as large as the weights. At a usual rate a
single step makes the loss 1e18 times as large; training stops there with a warning, the weights
finite. A rate 10,000 times smaller survives and learns, but less than the usual one does once the
features and the target are scaled.
"""

import warnings

import numpy as np
from example import finish, read_options
from matplotlib import pyplot
from sklearn.datasets import load_diabetes
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

from sk_bp import SGD, BPRegressor
from sk_bp.inspection import GradientFlowDisplay, LossCurveDisplay, gradient_report

N_EPOCHS, USUAL_RATE, SMALL_RATE = 100, 0.01, 1e-6
RUNS = {
    "own units, rate 0.01": (False, USUAL_RATE),
    "own units, rate 1e-6": (False, SMALL_RATE),
    "scaled, rate 0.01": (True, USUAL_RATE),
}


def data(scaled):
    """Features and target, in their own units or scaled to mean 0 and variance 1."""
    X, y = load_diabetes(return_X_y=True, scaled=False)
    if scaled:
        X = StandardScaler().fit_transform(X)
        y = (y - y.mean()) / y.std()
    return X, y


def train(scaled, rate, n_epochs):
    """A deep network on either form of the data, what it warned of, and its data."""
    X, y = data(scaled)
    model = BPRegressor(
        (30, 30, 30),
        optimizer=SGD(momentum=0),
        learning_rate=rate,
        max_iter=n_epochs,
        tol=None,
        batch_size=32,
        random_state=2,
        record_gradient_norms=True,
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        model.fit(X, y)
    return model, [str(warning.message) for warning in caught], X, y


def draw(models, errors):
    """The loss, epoch by epoch, and the gradient of each layer in the first of them."""
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.4), layout="constrained")
    for name, model in models.items():
        LossCurveDisplay(loss=errors[name], name=name).plot(left)
        norms = [model.history_[f"gradient_norm_{layer}"][0] for layer in range(4)]
        GradientFlowDisplay(norms=norms, name=name).plot(right)
    stopped = {"xy": (1, errors[next(iter(models))][0]), "textcoords": "offset points"}
    left.annotate("stopped: the next would be 1e19", xytext=(8, -3), **stopped)
    left.axhline(1, color="k", linewidth=0.8, linestyle=":", label="predicting the mean")
    left.set(ylabel="training loss / that of the mean", ylim=(0, None), title="Training")
    right.set_title("Gradients in the first epoch")
    for ax in (left, right):
        ax.grid(alpha=0.3)
        ax.legend()
    return figure


def main(arguments=None):
    """Train three times, print how each went, and draw."""
    options = read_options(__doc__, arguments)
    models, errors, figures = {}, {}, {}
    for name, (scaled, rate) in RUNS.items():
        model, messages, X, y = train(scaled, rate, 20 if options.short else N_EPOCHS)
        models[name], errors[name] = model, np.array(model.loss_curve_) / (0.5 * y.var())
        r2 = model.score(X, y)
        print(f"{name}: R² {r2:.3g} after {model.n_iter_} epochs")
        for message in messages:
            print(f"   warned: {message}")
        report = gradient_report(model, X, y)
        for sentence in report.diagnosis:
            print(f"   report: {sentence}")
        figures[name] = {"r2": r2, "warned": bool(messages), "diagnosis": report.diagnosis}
    finish(draw(models, errors), options)
    return figures


if __name__ == "__main__":
    main()
