"""What activations, losses, outputs and averages are: values with parameters."""

from collections.abc import Mapping
from typing import Any, TypeVar

import numpy as np

from sk_bp.advice import did_you_mean
from sk_bp.plain_numbers import PlainNumbers, check_instance

NamedValue = TypeVar("NamedValue", bound="Value")


class Value(PlainNumbers):
    """An immutable choice with parameters, such as an activation or a loss.

    Its parameters are those of its ``__init__``, as for estimators, so that a grid search reaches
    them and `sklearn.base.clone` copies it. Two values are equal if their class and parameters are.

    Attributes
    ----------
    core_name : str
        Its name, in its registry and in the compiled core.
    """

    core_name: str
    _parameter_constraints: dict[str, list[Any]] = {}

    def core_parameters(self) -> dict[str, float]:
        """The parameters as the core takes them."""
        return {name: float(value) for name, value in self.get_params(deep=False).items()}

    def check(self) -> None:
        """Raise ValueError or TypeError that names an invalid parameter and its value."""
        self._validate_params()

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self._key() == other._key()

    def __str__(self) -> str:
        """As a user writes it: its name alone if all its parameters are the defaults."""
        return self.core_name if self == type(self)() else repr(self)

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        parameters = self.get_params(deep=False).items()
        return (type(self), *((k, tuple(v) if np.ndim(v) else v) for k, v in parameters))


def named(
    value: str | NamedValue, registry: Mapping[str, type[NamedValue]], parameter: str
) -> NamedValue:
    """The value that a name in a registry or an instance stands for, checked.

    Parameters
    ----------
    value : str or Value
        As the user gave it.
    registry : mapping of str to class
        The known names.
    parameter : str
        Its name in error messages.

    Returns
    -------
    value : Value

    Raises
    ------
    ValueError, TypeError
        If the name is unknown, or a parameter of the instance is not valid.
    """
    check_instance(value, parameter)
    found = registry[value]() if isinstance(value, str) and value in registry else value
    if isinstance(found, str) or not isinstance(found, tuple(registry.values())):
        raise ValueError(
            f"{parameter}: {value!r} is not one of {sorted(registry)}, nor an instance of their "
            f"classes.{did_you_mean(value, registry) if isinstance(value, str) else ''}"
        )
    found.check()
    return found.plain()
