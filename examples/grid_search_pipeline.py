"""Grid search over optimizers and rates
=====================================

Search over optimizers, rates and an optimizer's own parameters, in a pipeline, with two jobs.

The optimizer is a parameter like any other: a grid may hold names and instances. Of an instance its
own parameters are reached by name, ``network__optimizer__rho``, and so are those of a schedule.
`cross_val_score` around the search says how good its choice is on samples that it has not seen.
"""

from time import perf_counter

import numpy as np
from example import read_options
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sk_bp import SGD, Adam, BPClassifier, ExponentialDecay, RMSProp

MODEL = Pipeline(
    [
        ("scale", StandardScaler()),
        ("network", BPClassifier(50, max_iter=20, tol=None, random_state=0)),
    ]
)
RATES = [0.001, 0.003, 0.01, ExponentialDecay(0.01, factor=0.8, n_steps=10)]
GRID = [
    {
        "network__optimizer": [SGD()],
        "network__optimizer__momentum": [0.0, 0.9],
        "network__learning_rate": [0.03, 0.1, ExponentialDecay(0.1, factor=0.8, n_steps=10)],
    },
    {
        "network__optimizer": [RMSProp()],
        "network__optimizer__rho": [0.9, 0.99],
        "network__learning_rate": RATES,
    },
    {
        "network__optimizer": [Adam()],
        "network__optimizer__beta_1": [0.8, 0.9],
        "network__learning_rate": RATES,
    },
]


def best_candidates(search, n_candidates):
    """Accuracy, optimizer with the parameters that were searched, and rate; the best first."""
    results = search.cv_results_
    for i in np.argsort(results["rank_test_score"], kind="stable")[:n_candidates]:
        params = results["params"][i]
        optimizer = clone(params["network__optimizer"]).set_params(
            **{
                name.removeprefix("network__optimizer__"): value
                for name, value in params.items()
                if name.startswith("network__optimizer__")
            }
        )
        yield results["mean_test_score"][i], optimizer, params["network__learning_rate"]


def main(arguments=None):
    """Search, print the best candidates, and score the search itself."""
    options = read_options(__doc__, arguments, picture=False)
    X, y = load_digits(return_X_y=True)
    grid = GRID
    if options.short:
        X, y = X[:300], y[:300]
        grid = [{name: values[:1] for name, values in part.items()} for part in GRID]
        print("Short form: 300 digits, and the first value of each parameter, so low accuracies.")
    search = GridSearchCV(MODEL, grid, cv=3, n_jobs=2)
    start = perf_counter()
    search.fit(X, y)
    seconds = perf_counter() - start
    n_fits = 3 * len(search.cv_results_["params"]) + 1
    print(f"{n_fits} fits of 20 epochs in {seconds:.1f} s. The best candidates:\n")
    for accuracy, optimizer, rate in best_candidates(search, 8):
        print(f"{accuracy:.4f}  {optimizer!r:<40} {rate}")
    outer = cross_val_score(search, X, y, cv=3)
    print(f"\nBest accuracy {search.best_score_:.4f}; of the search itself, {outer.mean():.4f}")
    return {"best": search.best_score_, "outer": outer.mean(), "params": search.best_params_}


if __name__ == "__main__":
    main()
