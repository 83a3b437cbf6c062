"""Back-propagation against central differences of the textbook's loss.

The gradient is read off one step of plain descent with all samples in one batch, at rate 1; and the
core adds it up over batches, as it does for minimizers.
"""

import copy
from functools import partial

import numpy as np
import pytest
import scipy.sparse as sp
from cases import ACTIVATION_CASES, LOSS_CASES, every_loss, layouts
from helpers import assert_finite, estimator_class, targets_for, weights
from internals import gradient_over_batches
from reference import (
    activation_oracle,
    encode,
    forward,
    loss_and_gradient,
    loss_of,
    loss_oracle,
    start_from,
    task_of,
)

from sk_bp import SGD
from sk_bp.activations import ACTIVATIONS
from sk_bp.losses import LogLoss, SquaredError
from sk_bp.values import named

N, N_FEATURES = 20, 6


def problem(task, n_outputs=3):
    """Samples and targets as an estimator takes them."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((N, N_FEATURES)) * (rng.random((N, N_FEATURES)) < 0.5)
    return X, targets_for(task, N, rng, n_outputs)


def network(loss, task, hidden, activations, X, y):
    """An estimator that makes one plain step from weights that it has."""
    model = estimator_class(task)(hidden, list(activations), loss=loss, alpha=0, random_state=0)
    model.set_params(optimizer=SGD(momentum=0), learning_rate=1.0, batch_size=len(X))
    return away_from_kinks(start_from(model.set_params(max_iter=1), X, y, scale=0.7), X)


def away_from_kinks(model, X):
    """The model with biases moved until no unit is so near a kink that differences cross it."""
    functions = [activation_oracle(activation) for activation in model.activation]
    for _ in range(100):
        z, _ = forward(model.coefs_, model.intercepts_, functions, X)
        distances = [
            abs(layer - bend).min()
            for layer, activation in zip(z[:-1], model.activation, strict=True)
            for bend in named(activation, ACTIVATIONS, "activation").bends
        ]
        if min(distances, default=1) > 1e-4:
            return model
        model.intercepts_ = [b + 0.003 for b in model.intercepts_]
    raise AssertionError("every network that was tried has a unit at a kink")


def by_one_step(model, X, y, weight=None):
    """The gradient of the mean loss in each array of weights and biases."""
    after = copy.deepcopy(model).fit(X, y, sample_weight=weight)
    assert_finite(after)
    return [W - V for W, V in zip(weights(model), weights(after), strict=True)]


def by_batches(model, X, y, weight=None, batch_size=7):
    """The same gradient as the core adds it up batch by batch."""
    loss = model.loss.for_task(task_of(model, y))
    targets = np.ascontiguousarray(y.reshape(len(y), -1), dtype=X.dtype)
    network = model.coefs_, model.intercepts_, model.activation
    return gradient_over_batches(*network, loss, X, targets, weight, batch_size)


both_ways = pytest.mark.parametrize("gradient_of", [by_one_step, by_batches])


def assert_close(found, expected, rtol, atol):
    for array, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(array, other, rtol=rtol, atol=atol)


def central_differences(arrays, mean_loss, h=1e-5):
    """The slope of a function of arrays along each of their numbers."""
    slopes = []
    for array in arrays:
        slopes.append(np.empty_like(array))
        for i in np.ndindex(array.shape):
            here = array[i]
            array[i] = here + h
            above = mean_loss()
            array[i] = here - h
            slopes[-1][i] = (above - mean_loss()) / (2 * h)
            array[i] = here
    return slopes


def cases():
    """Every loss with few networks, and every activation at every depth."""
    for loss, task in LOSS_CASES:
        for n_outputs in (1, 3) if task == "regression" else (3,):
            yield loss, task, n_outputs, (), ()
            yield loss, task, n_outputs, (5, 4), ("tanh", "silu")
    for activation in ACTIVATION_CASES:
        for hidden in (5,), (5, 4), (4, 3, 5):
            yield LogLoss(), "multiclass", 3, hidden, (activation,) * len(hidden)
        yield SquaredError(), "regression", 3, (4, 3, 5), (activation, "tanh", "logistic")


@both_ways
@pytest.mark.parametrize(
    ("layout", "weighted"), [(np.asarray, True), (sp.csr_array, False)], ids=["dense", "sparse"]
)
@pytest.mark.parametrize(
    ("loss", "task", "n_outputs", "hidden", "activations"), list(cases()), ids=str
)
def test_gradient_equals_central_differences(
    loss, task, n_outputs, hidden, activations, layout, weighted, gradient_of
):
    X, y = problem(task, n_outputs)
    weight = np.random.default_rng(1).uniform(0.1, 3, size=N) if weighted else np.ones(N)
    model = network(loss, task, hidden, activations, X, y)
    found = gradient_of(model, layout(X), y, weight if weighted else None)
    coefs, intercepts = list(model.coefs_), list(model.intercepts_)
    functions = [activation_oracle(activation) for activation in activations]

    def mean_loss():
        sum_of_losses = loss_of(
            coefs, intercepts, functions, loss_oracle(loss, task), X, encode(y, task), weight
        )
        return sum_of_losses / weight.sum()

    expected = central_differences(coefs + intercepts, mean_loss)
    assert_close(found, expected, rtol=1e-7, atol=1e-9)


@layouts
@every_loss
def test_gradient_does_not_depend_on_the_batches_it_is_summed_over(loss, task, layout):
    X, y = problem(task)
    model = network(loss, task, (5,), ("tanh",), X, y)
    whole = by_batches(model, layout(X), y, batch_size=N)
    for batch_size in (1, 3, 19):
        parts = by_batches(model, layout(X), y, batch_size=batch_size)
        assert_close(parts, whole, rtol=1e-12, atol=1e-15)


@layouts
@every_loss
def test_gradient_of_all_samples_is_the_mean_of_those_of_its_parts(loss, task, layout):
    X, y = problem(task)
    model = network(loss, task, (5,), ("tanh",), X, y)
    whole = by_one_step(model, layout(X), y)
    for size in (1, 3, 19):
        parts = [np.zeros_like(array) for array in whole]
        for first in range(0, N, size):
            part = slice(first, min(first + size, N))
            found = by_one_step(model, layout(X[part]), y[part])
            for total, array in zip(parts, found, strict=True):
                total += array * (part.stop - first) / N
        assert_close(parts, whole, rtol=1e-11, atol=1e-14)


@both_ways
@layouts
@every_loss
def test_single_precision_gradient_is_the_double_precision_one_rounded(
    loss, task, layout, gradient_of
):
    X, y = problem(task)
    double = gradient_of(network(loss, task, (5,), ("tanh",), X, y), layout(X), y)
    single = X.astype(np.float32)
    found = gradient_of(network(loss, task, (5,), ("tanh",), single, y), layout(single), y)
    assert {array.dtype for array in found} == {np.dtype(np.float32)}
    assert_close(found, double, rtol=1e-4, atol=1e-6)


@both_ways
@every_loss
def test_gradient_sums_over_many_blocks_of_rows_and_columns(loss, task, gradient_of):
    """More samples and columns than the core takes in one block."""
    repeats, wide = 17, 150
    X, y = problem(task)
    X = np.tile(X, (repeats, 1))
    X = np.hstack([X, np.random.default_rng(2).standard_normal((len(X), wide))])
    y = np.tile(y, (repeats, 1)) if y.ndim == 2 else np.tile(y, repeats)
    model = network(loss, task, (5,), ("tanh",), X, y)
    _, in_coefs, in_intercepts = loss_and_gradient(
        model.coefs_,
        model.intercepts_,
        [activation_oracle("tanh")],
        loss_oracle(loss, task),
        X,
        encode(y, task),
        np.full(len(X), 1 / len(X)),
    )
    if gradient_of is by_batches:
        gradient_of = partial(by_batches, batch_size=len(X))
    for samples in (X, sp.csr_array(X)):
        found = gradient_of(model, samples, y)
        assert_close(found, in_coefs + in_intercepts, rtol=1e-9, atol=1e-12)


@layouts
@every_loss
def test_the_gradient_that_minimizers_add_up_over_parts_is_that_of_one_batch(loss, task, layout):
    """So many samples go through the network in several parts; their norms are compared."""
    X, y = problem(task)
    X, y = np.tile(X, (130, 1)), np.tile(y, (130, 1)) if y.ndim == 2 else np.tile(y, 130)
    X += np.random.default_rng(2).standard_normal(X.shape) * (X != 0)
    model = network(loss, task, (5,), ("tanh",), X, y)
    by_parts = copy.deepcopy(model).set_params(optimizer="lbfgs", record_gradient_norms=True)
    by_parts.set_params(learning_rate=None, batch_size="auto").fit(layout(X), y)
    model.coefs_, model.intercepts_ = by_parts.coefs_, by_parts.intercepts_
    in_coefs = by_one_step(model, layout(X), y)[: len(model.coefs_)]
    for layer, gradient in enumerate(in_coefs):
        norm = by_parts.history_[f"gradient_norm_{layer}"][-1]
        np.testing.assert_allclose(np.linalg.norm(gradient), norm, rtol=1e-9)
