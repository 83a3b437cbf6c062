"""Bayesian search with optuna
===========================

Bayesian search with optuna over optimizers, their parameters, schedules and sizes.

Each trial trains networks with parameters that optuna suggests after the scores of the trials
before. The optimizer is one of them, and only the parameters of the chosen optimizer are suggested:
``optimizer__momentum`` for SGD, ``optimizer__rho`` for RMSProp. The schedule is a cosine with a
warm-up; the search chooses its initial rate, ``learning_rate__schedule__initial``, and the length
of the warm-up, ``learning_rate__fraction``. The sizes of the hidden layers are text, such as
"64-32", because optuna stores numbers and text but no tuples.

The network that was found and one with the default parameters are compared by test samples, which
the search does not see.
"""

from time import perf_counter
from types import ModuleType
from typing import Any

from example import optional, read_options
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sk_bp import SGD, Adam, BPClassifier, CosineDecay, RMSProp, Warmup

N_TRIALS, N_EPOCHS = 40, 15
SIZES = ("32", "64", "128", "64-32", "128-64")
MODEL = Pipeline(
    [
        ("scale", StandardScaler()),
        (
            "network",
            BPClassifier(
                learning_rate=Warmup(CosineDecay()), max_iter=N_EPOCHS, tol=None, random_state=0
            ),
        ),
    ]
)


def suggested(trial: Any) -> dict[str, Any]:
    """Return the parameters of the network for a trial of optuna."""
    name = trial.suggest_categorical("optimizer", ["sgd", "rmsprop", "adam"])
    params = {
        "hidden_layer_sizes": trial.suggest_categorical("hidden_layer_sizes", SIZES),
        "learning_rate__fraction": trial.suggest_float("learning_rate__fraction", 0.02, 0.5),
        "learning_rate__schedule__initial": trial.suggest_float(
            "learning_rate__schedule__initial", 1e-4, 1, log=True
        ),
    }
    if name == "sgd":
        momentum = trial.suggest_float("optimizer__momentum", 0, 0.99)
        return {**params, "optimizer": SGD(), "optimizer__momentum": momentum}
    if name == "rmsprop":
        rho = trial.suggest_float("optimizer__rho", 0.8, 0.999)
        return {**params, "optimizer": RMSProp(), "optimizer__rho": rho}
    beta_1 = trial.suggest_float("optimizer__beta_1", 0.5, 0.95)
    return {**params, "optimizer": Adam(), "optimizer__beta_1": beta_1}


def model_of(trial: Any) -> Pipeline:
    """Return the untrained model of a trial."""
    params = {f"network__{name}": value for name, value in suggested(trial).items()}
    return clone(MODEL).set_params(**params)


def print_trials(optuna: ModuleType, study: Any) -> None:
    """Print the best trials, with the parameters that they tried."""
    print("accuracy  rate     warm-up  sizes   optimizer")
    for trial in sorted(study.trials, key=lambda trial: -trial.value)[:5]:
        params = suggested(optuna.trial.FixedTrial(trial.params))
        nested = {
            name.removeprefix("optimizer__"): round(value, 3)
            for name, value in params.items()
            if name.startswith("optimizer__")
        }
        rate = params["learning_rate__schedule__initial"]
        print(
            f"{trial.value:.4f}    {rate:<9.2g}{params['learning_rate__fraction']:<9.2f}"
            f"{params['hidden_layer_sizes']:<8}{params['optimizer'].set_params(**nested)!r}"
        )


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Search, print the best trials, and compare the best network with the defaults."""
    options = read_options(__doc__, arguments, picture=False)
    optuna = optional("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    X, y = load_digits(return_X_y=True)
    if options.short:
        X, y = X[:400], y[:400]
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.3, stratify=y, random_state=0)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=1))
    start = perf_counter()
    study.optimize(
        lambda trial: cross_val_score(model_of(trial), X, y, cv=3).mean(),
        n_trials=12 if options.short else N_TRIALS,
    )
    print(f"{len(study.trials)} trials in {perf_counter() - start:.1f} s. The best:\n")
    print_trials(optuna, study)
    best = model_of(optuna.trial.FixedTrial(study.best_params))
    default = clone(MODEL).set_params(network__learning_rate=None)
    found = {
        name: model.fit(X, y).score(X_test, y_test)
        for name, model in {"best": best, "default": default}.items()
    }
    print(f"\nAccuracy on test samples: {found['best']:.4f}", end="; ")
    print(f"with the default parameters, in as many epochs: {found['default']:.4f}")
    return {**found, "trials": [trial.params | {"score": trial.value} for trial in study.trials]}


if __name__ == "__main__":
    main()
