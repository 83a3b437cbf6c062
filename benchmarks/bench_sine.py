"""B11: y = sin(x), the classical demonstration of back-propagation, to the last digit."""

from __future__ import annotations

import numpy as np
from harness import Contestant, Figures, Target, Workload, ratio
from measure import seconds

N_SEEDS = 10
MAX_ITER = 1000
SMALL_ERROR = 1e-6
SMALL_GAIN = 1e-9  # of the loss, in ten iterations: less of it ends a fit
MINIMIZERS = ("levenberg_marquardt", "bayesian_regularization", "lbfgs", "conjugate_gradient")
LM, PEER = "levenberg_marquardt", "scikit-learn lbfgs"


def workloads(quick: bool) -> list[Workload]:
    n_seeds = 3 if quick else N_SEEDS
    contestants = {name: Contestant(_measure(_ours(name), n_seeds), "sk_bp") for name in MINIMIZERS}
    for name in ("rprop", "adam"):
        contestants[name] = Contestant(_measure(_ours(name, 0.01), n_seeds), "sk_bp")
    contestants[PEER] = Contestant(_measure(_peer, n_seeds), "sklearn")
    targets = (
        Target(f"seeds of {n_seeds} at {SMALL_ERROR:g}", lambda m: m[LM]["seeds_reached"], 6),
        Target("median error, scikit-learn / sk_bp", ratio(PEER, LM, "median_error"), 10),
        Target("time, scikit-learn / sk_bp", ratio(PEER, LM, "fits_seconds"), 1),
    )
    title = f"sin(x) at 20 points in [-5, 5], 4 tanh units, {n_seeds} seeds, {MAX_ITER} iterations"
    note = "Adam and Rprop make as many full-batch steps as the others make iterations, at most."
    return [Workload("B11", title, contestants, targets, note)]


def _ours(name: str, rate: float | None = None):
    def make(seed: int):
        from sk_bp import BPRegressor

        return BPRegressor(
            4,
            "tanh",
            optimizer=name,
            learning_rate=rate,
            max_iter=MAX_ITER,
            tol=SMALL_GAIN,
            alpha=0,
            random_state=seed,
        )

    return make


def _peer(seed: int):
    from sklearn.neural_network import MLPRegressor

    return MLPRegressor(
        hidden_layer_sizes=(4,),
        activation="tanh",
        solver="lbfgs",
        alpha=0,
        max_iter=MAX_ITER,
        tol=1e-10,  # of the gradient
        random_state=seed,
    )


def _measure(make, n_seeds: int):
    def measure(repeat: int) -> Figures:
        X = np.linspace(-5, 5, 20)[:, None]
        y = np.sin(X[:, 0])
        make(0).set_params(max_iter=3).fit(X, y)
        models = [make(seed) for seed in range(n_seeds)]
        took = seconds(lambda: [model.fit(X, y) for model in models])
        errors = [np.mean((model.predict(X) - y) ** 2) for model in models]
        return {
            "fits_seconds": took,
            "median_error": float(np.median(errors)),
            "seeds_reached": float(sum(error <= SMALL_ERROR for error in errors)),
        }

    return measure
