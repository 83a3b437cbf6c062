"""Schedules: the learning rate as a function of the step.

A schedule is asked for the rates of an array of step numbers, counted from 0 since the first fit.
All steps of an epoch are asked for at once, so nothing happens in Python per step. It is a value:
it holds parameters only, and what `AdaptiveRate` remembers of the losses is a dict of numbers
beside it. One schedule is one file.

===================  ==================  =================  ====================================
name                 class               length by default  rate
===================  ==================  =================  ====================================
constant             `ConstantRate`      -                  the same at every step
step                 `StepDecay`         a third            falls by a factor, again and again
piecewise            `Piecewise`         0.5, 0.75          listed, with boundaries
exponential          `ExponentialDecay`  1000 steps         by a factor over equal times
inverse_scaling      `InverseScaling`    -                  1 / (i + 1)^power
inverse_time         `InverseTime`       1000 steps         1 / (1 + i / length)
polynomial           `PolynomialDecay`   the whole fit      along a power, by default a line to 0
cooldown             `Cooldown`          the whole fit      held, then along a line to 0
cosine               `CosineDecay`       the whole fit      half a cosine; warm restarts
cosine_log           `CosineLog`         the whole fit      up and down in cycles that double
one_cycle            `OneCycle`          the whole fit      up once, and far down
warmup               `Warmup`            a twentieth        a rise before any other schedule
adaptive             `AdaptiveRate`      -                  follows the loss
===================  ==================  =================  ====================================

A plain function is taken by `FunctionRate`. A length is given in steps (`n_steps`), in epochs
(`n_epochs`), or as a fraction of the whole fit (`fraction`), which `Horizon` turns into steps.
"""

from sk_bp.schedules.adaptive_rate import AdaptiveRate
from sk_bp.schedules.checked import check_rates, rates_of
from sk_bp.schedules.constant_rate import ConstantRate
from sk_bp.schedules.cooldown import Cooldown
from sk_bp.schedules.cosine_decay import CosineDecay
from sk_bp.schedules.cosine_log import CosineLog
from sk_bp.schedules.exponential_decay import ExponentialDecay
from sk_bp.schedules.function_rate import FunctionRate, as_schedule
from sk_bp.schedules.horizon import UNKNOWN, Horizon
from sk_bp.schedules.inverse_scaling import InverseScaling
from sk_bp.schedules.inverse_time import InverseTime
from sk_bp.schedules.one_cycle import OneCycle
from sk_bp.schedules.piecewise import Piecewise
from sk_bp.schedules.polynomial_decay import PolynomialDecay
from sk_bp.schedules.schedule import Schedule
from sk_bp.schedules.step_decay import StepDecay
from sk_bp.schedules.timed_schedule import TimedSchedule
from sk_bp.schedules.warmup import Warmup

SCHEDULES = {
    "constant": ConstantRate,
    "step": StepDecay,
    "piecewise": Piecewise,
    "exponential": ExponentialDecay,
    "inverse_scaling": InverseScaling,
    "inverse_time": InverseTime,
    "polynomial": PolynomialDecay,
    "cooldown": Cooldown,
    "cosine": CosineDecay,
    "cosine_log": CosineLog,
    "one_cycle": OneCycle,
    "warmup": Warmup,
    "adaptive": AdaptiveRate,
}

__all__ = [
    "SCHEDULES",
    "UNKNOWN",
    "AdaptiveRate",
    "ConstantRate",
    "Cooldown",
    "CosineDecay",
    "CosineLog",
    "ExponentialDecay",
    "FunctionRate",
    "Horizon",
    "InverseScaling",
    "InverseTime",
    "OneCycle",
    "Piecewise",
    "PolynomialDecay",
    "Schedule",
    "StepDecay",
    "TimedSchedule",
    "Warmup",
    "as_schedule",
    "check_rates",
    "rates_of",
]
