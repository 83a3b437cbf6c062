"""Schedules that give no rate are refused."""

import numpy as np
import pytest
from cases import both
from helpers import refused, refused_by_partial_fit, two_classes

from sk_bp import ConstantRate, ExponentialDecay, Schedule

X, y = two_classes(12, 4)


class Shaped(Schedule):
    """Returns what it is told."""

    def __init__(self, value=0.1, length=None):
        self.value = value
        self.length = length

    def __call__(self, steps):
        return np.full(len(steps) if self.length is None else self.length, self.value)


class Nothing(Schedule):
    """Lacks __call__."""


BAD_SCHEDULES = [
    (ConstantRate(0), "'rate'.*0"),
    (ConstantRate(-1.0), r"'rate'.*-1\.0"),
    (ConstantRate("fast"), "'rate'.*fast"),
    (ExponentialDecay(initial=0), "'initial'.*0"),
    (ExponentialDecay(factor=0), "'factor'.*0"),
    (ExponentialDecay(factor=1.5), r"'factor'.*1\.5"),
    (ExponentialDecay(n_steps=0), "'n_steps'.*0"),
    (ExponentialDecay(n_steps=0.5), r"'n_steps'.*0\.5"),
    (ExponentialDecay(staircase="yes"), "'staircase'.*yes"),
    (Shaped(-0.1), r"learning_rate=Shaped.*-0\.1 for step"),
    (Shaped(np.nan), "learning_rate=Shaped.*nan for step"),
    (Shaped(np.inf), "learning_rate=Shaped.*inf for step"),
    (Shaped(length=7), r"learning_rate=Shaped.*of shape \(7,\) for steps of shape"),
    (Shaped(1j), "learning_rate=Shaped"),
    (Nothing(), "Nothing must define __call__"),
]


@pytest.mark.parametrize(("schedule", "message"), BAD_SCHEDULES, ids=repr)
@both
def test_a_bad_schedule_is_named_with_what_it_gave(Estimator, schedule, message):
    error = (ValueError, TypeError)
    refused(Estimator, message, params={"learning_rate": schedule}, error=error)
    refused_by_partial_fit(Estimator, message, params={"learning_rate": schedule}, error=error)
