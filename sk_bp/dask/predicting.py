"""Predictions for collections of Dask, which are lazy as these are."""

from typing import Any

import numpy as np
from dask import delayed
from distributed import Client

from sk_bp.dask.inputs import kind_of

_LARGE = 1 << 20  # bytes of weights that the scheduler need not see


def predict_lazily(model: Any, method: str, X: Any, client: Client | None) -> Any:
    """What a method of a fitted estimator gives for each partition of X.

    Parameters
    ----------
    model : estimator
        Fitted, without a client.
    method : str
    X : dask array, data frame, or list of delayed objects or futures
    client : distributed.Client or None
        Hands a large model out to all workers at once, so that it is not a part of the graph.

    Returns
    -------
    predictions : dask array, series or data frame, or list of delayed objects
        As X is.
    """
    kind, example = kind_of(X), _example(model, method)
    if client is not None and model._model.layers.parameters.nbytes > _LARGE:
        model = client.scatter(model, broadcast=True, hash=False)
    task = delayed(model, pure=False)
    if kind == "list":
        return [delayed(_predict)(part, task, method) for part in X]
    if kind == "array":
        two = example.ndim == 2
        chunks = (X.chunks[0], (example.shape[1],)) if two else (X.chunks[0],)
        return X.map_blocks(
            _predict,
            model=task,
            method=method,
            dtype=example.dtype,
            chunks=chunks,
            drop_axis=None if two else 1,
            meta=example[:0],
        )
    return X.map_partitions(_predict_frame, task, method, meta=_frame(example[:0], None))


def _example(model: Any, method: str) -> Any:
    """The prediction for one sample of zeros, for its type and shape."""
    plain = model._blank()
    features = {"n_features_in_": model.n_features_in_}
    plain._adopt(model._model, model._targets, features)
    return getattr(plain, method)(np.zeros((1, model.n_features_in_), model._model.dtype))


def _predict(X: Any, model: Any, method: str) -> Any:
    if X.shape[0] == 0:
        return _example(model, method)[:0]
    return getattr(model, method)(X)


def _predict_frame(X: Any, model: Any, method: str) -> Any:
    return _frame(_predict(X, model, method), X.index)


def _frame(values: Any, index: Any) -> Any:
    import pandas as pd

    return pd.Series(values, index) if values.ndim == 1 else pd.DataFrame(values, index)
