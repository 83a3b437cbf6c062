"""Nodes of an ONNX graph: activations and outputs, in operators that have float and double kernels.

ONNX has operators of its own for most activations, such as Softplus, but onnxruntime computes these
in float32 only. So they are put together from simpler ones here. Only Erf, which GELU needs, is
computed in float32 in double graphs too.
"""

from collections.abc import Callable
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from onnx.helper import np_dtype_to_tensor_dtype
from onnx.numpy_helper import from_array

from sk_bp.activations import Activation
from sk_bp.outputs import Output

# From the definition of the SELU.
_SELU_SCALE, _SELU_ALPHA = 1.0507009873554804934, 1.6732632423543772848


class Graph:
    """Adds nodes and constants to the graph that skl2onnx builds.

    Parameters
    ----------
    scope : skl2onnx.common._topology.Scope
        Makes up names.
    container : skl2onnx.common._container.ModelComponentContainer
        Holds the nodes.
    dtype : dtype
        float32 or float64, which the network is computed in.
    """

    def __init__(self, scope: Any, container: Any, dtype: Any) -> None:
        self._scope = scope
        self._container = container
        self.dtype = np.dtype(dtype)

    def constant(self, values: Any, dtype: Any = None) -> str:
        """The name of a new constant, of the graph's type unless another one is given."""
        array = np.asarray(values, dtype or self.dtype)
        name = self._scope.get_unique_variable_name("constant")
        if array.dtype.kind in "OUT":
            texts = [str(text).encode() for text in array]
            self._container.add_initializer(name, TensorProto.STRING, array.shape, texts)
        else:
            tensor = from_array(np.ascontiguousarray(array).reshape(array.shape))
            self._container.add_initializer(name, None, None, tensor)
        return name

    def node(
        self,
        operator: str,
        *inputs: str,
        output: str | None = None,
        n_unused: int = 0,
        **attributes: Any,
    ) -> str:
        """Add a node, and return the name of its first output, which may be given.

        n_unused is the number of further outputs, which nothing reads.
        """
        output = output or self._scope.get_unique_variable_name(operator.lower())
        name = self._scope.get_unique_operator_name(operator)
        unused = [self._scope.get_unique_variable_name("unused") for _ in range(n_unused)]
        self._container.add_node(operator, list(inputs), [output, *unused], name=name, **attributes)
        return output

    def cast(self, x: str, dtype: Any, output: str | None = None) -> str:
        """Add a node that converts to another type, and return the name of its output."""
        kind = np_dtype_to_tensor_dtype(np.dtype(dtype))
        return self.node("Cast", x, output=output, to=kind)


def _hard_sigmoid(graph: Graph, z: str, activation: Any) -> str:
    line = graph.node("Mul", graph.node("Add", z, graph.constant(3)), graph.constant(1 / 6))
    return graph.node("Clip", line, graph.constant(0), graph.constant(1))


def _softsign(graph: Graph, z: str, activation: Any) -> str:
    return graph.node("Div", z, graph.node("Add", graph.node("Abs", z), graph.constant(1)))


def _leaky_relu(graph: Graph, z: str, activation: Any) -> str:
    return graph.node("Max", z, graph.node("Mul", z, graph.constant(activation.slope)))


def _exponential_below(graph: Graph, z: str, above: float, below: float) -> str:
    """`above` times z, or `below` times exp(z) - 1 where z < 0."""
    exponential = graph.node("Exp", graph.node("Min", z, graph.constant(0)))
    negative = graph.node("Sub", exponential, graph.constant(1))
    line = graph.node("Mul", graph.node("Relu", z), graph.constant(above))
    return graph.node("Add", line, graph.node("Mul", negative, graph.constant(below)))


def _softplus(graph: Graph, z: str, activation: Any = None) -> str:
    tail = graph.node("Exp", graph.node("Neg", graph.node("Abs", z)))
    rest = graph.node("Log", graph.node("Add", tail, graph.constant(1)))
    return graph.node("Add", graph.node("Relu", z), rest)


def _silu(graph: Graph, z: str, activation: Any) -> str:
    return graph.node("Mul", z, graph.node("Sigmoid", z))


def _gelu(graph: Graph, z: str, activation: Any) -> str:
    scaled = graph.cast(graph.node("Mul", z, graph.constant(1 / sqrt(2))), np.float32)
    erf = graph.cast(graph.node("Erf", scaled), graph.dtype)
    double_share = graph.node("Add", erf, graph.constant(1))
    return graph.node("Mul", graph.node("Mul", z, graph.constant(0.5)), double_share)


def _mish(graph: Graph, z: str, activation: Any) -> str:
    return graph.node("Mul", z, graph.node("Tanh", _softplus(graph, z)))


# By name, what adds the nodes of an activation to a graph, given z.
ACTIVATION_NODES: dict[str, Callable[[Graph, str, Any], str]] = {
    "identity": lambda graph, z, activation: z,
    "logistic": lambda graph, z, activation: graph.node("Sigmoid", z),
    "tanh": lambda graph, z, activation: graph.node("Tanh", z),
    "softsign": _softsign,
    "hard_sigmoid": _hard_sigmoid,
    "relu": lambda graph, z, activation: graph.node("Relu", z),
    "leaky_relu": _leaky_relu,
    "elu": lambda graph, z, activation: _exponential_below(graph, z, 1, activation.alpha),
    "selu": lambda graph, z, activation: _exponential_below(
        graph, z, _SELU_SCALE, _SELU_SCALE * _SELU_ALPHA
    ),
    "softplus": _softplus,
    "silu": _silu,
    "gelu": _gelu,
    "mish": _mish,
}


def _sorted(graph: Graph, z: str, n_outputs: int) -> str:
    length = graph.constant([n_outputs], np.int64)
    return graph.node("TopK", z, length, n_unused=1, axis=1, largest=0, sorted=1)


# By name, what adds the nodes of an output activation, given the raw outputs and their number.
OUTPUT_NODES: dict[str, Callable[[Graph, str, int], str]] = {
    "identity": lambda graph, z, n_outputs: z,
    "logistic": lambda graph, z, n_outputs: graph.node("Sigmoid", z),
    "softmax": lambda graph, z, n_outputs: graph.node("Softmax", z, axis=1),
    "exponential": lambda graph, z, n_outputs: graph.node("Exp", z),
    "sorted": _sorted,
}


def add_layer(graph: Graph, x: str, W: NDArray[Any], b: NDArray[Any], T: Activation) -> str:
    """Add the nodes of T(x W + b)."""
    product = graph.node("MatMul", x, graph.constant(W))
    z = graph.node("Add", product, graph.constant(b))
    return ACTIVATION_NODES[T.core_name](graph, z, T)


def add_output(graph: Graph, z: str, output: Output, n_outputs: int) -> str:
    """Add the nodes of an output activation."""
    return OUTPUT_NODES[output.core_name](graph, z, n_outputs)
