"""Models whose saved parts somebody has altered by hand; reaches behind the public face."""

import numpy as np
from helpers import classes_for, quick, two_classes

from sk_bp import BPRegressor
from sk_bp.activations import LeakyReLU
from sk_bp.averages import EMA
from sk_bp.losses import SquaredError

X, y = two_classes(12, 4)


def trained(Estimator=BPRegressor, **params):
    """A model with everything that can be saved: scales, an average, an optimizer's state."""
    params = {"optimizer": "prodigy", "learning_rate": None, "scaling": True, **params}
    model = quick(Estimator, average=EMA(), activation=LeakyReLU(), warm_start=True, **params)
    return model.fit(10 + 30 * X, y)


def stream(Estimator=BPRegressor, **params):
    """A model in the midst of a stream."""
    model = quick(Estimator, **{"optimizer": "adam", **params})
    return model.partial_fit(X, y, **classes_for(Estimator))


def network(model):
    return model._model._training.network


def state(model):
    return model._model._training.state


def _set(of, **values):
    """An alteration that sets attributes of a part, also of frozen ones."""
    return lambda model: vars(of(model)).update(values)


def _array(of, name, change):
    """An alteration that puts another array in the place of one."""
    return lambda model: vars(of(model)).update({name: change(getattr(of(model), name))})


def with_number(value):
    def change(array):
        array = array.copy()
        array[1] = value
        return array

    return change


def optimizer(model):
    return state(model).optimizer


def _slot(change):
    def alter(model):
        slots = optimizer(model).slots
        optimizer(model).slots = [*slots[:-1], change(slots[-1])]

    return alter


ARRAY_CHANGES = {
    "NaN": with_number(np.nan),
    "infinity": with_number(-np.inf),
    "one number too few": lambda array: array[:-1],
    "one number too many": lambda array: np.append(array, 0.0),
    "none": lambda array: array[:0],
    "two dimensions": lambda array: array[None],
    "float16": lambda array: array.astype(np.float16),
    "int8": lambda array: array.astype(np.int8),
    "int64": lambda array: array.astype(np.int64),
    "complex": lambda array: array.astype(complex),
    "foreign byte order": lambda array: array.astype(">f8"),
    "texts": lambda array: array.astype(str),
    "a list": lambda array: array.tolist(),
    "nothing": lambda array: None,
}
ARRAYS = {
    "weights": lambda change: _array(network, "parameters", change),
    "optimizer": _slot,
    "average": lambda change: _array(lambda m: state(m).averaged, "parameters", change),
    "center": lambda change: _array(lambda m: m._model.scaling, "center", change),
    "scale": lambda change: _array(lambda m: m._model.scaling, "scale", change),
}

BAD_UNITS = [
    (4, -6, 1), (-4, -6, 1), (0, 6, 1), (4, 6), (4,), (), (4, 6, 2), (4.0, 6.0, 1.0),
    (10**12, 10**12, 10**12), (2**62, 4, 1), (10**40, 1, 1), (4, True, 1), ("4", "6", "1"), None,
    [4, 6, 1], (4, np.nan, 1), 7,
]  # fmt: skip
BAD_COUNTS = [-1, 10**30, 0.5, True, None, "1", np.nan]


def _activation(value):
    return lambda model: setattr(
        network(model), "activations", (value, *network(model).activations[1:])
    )


def _unknown_activation():
    activation = LeakyReLU()
    activation.core_name = "swoosh"
    return activation


ALTERATIONS = {
    **{
        f"{of}: {kind}": alter(change)
        for of, alter in ARRAYS.items()
        for kind, change in ARRAY_CHANGES.items()
    },
    **{f"units {units}": _set(network, units=units) for units in BAD_UNITS},
    **{
        f"{name} {value!r}": _set(of, **{name: value})
        for of, names in {
            state: ("seed", "n_epochs", "n_steps", "n_samples"),
            optimizer: ("n_steps",),
            (lambda model: state(model).averaged): ("count",),
            (lambda model: model._model): ("number", "split_seed"),
        }.items()
        for name in names
        for value in BAD_COUNTS
    },
    "activation that does not exist": _activation(_unknown_activation()),
    "activation that is a name": _activation("relu"),
    "activation that is a loss": _activation(SquaredError()),
    "activation without its parameter": _activation(object.__new__(LeakyReLU)),
    "activation of NaN": _activation(LeakyReLU(slope=np.nan)),
    "activation of a text": _activation(LeakyReLU(slope="0.1")),
    "activations too few": _set(network, activations=()),
    "output that is a name": _set(network, output="identity"),
    "output that is an activation": _set(network, output=LeakyReLU()),
    "output missing": lambda model: delattr(network(model), "output"),
    "network with an attribute of its own": _set(network, predict=3),
    "negative scale": _array(lambda m: m._model.scaling, "scale", lambda a: -a),
    "scale of targets 0": _set(lambda m: m._model.scaling, target_scale=0.0),
    "scale of targets NaN": _set(lambda m: m._model.scaling, target_scale=np.nan),
    "centers of targets": _set(lambda m: m._model.scaling, target_center=np.zeros(5)),
    "scaling that is a dict": _set(lambda m: m._model, scaling={"scale": 1}),
    "numbers of the optimizer": _array(optimizer, "numbers", with_number(np.nan)),
    "numbers of a type": _array(optimizer, "numbers", lambda a: a.astype(np.float32)),
    "memory of the optimizer": _set(optimizer, memory={"mu": np.nan}),
    "memory that is a text": _set(optimizer, memory={"mu": "1"}),
    "slots that are a tuple": _set(optimizer, slots=()),
    "loss that is a name": _set(state, loss="squared_error"),
    "schedule's state": _set(state, schedule={"factor": "a"}),
    "no network": lambda model: setattr(model._model._training, "network", None),
    "no training": _set(lambda m: m._model, _training=None),
    "no model": lambda model: setattr(model, "_model", None),
    "model of a name": lambda model: setattr(model, "_model", "model"),
    "network as a model": lambda model: setattr(model, "_model", network(model)),
    "history of different lengths": lambda m: m._model.history["loss"].append(1.0),
    "history without losses": lambda m: m._model.history.pop("loss"),
    "history that is a list": _set(lambda m: m._model, history=[1.0]),
    "ending": _set(lambda m: m._model, ending="SWOOSH"),
    "ending of a number": _set(lambda m: m._model, ending=3),
    "features": lambda model: setattr(model, "n_features_in_", 10**6),
    "no number of features": lambda model: delattr(model, "n_features_in_"),
    "targets": lambda model: setattr(model, "_targets", "regression"),
    "number of targets": lambda model: setattr(model._targets, "_n_outputs", 10**9),
    "no parameter max_iter": lambda model: delattr(model, "max_iter"),
    "average without decay": lambda model: delattr(model.average, "decay"),
    "unfinished": lambda model: setattr(model, "_unfinished", 3),
    "weights that wait": lambda model: setattr(model, "_assigned", {"coefs": ["a"]}),
}  # fmt: skip

# Finite, and yet no optimizer would leave it behind.
SENSELESS = {
    "negative squares": _slot(lambda array: np.full_like(array, -1.0)),
    "huge numbers": _slot(lambda array: np.full_like(array, 1e308)),
}

CLASSES = {
    "classes in two dimensions": lambda model: setattr(model._targets, "classes", np.eye(2)),
    "no classes": lambda model: setattr(model._targets, "classes", np.array([])),
    "too many classes": lambda model: setattr(model._targets, "classes", np.arange(10**5)),
    "classes as a list": lambda model: setattr(model._targets, "classes", [0, 1]),
}
