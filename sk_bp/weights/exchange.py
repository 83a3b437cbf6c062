"""Weights as a dict of arrays, and as an npz file."""

from collections.abc import Mapping
from itertools import pairwise
from typing import IO, Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from sk_bp.base import BaseBP
from sk_bp.ensemble import Ensemble
from sk_bp.model import Model
from sk_bp.network import Network, checked_arrays
from sk_bp.run import Run
from sk_bp.targets import Indicators, Labels

FORMAT = 1
_Estimator = TypeVar("_Estimator", bound=BaseBP)


def in_units_of_the_user(model: Model) -> Network:
    """The network of a single model for X and y as they are given, in the digits that this needs.

    If training has centred columns, the biases are large differences, so that the weights are
    given in float64.
    """
    scaling = model.scaling
    if scaling is None or not (scaling.center.any() or scaling.target_center.any()):
        return model.network
    return scaling.unscaled(model.trained.copy(np.float64))


def state_dict(estimator: BaseBP) -> dict[str, NDArray[Any]]:
    """The weights of a fitted estimator, and what else its predictions need, as plain arrays.

    Parameters
    ----------
    estimator : BPClassifier or BPRegressor
        Fitted.

    Returns
    -------
    state : dict of str to ndarray
        "coefs_0", "coefs_1", ... of shape (units in, units out), and "intercepts_0",
        "intercepts_1", ... of shape (units out,), for X as it is given. With `n_models` they have
        one axis more at the front, of length n_models. If `scaling` has centred columns, they are
        float64, as the biases need the digits.
        "activations": the names of the layers' activations; "output": that of the output
        activation. "classes" of a classifier, and "multilabel"; "feature_names" if there are names.
        "format": 1.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    TypeError
        If the labels of a classifier are neither numbers nor texts.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import BPRegressor
    >>> from sk_bp.weights import state_dict
    >>> X = np.arange(8.0)[:, None]
    >>> state = state_dict(BPRegressor((3,), random_state=0).fit(X, X[:, 0]))
    >>> {name: array.shape for name, array in state.items() if name.startswith("coefs")}
    {'coefs_0': (1, 3), 'coefs_1': (3, 1)}
    """
    model = estimator._fitted_model()
    networks = [in_units_of_the_user(member) for member in model.members]
    state: dict[str, NDArray[Any]] = {"format": np.array(FORMAT)}
    for kind in ("coefs", "intercepts"):
        for layer, arrays in enumerate(zip(*(getattr(n, kind) for n in networks), strict=True)):
            state[f"{kind}_{layer}"] = arrays[0].copy() if len(arrays) == 1 else np.stack(arrays)
    layers = model.layers
    state["activations"] = np.array([str(activation) for activation in layers.activations])
    state["output"] = np.array(layers.output.core_name)
    targets = estimator._targets
    if isinstance(targets, Labels):
        state["classes"] = _plain(targets.classes)
        state["multilabel"] = np.array(isinstance(targets, Indicators))
    if "feature_names_in_" in vars(estimator):
        state["feature_names"] = vars(estimator)["feature_names_in_"].astype(str)
    return state


def load_state_dict(estimator: _Estimator, state: Mapping[str, Any]) -> _Estimator:
    """Give an estimator the weights of another one, or of another program.

    Parameters
    ----------
    estimator : BPClassifier or BPRegressor
        With the parameters that describe the network: `activation`, `loss`, `out_activation` and
        `n_models` must be those of the weights; `hidden_layer_sizes` only for further training. It
        need not be fitted; a model that it has is replaced.
    state : mapping of str to array-like
        As `state_dict` returns it. All but the weights and "classes" may be left out, and
        "classes" too if the estimator has them.

    Returns
    -------
    estimator : BPClassifier or BPRegressor
        The same estimator, which predicts, and can be trained further by `partial_fit` or a warm
        start.

    Raises
    ------
    ValueError
        If the arrays do not fit together, or to the parameters. The estimator stays as it was.

    Examples
    --------
    >>> from sk_bp import BPRegressor
    >>> from sk_bp.weights import load_state_dict
    >>> line = load_state_dict(BPRegressor(()), {"coefs_0": [[2.0]], "intercepts_0": [1.0]})
    >>> line.predict([[10.0]])
    array([21.])
    """
    if int(state.get("format", FORMAT)) != FORMAT:
        raise ValueError(f"state has format {state['format']}, but this sk_bp reads {FORMAT}")
    n_models, layers = estimator.n_models, 0
    while f"coefs_{layers}" in state:
        layers += 1
    names = [f"{kind}_{layer}" for kind in ("coefs", "intercepts") for layer in range(layers)]
    missing = [name for name in [*names, *(["coefs_0"] if not layers else [])] if name not in state]
    if missing:
        raise ValueError(f"state lacks {', '.join(missing)}; it has {sorted(map(str, state))}")
    arrays = checked_arrays("state", [state[name] for name in names])
    if n_models == 1:
        sets = [arrays]
    elif all(array.ndim > 1 and len(array) == n_models for array in arrays):
        sets = [[np.array(array[i]) for array in arrays] for i in range(n_models)]
    else:
        raise ValueError(
            f"n_models={n_models!r}, but coefs_0 has the shape {arrays[0].shape}, which is not "
            "that of so many networks"
        )
    loaded = estimator._blank().set_params(n_models=1)
    if "classes" in state:
        kind = Indicators if bool(np.any(state.get("multilabel", False))) else Labels
        loaded._targets = kind(np.asarray(state["classes"]))
    elif "_targets" in vars(estimator):
        loaded._targets = estimator._targets
    models = [_loaded(loaded, weights, layers) for weights in sets]
    _check_names(models[0].network, state)
    features: dict[str, Any] = {"n_features_in_": models[0].network.units[0]}
    if "feature_names" in state:
        features["feature_names_in_"] = np.asarray(state["feature_names"]).astype(object)
    model = models[0] if n_models == 1 else Ensemble(cast(list[Run], models))
    estimator._adopt(model, loaded._targets, features)
    return estimator


def _loaded(estimator: Any, weights: list[NDArray[Any]], n_layers: int) -> Model:
    """A model with these weights, which the estimator's parameters describe."""
    coefs, intercepts = weights[:n_layers], weights[n_layers:]
    shapes = [W.shape for W in coefs], [b.shape for b in intercepts]
    fit = all(len(shape) == 2 for shape in shapes[0]) and shapes[1] == [s[1:] for s in shapes[0]]
    if not fit or any(one[1] != two[0] for one, two in pairwise(shapes[0])):
        raise ValueError(
            f"the weights have the shapes {shapes[0]} and the biases {shapes[1]}, which do not fit "
            "together"
        )
    estimator.coefs_, estimator.intercepts_ = coefs, intercepts
    return estimator._model


def _check_names(network: Network, state: Mapping[str, Any]) -> None:
    """Raise ValueError if the weights were made for other activations."""
    own = {
        "activations": [str(activation) for activation in network.activations],
        "output": [network.output.core_name],
    }
    for name, expected in own.items():
        given = np.ravel(state.get(name, expected)).tolist()
        if given != expected:
            raise ValueError(
                f"the weights were made for {name} {given}, but the parameters of the estimator "
                f"ask for {expected}"
            )


def save_weights(estimator: BaseBP, file: Any) -> None:
    """Write `state_dict` to an npz file, which NumPy reads without pickle.

    Parameters
    ----------
    estimator : BPClassifier or BPRegressor
        Fitted.
    file : str, path or binary file
        Where to write; to a path that has no suffix, NumPy adds ".npz".

    Examples
    --------
    >>> import io
    >>> import numpy as np
    >>> from sk_bp import BPRegressor
    >>> from sk_bp.weights import load_weights, save_weights
    >>> X, file = np.arange(8.0)[:, None], io.BytesIO()
    >>> model = BPRegressor((3,), random_state=0).fit(X, X[:, 0])
    >>> save_weights(model, file)
    >>> copy = load_weights(BPRegressor((3,)), io.BytesIO(file.getvalue()))
    >>> bool(np.allclose(copy.predict(X), model.predict(X)))
    True
    """
    np.savez(file, allow_pickle=False, **state_dict(estimator))


def load_weights(estimator: _Estimator, file: str | Any | IO[bytes]) -> _Estimator:
    """Read weights that `save_weights` has written into an estimator with the same parameters.

    Nothing of the file is executed. See `load_state_dict` for what is checked.

    Parameters
    ----------
    estimator : BPClassifier or BPRegressor
    file : str, path or binary file

    Returns
    -------
    estimator : BPClassifier or BPRegressor
        The same estimator.

    Raises
    ------
    ValueError
        If the file holds pickled objects, or arrays that do not fit.
    """
    with np.load(file, allow_pickle=False) as arrays:
        return load_state_dict(estimator, dict(arrays))


def _plain(classes: NDArray[Any]) -> NDArray[Any]:
    """Labels as an array that is saved without pickle."""
    if classes.dtype.kind in "biufU":
        return classes
    if all(isinstance(label, str) for label in classes.tolist()):
        return classes.astype(str)
    raise TypeError(f"classes_ must be numbers or texts to be exported, got {classes.tolist()}")
