"""What errors suggest: the name that was meant, and where a parameter belongs."""

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

# Names of other libraries, and what they are called here.
_ELSEWHERE = {
    "solver": "optimizer",
    "learning_rate_init": "learning_rate",
    "nesterovs_momentum": "optimizer=SGD(nesterov=...)",
    "momentum": "optimizer=SGD(momentum=...)",
    "beta_1": "optimizer=Adam(beta_1=...)",
    "beta_2": "optimizer=Adam(beta_2=...)",
    "epsilon": "optimizer=Adam(epsilon=...)",
    "max_fun": "optimizer=LBFGS(max_fun=...)",
    "epochs": "max_iter",
    "n_epochs": "max_iter",
    "lr": "learning_rate",
    "patience": "n_iter_no_change",
    "eval_set": "X_val and y_val",
    "validation_data": "X_val and y_val",
    "eval_sample_weight": "sample_weight_val",
}


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question with the name that was probably meant; empty if there is none.

    Parameters
    ----------
    name : str
        As the user gave it.
    known : iterable of str
        The names that there are.

    Examples
    --------
    >>> from sk_bp.advice import did_you_mean
    >>> did_you_mean("adm", ["adam", "sgd"])
    " Did you mean 'adam'?"
    >>> did_you_mean("solver", ["optimizer"])
    " Did you mean 'optimizer'?"
    >>> did_you_mean("swoosh", ["adam", "sgd"])
    ''
    """
    known = list(known)
    elsewhere = _ELSEWHERE.get(name)
    if elsewhere in known:
        return f" Did you mean {elsewhere!r}?"
    matches = get_close_matches(name.lower(), known, n=1)
    return f" Did you mean {matches[0]!r}?" if matches else ""


def counted(number: int, noun: str) -> str:
    """A number and what is counted, in the singular or the plural.

    Examples
    --------
    >>> from sk_bp.advice import counted
    >>> counted(1, "hidden layer"), counted(2, "hidden layer")
    ('1 hidden layer', '2 hidden layers')
    """
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def of_elsewhere(name: str) -> str:
    """What to use for a parameter that other libraries have; empty if nothing is known of it."""
    found = _ELSEWHERE.get(name)
    return f" Use {found}." if found else ""


def owners_of(parameter: str, classes: Mapping[str, type]) -> list[str]:
    """The names of the classes that have a parameter."""
    found = [cls for cls in classes.values() if parameter in cls._get_param_names()]  # type: ignore[attr-defined]
    return [cls.__name__ for cls in found]


def answering_unknown_arguments(method: Callable[..., Any]) -> Callable[..., Any]:
    """Let a method say what to use instead of an argument that other libraries have."""
    code = inspect.unwrap(method).__code__
    known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]

    @functools.wraps(method)
    def checked(*args: Any, **kwargs: Any) -> Any:
        for name in kwargs:
            if name not in known:
                advice = did_you_mean(name, known[1:]) or of_elsewhere(name)
                raise TypeError(
                    f"{method.__qualname__}() got an unexpected keyword argument {name!r}.{advice}"
                )
        return method(*args, **kwargs)

    return checked
