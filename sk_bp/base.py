"""What BPClassifier and BPRegressor share: the scikit-learn contract around training."""

import warnings
from abc import ABCMeta, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray
from sklearn.base import BaseEstimator, _fit_context
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import check_scoring
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state

from sk_bp.activations import Activation, Identity
from sk_bp.data import Part, read_part
from sk_bp.endings import FAILURES, Ending
from sk_bp.epochs import Settings
from sk_bp.fitted import Fitted
from sk_bp.initial_weights import predict_a_constant, scale_by_data, take_given
from sk_bp.initializers import INITIALIZERS
from sk_bp.losses import TaskLoss
from sk_bp.model import Model
from sk_bp.network import Network
from sk_bp.parameters import Parameters, needs_all_samples
from sk_bp.rate_search import with_found_rate
from sk_bp.restarts import best_of, train_all, with_others
from sk_bp.run import Run, Stopping
from sk_bp.samples import Samples
from sk_bp.scaling import Scaling, sizes_of_columns
from sk_bp.schedules import check_rates
from sk_bp.state import INITIAL_BATCH, INITIAL_WEIGHTS, SPLIT, generator
from sk_bp.targets import Targets
from sk_bp.threads import single_threaded_blas
from sk_bp.validation import LossValidation, ScorerValidation, Validation

FLOATS = (np.float64, np.float32)
_NO_BETTER = 0.999  # of the loss of the best constant prediction


class BaseBP(Parameters, Fitted, BaseEstimator, metaclass=ABCMeta):
    """What classifier and regressor share.

    A fit reads the data, makes a run or copies the one at hand, trains it, and only then adopts it:
    whatever is raised before, the estimator is as it was.
    """

    # ------------------------------------------------------------------ data and targets

    @abstractmethod
    def _check_y(self, y: Any, dtype: DTypeLike, known: bool = False) -> NDArray[Any]:
        """Return y checked; known: it will be compared with what earlier calls have seen."""

    @abstractmethod
    def _learn_targets(self, y: NDArray[Any]) -> Targets:
        """What all of y, checked, tells of the targets."""

    def _class_factors(self, part: Part, targets: Targets) -> list[NDArray[Any]] | None:
        """What class weights multiply samples by; None where there are none."""
        return None

    def _known_targets(self) -> Targets:
        targets = vars(self).get("_targets")
        if targets is None:
            raise NotFittedError("classes_ is not known: assign it together with coefs_")
        return targets

    def _task_loss(self, targets: Targets) -> TaskLoss:
        """The loss, as the task uses it."""
        return self._loss().for_task(targets.task)

    def _check_targets(self, targets: Targets, y: NDArray[Any], name: str = "y") -> None:
        """Raise ValueError if y does not fit what is known, or there is no loss for its values."""
        targets.check(y, name)
        self._task_loss(targets).check_targets(y, name)

    def _check_outputs(self, targets: Targets, n_outputs: int) -> None:
        """Raise ValueError if a network, whose weights may be assigned, has other outputs."""

    # ------------------------------------------------------------------ runs

    def _draw_seed(self) -> int:
        return int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))

    def _out_activation(self) -> Activation:
        """The activation of the last layer, before the one that belongs to the loss."""
        return Identity()

    def _layers(self, n_features: int, targets: Targets) -> tuple[tuple[int, ...], tuple[Any, ...]]:
        """Units of all layers, and activations of all but the first, as the parameters ask for."""
        hidden = self._hidden_units()
        n_outputs = targets.n_outputs * self._task_loss(targets).outputs_per_target
        return (
            (n_features, *hidden, n_outputs),
            (*self._activations(len(hidden)), self._out_activation()),
        )

    def _start(
        self,
        n_features: int,
        targets: Targets,
        dtype: DTypeLike,
        samples: Samples | None,
        scaling: Scaling | None,
        seed: int,
        number: int,
    ) -> Run:
        """A run with initial weights, for training on these samples, in the units of scaling."""
        units, activations = self._layers(n_features, targets)
        initializers = [activation.initializer for activation in activations]
        if isinstance(self.init, str) and self.init in INITIALIZERS:
            initializers = [self.init] * len(activations)
        network = Network.random(
            units,
            activations,
            self._task_loss(targets).output,
            initializers,
            dtype,
            partial(generator, seed, INITIAL_WEIGHTS),
        )
        if not isinstance(self.init, str):
            take_given(network, self.init)
        elif samples is not None:
            if self.init == "data":
                scale_by_data(network, samples, generator(seed, INITIAL_BATCH))
            if self.init == "data" or not network.is_linear_at_last:  # then y is not centred
                loss = self._task_loss(targets)
                loss = loss if scaling is None else scaling.loss(loss)
                predict_a_constant(network, samples, loss)
        return Run(network, seed, number, scaling)

    def _fresh_runs(
        self,
        part: Part,
        targets: Targets,
        samples: Samples | None,
        scaling: Scaling | None,
        seed: int,
        n_runs: int,
    ) -> Iterator[Run]:
        """So many runs, each with weights drawn when it is asked for."""
        shape = part.X.shape[1], targets, part.X.dtype
        start = partial(self._start, *shape, samples, scaling)
        return with_others(start(seed, 0), n_runs - 1, start)

    def _find_scaling(self, samples: Samples, loss: TaskLoss) -> Scaling | None:
        """The units that a network is to be trained in; None for those of the samples."""
        if not self._scales(self._optimizer()):
            return None
        return Scaling.of(samples, loss, isinstance(self._out_activation(), Identity))

    def _runs_to_go_on(self, n_features: int, targets: Targets) -> list[Run]:
        """The runs at hand, if their networks are those that the parameters describe."""
        members, network = self._model.members, self._model.layers
        self._check_outputs(targets, network.n_outputs)
        if len(members) != self.n_models:
            raise ValueError(
                f"n_models={self.n_models!r}, but the number of fitted networks is {len(members)}; "
                "set warm_start=False and fit anew"
            )
        units, activations = self._layers(n_features, targets)
        if network.units != units or network.activations[:-1] != activations[:-1]:
            raise ValueError(
                f"the fitted network has layers {network.units} with activations "
                f"{_listed(network.activations)}, but hidden_layer_sizes, activation, X and "
                f"y now ask for {units} with {_listed(activations)}; set warm_start=False and fit "
                "anew"
            )
        if network.activations[-1] != activations[-1]:
            raise ValueError(
                f"out_activation asks for {activations[-1]} outputs, but the fitted network has "
                f"{network.activations[-1]} outputs; set warm_start=False and fit anew"
            )
        output = self._task_loss(targets).output
        if output != network.output:
            raise ValueError(
                f"loss={self.loss!r} needs {output.core_name} outputs, but the fitted network "
                f"has {network.output.core_name} outputs; set warm_start=False and fit anew"
            )
        return [
            member
            if isinstance(member, Run)
            else Run(member.network.copy(), self._draw_seed(), assigned=True)
            for member in members
        ]

    # ------------------------------------------------------------------ fitting

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Train the network.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training samples. float32 is trained in float32, all else in float64. Sparse matrices
            of every format are trained as they are, at the cost of their stored entries.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights, not negative. Samples of weight zero are left out from the start.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Samples to score after each epoch. With ``early_stopping=True`` they take the place of
            the part that would be split off X.
        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            Their targets.
        sample_weight_val : array-like of shape (n_val,), default=None
            Their weights.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            If a parameter or the data is not valid; a model fitted before stays as it was.

        Warns
        -----
        ConvergenceWarning
            If max_iter ends the training, or if it had to stop because the loss or the gradient
            became infinite or grew without bound. The weights are finite in any case.

        Notes
        -----
        After a KeyboardInterrupt the estimator is fitted as far as it came.
        """
        self._check_optimizer()
        _check_held_out(X_val, y_val, sample_weight_val)
        going_on = self.warm_start and self.__sklearn_is_fitted__()
        dtype = self._model.dtype if going_on else FLOATS
        reader = self if going_on else self._blank()
        part = read_part(reader, X, y, sample_weight, dtype=dtype, reset=not going_on)
        targets = self._known_targets() if going_on else self._learn_targets(part.y)
        self._check_targets(targets, part.y)
        held_out = None
        if X_val is not None:
            held_out = read_part(
                reader,
                X_val,
                y_val,
                sample_weight_val,
                dtype=part.X.dtype,
                reset=False,
                suffix="_val",
            )
            self._check_targets(targets, held_out.y, "y_val")
        begun: list[Run] = []
        if going_on:
            begun = [run.copy() for run in self._runs_to_go_on(part.X.shape[1], targets)]
        seed = begun[0].split_seed if begun else self._draw_seed()
        factors = self._class_factors(part, targets)
        if self.early_stopping and held_out is None:
            part, held_out = self._split(part, targets, factors, seed)
        part = part.weighted(targets, factors)
        samples, loss = part.encode(targets), self._task_loss(targets)
        scaling = begun[0].scaling if begun else self._find_scaling(samples, loss)
        density = samples.density
        if scaling is not None:
            samples = scaling.of_samples(samples)
        n_runs = self.n_models + (0 if going_on else self.n_restarts)
        later: Iterator[Run] = iter(())
        if not begun:
            later = self._fresh_runs(part, targets, samples, scaling, seed, n_runs)
            begun = [next(later)]

        def settings_of(run: Run) -> Settings:
            steps = run.state.n_steps
            return self._settings(samples.n, loss, steps, density=density, scaling=scaling)

        for run in begun:
            state, settings = run.state, settings_of(run)
            schedule = settings.schedule
            check_rates(schedule, settings.horizon, state.n_steps, state.of_schedule(schedule))
        validation = self._validation(held_out, targets, factors, settings, scaling)
        if isinstance(validation, ScorerValidation) and not callable(self.scoring):
            validation.try_on(begun[0])

        def train(run: Run) -> None:
            settings = settings_of(run)
            try:
                found = self._find_rate(run, samples, settings)
                run.train(samples, found, self._stopping(), validation, self._report)
            finally:
                run.state.keeps_optimizer = bool(self.warm_start)

        done: list[Run] = []
        features = vars(reader)
        try:
            self._train_all(chain(begun, later), n_runs, train, done)
        except KeyboardInterrupt:
            at_hand = begun if going_on else done or begun
            self._adopt(best_of(at_hand, self.n_models, self.early_stopping), targets, features)
            raise
        model = best_of(done, self.n_models, self.early_stopping)
        self._adopt(model, targets, features)
        endings = {run: run.ending for run in model.members}
        self._warn(endings, settings, samples, stacklevel=4)
        return self

    def _train_all(
        self, runs: Iterable[Run], n_runs: int, train: Callable[[Run], Any], done: list[Run]
    ) -> None:
        """Train so many runs in place, and append each to the list when it is done."""
        with single_threaded_blas():
            train_all(runs, train, self.n_jobs if n_runs > 1 else 1, done)

    def _partial_fit(self, X: Any, y: Any, sample_weight: Any, targets_of: Any) -> Self:
        """Go once through the samples, in place once all is checked.

        ``targets_of(y, known)`` matches y with the targets known, or learns them if that is None.
        """
        going_on = self.__sklearn_is_fitted__()
        dtype = self._model.dtype if going_on else FLOATS
        reader = self if going_on else self._blank()
        part = read_part(
            reader,
            X,
            y,
            sample_weight,
            dtype=dtype,
            reset=not going_on,
            known=going_on,
            all_zero=True,
        )
        targets = targets_of(part.y, self._known_targets() if going_on else None)
        self._check_targets(targets, part.y)
        part = part.weighted(targets, self._class_factors(part, targets))
        runs = self._runs_to_go_on(part.X.shape[1], targets) if going_on else []
        loss, features = self._task_loss(targets), vars(reader)
        samples, scaling = None, runs[0].scaling if runs else None
        if len(part.counting()) > 0:
            samples = part.encode(targets)
            if not (runs and (runs[0].state.n_epochs or runs[0].assigned)):
                scaling = self._find_scaling(samples, loss)
            if scaling is not None:
                samples = scaling.of_samples(samples)
        if not runs:
            seed = self._draw_seed()
            fresh = self._fresh_runs(part, targets, samples, scaling, seed, self.n_models)
            runs = list(fresh)
        model = best_of(runs, self.n_models, self.early_stopping)  # all of them
        if samples is None:  # nothing to learn from
            self._adopt(model, targets, features)
            return self
        for run in runs:
            run.scaling = scaling
        settings = self._settings(samples.n, loss, stream=True, scaling=scaling)
        endings: dict[Run, Ending | None] = {}

        def train(run: Run) -> None:
            endings[run] = run.train(samples, settings, Stopping())
            run.state.keeps_optimizer = True

        try:
            self._train_all(runs, len(runs), train, [])
        except KeyboardInterrupt:
            self._adopt(model, targets, features)
            raise
        self._adopt(model, targets, features)
        self._warn(endings, settings, samples, stacklevel=4)
        return self

    def _split(
        self,
        part: Part,
        targets: Targets,
        factors: list[NDArray[Any]] | None,
        seed: int,
    ) -> tuple[Part, Part]:
        """Hold out a part of the samples that count; stratified by class where that can be done."""
        kept = part.weighted(targets, factors).counting()
        strata = targets.strata(part.y[kept])
        n_held_out = int(np.ceil(self.validation_fraction * len(kept)))
        if strata is not None:
            counts = np.unique(strata, return_counts=True)[1]
            if counts.min() < 2 or min(n_held_out, len(kept) - n_held_out) < len(counts):
                warnings.warn(
                    f"early_stopping=True: {len(kept)} samples of {len(counts)} classes, the "
                    f"rarest with {counts.min()}, cannot be split by class with "
                    f"validation_fraction={self.validation_fraction!r}; the split ignores classes",
                    stacklevel=4,
                )
                strata = None
        try:
            train, held_out = train_test_split(
                kept,
                test_size=self.validation_fraction,
                stratify=strata,
                random_state=int(generator(seed, SPLIT).integers(2**31)),
            )
        except ValueError as error:
            raise ValueError(
                f"early_stopping=True with validation_fraction={self.validation_fraction!r}: "
                f"{error}"
            ) from error
        return part.take(train), part.take(held_out)

    def _validation(
        self,
        part: Part | None,
        targets: Targets,
        factors: list[NDArray[Any]] | None,
        settings: Settings,
        scaling: Scaling | None,
    ) -> Validation | None:
        """How the held-out samples are scored; None without any."""
        if part is None:
            return None
        if self.scoring == "loss":
            samples = part.weighted(targets, factors).encode(targets)
            if scaling is not None:
                samples = scaling.of_samples(samples)
            return LossValidation(samples, settings.loss, settings.loss_unit)

        def estimator_of(model: Model) -> BaseBP:
            probe = self._blank()
            probe._adopt(model, targets, {"n_features_in_": part.X.shape[1]})
            return probe

        return ScorerValidation(
            self.scoring,
            check_scoring(self, self.scoring),
            part,
            estimator_of,
            "choose another scoring, validation_fraction "
            f"(now {self.validation_fraction}) or X_val",
        )

    def _find_rate(self, run: Run, samples: Samples, settings: Settings) -> Settings:
        """The settings with the learning rate that trials find, if they are asked for."""
        if not self._finds_rate:
            run.state.rate_search = None
            return settings
        settings = with_found_rate(run, samples, settings)
        search = run.state.rate_search
        if self.verbose and search is not None:
            print(f"Learning rate {search.rate:.3g}, the best of {len(search.trials)}")
        return settings

    def _stopping(self) -> Stopping:
        return Stopping(self.tol, self.n_iter_no_change, self.early_stopping)

    def _report(self, run: Run) -> None:
        """Print a line about the last epoch, if asked to."""
        if self.verbose:
            score = run.history.get("validation_score", [np.nan])[-1]
            text = f"Epoch {run.state.n_epochs}: loss {run.loss:.6g}"
            print(text if np.isnan(score) else f"{text}, validation score {score:.6g}")

    def _warn(
        self,
        endings: Mapping[Run, Ending | None],
        settings: Settings,
        samples: Samples,
        stacklevel: int,
    ) -> None:
        """Warn of what the user of runs, which have ended so, should know."""
        if any(run.state.lost_optimizer for run in endings):
            for run in endings:
                run.state.lost_optimizer = False
            warnings.warn(
                "the optimizer's state was not in the pickle of this model and starts afresh, so "
                "that the loss may rise at first; set warm_start=True before pickling to keep it",
                stacklevel=stacklevel,
            )
        texts = (
            self._text_of_warning(run, settings, samples, ending) for run, ending in endings.items()
        )
        for text in dict.fromkeys(filter(None, texts)):
            warnings.warn(text, ConvergenceWarning, stacklevel=stacklevel)

    def _text_of_warning(
        self, run: Run, settings: Settings, samples: Samples, ending: Ending | None
    ) -> str:
        """What to warn of after a run that has ended so; empty if nothing."""
        if ending in FAILURES.values():
            return self._advice(run, settings)
        if ending is Ending.NO_PROGRESS:
            return run.detail
        if self.tol is None or settings.stream:
            return ""
        texts = []
        if ending is Ending.MAX_ITER and not settings.schedule.needs_whole:
            texts.append(
                f"{type(self).__name__} stopped at max_iter={settings.max_iter} epochs without "
                f"having converged: there were not n_iter_no_change={self.n_iter_no_change} epochs "
                f"in a row without an improvement by tol={self.tol:g}. Raise max_iter or "
                "learning_rate, or set tol=None to train exactly max_iter epochs."
            )
        if _is_no_better_than_a_constant(run, samples, settings):
            sizes = sizes_of_columns(samples)
            smallest, largest = sizes.min(initial=np.inf), sizes.max(initial=0.0)
            texts.append(
                f"{type(self).__name__} predicts its training samples no better than a constant "
                f"does: the loss is {run.loss:.3g}. The columns of X are of sizes from "
                f"{smallest:.1g} to {largest:.1g} (root mean squares). Scale X, by scaling=True or "
                "StandardScaler, or try another learning_rate or more hidden units."
            )
        return " ".join(texts)

    def _advice(self, run: Run, settings: Settings) -> str:
        """What to tell a user whose training had to stop."""
        smaller = ""
        if settings.optimizer.takes_rate:
            smaller = (
                f"a smaller learning_rate (now {run.learning_rate:g}, {settings.optimizer!r}), or "
            )
        return (
            f"{type(self).__name__} stopped early, {run.detail}. The last step was not made, "
            f"and the weights are finite. Try {smaller}to scale X and, in regression, y, for "
            "example with StandardScaler."
        )


def _is_no_better_than_a_constant(run: Run, samples: Samples, settings: Settings) -> bool:
    """Whether a run predicts its training samples no better than the best constant does."""
    constant = settings.loss.scale(samples.y, samples.weight, run.layers.n_outputs)
    if run.loss < _NO_BETTER * constant * settings.loss_unit:
        return False
    return run.mean_loss(samples, settings.loss) >= _NO_BETTER * constant


def can_partial_fit(estimator: BaseBP) -> bool:
    """Whether the estimator has `partial_fit`; raises AttributeError that says why not."""
    if needs_all_samples(estimator.optimizer):
        raise AttributeError(
            f"partial_fit does not support optimizer={estimator.optimizer!r}: it needs all samples "
            "at once"
        )
    if estimator.n_restarts:
        raise AttributeError(
            f"partial_fit does not support n_restarts={estimator.n_restarts!r}: it goes on "
            "from one set of weights"
        )
    return True


def _check_held_out(X_val: Any, y_val: Any, sample_weight_val: Any) -> None:
    """Raise ValueError if held-out samples are given in part."""
    if X_val is None and (y_val is not None or sample_weight_val is not None):
        raise ValueError("y_val and sample_weight_val need X_val")
    if X_val is not None and y_val is None:
        raise ValueError("X_val needs y_val")


def _listed(activations: tuple[Any, ...]) -> str:
    """The activations of the hidden layers, for an error."""
    return f"({', '.join(str(activation) for activation in activations[:-1])})"
