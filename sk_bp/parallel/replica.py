"""A copy of the weights in a process, which trains them on a partition and applies changes."""

import threading
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sk_bp.epochs import Epoch, Settings
from sk_bp.network import Network
from sk_bp.parallel.messages import Message, Trouble
from sk_bp.samples import CSR, Samples, readable
from sk_bp.scaling import Scaling
from sk_bp.schedules import rates_of
from sk_bp.state import OptimizerState, Seen, State
from sk_bp.targets import Targets
from sk_bp.training import Training


@dataclass
class Spec:
    """What a process must know to train its first partition.

    Attributes
    ----------
    fit_id : str
        Tells the fits of a process apart.
    estimator : BPClassifier or BPRegressor
        Not fitted; its parameters draw the initial weights.
    n_features : int
    targets : Targets
    dtype : dtype
    sparse : bool
    scaling : Scaling or None
    seed : int
        Key of all random draws.
    biases : ndarray
        Of the outputs, at first.
    constant : ndarray of intp
        The outputs whose targets are constant: their weights are zero at first.
    settings : Settings
        Without `cancel`, which no other process could set.
    seen : Seen
        What is known of all data.
    n_partitions : int
    """

    fit_id: str
    estimator: Any
    n_features: int
    targets: Targets
    dtype: Any
    sparse: bool
    scaling: Scaling | None
    seed: int
    biases: NDArray[Any]
    constant: NDArray[np.intp]
    settings: Settings
    seen: Seen
    n_partitions: int

    def first_replica(self) -> "Replica":
        """A copy of the initial weights."""
        run = self.estimator._start(
            self.n_features, self.targets, self.dtype, None, None, self.seed, 0
        )
        network = run.layers
        network.intercepts[-1][:] = self.biases
        network.coefs[-1][:, self.constant] = 0
        return Replica(network, run.state, self)


@dataclass(frozen=True)
class Round:
    """A round, as a process is told to make its part of it.

    Attributes
    ----------
    version : int
        Of the weights that it starts from: rounds that were made before.
    n_steps : int
        Steps of its longest partition.
    relative : bool
        Whether there are several partitions, so that changes are told.
    settles : bool
        Whether all weight rows are brought up to date first.
    state : State
        Where training stands, without arrays.
    """

    version: int
    n_steps: int
    relative: bool
    settles: bool
    state: State


@dataclass
class Snapshot:
    """All that a replica holds, for a process that has none or an old one.

    Attributes
    ----------
    version : int
    parameters : ndarray
    optimizer : OptimizerState
    last_update : ndarray of int32
    clock : list of ndarray
        See `waiting` of the core's Trainer.
    """

    version: int
    parameters: NDArray[Any]
    optimizer: OptimizerState
    last_update: NDArray[np.int32]
    clock: list[NDArray[np.float64]]


@dataclass
class _IdlePlan:
    """Steps without a batch, as the core is told to make them."""

    n_steps: int
    steps_before: int
    rates: NDArray[Any]
    decays: NDArray[np.float64]
    thresholds: NDArray[np.float64]

    def without_steps(self) -> "_IdlePlan":
        """The plan of no further step, once these have been made."""
        none = slice(0, 0)
        return _IdlePlan(
            0,
            self.steps_before + self.n_steps,
            self.rates[none],
            self.decays[none],
            self.thresholds[none],
        )


class Replica(Training):
    """A copy of the weights, at some version.

    Parameters
    ----------
    network : Network
    state : State
    spec : Spec

    Attributes
    ----------
    version : int
        Rounds that have been applied.
    lock : threading.Lock
        Held while the replica is in use.
    """

    _journals = True

    def __init__(self, network: Network, state: State, spec: Spec) -> None:
        super().__init__(network, state)
        self.spec = spec
        self.version = 0
        self.lock = threading.Lock()
        self._settings = replace(spec.settings, cancel=threading.Event())
        self._partition = 0
        self._touches: NDArray[np.int32] | None = None
        self._prepare(self._settings, spec.sparse)

    @classmethod
    def of(cls, snapshot: Snapshot, spec: Spec) -> "Replica":
        """The copy of a replica."""
        layers = spec.first_replica().network
        network = Network(
            layers.units, layers.activations, layers.output, np.array(snapshot.parameters)
        )
        state = State(spec.seed, loss=spec.settings.loss, optimizer=snapshot.optimizer.cast())
        replica = Replica(network, state, spec)
        replica._core.wait(readable(snapshot.last_update), [readable(c) for c in snapshot.clock])
        replica.version = snapshot.version
        return replica

    def snapshot(self) -> Snapshot:
        """A copy of all that a process needs to go on from here."""
        last_update, clock = self._core.waiting()
        return Snapshot(
            self.version,
            self.network.parameters.copy(),
            self.state.optimizer.cast(),
            last_update,
            clock,
        )

    # ------------------------------------------------------------------ a round

    def train(self, round: Round, partition: int, samples: Samples) -> Message | Trouble:
        """Train on a partition, tell the change, and go back to where the round began."""
        optimizer = self.state.optimizer
        self.state = replace(
            round.state, optimizer=replace(optimizer, n_steps=round.state.optimizer.n_steps)
        )
        self._partition = partition
        self._settle(round)
        before = [array[self._n_first :].copy() for array in self._arrays]
        self._core.start_round()
        try:
            epoch = self.epoch(samples, self._settings)
            if epoch.interrupted:
                raise KeyboardInterrupt
            if epoch.ending is not None:
                return Trouble(partition, epoch.ending.name, epoch.detail)
            return self._message(round, samples, epoch, before[0])
        finally:
            self._core.undo_round()
            for array, old in zip(self._arrays, before, strict=True):
                array[self._n_first :] = old
            self.state.optimizer = optimizer

    def apply(self, round: Round, change: list[Message]) -> None:
        """Take over what a round has made of the weights."""
        self._settle(round)
        plan = self._idle_plan(round, 0)
        told = change[0]  # of all that has no column
        with self._lock.writing():
            for part in change:  # in ranges of columns
                slots = [readable(slot) for slot in part.slots]
                self._core.apply(
                    plan, readable(part.columns), readable(part.weights), slots, part.relative
                )
                plan = plan.without_steps()
            news = [told.rest, *told.rest_slots]
            for number, (array, new) in enumerate(zip(self._arrays, news, strict=True)):
                if told.relative and number == 0:
                    array[self._n_first :] += new
                else:
                    array[self._n_first :] = new
        self.version = round.version + 1

    # ------------------------------------------------------------------ its parts

    @property
    def _n_first(self) -> int:
        """The number of the weights of the first layer."""
        return self.network.coefs[0].size

    @property
    def _arrays(self) -> list[NDArray[Any]]:
        """The parameters, and the optimizer's state of each."""
        return [self.network.parameters, *self.state.optimizer.slots]

    def _settle(self, round: Round) -> None:
        if round.settles:
            with self._lock.writing():
                self._core.catch_up()

    def _idle_plan(self, round: Round, first: int) -> _IdlePlan:
        """The steps of a round from this one on, as idle ones."""
        state, settings = round.state, self._settings
        steps = np.arange(state.n_steps + first, state.n_steps + round.n_steps)
        schedule, optimizer = settings.schedule, settings.optimizer
        rates = rates_of(schedule, steps, settings.horizon, state.of_schedule(schedule))
        weight_sum = self.spec.seen.weight_sum
        return _IdlePlan(
            len(steps),
            state.optimizer.n_steps + first,
            rates,
            optimizer.decays(rates, settings.decay, weight_sum),
            optimizer.thresholds(rates, settings.l1, weight_sum),
        )

    def _message(
        self, round: Round, samples: Samples, epoch: Epoch, before: NDArray[Any]
    ) -> Message:
        n_steps = self.state.n_steps - round.state.n_steps
        self._core.advance(self._idle_plan(round, n_steps))
        columns, touches, weights, slots = self._core.read_changed(round.relative)
        if round.relative and self._touches is not None:  # of dense X
            touched = np.flatnonzero(self._touches)
            columns, touches = touched.astype(np.int32), self._touches[touched]
            weights, slots = weights[touched], [slot[touched] for slot in slots]
        arrays = [array[self._n_first :].copy() for array in self._arrays]
        if round.relative:
            arrays[0] -= before
        norms = [v for name, v in epoch.metrics.items() if name.startswith("gradient_norm_")]
        return Message(
            columns,
            touches,
            weights,
            slots,
            round.relative,
            n_steps,
            arrays[0],
            arrays[1:],
            epoch.loss,
            samples.total_weight,
            samples.n,
            self.state.first_loss or 0.0,
            np.square(norms),
        )

    def epoch(self, samples: Samples, settings: Settings, after_step: Any = None) -> Epoch:
        self._touches = None
        if not samples.sparse:
            self._touches = _batches_with_values(
                samples.X, self._order(samples.n, settings), settings.batch_size
            )
        return super().epoch(samples, settings, after_step)

    def _shuffle_key(self) -> tuple[int, ...]:
        epoch = self.state.n_epochs
        return (epoch,) if self.spec.n_partitions == 1 else (epoch, self._partition)

    def _seen(self, samples: Samples, settings: Settings) -> Seen:
        return self.spec.seen


def _batches_with_values(
    X: NDArray[Any] | CSR, order: NDArray[np.int64] | None, batch_size: int
) -> NDArray[np.int32]:
    """In how many batches each column of dense X has a value that is not zero."""
    assert not isinstance(X, CSR)
    if order is None:
        order = np.arange(len(X))
    counts = np.zeros(X.shape[1], np.int32)
    for first in range(0, len(order), batch_size):
        counts += (X[order[first : first + batch_size]] != 0).any(axis=0)
    return counts
