"""Each schedule beside its textbook formula, step by step in plain Python."""

import math

import numpy as np
import pytest
from sklearn.neural_network._stochastic_optimizers import SGDOptimizer

from sk_bp.schedules import (
    Cooldown,
    CosineDecay,
    CosineLog,
    ExponentialDecay,
    Horizon,
    InverseScaling,
    InverseTime,
    OneCycle,
    Piecewise,
    PolynomialDecay,
    StepDecay,
    Warmup,
    rates_of,
)

N = 120
HORIZON = Horizon(steps_per_epoch=12, n_steps=N)
STEPS = np.arange(N + 20)


def rates(schedule, steps=STEPS):
    return rates_of(schedule, steps, HORIZON)


def cosine_annealing(step, low, high, period):
    """Equation 5 of Loshchilov & Hutter."""
    return low + 0.5 * (high - low) * (1 + math.cos(math.pi * step / period))


def warm_restarts(step, low, high, first, growth):
    """SGDR as it is written down: cycle after cycle, without an end."""
    period = first
    while step >= period:
        step -= period
        period *= growth
    return cosine_annealing(step, low, high, period)


def one_cycle(step, n, high, divisor, final_divisor, rise):
    """The two phases of PyTorch's OneCycleLR, which ends at n instead of n - 1 here."""
    low, peak = high / divisor, rise * n
    if step < peak:
        return cosine_annealing(step, high, low, peak)
    if step >= n:
        return low / final_divisor
    return cosine_annealing(step - peak, low / final_divisor, high, n - peak)


def polynomial(step, n, first, last, power):
    """Keras' PolynomialDecay."""
    step = min(step, n)
    return (first - last) * (1 - step / n) ** power + last


TEXTBOOK = [
    (StepDecay(0.4, factor=0.25, n_steps=7), lambda i: 0.4 * 0.25 ** (i // 7)),
    (StepDecay(0.4), lambda i: 0.4 * 0.1 ** (i // 40)),
    (Piecewise(), lambda i: 0.01 if i < 60 else 0.001 if i < 90 else 0.0001),
    (Piecewise((3, 1), n_epochs=[2.5]), lambda i: 3 if i < 30 else 1),
    (ExponentialDecay(0.3, factor=0.5, n_epochs=2), lambda i: 0.3 * 0.5 ** (i / 24)),
    (ExponentialDecay(0.3, fraction=0.5, staircase=True), lambda i: 0.3 * 0.96 ** (i // 60)),
    (ExponentialDecay(), lambda i: 0.01 * 0.96 ** (i / 1000)),
    (InverseScaling(0.3, power=0.25), lambda i: 0.3 / (i + 1) ** 0.25),
    (InverseTime(0.3, n_steps=9), lambda i: 0.3 / (1 + i / 9)),
    (PolynomialDecay(0.3), lambda i: polynomial(i, N, 0.3, 0, 1)),
    (
        PolynomialDecay(0.3, final=0.1, power=3, n_steps=50),
        lambda i: polynomial(i, 50, 0.3, 0.1, 3),
    ),
    (Cooldown(0.3), lambda i: 0.3 if i < 0.8 * N else polynomial(i - 96, N - 96, 0.3, 0, 1)),
    (Cooldown(0.3, hold=0, n_steps=50), lambda i: polynomial(i, 50, 0.3, 0, 1)),
    (CosineDecay(0.3), lambda i: cosine_annealing(min(i, N), 0, 0.3, N)),
    (
        CosineDecay(0.3, final=0.1, n_cycles=3, cycle_growth=2, n_steps=7 * 20),
        lambda i: warm_restarts(i, 0.1, 0.3, 20, 2),
    ),
    (
        CosineDecay(0.3, n_cycles=4),
        lambda i: warm_restarts(i, 0, 0.3, N // 4, 1) if i < N else 0,
    ),
    (
        CosineLog(0.3),
        lambda i: 0.3 * (0.5 - 0.5 * math.cos(2 * math.pi * math.log2(1 + 15 * min(i / N, 1)))),
    ),
    (OneCycle(0.3), lambda i: one_cycle(i, N, 0.3, 25, 1e4, 0.3)),
    (
        OneCycle(0.3, divisor=2, final_divisor=5, rise=0.6, n_steps=77),
        lambda i: one_cycle(i, 77, 0.3, 2, 5, 0.6),
    ),
    (Warmup(0.3, n_steps=10), lambda i: 0.3 * min((i + 1) / 10, 1)),
    (
        Warmup(CosineDecay(0.3)),
        lambda i: min((i + 1) / 6, 1) * cosine_annealing(min(i, N), 0, 0.3, N),
    ),
    (Warmup(lambda step: 1 / (1 + step), n_epochs=1), lambda i: min((i + 1) / 12, 1) / (1 + i)),
]


@pytest.mark.parametrize(
    ("schedule", "formula"), TEXTBOOK, ids=[repr(schedule) for schedule, _ in TEXTBOOK]
)
def test_rates_are_those_of_the_textbook(schedule, formula):
    expected = [formula(step) for step in STEPS.tolist()]
    np.testing.assert_allclose(rates(schedule), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("power", [0.1, 0.25, 0.5, 1, 2])
def test_inverse_scaling_is_that_of_scikit_learn_with_steps_for_samples(power):
    optimizer = SGDOptimizer(
        [np.zeros(1)], learning_rate_init=0.2, lr_schedule="invscaling", power_t=power
    )
    expected = []
    for step in STEPS:
        optimizer.iteration_ends(step)
        expected.append(optimizer.learning_rate)
    np.testing.assert_allclose(rates(InverseScaling(0.2, power=power)), expected, rtol=1e-14)


STARTS = [
    (StepDecay(0.3), 0.3),
    (ExponentialDecay(0.3), 0.3),
    (InverseScaling(0.3), 0.3),
    (InverseTime(0.3), 0.3),
    (PolynomialDecay(0.3, final=0.1), 0.3),
    (Cooldown(0.3), 0.3),
    (CosineDecay(0.3, final=0.1, n_cycles=3), 0.3),
    (CosineLog(0.3), 0.0),
    (OneCycle(0.3, divisor=3), 0.1),
    (Warmup(0.3, n_steps=3), 0.1),
]


@pytest.mark.parametrize(("schedule", "first"), STARTS, ids=repr)
def test_the_first_step_has_the_first_rate(schedule, first):
    assert rates(schedule)[0] == pytest.approx(first, rel=1e-15, abs=0)


ENDS = [
    (PolynomialDecay(0.3), 0.0),
    (PolynomialDecay(0.3, final=0.1, power=2), 0.1),
    (Cooldown(0.3), 0.0),
    (CosineDecay(0.3), 0.0),
    (CosineDecay(0.3, final=0.1, n_cycles=7, cycle_growth=1.3), 0.1),
    (CosineLog(0.3), 0.0),
    (OneCycle(0.3, divisor=3, final_divisor=10), 0.01),
]


@pytest.mark.parametrize(("schedule", "last"), ENDS, ids=repr)
def test_a_schedule_of_the_whole_fit_reaches_its_last_rate_at_the_end_and_stays(schedule, last):
    found = rates(schedule)
    np.testing.assert_allclose(found[N:], last, rtol=1e-15, atol=0)
    assert found[N - 1] > last


@pytest.mark.parametrize("n_steps", range(1, 60))
@pytest.mark.parametrize(("n_cycles", "growth"), [(3, 1), (7, 1), (3, 2), (5, 1.7)])
def test_no_restart_falls_into_the_last_cycle_of_a_fit(n_cycles, growth, n_steps):
    """Whatever the rounding: the last step is the lowest of its cycle, if that has two or more."""
    schedule = CosineDecay(1.0, n_cycles=n_cycles, cycle_growth=growth)
    found = rates_of(schedule, np.arange(n_steps + 5), Horizon(1, n_steps))
    np.testing.assert_array_equal(found[n_steps:], 0)
    restarts = np.flatnonzero(found == 1.0)
    assert restarts[0] == 0
    assert len(restarts) <= min(n_cycles, n_steps)
    if n_steps >= 2 * np.sum(growth ** np.arange(n_cycles)):
        assert len(restarts) == n_cycles
        assert found[n_steps - 1] == found[restarts[-1] : n_steps].min() < 1


def test_the_cycles_of_cosine_log_end_where_its_paper_says():
    horizon = Horizon(1, 15000)
    found = rates_of(CosineLog(1.0), np.arange(15001), horizon)
    np.testing.assert_allclose(found[[0, 1000, 3000, 7000, 15000]], 0, atol=1e-20)
    peaks = 1 + np.flatnonzero((np.diff(found)[:-1] > 0) & (np.diff(found)[1:] <= 0))
    np.testing.assert_allclose(peaks, 1000 * (2 ** np.arange(0.5, 4) - 1), atol=1)
    np.testing.assert_allclose(found[peaks], 1, rtol=1e-6)


def test_a_warm_up_leaves_the_rest_of_a_schedule_as_it_is():
    schedule = CosineDecay(0.3, n_cycles=2)
    warmed = rates(Warmup(schedule, n_steps=10))
    np.testing.assert_array_equal(warmed[9:], rates(schedule)[9:])
    assert (warmed[:9] < rates(schedule)[:9]).all()
    assert warmed[0] > 0
