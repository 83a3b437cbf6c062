"""history_ holds the norm of each layer's gradient, as the textbook has it."""

import numpy as np
import pytest
import scipy.sparse as sp
from cases import every_loss, layouts
from helpers import estimator_class, targets_for
from internals import make_slices_of_one_step
from reference import activation_oracle, encode, loss_and_gradient, loss_oracle, task_of
from sklearn.base import clone

from sk_bp import BPClassifier, BPRegressor
from sk_bp.optimizers import BY_BATCH, FULL_BATCH

rng = np.random.default_rng(0)
X = rng.standard_normal((60, 20)) * (rng.random((60, 20)) < 0.3)
y = np.arange(60) % 3
target = rng.standard_normal((60, 2))
RECORDING = {"record_gradient_norms": True, "tol": None, "random_state": 0, "scaling": False}


def norms(model):
    """(n_epochs, n_layers)"""
    names = [f"gradient_norm_{layer}" for layer in range(model.n_layers_ - 1)]
    return np.column_stack([model.history_[name] for name in names])


def textbook_norms(model, X, y, weight=None):
    """Of the mean loss, at the model's weights."""
    weight, task = np.ones(len(X)) if weight is None else weight, task_of(model, y)
    _, in_coefs, _ = loss_and_gradient(
        model.coefs_,
        model.intercepts_,
        [activation_oracle(model.activation)] * (len(model.coefs_) - 1),
        loss_oracle(model.loss, task),
        X,
        encode(y, task),
        weight,
    )
    return [np.linalg.norm(g) / weight.sum() for g in in_coefs]


def fresh_twin(model, X, y):
    """The same estimator before its first step."""
    return clone(model).set_params(learning_rate=1e-300, max_iter=1).fit(X, y)


@layouts
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", BY_BATCH)
def test_the_norms_are_those_of_the_textbook(name, dtype, layout):
    data = layout(X.astype(dtype))
    model = BPClassifier((6, 5), "tanh", optimizer=name, max_iter=1, batch_size=60, **RECORDING)
    expected = textbook_norms(fresh_twin(model, data, y), X, y)
    rtol = 1e-5 if dtype == np.float32 else 1e-12
    np.testing.assert_allclose(norms(model.fit(data, y))[0], expected, rtol=rtol)


@layouts
@every_loss
def test_the_norms_of_every_loss_are_those_of_the_textbook(loss, task, layout):
    labels = targets_for(task, 60, np.random.default_rng(1))
    model = estimator_class(task)((6, 5), "tanh", loss=loss, max_iter=1, **RECORDING)
    model.set_params(batch_size=60)
    expected = textbook_norms(fresh_twin(model, X, labels), X, labels)
    np.testing.assert_allclose(norms(model.fit(layout(X), labels))[0], expected, rtol=1e-12)


@layouts
def test_an_epoch_has_the_root_mean_square_over_its_batches(layout):
    params = {"activation": "tanh", "shuffle": False, "optimizer": "sgd", **RECORDING}
    params["learning_rate"] = 0.01
    model = BPClassifier(7, batch_size=7, max_iter=1, alpha=0.6, **params)
    by_step = BPClassifier(7, batch_size=7, **params)
    squares = []
    for first in range(0, 60, 7):
        batch = slice(first, min(first + 7, 60))
        before = by_step if first else fresh_twin(model, X, y)
        found = textbook_norms(before, X[batch], y[batch])
        squares.append(np.square(found))
        by_step.set_params(alpha=0.6 * (batch.stop - first) / 60)
        by_step.partial_fit(X[batch], y[batch], classes=[0, 1, 2])
    expected = np.sqrt(np.mean(squares, axis=0))
    np.testing.assert_allclose(norms(model.fit(layout(X), y))[0], expected, rtol=1e-10)


@layouts
@pytest.mark.parametrize("name", sorted(set(FULL_BATCH) - {"rprop"}))
def test_minimizers_note_the_gradient_of_the_loss_where_they_are(name, layout):
    weight = rng.uniform(0.5, 2, size=60)
    model = BPRegressor(5, "tanh", optimizer=name, alpha=0.5, max_iter=4, **RECORDING)
    model.fit(layout(X), target, sample_weight=weight)
    expected = textbook_norms(model, X, target, weight)
    np.testing.assert_allclose(norms(model)[-1], expected, rtol=1e-9)
    assert norms(model).shape == (model.n_iter_, 2)


@layouts
def test_neither_slices_nor_restarting_the_clock_change_the_norms(layout, monkeypatch):
    """But for rounding: the squares are summed up slice by slice."""
    model = BPClassifier(6, batch_size=2, max_iter=3, **RECORDING)
    whole = norms(model.fit(layout(X), y))
    make_slices_of_one_step(monkeypatch)
    np.testing.assert_allclose(norms(model.fit(layout(X), y)), whole, rtol=1e-14)


def test_nothing_is_noted_down_unless_asked_for():
    model = BPClassifier(6, max_iter=2, tol=None, random_state=0).fit(X, y)
    assert set(model.history_) == {"loss", "learning_rate"}


@pytest.mark.parametrize("name", BY_BATCH)
def test_measuring_changes_no_bit_of_the_weights(name):
    model = BPClassifier(6, optimizer=name, batch_size=7, max_iter=3, **RECORDING)
    coefs = model.fit(sp.csr_array(X), y).coefs_
    plain = model.set_params(record_gradient_norms=False).fit(sp.csr_array(X), y).coefs_
    for W, expected in zip(coefs, plain, strict=True):
        np.testing.assert_array_equal(W, expected)


def test_it_can_be_turned_on_when_training_goes_on():
    model = BPClassifier(6, max_iter=2, tol=None, warm_start=True, random_state=0).fit(X, y)
    model.set_params(record_gradient_norms=True).fit(X, y)
    np.testing.assert_array_equal(np.isnan(norms(model)[:, 0]), [True, True, False, False])
    model.set_params(record_gradient_norms=False).partial_fit(X, y)
    assert np.isnan(norms(model)[-1]).all()


def test_the_number_of_threads_does_not_change_the_norms():
    from threadpoolctl import threadpool_limits

    data = rng.standard_normal((2000, 300))
    labels = np.arange(2000) % 4
    results = []
    for n_threads in (1, 2):
        with threadpool_limits(n_threads):
            model = BPClassifier(150, batch_size=500, max_iter=2, **RECORDING)
            results.append(norms(model.fit(data, labels)))
    np.testing.assert_array_equal(*results)


def test_a_step_that_is_not_made_has_no_norm():
    model = BPRegressor(3, "identity", optimizer="sgd", learning_rate=1e3, alpha=0, **RECORDING)
    with pytest.warns(UserWarning, match="stopped early"):
        model.fit(X, target)
    assert np.isfinite(norms(model)[0]).all()
    assert np.isnan(norms(model)[-1]).all() == (model.n_steps_ < model.n_iter_)
    assert len({len(values) for values in model.history_.values()}) == 1


def test_norms_whose_square_float32_cannot_hold_are_finite():
    data = np.full((4, 5000), 1e9, dtype=np.float32)
    model = BPRegressor((), optimizer="sgd", learning_rate=1e-30, max_iter=1, **RECORDING)
    model.set_params(random_state=1)  # weights whose sum is not nearly 0
    model.fit(data, np.arange(4, dtype=np.float32))
    assert np.finfo(np.float32).max < norms(model)[0, 0] ** 2 < np.inf


def test_restarts_keep_the_norms_of_each_run():
    model = BPClassifier(4, n_restarts=2, max_iter=3, **RECORDING).fit(X, y)
    assert norms(model).shape == (9, 2)
    assert np.isfinite(norms(model)).all()
