"""Nodes that encode a table, as `TabularEncoder` does.

The columns come as one tensor of numbers, or as a tensor for each column: numbers, with NaN for
missing values, or texts, with "" for them.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from skl2onnx.common.data_types import StringTensorType
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

from sk_bp.advice import counted
from sk_bp.onnx.graph import Graph
from sk_bp.tabular import PiecewiseLinearEncoder, TabularEncoder

MISSING = ""  # the text that stands for a missing value
# Beyond so many times the limit, SmoothClipScaler gives the limit itself in float64.
_FAR = 1e9


@dataclass
class _Column:
    """One column of the table in the graph.

    Attributes
    ----------
    name : str
        Of its tensor of shape (n_samples, 1).
    called : str
        How the user knows it.
    holds_texts : bool
    """

    name: str
    called: str
    holds_texts: bool


def add_encoder(graph: Graph, inputs: Any, encoder: TabularEncoder) -> str:
    """Add the nodes of a fitted encoder.

    Parameters
    ----------
    graph : Graph
    inputs : sequence of skl2onnx variables
        The columns, in the order of the fit.
    encoder : TabularEncoder

    Returns
    -------
    name : str
        Of the encoded samples, in the type of the graph.

    Raises
    ------
    ValueError, TypeError
        If the columns are not as many as those of the fit, a numeric column is given as texts, or
        a column of texts as numbers, or if a column has the category "".
    """
    columns = _columns(graph, inputs, encoder)
    parts = []
    if encoder.numeric_ is not None:
        numeric = [columns[place] for place in np.flatnonzero(~encoder.is_categorical_)]
        parts += _numeric_parts(graph, numeric, encoder.numeric_, encoder.pieces_)
    if encoder.categorical_ is not None:
        categorical = [columns[place] for place in np.flatnonzero(encoder.is_categorical_)]
        parts += [
            _indicators(graph, column, _Codes.of(encoder.categorical_, place))
            for place, column in enumerate(categorical)
        ]
    return graph.node("Concat", *parts, axis=1)


def _columns(graph: Graph, inputs: Any, encoder: TabularEncoder) -> list[_Column]:
    """The columns of all inputs, each of which may hold several."""
    names = list(getattr(encoder, "feature_names_in_", range(encoder.n_features_in_)))
    widths = [one.type.shape[1] if len(one.type.shape) > 1 else 1 for one in inputs]
    if sum(widths) != len(names):
        raise ValueError(
            f"initial_types have {counted(sum(widths), 'column')}, but the table of the fit "
            f"has {len(names)}: {names}"
        )
    columns: list[_Column] = []
    for one, width in zip(inputs, widths, strict=True):
        texts = isinstance(one.type, StringTensorType)
        for place in range(width):
            name = one.full_name
            if width > 1:
                name = graph.node("Gather", name, graph.constant([place], np.int64), axis=1)
            columns.append(_Column(name, str(names[len(columns)]), texts))
    return columns


# ------------------------------------------------------------------ numbers


def _numeric_parts(
    graph: Graph, columns: list[_Column], numeric: Pipeline, pieces: PiecewiseLinearEncoder | None
) -> list[str]:
    """Add the nodes of scaled numbers, indicators of missing ones, and pieces."""
    for column in columns:
        if column.holds_texts:
            raise TypeError(
                f"initial_types: column {column.called!r} is numeric, but its type is of texts; "
                "pass FloatTensorType or DoubleTensorType"
            )
    wide = [graph.cast(column.name, np.float64) for column in columns]
    x = graph.node("Concat", *wide, axis=1)
    missing = graph.node("IsNaN", x)
    scaler, imputer = (step for _, step in numeric.steps)
    centered = graph.node("Where", missing, graph.constant(scaler.center_, np.float64), x)
    parts = [_smoothly_clipped(graph, centered, scaler)]
    told = imputer.indicator_.features_
    if len(told):
        indicators = graph.cast(missing, graph.dtype)
        parts.append(graph.node("Gather", indicators, graph.constant(told, np.int64), axis=1))
    if pieces is not None and any(len(edges) for edges in pieces.edges_):
        parts.append(_pieces(graph, centered, pieces))
    return parts


def _smoothly_clipped(graph: Graph, x: str, scaler: Any) -> str:
    z = graph.node("Sub", x, _wide(graph, scaler.center_))
    z = graph.node("Div", z, _wide(graph, scaler.scale_))
    far = _FAR * scaler.limit
    z = graph.node("Max", graph.node("Min", z, _wide(graph, far)), _wide(graph, -far))
    share = graph.node("Div", z, _wide(graph, scaler.limit))
    squares = graph.node("Add", graph.node("Mul", share, share), _wide(graph, 1))
    return graph.cast(graph.node("Div", z, graph.node("Sqrt", squares)), graph.dtype)


def _pieces(graph: Graph, x: str, pieces: PiecewiseLinearEncoder) -> str:
    """Add the nodes of the piecewise linear encoding; its intervals have a column each."""
    places = np.repeat(np.arange(len(pieces.edges_)), [max(len(e) - 1, 0) for e in pieces.edges_])
    low = np.concatenate([edges[:-1] for edges in pieces.edges_])
    width = np.concatenate([np.diff(edges) for edges in pieces.edges_])
    at_center = np.clip((pieces.center_[places] - low) / width, 0, 1)

    repeated = graph.node("Gather", x, graph.constant(places, np.int64), axis=1)
    share = graph.node("Div", graph.node("Sub", repeated, _wide(graph, low)), _wide(graph, width))
    come = graph.node("Min", graph.node("Max", share, _wide(graph, 0)), _wide(graph, 1))
    return graph.cast(graph.node("Sub", come, _wide(graph, at_center)), graph.dtype)


# ------------------------------------------------------------------ categories


@dataclass
class _Codes:
    """The place among the encoded columns that each category of a column has.

    Attributes
    ----------
    categories : list of str or nan
        As the encoder knows them.
    places : list of int
        One for each category; rare ones share theirs.
    of_others : int
        The place of categories that are not known; beyond the columns if there is none.
    n_columns : int
        Encoded columns.
    """

    categories: list[Any]
    places: list[int]
    of_others: int
    n_columns: int

    @classmethod
    def of(cls, encoder: OneHotEncoder, place: int) -> "_Codes":
        """Those of one column."""
        categories = encoder.categories_[place].tolist()
        all_rare = getattr(encoder, "infrequent_categories_", None)
        rare = [] if all_rare is None or all_rare[place] is None else all_rare[place].tolist()
        known = {_or_missing(category, None) for category in rare}
        is_rare = np.array([_or_missing(category, None) in known for category in categories])
        n_frequent = int((~is_rare).sum())
        places = np.where(is_rare, n_frequent, np.cumsum(~is_rare) - 1)
        return cls(categories, places.tolist(), n_frequent, n_frequent + bool(rare))


def _or_missing(category: Any, missing: Any) -> Any:
    return category if isinstance(category, str) else missing


def _indicators(graph: Graph, column: _Column, codes: _Codes) -> str:
    """Add the nodes of a column of zeros and ones for each category, or group of rare ones."""
    find = _place_of_text if column.holds_texts else _place_of_number
    flat = graph.node("Reshape", find(graph, column, codes), graph.constant([-1], np.int64))
    depth = graph.constant(codes.n_columns, np.int64)
    values = graph.constant([0, 1], np.float32)  # onnxruntime has no other kernel
    return graph.cast(graph.node("OneHot", flat, depth, values, axis=1), graph.dtype)


def _place_of_text(graph: Graph, column: _Column, codes: _Codes) -> str:
    if MISSING in codes.categories:
        raise ValueError(
            f"column {column.called!r} has the category {MISSING!r}, which stands for missing "
            f"values in ONNX; its categories are {codes.categories}: call it otherwise, and fit "
            "again"
        )
    return graph.node(
        "LabelEncoder",
        column.name,
        op_domain="ai.onnx.ml",
        op_version=2,
        keys_strings=[_or_missing(category, MISSING) for category in codes.categories],
        values_int64s=codes.places,
        default_int64=codes.of_others,
    )


def _place_of_number(graph: Graph, column: _Column, codes: _Codes) -> str:
    """Add the nodes that compare a number with those that the categories are."""
    try:
        numbers = np.array([float(_or_missing(c, "nan")) for c in codes.categories])
    except ValueError:
        raise TypeError(
            f"initial_types: column {column.called!r} has texts as categories, "
            f"{codes.categories}, but its type is of numbers; pass StringTensorType"
        ) from None
    steps = np.array(codes.places, np.float64)[:, None] - codes.of_others
    missing = np.isnan(numbers)
    x = graph.cast(column.name, graph.dtype)
    known = graph.node("Equal", x, graph.constant(numbers[~missing]))
    number = graph.node("MatMul", graph.cast(known, np.float64), _wide(graph, steps[~missing]))
    if missing.any():
        is_missing = graph.cast(graph.node("IsNaN", x), np.float64)
        number = graph.node(
            "Add", number, graph.node("Mul", is_missing, _wide(graph, steps[missing]))
        )
    return graph.cast(graph.node("Add", number, _wide(graph, codes.of_others)), np.int64)


def _wide(graph: Graph, values: Any) -> str:
    return graph.constant(values, np.float64)
