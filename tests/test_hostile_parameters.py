"""Every parameter takes a value right, or refuses it by name and leaves the model as it was."""

import inspect
import warnings

import numpy as np
import pytest
from cases import ESTIMATORS
from helpers import assert_finite, assert_same_state, quick, state, two_classes
from hostile_cases import some_values

from sk_bp import BPClassifier, BPRegressor, schedules
from sk_bp.activations import ACTIVATIONS
from sk_bp.averages import AVERAGES
from sk_bp.losses import LOSSES
from sk_bp.optimizers import OPTIMIZERS
from sk_bp.tabular import BPTabularClassifier, PiecewiseLinearEncoder, SmoothClipScaler

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
X, y = two_classes(12, 4)

SCHEDULES = [
    schedule
    for name in schedules.__all__
    if isinstance(schedule := getattr(schedules, name), type)
    and issubclass(schedule, schedules.Schedule)
    and name not in ("Schedule", "TimedSchedule", "FunctionRate", "Warmup")
]
OWNERS = {
    "optimizer": OPTIMIZERS.values(),
    "learning_rate": SCHEDULES,
    "loss": LOSSES.values(),
    "activation": ACTIVATIONS.values(),
    "average": AVERAGES.values(),
}
NESTED = [
    (owner, cls, name)
    for owner, classes in OWNERS.items()
    for cls in classes
    for name in inspect.signature(cls).parameters
]


def assert_taken_or_refused(model, names, params):
    """Fit a fitted model with other parameters; assert that it comes out whole or unchanged."""
    before, good = state(model), model.get_params(deep=False)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of rates near the largest float
            model.set_params(**params).fit(X, y)
    except (ValueError, TypeError, MemoryError) as caught:
        error = " ".join([str(caught), *getattr(caught, "__notes__", [])])
    else:
        error = ""
    if error:
        assert any(name in error for name in (*names, "the weights of a network")), error
        assert_same_state(model.set_params(**{key: good[key] for key in params}), before)
        return
    for one in model.estimators_:
        assert_finite(one)
    assert np.isfinite(model.predict(X)).all()


@pytest.mark.parametrize("name", BPClassifier().get_params(deep=False))
def test_a_parameter_of_an_estimator_is_taken_or_refused_by_name(name):
    for Estimator in ESTIMATORS:
        if name in Estimator().get_params(deep=False):
            for value in some_values(name + Estimator.__name__):
                model = quick(Estimator, max_iter=2).fit(X, y)
                assert_taken_or_refused(model, (name,), {name: value})


@pytest.mark.parametrize(
    ("owner", "cls", "name"), NESTED, ids=[f"{cls.__name__}.{name}" for _, cls, name in NESTED]
)
def test_a_parameter_of_what_an_estimator_is_made_of_is_taken_or_refused_by_name(owner, cls, name):
    Estimator = (
        BPClassifier if "regression" not in getattr(cls, "tasks", "regression") else BPRegressor
    )
    plain = {"max_iter": 2, "learning_rate": None, "batch_size": "auto"}
    model = quick(Estimator, **plain).fit(X, y)
    for value in some_values(cls.__name__ + name):
        made = cls(**{name: value})
        assert_taken_or_refused(model, (name, owner), {owner: made})
        model.set_params(**{owner: getattr(quick(Estimator, **plain), owner)})


@pytest.mark.parametrize("cls", [BPTabularClassifier, SmoothClipScaler, PiecewiseLinearEncoder])
def test_a_parameter_of_what_serves_tables_is_taken_or_refused_by_name(cls):
    small = {"hidden_layer_sizes": 2, "max_iter": 1, "n_models": 1}
    for name in cls().get_params():
        for value in some_values(name):
            model = cls(**{**(small if cls is BPTabularClassifier else {}), name: value})
            try:
                model.fit(X, y)
            except (ValueError, TypeError, MemoryError) as caught:
                error = str(caught)
            else:
                continue
            assert name in error or "the weights of a network" in error, error
            assert not any(key.endswith("_") for key in vars(model) if key[0] != "_")
