"""An epoch in rounds, as the process that steers a fit makes it."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sk_bp.endings import Ending
from sk_bp.epochs import Epoch, Settings, norm_metrics
from sk_bp.network import Network
from sk_bp.parallel.messages import Message, Trouble
from sk_bp.parallel.replica import Replica, Round, Spec
from sk_bp.samples import Samples
from sk_bp.schedules import Horizon, Schedule, rates_of
from sk_bp.state import PARTITIONS, OptimizerState, State, generator

_MOST_COUNTED = 1000  # epochs whose steps are counted; further ones are taken to be like them


class Engine(ABC):
    """What lets processes train partitions."""

    @abstractmethod
    def change(
        self, round: Round, partitions: Sequence[int], truth: Replica
    ) -> list[Message] | Trouble:
        """Make a round.

        Parameters
        ----------
        round : Round
        partitions : sequence of int
            To train on, in the order of their places.
        truth : Replica
            The weights that the round starts from, for processes that do not have them.

        Returns
        -------
        change : list of Message, or Trouble
            What all partitions together want, in ascending ranges of columns.
        """


@dataclass(frozen=True)
class Plan:
    """Which partitions are trained on together.

    Attributes
    ----------
    sizes : tuple of int
        Samples of each partition.
    numbers : tuple of int
        What the user calls these partitions: empty ones count there.
    per_round : int
        Partitions that are trained on at a time.
    batch_size : int
    shuffle : bool
        Whether each epoch takes the partitions in another order.
    seed : int
    """

    sizes: tuple[int, ...]
    numbers: tuple[int, ...]
    per_round: int
    batch_size: int
    shuffle: bool
    seed: int

    def groups(self, epoch: int) -> Iterator[list[int]]:
        """The partitions of each round of an epoch."""
        order = np.arange(len(self.sizes))
        if self.shuffle and len(order) > 1:
            order = generator(self.seed, PARTITIONS, epoch).permutation(len(order))
        for first in range(0, len(order), self.per_round):
            yield order[first : first + self.per_round].tolist()

    def n_steps(self, group: Sequence[int]) -> int:
        """Steps of a round: those of its longest partition."""
        return max(math.ceil(self.sizes[k] / self.batch_size) for k in group)

    def horizon(self, first_epoch: int, n_epochs: int | None, steps_before: int) -> Horizon:
        """The length of a fit of so many epochs; None: it is not known.

        Epochs differ a little where partitions of unlike sizes meet in other groups.
        """
        n_counted = min(n_epochs or 1, _MOST_COUNTED)
        steps = sum(
            self.n_steps(group)
            for epoch in range(first_epoch, first_epoch + n_counted)
            for group in self.groups(epoch)
        )
        per_epoch = max(1, round(steps / n_counted))
        if n_epochs is None:
            return Horizon(per_epoch, None)
        return Horizon(per_epoch, steps_before + steps * n_epochs // n_counted)


@dataclass
class _Tally:
    """What the rounds of an epoch have told, each with its weight."""

    losses: list[tuple[float, float]] = field(default_factory=list)
    squares: list[tuple[NDArray[np.float64], int]] = field(default_factory=list)

    def add(self, message: Message) -> None:
        self.losses.append((message.loss, message.weight))
        self.squares.append((message.squares, message.n_steps))

    def loss(self) -> float:
        if len(self.losses) <= 1:
            return self.losses[0][0] if self.losses else math.nan
        weight = sum(w for _, w in self.losses)
        return sum(loss * (w / weight) for loss, w in self.losses)

    def norms(self) -> NDArray[np.float64]:
        steps = sum(n for _, n in self.squares) or 1
        return np.sqrt(sum((s * (n / steps) for s, n in self.squares), np.zeros(1)))


class RoundTraining(Replica):
    """The training of a run whose epochs are made in rounds by other processes.

    It holds the weights that count: processes that have lost theirs get them from here.

    Parameters
    ----------
    network : Network
    state : State
    spec : Spec
    engine : Engine
    plan : Plan
    """

    def __init__(
        self, network: Network, state: State, spec: Spec, engine: Engine, plan: Plan
    ) -> None:
        self._settles = False
        super().__init__(network, state, spec)
        self.engine = engine
        self.plan = plan

    def epoch(
        self,
        samples: Samples,
        settings: Settings,
        after_step: Callable[[float, float], None] | None = None,
    ) -> Epoch:
        """Go once through all partitions; samples are all of them, without their features."""
        state, tally, epoch = self.state, _Tally(), Epoch()
        groups = list(self.plan.groups(state.n_epochs))
        rates = self._checked_rates(sum(map(self.plan.n_steps, groups)), settings)
        at_zero = samples.loss_at_zero(settings.loss, self.network.n_outputs)
        state.largest_loss_at_zero = max(at_zero, state.largest_loss_at_zero)
        state.seen, state.horizon = self.spec.seen, settings.horizon
        first_step = state.n_steps
        try:
            for group in groups:
                round = self._round(group)
                change = self.engine.change(round, group, self)
                if isinstance(change, Trouble):
                    epoch.ending = Ending[change.ending]
                    number = self.plan.numbers[change.partition]
                    epoch.detail = f"in partition {number} of X, {change.detail}"
                    break
                self._take_over(round, change, tally)
        except KeyboardInterrupt:
            epoch.interrupted = True
        finally:
            state.n_epochs += 1
        epoch.loss = tally.loss()
        if settings.measure_gradient:
            epoch.metrics = norm_metrics(tally.norms())
        epoch.rate = float(rates[max(state.n_steps - first_step - 1, 0)])
        return epoch

    def _round(self, group: list[int]) -> Round:
        """The next round, with these partitions."""
        state, settles = self.state, self._settles
        self._settles = False
        steps_only = OptimizerState(n_steps=state.optimizer.n_steps)
        without_arrays = replace(state, optimizer=steps_only, averaged=None, rate_search=None)
        return Round(
            self.version,
            self.plan.n_steps(group),
            len(group) > 1,
            settles,
            replace(without_arrays, schedule=dict(state.schedule)),
        )

    def _take_over(self, round: Round, change: list[Message], tally: _Tally) -> None:
        self.apply(round, change)
        state, told = self.state, change[0]
        state.n_steps += round.n_steps
        state.optimizer.n_steps += round.n_steps
        state.n_samples += told.n_samples
        if state.first_loss is None:
            state.first_loss = told.first_loss
        tally.add(told)

    def _checked_rates(self, n_steps: int, settings: Settings) -> NDArray[np.floating]:
        """Learning rates of an epoch; an error if they, or the decays, are not valid."""
        schedule: Schedule = settings.schedule
        steps = np.arange(self.state.n_steps, self.state.n_steps + n_steps)
        known = self.state.of_schedule(schedule)
        rates = rates_of(schedule, steps, settings.horizon, known)
        weight_sum = self.spec.seen.weight_sum
        settings.optimizer.decays(rates, settings.decay, weight_sum)
        return rates

    def catch_up(self) -> None:
        """Bring all weights up to date; the other processes do the same before the next round."""
        super().catch_up()
        self._settles = True
