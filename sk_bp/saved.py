"""Saved models: the number of their format, and what their parts are checked for when loaded.

A file may come from another version of sk_bp, or from somebody who has altered it. Whatever it
holds, loading it gives a whole model or a ValueError that says what is wrong with it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from sk_bp._core import _core

# The format of what is saved. A change of any saved attribute raises it; files of other formats
# are refused.
FORMAT = 1

_STAMP = "saved_by_sk_bp"
_MOST = 2**53  # of anything that is counted


class Saved:
    """Base of what notes the format when it is saved, and is checked when it is loaded.

    `pickle`, `copy.deepcopy`, joblib and skops all come through here.
    """

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), _STAMP: {"format": FORMAT, "version": version("sk_bp")}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        what = type(self).__name__
        with explaining(what):
            state = dict(state)
            _check_format(state.pop(_STAMP, None), what)
            vars(self).update(state)
            self._check_saved()

    def _check_saved(self) -> None:
        """Raise an error if a part is missing or is not what it should be."""


def _check_format(stamp: Any, what: str) -> None:
    if stamp is None:
        raise ValueError("it has no number of a format, as files of sk_bp 0.1 and later have")
    if stamp["format"] != FORMAT:
        raise ValueError(
            f"it was saved by sk_bp {stamp['version']} in format {stamp['format']}, but sk_bp "
            f"{version('sk_bp')} reads format {FORMAT}: load it with that version, or fit anew"
        )


@contextmanager
def explaining(what: str) -> Iterator[None]:
    """Let every error inside the block be a ValueError that says which saved part is not valid.

    Examples
    --------
    >>> from sk_bp.saved import explaining
    >>> with explaining("Network"):
    ...     {}["units"]
    Traceback (most recent call last):
        ...
    ValueError: this saved Network cannot be loaded: KeyError: 'units'
    """
    try:
        yield
    except Exception as error:
        expected = isinstance(error, (ValueError, TypeError))
        text = str(error) if expected else f"{type(error).__name__}: {error}"
        raise ValueError(f"this saved {what} cannot be loaded: {text}") from error


def check_types(owner: Any, types: Mapping[str, Any]) -> None:
    """Raise TypeError unless the attributes of these names are of these types.

    Parameters
    ----------
    owner : object
    types : mapping of str to type or tuple of types
        A bool passes for a bool only. None among several types is short for its type.
    """
    for name, kinds in types.items():
        value = getattr(owner, name)
        kinds = kinds if isinstance(kinds, tuple) else (kinds,)
        kinds = tuple(type(None) if kind is None else kind for kind in kinds)
        right = type(value) in kinds if isinstance(value, bool) else isinstance(value, kinds)
        if not right:
            raise TypeError(f"{name} of {type(owner).__name__} is {value!r}")


def check_counts(owner: Any, *names: str) -> None:
    """Raise ValueError unless the attributes of these names are whole numbers from 0 to 2^53."""
    for name in names:
        check_count(getattr(owner, name), f"{name} of {type(owner).__name__}")


def check_count(value: Any, name: str, least: int = 0) -> None:
    """Raise ValueError unless a value is a whole number from `least` to 2^53."""
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not (whole and least <= value <= _MOST):
        raise ValueError(f"{name} is {value!r}")


def check_array(array: Any, name: str, shape: tuple[int, ...], dtype: Any = np.float64) -> None:
    """Raise ValueError unless it is an array of this shape and type of finite numbers.

    Nothing of its size is allocated.
    """
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{name} is {type(array).__name__}, not an array")
    if array.dtype != dtype or array.shape != shape:
        raise ValueError(
            f"{name} is an array of {array.dtype} and shape {array.shape} instead of "
            f"{np.dtype(dtype)} and {shape}"
        )
    if not (array.flags.c_contiguous and array.flags.aligned):
        raise ValueError(f"{name} is not in C order")
    if not np.isfinite(_core.largest_magnitude(array)):
        raise ValueError(f"{name} holds NaN or infinity")


def aligned(array: Any) -> Any:
    """The array, copied if its address is not aligned, as that of one that came over a network."""
    odd = isinstance(array, np.ndarray) and not array.flags.aligned
    return array.copy() if odd else array


def check_parameters(value: Any, kind: type, name: str) -> None:
    """Raise an error unless a value is of this kind, and has its parameters and nothing else.

    Parameters
    ----------
    value : object
        Such as an activation or a loss.
    kind : type
        A class that has parameters as estimators do, and `check`.
    name : str
        What it is called in the error.
    """
    if not isinstance(value, kind):
        raise TypeError(f"{name} is {value!r}")
    _check_names(value)
    value.check()  # type: ignore[attr-defined]


def _check_names(value: BaseEstimator) -> None:
    """Raise ValueError unless the attributes of an object are its parameters."""
    known = set(type(value)._get_param_names())
    if vars(value).keys() != known:
        odd = sorted(vars(value).keys() ^ known)
        raise ValueError(f"{type(value).__name__} has or lacks the parameters {odd}")


def check_nested(estimator: BaseEstimator) -> None:
    """Raise an error if an estimator, or a parameter that is an object of sk_bp, is incomplete."""
    for name in type(estimator)._get_param_names():
        value = getattr(estimator, name)
        own = isinstance(value, BaseEstimator) and type(value).__module__.startswith("sk_bp.")
        if own and not isinstance(value, type):
            _check_names(value)
            check_nested(value)


def finite(array: NDArray[Any]) -> bool:
    """Whether all numbers of an array of floats are finite; nothing of its size is allocated."""
    return bool(np.isfinite(_core.largest_magnitude(array)))
