"""Local minima: XOR with two logistic units
=========================================

The exclusive or is the smallest task that needs a hidden layer, and two units can just solve it.
But the loss has other minima, where two of the four points share an answer of 1/2, or three an
answer of 1/3 or 2/3, and which one is reached depends on the initial weights. Of 100 seeds 33 solve
it. With `n_restarts=5` the network is trained from five further initializations, and the one with
the lowest loss is kept: 93 solve the task. More units help as well: with eight, 98 do.
"""

import numpy as np
from example import finish, read_options
from matplotlib import pyplot

from sk_bp import BPClassifier

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([0, 1, 1, 0])
RUNS = {
    "2 units": {"hidden_layer_sizes": 2},
    "2 units, n_restarts=5": {"hidden_layer_sizes": 2, "n_restarts": 5},
    "8 units": {"hidden_layer_sizes": 8},
}


def train(params, seed):
    """A network of logistic units, trained by L-BFGS without a penalty."""
    model = BPClassifier(activation="logistic", optimizer="lbfgs", alpha=0, max_iter=500)
    return model.set_params(random_state=seed, **params).fit(X, Y)


def draw(losses):
    """The loss that each seed ended at, sorted, for each way to train."""
    figure, ax = pyplot.subplots(figsize=(7.5, 4.2), layout="constrained")
    for (name, values), marker in zip(losses.items(), "osD", strict=True):
        ranks = np.arange(1, len(values) + 1)
        ax.plot(ranks, np.sort(values), marker=marker, markersize=4, linestyle=":", label=name)
    ax.axhline(np.log(2), color="0.5", linewidth=1)
    ax.text(1, np.log(2) + 0.01, "log 2: 1/2 for every point", color="0.35")
    ax.set(xlabel="seeds, sorted by their loss", ylabel="final training loss")
    ax.set(title=f"XOR: minima that are reached from {len(ranks)} seeds", ylim=(-0.03, 0.78))
    ax.grid(alpha=0.3)
    ax.legend(loc="center left")
    return figure


def main(arguments=None):
    """Train from each seed, print how many solve the task, and draw the losses."""
    options = read_options(__doc__, arguments)
    seeds = range(8 if options.short else 100)
    losses, solved = {}, {}
    for name, params in RUNS.items():
        models = [train(params, seed) for seed in seeds]
        losses[name] = [model.loss_ for model in models]
        solved[name] = sum(model.score(X, Y) == 1 for model in models)
        print(f"{name:<22} {solved[name]:2} of {len(seeds)} seeds solve the task")
    finish(draw(losses), options)
    return solved


if __name__ == "__main__":
    main()
