"""Averages of the weights over the epochs, which predict instead of the last weights.

====  =============  ==========================================================
name  class          the m-th weights that are taken enter with the share
====  =============  ==========================================================
ema   `EMA`          (1 - decay) / (1 - decay^m)
tail  `TailAverage`  (power + 1) / (power + m)
====  =============  ==========================================================

The average becomes average + share (weights - average). The first share is 1, so that the initial
weights never count. Training goes on from the weights themselves, and depends on no average.
"""

from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any

from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from sk_bp.values import Value

_BLOCK = 2**15  # weights that are averaged at a time, few enough for the cache


class Average(Value):
    """A way to average the weights.

    Attributes
    ----------
    every : int
        Epochs (in a stream, calls of `partial_fit`) from one set of weights to the next.

    Examples
    --------
    >>> from sk_bp.averages import AVERAGES
    >>> [round(AVERAGES["ema"]().share(m), 3) for m in (1, 2, 3)]
    [1.0, 0.526, 0.369]
    """

    every: int
    _parameter_constraints: dict[str, list[Any]] = {
        "every": [Interval(Integral, 1, None, closed="left")],
    }

    def due(self, n_epochs: int) -> bool:
        """Whether the weights after this epoch, counted from 1, are taken."""
        return n_epochs % self.every == 0

    def share(self, m: int) -> float:
        """The share in the average with which the m-th weights that are taken enter it."""
        raise NotImplementedError


class EMA(Average):
    """Exponential moving average: the weights of k takings ago count decay^k.

    Parameters
    ----------
    decay : float, default=0.9
        The larger, the longer the average: the last ``1 / (1 - decay)`` takings, about.
    every : int, default=1
        Epochs (in a stream, calls of `partial_fit`) from one set of weights to the next.

    Notes
    -----
    Its bias is corrected, as Adam's averages are (Kingma & Ba, ICLR 2015): it is the sum of
    decay^k w_k divided by the sum of decay^k, over all weights w_k that were taken.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sk_bp import BPRegressor
    >>> from sk_bp.averages import EMA
    >>> X, y = load_diabetes(return_X_y=True)
    >>> reg = BPRegressor(average=EMA(decay=0.8), max_iter=5, tol=None, random_state=0).fit(X, y)
    """

    core_name = "ema"
    _parameter_constraints: dict[str, list[Any]] = {
        **Average._parameter_constraints,
        "decay": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(self, decay: float = 0.9, every: int = 1) -> None:
        self.decay = decay
        self.every = every

    def share(self, m: int) -> float:
        return (1 - self.decay) / (1 - self.decay**m)


class TailAverage(Average):
    """Average over the last part of training, however long training is.

    The m-th of M weights counts about m^power, so that half of the average comes from the last
    share ``1 - 0.5 ** (1 / (power + 1))`` of them: with ``power=3`` from the last sixth. With
    ``power=0`` all count alike: that is stochastic weight averaging, from epoch `start` on.

    Parameters
    ----------
    power : float, default=3.0
        The larger, the shorter the tail; not negative.
    start : int, default=0
        Epochs (in a stream, calls of `partial_fit`) before the first weights are taken. Until then
        the last weights predict.
    every : int, default=1
        Epochs (calls) from one set of weights to the next.

    References
    ----------
    Polyak & Juditsky, Acceleration of stochastic approximation by averaging, SIAM Journal on
    Control and Optimization 1992. Shamir & Zhang, Stochastic gradient descent for non-smooth
    optimization, ICML 2013 (polynomial-decay averaging, this one). Izmailov et al., Averaging
    weights leads to wider optima and better generalization, UAI 2018 (stochastic weight averaging).

    Examples
    --------
    >>> from sk_bp.averages import TailAverage
    >>> [TailAverage(power=0).share(m) for m in (1, 2, 4)]
    [1.0, 0.5, 0.25]
    """

    core_name = "tail"
    _parameter_constraints: dict[str, list[Any]] = {
        **Average._parameter_constraints,
        "power": [Interval(Real, 0, None, closed="left")],
        "start": [Interval(Integral, 0, None, closed="left")],
    }

    def __init__(self, power: float = 3.0, start: int = 0, every: int = 1) -> None:
        self.power = power
        self.start = start
        self.every = every

    def due(self, n_epochs: int) -> bool:
        return n_epochs > self.start and super().due(n_epochs - self.start)

    def share(self, m: int) -> float:
        return (self.power + 1) / (self.power + m)


AVERAGES: dict[str, type[Average]] = {cls.core_name: cls for cls in (EMA, TailAverage)}


@dataclass
class Averaged:
    """Weights that have been averaged so far.

    Attributes
    ----------
    by : Average
    parameters : ndarray of shape (n_parameters,)
        The average.
    count : int
        How many weights have been taken.
    """

    by: Average
    parameters: NDArray[Any]
    count: int = 0

    def next_share(self) -> float:
        """Count one more set of weights, and return its share in the average."""
        self.count += 1
        if not self.parameters.flags.writeable:  # of a memory-mapped pickle
            self.parameters = self.parameters.copy()
        return self.by.share(self.count)

    def add(self, parameters: NDArray[Any], share: float, first: int = 0) -> None:
        """Let these weights, from the first-th on, enter the average with this share."""
        for start in range(first, len(parameters), _BLOCK):
            average = self.parameters[start : start + _BLOCK]
            average += share * (parameters[start : start + _BLOCK] - average)

    def copy(self) -> "Averaged":
        """A copy that shares no weights with this one."""
        return replace(self, parameters=self.parameters.copy())
