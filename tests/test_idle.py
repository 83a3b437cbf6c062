"""The clock that counts the steps which rows of weights missed: dense input has none."""

import pickle

import numpy as np
import pytest
import scipy.sparse as sp
from cases import every_optimizer
from helpers import distance, weights
from sklearn.base import clone

from sk_bp import SGD, Adam, BPRegressor, ExponentialDecay, RMSProp

STEPS_BEFORE_A_NEW_START = 1 << 20


def one_row_a_step(touches, n_steps):
    """A matrix whose column c has an entry in the rows touches[c], and targets."""
    rows = np.concatenate([np.asarray(steps) for steps in touches])
    columns = np.repeat(np.arange(len(touches)), [len(steps) for steps in touches])
    data = np.cos(np.arange(len(rows))) + 1.5
    X = sp.csr_array((data, (rows, columns)), shape=(n_steps, len(touches)))
    return X, np.sin(np.arange(n_steps))


def regressor(optimizer, **parameters):
    model = BPRegressor((), optimizer=optimizer, learning_rate=1e-3, batch_size=1, shuffle=False)
    return model.set_params(max_iter=1, tol=None, alpha=1e-3, random_state=0, **parameters)


@pytest.mark.parametrize("optimizer", [RMSProp(momentum=0.9), Adam()], ids=repr)
def test_nothing_is_lost_when_the_clock_starts_anew(optimizer):
    """Columns touched on both sides of the new start, right at it, on one side, and never."""
    edge = STEPS_BEFORE_A_NEW_START
    touches = [
        [5, edge - 40, edge - 7, edge + 2, edge + 20],
        [edge - 3],
        [edge - 2, edge - 1, edge, edge + 1],
        [edge + 10],
        [7],
        [],
    ]
    X, y = one_row_a_step(touches, edge + 30)
    on_sparse = regressor(optimizer).fit(X, y)
    assert on_sparse.n_steps_ == edge + 30
    assert distance(weights(on_sparse), weights(regressor(optimizer).fit(X.toarray(), y))) <= 1e-9


@pytest.mark.parametrize("look", ["predict", "coefs_", "pickle", "dense_predict", "score"])
@every_optimizer
def test_looking_at_a_model_does_not_change_what_it_becomes(optimizer, look):
    rng = np.random.default_rng(0)
    X = sp.random_array((60, 40), density=0.03, rng=rng, format="csr")
    y = rng.standard_normal(60)
    quiet = regressor(optimizer, learning_rate=ExponentialDecay(0.01, factor=0.9, n_steps=5))
    watched = clone(quiet)
    for first in range(0, 60, 10):
        part = slice(first, first + 10)
        quiet.partial_fit(X[part], y[part])
        watched.partial_fit(X[part], y[part])
        if look == "predict":
            watched.predict(X[:20])
        elif look == "coefs_":
            assert np.isfinite(watched.coefs_[0]).all()
        elif look == "pickle":
            watched = pickle.loads(pickle.dumps(watched))
        elif look == "dense_predict":
            watched.predict(X.toarray())
        else:
            watched.score(X, y)
    assert distance(weights(watched), weights(quiet)) <= 1e-12


@every_optimizer
def test_predictions_between_steps_see_rows_that_are_up_to_date(optimizer):
    rng = np.random.default_rng(0)
    X = sp.random_array((80, 40), density=0.03, rng=rng, format="csr")
    y = rng.standard_normal(80)
    on_sparse = regressor(optimizer)
    on_dense = clone(on_sparse)
    for first in range(0, 80, 16):
        part = slice(first, first + 16)
        on_sparse.partial_fit(X[part], y[part])
        on_dense.partial_fit(X[part].toarray(), y[part])
        before = on_sparse.predict(X)
        np.testing.assert_allclose(before, on_dense.predict(X.toarray()), rtol=1e-9, atol=1e-12)
        np.testing.assert_array_equal(before, on_sparse.predict(X))


def test_switching_the_optimizer_between_calls_settles_the_idle_rows_first():
    rng = np.random.default_rng(0)
    X = sp.random_array((80, 40), density=0.03, rng=rng, format="csr")
    y = rng.standard_normal(80)
    on_sparse = regressor(SGD())
    on_dense = clone(on_sparse)
    for optimizer in (SGD(), Adam(), Adam(beta_1=0.5), RMSProp(momentum=0.5), SGD(), "adagrad"):
        on_sparse.set_params(optimizer=optimizer).partial_fit(X, y)
        on_dense.set_params(optimizer=optimizer).partial_fit(X.toarray(), y)
    assert distance(weights(on_sparse), weights(on_dense)) <= 1e-9
