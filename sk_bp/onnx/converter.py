"""What tells skl2onnx how to convert the estimators.

A network is converted as it was trained: the graph scales X, computes the layers, and scales back,
so that large values that `scaling` has centred lose no digits in float32. The graph computes in
the type of its input: double for double, else float.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from skl2onnx import update_registered_converter
from skl2onnx.common.data_types import (
    DoubleTensorType,
    FloatTensorType,
    Int64TensorType,
    StringTensorType,
)
from skl2onnx.common.utils_classifier import get_label_classes
from sklearn.preprocessing import StandardScaler

from sk_bp.estimators import BPClassifier, BPRegressor
from sk_bp.model import Model
from sk_bp.onnx.graph import Graph, add_layer, add_output
from sk_bp.onnx.table import add_encoder
from sk_bp.scaling import Scaling
from sk_bp.tabular import BPTabularClassifier, BPTabularRegressor
from sk_bp.tabular.base import BaseTabular

# Those that skl2onnx has for every classifier; it turns outputs into maps, or adds the labels.
_OPTIONS = {
    "zipmap": [True, False, "columns"],
    "output_class_labels": [False, True],
    "nocl": [True, False],
}


def _network_of(operator: Any) -> Any:
    """The network of an estimator, which in those for tables comes after an encoder."""
    estimator = operator.raw_operator
    return estimator.network_ if isinstance(estimator, BaseTabular) else estimator


def _dtype_of(operator: Any) -> np.dtype[Any]:
    """The type that the network is computed in: that of the numbers, or without any its own."""
    types = [one.type for one in operator.inputs]
    if any(isinstance(kind, DoubleTensorType) for kind in types):
        return np.dtype(np.float64)
    if all(isinstance(kind, StringTensorType) for kind in types):
        return _network_of(operator)._fitted_model().dtype
    return np.dtype(np.float32)


def _set_type(variable: Any, operator: Any, shape: list[Any]) -> None:
    """Let a variable be a tensor of the type that the network is computed in."""
    kind = DoubleTensorType if _dtype_of(operator) == np.float64 else FloatTensorType
    variable.set_type(kind(shape))


# ------------------------------------------------------------------ shapes


def _shapes_of_regressor(operator: Any) -> None:
    n_samples = operator.inputs[0].get_first_dimension()
    _set_type(operator.outputs[0], operator, [n_samples, _network_of(operator).n_outputs_])


def _shapes_of_classifier(operator: Any) -> None:
    classifier = operator.raw_operator
    n_samples = operator.inputs[0].get_first_dimension()
    classes = _classes_of(get_label_classes(operator.scope_inst, classifier))
    multilabel = _network_of(operator)._labels.task == "multilabel"
    kind = Int64TensorType if multilabel or classes.dtype.kind == "i" else StringTensorType
    operator.outputs[0].set_type(kind([n_samples, len(classes)] if multilabel else [n_samples]))
    _set_type(operator.outputs[1], operator, [n_samples, len(classes)])


def _classes_of(classes: NDArray[Any]) -> NDArray[Any]:
    """The classes as ONNX has them: int64 or texts."""
    if classes.dtype.kind in "biu":
        return classes.astype(np.int64)
    if all(isinstance(label, str) for label in classes.tolist()):
        return classes.astype(object)
    if classes.dtype.kind == "f" and (classes == np.round(classes)).all():
        return classes.astype(np.int64)
    raise ValueError(
        f"classes_ is {classes.tolist()}, but ONNX has only whole numbers and texts as labels; fit "
        "with such labels"
    )


# ------------------------------------------------------------------ nodes


def _outputs_of(graph: Graph, x: str, model: Model) -> str:
    """Add the nodes of a model; those of an ensemble compute the mean of its networks."""
    outputs = [_outputs_of_one(graph, x, member) for member in model.members]
    if len(outputs) == 1:
        return outputs[0]
    return graph.node("Div", graph.node("Sum", *outputs), graph.constant(len(outputs)))


def _outputs_of_one(graph: Graph, x: str, model: Model) -> str:
    network, scaling = model.trained, model.scaling
    if scaling is not None:
        x = _scaled(graph, x, scaling)
    for W, b, T in zip(network.coefs, network.intercepts, network.activations, strict=True):
        x = add_layer(graph, x, W, b, T)
    outputs = add_output(graph, x, network.output, network.n_outputs)
    return outputs if scaling is None else _unscaled(graph, outputs, scaling)


def _scaled(graph: Graph, x: str, scaling: Scaling) -> str:
    """Add the nodes of (x - center) / scale, in double: a difference of close numbers is left."""
    if scaling.center.any():
        wide = graph.cast(x, np.float64)
        wide = graph.node("Sub", wide, graph.constant(scaling.center, np.float64))
        wide = graph.node("Div", wide, graph.constant(scaling.scale, np.float64))
        return graph.cast(wide, graph.dtype)
    if (scaling.scale != 1).any():
        return graph.node("Div", x, graph.constant(scaling.scale))
    return x


def _unscaled(graph: Graph, outputs: str, scaling: Scaling) -> str:
    if scaling.target_scale != 1:
        outputs = graph.node("Mul", outputs, graph.constant(scaling.target_scale))
    if scaling.target_center.any():
        outputs = graph.node("Add", outputs, graph.constant(scaling.target_center))
    return outputs


def _input_of(graph: Graph, operator: Any) -> str:
    estimator = operator.raw_operator
    if isinstance(estimator, BaseTabular):
        return add_encoder(graph, operator.inputs, estimator.encoder_)
    return graph.cast(operator.inputs[0].full_name, graph.dtype)


def _restored(graph: Graph, outputs: str, scaler: StandardScaler) -> str:
    """Add the nodes of targets in their own units."""
    if scaler.with_std:
        outputs = graph.node("Mul", outputs, graph.constant(scaler.scale_))
    if scaler.with_mean:
        outputs = graph.node("Add", outputs, graph.constant(scaler.mean_))
    return outputs


def _convert_regressor(scope: Any, operator: Any, container: Any) -> None:
    graph = Graph(scope, container, _dtype_of(operator))
    model = _network_of(operator)._fitted_model()
    outputs = _outputs_of(graph, _input_of(graph, operator), model)
    if isinstance(operator.raw_operator, BaseTabular):
        outputs = _restored(graph, outputs, operator.raw_operator.target_scaler_)
    graph.node("Identity", outputs, output=operator.outputs[0].full_name)


def _convert_classifier(scope: Any, operator: Any, container: Any) -> None:
    graph, network = Graph(scope, container, _dtype_of(operator)), _network_of(operator)
    model, task = network._fitted_model(), network._labels.task
    outputs = _outputs_of(graph, _input_of(graph, operator), model)
    has_proba = model.layers.output.gives_probabilities
    label, scores = (output.full_name for output in operator.outputs)
    _add_scores(graph, outputs, scores, task == "binary", has_proba)
    if task == "multiclass":
        number = graph.node("ArgMax", outputs, axis=1, keepdims=0)
    else:
        limit = graph.constant(0.5 if has_proba else 0)
        number = graph.cast(graph.node("Greater", outputs, limit), np.int64)
    if task == "multilabel":
        graph.node("Identity", number, output=label)
        return
    flat = graph.node("Reshape", number, graph.constant([-1], np.int64))
    classes = _classes_of(get_label_classes(scope, operator.raw_operator))
    graph.node("Gather", graph.constant(classes, classes.dtype), flat, output=label)


def _add_scores(graph: Graph, outputs: str, name: str, is_binary: bool, has_proba: bool) -> None:
    """Add the nodes of predict_proba; without probabilities, of one score for each class."""
    if is_binary:
        if has_proba:
            other = graph.node("Sub", graph.constant(1), outputs)
        else:
            other = graph.node("Neg", outputs)
        outputs = graph.node("Concat", other, outputs, axis=1)
    if has_proba:
        graph.node("Max", outputs, graph.constant(np.finfo(graph.dtype).tiny), output=name)
    else:
        graph.node("Identity", outputs, output=name)


def register() -> None:
    """Tell skl2onnx how to convert the estimators."""
    for classifier in (BPClassifier, BPTabularClassifier):
        update_registered_converter(
            classifier,
            f"SkBp{classifier.__name__}",
            _shapes_of_classifier,
            _convert_classifier,
            options=_OPTIONS,
        )
    for regressor in (BPRegressor, BPTabularRegressor):
        update_registered_converter(
            regressor, f"SkBp{regressor.__name__}", _shapes_of_regressor, _convert_regressor
        )
