"""Engines for tests of training in rounds: partitions in this process, or in those of joblib."""

import hashlib

import numpy as np
from helpers import weights
from joblib import Parallel, delayed

from sk_bp.optimizers import BY_BATCH
from sk_bp.parallel.fitting import PartsEngine, Request, RoundsJob
from sk_bp.parallel.messages import Stale, Trouble, combine, piece, shards
from sk_bp.parallel.parts import look, pick, prepare, units
from sk_bp.parallel.worker import forget, train

# Those that train on partitions; Prodigy's one number for all weights cannot be combined.
IN_ROUNDS = [name for name in BY_BATCH if name != "prodigy"]


class SerialEngine(PartsEngine):
    """Trains all partitions in this process, one after the other."""

    n_processes = 2

    def __init__(self, parts, n_shards=None):
        self.parts = parts
        self.n_shards = n_shards
        self.news = None
        self.n_rounds = 0
        self.messages = []

    def looks(self, estimator):
        return [look(estimator._blank(), *part) for part in self.parts]

    def units(self, estimator, targets, factors, rows, loss, scales_y):
        picked = [
            pick(prepare(estimator._blank(), targets, factors, None, *self.parts[k]), which)
            for k, which in rows.items()
        ]
        return units(loss, scales_y, picked)

    def start(self, spec, factors, numbers):
        self.spec = spec
        self.samples = [
            prepare(spec.estimator._blank(), spec.targets, factors, spec.scaling, *self.parts[k])
            for k in numbers
        ]

    def change(self, round, partitions, truth):
        base = None
        while True:
            answers = self.answers(
                [
                    (self.spec, round, self.news, base, place, k, self.samples[k])
                    for place, k in enumerate(partitions)
                ]
            )
            ranges = shards(self.spec.n_features, self.n_shards or len(answers))
            change = [
                combine(round.n_steps, *[piece(one, *columns) for one in answers])
                for columns in ranges
            ]
            if isinstance(change[0], Stale):
                base = truth.snapshot()
                continue
            if isinstance(change[0], Trouble):
                return change[0]
            self.messages.append(answers)
            self.news = round, change
            self.n_rounds += 1
            return change

    def answers(self, calls):
        return [train(*call) for call in calls]

    def close(self):
        forget(self.spec.fit_id)


class ForgetfulEngine(SerialEngine):
    """Drops the copy of the weights before some rounds, as a process that starts anew."""

    def __init__(self, parts, forgets):
        super().__init__(parts)
        self.forgets = forgets

    def answers(self, calls):
        if self.n_rounds in self.forgets and calls[0][3] is None:
            forget(self.spec.fit_id)
        return super().answers(calls)


class LokyEngine(SerialEngine):
    """Trains partitions in processes of joblib."""

    def __init__(self, parts, n_jobs=2):
        super().__init__(parts)
        self.n_jobs = n_jobs

    def answers(self, calls):
        return Parallel(n_jobs=self.n_jobs)(delayed(train)(*call) for call in calls)


def fit_in_rounds(
    estimator, parts, per_round=None, engine=SerialEngine, held_out=(None, None, None), **stream
):
    """The estimator, fitted to these partitions, tuples of X, y and perhaps weights."""
    arguments = {"X": None, "y": None, "sample_weight": None}
    engine = engine(parts) if isinstance(engine, type) else engine
    RoundsJob(estimator, engine, Request(held_out, arguments, per_round, **stream)).carry_out()
    return estimator


def cut(n_parts, *arrays):
    """The samples of arrays, cut into partitions."""
    n = arrays[0].shape[0]
    rows = np.array_split(np.arange(n), n_parts)
    return [tuple(array[part] for array in arrays) for part in rows]


def digest(estimator):
    """A short text that tells two sets of weights apart."""
    return hashlib.sha256(b"".join(W.tobytes() for W in weights(estimator))).hexdigest()[:12]


def sparse_problem(n=300, n_features=30, density=0.1, seed=0):
    """Samples of which few values are not zero, with two classes."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, n_features)) * (rng.random((n, n_features)) < density)
    return X, (X[:, 0] + X[:, 1] - X[:, 2] + 0.1 * rng.normal(size=n) > 0).astype(int)
