"""What the containers of data hold that an array of floats cannot: masks, dates and times."""

from typing import Any

import numpy as np
from sklearn import get_config


def is_frame(X: Any) -> bool:
    """Whether X is a pandas or polars data frame.

    Examples
    --------
    >>> import pandas as pd
    >>> from sk_bp.containers import is_frame
    >>> is_frame(pd.DataFrame({"a": [1.0]})), is_frame([[1.0]])
    (True, False)
    """
    return hasattr(X, "columns") and (hasattr(X, "iloc") or hasattr(X, "get_columns"))


def check_container(values: Any, name: str, dates: bool = False) -> None:
    """Refuse values whose meaning NumPy would lose without a word on the way to floats.

    Parameters
    ----------
    values : object
        As the user gave it.
    name : str
        Its name in error messages.
    dates : bool, default=False
        Whether dates and times are allowed.

    Raises
    ------
    ValueError
        If it is a masked array in which a value is masked.
    TypeError
        If it is an array or a data frame that holds dates or times, or a collection of Dask.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp.containers import check_container
    >>> check_container(np.ma.masked_less([1.0, -1.0], 0.0), "X")
    Traceback (most recent call last):
        ...
    ValueError: X is a masked array, and 1 of its values are masked: NumPy would use them as if ...
    """
    if type(values).__module__.partition(".")[0] in ("dask", "distributed"):
        raise TypeError(
            f"{name} is a collection of Dask, which would have to be brought into this process as "
            "a whole: use DaskBPClassifier or DaskBPRegressor of sk_bp.dask, or call compute() on "
            f"{name} first"
        )
    if np.ma.is_masked(values):
        raise ValueError(
            f"{name} is a masked array, and {np.ma.count_masked(values)} of its values are "
            "masked: NumPy would use them as if they were not. Fill them, or leave their samples "
            "out."
        )
    if dates:
        return
    for dtype in values.dtypes if is_frame(values) else [getattr(values, "dtype", None)]:
        if _is_temporal(dtype):
            raise TypeError(
                f"{name} holds dates or times ({dtype}), which are not supported: leave them out, "
                "or turn them into numbers, such as days since a date"
            )


def _is_temporal(dtype: Any) -> bool:
    """Whether a type of NumPy, pandas or polars holds dates, times or durations."""
    if hasattr(dtype, "is_temporal"):
        return bool(dtype.is_temporal())
    return getattr(dtype, "kind", None) in ("m", "M")


def without_namespace(values: Any) -> Any:
    """An array of another library as one of NumPy, if scikit-learn would compute with its library.

    It does with ``array_api_dispatch=True``. The core computes on the processor, with NumPy's
    arrays. All else comes back as it is.

    Parameters
    ----------
    values : object
        As the user gave it.
    """
    foreign = hasattr(values, "__array_namespace__") and not isinstance(values, np.ndarray)
    return np.asarray(values) if foreign and get_config()["array_api_dispatch"] else values
