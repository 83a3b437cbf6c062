"""A fit in rounds, whatever engine lets processes train."""

import time
import uuid
import warnings
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import check_scoring

from sk_bp.activations import Identity
from sk_bp.data import Part, read_part
from sk_bp.endings import Ending
from sk_bp.epochs import Settings
from sk_bp.losses import TaskLoss
from sk_bp.model import Model
from sk_bp.parallel.parts import Look, Totals, joined_weights, rows_to_pick
from sk_bp.parallel.replica import Spec
from sk_bp.parallel.rounds import Engine, Plan, RoundTraining
from sk_bp.run import Run, Stopping
from sk_bp.scaling import Scaling
from sk_bp.state import Seen
from sk_bp.targets import Targets
from sk_bp.threads import single_threaded_blas
from sk_bp.training import Training
from sk_bp.user_warnings import user_level, warn_of_endings
from sk_bp.validation import LossValidation, ScorerValidation, Validation
from sk_bp.watching import Watch

Array = NDArray[Any]

_UNLIKE = 0.3  # a partition whose classes differ so much from those of all data


class PartsEngine(Engine):
    """An engine that holds the partitions of the data.

    Partitions are numbered from 0, empty ones included.
    """

    @abstractmethod
    def looks(self, estimator: Any) -> list[Look]:
        """What `look` says of each partition."""

    @abstractmethod
    def units(
        self,
        estimator: Any,
        targets: Targets,
        factors: list[Array] | None,
        rows: Mapping[int, NDArray[np.integer]],
        loss: TaskLoss,
        scales_y: bool,
    ) -> Scaling | None:
        """What `units` finds from these rows, by partition, of those that count."""

    @abstractmethod
    def start(self, spec: Spec, factors: list[Array] | None, numbers: Sequence[int]) -> None:
        """Prepare the partitions of these numbers, which are the ones to train on."""

    @abstractmethod
    def close(self) -> None:
        """Let processes drop what they keep for this fit."""

    @property
    @abstractmethod
    def n_processes(self) -> int:
        """How many processes there are now."""


@dataclass
class Request:
    """What a call of `fit` or `partial_fit` was given, besides the partitions.

    Attributes
    ----------
    held_out : (X_val, y_val, sample_weight_val)
        In memory.
    arguments : dict
        X, y and sample_weight as they were given.
    partitions_per_round : int or None
    stream : bool
        Whether it is `partial_fit`.
    classes : array-like or None
        Of `partial_fit`.
    """

    held_out: tuple[Any, Any, Any]
    arguments: dict[str, Any]
    partitions_per_round: int | None = None
    stream: bool = False
    classes: Any = None


def check_supported(estimator: Any, has_X_val: bool) -> None:
    """Raise ValueError for parameters that need all samples in one process.

    Parameters
    ----------
    estimator : BPClassifier or BPRegressor
    has_X_val : bool
        Whether held-out samples are given.
    """
    optimizer = estimator._optimizer()
    wrong = {
        "optimizer": optimizer.full_batch,
        "n_restarts": estimator.n_restarts > 0,
        "n_models": estimator.n_models > 1,
        "learning_rate": estimator._finds_rate,
        "init": estimator.init == "data" if isinstance(estimator.init, str) else False,
    }
    for name, is_wrong in wrong.items():
        if is_wrong:
            raise ValueError(
                f"{name}={getattr(estimator, name)!r} is not supported in training on partitions, "
                "because it needs all samples in one process; fit it to a part of them with "
                f"{_plain_name(estimator)}, or choose another {name}"
            )
    if optimizer.rule == "prodigy":
        raise ValueError(
            f"optimizer={estimator.optimizer!r} is not supported in training on partitions: its "
            "distance is one number for all weights, found step by step from all of their "
            "gradients, which partitions that train apart do not have; choose another optimizer, "
            "such as adam or rmsprop"
        )
    if estimator.early_stopping and not has_X_val:
        raise ValueError(
            "early_stopping=True needs X_val and y_val in training on partitions: no samples are "
            "split off there"
        )


def _plain_name(estimator: Any) -> str:
    return type(estimator).__name__.removeprefix("Dask")


class RoundsJob:
    """What a call of `fit` or `partial_fit` does with partitions.

    Parameters
    ----------
    estimator : BPClassifier or BPRegressor
    engine : PartsEngine
    request : Request
    """

    def __init__(self, estimator: Any, engine: PartsEngine, request: Request) -> None:
        self.estimator, self.engine, self.request = estimator, engine, request
        estimator._check_params()
        estimator._check_optimizer()
        check_supported(estimator, request.held_out[0] is not None)
        fitted = estimator.__sklearn_is_fitted__()
        self.going_on = fitted and (request.stream or estimator.warm_start)
        all_looks = engine.looks(estimator._blank())
        looks = {number: one for number, one in enumerate(all_looks) if one.n > 0}
        _check_looks(looks)
        self._read_targets(list(looks.values()))
        self.held_out = self._read_held_out(looks[min(looks)])
        self._start_run(looks)

    def _read_targets(self, looks: list[Look]) -> None:
        """The targets of all partitions, and the class weights."""
        estimator, request = self.estimator, self.request
        y = np.concatenate([one.y for one in looks])
        known = estimator._known_targets() if self.going_on else None
        if request.stream:
            self.targets = estimator._targets_of_stream(request.classes, y, known)
        else:
            self.targets = known or estimator._learn_targets(y)
        estimator._check_targets(self.targets, y)
        part = Part(None, y, joined_weights(looks))
        self.factors = estimator._class_factors(part, self.targets)
        self.totals = Totals(looks, self.targets, self.factors)
        self.features = dict(looks[0].features or {})
        _warn_of_sorted_partitions(self.targets, looks)

    def _read_held_out(self, first: Look) -> Part | None:
        X_val, y_val, weight = self.request.held_out
        if X_val is None:
            return None
        reader = self.estimator._blank()
        vars(reader).update(self.features)
        part = read_part(
            reader, X_val, y_val, weight, dtype=first.dtype, reset=False, suffix="_val"
        )
        self.estimator._check_targets(self.targets, part.y, "y_val")
        return part

    def _start_run(self, looks: dict[int, Look]) -> None:
        """The run to train, and what all processes must know of it."""
        estimator, totals = self.estimator, self.totals
        first = looks[min(looks)]
        sizes = {k: n for k, n in zip(looks, totals.sizes, strict=True) if n > 0}
        n_features = self.features["n_features_in_"]
        loss = estimator._task_loss(self.targets)
        if self.going_on:
            (run,) = estimator._runs_to_go_on(n_features, self.targets)
            run = run.copy()
            scaling = run.scaling
            if run.dtype != first.dtype:
                raise TypeError(f"X is {first.dtype}, but the fitted network is {run.dtype}")
        else:
            scaling = self._units(sizes, loss)
            run = None
        if scaling is not None:
            y = scaling.of_y(totals.y)
            totals.y, totals._loss_at_zero = y, None
        constant = np.zeros(0, dtype=np.intp)
        if run is None:
            seed = estimator._draw_seed()
            run = estimator._start(n_features, self.targets, first.dtype, totals, scaling, seed, 0)
            if not self.request.stream:
                mask = estimator._predict_constant_targets(run, self.targets, totals)
                constant = np.flatnonzero(mask)
        run.begin()
        self.run = run
        self.plan, self.settings = self._plan(sizes, loss, scaling)
        spec = Spec(
            fit_id=uuid.uuid4().hex,
            estimator=estimator._blank(),
            n_features=n_features,
            targets=self.targets,
            dtype=first.dtype,
            sparse=first.sparse,
            scaling=scaling,
            seed=run.state.seed,
            biases=run.layers.intercepts[-1].copy(),
            constant=constant,
            settings=replace(self.settings, cancel=None),  # type: ignore[arg-type]
            seen=self._seen(),
            n_partitions=len(sizes),
        )
        self.engine.start(spec, self.factors, list(sizes))
        training = RoundTraining(run._training.network, run.state, spec, self.engine, self.plan)
        training.version = 1 if self.going_on else 0
        run._training = training

    def _seen(self) -> Seen:
        before = self.run.state.seen if self.request.stream else Seen()
        return before.with_part(self.totals)

    def _units(self, sizes: dict[int, int], loss: TaskLoss) -> Scaling | None:
        """The units that the network is to be trained in."""
        estimator = self.estimator
        if not estimator._scales(estimator._optimizer()):
            return None
        rows = dict(zip(sizes, rows_to_pick(list(sizes.values())), strict=True))
        scales_y = isinstance(estimator._out_activation(), Identity)
        return self.engine.units(
            estimator._blank(), self.targets, self.factors, rows, loss, scales_y
        )

    def _plan(
        self, sizes: dict[int, int], loss: TaskLoss, scaling: Scaling | None
    ) -> tuple[Plan, Settings]:
        """Which partitions are trained together, and what steers the training."""
        estimator, run, stream = self.estimator, self.run, self.request.stream
        settings = estimator._settings(
            self.totals.n,
            loss,
            run.first_step,
            stream=stream,
            density=self.totals.density,
            scaling=scaling,
        )
        per_round = self.request.partitions_per_round or self.engine.n_processes
        per_round = max(1, min(per_round, len(sizes)))
        plan = Plan(
            tuple(sizes.values()),
            tuple(sizes),
            per_round,
            settings.batch_size,
            settings.shuffle,
            run.state.seed,
        )
        horizon = plan.horizon(
            run.first_epoch, None if stream else settings.max_iter, run.first_step
        )
        return plan, replace(settings, horizon=horizon)

    # ------------------------------------------------------------------ training

    def carry_out(self) -> None:
        """Train, and let the estimator adopt what came of it, also after an interruption."""
        estimator, run, settings = self.estimator, self.run, self.settings
        stream = self.request.stream
        stopping = Stopping() if stream else self._stopping()
        validation = None if self.held_out is None else self._validation_on(self.held_out)
        watch = Watch(
            estimator,
            dict(self.request.arguments),
            1,
            settings.max_iter,
            0 if stream else estimator.verbose,
            self._fitted_estimator,
        )
        run_watch = None if stream else watch.of_run(run)
        try:
            with single_threaded_blas():
                run.train(
                    self.totals,
                    settings,
                    stopping,
                    validation,
                    None if run_watch is None else run_watch.after_epoch,
                )
            if run_watch is not None:
                run_watch.close()
        finally:
            self._adopt()
        watch.close()
        warn_of_endings(estimator, {run: run.ending}, settings, self.totals)

    def _stopping(self) -> Stopping:
        estimator = self.estimator
        limit = estimator.max_time
        return Stopping(
            estimator.tol,
            estimator.n_iter_no_change,
            estimator.early_stopping,
            estimator.target_loss,
            None if limit is None else time.monotonic() + float(limit),
        )

    def _adopt(self) -> None:
        """Let the estimator take the run, as far as it came, with a training of its own."""
        run = self.run
        self.estimator.partitions_per_round_ = self.plan.per_round
        run.state.keeps_optimizer = self.request.stream or self.estimator.warm_start
        run._training.catch_up()
        if run.state.n_epochs > 0 or run.ending is not Ending.INTERRUPTED:
            network = run._training.network
            run._training = Training(network, run.state)
            self.estimator._adopt(run, self.targets, self.features)
        self.engine.close()

    def _fitted_estimator(self, run: Run) -> Any:
        """An estimator that is fitted as far as this copy of the run has come."""
        fitted = self.estimator._blank()
        fitted._adopt(run, self.targets, self.features)
        return fitted

    def _validation_on(self, part: Part) -> Validation:
        estimator, settings, scaling = self.estimator, self.settings, self.run.scaling
        if estimator.scoring == "loss":
            samples = part.weighted(self.targets, self.factors).encode(self.targets)
            if scaling is not None:
                samples = scaling.of_samples(samples)
            return LossValidation(samples, settings.loss, settings.loss_unit)

        def estimator_of(model: Model) -> Any:
            probe = estimator._blank()
            probe._adopt(model, self.targets, {"n_features_in_": part.X.shape[1]})
            return probe

        scorer = check_scoring(estimator, estimator.scoring)
        remedy = "choose another scoring or X_val"
        return ScorerValidation(estimator.scoring, scorer, part, estimator_of, remedy)


def _check_looks(looks: dict[int, Look]) -> None:
    """Raise what is wrong with a partition, or with one beside the others."""
    if not looks:
        raise ValueError("X has no samples: all of its partitions are empty")
    first_number = min(looks)
    for number, one in looks.items():
        if one.error is not None:
            raise type(one.error)(f"partition {number} of X and y: {one.error}")
        first = looks[first_number]
        assert one.features is not None
        assert first.features is not None
        traits = {
            "is of the type": (str(one.dtype), str(first.dtype)),
            "is": ("sparse" if one.sparse else "dense", "sparse" if first.sparse else "dense"),
            "has the number of features": (
                one.features["n_features_in_"],
                first.features["n_features_in_"],
            ),
            "has y with the number of dimensions": (one.y.ndim, first.y.ndim),
            "has the column names": (
                list(one.features.get("feature_names_in_", [])),
                list(first.features.get("feature_names_in_", [])),
            ),
        }
        for trait, (own, others) in traits.items():
            if own != others:
                raise ValueError(
                    f"partition {number} of X and y {trait} {own}, but partition {first_number} "
                    f"{trait} {others}; convert X before fitting"
                )


def _warn_of_sorted_partitions(targets: Targets, looks: Sequence[Look]) -> None:
    """Warn where partitions hold other classes, or other values of y, than all data."""
    y = np.concatenate([one.y for one in looks])
    columns = targets.columns(y)
    if len(looks) < 2 or len(columns) > 1:
        return
    ends = np.cumsum([one.n for one in looks])[:-1]
    if columns:
        classes, codes = columns[0]
        parts = np.split(codes, ends)
        shares = np.bincount(codes, minlength=len(classes)) / len(codes)
        differences = [
            0.5 * np.abs(np.bincount(part, minlength=len(classes)) / len(part) - shares).sum()
            - 0.5 * np.sqrt(len(classes) / len(part))  # what chance makes of it
            for part in parts
        ]
        unlike = np.average(differences, weights=[len(part) for part in parts]) > _UNLIKE
    else:
        values = y.reshape(len(y), -1)[:, 0].astype(np.float64)
        parts = np.split(values, ends)
        within = sum(part.var() * len(part) for part in parts) / len(y)
        total = values.var() if np.ptp(values) > 0 else 0.0  # the mean of equal values is rounded
        unlike = len(y) > 20 * len(parts) and within < (1 - _UNLIKE) * total
    if unlike:
        warnings.warn(
            "the partitions of y differ much from each other, as if the samples were sorted by y: "
            "training on several partitions at a time is then slow and poor. Shuffle the samples "
            "first, or set partitions_per_round=1.",
            stacklevel=user_level(),
        )
