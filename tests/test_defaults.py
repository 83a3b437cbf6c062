"""What the parameters that are left to the package stand for."""

import numpy as np
import pytest
import scipy.sparse as sp
from cases import both
from helpers import assert_same_bits, classes_for
from sklearn.base import clone

from sk_bp import BPClassifier, CosineDecay, PolynomialDecay
from sk_bp.optimizers import BY_BATCH

rng = np.random.default_rng(0)


def data(n, density=1.0):
    X = rng.standard_normal((n, 20)) * (rng.random((n, 20)) < density)
    return X, np.arange(n) % 2


@both
@pytest.mark.parametrize(
    ("n", "density", "batch_size", "max_iter", "weight_decay"),
    [
        (20, 1.0, 20, 100, 1.0),
        (100, 1.0, 32, 100, 1.0),
        (600, 1.0, 32, 100, 0.5),
        (1000, 1.0, 50, 100, 0.3),
        (3000, 1.0, 64, 53, 0.1),
        (3000, 0.02, 64, 12, 0.0),
        (100, 0.02, 32, 100, 0.0),
    ],
)
def test_they_depend_on_the_samples(Estimator, n, density, batch_size, max_iter, weight_decay):
    X, y = data(n, density)
    model = Estimator(2, random_state=0).fit(X, y)
    assert (model.batch_size_, model.max_iter_) == (batch_size, max_iter)
    assert model.weight_decay_ == pytest.approx(weight_decay)
    assert model.alpha_ == 0
    on_sparse = clone(model).fit(sp.csr_array(X), y)
    assert on_sparse.batch_size_ == batch_size
    assert (on_sparse.max_iter_, on_sparse.weight_decay_) == (max_iter, model.weight_decay_)


@both
def test_they_are_what_the_same_numbers_are(Estimator):
    X, y = data(700)
    model = Estimator(5, random_state=0).fit(X, y)
    names = ("batch_size", "max_iter", "alpha", "weight_decay")
    explicit = {name: getattr(model, f"{name}_") for name in names}
    same = clone(model).set_params(learning_rate=CosineDecay(0.01), **explicit).fit(X, y)
    assert_same_bits(model, same)
    assert model.history_["learning_rate"][-1] < 1e-4


@both
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize(
    ("given", "alpha", "weight_decay"),
    [({"alpha": 0.5}, 0.5, 0), ({"alpha": 0}, 0, 0), ({"weight_decay": 0.5}, 0, 0.5)],
    ids=str,
)
def test_where_penalty_or_decay_is_given_there_is_none_of_the_other(
    Estimator, optimizer, given, alpha, weight_decay
):
    X, y = data(100)
    model = Estimator(2, optimizer=optimizer, max_iter=1, tol=None, random_state=0, **given)
    model.fit(X, y)
    assert (model.alpha_, model.weight_decay_) == (alpha, weight_decay)
    model.set_params(**dict.fromkeys(given, "auto")).fit(X, y)
    assert (model.alpha_ > 0, model.weight_decay_ > 0) == (optimizer == "sgd", optimizer == "adam")


@both
def test_a_stream_has_a_constant_rate_and_next_to_no_decay(Estimator):
    X, y = data(300)
    model = Estimator(3, random_state=0).partial_fit(X, y, **classes_for(Estimator))
    assert (model.batch_size_, model.max_iter_, model.weight_decay_) == (200, None, 1e-4)
    assert model.history_["learning_rate"] == [0.001]


@pytest.mark.parametrize("optimizer", BY_BATCH)
@pytest.mark.parametrize("rate", [None, 50.0, PolynomialDecay(3.0)], ids=repr)
def test_the_decay_of_a_step_is_alike_at_any_rate(optimizer, rate):
    X, y = data(100)
    model = BPClassifier(3, optimizer=optimizer, learning_rate=rate, max_iter=1, random_state=0)
    model.set_params(tol=None)
    if rate is not None and optimizer in ("sgd", "radam", "adadelta"):
        return  # diverges
    model.fit(X, y)
    rule = BY_BATCH[optimizer]
    if rule.follows_objective:
        assert (model.alpha_, model.weight_decay_) == (1e-4, 0)
    elif rule.decay_rate is None:
        highest = {None: rule.peak_learning_rate, 50.0: 50.0}.get(rate, 3.0)
        largest = max(highest, rule.peak_learning_rate)
        assert model.weight_decay_ * largest == pytest.approx(0.01)


@pytest.mark.parametrize("layout", [np.asarray, sp.csr_array])
@pytest.mark.parametrize(("density", "peak"), [(0.04, 0.02), (0.06, 0.01)])
def test_on_mostly_zero_data_the_rate_falls_from_twice_as_high(density, peak, layout):
    X = np.zeros((100, 100))
    X.flat[: round(density * X.size)] = 1.0
    X = rng.permutation(X.ravel()).reshape(X.shape)
    model = BPClassifier(3, random_state=0, tol=None).fit(layout(X), np.arange(100) % 2)
    n_epochs, steps = model.n_iter_, model.n_steps_ // model.n_iter_
    last_of_first = peak / 2 * (1 + np.cos(np.pi * (steps - 1) / (n_epochs * steps)))
    assert model.history_["learning_rate"][0] == pytest.approx(last_of_first, rel=1e-2)
    adam = BPClassifier(3, optimizer="adam", max_iter=1, random_state=0, tol=None)
    assert adam.fit(layout(X), np.arange(100) % 2).history_["learning_rate"][0] < 0.01


def test_a_plateau_does_not_end_a_fit_whose_rate_has_yet_to_fall():
    X, y = data(200)
    noise = rng.permutation(y)
    planned = BPClassifier(3, tol=0.5, n_iter_no_change=2, max_iter=30, random_state=1)
    constant = clone(planned).set_params(learning_rate=0.01, alpha=0)
    assert planned.fit(X, noise).n_iter_ == 30
    assert planned.end_reason_ == "max_iter"
    assert constant.fit(X, noise).n_iter_ < 30
    assert constant.end_reason_ == "plateau"
    easy = clone(planned).set_params(hidden_layer_sizes=50, tol=0.1, max_iter=100)
    easy.fit(X, (X[:, 0] > 0).astype(int))
    assert easy.end_reason_ == "plateau"
    assert easy.n_iter_ < 100


def test_the_decay_of_a_step_is_alike_at_a_rate_that_was_found():
    X, _ = data(300)
    model = BPClassifier(30, learning_rate="auto", max_iter=20, tol=None, random_state=0)
    model.fit(X, (X[:, 0] * X[:, 1] > 0).astype(int))
    explicit = clone(model).set_params(learning_rate=model.auto_learning_rate_)
    explicit.fit(X, (X[:, 0] * X[:, 1] > 0).astype(int))
    assert model.weight_decay_ == pytest.approx(explicit.weight_decay_)
