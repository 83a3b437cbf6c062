"""Learning rates as functions of the step.

A schedule is called with an array of step numbers, counted from 0 since the first fit, and returns
the rate of each. All steps of a slice are asked for at once, so nothing happens in Python per step.
A fixed rate is the schedule `ConstantRate`.
"""

from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval


class Schedule(BaseEstimator):
    """Base of all schedules: parameters as in scikit-learn, and a rate for each step.

    To write one, subclass it, set the parameters in ``__init__`` as an estimator does, and give it
    ``__call__``.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import BPClassifier
    >>> from sk_bp.schedules import Schedule
    >>> class InverseTime(Schedule):
    ...     def __init__(self, initial=0.01, half_life=100):
    ...         self.initial = initial
    ...         self.half_life = half_life
    ...
    ...     def __call__(self, steps):
    ...         return self.initial / (1 + steps / self.half_life)
    >>> clf = BPClassifier(learning_rate=InverseTime(0.1))
    >>> clf.get_params()["learning_rate__half_life"]
    100
    """

    _parameter_constraints: dict = {}

    def check(self):
        """Raise ValueError or TypeError if a parameter is not valid, naming it and its value."""
        self._validate_params()

    def __call__(self, steps):
        """Return the learning rates of these steps, as an array of the same shape."""
        raise TypeError(f"{type(self).__name__} must define __call__(steps)")


class ConstantRate(Schedule):
    """The same learning rate at every step.

    Parameters
    ----------
    rate : float, default=0.001
        The learning rate, positive.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import ConstantRate
    >>> ConstantRate(0.1)(np.arange(3))
    array([0.1, 0.1, 0.1])
    """

    _parameter_constraints: dict = {"rate": [Interval(Real, 0, None, closed="neither")]}

    def __init__(self, rate=0.001):
        self.rate = rate

    def __call__(self, steps):
        return np.full(np.shape(steps), float(self.rate))


class ExponentialDecay(Schedule):
    """A learning rate that falls by the same factor every `n_steps` steps.

    The rate of step i is ``initial * factor ** (i / n_steps)``.

    Parameters
    ----------
    initial : float, default=0.01
        The rate of the first step, positive.
    factor : float, default=0.96
        What `n_steps` steps multiply the rate by, in (0, 1].
    n_steps : int, default=1000
        The number of steps over which the rate falls by `factor`. A step is one batch.
    staircase : bool, default=False
        Whether the rate falls all at once after each `n_steps` steps instead of smoothly.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import ExponentialDecay
    >>> ExponentialDecay(0.8, factor=0.5, n_steps=2)(np.array([0, 2, 4]))
    array([0.8, 0.4, 0.2])
    """

    _parameter_constraints: dict = {
        "initial": [Interval(Real, 0, None, closed="neither")],
        "factor": [Interval(Real, 0, 1, closed="right")],
        "n_steps": [Interval(Integral, 1, None, closed="left")],
        "staircase": ["boolean"],
    }

    def __init__(self, initial=0.01, *, factor=0.96, n_steps=1000, staircase=False):
        self.initial = initial
        self.factor = factor
        self.n_steps = n_steps
        self.staircase = staircase

    def __call__(self, steps):
        exponent = np.asarray(steps) / self.n_steps
        if self.staircase:
            exponent = np.floor(exponent)
        return self.initial * self.factor**exponent


SCHEDULES = {"constant": ConstantRate, "exponential": ExponentialDecay}


def rates_of(schedule, steps):
    """The learning rates of these steps, checked.

    Parameters
    ----------
    schedule : Schedule
        The schedule.
    steps : ndarray of int
        Step numbers, from 0.

    Returns
    -------
    rates : ndarray of float64, shape (len(steps),)

    Raises
    ------
    ValueError
        If a rate is negative or not finite, or their number is wrong.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp.schedules import ConstantRate, rates_of
    >>> rates_of(ConstantRate(0.5), np.arange(2))
    array([0.5, 0.5])
    """
    rates = np.asarray(schedule(steps))
    if rates.dtype.kind not in "iuf":
        raise ValueError(f"learning_rate={schedule!r} gave {rates!r}, which are no real numbers")
    rates = np.ascontiguousarray(rates, dtype=np.float64)
    if rates.shape != np.shape(steps):
        raise ValueError(
            f"learning_rate={schedule!r} gave rates of shape {rates.shape} for steps of shape "
            f"{np.shape(steps)}"
        )
    bad = ~(np.isfinite(rates) & (rates >= 0))
    if bad.any():
        i = int(np.argmax(bad))
        raise ValueError(
            f"learning_rate={schedule!r} gave the rate {rates[i]} for step {steps[i]}; rates must "
            "be finite and not negative"
        )
    return rates
