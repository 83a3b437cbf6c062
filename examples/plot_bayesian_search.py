"""Bayesian search, trial by trial
===============================

Optuna searches a learning rate, a weight decay and a size for digits; its suggestions follow the
scores of the trials before. Beside it, as many trials at random. Each point is the cross-validated
accuracy of one trial, the lines are the best so far. On the right are the rates that were tried:
after the first ten trials, which are random, the Bayesian ones gather where the scores are high.
With three parameters and a broad optimum random search finds a network that is about as good; it
wastes more of its trials, which matters where a trial takes long. (Needs optuna.)
"""

import numpy as np
from example import finish, optional, read_options
from matplotlib import pyplot
from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_bp import BPClassifier

COLORS = {"Bayesian (TPE)": "#0072b2", "random": "#d55e00"}
MARKERS = {"Bayesian (TPE)": "o", "random": "x"}


def accuracy(trial, X, y):
    """Cross-validated accuracy of the network that a trial of optuna suggests."""
    network = BPClassifier(
        hidden_layer_sizes=trial.suggest_categorical("hidden_layer_sizes", ["8", "32", "32-32"]),
        learning_rate=trial.suggest_float("learning_rate", 1e-5, 0.5, log=True),
        weight_decay=trial.suggest_float("weight_decay", 1e-4, 1, log=True),
        max_iter=10,
        tol=None,
        random_state=0,
    )
    return cross_val_score(make_pipeline(StandardScaler(), network), X, y, cv=3).mean()


def draw(studies):
    """The scores by trial with the best so far, and the scores by learning rate."""
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    for name, study in studies.items():
        scores = [trial.value for trial in study.trials]
        rates = [trial.params["learning_rate"] for trial in study.trials]
        style = {"color": COLORS[name], "marker": MARKERS[name], "linestyle": "none"}
        numbers = np.arange(1, len(scores) + 1)
        left.plot(numbers, scores, **style, alpha=0.6)
        left.step(numbers, np.maximum.accumulate(scores), COLORS[name], where="post", label=name)
        right.semilogx(rates, scores, **style, label=name)
    best = max(study.best_value for study in studies.values())
    left.set(xlabel="trial", ylabel="cross-validated accuracy", ylim=(best - 0.05, best + 0.005))
    left.set_title("The better trials, and the best so far")
    right.set(xlabel="learning rate", title="Where all trials were made")
    for ax in (left, right):
        ax.grid(alpha=0.3)
        ax.legend(loc="lower center")
    return figure


def main(arguments=None):
    """Search both ways, print the best of each, and draw the trials."""
    options = read_options(__doc__, arguments)
    optuna = optional("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    X, y = load_digits(return_X_y=True)
    n_trials = 40
    if options.short:
        X, y, n_trials = X[:300], y[:300], 15
    samplers = optuna.samplers.TPESampler(seed=0), optuna.samplers.RandomSampler(seed=0)
    studies, found = {}, {}
    for name, sampler in zip(COLORS, samplers, strict=True):
        study = studies[name] = optuna.create_study(direction="maximize", sampler=sampler)
        study.optimize(lambda trial: accuracy(trial, X, y), n_trials=n_trials)
        later = [trial.value for trial in study.trials[10:]]
        found[name] = {"best": study.best_value, "later": float(np.mean(later))}
        print(f"{name:<15} best {study.best_value:.4f}, mean after 10 trials {np.mean(later):.3f}")
        print(f"{'':<15} by {study.best_params}")
    finish(draw(studies), options)
    return found


if __name__ == "__main__":
    main()
