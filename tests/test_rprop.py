"""Rprop: its steps, and what it has in common with no other rule: all samples in one batch."""

import numpy as np
import pytest
import scipy.sparse as sp
from cases import layouts
from helpers import distance, weights
from reference import start_from, trained_like
from sklearn.base import clone
from sklearn.linear_model import Ridge

from sk_bp import BPClassifier, BPRegressor, ExponentialDecay, Rprop

SETTINGS = [
    Rprop(),
    Rprop(increase=1.3, decrease=0.3),
    Rprop(min_step=0.01, max_step=0.02),
    Rprop(decrease=0.9, min_step=1e-9, max_step=0.3),
]


def problem(dtype=np.float64, n=60):
    rng = np.random.default_rng(0)
    X = sp.random_array((n, 14), density=0.2, rng=rng, format="csr", dtype=dtype)
    X = sp.hstack([X, sp.csr_array((n, 2), dtype=dtype)], format="csr")  # two empty columns
    return X, rng.integers(0, 3, size=n)


@layouts
@pytest.mark.parametrize("weight_decay", [0, 0.5])
@pytest.mark.parametrize("optimizer", SETTINGS, ids=repr)
def test_fit_makes_the_steps_of_the_oracle(optimizer, weight_decay, layout):
    X = layout(problem()[0].toarray())
    y = np.random.default_rng(1).standard_normal(60)  # noise: no unit is driven into saturation
    estimator = BPRegressor((4,), "tanh", optimizer=optimizer, learning_rate=0.05)
    estimator.set_params(max_iter=25, weight_decay=weight_decay, random_state=0)
    model = start_from(estimator, X, y)
    coefs, intercepts, losses = trained_like(model, X, y)
    model.fit(X, y)
    assert distance(weights(model), coefs + intercepts) <= 1e-9
    np.testing.assert_allclose(model.loss_curve_, losses, rtol=1e-9)


def test_an_epoch_is_one_step_with_all_samples():
    X, y = problem(n=500)
    model = BPClassifier((6,), optimizer="rprop", max_iter=7, tol=None).fit(X, y)
    assert (model.n_iter_, model.n_steps_, model.t_) == (7, 7, 3500)


@layouts
def test_a_step_that_raised_the_loss_is_taken_back(layout):
    X = layout(problem()[0].toarray())
    y = np.random.default_rng(1).standard_normal(60)
    model = BPRegressor((), optimizer=Rprop(), learning_rate=2.0, alpha=0, max_iter=12)
    model = start_from(model.set_params(tol=None, random_state=0), X, y)
    coefs, intercepts, losses = trained_like(model, X, y)
    assert max(np.diff(losses)) > 0
    model.fit(X, y)
    assert distance(weights(model), coefs + intercepts) <= 1e-9


@layouts
def test_training_in_two_parts_is_training_at_once(layout):
    X, y = problem()
    X = layout(X.toarray())
    model = BPClassifier((6,), "tanh", optimizer=Rprop(), max_iter=50, tol=None, random_state=0)
    at_once = clone(model).fit(X, y)
    in_parts = model.set_params(warm_start=True, max_iter=20).fit(X, y)
    in_parts.set_params(max_iter=30).fit(X, y)
    assert distance(weights(in_parts), weights(at_once)) <= 1e-12


def test_it_finds_the_least_squares_solution():
    rng = np.random.default_rng(3)
    X = rng.standard_normal((80, 5))
    y = X @ rng.standard_normal(5) + 0.7 + 0.3 * rng.standard_normal(80)
    optimum = Ridge(alpha=0).fit(X, y)
    model = BPRegressor((), optimizer="rprop", max_iter=400, alpha=0, tol=None).fit(X, y)
    np.testing.assert_allclose(model.coefs_[0][:, 0], optimum.coef_, atol=1e-4)


CHANGED = {"increase": 1.6, "decrease": 0.2, "min_step": 0.05, "max_step": 0.015}


def test_every_hyperparameter_is_among_those_whose_effect_is_tested():
    assert set(CHANGED) == set(Rprop().get_params())


@pytest.mark.parametrize("name", CHANGED)
def test_every_hyperparameter_has_an_effect(name):
    X, y = problem()
    model = BPClassifier((4,), optimizer=Rprop(), max_iter=30, tol=None, random_state=0)
    changed = clone(model).set_params(**{f"optimizer__{name}": CHANGED[name]})
    assert np.abs(model.fit(X, y).coefs_[0] - changed.fit(X, y).coefs_[0]).max() > 1e-6


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("increase", value) for value in (1, 0.5, np.nan, np.inf, "2", None)),
        *(("decrease", value) for value in (0, 1, -0.5, np.nan, "0.5", None)),
        *(("min_step", value) for value in (0, -1, np.nan, "1", None)),
        *(("max_step", value) for value in (0, -1, np.nan, "1", None)),
    ],
)
def test_an_invalid_hyperparameter_is_refused_by_name_and_value(name, value):
    with pytest.raises((ValueError, TypeError)) as caught:
        BPRegressor(optimizer=Rprop(**{name: value})).fit([[0.0], [1.0]], [0.0, 1.0])
    assert name in str(caught.value)
    assert repr(value) in str(caught.value)


def test_a_smallest_step_above_the_largest_is_refused_by_both_names():
    with pytest.raises(ValueError, match=r"min_step=2.*max_step=1"):
        BPRegressor(optimizer=Rprop(min_step=2, max_step=1)).fit([[0.0], [1.0]], [0.0, 1.0])


def test_a_schedule_is_refused():
    model = BPRegressor(optimizer="rprop", learning_rate=ExponentialDecay(0.1))
    with pytest.raises(ValueError, match=r"learning_rate must be a number or None.*Exponential"):
        model.fit([[0.0], [1.0]], [0.0, 1.0])
