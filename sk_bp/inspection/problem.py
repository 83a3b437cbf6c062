"""What an estimator would train on given data, apart from the estimator itself, in float64."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from sk_bp.base import BaseBP
from sk_bp.losses import TaskLoss
from sk_bp.network import Network
from sk_bp.objective import Objective
from sk_bp.samples import CSR, Rows
from sk_bp.weights import check_weight


@dataclass
class Problem:
    """A network and the samples it is to learn.

    Attributes
    ----------
    network : Network
        In float64, a copy of the fitted one, or a new one.
    rows : Rows
    loss : TaskLoss
    alpha : float
        Strength of the L2 penalty in the objective; 0 where the optimizer decays weights instead.
    """

    network: Network
    rows: Rows
    loss: TaskLoss
    alpha: float


def check_ours(estimator):
    """Raise TypeError unless the estimator is one of this package."""
    if not isinstance(estimator, BaseBP):
        raise TypeError(
            f"estimator must be a BPClassifier or BPRegressor, got {estimator!r}; of a Pipeline "
            "pass the last step, and X as the steps before transform it, of a grid search its "
            "best_estimator_"
        )


def check_fitted(estimator):
    """Raise TypeError unless the estimator is one of ours, NotFittedError unless it is fitted."""
    check_ours(estimator)
    check_is_fitted(estimator)


def check_history(estimator):
    """Raise, as check_fitted does, or ValueError if no epoch of this network was noted down."""
    check_fitted(estimator)
    if not getattr(estimator, "history_", {}).get("loss"):
        raise ValueError(
            f"{type(estimator).__name__} has no history_ to draw: its weights were assigned, not "
            "trained; call fit or partial_fit first"
        )


def problem_of(estimator, X, y, sample_weight=None):
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
    fitted = hasattr(estimator, "_network")
    estimator._refuse_half_assigned()
    if fitted:
        probe = object.__new__(type(estimator))
        vars(probe).update(vars(estimator))
        network = estimator._fitted_network()
        estimator._check_outputs()
    else:
        probe = clone(estimator)
    probe._check_params()
    probe._check_optimizer()
    X = probe._check_X(X, reset=not fitted, dtype=np.float64)
    if y is None:
        raise ValueError("y must be the targets of the samples in X, got None")
    y = probe._check_y(y, np.float64)
    check_consistent_length(X, y)
    weight = check_weight(sample_weight, X)
    if fitted:
        probe._match_targets(y)
    else:
        probe._learn_targets(y)
        probe._start(np.float64)
        network = probe._network
    rows = probe._rows(X, y, probe._weigh(probe._class_factors(y, weight), y, weight))
    parameters = network.parameters.astype(np.float64)
    return Problem(
        Network(network.units, network.activations, network.output, parameters),
        rows,
        probe._task_loss,
        float(probe.alpha) if probe._optimizer().follows_objective else 0.0,
    )


def gradient_of(problem):
    """The gradient of the objective by back-propagation, flat as the parameters are.

    Raises
    ------
    ValueError
        If it is not finite, or so large that training would stop.
    """
    objective = Objective(problem.network, problem.loss, problem.rows, problem.alpha)
    value, gradient = objective.value_and_gradient(objective.start)
    if not math.isfinite(value):
        raise ValueError(
            "the loss or its gradient is not finite, or too large to train on; scale X and y"
        )
    return gradient


def column_sizes(X):
    """The root mean square of each column, over the entries that are not zero."""
    with np.errstate(over="ignore"):  # infinity will do
        if isinstance(X, CSR):
            X = csr_array((X.data, X.indices, X.indptr), X.shape)
            if not X.has_canonical_format:  # entries that are given twice add up
                X = X.copy()
                X.sum_duplicates()
            squares = np.bincount(X.indices, X.data**2, minlength=X.shape[1])
            counts = np.bincount(X.indices, X.data != 0, minlength=X.shape[1])
        else:
            squares, counts = np.square(X).sum(axis=0), np.count_nonzero(X, axis=0)
    return np.sqrt(squares / np.maximum(counts, 1))
