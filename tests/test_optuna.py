"""Bayesian search with optuna, over all that makes a network; it needs nothing of sk_bp's own."""

import numpy as np
import optuna
import pytest
from helpers import assert_same_bits, quick
from sklearn.base import clone
from sklearn.model_selection import cross_val_score, train_test_split

from sk_bp import Adam, BPClassifier, CosineDecay, RMSProp

N_EPOCHS = 8


@pytest.fixture(autouse=True)
def _quiet():
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    yield
    optuna.logging.set_verbosity(level)


def suggested(trial):
    """Parameters of an estimator by their own names, those of the chosen optimizer among them."""
    params = {
        "learning_rate": CosineDecay(),
        "learning_rate__initial": trial.suggest_float("learning_rate__initial", 1e-5, 1, log=True),
        "hidden_layer_sizes": trial.suggest_categorical("hidden_layer_sizes", ["4", "16", "16-8"]),
    }
    if trial.suggest_categorical("optimizer", ["rmsprop", "adam"]) == "rmsprop":
        rho = trial.suggest_float("optimizer__rho", 0.5, 0.999)
        return {**params, "optimizer": RMSProp(), "optimizer__rho": rho}
    beta_1 = trial.suggest_float("optimizer__beta_1", 0.5, 0.95)
    return {**params, "optimizer": Adam(), "optimizer__beta_1": beta_1}


def estimator(trial):
    return quick(BPClassifier, max_iter=N_EPOCHS, batch_size=16).set_params(**suggested(trial))


def searched(iris, n_trials=15, seed=0):
    X, y = iris
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    study.optimize(
        lambda trial: cross_val_score(estimator(trial), X, y, cv=3).mean(), n_trials=n_trials
    )
    return study


def test_the_best_trial_is_far_better_than_the_worst_and_is_a_fit_with_its_parameters(iris):
    study = searched(iris)
    scores = [trial.value for trial in study.trials]
    assert np.isfinite(scores).all()
    assert study.best_value > min(scores) + 0.2
    best = estimator(optuna.trial.FixedTrial(study.best_params))
    assert cross_val_score(best, *iris, cv=3).mean() == study.best_value
    tried = [trial.params for trial in study.trials]
    assert {params["optimizer"] for params in tried} == {"rmsprop", "adam"}
    assert {params["hidden_layer_sizes"] for params in tried} == {"4", "16", "16-8"}
    for params in tried:
        assert ("optimizer__rho" in params) == (params["optimizer"] == "rmsprop")


def test_the_same_seed_finds_the_same(iris):
    one, two = searched(iris, n_trials=12), searched(iris, n_trials=12)
    assert [trial.params for trial in one.trials] == [trial.params for trial in two.trials]
    assert [trial.value for trial in one.trials] == [trial.value for trial in two.trials]
    other = searched(iris, n_trials=2, seed=1)
    assert other.trials[0].params != one.trials[0].params


# ------------------------------------------------------------------ pruning, epoch by epoch


def pruned_study(iris, n_trials=12):
    """A study of rates that gives up, after any epoch, trials that are behind the median.

    A schedule of the whole fit would have to be told its length: `partial_fit` does not know it.
    """
    X, X_val, y, y_val = train_test_split(*iris, random_state=0)
    networks = {}

    def objective(trial):
        rate = trial.suggest_float("learning_rate", 1e-5, 0.1, log=True)
        network = quick(BPClassifier, learning_rate=rate, batch_size=16)
        networks[trial.number] = network
        for epoch in range(N_EPOCHS):
            network.partial_fit(X, y, classes=np.unique(y))
            trial.report(network.score(X_val, y_val), epoch)
            if trial.should_prune():
                raise optuna.TrialPruned
        return network.score(X_val, y_val)

    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=0),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=3),
    )
    study.optimize(objective, n_trials=n_trials)
    return study, networks, (X, y)


def test_trials_that_are_behind_are_pruned_between_two_epochs(iris):
    study, networks, _ = pruned_study(iris)
    pruned = study.get_trials(states=[optuna.trial.TrialState.PRUNED])
    complete = study.get_trials(states=[optuna.trial.TrialState.COMPLETE])
    assert len(pruned) >= 1
    assert len(pruned) + len(complete) == 12
    for trial in study.trials:
        assert networks[trial.number].n_iter_ == len(trial.intermediate_values)
    assert all(len(trial.intermediate_values) < N_EPOCHS for trial in pruned)
    assert study.best_trial in complete


def test_what_was_trained_epoch_by_epoch_is_the_fit_of_so_many_epochs(iris):
    study, networks, (X, y) = pruned_study(iris, n_trials=4)
    best = networks[study.best_trial.number]
    assert_same_bits(best, clone(best).set_params(max_iter=N_EPOCHS).fit(X, y))
