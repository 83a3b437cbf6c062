"""skops loads every fitted estimator, and needs to trust classes of sk_bp only."""

import pickle
from pkgutil import resolve_name

import numpy as np
import pytest
from cases import ACTIVATION_CASES, ESTIMATORS, LOSS_CASES, SERVED
from helpers import (
    assert_same_bits,
    estimator_class,
    prediction_methods,
    quick,
    targets_for,
    two_classes,
)

from sk_bp import (
    BPClassifier,
    BPRegressor,
    BPTabularClassifier,
    BPTabularRegressor,
    HiddenLayer,
    schedules,
)
from sk_bp.averages import AVERAGES
from sk_bp.inspection import check_gradient
from sk_bp.losses import Pinball
from sk_bp.optimizers import OPTIMIZERS
from sk_bp.trusted import TRUSTED_TYPES
from sk_bp.weights import prune_columns

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
skops = pytest.importorskip("skops.io")
X, y = two_classes(12, 4)


def again(estimator):
    """The estimator, saved and loaded; only sk_bp is trusted."""
    data = skops.dumps(estimator)
    untrusted = skops.get_untrusted_types(data=data)
    assert all(name.startswith("sk_bp.") for name in untrusted), untrusted
    return skops.loads(data, trusted=TRUSTED_TYPES)


def assert_same_predictions(found, expected):
    methods = [name for name in prediction_methods(BPClassifier) if hasattr(expected, name)]
    for name in methods:
        np.testing.assert_array_equal(getattr(found, name)(X), getattr(expected, name)(X))


SCHEDULES = [
    schedule()
    for name in schedules.__all__
    if isinstance(schedule := getattr(schedules, name), type)
    and issubclass(schedule, schedules.Schedule)
    and name not in ("Schedule", "TimedSchedule", "FunctionRate", "Warmup")
]
MODELS = [
    *(quick(Estimator, optimizer=name, warm_start=True) for Estimator, name in SERVED),
    *(quick(BPRegressor, learning_rate=one) for one in [*SCHEDULES, schedules.Warmup(0.1)]),
    *(quick(BPRegressor, activation=one) for one in ACTIVATION_CASES),
    *(quick(BPRegressor, average=cls(), warm_start=True) for cls in AVERAGES.values()),
    *(quick(Estimator, n_models=2, n_restarts=1) for Estimator in ESTIMATORS),
    quick(BPClassifier, early_stopping=True, scoring="accuracy"),
    quick(BPClassifier, learning_rate="auto", batch_size=4),
    quick(BPRegressor, max_time=1e-9),
    quick(BPRegressor, hidden_layer_sizes=np.array([3, 2])),
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: " ".join(repr(model).split())[:90])
def test_a_model_is_loaded_as_it_was_and_goes_on_to_the_same_bits(model):
    model.fit(X, y)
    assert_same_predictions(again(model), model)
    model.set_params(warm_start=True, learning_rate=model.learning_rate)
    model.fit(X, y)
    loaded, twin = again(model), pickle.loads(pickle.dumps(model))
    for one, two in zip(loaded.fit(X, y).estimators_, twin.fit(X, y).estimators_, strict=True):
        assert_same_bits(one, two)


@pytest.mark.parametrize(("loss", "task"), LOSS_CASES, ids=str)
def test_a_model_of_every_loss_and_task_is_loaded_as_it_was(loss, task):
    targets = targets_for(task, 12, np.random.default_rng(0))
    model = quick(estimator_class(task), loss=loss).fit(X, targets)
    assert_same_predictions(again(model), model)


def test_models_for_tables_a_stream_and_assigned_weights_are_loaded_as_they_were():
    for Estimator in (BPTabularClassifier, BPTabularRegressor):
        table = Estimator(3, max_iter=2, random_state=0).fit(X, y)
        data = skops.dumps(table)
        np.testing.assert_array_equal(
            skops.loads(data, trusted=TRUSTED_TYPES).predict(X),
            table.predict(X),
        )
    stream = quick(BPClassifier, optimizer="adam").partial_fit(X, y, classes=[0, 1])
    loaded = again(stream)
    assert_same_bits(loaded.partial_fit(X, y), stream.partial_fit(X, y))
    assigned = quick(BPRegressor, hidden_layer_sizes=())
    assigned.coefs_, assigned.intercepts_ = [np.ones((4, 1))], [np.ones(1)]
    assert_same_predictions(again(assigned), assigned)
    assert check_gradient(again(assigned), X, y).verdict == "right"
    assert again(BPClassifier()).get_params() == BPClassifier().get_params()


def test_labels_of_texts_and_names_of_features_are_loaded_as_they_were():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcd"))
    model = quick(BPClassifier).fit(frame, np.array(["no", "yes"])[y])
    loaded = again(model)
    assert loaded.predict(frame).tolist() == model.predict(frame).tolist()
    assert loaded.feature_names_in_.tolist() == list("abcd")


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_as_instances_are_trusted(name):
    again(BPRegressor(optimizer=OPTIMIZERS[name]()))


def test_quantiles_pruned_models_and_hidden_layers_are_trusted():
    again(quick(BPRegressor, loss=Pinball([0.1, 0.9])).fit(X, X[:, 0]))
    pruned = prune_columns(quick(BPClassifier).fit(X, y), X)
    assert_same_predictions(again(pruned), pruned)
    hidden = HiddenLayer(quick(BPClassifier)).fit(X, y)
    np.testing.assert_array_equal(again(hidden).transform(X), hidden.transform(X))


def test_every_trusted_type_exists_and_is_ours():
    for name in TRUSTED_TYPES:
        assert isinstance(resolve_name(name), type), name
        assert name.startswith("sk_bp.") or name == "numpy.dtype"
