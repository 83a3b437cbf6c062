"""The state of training: what the next step needs to know besides the weights."""

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sk_bp.averages import Averaged
from sk_bp.losses import TaskLoss
from sk_bp.samples import Samples
from sk_bp.saved import aligned
from sk_bp.schedules import UNKNOWN, Cooldown, Horizon, Schedule

# What a random draw is for; part of the key of its generator.
INITIAL_WEIGHTS, SHUFFLE, SPLIT, RESTARTS, RATE_SEARCH, INITIAL_BATCH, PARTITIONS = range(7)


def generator(seed: int, *key: int) -> np.random.Generator:
    """Return the random generator of one purpose, the same however training was interrupted.

    Parameters
    ----------
    seed : int
        Of the training run.
    *key : int
        What the numbers are for, and which epoch or piece.

    Returns
    -------
    rng : numpy.random.Generator

    Examples
    --------
    >>> from sk_bp.state import SHUFFLE, generator
    >>> a, b = (generator(0, SHUFFLE, 3).permutation(9) for _ in range(2))
    >>> bool((a == b).all())
    True
    """
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def random_start(seed: int, *key: int) -> int:
    """Return the random bits from which the core draws the numbers of one purpose.

    Parameters
    ----------
    seed : int
        Of the training run.
    *key : int
        What the numbers are for, and which layer.

    Returns
    -------
    start : int
        Of 64 bits.

    Examples
    --------
    >>> from sk_bp.state import INITIAL_WEIGHTS, random_start
    >>> random_start(0, INITIAL_WEIGHTS, 1) == random_start(0, INITIAL_WEIGHTS, 2)
    False
    """
    return int(np.random.SeedSequence(seed, spawn_key=key).generate_state(1, np.uint64)[0])


@dataclass(frozen=True)
class Seen:
    """What is known of the data as a whole: of those of a fit, or of a stream so far.

    Attributes
    ----------
    n : int
        Number of samples, those of each call of `partial_fit` counted.
    mean_weight : float
        Their mean weight. A step of a stream divides by it, not by the mean of its own call, so
        that a call of heavy samples counts for more than one of light ones.
    largest : int
        Samples of the largest call. The L2 penalty is divided by so many mean weights: several
        passes over the same data then keep the objective of a fit.
    """

    n: int = 0
    mean_weight: float = 0.0
    largest: int = 0

    def with_part(self, samples: Samples) -> "Seen":
        """What is known after another part of the data."""
        n = self.n + samples.n
        mean = self.mean_weight + (samples.mean_weight - self.mean_weight) * (samples.n / n)
        return Seen(n, mean, max(self.largest, samples.n))

    @property
    def weight_sum(self) -> float:
        """The sum of the sample weights that the L2 penalty is divided by."""
        return self.mean_weight * self.largest


@dataclass
class OptimizerState:
    """What an optimizer keeps from one step to the next.

    Attributes
    ----------
    layout : tuple or None
        Which optimizer it belongs to, and what its arrays mean; None if there is no state yet.
    slots : list of ndarray
        Arrays of a rule, each shaped like the network's parameters.
    numbers : ndarray of float64
        What a rule keeps for all weights together.
    n_steps : int
        Steps made since it was new.
    memory : dict
        What a minimizer keeps.
    """

    layout: tuple[Any, ...] | None = None
    slots: list[NDArray[Any]] = field(default_factory=list)
    numbers: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    n_steps: int = 0
    memory: dict[str, Any] = field(default_factory=dict)

    def __setstate__(self, saved: dict[str, Any]) -> None:
        vars(self).update(saved)
        if isinstance(vars(self).get("slots"), list):
            self.slots = [aligned(slot) for slot in self.slots]

    def cast(self, dtype: DTypeLike | None = None) -> "OptimizerState":
        """A copy, with slots of another type if one is given."""
        slots = [np.array(slot, dtype=dtype) for slot in self.slots]
        return replace(self, slots=slots, numbers=self.numbers.copy(), memory=dict(self.memory))


@dataclass(frozen=True)
class RateSearch:
    """What ``learning_rate="auto"`` has found.

    Attributes
    ----------
    rate : float
        The chosen learning rate.
    trials : dict of float to float
        The rates that were tried, in the order of the trials, and the mean loss after each trial,
        which is infinite where training had to stop.
    made_for : tuple
        Rule, hyperparameters and loss.
    """

    rate: float
    trials: dict[float, float]
    made_for: tuple[Any, ...]

    @property
    def schedule(self) -> Schedule:
        """The schedule of the fit, and of each trial: the rate is held, then it falls to zero."""
        return Cooldown(self.rate)


@dataclass
class State:
    """All that the next step depends on besides the weights, the data and the settings.

    Random draws are keyed by the seed and the number of the epoch. So training k epochs and then m
    more is training k + m epochs, from any copy of weights and state.

    Attributes
    ----------
    seed : int
        Key of all random draws.
    loss : TaskLoss or None
        The loss that the state belongs to; None before the first epoch.
    n_epochs, n_steps, n_samples : int
        Epochs and steps made, and samples seen.
    first_loss, last_loss : float or None
        Mean loss of the first batch, and of the last one; NaN or None if there was none.
    largest_loss_at_zero : float
        The largest mean loss, of all calls, of a network whose raw outputs are all zero.
    seen : Seen
        What is known of the data as a whole.
    optimizer : OptimizerState
    averaged : Averaged or None
        The average of the weights, which predicts; None means the weights themselves.
    schedule : dict of str to float
        What the schedule of learning rates remembers of the epochs.
    horizon : Horizon
        How long the fit was planned to be.
    rate_search : RateSearch or None
        What ``learning_rate="auto"`` has found; None without.
    keeps_optimizer : bool
        Whether pickles hold the optimizer's state, and beside an average of the weights the
        weights themselves: they are needed only to go on.
    lost_optimizer : bool
        Whether the state was read from a pickle that did not hold the optimizer's.
    """

    seed: int
    loss: TaskLoss | None = None
    n_epochs: int = 0
    n_steps: int = 0
    n_samples: int = 0
    first_loss: float | None = None
    last_loss: float = math.nan
    largest_loss_at_zero: float = 0.0
    seen: Seen = Seen()
    optimizer: OptimizerState = field(default_factory=OptimizerState)
    averaged: Averaged | None = None
    schedule: dict[str, float] = field(default_factory=dict)
    horizon: Horizon = UNKNOWN
    rate_search: RateSearch | None = None
    keeps_optimizer: bool = False
    lost_optimizer: bool = False

    def begin(self, loss: TaskLoss) -> None:
        """Belong to this loss from now on; what another one has left is dropped."""
        if self.loss is not None and self.loss != loss:
            self.forget_optimizer()
            self.first_loss, self.largest_loss_at_zero = None, 0.0
            self.schedule, self.averaged = {}, None
        self.loss = loss

    def of_schedule(self, schedule: Schedule) -> dict[str, float]:
        """What this schedule remembers; that of another kind of schedule is not taken for it."""
        new = schedule.new_state()
        return self.schedule if self.schedule.keys() == new.keys() else new

    def forget_optimizer(self) -> None:
        """Drop the optimizer's state; the next step starts a new one."""
        self.optimizer = OptimizerState()
        self.last_loss = math.nan

    def cast(self, dtype: DTypeLike | None = None) -> "State":
        """A copy that shares nothing that training changes; arrays of another type if given."""
        return replace(
            self,
            optimizer=self.optimizer.cast(dtype),
            averaged=self.averaged and self.averaged.copy(),
            schedule=dict(self.schedule),
        )

    def to_save(self) -> "State":
        """What a pickle holds: without what is needed only to go on, unless it is to be kept."""
        if self.keeps_optimizer or not (self.optimizer.slots or self.averaged):
            return self
        return replace(self, optimizer=OptimizerState(), averaged=None, lost_optimizer=True)
