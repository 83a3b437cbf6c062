"""Activations and the depth of a network
======================================

Activations: their shapes and slopes, and how networks of up to 16 layers learn with them.

The upper rows draw the activations and their slopes. For the lowest, networks of 50 units a layer
learn the digits, all in the same way; it shows their accuracy on held-out digits by the number of
hidden layers, the mean over several seeds. Where the slope is at most 1/4, what is carried back has
faded after four layers.
"""

import numpy as np
from example import finish, read_options
from matplotlib import pyplot
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from sk_bp import BPClassifier
from sk_bp.activations import ACTIVATIONS

FAMILIES = {
    "bounded": ("logistic", "hard_sigmoid", "tanh", "softsign"),
    "with a kink": ("relu", "leaky_relu", "elu", "selu"),
    "smooth": ("softplus", "silu", "gelu", "mish"),
}
N_UNITS = 50
COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")  # Okabe and Ito: told apart by everyone
MARKERS = "osD^"


def accuracies(depths, seeds, max_iter):
    """The accuracy on held-out digits of each activation, (depths, seeds)."""
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    scaler = StandardScaler().fit(X_train)
    X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)
    found = {}
    for name in (name for names in FAMILIES.values() for name in names):
        found[name] = []
        for depth in depths:
            model = BPClassifier((N_UNITS,) * depth, name, optimizer="sgd", learning_rate=0.01)
            model.set_params(batch_size=32, max_iter=max_iter, tol=None)
            scores = [
                model.set_params(random_state=seed).fit(X_train, y_train).score(X_test, y_test)
                for seed in seeds
            ]
            found[name].append(scores)
    return {name: np.array(scores) for name, scores in found.items()}


def draw(depths, found):
    """Values, slopes and accuracies, with a column for each family."""
    figure, axes = pyplot.subplots(3, 3, figsize=(12, 9), layout="constrained", sharey="row")
    z = np.linspace(-4, 4, 401)
    for (title, names), values, slopes, lower in zip(FAMILIES.items(), *axes, strict=True):
        for name, color, marker in zip(names, COLORS, MARKERS, strict=True):
            activation = ACTIVATIONS[name]()
            values.plot(z, activation.value(z), color=color, linewidth=2)
            slopes.plot(z, activation.derivative(z), color=color, linewidth=2)
            means = found[name].mean(axis=1)
            lower.plot(depths, means, color=color, marker=marker, linewidth=2, label=name)
        values.set(title=title, xlabel="z", ylim=(-2, 3))
        slopes.set(xlabel="z")
        lower.set(xlabel="hidden layers", xscale="log", ylim=(0, 1.02))
        lower.set_xticks(depths, depths)
        lower.minorticks_off()
        handles, labels = lower.get_legend_handles_labels()
        values.legend(handles, labels, loc="upper left", fontsize=9)
    axes[0, 0].set_ylabel("value T(z)")
    axes[1, 0].set_ylabel("slope T'(z)")
    axes[2, 0].set_ylabel("accuracy on held-out digits")
    for ax in axes.flat:
        ax.grid(alpha=0.3)
    return figure


def main(arguments=None):
    """Train with each activation at each depth, print the accuracies, and draw."""
    options = read_options(__doc__, arguments)
    depths, seeds, max_iter = (1, 2, 4, 8, 16), range(5), 10
    if options.short:
        depths, seeds, max_iter = (1, 8), range(1), 6
    found = accuracies(depths, seeds, max_iter)
    print(f"{'hidden layers':>13}", *(f"{depth:6d}" for depth in depths), "  lowest of the last")
    for name, scores in found.items():
        means = (f"{mean:6.3f}" for mean in scores.mean(axis=1))
        print(f"{name:>13}", *means, f"{scores[-1].min():8.3f}")
    finish(draw(depths, found), options)
    return {"depths": depths, "accuracies": found}


if __name__ == "__main__":
    main()
