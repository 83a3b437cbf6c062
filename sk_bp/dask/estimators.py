"""Estimators that train on the workers of a Dask cluster."""

import copy
import inspect
from numbers import Integral
from typing import Any, Self

import dask
import numpy as np
from distributed import Client
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.metrics import accuracy_score
from sklearn.utils._param_validation import Interval
from sklearn.utils.metaestimators import available_if

from sk_bp.base import can_partial_fit
from sk_bp.dask.cluster import DaskEngine, client_for, client_if_any
from sk_bp.dask.fitting import fit_on_dask
from sk_bp.dask.inputs import aligned_partitions, kind_of
from sk_bp.dask.predicting import predict_lazily
from sk_bp.estimators import BPClassifier, BPRegressor
from sk_bp.parallel.fitting import Request, RoundsJob


def _with_parameters_of(plain: Any) -> Any:
    """An `__init__` with the parameters of another estimator, and those of the cluster."""
    own = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in (("partitions_per_round", int | None), ("client", Client | None))
    ]
    inherited = inspect.signature(plain.__init__)
    signature = inherited.replace(parameters=[*inherited.parameters.values(), *own])

    def __init__(self: Any, *args: Any, **params: Any) -> None:
        bound = signature.bind(self, *args, **params)
        bound.apply_defaults()
        for name, value in list(bound.arguments.items())[1:]:
            setattr(self, name, value)

    __init__.__signature__ = signature  # type: ignore[attr-defined]
    return __init__


class _OnDask:
    """What both estimators do with collections of Dask; data in memory is predicted as ever."""

    _plain: type
    partitions_per_round: int | None
    client: Client | None

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
        """Train the network on the workers of a cluster.

        Parameters and errors are those of `sk_bp.dask.fit`.

        Parameters
        ----------
        X : dask array, data frame, or list of delayed objects or futures
            Training samples, in partitions that hold all columns.
        y : dask array or series, or list of delayed objects or futures
            Targets, cut as X is.
        sample_weight : dask array or series, or list, default=None
            Weights, not negative, cut as X is.
        X_val, y_val, sample_weight_val : array-like or collection of Dask, default=None
            Held-out samples, which are brought to this process.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        held_out = X_val, y_val, sample_weight_val
        per_round = self.partitions_per_round
        return fit_on_dask(self, (X, y, sample_weight), held_out, self.client, per_round)

    def _stream(self, X: Any, y: Any, classes: Any, sample_weight: Any) -> Self:
        parts = aligned_partitions(X, y, sample_weight)
        arguments = {"X": X, "y": y, "sample_weight": sample_weight}
        request = Request(
            (None, None, None), arguments, self.partitions_per_round, stream=True, classes=classes
        )
        with client_for(self.client) as client:
            RoundsJob(self, DaskEngine(client, parts), request).carry_out()
        return self

    def to_local(self) -> Any:
        """Return the plain estimator, with the same parameters and the same network."""
        return self._without_callbacks()  # type: ignore[attr-defined]

    def _blank(self) -> Any:
        """An unfitted plain estimator with the same parameters."""
        params = self.get_params(deep=False)  # type: ignore[attr-defined]
        for name in ("partitions_per_round", "client"):
            del params[name]
        return self._plain(**params)

    def _predicted(self, method: str, X: Any) -> Any:
        model = self.to_local()
        if kind_of(X) == "memory":
            return getattr(model, method)(X)
        return predict_lazily(model, method, X, self.client or client_if_any())

    def predict(self, X: Any) -> Any:
        """Predict for each sample; lazily for collections of Dask.

        Parameters
        ----------
        X : dask array, data frame, or list of delayed objects or futures; or array-like
            Samples.

        Returns
        -------
        y : dask array or series, list of delayed objects, or ndarray
            As X is.
        """
        return self._predicted("predict", X)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Score of the predictions, as the plain estimator has it.

        Predictions and y are brought to this process, X is not.

        Parameters
        ----------
        X : dask array, data frame, or list of delayed objects or futures; or array-like
            Samples.
        y : collection of Dask, or array-like
            Their targets.
        sample_weight : collection of Dask, or array-like, default=None
            Weights, not negative.

        Returns
        -------
        score : float
            The higher the better.
        """
        with client_for(self.client):
            predicted, y, weight = _in_memory(self.predict(X), y, sample_weight)
        return self._score_of(predicted, y, weight)  # type: ignore[attr-defined]

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()  # type: ignore[assignment]
        return {**state, "client": None}

    def __sklearn_clone__(self) -> Self:
        blank: Any = type(self)(client=self.client)  # type: ignore[call-arg]
        params = self.get_params(deep=False)  # type: ignore[attr-defined]
        del params["client"]
        for name, value in params.items():
            setattr(blank, name, clone(value, safe=False))
        if hasattr(self, "_metadata_request"):
            blank._metadata_request = copy.deepcopy(self._metadata_request)
        return blank


class DaskBPClassifier(_OnDask, BPClassifier):
    """Classification by a network that is trained on the workers of a Dask cluster.

    docs/distributed.md says how, and when it pays. The fitted estimator has the attributes of
    `BPClassifier`, and `to_local` gives one.

    Parameters
    ----------
    hidden_layer_sizes, activation, ... : see BPClassifier
        All parameters of `BPClassifier`, with the same meaning and defaults.
    partitions_per_round : int or None, default=None
        How many partitions are trained on at a time; a hyperparameter, as the result depends on
        it. None means as many as there are workers when `fit` begins.
    client : distributed.Client or None, default=None
        None means the client of the task that we are in, or the latest one. Pickles drop it.

    Attributes
    ----------
    partitions_per_round_ : int
        How many partitions were trained on at a time.

    See Also
    --------
    sk_bp.BPClassifier : The same in one process, with all other attributes.

    Examples
    --------
    >>> import dask.array as da
    >>> from distributed import Client
    >>> from sk_bp.dask import DaskBPClassifier
    >>> client = Client(processes=False, n_workers=1, dashboard_address=":0")
    >>> X = da.random.default_rng(0).normal(size=(400, 3), chunks=(100, 3))
    >>> clf = DaskBPClassifier(10, max_iter=3, tol=None, random_state=0)
    >>> clf = clf.fit(X, (X[:, 0] > 0).astype(int))
    >>> clf.predict(X).chunks
    ((100, 100, 100, 100),)
    >>> client.close()
    """

    _plain = BPClassifier
    _parameter_constraints = {
        **BPClassifier._parameter_constraints,
        "partitions_per_round": [None, Interval(Integral, 1, None, closed="left")],
        "client": [None, Client],
    }
    __init__ = _with_parameters_of(BPClassifier)

    @available_if(can_partial_fit)
    def partial_fit(
        self, X: Any, y: Any, classes: ArrayLike | None = None, sample_weight: Any = None
    ) -> Self:
        """Go once through these partitions, from where the last call ended.

        Parameters
        ----------
        X : dask array, data frame, or list of delayed objects or futures
            Samples.
        y : dask array or series, or list of delayed objects or futures
            Labels, cut as X is.
        classes : array-like of shape (n_classes,), default=None
            All labels that will ever occur; needed in the first call.
        sample_weight : dask array or series, or list, default=None
            Weights, not negative.

        Returns
        -------
        self : object
            The estimator, one epoch further on.
        """
        return self._stream(X, y, classes, sample_weight)

    def predict_proba(self, X: Any) -> Any:
        """Probabilities of the classes; lazily for collections of Dask.

        Parameters
        ----------
        X : dask array, data frame, or list of delayed objects or futures; or array-like
            Samples.

        Returns
        -------
        p : dask array or data frame, list of delayed objects, or ndarray
            As X is, with a column for each class.
        """
        return self._predicted("predict_proba", X)

    def predict_log_proba(self, X: Any) -> Any:
        """Logarithms of the probabilities; see `predict_proba`."""
        return self._predicted("predict_log_proba", X)

    def decision_function(self, X: Any) -> Any:
        """The raw outputs, as `BPClassifier.decision_function`; lazily for collections of Dask."""
        return self._predicted("decision_function", X)

    def _score_of(self, predicted: Any, y: Any, weight: Any) -> float:
        return float(accuracy_score(y, predicted, sample_weight=weight))


class DaskBPRegressor(_OnDask, BPRegressor):
    """Regression by a network that is trained on the workers of a Dask cluster.

    docs/distributed.md says how, and when it pays. The fitted estimator has the attributes of
    `BPRegressor`, and `to_local` gives one.

    Parameters
    ----------
    hidden_layer_sizes, activation, ... : see BPRegressor
        All parameters of `BPRegressor`, with the same meaning and defaults.
    partitions_per_round : int or None, default=None
        How many partitions are trained on at a time; see `DaskBPClassifier`.
    client : distributed.Client or None, default=None
        None means the client of the task that we are in, or the latest one. Pickles drop it.

    Attributes
    ----------
    partitions_per_round_ : int
        How many partitions were trained on at a time.

    See Also
    --------
    sk_bp.BPRegressor : The same in one process, with all other attributes.

    Examples
    --------
    >>> import dask.array as da
    >>> from distributed import Client
    >>> from sk_bp.dask import DaskBPRegressor
    >>> client = Client(processes=False, n_workers=1, dashboard_address=":0")
    >>> X = da.random.default_rng(0).normal(size=(400, 3), chunks=(100, 3))
    >>> reg = DaskBPRegressor(10, max_iter=5, tol=None, learning_rate=0.03, random_state=0)
    >>> reg.fit(X, X[:, 0]).score(X, X[:, 0]) > 0.8
    True
    >>> client.close()
    """

    _plain = BPRegressor
    _parameter_constraints = {
        **BPRegressor._parameter_constraints,
        "partitions_per_round": [None, Interval(Integral, 1, None, closed="left")],
        "client": [None, Client],
    }
    __init__ = _with_parameters_of(BPRegressor)

    @available_if(can_partial_fit)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Go once through these partitions, from where the last call ended.

        Parameters
        ----------
        X : dask array, data frame, or list of delayed objects or futures
            Samples.
        y : dask array or series, or list of delayed objects or futures
            Targets, cut as X is.
        sample_weight : dask array or series, or list, default=None
            Weights, not negative.

        Returns
        -------
        self : object
            The estimator, one epoch further on.
        """
        return self._stream(X, y, None, sample_weight)

    def _score_of(self, predicted: Any, y: Any, weight: Any) -> float:
        class Predicted(BPRegressor):
            def predict(self, X: Any) -> Any:
                return X

        return Predicted(loss=self.loss).score(predicted, y, weight)


def _in_memory(*values: Any) -> list[Any]:
    """Collections of Dask brought to this process; partitions in lists are put together."""
    found = dask.compute(*[_delayed(value) for value in values])
    return [np.concatenate(v) if isinstance(v, list) else v for v in found]


def _delayed(value: Any) -> Any:
    return [dask.delayed(part) for part in value] if kind_of(value) == "list" else value
