"""Training by batches: an epoch as slices of steps that the compiled core makes."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sk_bp._core import _core
from sk_bp.averages import Average, Averaged
from sk_bp.endings import FAILURES
from sk_bp.epochs import Epoch, Settings, norm_metrics
from sk_bp.network import SLICE_WORK, Network
from sk_bp.samples import CSR, Samples, used_columns
from sk_bp.saved import explaining, finite
from sk_bp.schedules import rates_of
from sk_bp.shared_lock import SharedLock
from sk_bp.state import SHUFFLE, OptimizerState, Seen, State, generator

Array = NDArray[np.floating]

_REASONS = {
    _core.Stop.loss_not_finite: "the loss is not finite ({last_loss})",
    _core.Stop.gradient_too_large: (
        "the gradient is too large to apply (up to {largest_gradient:.2g}) or not finite"
    ),
    _core.Stop.loss_grown: "the loss has grown from {first_loss:.3g} to {last_loss:.3g}",
}
# Said where the gradient itself could be applied.
_RATE_TOO_LARGE = (
    "the learning rate {rate:.2g} is too large to apply: the gradient is up to {gradient:.2g}"
)


@dataclass
class Plan:
    """The steps of a slice, as the core is told to make them.

    Attributes
    ----------
    order : ndarray of int64 or None
        The samples to take, in their order; None means as they lie.
    n_samples, batch_size : int
        Samples in the slice, and in a batch.
    rates, decays, thresholds : ndarray of float64
        Learning rate and weight decay of each step, and by how much the weights shrink after it.
    first_step : int
        The number of the first step since training began.
    steps_before : int
        Steps since the optimizer's state was new.
    weight_scale : float
        n / S: a batch B divides by |B| S / n.
    loss_limit : float
        A step whose loss is larger is not made.
    loss_before : float
        The loss of the step before; NaN if there was none.
    max_grad_norm : float
        A longer gradient is scaled down to this length; infinity: none is.
    measure_gradient : bool
        Whether the squares of each layer's gradient are to be summed.
    """

    order: NDArray[np.int64] | None
    n_samples: int
    batch_size: int
    rates: NDArray[np.floating]
    decays: NDArray[np.floating]
    thresholds: NDArray[np.floating]
    first_step: int
    steps_before: int
    weight_scale: float
    loss_limit: float
    loss_before: float
    max_grad_norm: float
    measure_gradient: bool


@dataclass
class _Done:
    """What the slices of an epoch have done so far."""

    squares: NDArray[np.float64]  # of each layer's gradient, summed over the steps
    steps: int = 0
    loss_sum: float = 0.0
    first_loss: float = math.nan
    last_loss: float = math.nan
    largest_gradient: float = 0.0
    stop: _core.Stop = _core.Stop.none


class Training:
    """A network and the state of its training; makes epochs.

    On sparse input the first layer's weight rows are brought up to date only when they are needed;
    see `reading` and `catch_up`. Other threads may read the network between the slices of an epoch.

    Parameters
    ----------
    network : Network
        Its weights are trained in place.
    state : State
        Changed in place.
    """

    _journals = False  # whether the core can note down which rows are touched

    def __init__(self, network: Network, state: State) -> None:
        self.network = network
        self.state = state
        self._lock = SharedLock()
        self._core: Any = None
        self._core_made_for: Any = None
        self._unproven = False  # a loaded optimizer's state that has made no steps yet

    def epoch(
        self,
        samples: Samples,
        settings: Settings,
        after_step: Callable[[float, float], None] | None = None,
    ) -> Epoch:
        """Go once through the samples.

        Parameters
        ----------
        samples : Samples
        settings : Settings
        after_step : callable, default=None
            ``after_step(rate, loss)`` is called after each step, with the mean loss of its batch
            before it. Then the core is called for one step at a time.

        Raises
        ------
        ValueError
            If the schedule gives rates that are not valid, before anything is changed.
        """
        if self._unproven:
            return self._first_epoch(samples, settings, after_step)
        state = self.state
        rates, decays, thresholds, seen = self._rates(samples, settings)
        with self._lock.writing():
            self._prepare(settings, samples.sparse)
        order = self._order(samples.n, settings)
        at_zero = samples.loss_at_zero(settings.loss, self.network.n_outputs)
        state.largest_loss_at_zero = max(at_zero, state.largest_loss_at_zero)
        state.seen, state.horizon = seen, settings.horizon
        per_slice = 1
        if after_step is None:
            per_slice = self._steps_per_slice(samples, settings.batch_size)
        epoch, done = Epoch(), _Done(np.zeros(len(self.network.coefs)))
        report: dict[str, Any] = {}
        try:
            while done.steps < len(rates) and done.stop is _core.Stop.none:
                if settings.cancel.is_set():
                    raise KeyboardInterrupt
                # the very first step by itself: its loss says from where on it has grown too far
                steps = 1 if state.first_loss is None else per_slice
                first = done.steps * settings.batch_size
                last = min(first + steps * settings.batch_size, samples.n)
                plan = Plan(
                    order=None if order is None else order[first:last],
                    n_samples=last - first,
                    batch_size=settings.batch_size,
                    rates=rates[done.steps :],
                    decays=decays[done.steps :],
                    thresholds=thresholds[done.steps :],
                    first_step=state.n_steps + done.steps,
                    steps_before=state.optimizer.n_steps + done.steps,
                    weight_scale=(
                        samples.mean_weight / seen.mean_weight * samples.n / samples.weight_sum
                    ),
                    loss_limit=self._loss_limit(),
                    loss_before=state.last_loss,
                    max_grad_norm=settings.max_grad_norm,
                    measure_gradient=settings.measure_gradient,
                )
                self._make_steps(samples, plan, report)
                self._take_note(report, done)
                if after_step is not None and done.stop is _core.Stop.none:
                    after_step(float(plan.rates[0]), done.last_loss)
        except KeyboardInterrupt:
            epoch.interrupted = True
            self._take_note(report, done)
        if done.stop is not _core.Stop.none:
            epoch.ending, epoch.detail = (
                FAILURES[done.stop],
                self._trouble(done, rates, settings.loss_unit),
            )
        self._count(epoch, done, samples, settings)
        epoch.rate = float(rates[max(done.steps - 1, 0)])
        return epoch

    def _first_epoch(self, samples: Samples, settings: Settings, after_step: Any) -> Epoch:
        """An epoch with an optimizer's state as it was loaded.

        Of numbers that no rule would leave behind, such as negative squares, it could make weights
        that are not finite: then nothing has changed.
        """
        trial = self.copy()
        trial._unproven = False
        epoch = trial.epoch(samples, settings, after_step)
        trial.catch_up()
        if not finite(trial.network.parameters):
            raise ValueError(
                "the optimizer's state that was loaded with this model makes weights that are not "
                "finite; it can still predict, but not be trained further"
            )
        parts = {name: part for name, part in vars(trial).items() if name != "_lock"}
        with self._lock.writing():
            vars(self).update(parts)
        return epoch

    def _rates(self, samples: Samples, settings: Settings) -> tuple[Array, Array, Array, Seen]:
        """Learning rates, decays and thresholds of an epoch's steps, and what it will have seen."""
        state, optimizer = self.state, settings.optimizer
        n_steps = math.ceil(samples.n / settings.batch_size)
        rates = rates_of(
            settings.schedule,
            np.arange(state.n_steps, state.n_steps + n_steps),
            settings.horizon,
            state.of_schedule(settings.schedule),
        )
        seen = self._seen(samples, settings)
        decays = optimizer.decays(rates, settings.decay, seen.weight_sum)
        return rates, decays, optimizer.thresholds(rates, settings.l1, seen.weight_sum), seen

    def _seen(self, samples: Samples, settings: Settings) -> Seen:
        """What will be known of the data as a whole."""
        return (self.state.seen if settings.stream else Seen()).with_part(samples)

    def _make_steps(self, samples: Samples, plan: Plan, report: dict[str, Any]) -> None:
        with self._lock.writing():
            self._core.run(samples, plan, report)

    def _take_note(self, report: dict[str, Any], done: _Done) -> None:
        """Take over what a slice has done, once."""
        if not report:
            return
        if done.steps == 0:
            done.first_loss = report["first_loss"]
        if self.state.first_loss is None:
            self.state.first_loss = report["first_loss"]
        self.state.last_loss = done.last_loss = report["last_loss"]
        done.loss_sum += report["loss_sum"]
        done.squares += report["gradient_squares"]
        done.largest_gradient = report["largest_gradient"]
        done.steps += report["steps"]
        done.stop = report["stop"]
        report.clear()

    def _count(self, epoch: Epoch, done: _Done, samples: Samples, settings: Settings) -> None:
        """Count the steps of an epoch, and take their means."""
        state, made = self.state, done.steps > 0
        n_samples = min(done.steps * settings.batch_size, samples.n)
        state.n_steps += done.steps
        state.optimizer.n_steps += done.steps
        state.n_samples += n_samples
        state.n_epochs += 1
        share = n_samples / samples.n
        epoch.loss = done.loss_sum / (samples.weight_sum * share) if made else done.first_loss
        if settings.measure_gradient:
            mean = done.squares / done.steps if made else np.full_like(done.squares, np.nan)
            epoch.metrics = norm_metrics(np.sqrt(mean))
        epoch.metrics |= settings.optimizer.metrics(state.optimizer.numbers)

    def _loss_limit(self) -> float:
        """The loss that ends training: a million times the first step's, or that of saying 0."""
        first = self.state.first_loss
        if first is None:
            return math.inf
        start = max(self.state.largest_loss_at_zero, first)
        return 1e6 * start if start > 0 else math.inf

    def _trouble(self, done: _Done, rates: Array, loss_unit: float) -> str:
        """At which step training had to stop, and why."""
        first = math.nan if self.state.first_loss is None else self.state.first_loss
        losses = {"first_loss": loss_unit * first, "last_loss": loss_unit * done.last_loss}
        rate = float(rates[done.steps])
        if done.stop is _core.Stop.gradient_too_large and self._can_square(done.largest_gradient):
            reason = _RATE_TOO_LARGE.format(rate=rate, gradient=done.largest_gradient)
        else:
            reason = _REASONS[done.stop].format(**{**vars(done), **losses})
        return (
            f"at step {done.steps + 1} of {len(rates)} of epoch {self.state.n_epochs + 1}: {reason}"
        )

    def _can_square(self, gradient: float) -> bool:
        """Whether the square of a gradient is far from the largest number of the network's type."""
        return gradient < math.sqrt(float(np.finfo(self.network.dtype).max)) / 4

    def _order(self, n: int, settings: Settings) -> NDArray[np.int64] | None:
        """The order of the samples; None, as they lie, if one batch holds them all."""
        if settings.batch_size >= n:
            return None
        if not settings.shuffle:
            return np.arange(n)
        return generator(self.state.seed, SHUFFLE, *self._shuffle_key()).permutation(n)

    def _shuffle_key(self) -> tuple[int, ...]:
        """What the order of the samples depends on, besides the seed."""
        return (self.state.n_epochs,)

    def _steps_per_slice(self, samples: Samples, batch_size: int) -> int:
        work = self.network.work_per_sample(samples.entries_per_sample)
        return max(1, int(SLICE_WORK / (work * batch_size)))

    def _prepare(self, settings: Settings, sparse: bool) -> None:
        """Make the core's trainer, unless the one at hand serves."""
        optimizer, state = settings.optimizer, self.state
        hyperparameters = optimizer.hyperparameters()
        shrinks = settings.l1 > 0
        made_for = (
            *(optimizer.rule, hyperparameters, settings.loss, sparse),
            *(shrinks, settings.dropout),
        )
        if self._core is not None and made_for == self._core_made_for:
            return
        self.release()
        state.begin(settings.loss)
        n_slots = _core.n_slots(optimizer.rule, hyperparameters)
        layout = optimizer.rule, optimizer.state_names()
        fresh = state.optimizer.layout != layout or len(state.optimizer.slots) != n_slots
        if fresh:
            state.forget_optimizer()
            parameters = self.network.parameters
            slots = [np.zeros(parameters.shape, parameters.dtype) for _ in range(n_slots)]
            numbers = np.zeros(_core.n_numbers(optimizer.rule, hyperparameters))
            state.optimizer = OptimizerState(layout, slots, numbers)
        slots = [s if s.flags.writeable else np.array(s) for s in state.optimizer.slots]
        state.optimizer.slots = slots
        if not state.optimizer.numbers.flags.writeable:
            state.optimizer.numbers = state.optimizer.numbers.copy()
        self._core = _core.Trainer(
            self.network,
            settings.loss,
            optimizer.rule,
            hyperparameters,
            slots,
            state.optimizer.numbers,
            sparse,
            fresh,
            shrinks,
            settings.dropout,
            state.seed,
            self._journals,
        )
        self._core_made_for = made_for

    def release(self) -> None:
        """Bring all weights up to date, and let go of the core's trainer."""
        self.catch_up()
        self._core = self._core_made_for = None
        self.network.make_writeable()

    def catch_up(self) -> None:
        """Bring all weights up to date."""
        with self._lock.writing():
            if self._core is not None:
                self._core.catch_up()

    @contextmanager
    def reading(self, X: NDArray[Any] | CSR) -> Iterator[tuple[Network, NDArray[Any] | CSR]]:
        """A network to predict X with, and X as it reads it; no step is made inside the block.

        While weight rows of the first layer wait for their idle steps, and X is sparse, only the
        rows of X's columns are copied; the training's own weights are not touched.
        """
        with self._lock.reading():
            found = self._as_it_stands(X)
            if found is not None:
                yield found
                return
        with self._lock.writing():
            self.catch_up()
            yield self.network, X

    def _as_it_stands(self, X: NDArray[Any] | CSR) -> tuple[Network, NDArray[Any] | CSR] | None:
        """The same; None if the training's own weights must be brought up to date first."""
        averaged = self.averaged_network()
        if averaged is not None:
            return averaged, X
        if self._core is None or self._core.caught_up:
            return self.network, X
        if not isinstance(X, CSR):
            return None
        columns, compact = used_columns(X)
        return self.network.with_first_weights(self._core.peek(columns)), compact

    def average(self, by: Average | None) -> None:
        """Average the weights over the epochs, those as they are now included if it is their turn.

        Parameters
        ----------
        by : Average or None
            None means not to average; another one than before starts afresh.
        """
        with self._lock.writing():
            self._average(by)

    def _average(self, by: Average | None) -> None:
        averaged, parameters = self.state.averaged, self.network.parameters
        if averaged is not None and averaged.by != by:
            averaged = self.state.averaged = None
        if by is None or not by.due(self.state.n_epochs):
            return
        if averaged is None:
            averaged = self.state.averaged = Averaged(by, np.zeros_like(parameters))
        share, first = averaged.next_share(), 0
        if self._core is not None and not self._core.caught_up:
            first = self.network.coefs[0].size
            self._core.add_to_average(averaged.parameters[:first], share)
        averaged.add(parameters, share, first)

    def averaged_network(self) -> Network | None:
        """The network with the average of the weights; None if there is no average."""
        averaged, network = self.state.averaged, self.network
        if averaged is None:
            return None
        return Network(network.units, network.activations, network.output, averaged.parameters)

    def drop_state(self) -> None:
        """Keep what predicts only; the next step starts with a new state of the optimizer."""
        self.release()
        with self._lock.writing():
            self.network = self.averaged_network() or self.network
            self.state = replace(self.state, keeps_optimizer=False).to_save()

    def copy(self) -> "Training":
        """Return a copy that shares nothing that training changes."""
        with self._lock.writing():
            self.catch_up()
            copy = Training(self.network.copy(), self.state.cast())
        copy._unproven = self._unproven
        return copy

    def __deepcopy__(self, memo: dict[int, Any]) -> "Training":
        return self.copy()

    def __getstate__(self) -> dict[str, Any]:
        self.catch_up()
        state, network = self.state.to_save(), self.network
        if state.averaged is None:  # a pickle holds one set of weights, unless it is to go on
            network = self.averaged_network() or network
        return {"network": network, "state": state}

    def __setstate__(self, saved: dict[str, Any]) -> None:
        with explaining("Training"):
            self.__init__(saved["network"], saved["state"])  # type: ignore[misc]
        self._unproven = True
