"""What an estimator would train on given data, apart from the estimator itself, in float64."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.model_selection._search import BaseSearchCV
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sk_bp.base import BaseBP
from sk_bp.data import read_part
from sk_bp.ensemble import Ensemble
from sk_bp.epochs import Settings
from sk_bp.losses import TaskLoss
from sk_bp.network import Network
from sk_bp.objective import Objective
from sk_bp.rate_search import at_rate
from sk_bp.run import Run
from sk_bp.samples import CSR, Samples
from sk_bp.tabular import BPTabularRegressor
from sk_bp.tabular.base import BaseTabular


@dataclass
class Problem:
    """A network and the samples it is to learn.

    Attributes
    ----------
    network : Network
        In float64, a copy of the fitted one, or a new one.
    samples : Samples
    settings : Settings
        What steers training on these samples.
    alpha : float
        Strength of the L2 penalty in the objective; 0 where the optimizer decays weights instead.
    seed : int
        Draws what dropout leaves out.
    """

    network: Network
    samples: Samples
    settings: Settings
    alpha: float
    seed: int = 0

    @property
    def loss(self) -> TaskLoss:
        """What training minimizes."""
        return self.settings.loss

    def objective(self, dropout: bool = False) -> Objective:
        """What is minimized, without dropout or with that of a first step."""
        left_out = self.settings.dropout if dropout else None
        return Objective(self.network, self.loss, self.samples, self.alpha, left_out, self.seed)


def check_ours(estimator: Any, one_network: bool = True) -> None:
    """Raise TypeError unless the estimator is of this package, ValueError if it is an ensemble.

    Ensembles are allowed unless one_network.
    """
    if isinstance(estimator, BaseTabular):
        y = ", and y as target_scaler_ does" if isinstance(estimator, BPTabularRegressor) else ""
        raise TypeError(
            f"estimator must be a network, got {estimator!r}; pass its network_, and X as its "
            f"encoder_ transforms it{y}"
        )
    if not isinstance(estimator, BaseBP):
        raise TypeError(
            f"estimator must be a BPClassifier or BPRegressor, got {estimator!r}; of a Pipeline "
            "pass the last step, and X as the steps before transform it, of a grid search its "
            "best_estimator_"
        )
    if one_network and isinstance(vars(estimator).get("_model"), Ensemble):
        raise ValueError(
            f"estimator has {len(estimator._model.members)} networks (n_models), and this looks "
            "into one: pass one of its estimators_ (of an estimator for tables, "
            "network_.estimators_)"
        )


def network_of(estimator: Any, X: Any = None) -> tuple[Any, Any]:
    """The network in a fitted Pipeline or search, and X as the network reads it.

    Parameters
    ----------
    estimator : BPClassifier, BPRegressor, BPTabularClassifier, BPTabularRegressor, Pipeline or \
search
        Of a search it is the `best_estimator_`, of a Pipeline the last step, of an estimator for
        tables its `network_`.
    X : {array-like, sparse matrix, data frame}, default=None
        Samples as the estimator takes them. None means that none are needed.

    Returns
    -------
    network : object
        An estimator that is none of these comes back as it is.
    X : object

    Raises
    ------
    NotFittedError
        If a search or a Pipeline is not fitted.
    """
    if isinstance(estimator, BaseSearchCV):
        check_is_fitted(estimator)
        estimator = estimator.best_estimator_
    if isinstance(estimator, BaseTabular):
        check_is_fitted(estimator)
        return estimator.network_, None if X is None else estimator._encode(X)
    if not isinstance(estimator, Pipeline):
        return estimator, X
    network, before = estimator[-1], estimator[:-1]
    check_is_fitted(network)
    return network_of(network, X if X is None or not len(before) else before.transform(X))


def targets_within(estimator: Any, y: Any) -> Any:
    """The targets as the network within an estimator for tables reads them."""
    estimator = getattr(estimator, "best_estimator_", estimator)
    if isinstance(estimator, Pipeline):
        estimator = estimator[-1]
    if y is None or not isinstance(estimator, BPTabularRegressor):
        return y
    return estimator._scaled_targets(y)


def names_before(estimator: Any) -> NDArray[Any] | None:
    """The names of the features that the network of a Pipeline or search reads, if it tells."""
    estimator = getattr(estimator, "best_estimator_", estimator)
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    if isinstance(last, BaseTabular):
        check_is_fitted(last)
        return last.encoder_.get_feature_names_out()
    if not isinstance(estimator, Pipeline) or len(estimator) == 1:
        return getattr(network_of(estimator)[0], "feature_names_in_", None)
    try:
        return estimator[:-1].get_feature_names_out()
    except (AttributeError, ValueError):  # a step has no names
        return None


def check_fitted(estimator: Any, one_network: bool = True) -> None:
    """Raise as `check_ours` does, and NotFittedError unless the estimator is fitted."""
    check_ours(estimator, one_network)
    check_is_fitted(estimator)


def check_history(estimator: Any) -> Run:
    """Return the run of an estimator, Pipeline or search, once it is certain that it made epochs.

    Raises
    ------
    TypeError, NotFittedError
        As `check_fitted`.
    ValueError
        If no epoch of this network was noted down.
    """
    check_fitted(network_of(estimator)[0])
    return runs_with_history(estimator)[0]


def runs_with_history(estimator: Any) -> list[Run]:
    """Return the runs of an estimator, Pipeline or search: those of all networks that it has.

    Raises
    ------
    TypeError, NotFittedError, ValueError
        As `check_history`.
    """
    estimator, _ = network_of(estimator)
    check_fitted(estimator, one_network=False)
    runs = list(estimator._model.members)
    if not all(isinstance(run, Run) and run.history["loss"] for run in runs):
        raise ValueError(
            f"{type(estimator).__name__} has no history_ to draw: its weights were assigned, not "
            "trained; call fit or partial_fit first"
        )
    return runs


def mean_loss(estimator: BaseBP, X: Any, y: Any) -> float:
    """The mean loss of samples, without the penalty, as training measures it.

    Parameters
    ----------
    estimator : BPClassifier or BPRegressor
        Fitted, with a single network.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)

    Raises
    ------
    ValueError, TypeError
        If the samples are not valid, or do not fit the model.
    """
    check_fitted(estimator)
    model, targets = estimator._model, estimator._known_targets()
    part = read_part(estimator, X, y, None, dtype=model.dtype, reset=False)
    estimator._check_targets(targets, part.y)
    part = part.weighted(targets, estimator._class_factors(part, targets))
    samples, loss, unit = part.encode(targets), estimator._task_loss(targets), 1.0
    if model.scaling is not None:
        samples = model.scaling.of_samples(samples)
        loss, unit = model.scaling.loss(loss), model.scaling.loss_unit(loss)
    return float(model.mean_loss(samples, loss) * unit)


def problem_of(estimator: BaseBP, X: Any, y: Any, sample_weight: Any = None) -> Problem:
    """Check data as the estimator's `fit` would, and return the problem.

    A fitted estimator gives its weights. For another one, weights are drawn as `fit` would draw
    them. The estimator stays as it is.

    Raises
    ------
    TypeError
        If the estimator is not one of this package.
    ValueError
        If the parameters or the data are not valid, or do not fit the fitted model.
    """
    check_ours(estimator)
    estimator._refuse_half_assigned()
    unfitted = clone(estimator)
    unfitted._check_params()
    unfitted._check_optimizer()
    fitted, seed = estimator.__sklearn_is_fitted__(), unfitted._draw_seed()
    reader = estimator if fitted else unfitted
    part = read_part(reader, X, y, sample_weight, dtype=np.float64, reset=not fitted)
    targets = estimator._known_targets() if fitted else estimator._learn_targets(part.y)
    estimator._check_targets(targets, part.y)
    part = part.weighted(targets, estimator._class_factors(part, targets))
    samples, loss = part.encode(targets), estimator._task_loss(targets)
    density = samples.density
    if fitted:
        network, scaling = estimator._model.trained.copy(np.float64), estimator._model.scaling
        estimator._check_outputs(targets, network.n_outputs)
    else:
        scaling = estimator._find_scaling(samples, loss)
    if scaling is not None:
        samples = scaling.of_samples(samples)
    if not fitted:
        shape = part.X.shape[1], targets, np.float64
        network = estimator._start(*shape, samples, scaling, seed, 0).trained
    settings = estimator._settings(samples.n, loss, density=density, scaling=scaling)
    rate = _rate_found(estimator)
    if rate is not None:
        settings = at_rate(settings, rate)
    alpha = settings.decay.alpha if settings.optimizer.follows_objective else 0.0
    return Problem(network, samples, settings, alpha, seed)


def _rate_found(estimator: BaseBP) -> float | None:
    """The rate that a fit with ``learning_rate="auto"`` has found; None without."""
    model = estimator._model if estimator.__sklearn_is_fitted__() else None
    search = model.state.rate_search if isinstance(model, Run) else None
    return search.rate if search is not None and estimator._finds_rate else None


def gradient_of(problem: Problem, dropout: bool = False) -> NDArray[np.float64]:
    """The gradient of the objective by back-propagation, flat as the parameters are.

    dropout says whether that of a first step is part of the objective.

    Raises
    ------
    ValueError
        If it is not finite, or so large that training would stop.
    """
    objective = problem.objective(dropout)
    value, gradient = objective.value_and_gradient(objective.start)
    if not math.isfinite(value):
        raise ValueError(
            "the loss or its gradient is not finite, or too large to train on; scale X and y"
        )
    return gradient


def column_sizes(X: NDArray[Any] | CSR) -> NDArray[np.float64]:
    """The root mean square of each column, over the entries that are not zero."""
    with np.errstate(over="ignore"):  # infinity will do
        if isinstance(X, CSR):
            matrix = X.summed()
            squares = np.bincount(matrix.indices, matrix.data**2, minlength=X.shape[1])
            counts = np.bincount(matrix.indices, matrix.data != 0, minlength=X.shape[1])
        else:
            squares, counts = np.square(X).sum(axis=0), np.count_nonzero(X, axis=0)
    return np.sqrt(squares / np.maximum(counts, 1))
