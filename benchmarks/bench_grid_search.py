"""B7: GridSearchCV over a Pipeline, alone, with two processes and with two threads."""

from __future__ import annotations

import data
from harness import Contestant, Figures, Target, Workload, ratio
from measure import seconds

WAYS = {
    "n_jobs=1": (1, "loky", 6),
    "n_jobs=2, loky": (2, "loky", 6),
    "n_jobs=2, threads": (2, "threading", 10),
}


def workloads(quick: bool) -> list[Workload]:
    max_iter = 5 if quick else 50
    contestants, targets = {}, []
    for way, (n_jobs, backend, bound) in WAYS.items():
        for library, (make, needs) in LIBRARIES.items():
            measure = _measure(make, max_iter, n_jobs, backend)
            contestants[f"{library}, {way}"] = Contestant(measure, needs)
        value = ratio(f"scikit-learn, {way}", f"sk_bp, {way}", "search_seconds")
        targets.append(Target(f"scikit-learn / sk_bp, {way}", value, bound))
    title = f"GridSearchCV, digits after StandardScaler, 12 candidates, 5 folds, {max_iter} epochs"
    return [Workload("B7", title, contestants, tuple(targets))]


def _sk_bp(max_iter: int):
    from sk_bp import BPClassifier

    return BPClassifier(optimizer="adam", **_common(max_iter)), "learning_rate"


def _scikit_learn(max_iter: int):
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(solver="adam", **_common(max_iter)), "learning_rate_init"


LIBRARIES = {"sk_bp": (_sk_bp, "sk_bp"), "scikit-learn": (_scikit_learn, "sklearn")}


def _common(max_iter: int) -> dict:
    """Every candidate trains all its epochs, in batches of scikit-learn's size."""
    epochs = {"max_iter": max_iter, "tol": 0.0, "n_iter_no_change": max_iter + 1}
    return {"batch_size": 200, "random_state": 0, **epochs}


def _search(make, max_iter: int, n_jobs: int):
    from sklearn.model_selection import GridSearchCV
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    network, rate = make(max_iter)
    grid = {
        "network__hidden_layer_sizes": [(32,), (64,), (100,)],
        f"network__{rate}": [0.001, 0.01],
        "network__alpha": [1e-4, 1e-2],
    }
    pipeline = Pipeline([("scale", StandardScaler()), ("network", network)])
    return GridSearchCV(pipeline, grid, cv=5, n_jobs=n_jobs)


def _measure(make, max_iter: int, n_jobs: int, backend: str):
    def measure(repeat: int) -> Figures:
        from joblib import parallel_config

        X, y = data.digits()
        with parallel_config(backend=backend):
            _search(make, 1, n_jobs).fit(X[:300], y[:300])  # workers are up, libraries loaded
            search = _search(make, max_iter, n_jobs)
            took = seconds(lambda: search.fit(X, y))
        return {"search_seconds": took, "best_score": search.best_score_}

    return measure
