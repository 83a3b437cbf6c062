"""Training: epochs made of slices of steps, when to stop, and how to go on later."""

import math
import threading
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from sk_bp._core import _core
from sk_bp._core._core import Stop
from sk_bp.endings import FAILURES, Ending
from sk_bp.objective import Objective
from sk_bp.optimizers import Minimizer
from sk_bp.samples import used_columns
from sk_bp.schedules import rates_of

# Why training ended, if there were max_iter epochs.
MAX_ITER = "max_iter"

# Multiply-adds between two looks at the keyboard: some hundredths of a second.
_SLICE_WORK = 1e8

# What a random draw is for; part of the key of its generator.
INITIAL_WEIGHTS, SHUFFLE, SPLIT, RESTARTS = range(4)

_REASONS = {
    Stop.loss_not_finite: "the loss is not finite ({last_loss})",
    Stop.gradient_too_large: (
        "the gradient is too large to apply (up to {largest_gradient:.2g}) or not finite"
    ),
    Stop.loss_grown: "the loss has grown from {start_loss:.3g} to {last_loss:.3g}",
}


def generator(seed, *key):
    """Return the random generator of one purpose, the same however training was interrupted.

    Parameters
    ----------
    seed : int
        Of the estimator.
    *key : int
        What the numbers are for, and which epoch or piece.

    Returns
    -------
    rng : numpy.random.Generator

    Examples
    --------
    >>> from sk_bp.training import SHUFFLE, generator
    >>> a, b = (generator(0, SHUFFLE, 3).permutation(9) for _ in range(2))
    >>> bool((a == b).all())
    True
    """
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


@dataclass
class Settings:
    """The parameters of an estimator that steer its training."""

    optimizer: object
    schedule: object
    alpha: float
    batch_size: int
    shuffle: bool
    measure_gradient: bool = False
    stream: bool = False  # whether the samples are a part of the data only


@dataclass
class Epoch:
    """What came of an epoch.

    Attributes
    ----------
    loss : float
        The mean loss over the epoch, each batch before its step.
    rate : float
        The learning rate of the last step.
    trouble : str or None
        Why training must stop, if it must.
    ending : Ending or None
        The same as a code.
    interrupted : bool
        Whether a KeyboardInterrupt ended it before its time.
    figures : dict of str to float
        What else the optimizer notes down.
    progress : float or None
        What should fall from epoch to epoch; None means the loss.
    settled : bool
        False while progress cannot be judged yet.
    quality : float or None
        Tells the better of two trainings, the higher the better; None means minus the loss.
    """

    loss: float = math.nan
    rate: float = math.nan
    trouble: str | None = None
    ending: Ending | None = None
    interrupted: bool = False
    figures: dict = field(default_factory=dict)
    progress: float | None = None
    settled: bool = True
    quality: float | None = None


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

    def with_part(self, rows):
        """What is known after another part of the data."""
        n = self.n + rows.n
        mean = self.mean_weight + (rows.mean_weight - self.mean_weight) * (rows.n / n)
        return Seen(n, mean, max(self.largest, rows.n))


@dataclass
class Plan:
    """The steps of a slice, as the core is told to make them.

    Attributes
    ----------
    order : ndarray of int64 or None
        The samples to take, in their order; None means as they lie.
    n_samples, batch_size : int
        Samples in the slice, and in a batch.
    rates, shrinks : ndarray of float64
        Learning rate of each step, and 1 - its decay factor.
    steps_before : int
        Steps since the optimizer's state was new.
    weight_scale : float
        n / S: a batch B divides by |B| S / n.
    loss_limit : float
        A step whose loss is larger is not made.
    loss_before : float
        The loss of the step before; NaN if there was none.
    measure_gradient : bool
        Whether the squares of each layer's gradient are to be summed.
    """

    order: np.ndarray | None
    n_samples: int
    batch_size: int
    rates: np.ndarray
    shrinks: np.ndarray
    steps_before: int
    weight_scale: float
    loss_limit: float
    loss_before: float
    measure_gradient: bool


@dataclass
class _Done:
    """What the slices of an epoch have done so far."""

    squares: np.ndarray  # of each layer's gradient, summed over the steps
    steps: int = 0
    loss_sum: float = 0.0
    first_loss: float = math.nan
    last_loss: float = math.nan
    largest_gradient: float = 0.0
    stop: Stop = Stop.none


def norm_figures(norms):
    """The norms of the layers' gradients as they stand in `history_`.

    Parameters
    ----------
    norms : sequence of float
        Of the gradient of each layer's weights.

    Returns
    -------
    figures : dict of str to float

    Examples
    --------
    >>> from sk_bp.training import norm_figures
    >>> norm_figures([0.5, 2.0])
    {'gradient_norm_0': 0.5, 'gradient_norm_1': 2.0}
    """
    return {f"gradient_norm_{layer}": float(norm) for layer, norm in enumerate(norms)}


class Training:
    """A network on its way: everything that is needed to make the next step.

    All random draws are keyed by the seed and the number of the epoch, and the optimizer's state is
    kept, so that training k epochs and then m more is training k + m epochs.

    On sparse input the first layer's rows are brought up to date only when they are needed; see
    `up_to_date` and `settle`.

    Parameters
    ----------
    network : Network
        Its weights are trained in place.
    loss : TaskLoss
        What is made small.
    seed : int
        Key of all random draws.
    """

    def __init__(self, network, loss, seed):
        self.network = network
        self.loss = loss
        self.seed = seed
        self.n_epochs = 0
        self.n_steps = 0
        self.n_samples = 0
        self.start_loss = self.weight_sum = None
        self.largest_floor = 0.0
        self.seen = Seen()
        self.keeps_state = False
        self.state_lost = False
        self.forget()
        self._lock = threading.RLock()

    def forget(self):
        """Drop the optimizer's state; the next step starts a new one."""
        self.slots = []
        self.n_state_steps = 0
        self.last_loss = math.nan
        self.minimizer_state = {}
        self.rule = self.layout = None
        self._core = None

    def train(self, rows, settings, max_iter, after_epoch):
        """Make epochs until there are max_iter, or ``after_epoch(epoch)`` returns True.

        Returns
        -------
        reason : str or None
            Why training ended, if neither by convergence nor by after_epoch: `MAX_ITER`, or a
            sentence.
        """
        if isinstance(settings.optimizer, Minimizer):
            return self._minimize(rows, settings, max_iter, after_epoch)
        for _ in range(max_iter):
            if after_epoch(self.epoch(rows, settings)):
                return None
        return MAX_ITER

    def _minimize(self, rows, settings, max_iter, after_epoch):
        """Let a minimizer choose its steps; each of its iterations is an epoch."""
        optimizer = settings.optimizer
        rule = (type(optimizer).__name__, optimizer.hyperparameters(), rows.sparse)
        self.settle()
        if self.rule is None or self.rule[0] != rule[0]:
            self.forget()
        self.rule, self._core = rule, None
        self.network.make_writeable()
        self.weight_sum = rows.total_weight
        objective = Objective(self.network, self.loss, rows, settings.alpha)
        epochs_before = self.n_epochs

        def after_iteration(
            x, loss, gradient=None, progress=None, settled=True, quality=None, **figures
        ):
            self.network.parameters[:] = x
            self.n_epochs += 1
            self.n_steps += 1
            self.n_samples += rows.n
            if settings.measure_gradient:
                gradient = objective.gradient_of_loss(x) if gradient is None else gradient
                figures.update(norm_figures(self.network.weight_norms(gradient)))
            epoch = Epoch(
                loss=loss, figures=figures, progress=progress, settled=settled, quality=quality
            )
            return after_epoch(epoch)

        value = objective.value_and_gradient(objective.start)[0]
        if not math.isfinite(value):
            trouble = f"at the start: the loss or its gradient is not finite or too large ({value})"
            ending = Ending.GRADIENT_TOO_LARGE
            after_epoch(Epoch(loss=value, trouble=trouble, ending=ending))
            return None
        ending, detail = optimizer.minimize(
            objective, max_iter, after_iteration, self.minimizer_state
        )
        if self.n_epochs == epochs_before:  # nothing was left to gain
            after_iteration(objective.start, objective.loss_of(value, objective.start))
        return {Ending.MAX_ITER: MAX_ITER, Ending.NO_PROGRESS: detail}.get(ending)

    def epoch(self, rows, settings):
        """Go once through the samples.

        Parameters
        ----------
        rows : Rows
            Training samples.
        settings : Settings

        Returns
        -------
        epoch : Epoch
        """
        n_steps = math.ceil(rows.n / settings.batch_size)
        rates = rates_of(settings.schedule, np.arange(self.n_steps, self.n_steps + n_steps))
        seen = self.seen.with_part(rows) if settings.stream else Seen().with_part(rows)
        weight_sum = seen.mean_weight * seen.largest
        shrinks = settings.optimizer.shrinks(rates, settings.alpha, weight_sum)
        self._prepare(settings.optimizer, rows.sparse)
        order = self._order(rows.n, settings)
        floor = rows.loss_at_zero(self.loss, self.network.n_outputs)
        per_slice = self._steps_per_slice(rows, settings.batch_size)
        self.weight_sum, self.seen = weight_sum, seen
        self.largest_floor = floor = max(floor, self.largest_floor)
        epoch, done, report = Epoch(), _Done(np.zeros(len(self.network.coefs))), {}
        try:
            while done.steps < n_steps and done.stop is Stop.none:
                # the very first step by itself: its loss says from where on it has grown too far
                steps = 1 if self.start_loss is None else per_slice
                first = done.steps * settings.batch_size
                last = min(first + steps * settings.batch_size, rows.n)
                plan = Plan(
                    order=None if order is None else order[first:last],
                    n_samples=last - first,
                    batch_size=settings.batch_size,
                    rates=rates[done.steps :],
                    shrinks=shrinks[done.steps :],
                    steps_before=self.n_state_steps + done.steps,
                    weight_scale=rows.mean_weight / seen.mean_weight * rows.n / rows.weight_sum,
                    loss_limit=self._loss_limit(floor),
                    loss_before=self.last_loss,
                    measure_gradient=settings.measure_gradient,
                )
                self._run(rows, plan, report)
                self._take_note(report, done)
        except KeyboardInterrupt:
            epoch.interrupted = True
            self._take_note(report, done)
        if done.stop is not Stop.none:
            epoch.trouble = self._trouble(done, n_steps)
            epoch.ending = FAILURES[done.stop]
        n_samples = min(done.steps * settings.batch_size, rows.n)
        self.n_steps += done.steps
        self.n_state_steps += done.steps
        self.n_samples += n_samples
        self.n_epochs += 1
        share = n_samples / rows.n
        made = done.steps > 0
        epoch.loss = done.loss_sum / (rows.weight_sum * share) if made else done.first_loss
        epoch.rate = float(rates[max(done.steps - 1, 0)])
        if settings.measure_gradient:
            mean = done.squares / done.steps if made else np.full_like(done.squares, np.nan)
            epoch.figures = norm_figures(np.sqrt(mean))
        return epoch

    def _take_note(self, report, done):
        """Count what a slice has done, once."""
        if not report:
            return
        if done.steps == 0:
            done.first_loss = report["first_loss"]
        if self.start_loss is None:
            self.start_loss = report["first_loss"]
        self.last_loss = done.last_loss = report["last_loss"]
        done.loss_sum += report["loss_sum"]
        done.squares += report["gradient_squares"]
        done.largest_gradient = report["largest_gradient"]
        done.steps += report["steps"]
        done.stop = report["stop"]
        report.clear()

    def _run(self, rows, plan, report):
        with self._lock:
            self._core.run(rows, plan, report)

    def _loss_limit(self, floor):
        """The loss that ends training: a million times the first step's, or that of saying 0."""
        start = max(floor, self.start_loss or 0.0)
        return 1e6 * start if self.start_loss is not None and start > 0 else math.inf

    def _trouble(self, done, n_steps):
        reason = _REASONS[done.stop].format(start_loss=self.start_loss, **vars(done))
        return f"at step {done.steps + 1} of {n_steps} of epoch {self.n_epochs + 1}: {reason}"

    def _order(self, n, settings):
        """The order of the samples; None, as they lie, if one batch holds them all."""
        if settings.batch_size >= n:
            return None
        if not settings.shuffle:
            return np.arange(n)
        return generator(self.seed, SHUFFLE, self.n_epochs).permutation(n)

    def _steps_per_slice(self, rows, batch_size):
        units = self.network.units
        work = rows.entries_per_row * units[1]
        work += sum(n_in * n_out for n_in, n_out in pairwise(units[1:]))
        return max(1, int(_SLICE_WORK / (work * batch_size)))

    def _prepare(self, optimizer, sparse):
        """Make the core's trainer, unless the one at hand serves."""
        hyperparameters = optimizer.hyperparameters()
        rule = (optimizer.rule, hyperparameters, sparse)
        if self._core is not None and rule == self.rule:
            return
        self.settle()
        n_slots = _core.n_slots(optimizer.rule, hyperparameters)
        self.network.make_writeable()
        layout = optimizer.rule, optimizer.state_names()
        fresh = self.layout != layout or len(self.slots) != n_slots
        if fresh:
            self.forget()
            parameters = self.network.parameters
            self.slots = [np.zeros(parameters.shape, parameters.dtype) for _ in range(n_slots)]
        self.slots = [slot if slot.flags.writeable else np.array(slot) for slot in self.slots]
        self.rule, self.layout = rule, layout
        self._core = _core.Trainer(
            self.network,
            self.loss,
            optimizer.rule,
            hyperparameters,
            self.slots,
            sparse,
            fresh,
        )

    def settle(self):
        """Bring all weights up to date."""
        with self._lock:
            if self._core is not None:
                self._core.catch_up()

    def up_to_date(self, X):
        """A network that is up to date as far as X reaches, and X as it reads it.

        While rows of the first layer wait for their idle steps, and X is sparse, only the rows of
        X's columns are copied; the training's own weights are not touched.
        """
        if self._core is None or self._core.caught_up:
            return self.network, X
        if isinstance(X, np.ndarray):
            self.settle()
            return self.network, X
        columns, compact = used_columns(X)
        with self._lock:
            W = self._core.peek(columns)
        return self.network.with_first_weights(W), compact

    def branch(self, network):
        """A training that goes on from where this one is, with a network of the same shape.

        Parameters
        ----------
        network : Network
            Of any dtype; this training's own stays as it is.

        Returns
        -------
        branch : Training
        """
        self.settle()
        branch = Training(network, self.loss, self.seed)
        apart = ("_lock", "_core", "network", "slots", "minimizer_state")
        vars(branch).update({k: v for k, v in vars(self).items() if k not in apart})
        branch.slots = [slot.astype(network.dtype) for slot in self.slots]
        branch.minimizer_state = dict(self.minimizer_state)
        return branch

    def snapshot(self):
        """A copy of everything that training changes, for `go_back`."""
        self.settle()
        state = {k: v for k, v in vars(self).items() if k not in ("_lock", "_core", "network")}
        state["slots"] = [slot.copy() for slot in self.slots]
        state["minimizer_state"] = dict(self.minimizer_state)
        return self.network.parameters.copy(), state

    def go_back(self, snapshot):
        """Undo what has happened since the snapshot."""
        parameters, state = snapshot
        vars(self).update(state)
        self._core = None
        self.network.parameters[:] = parameters

    def mean_loss(self, rows):
        """The mean loss of samples, by the weights as they are now."""
        network, X = self.up_to_date(rows.X)
        total = _core.total_loss(network, X, rows.y, rows.weight, self.loss)
        return total / rows.weight_sum

    def __getstate__(self):
        # the estimator has settled the weights, before the network was written
        state = {k: v for k, v in vars(self).items() if k not in ("_lock", "_core")}
        if not self.keeps_state and self.slots:  # it is needed only to go on
            state.update(slots=[], layout=None, rule=None, n_state_steps=0, state_lost=True)
        return state

    def __deepcopy__(self, memo):
        state = {k: v for k, v in vars(self).items() if k not in ("_lock", "_core")}
        copied = object.__new__(type(self))
        copied.__setstate__(deepcopy(state, memo))
        return copied

    def __setstate__(self, state):
        vars(self).update(state)
        self._lock = threading.RLock()
        self._core = None


class Patience:
    """Tells when values no longer fall.

    Parameters
    ----------
    tol : float or None
        An epoch counts as progress if its value lies below the best one by more than this times the
        scale; None: never stop.
    n_iter_no_change : int
        Consecutive epochs without progress that are tolerated.

    Examples
    --------
    >>> from sk_bp.training import Patience
    >>> patience = Patience(tol=0.1, n_iter_no_change=1)
    >>> [patience.exhausted_by(value) for value in (1.0, 0.5, 0.45, 0.44)]
    [False, False, False, True]
    """

    def __init__(self, tol, n_iter_no_change):
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.best = math.inf
        self.count = 0

    def exhausted_by(self, value, scale=1.0):
        """Take the value of one more epoch; True if training should end."""
        best, self.best = self.best, value if value < self.best else self.best
        if self.tol is None:
            return False
        self.count = 0 if value < best - self.tol * scale else self.count + 1  # NaN: no progress
        return self.count > self.n_iter_no_change
