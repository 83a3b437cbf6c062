"""Docstrings name the parameters, defaults, registered names and attributes that the code has."""

import importlib
import inspect
import re
import sys
from dataclasses import is_dataclass

import numpy as np
import pandas as pd
import pytest
from cases import SERVED, both
from documents import rst_table, section, stated_default

from sk_bp.activations import ACTIVATIONS
from sk_bp.averages import AVERAGES
from sk_bp.initializers import INITIALIZERS
from sk_bp.losses import LOSSES, losses_for
from sk_bp.optimizers import OPTIMIZERS
from sk_bp.schedules import SCHEDULES

MODULES = [
    importlib.import_module(name)
    for name in (
        "sk_bp",
        "sk_bp.activations",
        "sk_bp.inspection",
        "sk_bp.losses",
        "sk_bp.optimizers",
        "sk_bp.schedules",
        "sk_bp.tabular",
    )
]


def public_members(module):
    """The public classes and functions of a module."""
    names = getattr(module, "__all__", None)
    for name, member in vars(module).items():
        defined_here = getattr(member, "__module__", None) == module.__name__
        public = defined_here and not name.startswith("_") if names is None else name in names
        if public and (inspect.isclass(member) or inspect.isfunction(member)):
            yield member


def public_methods(cls):
    """The public methods that a class has from this package."""
    for name in dir(cls):
        method = getattr(cls, name, None)
        of_package = str(getattr(method, "__module__", None)).startswith("sk_bp.")
        if of_package and inspect.isroutine(method) and not name.startswith("_"):
            yield method


def by_name(functions_and_classes):
    """What the tests run over, by full name: what several classes inherit is there once."""
    return {f"{item.__module__}.{item.__qualname__}": item for item in functions_and_classes}


def only(cases):
    return pytest.mark.parametrize("documented", cases.values(), ids=cases)


MEMBERS = by_name(member for module in MODULES for member in public_members(module))
CLASSES = {name: member for name, member in MEMBERS.items() if inspect.isclass(member)}
METHODS = by_name(method for cls in CLASSES.values() for method in public_methods(cls))
# What the package makes and hands out; its fields are documented as attributes.
RESULTS = {
    name: cls for name, cls in CLASSES.items() if section(cls, "Attributes") and is_dataclass(cls)
}
WITH_PARAMETERS = {
    name: item for name, item in (MEMBERS | METHODS).items() if section(item, "Parameters")
}


def parameters_of(documented):
    """Names, with their stars, and defaults of the parameters, as the signature has them."""
    if documented.__init__ is object.__init__:
        return {}
    stars = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}
    return {
        stars.get(parameter.kind, "") + name: parameter.default
        for name, parameter in inspect.signature(documented).parameters.items()
        if name != "self"
    }


def test_every_parameter_of_a_public_class_or_function_is_documented():
    take_parameters = {name for name, member in MEMBERS.items() if parameters_of(member)}
    assert take_parameters - set(RESULTS) <= set(WITH_PARAMETERS)


@only(WITH_PARAMETERS)
def test_documented_parameters_are_those_of_the_signature_in_their_order(documented):
    names = [entry.name for entry in section(documented, "Parameters")]
    assert names == list(parameters_of(documented))


@only(WITH_PARAMETERS)
def test_stated_defaults_are_those_of_the_signature(documented):
    constants = vars(sys.modules[documented.__module__])
    stated = {
        entry.name: stated_default(entry.type, constants)
        for entry in section(documented, "Parameters")
        if entry.type  # else it points to another docstring
    }
    assert stated == {
        name: () if default is inspect.Parameter.empty else (default,)
        for name, default in parameters_of(documented).items()
        if name in stated
    }


@only(RESULTS)
def test_the_attributes_of_a_result_are_documented(documented):
    fields = set(documented.__dataclass_fields__)
    properties = {name for name, _ in inspect.getmembers(documented, inspect.isdatadescriptor)}
    public = {name for name in fields | properties if not name.startswith("_")}
    assert {entry.name for entry in section(documented, "Attributes")} == public


def fitted_attributes(estimator):
    """The public attributes that `fit` gives, those whose names end with an underscore."""
    names = {name for name in dir(estimator) if name.endswith("_") and not name.startswith("_")}
    return {name for name in names if hasattr(estimator, name)}


@both
def test_the_attributes_of_a_fitted_estimator_are_documented_and_no_others(Estimator):
    X = pd.DataFrame(np.random.default_rng(0).standard_normal((40, 3)), columns=list("abc"))
    model = Estimator(2, max_iter=2, tol=None, early_stopping=True, n_restarts=1, random_state=0)
    model.fit(X, np.arange(40) % 2)
    linear = Estimator((), max_iter=2, tol=None).fit(X, np.arange(40) % 2)
    documented = {entry.name for entry in section(Estimator, "Attributes")}
    assert documented == fitted_attributes(model) | fitted_attributes(linear)


def choices(Estimator, parameter):
    """The words in double quotes in the docstring of a parameter, its default among them."""
    (entry,) = (e for e in section(Estimator, "Parameters") if e.name == parameter)
    return set(re.findall(r'"([a-z_]+)"', f"{entry.type} {entry.text}"))


@both
def test_an_estimator_names_all_its_choices(Estimator):
    assert choices(Estimator, "activation") == set(ACTIVATIONS)
    assert choices(Estimator, "average") == set(AVERAGES)
    assert choices(Estimator, "init") == {"auto", "data", *INITIALIZERS}
    assert choices(Estimator, "loss") == set(losses_for(*Estimator._tasks))
    served = {name for estimator, name in SERVED if estimator is Estimator}
    assert choices(Estimator, "optimizer") == served


def test_the_table_of_optimizers_is_the_registry():
    rows = rst_table(importlib.import_module("sk_bp.optimizers"))
    stated = {row["name"]: (row["class"], row["default rate"]) for row in rows}
    assert stated == {
        name: (f"`{cls.__name__}`", str(getattr(cls, "default_learning_rate", "none")))
        for name, cls in OPTIMIZERS.items()
    }


def test_the_table_of_losses_is_the_registry():
    rows = rst_table(importlib.import_module("sk_bp.losses"))
    stated = {(row["name"], row["class"], row["task"], row["output"]) for row in rows}
    assert stated == {
        (name, f"`{cls.__name__}`", task, cls().for_task(task).output.core_name)
        for name, cls in LOSSES.items()
        for task in cls.tasks
    }


def test_the_table_of_activations_is_the_registry():
    rows = rst_table(importlib.import_module("sk_bp.activations"))
    stated = {row["name"]: (row["class"], row['``init="auto"`` draws from']) for row in rows}
    assert stated == {
        name: (f"`{cls.__name__}`", cls.initializer) for name, cls in ACTIVATIONS.items()
    }


def test_the_table_of_averages_is_the_registry():
    rows = rst_table(importlib.import_module("sk_bp.averages"))
    stated = {row["name"]: row["class"] for row in rows}
    assert stated == {name: f"`{cls.__name__}`" for name, cls in AVERAGES.items()}


def test_the_table_of_schedules_is_the_registry():
    rows = rst_table(importlib.import_module("sk_bp.schedules"))
    stated = {row["name"]: row["class"] for row in rows}
    assert stated == {name: f"`{cls.__name__}`" for name, cls in SCHEDULES.items()}


def test_the_table_of_initializers_is_the_registry():
    rows = rst_table(importlib.import_module("sk_bp.initializers"))
    assert {row["name"]: row["distribution"] for row in rows} == {
        name: initializer.distribution for name, initializer in INITIALIZERS.items()
    }
