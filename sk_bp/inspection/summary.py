"""The layers of a network with their sizes, as text and HTML."""

from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Any

from sk_bp.inspection.problem import check_fitted, network_of
from sk_bp.run import Run

_HEADINGS = ("layer", "units in", "units out", "activation", "weights", "biases", "memory")


@dataclass(frozen=True)
class NetworkSummary:
    """What a network consists of; `print` shows it as text, a notebook as a table.

    Attributes
    ----------
    rows : list of tuple
        For each layer its number, units in and out, activation, weights, biases and bytes.
    n_parameters : int
        Weights and biases of all networks.
    n_bytes : int
        Their size in memory.
    n_state_bytes : int
        The size of the optimizer's state, as far as it is kept.
    n_models : int
        Number of networks that predict together.
    dtype : str
        The type of the weights.
    """

    rows: list[tuple[Any, ...]]
    n_parameters: int
    n_bytes: int
    n_state_bytes: int
    n_models: int
    dtype: str

    def _cells(self) -> list[tuple[str, ...]]:
        return [
            (str(layer), f"{n_in:,}", f"{n_out:,}", activation, f"{W:,}", f"{b:,}", _size(n_bytes))
            for layer, n_in, n_out, activation, W, b, n_bytes in self.rows
        ]

    @property
    def _total(self) -> str:
        several = f"{self.n_models} networks, together " if self.n_models > 1 else ""
        text = f"{several}{self.n_parameters:,} parameters in {self.dtype}, {_size(self.n_bytes)}"
        state = self.n_state_bytes
        return f"{text}; state of the optimizer {_size(state)}" if state else text

    def __str__(self) -> str:
        table = [_HEADINGS, *self._cells()]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = [
            "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
            for row in table
        ]
        return "\n".join([*lines, self._total])

    def _repr_html_(self) -> str:
        def row(cells: tuple[str, ...], tag: str) -> str:
            return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"

        body = "".join(row(cells, "td") for cells in self._cells())
        head = row(_HEADINGS, 'th scope="col"').replace('</th scope="col">', "</th>")
        return (
            f"<table><caption>{escape(self._total)}</caption><thead>{head}</thead>"
            f"<tbody>{body}</tbody></table>"
        )


def summary(estimator: Any) -> NetworkSummary:
    """The layers of a fitted network, the number of its parameters, and the memory they take.

    Parameters
    ----------
    estimator : BPClassifier, BPRegressor, Pipeline or search
        Fitted; of a Pipeline the last step is described, of a search its `best_estimator_`. With
        `n_models` the rows are those of one network.

    Returns
    -------
    summary : NetworkSummary

    Raises
    ------
    TypeError
        If there is no network of sk_bp in it.
    sklearn.exceptions.NotFittedError
        If it is not fitted.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import BPClassifier
    >>> from sk_bp.inspection import summary
    >>> X, y = np.random.default_rng(0).normal(size=(50, 20)), np.arange(50) % 3
    >>> print(summary(BPClassifier((64, 32), optimizer="sgd", random_state=0).fit(X, y)))
    layer  units in  units out  activation  weights  biases   memory
        1        20         64        relu    1,280      64  10.8 kB
        2        64         32        relu    2,048      32  16.6 kB
        3        32          3     softmax       96       3    792 B
    3,523 parameters in float64, 28.2 kB; state of the optimizer 28.2 kB
    """
    network, _ = network_of(estimator)
    check_fitted(network, one_network=False)
    model = network._fitted_model()
    layers, item = model.layers, model.dtype.itemsize
    names = [str(activation) for activation in layers.activations]
    if layers.is_linear_at_last:
        names[-1] = layers.output.core_name
    rows = [
        (number, n_in, n_out, name, n_in * n_out, n_out, (n_in + 1) * n_out * item)
        for number, ((n_in, n_out), name) in enumerate(
            zip(pairwise(layers.units), names, strict=True), 1
        )
    ]
    n_models = len(model.members)
    n_parameters = n_models * sum(row[4] + row[5] for row in rows)
    slots = [
        slot
        for member in model.members
        if isinstance(member, Run)
        for slot in member.state.optimizer.slots
    ]
    return NetworkSummary(
        rows=rows,
        n_parameters=n_parameters,
        n_bytes=n_parameters * item,
        n_state_bytes=sum(slot.nbytes for slot in slots),
        n_models=n_models,
        dtype=str(model.dtype),
    )


def _size(n_bytes: float) -> str:
    """A number of bytes for people."""
    for unit in ("B", "kB", "MB"):
        if n_bytes < 1000:
            return f"{n_bytes:.3g} {unit}"
        n_bytes /= 1000
    return f"{n_bytes:.3g} GB"
