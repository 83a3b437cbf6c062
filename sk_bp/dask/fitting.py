"""The function that trains a network on a Dask cluster."""

from typing import Any

import dask
from distributed import Client
from sklearn.base import _fit_context

from sk_bp.dask.cluster import DaskEngine, client_for
from sk_bp.dask.inputs import aligned_partitions
from sk_bp.parallel.checks import check_supported
from sk_bp.parallel.fitting import Request, RoundsJob
from sk_bp.watching import with_callbacks


@_fit_context(prefer_skip_nested_validation=True)
@with_callbacks
def fit_on_dask(
    estimator: Any,
    data: tuple[Any, Any, Any],
    held_out: tuple[Any, Any, Any],
    client: Client | None,
    partitions_per_round: int | None,
) -> Any:
    """Train on (X, y, sample_weight), and score (X_val, y_val, sample_weight_val) if given."""
    check_supported(estimator, held_out[0] is not None)
    parts = aligned_partitions(*data)
    with client_for(client) as found:
        held_out = tuple(dask.compute(*held_out))
        arguments = dict(zip(("X", "y", "sample_weight"), data, strict=True))
        request = Request(held_out, arguments, partitions_per_round)
        engine = DaskEngine(found, parts)
        RoundsJob(estimator, engine, request).carry_out()
    return estimator


def fit(
    estimator: Any,
    X: Any,
    y: Any,
    sample_weight: Any = None,
    *,
    X_val: Any = None,
    y_val: Any = None,
    sample_weight_val: Any = None,
    client: Client | None = None,
    partitions_per_round: int | None = None,
) -> Any:
    """Train a network on a Dask cluster.

    Parameters
    ----------
    estimator : BPClassifier or BPRegressor
        Is fitted, in place.
    X : dask array, data frame, or list of delayed objects or futures
        Training samples, in partitions that hold all columns: arrays, CSR matrices or data frames.
    y : dask array or series, or list of delayed objects or futures
        Targets, cut as X is.
    sample_weight : dask array or series, or list, default=None
        Weights, not negative, cut as X is.
    X_val, y_val, sample_weight_val : array-like or collection of Dask, default=None
        Held-out samples, which are brought to this process, and scored after each epoch.
    client : distributed.Client, default=None
        None means the one of the task that we are in, or the latest one.
    partitions_per_round : int, default=None
        How many partitions are trained on at a time. None means as many as there are workers.

    Returns
    -------
    estimator : BPClassifier or BPRegressor
        The same object, fitted.

    Raises
    ------
    ValueError, TypeError
        If a parameter or the data is not valid. What is wrong in a partition is said with its
        number.

    Examples
    --------
    >>> import dask.array as da
    >>> from distributed import Client
    >>> from sklearn.datasets import load_iris
    >>> from sk_bp import BPClassifier
    >>> from sk_bp.dask import fit
    >>> X, y = load_iris(return_X_y=True)
    >>> rows = da.random.default_rng(0).permutation(150).compute()
    >>> client = Client(processes=False, n_workers=1, dashboard_address=":0")
    >>> X, y = (da.from_array(v[rows], chunks=(50, *v.shape[1:])) for v in (X, y))
    >>> clf = fit(BPClassifier(10, max_iter=3, tol=None, random_state=0), X, y)
    >>> clf.n_iter_
    3
    >>> client.close()
    """
    return fit_on_dask(
        estimator,
        (X, y, sample_weight),
        (X_val, y_val, sample_weight_val),
        client,
        partitions_per_round,
    )
