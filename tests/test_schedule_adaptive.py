"""The schedule that follows the loss."""

import math
import warnings

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from sk_bp import AdaptiveRate, Warmup
from sk_bp.schedules import Horizon, rates_of


def followed(schedule, losses):
    """The rate of each epoch, and of the one after the last."""
    state = schedule.new_state()
    found = [schedule.rate(state)]
    for loss in losses:
        state = schedule.after_epoch(state, loss)
        found.append(schedule.rate(state))
    return np.array(found)


def adaptive_gradient_descent(losses, rate, lr_inc=1.05, lr_dec=0.7, max_perf_inc=1.04):
    """The rates of MATLAB's traingda, as its manual says, for given performances."""
    found, previous = [rate], None
    for loss in losses:
        if previous is not None:
            if loss > max_perf_inc * previous:
                rate *= lr_dec
            elif loss < previous:
                rate *= lr_inc
        previous = loss
        found.append(rate)
    return found


class RecordedMLP(MLPClassifier):
    """Notes the learning rate of each epoch."""

    def _update_no_improvement_count(self, *args):
        vars(self).setdefault("rates", []).append(self._optimizer.learning_rate)
        return super()._update_no_improvement_count(*args)


@pytest.mark.parametrize(("tol", "patience"), [(1e-2, 2), (0.02, 5), (0.05, 1)])
@pytest.mark.parametrize("initial", [0.5, 0.01])
def test_a_plateau_divides_the_rate_as_in_scikit_learn(initial, tol, patience):
    model = RecordedMLP(
        (5,),
        solver="sgd",
        learning_rate="adaptive",
        learning_rate_init=initial,
        tol=tol,
        n_iter_no_change=patience,
        max_iter=100,
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(*load_iris(return_X_y=True))
    schedule = AdaptiveRate(initial, tol=tol, n_iter_no_change=patience, minimum=0)
    found = followed(schedule, model.loss_curve_[:-1])
    np.testing.assert_allclose(found, model.rates, rtol=1e-12)
    assert len(set(model.rates)) > 2


@pytest.mark.parametrize("seed", range(5))
def test_a_rate_grows_and_shrinks_with_the_loss_as_in_matlab(seed):
    losses = np.exp(np.random.default_rng(seed).normal(0, 0.05, 100).cumsum())
    schedule = AdaptiveRate(0.01, factor=1, increase=1.05, decrease=0.7, minimum=0)
    expected = adaptive_gradient_descent(losses, 0.01)
    np.testing.assert_allclose(followed(schedule, losses), expected, rtol=1e-12)
    assert {-1, 0, 1} == set(np.sign(np.diff(expected)))


def test_both_rules_work_together():
    schedule = AdaptiveRate(1.0, factor=2, n_iter_no_change=1, tol=0, increase=1.5, decrease=0.5)
    found = followed(schedule, [1, 0.9, 1.9, 1.95, 1.9])
    np.testing.assert_allclose(found, [1, 1, 1.5, 0.75, 0.375, 0.5625], rtol=1e-15)


def test_n_iter_no_change_epochs_are_tolerated_and_one_more_is_a_plateau():
    schedule = AdaptiveRate(1.0, factor=10, n_iter_no_change=3)
    found = followed(schedule, [0.5] * 9)
    np.testing.assert_allclose(found, [1] * 5 + [0.1] * 4 + [0.01], rtol=1e-15)


def test_progress_by_less_than_tol_is_none_but_lowers_the_best():
    schedule = AdaptiveRate(1.0, factor=10, n_iter_no_change=2, tol=0.1)
    np.testing.assert_allclose(followed(schedule, [1, 0.95, 0.9, 0.84]), [1, 1, 1, 1, 0.1])
    schedule.set_params(tol=0.01)
    np.testing.assert_allclose(followed(schedule, [1, 0.95, 0.9, 0.84]), 1)


def test_the_rate_stays_between_minimum_and_maximum():
    limits = {"minimum": 0.01, "maximum": 1.0}
    down = followed(AdaptiveRate(0.1, n_iter_no_change=1, **limits), [1.0] * 30)
    assert down[-1] == down.min() == 0.01
    up = followed(AdaptiveRate(0.1, increase=2, **limits), 0.99 ** np.arange(30))
    assert up[-1] == up.max() == 1.0


def test_a_rate_at_its_limit_leaves_it_at_once():
    schedule = AdaptiveRate(0.5, factor=1, increase=2, decrease=0.5, maximum=1.0)
    found = followed(schedule, [*(0.9 ** np.arange(10)), 1.0])
    np.testing.assert_allclose(found[-2:], [1.0, 0.5], rtol=1e-15)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_shrinks_the_rate_and_is_forgotten(bad):
    schedule = AdaptiveRate(1.0, factor=10, n_iter_no_change=1, increase=1.5, decrease=0.5)
    found = followed(schedule, [1.0, bad, 0.9, bad, bad])
    np.testing.assert_allclose(found, [1, 1, 0.5, 0.75, 0.375, 0.01875], rtol=1e-15)


def test_values_below_zero_may_fall_too():
    schedule = AdaptiveRate(1.0, factor=1, increase=2, decrease=0.5)
    found = followed(schedule, [-0.5, -0.5, -0.49, -0.6, -0.5])
    np.testing.assert_allclose(found, [1, 1, 1, 1, 2, 1])


def test_a_plateau_is_answered_until_the_rate_is_at_its_minimum():
    schedule = AdaptiveRate(1.0, factor=10, n_iter_no_change=1, minimum=0.01)
    state, answers = schedule.new_state(), []
    for _ in range(6):
        answers.append(schedule.answers_plateau(state))
        state = schedule.after_epoch(state, 1.0)
    assert answers == [True, True, True, True, True, False]
    assert not schedule.set_params(factor=1).answers_plateau(schedule.new_state())


def test_the_rates_of_an_epoch_are_those_of_its_state():
    schedule = AdaptiveRate(0.1, factor=2, n_iter_no_change=1)
    state = schedule.new_state()
    for _ in range(3):
        state = schedule.after_epoch(state, 1.0)
    np.testing.assert_array_equal(rates_of(schedule, np.arange(5), Horizon(5), state), 0.05)
    np.testing.assert_array_equal(schedule(np.arange(5)), 0.1)


def test_a_state_goes_on_where_it_was():
    schedule = AdaptiveRate(0.1, n_iter_no_change=2, increase=1.1, decrease=0.5)
    losses = np.random.default_rng(0).uniform(0.5, 1, 40)
    states = [schedule.new_state()]
    for loss in losses:
        states.append(schedule.after_epoch(states[-1], loss))
    again = states[17]
    for loss in losses[17:]:
        again = schedule.after_epoch(again, loss)
    assert again == states[-1]


def test_a_changed_initial_rate_scales_all_that_follow():
    schedule = AdaptiveRate(0.1, factor=2, n_iter_no_change=1)
    state = schedule.new_state()
    for _ in range(3):
        state = schedule.after_epoch(state, 1.0)
    assert schedule.set_params(initial=0.4).rate(state) == 0.2


def test_a_warm_up_passes_the_state_on():
    schedule = AdaptiveRate(0.1, factor=2, n_iter_no_change=1)
    warmed = Warmup(schedule, n_steps=4)
    state, expected = warmed.new_state(), schedule.new_state()
    for _ in range(3):
        state, expected = warmed.after_epoch(state, 1.0), schedule.after_epoch(expected, 1.0)
    assert state == expected
    assert warmed.answers_plateau(state)
    np.testing.assert_allclose(
        rates_of(warmed, np.arange(6), Horizon(5), state),
        0.05 * np.array([0.25, 0.5, 0.75, 1, 1, 1]),
    )
