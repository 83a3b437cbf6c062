"""Training on dense arrays: every weight is updated at every step."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import issparse
from sklearn.base import clone
from sklearn.utils import check_random_state

from reference.dropout import masks
from reference.losses import loss_oracle
from reference.network import activation_oracle, loss_and_gradient
from reference.optimizers import ORACLES
from sk_bp import BPRegressor
from sk_bp.optimizers import OPTIMIZERS
from sk_bp.schedules import Horizon, as_schedule

SHUFFLE = 1  # the purpose of the random numbers that order the samples


def seed_of(random_state):
    """The seed of all random numbers of a fit."""
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def order_of(epoch, n, seed):
    """The order in which an epoch takes the samples."""
    key = np.random.SeedSequence(seed, spawn_key=(SHUFFLE, epoch))
    return np.random.Generator(np.random.PCG64(key)).permutation(n)


@dataclass
class Batches:
    """Which samples make up each step of an epoch."""

    n: int
    size: int
    shuffle: bool
    seed: int

    def of(self, epoch):
        order = np.arange(self.n)
        if self.shuffle and self.size < self.n:
            order = order_of(epoch, self.n, self.seed)
        return [order[first : first + self.size] for first in range(0, self.n, self.size)]


def encode(y, task):
    """Targets with one column for each output."""
    y = np.asarray(y)
    if task in ("binary", "multiclass"):
        one_hot = (y[:, None] == np.unique(y)).astype(float)
        return one_hot[:, 1:] if task == "binary" else one_hot
    return y.reshape(len(y), -1).astype(float)


def train(
    coefs,
    intercepts,
    X,
    T,
    weight,
    *,
    loss,
    activations,
    rule,
    rates,
    alpha,
    weight_decay,
    l1,
    dropout,
    max_norm,
    batches,
    n_epochs,
):
    """Train copies of the weights.

    loss and activations are oracles, rule() makes that of an optimizer, and rates(t) is the
    learning rate of step t = 0, 1, ...

    A batch B divides its sum of weighted losses by |B| S / n. Biases neither decay nor shrink.
    dropout has the rate of each layer's inputs.

    Returns the weights, the biases, and the mean loss of each epoch.
    """
    coefs = [np.array(W, dtype=float) for W in coefs]
    intercepts = [np.array(b, dtype=float) for b in intercepts]
    on_coefs, on_intercepts = [rule() for _ in coefs], [rule() for _ in intercepts]
    weight = np.ones(len(X)) if weight is None else np.asarray(weight, dtype=float)
    weight_sum = weight.sum()
    losses, t, loss_before = [], 0, np.inf
    for epoch in range(n_epochs):
        total = 0.0
        for batch in batches.of(epoch):
            units = [len(W) for W in coefs]
            left_out = masks(dropout, batches.seed, t, len(batch), units) if any(dropout) else None
            batch_loss, in_coefs, in_intercepts = loss_and_gradient(
                coefs, intercepts, activations, loss, X[batch], T[batch], weight[batch], left_out
            )
            total += batch_loss
            divisor = len(batch) * weight_sum / len(X)
            norm = np.sqrt(sum((g**2).sum() for g in in_coefs + in_intercepts)) / divisor
            limit = 1.0 if max_norm is None else min(1.0, max_norm / norm)
            eta = rates(t)
            for oracle in on_coefs + on_intercepts:
                oracle.loss_grew = batch_loss / divisor > loss_before
            loss_before = batch_loss / divisor
            for layer in range(len(coefs)):
                p = on_coefs[layer].decay(eta, alpha, weight_decay, weight_sum)
                gradients = [g[layer] * (limit / divisor) for g in (in_coefs, in_intercepts)]
                W = on_coefs[layer].step(coefs[layer], gradients[0], eta, p)
                if l1:
                    threshold = on_coefs[layer].threshold(eta, l1, weight_sum)
                    W = np.sign(W) * np.maximum(0, np.abs(W) - threshold)
                coefs[layer] = W
                intercepts[layer] = on_intercepts[layer].step(
                    intercepts[layer], gradients[1], eta, 1.0
                )
            if hasattr(on_coefs[0], "end_step"):
                on_coefs[0].end_step(on_coefs + on_intercepts)
            t += 1
        losses.append(total / weight_sum)
    return coefs, intercepts, losses


def task_of(estimator, y):
    """What an estimator makes of these targets."""
    if isinstance(estimator, BPRegressor):
        return "regression"
    if np.ndim(y) == 2:
        return "multilabel"
    return "binary" if len(np.unique(y)) == 2 else "multiclass"


def start_from(estimator, X, y, seed=0, scale=0.5):
    """A clone whose network has the right shape for X and y, and known weights at step 0."""
    started = clone(estimator).set_params(warm_start=True, tol=None, max_iter=1)
    started.fit(X, y)
    rng = np.random.default_rng(seed)
    dtype = started.coefs_[0].dtype
    coefs = [(scale * rng.standard_normal(W.shape)).astype(dtype) for W in started.coefs_]
    intercepts = [(0.1 * rng.standard_normal(b.shape)).astype(dtype) for b in started.intercepts_]
    started.coefs_, started.intercepts_ = coefs, intercepts
    return started.set_params(max_iter=estimator.max_iter)


def trained_like(estimator, X, y, sample_weight=None):
    """What `estimator.fit(X, y, sample_weight)` must make of the weights that it has now.

    The estimator comes from `start_from`: all its epochs are still to come. No sample weighs zero.
    """
    optimizer, schedule = estimator.optimizer, estimator.learning_rate
    name = next(name for name, cls in OPTIMIZERS.items() if type(optimizer) is cls)
    if schedule is None:
        schedule = optimizer.default_learning_rate
    schedule = as_schedule(schedule)
    n_hidden = len(estimator.coefs_) - 1
    activations = estimator.activation
    if not isinstance(activations, (list, tuple)):
        activations = (activations,) * n_hidden
    if getattr(estimator, "out_activation", None) is not None:
        activations = (*activations, estimator.out_activation)
    size = 200 if estimator.batch_size == "auto" else estimator.batch_size
    if optimizer.full_batch:
        size = X.shape[0]
    task = task_of(estimator, y)
    horizon = Horizon.of(X.shape[0], min(size, X.shape[0]), estimator.max_iter)
    seed = seed_of(estimator.random_state)
    return train(
        estimator.coefs_,
        estimator.intercepts_,
        np.asarray(X.toarray() if issparse(X) else X, dtype=float),
        encode(y, task),
        sample_weight,
        loss=loss_oracle(estimator.loss, task),
        activations=[activation_oracle(activation) for activation in activations],
        rule=lambda: ORACLES[name](**optimizer.get_params()),
        rates=lambda t: float(schedule.rates_at(np.array([t]), horizon, schedule.new_state())[0]),
        alpha=0 if estimator.alpha == "auto" else estimator.alpha,
        weight_decay=0 if estimator.weight_decay == "auto" else estimator.weight_decay,
        l1=estimator.l1,
        dropout=[estimator.input_dropout, *np.broadcast_to(estimator.dropout, n_hidden)],
        max_norm=estimator.max_grad_norm,
        batches=Batches(X.shape[0], min(size, X.shape[0]), estimator.shuffle, seed),
        n_epochs=estimator.max_iter,
    )
