"""The estimators' parameters: what they may be, and what they stand for."""

import math
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
from sklearn.metrics import get_scorer_names
from sklearn.utils._param_validation import Interval, StrOptions

from sk_bp.activations import ACTIVATIONS, Activation
from sk_bp.advice import counted, did_you_mean, of_elsewhere, owners_of
from sk_bp.averages import AVERAGES, Average
from sk_bp.decay import Decay
from sk_bp.defaults import (
    DECAY_OF_STREAM,
    L2_PENALTY,
    SPARSE,
    batch_size_for,
    max_iter_for,
    weight_decay_for,
)
from sk_bp.epochs import Settings
from sk_bp.initializers import INITIALIZERS
from sk_bp.losses import LOSSES, Loss, SquaredError, TaskLoss, losses_for
from sk_bp.optimizers import OPTIMIZERS, Optimizer
from sk_bp.plain_numbers import PlainNumbers
from sk_bp.scaling import Scaling
from sk_bp.schedules import (
    SCHEDULES,
    ConstantRate,
    Cooldown,
    CosineDecay,
    Horizon,
    Schedule,
    as_schedule,
    rates_of,
)
from sk_bp.values import named

# Parameters that may be instances with parameters of their own, and an example of each.
_INSTANCES = {
    "activation": "ReLU()",
    "average": "EMA()",
    "learning_rate": "ExponentialDecay()",
    "loss": "SquaredError()",
    "optimizer": "RMSProp()",
    "out_activation": "ELU()",
}


# Where the parameters of instances are looked for.
_REGISTRIES: dict[str, dict[str, Any]] = {
    "activation": ACTIVATIONS,
    "average": AVERAGES,
    "learning_rate": SCHEDULES,
    "loss": LOSSES,
    "optimizer": OPTIMIZERS,
    "out_activation": ACTIVATIONS,
}

_BATCH_OF_STREAM = 200  # samples in a batch of partial_fit


class NamedParameters(PlainNumbers):
    """The part of an estimator that sets its parameters, and says what was meant."""

    def set_params(self, **params: Any) -> Self:
        """Set parameters, also those of an optimizer or schedule instance.

        Parameters
        ----------
        **params : dict
            Names and values, such as ``max_iter=10`` or ``optimizer__rho=0.95``.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If a name is not a parameter, or a nested one is set while the optimizer (learning
            rate) is not an instance that has it.
        """
        for key in params:
            owner, _, inner = key.partition("__")
            if not inner:
                self._check_name(key)
            elif owner in _INSTANCES:
                _check_nested_name(key, params.get(owner, getattr(self, owner, None)))
        return super().set_params(**params)

    def _check_name(self, name: str) -> None:
        """Raise ValueError if there is no such parameter."""
        known = self._get_param_names()
        if name not in known:
            advice = did_you_mean(name, known) or of_elsewhere(name)
            raise ValueError(
                f"Invalid parameter {name!r} for estimator {self}.{advice} Valid parameters are: "
                f"{known!r}."
            )


class Parameters(NamedParameters):
    """The part of an estimator that reads its parameters."""

    hidden_layer_sizes: Any
    activation: Any
    loss: Any
    optimizer: Any
    learning_rate: Any
    batch_size: Any
    max_iter: Any
    alpha: Any
    weight_decay: Any
    l1: float
    dropout: Any
    input_dropout: float
    max_grad_norm: float | None
    init: Any
    scaling: Any
    shuffle: bool
    tol: float | None
    n_iter_no_change: int
    target_loss: float | None
    max_time: float | None
    early_stopping: bool
    validation_fraction: float
    scoring: Any
    warm_start: bool
    random_state: Any
    verbose: int
    n_restarts: int
    n_models: int
    n_jobs: int | None
    record_gradient_norms: bool
    average: Any

    _tasks: tuple[str, ...]
    _parameter_constraints: dict[str, list[Any]] = {
        "hidden_layer_sizes": ["array-like", str, Interval(Integral, 1, None, closed="left")],
        "activation": [StrOptions(set(ACTIVATIONS)), Activation, "array-like"],
        "optimizer": [StrOptions(set(OPTIMIZERS)), Optimizer],
        "learning_rate": [
            None,
            StrOptions({"auto"}),
            Interval(Real, 0, None, closed="neither"),
            Schedule,
            callable,
        ],
        "batch_size": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "max_iter": [StrOptions({"auto"}), Interval(Integral, 1, None, closed="left")],
        "alpha": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
        "weight_decay": [StrOptions({"auto"}), Interval(Real, 0, None, closed="left")],
        "l1": [Interval(Real, 0, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left"), "array-like"],
        "input_dropout": [Interval(Real, 0, 1, closed="left")],
        "max_grad_norm": [None, Interval(Real, 0, None, closed="neither")],
        "init": [StrOptions({"auto", "data"} | set(INITIALIZERS)), tuple, list],
        "scaling": [StrOptions({"auto"}), "boolean"],
        "shuffle": ["boolean"],
        "tol": [None, Interval(Real, 0, None, closed="left")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "target_loss": [None, Interval(Real, None, None, closed="neither")],
        "max_time": [None, Interval(Real, 0, None, closed="neither")],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "scoring": [None, StrOptions({"loss", *get_scorer_names()}), callable],
        "warm_start": ["boolean"],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
        "n_restarts": [Interval(Integral, 0, None, closed="left")],
        "n_models": [Interval(Integral, 1, None, closed="left")],
        "n_jobs": [None, Integral],
        "record_gradient_norms": ["boolean"],
        "average": [None, StrOptions(set(AVERAGES)), Average],
    }

    def _check_params(self) -> None:
        """Validate the parameters, unless none has changed since they were last found valid."""
        values = [getattr(self, name) for name in self._parameter_constraints]
        known = vars(self).get("_valid_params")
        if known is None or any(a is not b for a, b in zip(values, known, strict=True)):
            self._validate_params()
            self._valid_params = values

    def _optimizer(self) -> Any:
        optimizer = self.optimizer
        if isinstance(optimizer, str):
            return OPTIMIZERS[optimizer]()
        optimizer.check()
        return optimizer.plain()

    def _loss(self) -> Loss:
        """The loss that the parameter stands for."""
        return named(self.loss, losses_for(*self._tasks), "loss")

    def _average(self) -> Average | None:
        """How the weights are averaged; None if they are not."""
        return None if self.average is None else named(self.average, AVERAGES, "average")

    def _loss_if_valid(self) -> Loss | None:
        """The same, or None where `fit` would refuse the parameter."""
        try:
            return self._loss()
        except (ValueError, TypeError):
            return None

    def _check_optimizer(self) -> None:
        """Refuse parameters that the optimizer has no use for, and a loss it does not serve."""
        optimizer, name = self._optimizer(), type(self).__name__
        if optimizer.squared_error_only and not isinstance(self._loss(), SquaredError):
            raise ValueError(
                f"optimizer={self.optimizer!r} serves the squared error of BPRegressor only, and "
                f"{name} has loss={self.loss!r}; use another optimizer, such as 'lbfgs'"
            )
        if optimizer.full_batch and self.batch_size != "auto":
            raise ValueError(
                f"optimizer={self.optimizer!r} takes all samples at once; leave "
                f"batch_size='auto', got {self.batch_size!r}"
            )
        if not optimizer.takes_rate and self.learning_rate is not None:
            raise ValueError(
                f"optimizer={self.optimizer!r} chooses its steps itself; leave "
                f"learning_rate=None, got {self.learning_rate!r}"
            )
        if not optimizer.takes_rate and self._average() is not None:
            raise ValueError(
                f"optimizer={self.optimizer!r} chooses its steps itself, so that its last weights "
                f"are its best; leave average=None, got {self.average!r}"
            )
        is_number = self.learning_rate is None or isinstance(self.learning_rate, Real)
        if not (optimizer.takes_schedule or is_number):
            raise ValueError(
                f"optimizer={self.optimizer!r} adapts its steps from the first one on, so "
                f"learning_rate must be a number or None, got {self.learning_rate!r}"
            )
        if self.scaling is True and not isinstance(self.init, str):
            raise ValueError(
                "scaling=True cannot go with given weights: init=(coefs, intercepts) are for X "
                "as it is; leave scaling='auto'"
            )
        self._check_regularization(optimizer)
        self._schedule(optimizer)

    @property
    def _finds_rate(self) -> bool:
        """Whether the learning rate is to be found by trials."""
        return isinstance(self.learning_rate, str)

    def _check_regularization(self, optimizer: Any) -> None:
        """Refuse what the optimizer's steps cannot do."""
        self._dropout()
        wanted = {
            "l1": self.l1 > 0,
            "dropout": np.any(self.dropout),
            "input_dropout": self.input_dropout > 0,
            "max_grad_norm": self.max_grad_norm is not None,
        }
        for name, is_set in wanted.items():
            if is_set and optimizer.full_batch:
                raise ValueError(
                    f"{name}={getattr(self, name)!r} needs an optimizer that makes a step for each "
                    f"batch, such as 'rmsprop'; optimizer={self.optimizer!r} takes all samples at "
                    "once"
                )
        if self.weight_decay not in ("auto", 0) and not optimizer.takes_rate:
            raise ValueError(
                f"weight_decay={self.weight_decay!r} is multiplied by a learning rate, which "
                f"optimizer={self.optimizer!r} does not have; set alpha, the L2 penalty"
            )
        if wanted["l1"] and optimizer.drifts():
            raise ValueError(
                f"l1={self.l1!r} needs an optimizer that leaves a weight alone while its gradient "
                "is zero: 'rmsprop', 'adagrad', 'adadelta', or 'sgd', without momentum; got "
                f"optimizer={self.optimizer!r}"
            )

    def _scales(self, optimizer: Any) -> bool:
        """Whether the network is trained in units of its own."""
        if self.scaling == "auto":
            return isinstance(self.init, str) and not optimizer.follows_objective
        return bool(self.scaling)

    def _dropout(self) -> tuple[float, ...] | None:
        """The probability that an input of each layer is left out; None if nothing is."""
        n_hidden = len(self._hidden_units())
        given = self.dropout
        rates = [given] * n_hidden if isinstance(given, Real) else _listed(given, "dropout")
        if not all(isinstance(rate, Real) and 0 <= float(rate) < 1 for rate in rates):
            raise ValueError(f"dropout must be in [0, 1), or a sequence of such, got {given!r}")
        if len(rates) != n_hidden:
            raise ValueError(
                f"dropout={given!r} has {counted(len(rates), 'element')}, but the network has "
                f"{counted(n_hidden, 'hidden layer')}"
            )
        rates = [self.input_dropout, *rates]
        return tuple(float(rate) for rate in rates) if any(rates) else None

    def _schedule(self, optimizer: Any, stream: bool = False, density: float = 1.0) -> Schedule:
        if not optimizer.takes_rate:
            return ConstantRate()
        rate = self.learning_rate
        if self._finds_rate:  # before a search, and where it has found nothing
            return Cooldown(optimizer.default_learning_rate)
        if rate is None:
            return self._default_schedule(optimizer, stream, density)
        schedule = as_schedule(rate)
        schedule.check()
        return schedule.plain()

    def _default_schedule(self, optimizer: Any, stream: bool, density: float) -> Schedule:
        """A cosine over the whole fit; a constant rate where the whole is not known."""
        if stream or self.warm_start or not optimizer.takes_schedule:
            return ConstantRate(optimizer.default_learning_rate)
        peak = optimizer.peak_learning_rate
        if density < SPARSE:
            peak = optimizer.sparse_peak_learning_rate or peak
        return CosineDecay(peak)

    def _hidden_units(self) -> tuple[int, ...]:
        sizes = self.hidden_layer_sizes
        if isinstance(sizes, str):
            sizes = [int(size) if size.isdecimal() else "?" for size in sizes.split("-")]
        try:
            sizes = np.atleast_1d(sizes)
        except ValueError:  # sequences of different lengths
            sizes = np.array(["?"])
        whole = sizes.size == 0 or sizes.dtype.kind in "iu"
        if sizes.ndim != 1 or not whole or (sizes < 1).any():
            raise ValueError(
                "hidden_layer_sizes must be whole numbers > 0, or text such as '64-32', got "
                f"{self.hidden_layer_sizes!r}"
            )
        return tuple(int(size) for size in sizes)

    def _activations(self, n_hidden: int) -> tuple[Activation, ...]:
        """The activation of each hidden layer."""
        parameter = f"activation={self.activation!r}"
        if isinstance(self.activation, (str, Activation)):
            return (named(self.activation, ACTIVATIONS, parameter),) * n_hidden
        given = tuple(_listed(self.activation, "activation"))
        if len(given) != n_hidden:
            raise ValueError(
                f"{parameter} has {counted(len(given), 'element')}, but the network has "
                f"{counted(n_hidden, 'hidden layer')}"
            )
        return tuple(named(one, ACTIVATIONS, parameter) for one in given)

    def _settings(
        self,
        n_samples: int,
        loss: TaskLoss,
        steps_before: int = 0,
        stream: bool = False,
        density: float = 1.0,
        scaling: Scaling | None = None,
    ) -> Settings:
        """What steers training on so many samples, after so many steps.

        density is the share of their values that are not zero. The loss is that of the given
        targets; with scaling, training uses that of scaled ones.
        """
        optimizer = self._optimizer()
        schedule = self._schedule(optimizer, stream, density)
        if stream and self._finds_rate:
            raise ValueError(
                f"learning_rate={self.learning_rate!r} needs all samples, which partial_fit does "
                "not see; fit an estimator to some of them, and pass its auto_learning_rate_ as "
                "learning_rate"
            )
        if stream and schedule.needs_whole:
            raise ValueError(
                f"learning_rate={self.learning_rate!r} depends on the number of steps of the whole "
                "fit, which partial_fit does not know; give its length as n_steps"
            )
        batch_size = self.batch_size
        if optimizer.full_batch:
            batch_size = n_samples
        elif batch_size == "auto":
            batch_size = _BATCH_OF_STREAM if stream else batch_size_for(n_samples)
        batch_size = int(min(batch_size, n_samples))
        max_iter = self.max_iter
        if max_iter == "auto":
            max_iter = max_iter_for(-(-n_samples // batch_size), density)
        max_iter = int(max_iter)
        horizon = Horizon.of(n_samples, batch_size, None if stream else max_iter, steps_before)
        return Settings(
            optimizer=optimizer,
            schedule=schedule,
            loss=loss if scaling is None else scaling.loss(loss),
            loss_unit=1.0 if scaling is None else scaling.loss_unit(loss),
            decay=self._decay(optimizer, schedule, horizon, n_samples, density, stream),
            batch_size=batch_size,
            max_iter=1 if stream else max_iter,
            shuffle=self.shuffle,
            l1=float(self.l1),
            dropout=self._dropout(),
            max_grad_norm=math.inf if self.max_grad_norm is None else float(self.max_grad_norm),
            measure_gradient=self.record_gradient_norms,
            average=self._average(),
            stream=stream,
            horizon=horizon,
        )

    def _decay(
        self,
        optimizer: Any,
        schedule: Schedule,
        horizon: Horizon,
        n_samples: int,
        density: float,
        stream: bool,
    ) -> Decay:
        """The penalty and the decay; where one of them is given, "auto" means none of the other."""
        if (self.alpha, self.weight_decay) != ("auto", "auto"):
            given = {"alpha": self.alpha, "weight_decay": self.weight_decay}
            return Decay(**{name: float(v) for name, v in given.items() if v != "auto"})
        if optimizer.follows_objective:
            return Decay(alpha=L2_PENALTY, most=0.5)
        if stream:
            return Decay(weight_decay=DECAY_OF_STREAM, most=0.5)
        rate = optimizer.decay_rate or max(
            optimizer.peak_learning_rate, _largest_rate(schedule, horizon)
        )
        return Decay(weight_decay=weight_decay_for(n_samples, density, rate), most=0.5)


def _check_nested_name(key: str, value: Any) -> None:
    """Raise ValueError if the value of a parameter has no such parameter of its own."""
    owner, _, inner = key.partition("__")
    classes = owners_of(inner, _REGISTRIES[owner])
    if not hasattr(value, "set_params"):
        usual = _INSTANCES[owner]
        example = usual if not classes or usual[:-2] in classes else f"{classes[0]}()"
        raise ValueError(
            f"{key} cannot be set while {owner}={value!r}: pass an instance, such as "
            f"{owner}={example}, whose parameter {inner!r} is"
        )
    if "__" in inner or isinstance(value, type) or inner in value.get_params():
        return
    if classes:
        raise ValueError(
            f"{key} cannot be set while {owner}={value!r}: {inner!r} is a parameter of "
            f"{', '.join(classes)}. To search over several kinds, pass a list of grids, one for "
            f"each kind: [{{{owner!r}: [{type(value).__name__}()]}}, "
            f"{{{owner!r}: [{classes[0]}()], {key!r}: [...]}}]"
        )
    known = sorted(value.get_params())
    raise ValueError(
        f"Invalid parameter {inner!r} for {owner}={value!r}.{did_you_mean(inner, known)} Valid "
        f"parameters are: {known!r}."
    )


def _listed(given: Any, name: str) -> list[Any]:
    """The elements of a parameter that is a sequence."""
    if np.ndim(given) == 0:
        raise ValueError(f"{name} must be one value, or a sequence of them, got {given!r}")
    return list(given)


def _largest_rate(schedule: Schedule, horizon: Horizon) -> float:
    """The largest rate of a fit, by some hundred steps; 0 if one of them is not valid."""
    steps = np.unique(np.linspace(0, (horizon.n_steps or 1) - 1, 200).astype(np.int64))
    try:
        return float(rates_of(schedule, steps, horizon).max())
    except ValueError:  # it is said before training
        return 0.0


def needs_all_samples(optimizer: Any) -> bool:
    """Whether an optimizer, or the one of a name, takes all samples at once."""
    return _is(optimizer, "full_batch")


def follows_objective(optimizer: Any) -> bool:
    """Whether an optimizer, or the one of a name, follows the gradient of the objective itself."""
    return _is(optimizer, "follows_objective")


def _is(optimizer: Any, quality: str) -> bool:
    """Whether an optimizer has a quality; False for what is none."""
    taker = OPTIMIZERS.get(optimizer) if isinstance(optimizer, str) else optimizer
    return getattr(taker, quality, False)
