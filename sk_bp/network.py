"""A network: its weights, in one flat array, and its outputs for samples."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sk_bp._core import _core
from sk_bp.activations import Activation, Identity
from sk_bp.initializers import INITIALIZERS
from sk_bp.memory import check_memory
from sk_bp.outputs import IdentityOutput, Output
from sk_bp.samples import CSR, consecutive, entries_per_sample
from sk_bp.saved import aligned, check_array, check_count, check_parameters, explaining
from sk_bp.threads import single_threaded_blas

# Multiply-adds between two looks at the keyboard: some hundredths of a second.
SLICE_WORK = 1e8
_SAMPLES_PER_BLOCK = 256  # of the core


class Network:
    """A multilayer network: layer l computes T_l(x W_l + b_l).

    Parameters
    ----------
    units : tuple of int
        Units of each layer, the input first: (n_features, ..., n_outputs).
    activations : tuple of Activation
        Activation of each layer after the input. The loss reads what the last one gives; it is
        `Identity()` unless a regression has an `out_activation`.
    output : Output
        Output activation, which belongs to the loss, and turns what the loss reads into
        predictions.
    parameters : ndarray of shape (n_parameters,)
        All weights: W_0, W_1, ..., b_0, b_1, ...; `coefs` and `intercepts` are its views.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp.activations import Identity
    >>> from sk_bp.network import Network
    >>> from sk_bp.outputs import IdentityOutput
    >>> net = Network((2, 1), (Identity(),), IdentityOutput(), np.array([1.0, 10.0, 5.0]))
    >>> net.predict(np.array([[1.0, 2.0]]))
    array([[26.]])
    """

    def __init__(
        self,
        units: tuple[int, ...],
        activations: tuple[Activation, ...],
        output: Output,
        parameters: NDArray[Any],
    ) -> None:
        self.units = units
        self.activations = activations
        self.output = output
        self.parameters = parameters
        self._make_views()

    @classmethod
    def random(
        cls,
        units: tuple[int, ...],
        activations: tuple[Activation, ...],
        output: Output,
        initializers: Sequence[str],
        dtype: DTypeLike,
        start_of: Callable[[int], int],
    ) -> "Network":
        """Return a network with random weights and zero biases.

        ``start_of(layer)`` gives the random bits on which a layer's weights depend.
        """
        n_parameters = count_parameters(units)
        check_memory(
            float(n_parameters) * np.dtype(dtype).itemsize,
            f"the {n_parameters:,} weights of a network with {units} units",
            "Lower hidden_layer_sizes, or use fewer features.",
        )
        network = cls(units, activations, output, np.empty(n_parameters, dtype))
        with single_threaded_blas():
            for layer, (W, name) in enumerate(zip(network.coefs, initializers, strict=True)):
                usual = INITIALIZERS[activations[layer].initializer]
                INITIALIZERS[name].fill(W, start_of(layer), usual.square_gain)
        for b in network.intercepts:
            b[:] = 0
        return network

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the weights, float32 or float64."""
        return self.parameters.dtype

    @property
    def n_outputs(self) -> int:
        """The number of units of the last layer."""
        return self.units[-1]

    @property
    def is_linear_at_last(self) -> bool:
        """Whether the last layer has no activation of its own."""
        return isinstance(self.activations[-1], Identity)

    def predict(self, X: NDArray[Any] | CSR, output: Output | None = None) -> NDArray[Any]:
        """The outputs for samples that have been checked.

        Parameters
        ----------
        X : ndarray or CSR of shape (n_samples, n_features)
            Of the network's dtype.
        output : Output, default=None
            The output activation to apply; None means the network's own.

        Returns
        -------
        outputs : ndarray of shape (n_samples, n_outputs)
        """
        output = output or self.output
        outputs = np.empty((X.shape[0], self.n_outputs), self.dtype)
        with single_threaded_blas():
            for part in self.slices(X):
                outputs[part] = _core.predict(self, consecutive(X, part), output)
        return outputs

    def slices(self, X: NDArray[Any] | CSR) -> Iterator[slice]:
        """Parts of X that take so little time that a KeyboardInterrupt can wait for their end.

        They consist of whole blocks of the core's, so that no result depends on them.
        """
        work = self.work_per_sample(entries_per_sample(X))
        n = _SAMPLES_PER_BLOCK * max(1, int(SLICE_WORK / (_SAMPLES_PER_BLOCK * work)))
        for first in range(0, max(1, X.shape[0]), n):
            yield slice(first, min(first + n, X.shape[0]))

    def work_per_sample(self, n_entries: float) -> float:
        """Multiply-adds of the way forward for a sample with so many values."""
        return n_entries * self.units[1] + sum(a * b for a, b in pairwise(self.units[1:]))

    def with_first_weights(self, W: NDArray[Any]) -> "Network":
        """Return a network with other weights in its first layer; it shares all the rest."""
        other = object.__new__(Network)
        other.units = (len(W), *self.units[1:])
        other.activations, other.output = self.activations, self.output
        other.parameters = self.parameters
        other.coefs = [W, *self.coefs[1:]]
        other.intercepts = self.intercepts
        return other

    def copy(self, dtype: DTypeLike | None = None) -> "Network":
        """A copy that shares no weights with this network; in another type if one is given."""
        arrays = [array.ravel() for array in (*self.coefs, *self.intercepts)]
        parameters = np.concatenate(arrays, dtype=dtype or self.dtype)
        return Network(self.units, self.activations, self.output, parameters)

    def split(self, flat: NDArray[Any]) -> list[NDArray[Any]]:
        """Split an array like `parameters` into the weights and the biases of each layer.

        Parameters
        ----------
        flat : ndarray
            As long as `parameters`.

        Returns
        -------
        parts : list of ndarray
            Views, shaped as `coefs` followed by `intercepts` are.
        """
        arrays = [*self.coefs, *self.intercepts]
        parts = np.split(flat, np.cumsum([array.size for array in arrays])[:-1])
        return [part.reshape(array.shape) for part, array in zip(parts, arrays, strict=True)]

    def weight_norms(self, flat: NDArray[Any]) -> list[float]:
        """The norm of each layer's weights in an array like `parameters`."""
        return [float(np.linalg.norm(W)) for W in self.split(flat)[: len(self.coefs)]]

    def inputs_of(self, layer: int) -> "Network":
        """The network up to z of a layer, its values before the activation; shares the weights."""
        other = object.__new__(Network)
        other.units = self.units[: layer + 2]
        other.activations = (*self.activations[:layer], Identity())
        other.output = IdentityOutput()
        other.parameters = self.parameters
        other.coefs, other.intercepts = self.coefs[: layer + 1], self.intercepts[: layer + 1]
        return other

    def make_writeable(self) -> None:
        """Copy the weights if they are read-only, such as those of a memory-mapped pickle."""
        if not self.parameters.flags.writeable:
            self.parameters = np.array(self.parameters)
            self._make_views()

    def _make_views(self) -> None:
        shapes = list(pairwise(self.units))
        self.coefs: list[NDArray[Any]] = []
        self.intercepts: list[NDArray[Any]] = []
        start = 0
        for n_in, n_out in shapes:
            self.coefs.append(self.parameters[start : start + n_in * n_out].reshape(n_in, n_out))
            start += n_in * n_out
        for _, n_out in shapes:
            self.intercepts.append(self.parameters[start : start + n_out])
            start += n_out

    def __getstate__(self) -> dict[str, Any]:
        return {name: v for name, v in vars(self).items() if name not in ("coefs", "intercepts")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        with explaining("Network"):
            vars(self).update(state)
            vars(self)["parameters"] = aligned(vars(self).get("parameters"))
            self._check_saved()
            self._make_views()

    def _check_saved(self) -> None:
        """Raise an error unless all parts are there, of their types, finite, and fit together."""
        if vars(self).keys() != {"units", "activations", "output", "parameters"}:
            raise ValueError(f"its attributes are {sorted(map(str, vars(self)))}")
        units, activations, parameters = self.units, self.activations, self.parameters
        if type(units) is not tuple or len(units) < 2:
            raise ValueError(f"units is {units!r}")
        for n_units in units:
            check_count(n_units, "a number of units", least=1)
        if type(activations) is not tuple or len(activations) != len(units) - 1:
            raise ValueError(f"activations is {activations!r}, but units is {units}")
        for activation in activations:
            check_parameters(activation, Activation, "an activation")
        check_parameters(self.output, Output, "the output activation")
        single = isinstance(parameters, np.ndarray) and parameters.dtype == np.float32
        dtype = np.float32 if single else np.float64
        check_array(parameters, "parameters", (count_parameters(units),), dtype)


def count_parameters(units: Sequence[int]) -> int:
    """The number of weights and biases of a network.

    Parameters
    ----------
    units : tuple of int
        Units of each layer, the input first.

    Returns
    -------
    n_parameters : int

    Examples
    --------
    >>> from sk_bp.network import count_parameters
    >>> count_parameters((64, 32, 10))
    2410
    """
    return sum((n_in + 1) * n_out for n_in, n_out in pairwise(units))


def checked_arrays(name: str, arrays: Any) -> list[NDArray[Any]]:
    """Return weights or biases as a list of new arrays.

    Parameters
    ----------
    name : str
        What they are called in error messages.
    arrays : sequence of array-like
        One for each layer.

    Raises
    ------
    ValueError
        If they are not arrays of real and finite numbers.
    """
    try:
        arrays = [np.array(array, order="C") for array in arrays]
    except (TypeError, ValueError):
        arrays = []
    if not arrays or not all(array.dtype.kind in "iuf" for array in arrays):
        raise ValueError(f"{name} must be a sequence of arrays of real numbers, one for each layer")
    if not all(np.isfinite(array).all() for array in arrays):
        raise ValueError(f"{name} holds NaN or infinity")
    return arrays
