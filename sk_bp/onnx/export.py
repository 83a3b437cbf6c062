"""Conversion of fitted estimators to ONNX."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from sk_bp.base import BaseBP
from sk_bp.tabular.base import BaseTabular
from sk_bp.tabular.frames import categorical_values, check_table, numeric_values

try:
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType
except ImportError as error:
    raise ImportError("sk_bp.onnx needs onnx and skl2onnx: pip install 'sk_bp[onnx]'") from error

from sk_bp.onnx.converter import register
from sk_bp.onnx.table import MISSING

register()


def to_onnx(
    estimator: Any,
    *,
    dtype: DTypeLike | None = None,
    initial_types: Sequence[tuple[str, Any]] | None = None,
    target_opset: int | None = None,
) -> Any:
    """Convert a fitted estimator to ONNX.

    A classifier gets two outputs, "label" and "probabilities"; with a hinge loss the second one
    holds a score for each class, of two classes -f and f with f the `decision_function`. A
    regressor gets one output, "variable", with a column for each target or quantile.

    Parameters
    ----------
    estimator : BPClassifier, BPRegressor, BPTabularClassifier, BPTabularRegressor, Pipeline or \
search
        Fitted. Of a search its `best_estimator_` is converted. The other steps of a Pipeline must
        be among those that skl2onnx converts.
    dtype : {"float32", "float64"}, default=None
        Type of the input, in which all is computed. None means the type of the weights: float32 if
        the network was trained on X in float32, else float64.
    initial_types : sequence of (str, skl2onnx type), default=None
        Names and types of the inputs, as `skl2onnx.convert_sklearn` takes them, for a Pipeline that
        does not begin with numbers. None means one tensor "X" of shape (n_samples, n_features_in_);
        for an estimator for tables that was fitted to a data frame, a tensor of shape
        (n_samples, 1) for each column, with its name: of texts for categorical columns, of numbers
        for the others.
    target_opset : int, default=None
        Version of the operators, at least 13; None means the newest that skl2onnx supports.

    Returns
    -------
    model : onnx.ModelProto
        Its ``SerializeToString()`` is what onnxruntime and ONNX files hold.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    TypeError
        If there is no network of sk_bp in it, or a column has another type than it needs.
    ValueError
        If dtype is another one, if dtype and initial_types are both given, if a label of the
        classifier is neither a whole number nor a text, or if a category is "".

    Notes
    -----
    Predictions differ by rounding only, in random networks by less than 1e-5 relative to 1 or, if
    that is larger, to the prediction. onnxruntime knows the error function of "gelu" in float32
    only. Sparse X has to be passed in dense form; a file of ONNX holds at most 2 GB.

    The categories of a table are texts: whole numbers without decimals, "True" and "False"; a
    missing value is "", and NaN among numbers. `table_inputs` makes them of a data frame.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import BPRegressor
    >>> from sk_bp.onnx import to_onnx
    >>> X = np.linspace(-1, 1, 50)[:, None]
    >>> model = to_onnx(BPRegressor(5, random_state=0).fit(X, X[:, 0] ** 2))
    >>> [output.name for output in model.graph.output]
    ['variable']
    """
    estimator = getattr(estimator, "best_estimator_", estimator)
    check_is_fitted(estimator)
    network = estimator.steps[-1][1] if isinstance(estimator, Pipeline) else estimator
    if not isinstance(network, (BaseBP, BaseTabular)):
        raise TypeError(f"estimator must be or end with a network of sk_bp, got {network!r}")
    if initial_types is not None and dtype is not None:
        raise ValueError(f"initial_types have the types already; leave dtype=None, got {dtype!r}")
    if initial_types is None:
        weights = network.network_ if isinstance(network, BaseTabular) else network
        kind = _tensor_type(weights._fitted_model().dtype if dtype is None else dtype)
        initial_types = _initial_types(estimator, kind)
    options = {id(network): {"zipmap": False}} if hasattr(network, "classes_") else None
    return convert_sklearn(
        estimator, initial_types=initial_types, target_opset=target_opset, options=options
    )


def _initial_types(estimator: Any, kind: Any) -> list[tuple[str, Any]]:
    """The inputs of an estimator that reads numbers, or a table."""
    if not (isinstance(estimator, BaseTabular) and hasattr(estimator, "feature_names_in_")):
        return [("X", kind([None, estimator.n_features_in_]))]
    return [
        (name, (StringTensorType if is_categorical else kind)([None, 1]))
        for name, is_categorical in zip(
            estimator.feature_names_in_, estimator.encoder_.is_categorical_, strict=True
        )
    ]


def table_inputs(estimator: Any, X: Any, dtype: DTypeLike = np.float64) -> dict[str, NDArray[Any]]:
    """What onnxruntime reads of a data frame, for a model that `to_onnx` has made.

    Parameters
    ----------
    estimator : BPTabularClassifier or BPTabularRegressor
        Fitted to a data frame.
    X : data frame of shape (n_samples, n_features)
        Samples.
    dtype : {"float32", "float64"}, default="float64"
        Type of the numbers, as it was for `to_onnx`.

    Returns
    -------
    inputs : dict of str to ndarray of shape (n_samples, 1)
        For ``session.run(None, inputs)``: numbers with NaN, texts with "" for missing values.

    Raises
    ------
    TypeError
        If the estimator is none for tables, or was not fitted to a data frame.
    ValueError
        If X has other columns than those of the fit.

    Examples
    --------
    >>> import pandas as pd
    >>> from sk_bp import BPTabularRegressor
    >>> from sk_bp.onnx import table_inputs
    >>> X = pd.DataFrame({"area": [40.0, None] * 10, "town": ["a", None] * 10})
    >>> model = BPTabularRegressor(max_iter=1, random_state=0).fit(X, range(20))
    >>> {name: column[:2, 0].tolist() for name, column in table_inputs(model, X).items()}
    {'area': [40.0, nan], 'town': ['a', '']}
    """
    if not (isinstance(estimator, BaseTabular) and hasattr(estimator, "feature_names_in_")):
        raise TypeError(
            "estimator must be a BPTabularClassifier or BPTabularRegressor that was fitted to a "
            f"data frame, got {estimator!r}"
        )
    X = check_table(estimator, X, reset=False)
    inputs = {}
    for place, name in enumerate(estimator.feature_names_in_):
        if estimator.encoder_.is_categorical_[place]:
            texts = categorical_values(X, [place])
            inputs[name] = np.where(texts == texts, texts, MISSING)  # NaN differs from itself
        else:
            inputs[name] = numeric_values(X, [place]).astype(dtype)
    return inputs


def _tensor_type(dtype: DTypeLike) -> Any:
    """The type of tensor that stands for float32 or float64."""
    kinds = {np.dtype(np.float32): FloatTensorType, np.dtype(np.float64): DoubleTensorType}
    try:
        return kinds[np.dtype(dtype)]
    except (KeyError, TypeError):
        raise ValueError(f"dtype must be float32 or float64, got {dtype!r}") from None
