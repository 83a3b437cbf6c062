"""Successive halving over the learning rate
=========================================

Successive halving: many candidates for a few epochs, then the best of them for more and more.

`HalvingRandomSearchCV` trains all candidates for 3 epochs, the best third of them for 9 epochs, and
so on, because of ``resource="network__max_iter"``. The learning rates are drawn from log-uniform
distributions, one for SGD and one for the optimizers that scale their steps. Each is the initial
rate of a cosine, which falls to zero over the whole fit, however long that is. So a fit of 3 epochs
also ends with small steps, and its score says more about the candidate.

The results are shown as a data frame of pandas.
"""

from time import perf_counter
from typing import Any

from example import optional, read_options
from scipy.stats import loguniform
from sklearn.datasets import load_digits
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import HalvingRandomSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sk_bp import BPClassifier, CosineDecay

MODEL = Pipeline(
    [
        ("scale", StandardScaler()),
        ("network", BPClassifier(learning_rate=CosineDecay(), tol=None, random_state=0)),
    ]
)
SIZES = ["32", "64", "64-32"]
SPACE = [
    {
        "network__optimizer": ["sgd"],
        "network__learning_rate__initial": loguniform(1e-3, 1),
        "network__hidden_layer_sizes": SIZES,
    },
    {
        "network__optimizer": ["rmsprop", "adam", "nadam"],
        "network__learning_rate__initial": loguniform(1e-4, 1e-1),
        "network__hidden_layer_sizes": SIZES,
    },
]
COLUMNS = {
    "n_resources": "epochs",
    "param_network__optimizer": "optimizer",
    "param_network__learning_rate__initial": "rate",
    "param_network__hidden_layer_sizes": "sizes",
    "mean_test_score": "accuracy",
}


def main(arguments: list[str] | None = None) -> dict[str, Any]:
    """Search, and print the best candidates of each round."""
    options = read_options(__doc__, arguments, picture=False)
    pandas = optional("pandas")
    X, y = load_digits(return_X_y=True)
    if options.short:
        X, y = X[:300], y[:300]
    search = HalvingRandomSearchCV(
        MODEL,
        SPACE,
        resource="network__max_iter",
        min_resources=3,
        max_resources=27 if options.short else 81,
        factor=3,
        cv=StratifiedKFold(3, shuffle=True, random_state=0),
        random_state=0,
    )
    start = perf_counter()
    search.fit(X, y)
    seconds = perf_counter() - start
    table = pandas.DataFrame(search.cv_results_)
    rounds = table[list(COLUMNS)].rename(columns=COLUMNS)
    best = rounds.sort_values(["epochs", "accuracy"], ascending=[True, False])
    best = best.groupby("epochs", sort=False).head(3)
    print("The three best candidates of each round:\n")
    print(best.to_string(index=False, formatters={"rate": "{:.2g}".format}, float_format="%.4f"))
    made, in_full = rounds["epochs"].sum(), search.n_candidates_[0] * rounds["epochs"].max()
    print(
        f"\n{search.n_candidates_[0]} candidates: {made:,} epochs for each fold, {seconds:.1f} s."
    )
    print(f"Training all candidates to the end would have taken {in_full:,} epochs.")
    return {"rounds": rounds, "params": search.best_params_, "best": search.best_score_}


if __name__ == "__main__":
    main()
