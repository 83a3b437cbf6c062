"""A training run: a network, the state of its training, its record, and when to stop."""

import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sk_bp.averages import Averaged
from sk_bp.endings import BEFORE_THE_END, Ending
from sk_bp.epochs import Epoch, Settings
from sk_bp.model import Model, check_outputs
from sk_bp.network import Network
from sk_bp.outputs import Output
from sk_bp.samples import CSR, Samples
from sk_bp.scaling import Scaling
from sk_bp.state import State
from sk_bp.training import Training
from sk_bp.validation import Validation

# Calls of partial_fit that the history keeps at least.
MOST_CALLS = 10_000


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
    >>> from sk_bp.run import Patience
    >>> patience = Patience(tol=0.1, n_iter_no_change=1)
    >>> [patience.exhausted_by(value) for value in (1.0, 0.5, 0.45, 0.44)]
    [False, False, False, True]
    """

    def __init__(self, tol: float | None = None, n_iter_no_change: int = 1) -> None:
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.best = math.inf
        self.count = 0

    def exhausted_by(self, value: float, scale: float = 1.0) -> bool:
        """Take the value of one more epoch; True if training should end."""
        best, self.best = self.best, value if value < self.best else self.best
        if self.tol is None:
            return False
        self.count = 0 if value < best - self.tol * scale else self.count + 1  # NaN: no progress
        return self.count > self.n_iter_no_change


@dataclass
class Stopping:
    """When training ends.

    Attributes
    ----------
    tol : float or None
    n_iter_no_change : int
        See `Patience`.
    early_stopping : bool
        Whether the validation score decides, and the weights of the best epoch are kept.
    target_loss : float or None
        A training loss that is good enough, in the units of the user; None means none is.
    deadline : float or None
        The time, by `time.monotonic`, after which no epoch begins; None means there is none.
    """

    tol: float | None = None
    n_iter_no_change: int = 1
    early_stopping: bool = False
    target_loss: float | None = None
    deadline: float | None = None

    @property
    def time_is_over(self) -> bool:
        """Whether the deadline has passed."""
        return self.deadline is not None and time.monotonic() >= self.deadline


@dataclass(frozen=True)
class Chosen:
    """What parameters such as "auto" stood for in a call.

    Attributes
    ----------
    batch_size : int
    max_iter : int or None
        None in a stream.
    alpha, weight_decay : float
    """

    batch_size: int
    max_iter: int | None
    alpha: float
    weight_decay: float = 0.0


@dataclass
class _Best:
    """The weights of the epoch with the best validation score.

    While they are in use, the last weights are kept here in their place.
    """

    score: float
    epoch: int
    parameters: NDArray[Any]
    averaged: Averaged | None
    in_use: bool = False


class Run(Model):
    """A training run. It can be copied, pickled and continued.

    Parameters
    ----------
    network : Network
        With its first weights; trained in place.
    seed : int
        Key of all random draws.
    number : int, default=0
        Which of several runs it is.
    scaling : Scaling, default=None
        The units that its network is trained in; None means those of the user.
    assigned : bool, default=False
        Whether the first weights were assigned by the user.

    Attributes
    ----------
    split_seed : int
        Key of the draw of the samples to hold out; the same for all runs of a fit.
    state : State
        What the next step needs.
    history : dict of list
        What was noted down, by epoch.
    loss, learning_rate : float
        Of the last epoch.
    best_loss : float
        The lowest loss of all epochs.
    best_score : float or None
        The best validation score.
    best_epoch : int or None
        With early stopping, the epoch whose weights were kept.
    scored_by : object
        The scoring of the last validation score.
    quality : float or None
        What the optimizer tells of the last epoch: the better of two runs, the higher the better.
    ending : Ending or None
        How the last call of `train` ended; None in a stream, and before the first call.
    detail : str
        The same in detail, where training had to stop.
    chosen : Chosen or None
        What the parameters of the last call stood for.
    first_epoch, first_step : int
        Epochs and steps that had been made when the fit began; see `begin`.
    """

    def __init__(
        self,
        network: Network,
        seed: int,
        number: int = 0,
        scaling: Scaling | None = None,
        assigned: bool = False,
    ) -> None:
        self._training = Training(network, State(seed))
        self.number = number
        self.scaling = scaling
        self.assigned = assigned
        self.split_seed = seed
        self.history: dict[str, list[Any]] = {"loss": [], "learning_rate": []}
        self.loss = self.learning_rate = math.nan
        self.best_loss = math.inf
        self.best_score: float | None = None
        self.best_epoch: int | None = None
        self.scored_by: Any = None
        self.quality: float | None = None
        self.ending: Ending | None = None
        self.detail = ""
        self.chosen: Chosen | None = None
        self.first_epoch = self.first_step = 0
        self._patience = Patience()
        self._best: _Best | None = None

    @property
    def network(self) -> Network:
        trained = self.trained
        return trained if self.scaling is None else self.scaling.unscaled(trained)

    @property
    def trained(self) -> Network:
        """The network, up to date, in the units that it is trained in."""
        averaged = self._training.averaged_network()
        if averaged is not None:
            return averaged
        self._training.catch_up()
        return self._training.network

    @property
    def layers(self) -> Network:
        return self._training.network

    def _network_for(self, X: Any) -> AbstractContextManager[tuple[Network, Any]]:
        return self._training.reading(X)

    def outputs(self, X: NDArray[Any] | CSR, output: Output | None = None) -> NDArray[Any]:
        if self.scaling is None:
            return super().outputs(X, output)
        outputs = super().outputs(self.scaling.of_X(X), output)
        return check_outputs(self.scaling.outputs(outputs))

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the weights."""
        return self._training.network.dtype

    @property
    def state(self) -> State:
        """What the next step needs to know besides the weights."""
        return self._training.state

    def copy(self) -> "Run":
        """Return a copy that shares nothing that training changes."""
        return deepcopy(self)

    def drop_training_state(self) -> None:
        """Keep the record and what predicts only."""
        self._training.drop_state()
        self._best = None

    def curve(self, name: str) -> list[Any] | None:
        """What the history holds by this name, of this run's own epochs; None if nothing."""
        values, runs = self.history.get(name), self.history.get("restart")
        if values is None or runs is None:
            return values
        return [v for v, run in zip(values, runs, strict=True) if run == self.number]

    @property
    def stopped_early(self) -> bool:
        """Whether training was ended from outside, so that there is more of it to come."""
        return self.ending in BEFORE_THE_END

    def begin(self) -> None:
        """Begin another fit, from the weights as they are."""
        self.first_epoch, self.first_step = self.state.n_epochs, self.state.n_steps
        self.ending, self._best = Ending.INTERRUPTED, None  # unless it comes to another end

    def train(
        self,
        samples: Samples,
        settings: Settings,
        stopping: Stopping,
        validation: Validation | None = None,
        tell: Callable[["Run"], bool] | None = None,
    ) -> Ending:
        """Make the epochs of the fit that are still to be made.

        Parameters
        ----------
        samples : Samples
            Training samples.
        settings : Settings
        stopping : Stopping
        validation : Validation, default=None
            Held-out samples, scored after each epoch.
        tell : callable, default=None
            Called with the run after each epoch; True ends the training. The run is then as it
            must be to go on from there, `ending` included.

        Returns
        -------
        ending : Ending
            `Ending.INTERRUPTED` never: a KeyboardInterrupt is raised, after the run has been
            brought to the last whole step.
        """
        self.ending, self.detail = Ending.INTERRUPTED, ""
        self.chosen = Chosen(
            settings.batch_size,
            None if settings.stream else settings.max_iter,
            settings.decay.alpha,
            settings.decay.weight_decay,
        )
        course = _Course(self, samples, settings, stopping, validation, tell)
        self._patience.tol = stopping.tol
        self._patience.n_iter_no_change = stopping.n_iter_no_change
        if self._best is not None:  # an interrupted run goes on from its last weights
            self._use_best(False)
        elif stopping.early_stopping and validation and self.state.n_epochs:  # to be improved on
            score = np.nan_to_num(validation.score(self), nan=-math.inf)
            self._keep(score, self.best_epoch or self.state.n_epochs)
        n_epochs = settings.max_iter - (self.state.n_epochs - self.first_epoch)
        ending, detail = Ending.MAX_ITER, ""
        try:
            if n_epochs > 0:
                ending, detail = settings.optimizer.train(
                    self._training, samples, settings, n_epochs, course.after_epoch
                )
        finally:
            if settings.stream:
                self.ending = None
            else:
                self._training.catch_up()
                self._use_best(True)
        if course.ending is not None:
            ending, detail = course.ending, course.detail
        self.detail = detail
        self.ending = None if settings.stream else ending
        if ending in (Ending.CONVERGED, Ending.PLATEAU, Ending.NO_PROGRESS):
            self._patience.count = 0
        self.close()
        return ending

    def close(self) -> None:
        """Take the weights that the fit ends with; the others are kept if it may go on."""
        self._use_best(True)
        if not self.stopped_early:
            self._best = None

    def _forget_progress(self) -> None:
        """Forget the best values of another loss than the one at hand."""
        self._patience.best, self._patience.count = math.inf, 0
        self.best_epoch = self.best_score = None

    def _record(self, epoch: Epoch, loss: float) -> None:
        """Note down an epoch, whose loss is this for the user."""
        n_before = len(self.history["loss"])
        for name in epoch.metrics:
            self.history.setdefault(name, [np.nan] * n_before)
        metrics = {"loss": loss, "learning_rate": epoch.rate, **epoch.metrics}
        metrics["restart"] = self.number
        for name, values in self.history.items():
            values.append(metrics.get(name, np.nan))
        if n_before >= 2 * MOST_CALLS:  # a long stream
            for values in self.history.values():
                del values[:-MOST_CALLS]
        self.best_epoch = None  # until early stopping has put its weights back
        self.loss = loss
        self.best_loss = float(np.fmin(loss, self.best_loss))
        self.learning_rate = epoch.rate
        self.quality = epoch.quality

    def _record_score(self, score: float, validation: Validation) -> None:
        """Note down the validation score of the last epoch."""
        n_epochs = len(self.history["loss"])
        self.history.setdefault("validation_score", [np.nan] * n_epochs)[-1] = score
        self.scored_by = validation.scoring
        if self.best_score is None or score > self.best_score:
            self.best_score = None if np.isnan(score) else score

    def _keep(self, score: float, epoch: int) -> None:
        """Keep a copy of the weights, which are those after this epoch."""
        self._training.catch_up()
        averaged, parameters = self.state.averaged, self._training.network.parameters
        self._best = _Best(score, epoch, parameters.copy(), averaged and averaged.copy())

    def _use_best(self, use: bool) -> None:
        """With early stopping, use the weights of the best epoch; or else the last ones again."""
        best, state = self._best, self.state
        if best is None or best.in_use == use:
            return
        parameters = self._training.network.parameters
        last = parameters.copy()
        parameters[:], best.parameters = best.parameters, last
        state.averaged, best.averaged = best.averaged, state.averaged
        best.in_use = use
        self.best_epoch = best.epoch if use else None


class _Course:
    """Follows a run through one call of `Run.train`: keeps its record, and says when to end."""

    def __init__(
        self,
        run: Run,
        samples: Samples,
        settings: Settings,
        stopping: Stopping,
        validation: Validation | None,
        tell: Callable[[Run], bool] | None,
    ) -> None:
        self.run = run
        self.settings = settings
        self.stopping = stopping
        self.validation = validation
        self.tell = tell
        self.ending: Ending | None = None
        self.detail = ""
        self._loss_before = run.state.loss
        self._scale = 1.0
        if stopping.tol is not None or settings.schedule.new_state():
            n_outputs = run._training.network.n_outputs
            self._scale = settings.loss.scale(samples.y, samples.weight, n_outputs)

    def after_epoch(self, epoch: Epoch) -> bool:
        """Take note of an epoch; True if training should end."""
        run = self.run
        if self._loss_before not in (None, self.settings.loss):
            run._forget_progress()
        self._loss_before = self.settings.loss
        run._record(epoch, epoch.loss * self.settings.loss_unit)
        if epoch.interrupted:
            raise KeyboardInterrupt
        if epoch.ending is None:
            run._training.average(self.settings.average)
        if self.validation is not None:
            self._validate(self.validation)
        self.ending, self.detail = self._ending(epoch)
        run.ending = self.ending or Ending.INTERRUPTED
        if self.tell is not None and self.tell(run) and self.ending is None:
            self.ending = Ending.STOPPED
        return self.ending is not None

    def _ending(self, epoch: Epoch) -> tuple[Ending | None, str]:
        """How training ends after this epoch; None if it does not."""
        stopping = self.stopping
        if epoch.ending is not None:
            return epoch.ending, epoch.detail
        judged = epoch.settled or stopping.early_stopping
        if judged and self._ends_at_plateau(*self._progress(epoch)):
            return Ending.PLATEAU, ""
        if stopping.target_loss is not None and self.run.loss <= stopping.target_loss:
            return Ending.TARGET_LOSS, ""
        return (Ending.MAX_TIME if stopping.time_is_over else None), ""

    def _ends_at_plateau(self, value: float, scale: float) -> bool:
        """Tell patience and the schedule of the value; whether it has ceased to fall for good."""
        run, schedule = self.run, self.settings.schedule
        state = run.state.of_schedule(schedule)
        answered = schedule.answers_plateau(state)
        run.state.schedule = schedule.after_epoch(state, value / scale)
        if not run._patience.exhausted_by(value, scale):
            return False
        if answered:
            run._patience.count = 0
            return False
        return not self._falls_later(value, scale)

    def _falls_later(self, value: float, scale: float) -> bool:
        """Whether the schedule plans for lower rates yet, by which the loss may still fall by tol.

        With early stopping the user has chosen to end at the first plateau.
        """
        planned = self.settings.schedule.needs_whole and not self.stopping.early_stopping
        return planned and value > (self.stopping.tol or 0.0) * scale

    def _validate(self, validation: Validation) -> None:
        run = self.run
        score = validation.score(run)
        if np.isnan(score) and len(run.history["loss"]) == 1:
            raise validation.refusal("is NaN after the first epoch")
        run._record_score(score, validation)
        if self.stopping.early_stopping and (run._best is None or score > run._best.score):
            run._keep(np.nan_to_num(score, nan=-math.inf), run.state.n_epochs)

    def _progress(self, epoch: Epoch) -> tuple[float, float]:
        """What should fall from epoch to epoch, and the unit that tol is measured in."""
        if self.stopping.early_stopping and self.validation is not None:
            scores = self.run.curve("validation_score") or []
            if self.validation.by_loss:
                return -scores[-1], self._scale * self.settings.loss_unit
            first = next((abs(s) for s in scores if not np.isnan(s)), 0.0)
            return -scores[-1], min(first, 1.0) or 1.0
        if epoch.progress is not None:
            return epoch.progress, 1.0
        return epoch.loss, self._scale
