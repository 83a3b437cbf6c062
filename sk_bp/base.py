"""What BPClassifier and BPRegressor share: the scikit-learn contract around training."""

from abc import ABCMeta, abstractmethod
from collections.abc import Sequence
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils import check_random_state

from sk_bp.activations import Activation, Identity
from sk_bp.advice import counted
from sk_bp.data import Part, read_part
from sk_bp.endings import Ending
from sk_bp.fitting import Data, Job
from sk_bp.initial_weights import (
    predict_a_constant,
    predict_constant_targets,
    scale_by_data,
    take_given,
)
from sk_bp.initializers import INITIALIZERS
from sk_bp.linear import LinearCoefficients
from sk_bp.loaded import check_model, check_targets, check_unfinished
from sk_bp.losses import TaskLoss
from sk_bp.network import Network, checked_arrays
from sk_bp.parameters import Parameters, needs_all_samples
from sk_bp.restarts import Workers, best_of, runs_of
from sk_bp.run import Run, Stopping
from sk_bp.samples import Samples
from sk_bp.saved import check_nested
from sk_bp.scaling import Scaling
from sk_bp.state import INITIAL_BATCH, INITIAL_WEIGHTS, generator, random_start
from sk_bp.targets import Targets
from sk_bp.threads import single_threaded_blas
from sk_bp.user_warnings import warn_of_endings
from sk_bp.watching import CallbackSupportMixin, fit_method

FLOATS = (np.float64, np.float32)


class BaseBP(
    Parameters, LinearCoefficients, CallbackSupportMixin, BaseEstimator, metaclass=ABCMeta
):
    """What classifier and regressor share.

    A fit reads the data, makes a run or copies the one at hand, trains it, and only then adopts it:
    whatever is raised before, the estimator is as it was.
    """

    # ------------------------------------------------------------------ saving

    def __getstate__(self) -> dict[str, Any]:
        return {k: v for k, v in super().__getstate__().items() if k != "_valid_params"}

    def _check_saved(self) -> None:
        check_nested(self)
        self.__dict__.pop("_valid_params", None)  # of an altered file
        if "_model" in vars(self):
            check_model(self._model, vars(self).get("n_features_in_"))
            check_targets(self._targets, self._model.layers.n_outputs)
        if "_unfinished" in vars(self):
            check_unfinished(self._unfinished)
        for name, arrays in vars(self).get("_assigned", {}).items():
            checked_arrays(f"{name}_", arrays)

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
            partial(random_start, seed, INITIAL_WEIGHTS),
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

    def _predict_constant_targets(
        self, run: Run, targets: Targets, samples: Samples
    ) -> NDArray[np.bool_]:
        """Let targets without variation be predicted exactly; return which outputs these are."""
        if targets.task != "regression" or not isinstance(self.init, str):
            return np.zeros(run.layers.n_outputs, dtype=bool)
        loss = self._task_loss(targets)
        loss = loss if run.scaling is None else run.scaling.loss(loss)
        return predict_constant_targets(run.layers, samples, loss)

    def _find_scaling(self, samples: Samples, loss: TaskLoss) -> Scaling | None:
        """The units that a network is to be trained in; None for those of the samples."""
        if not self._scales(self._optimizer()):
            return None
        return Scaling.of(samples, loss, isinstance(self._out_activation(), Identity))

    def _runs_to_go_on(self, n_features: int, targets: Targets) -> list[Run]:
        """The runs at hand, if their networks are those that the parameters describe."""
        members = self._model.members
        if len(members) != self.n_models:
            raise ValueError(
                f"n_models={self.n_models!r}, but the number of fitted networks is {len(members)}; "
                f"{self._anew()}"
            )
        self._check_layers(n_features, targets)
        return [
            member
            if isinstance(member, Run)
            else Run(member.network.copy(), self._draw_seed(), assigned=True)
            for member in members
        ]

    def _check_layers(self, n_features: int, targets: Targets) -> None:
        """Raise ValueError if the fitted networks are not those that the parameters describe."""
        network = self._model.layers
        self._check_outputs(targets, network.n_outputs)
        units, activations = self._layers(n_features, targets)
        if network.units != units or network.activations[:-1] != activations[:-1]:
            raise ValueError(
                f"the fitted network has layers {network.units} with activations "
                f"{_listed(network.activations)}, but hidden_layer_sizes, activation, X and "
                f"y now ask for {units} with {_listed(activations)}; {self._anew()}"
            )
        if network.activations[-1] != activations[-1]:
            raise ValueError(
                f"out_activation asks for {activations[-1]} outputs, but the fitted network has "
                f"{network.activations[-1]} outputs; {self._anew()}"
            )
        output = self._task_loss(targets).output
        if output != network.output:
            raise ValueError(
                f"loss={self.loss!r} needs {output.core_name} outputs, but the fitted network "
                f"has {network.output.core_name} outputs; {self._anew()}"
            )

    def _anew(self) -> str:
        """What to do where a fitted network is not the one that the parameters describe."""
        if self.warm_start:
            return "set warm_start=False and fit anew"
        return "call fit, which begins with a new network, or set the parameters back"

    # ------------------------------------------------------------------ fitting

    @fit_method
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
        After a KeyboardInterrupt, `max_time` or a callback that stops it, the estimator is fitted
        as far as it came, and `resume_fit` takes the fit to its end.
        """
        self._check_optimizer()
        held_out = (X_val, y_val, sample_weight_val)
        going_on = self.warm_start and self.__sklearn_is_fitted__()
        data = self._read(X, y, sample_weight, held_out, going_on)
        known: list[Run] = []
        numbers: Sequence[int] = range(self.n_models + self.n_restarts)
        if going_on:
            known = [run.copy() for run in self._runs_to_go_on(data.part.X.shape[1], data.targets)]
            numbers = [run.number for run in known]
        for run in known:
            run.begin()
        return self._carry_out(data, numbers, known)

    @fit_method
    def resume_fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Take a fit to its end that was interrupted.

        It may have been ended by Ctrl-C, by `max_time` or by a callback, or with the process, if
        this estimator was loaded from what `sk_bp.callbacks.Checkpoint` has written. Between two
        epochs nothing is lost: the model is the one that an uninterrupted fit would give (on sparse
        X up to rounding, if there was no callback in it). An epoch that was interrupted counts as
        one, and SciPy's minimizers begin anew from the weights that they had come to.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            The same samples as those of the fit; they are not kept.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The same targets.
        sample_weight : array-like of shape (n_samples,), default=None
            The same weights.
        X_val, y_val, sample_weight_val : array-like, default=None
            The same held-out samples.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If there is nothing to go on with, because no fit was interrupted, or the data is not of
            the same size. To train a model further that has come to its end, use `warm_start`.
        """
        unfinished = vars(self).get("_unfinished")
        if unfinished is None:
            raise ValueError(
                "there is no interrupted fit to go on with: the last one has come to its end, or "
                "there was none; to train further, set warm_start=True and call fit"
            )
        self._check_optimizer()
        held_out = (X_val, y_val, sample_weight_val)
        data = self._read(X, y, sample_weight, held_out, going_on=True)
        self._check_layers(data.part.X.shape[1], data.targets)
        n_runs, asked = len(unfinished.numbers), (self.n_models, self.n_models + self.n_restarts)
        if n_runs not in asked:
            raise ValueError(
                f"the fit that is to be resumed trains {counted(n_runs, 'network')}, but "
                f"n_models={self.n_models!r} and n_restarts={self.n_restarts!r}"
            )
        known = [run.copy() for run in unfinished.runs]
        return self._carry_out(data, unfinished.numbers, known, unfinished.n_samples)

    def _read(
        self, X: Any, y: Any, sample_weight: Any, held_out: tuple[Any, Any, Any], going_on: bool
    ) -> Data:
        """The data of a fit, checked."""
        X_val, y_val, sample_weight_val = held_out
        _check_held_out(X_val, y_val, sample_weight_val)
        dtype = self._model.dtype if going_on else FLOATS
        reader = self if going_on else self._blank()
        part = read_part(reader, X, y, sample_weight, dtype=dtype, reset=not going_on)
        targets = self._known_targets() if going_on else self._learn_targets(part.y)
        self._check_targets(targets, part.y)
        validation = None
        if X_val is not None:
            validation = read_part(
                reader,
                X_val,
                y_val,
                sample_weight_val,
                dtype=part.X.dtype,
                reset=False,
                suffix="_val",
            )
            self._check_targets(targets, validation.y, "y_val")
        arguments = {"X": X, "y": y, "sample_weight": sample_weight}
        return Data(part, validation, targets, dict(vars(reader)), arguments)

    def _carry_out(
        self,
        data: Data,
        numbers: Sequence[int],
        known: list[Run],
        n_samples: int | None = None,
    ) -> Self:
        """Train the runs of these numbers, of which some are known, and adopt the best of them."""
        seed = known[0].split_seed if known else self._draw_seed()
        job = Job(self, data, numbers, known, seed)
        if n_samples not in (None, job.samples.n):
            raise ValueError(
                f"the fit that is to be resumed had {n_samples} training samples, but X and y now "
                f"give {job.samples.n}"
            )
        job.carry_out()
        endings = {run: run.ending for run in self._model.members}
        warn_of_endings(self, endings, job.settings_of(self._model.members[0]), job.samples)
        return self

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
            shape = part.X.shape[1], targets, part.X.dtype
            start = partial(self._start, *shape, samples, scaling)
            runs = list(runs_of(self._draw_seed(), range(self.n_models), start, {}))
        model = best_of(runs, self.n_models, self.early_stopping)  # all of them
        if samples is None:  # nothing to learn from
            self._adopt(model, targets, features)
            return self
        for run in runs:
            run.scaling = scaling
        settings = self._settings(samples.n, loss, stream=True, scaling=scaling)
        endings: dict[Run, Ending | None] = {}

        def train(run: Run) -> None:
            run.begin()
            endings[run] = run.train(samples, settings, Stopping())
            run.state.keeps_optimizer = True

        workers = Workers(train, self.n_jobs if len(runs) > 1 else 1, settings.cancel)
        try:
            with single_threaded_blas():
                workers.train_all(iter(runs))
        except KeyboardInterrupt:
            self._adopt(model, targets, features)
            raise
        self._adopt(model, targets, features)
        warn_of_endings(self, endings, settings, samples)
        return self


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
