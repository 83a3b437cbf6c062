"""A call of `fit`: reads the data, trains the networks, and hands over what came of it."""

import threading
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import check_scoring
from sklearn.model_selection import train_test_split

from sk_bp.data import Part
from sk_bp.epochs import Settings
from sk_bp.model import Model
from sk_bp.rate_search import with_found_rate
from sk_bp.restarts import Workers, best_of, runs_of
from sk_bp.run import Run, Stopping
from sk_bp.schedules import check_rates
from sk_bp.state import SPLIT, generator
from sk_bp.targets import Targets
from sk_bp.threads import single_threaded_blas
from sk_bp.user_warnings import user_level
from sk_bp.validation import LossValidation, ScorerValidation, Validation
from sk_bp.watching import Watch


@dataclass
class Data:
    """What `fit` was given, read and checked.

    Attributes
    ----------
    part : Part
        To train on; class weights are not taken into account yet.
    held_out : Part or None
        To validate on, if the user gave it.
    targets : Targets
    features : dict
        The attributes of an estimator that tell of its features.
    arguments : dict
        X, y and sample_weight as they were given.
    """

    part: Part
    held_out: Part | None
    targets: Targets
    features: Mapping[str, Any]
    arguments: dict[str, Any]


@dataclass
class Unfinished:
    """A fit that was ended from outside, and can be taken to its end.

    Attributes
    ----------
    runs : list of Run
        Those that have been begun, or finished.
    numbers : sequence of int
        Of all runs of the fit.
    n_samples : int
        Training samples.
    """

    runs: list[Run]
    numbers: Sequence[int]
    n_samples: int


class Job:
    """What a call of `fit` or `resume_fit` does with its data.

    Parameters
    ----------
    estimator : BPClassifier or BPRegressor
        About to be fitted.
    data : Data
    numbers : sequence of int
        Of all runs.
    known : list of Run
        The runs that are at hand, to be trained in place. The others are made.
    seed : int
        Key of all random draws.

    Attributes
    ----------
    samples : Samples
        To train on, in the units that the networks are trained in.
    """

    def __init__(
        self, estimator: Any, data: Data, numbers: Sequence[int], known: list[Run], seed: int
    ) -> None:
        self.estimator = estimator
        self.data = data
        self.numbers = numbers
        self.known = {run.number: run for run in known}
        self.seed = seed
        self._cancel = threading.Event()
        self._stopping = Stopping(
            estimator.tol,
            estimator.n_iter_no_change,
            estimator.early_stopping,
            estimator.target_loss,
            None if estimator.max_time is None else time.monotonic() + float(estimator.max_time),
        )
        factors = estimator._class_factors(data.part, data.targets)
        part, held_out = data.part, data.held_out
        if estimator.early_stopping and held_out is None:
            part, held_out = self._split(factors)
        self._part = part.weighted(data.targets, factors)
        samples = self._part.encode(data.targets)
        self._loss = estimator._task_loss(data.targets)
        self.scaling = known[0].scaling if known else estimator._find_scaling(samples, self._loss)
        self._density = samples.density
        self.samples = samples if self.scaling is None else self.scaling.of_samples(samples)
        if held_out is not None and estimator.scoring == "loss":
            held_out = held_out.weighted(data.targets, factors)
        runs = self._runs()
        self._first = next(runs)
        self._all_runs = chain([self._first], runs)
        for run in known or [self._first]:
            settings, state = self.settings_of(run), run.state
            schedule = settings.schedule
            check_rates(schedule, settings.horizon, state.n_steps, state.of_schedule(schedule))
        self._validation = None if held_out is None else self._validation_on(held_out, settings)
        if isinstance(self._validation, ScorerValidation) and not callable(estimator.scoring):
            self._validation.try_on(self._first)
        self._workers = Workers(
            self._train, estimator.n_jobs if len(numbers) > 1 else 1, self._cancel
        )

    def settings_of(self, run: Run) -> Settings:
        """What steers the training of a run."""
        settings = self.estimator._settings(
            self.samples.n,
            self._loss,
            run.first_step,
            density=self._density,
            scaling=self.scaling,
        )
        return replace(settings, cancel=self._cancel)

    def carry_out(self) -> None:
        """Train, and let the estimator adopt what came of it.

        After an interruption, or an error of a callback, it adopts what there is so far.
        """
        estimator, workers = self.estimator, self._workers
        self._watch = Watch(
            estimator,
            self.data.arguments,
            len(self.numbers),
            self.settings_of(self._first).max_iter,
            estimator.verbose,
            self._fitted_estimator,
        )
        try:
            with single_threaded_blas():
                workers.train_all(self._all_runs)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt) or error is self._watch.failure:
                self._adopt(self._so_far())
            raise
        self._adopt(workers.done)
        self._watch.close()

    # ------------------------------------------------------------------ runs

    def _runs(self) -> Iterator[Run]:
        """The runs, as long as there is time to begin another one."""
        for n_before, run in enumerate(runs_of(self.seed, self.numbers, self._start, self.known)):
            if n_before >= self.estimator.n_models and self._stopping.time_is_over:
                return
            yield run

    def _start(self, seed: int, number: int) -> Run:
        """A run with initial weights."""
        targets, X = self.data.targets, self._part.X
        run = self.estimator._start(
            X.shape[1], targets, X.dtype, self.samples, self.scaling, seed, number
        )
        self.estimator._predict_constant_targets(run, targets, self.samples)
        return run

    def _train(self, run: Run) -> None:
        """Train a run to its end, or go on with one that was interrupted."""
        if run.ending is not None and not run.stopped_early:
            run.close()
            return
        if run.number not in self.known:
            run.begin()
        watch = self._watch.of_run(run)
        try:
            settings = self._with_rate(run, self.settings_of(run))
            run.train(self.samples, settings, self._stopping, self._validation, watch.after_epoch)
            watch.close()
        finally:
            run.state.keeps_optimizer = self.estimator.warm_start or run.stopped_early

    def _with_rate(self, run: Run, settings: Settings) -> Settings:
        """The settings with the learning rate that trials find, if they are asked for."""
        if not self.estimator._finds_rate:
            run.state.rate_search = None
            return settings
        settings = with_found_rate(run, self.samples, settings)
        search = run.state.rate_search
        if self.estimator.verbose and search is not None:
            print(f"Learning rate {search.rate:.3g}, the best of {len(search.trials)}")
        return settings

    # ------------------------------------------------------------------ what came of it

    def _so_far(self) -> list[Run]:
        """The runs that an interrupted fit leaves: those that are finished, if there are any."""
        begun = {run.number: run for run in self._workers.begun}
        runs = list({**self.known, **begun}.values()) or [self._first]
        finished = [run for run in runs if not run.stopped_early]
        going_on = len(self.known) == len(self.numbers)
        return runs if going_on or not finished else finished

    def _unfinished(self, runs: list[Run]) -> Unfinished | None:
        """What `resume_fit` needs to go on from these runs; None if all have come to their end."""
        if len(runs) == len(self.numbers) and not any(run.stopped_early for run in runs):
            return None
        return Unfinished(runs, list(self.numbers), self.samples.n)

    def _adopt(self, runs: list[Run]) -> None:
        """Let the estimator take the best of these runs."""
        estimator, data = self.estimator, self.data
        begun = {run.number: run for run in [*self._workers.begun, *runs]}
        unfinished = self._unfinished(list(begun.values()))
        model = best_of(runs, estimator.n_models, estimator.early_stopping)
        estimator._adopt(model, data.targets, data.features, unfinished)

    def _fitted_estimator(self, run: Run) -> Any:
        """An estimator that is fitted as far as this copy of a run has come.

        Runs that others are training meanwhile are not in it: their numbers are, and so they would
        be trained again, to the same end.
        """
        run.state.keeps_optimizer = True
        estimator = self.estimator._blank()
        unfinished = self._unfinished([*self._workers.done, run])
        estimator._adopt(run, self.data.targets, self.data.features, unfinished)
        return estimator

    # ------------------------------------------------------------------ validation

    def _split(self, factors: list[NDArray[Any]] | None) -> tuple[Part, Part]:
        """Hold out a part of the samples that count; stratified by class where that can be done."""
        part, targets, estimator = self.data.part, self.data.targets, self.estimator
        fraction = estimator.validation_fraction
        kept = part.weighted(targets, factors).counting()
        strata = targets.strata(part.y[kept])
        n_held_out = int(np.ceil(fraction * len(kept)))
        if strata is not None:
            counts = np.unique(strata, return_counts=True)[1]
            if counts.min() < 2 or min(n_held_out, len(kept) - n_held_out) < len(counts):
                warnings.warn(
                    f"early_stopping=True: {len(kept)} samples of {len(counts)} classes, the "
                    f"rarest with {counts.min()}, cannot be split by class with "
                    f"validation_fraction={fraction!r}; the split ignores classes",
                    stacklevel=user_level(),
                )
                strata = None
        try:
            train, held_out = train_test_split(
                kept,
                test_size=fraction,
                stratify=strata,
                random_state=int(generator(self.seed, SPLIT).integers(2**31)),
            )
        except ValueError as error:
            raise ValueError(
                f"early_stopping=True with validation_fraction={fraction!r}: {error}"
            ) from error
        return part.take(train), part.take(held_out)

    def _validation_on(self, part: Part, settings: Settings) -> Validation:
        """How the held-out samples are scored."""
        estimator, targets = self.estimator, self.data.targets
        if estimator.scoring == "loss":
            samples = part.encode(targets)
            if self.scaling is not None:
                samples = self.scaling.of_samples(samples)
            return LossValidation(samples, settings.loss, settings.loss_unit)

        def estimator_of(model: Model) -> Any:
            probe = estimator._blank()
            probe._adopt(model, targets, {"n_features_in_": part.X.shape[1]})
            return probe

        return ScorerValidation(
            estimator.scoring,
            check_scoring(estimator, estimator.scoring),
            part,
            estimator_of,
            "choose another scoring, validation_fraction "
            f"(now {estimator.validation_fraction}) or X_val",
        )
