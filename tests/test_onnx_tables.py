"""The estimators for tables in onnxruntime predict what they predict themselves."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from table_cases import both_tabular, columns, every_frame, pandas_frame, quick, target

from sk_bp import BPTabularClassifier, BPTabularRegressor

pytest.importorskip("skl2onnx")
runtime = pytest.importorskip("onnxruntime")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

from skl2onnx.common.data_types import (  # noqa: E402
    DoubleTensorType,
    FloatTensorType,
    Int64TensorType,
    StringTensorType,
)

from sk_bp.onnx import table_inputs, to_onnx  # noqa: E402

TOLERANCE = 1e-5


def run(model, inputs):
    session = runtime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, inputs)


def assert_predicts(onnx_model, estimator, X, inputs):
    outputs = run(onnx_model, inputs)
    predicted = estimator.predict(X)
    if hasattr(estimator, "classes_"):
        labels, scores = outputs
        np.testing.assert_array_equal(labels, predicted)
        assert np.abs(scores - estimator.predict_proba(X)).max() < TOLERANCE
    else:
        found = outputs[0].reshape(predicted.shape).astype(np.float64)
        scale = np.maximum(1, np.abs(predicted))
        assert (np.abs(found - predicted) / scale).max() < TOLERANCE


@every_frame
@both_tabular
def test_every_frame_with_missing_values_and_unseen_categories(Estimator, frame_of):
    table, later = columns(200), columns(100, seed=1)
    later["town"][:5] = ["Dublin"] * 5
    later["size"][5:10] = [1e300, -1e300, 0.0, None, 1e9]
    model = quick(Estimator).fit(frame_of(table), target(table, Estimator))
    inputs = table_inputs(model, frame_of(later))
    assert_predicts(to_onnx(model), model, frame_of(later), inputs)


@pytest.mark.parametrize("min_frequency", [None, 1, 2, 30, 0.9])
@pytest.mark.parametrize("n_bins", [0, 5])
@pytest.mark.parametrize("complete", [False, True])
@both_tabular
def test_rare_categories_pieces_and_complete_columns(Estimator, min_frequency, n_bins, complete):
    table = columns(150)
    y = target(table, Estimator)
    table["town"][:2] = ["Dublin", "Emden"]  # the only ones
    frame = pandas_frame(table)
    if complete:
        y, frame = y[frame.notna().all(axis=1)], frame.dropna()
    model = quick(Estimator, min_frequency=min_frequency, n_bins=n_bins).fit(frame, y)
    later = pandas_frame(columns(60, seed=3))  # with missing values again
    assert_predicts(to_onnx(model), model, later, table_inputs(model, later))


@both_tabular
def test_several_networks_and_several_targets(Estimator, rng):
    table = columns(100)
    y = np.c_[target(table, BPTabularRegressor), rng.gamma(2, size=100)]
    y = (y > y.mean(axis=0)).astype(int) if Estimator is BPTabularClassifier else y
    model = quick(Estimator, n_models=3).fit(pandas_frame(table), y)
    frame = pandas_frame(columns(50, seed=1))
    assert_predicts(to_onnx(model), model, frame, table_inputs(model, frame))


@pytest.mark.parametrize("loss", ["poisson", "gamma", "huber"])
def test_losses_that_take_y_as_it_is_and_others(loss):
    table = columns(100)
    model = quick(BPTabularRegressor, loss=loss)
    model.fit(pandas_frame(table), target(table, BPTabularRegressor) / 1e4 + 1)
    frame = pandas_frame(columns(50, seed=1))
    assert_predicts(to_onnx(model), model, frame, table_inputs(model, frame))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@both_tabular
def test_arrays_of_numbers_and_of_codes(Estimator, dtype, rng):
    X = np.c_[rng.normal(size=(120, 2)), rng.integers(0, 5, 120), rng.integers(0, 3, 120) / 2]
    X[rng.random(X.shape) < 0.1] = np.nan
    X = X.astype(dtype)
    y = np.nansum(X, axis=1) > 1
    model = quick(Estimator, categorical_features=[2, 3]).fit(X, y)
    later = X.copy()
    later[:5, 2] = 77
    assert_predicts(to_onnx(model), model, later, {"X": later})


@both_tabular
def test_float32_frames_are_computed_in_float32(Estimator, rng):
    frame = pd.DataFrame(rng.normal(size=(80, 3)).astype(np.float32), columns=list("abc"))
    model = quick(Estimator, hidden_layer_sizes=6).fit(frame, frame["a"] > 0)
    inputs = table_inputs(model, frame, dtype=np.float32)
    assert inputs["a"].dtype == np.float32
    assert_predicts(to_onnx(model, dtype="float32"), model, frame, inputs)


def test_tables_of_categories_alone_and_of_numbers_alone(rng):
    frame = pd.DataFrame({"town": rng.choice(list("abc"), 60), "yes": rng.random(60) < 0.5})
    model = quick(BPTabularClassifier).fit(frame, frame["yes"])
    assert_predicts(to_onnx(model), model, frame, table_inputs(model, frame))
    numbers = pl.DataFrame({"size": rng.normal(size=60)})
    model = quick(BPTabularClassifier).fit(numbers, frame["yes"].to_numpy())
    assert_predicts(to_onnx(model), model, numbers, table_inputs(model, numbers))


def test_codes_may_come_as_whole_numbers(rng):
    frame = pd.DataFrame({"code": rng.integers(0, 4, 60), "size": rng.normal(size=60)})
    model = quick(BPTabularRegressor, categorical_features=["code"]).fit(frame, frame["code"])
    types = [("code", Int64TensorType([None, 1])), ("size", DoubleTensorType([None, 1]))]
    inputs = {name: frame[[name]].to_numpy() for name in frame}
    assert_predicts(to_onnx(model, initial_types=types), model, frame, inputs)


@pytest.mark.parametrize("opset", [13, 15, 18, 21])
def test_older_versions_of_the_operators(opset):
    table = columns(100)
    model = quick(BPTabularRegressor).fit(pandas_frame(table), target(table, BPTabularRegressor))
    frame = pandas_frame(columns(50, seed=1))
    converted = to_onnx(model, target_opset=opset)
    assert_predicts(converted, model, frame, table_inputs(model, frame))


def test_what_cannot_be_converted_is_refused_with_the_name_of_the_column():
    frame = pd.DataFrame({"town": ["", "a"] * 20, "size": np.arange(40.0)})
    model = quick(BPTabularRegressor).fit(frame, frame["size"])
    with pytest.raises(ValueError, match="column 'town' has the category '', which stands for"):
        to_onnx(model)
    frame["town"] = ["a", "b"] * 20
    model.fit(frame, frame["size"])
    numbers, texts = FloatTensorType([None, 1]), StringTensorType([None, 1])
    with pytest.raises(TypeError, match="column 'town' has texts as categories"):
        to_onnx(model, initial_types=[("town", numbers), ("size", numbers)])
    with pytest.raises(TypeError, match="column 'size' is numeric, but its type is of texts"):
        to_onnx(model, initial_types=[("town", texts), ("size", texts)])
    with pytest.raises(ValueError, match="initial_types have 1 column, but the table"):
        to_onnx(model, initial_types=[("town", texts)])


def test_table_inputs_need_a_model_of_a_frame(rng):
    X = rng.normal(size=(30, 2))
    with pytest.raises(TypeError, match="that was fitted to a data frame"):
        table_inputs(quick(BPTabularRegressor).fit(X, X[:, 0]), X)
