"""How a minimizer ends, and what it says of it."""

import numpy as np
import pytest
from internals import interrupt_after_iteration, round_values
from minimizer_cases import (
    GENERAL,
    MINIMIZERS,
    PRECISE,
    every_minimizer,
    general,
    regression,
    sine,
    tanh_problem,
)
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from sk_bp import (
    LBFGS,
    BPRegressor,
    LevenbergMarquardt,
)
from sk_bp.endings import Ending


@every_minimizer
def test_a_minimizer_says_that_there_were_max_iter_iterations(name):
    ending = MINIMIZERS[name]().minimize(tanh_problem(), 3, lambda *_, **__: False, {})
    assert ending == (Ending.MAX_ITER, "")


@every_minimizer
def test_a_minimizer_says_that_its_caller_made_it_end(name):
    ending = MINIMIZERS[name]().minimize(tanh_problem(), 3, lambda *_, **__: True, {})
    assert ending == (Ending.STOPPED, "")


@every_minimizer
def test_a_minimizer_without_a_step_left_has_converged(name):
    parameter = "gtol" if name in GENERAL else "min_grad"
    optimizer = MINIMIZERS[name](**{parameter: 1e3})
    assert optimizer.minimize(tanh_problem(), 3, pytest.fail, {}) == (Ending.CONVERGED, "")


@pytest.mark.parametrize("name", ["levenberg_marquardt", "bayesian_regularization"])
def test_too_small_a_damping_ends_in_a_warning_that_says_so(name):
    X, y = sine()
    optimizer = MINIMIZERS[name](mu=1e-6, mu_max=1e-6)
    model = BPRegressor(4, "tanh", optimizer=optimizer, alpha=0, tol=None, random_state=0)
    with pytest.warns(ConvergenceWarning, match="mu grew beyond mu_max=1e-06.*min_grad=1e-07"):
        model.fit(X, y)


@general
def test_a_line_search_that_rounding_ends_far_from_a_minimum_has_not_converged(name):
    problem = round_values(tanh_problem(), 2)
    visited = []
    ending, detail = MINIMIZERS[name]().minimize(
        problem, 500, lambda x, *_, **__: visited.append(x.copy()), {}
    )
    assert ending == Ending.NO_PROGRESS
    assert "ended before it converged" in detail
    assert "where gtol=1e-05" in detail
    slope = abs(problem.gradient_of_loss(visited[-1]) * problem.units).max() / problem.scale
    assert f"gradients of up to {slope:.2g}" in detail
    assert slope > 1e-3


@pytest.mark.filterwarnings("ignore:.*no better than a constant")
def test_an_epoch_that_is_not_settled_does_not_count_against_patience():
    class Unsettled(LevenbergMarquardt):
        def minimize(self, objective, max_iter, after_iteration, memory):
            for i in range(max_iter):
                if after_iteration(objective.start, 1.0, gradient=None, settled=i >= 20):
                    return Ending.STOPPED, ""
            return Ending.MAX_ITER, ""

    model = BPRegressor(3, optimizer=Unsettled(), n_iter_no_change=5, max_iter=100)
    # epoch 21 is the first that counts, and becomes the best one; six more do not lie below it
    assert model.fit(*sine()).n_iter_ == 27


@every_minimizer
def test_too_few_iterations_end_in_a_warning(name):
    with pytest.warns(ConvergenceWarning, match="max_iter=2"):
        BPRegressor(5, "tanh", optimizer=name, max_iter=2, tol=0).fit(*sine())


def test_too_few_evaluations_end_in_a_warning_that_says_so():
    model = BPRegressor(5, "tanh", optimizer=LBFGS(max_fun=4), tol=0, random_state=0)
    with pytest.warns(ConvergenceWarning, match="LBFGS ended before it converged.*EVALUATIONS"):
        model.fit(*sine())


@pytest.mark.parametrize("name", PRECISE)
def test_a_model_at_its_minimum_stays_there_and_is_fitted(name):
    X, y = regression()
    model = BPRegressor((), optimizer=PRECISE[name], alpha=20, tol=None, max_iter=200)
    model.set_params(warm_start=True).fit(X, y)
    before = model.coefs_[0].copy()
    model.fit(X, y)
    np.testing.assert_allclose(model.coefs_[0], before, atol=1e-7)


@every_minimizer
def test_an_interrupt_leaves_the_weights_of_the_last_iteration(name, monkeypatch):
    X, y = sine()
    model = BPRegressor(5, "tanh", optimizer=name, max_iter=50, tol=None, random_state=0)
    losses = clone(model).set_params(max_iter=3).fit(X, y).loss_curve_
    interrupt_after_iteration(3, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    assert model.loss_curve_ == losses
    assert 0.5 * np.mean((model.predict(X) - y) ** 2) == pytest.approx(losses[-1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@every_minimizer
def test_huge_targets_leave_a_finite_model_and_a_warning(name, dtype):
    X, y = regression(dtype=dtype)
    huge = 1e36 if dtype == np.float32 else 1e290
    with pytest.warns(ConvergenceWarning, match="not finite.*scale X"):
        model = BPRegressor(3, optimizer=name, random_state=0).fit(X, y * huge)
    assert all(np.isfinite(W).all() for W in model.coefs_ + model.intercepts_)
    assert model.n_iter_ == 0 or np.isfinite(model.loss_)
