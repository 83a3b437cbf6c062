"""Numbers among parameters: those that Python and NumPy calculate with as floats or integers."""

import copy
from functools import cache
from numbers import Real
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import InvalidParameterError, StrOptions

from sk_bp.advice import did_you_mean

_LARGEST = int(np.finfo(np.float64).max)
_PLAIN = (bool, int, float, np.bool_, np.integer, np.floating)


class PlainNumbers(BaseEstimator):
    """Base of what has parameters: numbers among them are refused unless they are plain.

    Scikit-learn compares numbers with limits, and would fail without naming the parameter.
    """

    # What the links and explanations in the HTML representation are made of: PyPI shows the README.
    _doc_link_module = "sk_bp"
    _doc_link_template = "https://pypi.org/project/sk_bp/"

    @classmethod
    @cache
    def _get_param_names(cls) -> list[str]:
        """The names of the parameters: scikit-learn reads the signature anew each time."""
        return super()._get_param_names()

    def _validate_params(self) -> None:
        for name in self._get_param_names():
            value, what = getattr(self, name), f"the {name!r} parameter of {type(self).__name__}"
            check_plain(value, what)
            check_instance(value, what)
            self._check_choice(name, value)
        super()._validate_params()

    def _check_choice(self, name: str, value: Any) -> None:
        """Raise ValueError if a value is a misspelt one of the names that it can be."""
        kinds = getattr(self, "_parameter_constraints", {}).get(name, [])
        choices = {text for kind in kinds if isinstance(kind, StrOptions) for text in kind.options}
        if not isinstance(value, str) or value in choices or str in kinds:
            return
        advice = did_you_mean(value, sorted(choices))
        if advice:
            raise InvalidParameterError(
                f"The {name!r} parameter of {type(self).__name__} must be one of "
                f"{sorted(choices)}, or another value that its documentation names. Got "
                f"{value!r} instead.{advice}"
            )

    def plain(self) -> Self:
        """The same with Python's numbers in the place of NumPy's.

        Those of few bits would overflow in what is calculated from them, and what is calculated
        from those of many has another type.
        """
        changed = {}
        for name in self._get_param_names():
            value = getattr(self, name)
            plain = value.plain() if isinstance(value, PlainNumbers) else _plain(value)
            if plain is not value:
                changed[name] = plain
        if not changed:
            return self
        other = copy.copy(self)
        other.__dict__.update(changed)
        return other


def _plain(value: Any) -> Any:
    """A number of NumPy as one of Python; all else as it is."""
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, np.integer):
        return int(value)
    return float(value) if isinstance(value, np.floating) else value


def check_instance(value: Any, name: str) -> None:
    """Raise TypeError if a class is given where an instance is meant.

    Parameters
    ----------
    value : object
    name : str
        What it is called in the error.
    """
    if isinstance(value, type) and issubclass(value, BaseEstimator):
        cls = value.__name__
        raise TypeError(f"{name} is the class {cls}: pass an instance, {cls}()")


def check_plain(value: Any, name: str) -> None:
    """Raise an error if a value is a real number, but not of a plain type or too large for a float.

    Parameters
    ----------
    value : object
        Anything that is no number is left to other checks.
    name : str
        What it is called in the error.

    Raises
    ------
    TypeError
        If it is a number of another type than those of Python and NumPy, such as a fraction.
    ValueError
        If it is beyond the largest float.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from sk_bp.plain_numbers import check_plain
    >>> check_plain(Fraction(1, 2), "alpha")
    Traceback (most recent call last):
        ...
    TypeError: alpha must be a number of Python or NumPy, got Fraction(1, 2)
    """
    if not isinstance(value, Real):
        return
    if not isinstance(value, _PLAIN):
        raise TypeError(f"{name} must be a number of Python or NumPy, got {value!r}")
    if isinstance(value, (bool, float, np.bool_)):
        return
    if isinstance(value, (int, np.integer)):
        too_large = abs(int(value)) > _LARGEST
    else:
        with np.errstate(over="ignore"):
            too_large = bool(np.isfinite(value)) and bool(np.isinf(np.float64(value)))
    if too_large:
        raise ValueError(f"{name} is too large: it has {int(value).bit_length()} bits")
