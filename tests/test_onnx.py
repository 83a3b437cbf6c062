"""Networks in onnxruntime predict what the estimators predict."""

import numpy as np
import pytest
import scipy.sparse as sp
from cases import (
    ACTIVATION_CASES,
    both,
    every_activation,
    every_loss,
    every_out_activation,
    precisions,
)
from helpers import estimator_class, quick, targets_for
from out_activation_cases import targets_within
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_bp import BPClassifier, BPRegressor
from sk_bp.activations import ACTIVATIONS
from sk_bp.averages import AVERAGES
from sk_bp.losses import Pinball
from sk_bp.outputs import OUTPUTS

pytest.importorskip("skl2onnx")
runtime = pytest.importorskip("onnxruntime")
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

from sk_bp.onnx import to_onnx  # noqa: E402
from sk_bp.onnx.graph import ACTIVATION_NODES, OUTPUT_NODES  # noqa: E402

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 5)) * (RNG.random((60, 5)) < 0.7)
TOLERANCE = 1e-5


def run(model, samples):
    """What onnxruntime computes for samples."""
    session = runtime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    (given,) = session.get_inputs()
    return session.run(None, {given.name: samples})


def assert_near(found, expected):
    assert np.isfinite(expected).all()
    found = np.asarray(found, np.float64).reshape(expected.shape)
    assert (np.abs(found - expected) / np.maximum(1, np.abs(expected))).max() < TOLERANCE


def assert_converted(estimator, samples=X, **arguments):
    outputs = run(to_onnx(estimator, **arguments), samples)
    if not hasattr(estimator, "classes_"):
        assert_near(outputs[0], estimator.predict(samples))
        return
    labels, scores = outputs
    if hasattr(estimator, "predict_proba"):
        assert_near(scores, estimator.predict_proba(samples))
    else:
        expected = estimator.decision_function(samples)
        assert_near(scores, expected if expected.ndim == 2 else np.c_[-expected, expected])
    np.testing.assert_array_equal(labels, estimator.predict(samples))


def grown(estimator, factor=3.0):
    """The network with larger weights, so that its units reach where activations bend."""
    estimator.coefs_ = [W * factor for W in estimator.coefs_]
    estimator.intercepts_ = [
        b + RNG.standard_normal(b.shape).astype(b.dtype) for b in estimator.intercepts_
    ]
    return estimator


def test_there_are_nodes_for_every_activation_and_output():
    assert ACTIVATION_NODES.keys() == ACTIVATIONS.keys()
    assert OUTPUT_NODES.keys() == OUTPUTS.keys()


@precisions
@every_loss
def test_every_loss_and_task(loss, task, dtype):
    y = targets_for(task, 60, np.random.default_rng(1), 3)
    assert_converted(
        quick(estimator_class(task), loss=loss).fit(X.astype(dtype), y), X.astype(dtype)
    )


@precisions
@every_activation
def test_every_activation(activation, dtype):
    samples = X.astype(dtype)
    model = quick(BPRegressor, hidden_layer_sizes=(7, 6), activation=activation, scaling=False)
    assert_converted(grown(model.fit(samples, X[:, 0])), samples)


@precisions
@every_out_activation
def test_every_out_activation(activation, dtype):
    y = targets_within(activation, 2)
    model = quick(BPRegressor, out_activation=activation).fit(X[:40].astype(dtype), y)
    assert_converted(model, X.astype(dtype))


def test_activations_of_their_own_in_each_layer():
    model = quick(
        BPClassifier,
        hidden_layer_sizes=(4,) * len(ACTIVATION_CASES),
        activation=ACTIVATION_CASES,
    )
    assert_converted(model.fit(X, np.arange(60) % 4))


def test_several_quantiles_are_sorted():
    model = BPRegressor(30, loss=Pinball([0.3, 0.5, 0.7]), max_iter=1, random_state=0)
    model.fit(X, X[:, 0])
    model.intercepts_ = [model.intercepts_[0], np.array([0.2, 0.1, 0.0])]
    assert_converted(model)


@both
@pytest.mark.parametrize("center", [0.0, 2000.0])
def test_networks_with_scaled_units_in_float32(Estimator, center):
    samples = (X * [1, 10, 1e-3, 1e4, 1] + center).astype(np.float32)
    y = np.arange(60) % 3 if Estimator is BPClassifier else 1e3 + 50 * X[:, :2]
    model = quick(Estimator, scaling=True).fit(samples, y)
    assert model._model.scaling is not None
    assert_converted(model, samples)
    assert_converted(
        quick(Estimator, scaling=True).fit(samples.astype(float), y), samples.astype(float)
    )


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel", "regression"])
def test_ensembles(task):
    y = targets_for(task, 60, np.random.default_rng(1), 3)
    assert_converted(quick(estimator_class(task), n_models=3).fit(X, y))
    if task == "regression":
        model = quick(BPRegressor, n_models=2, loss=Pinball([0.1, 0.9])).fit(X, y[:, 0])
        assert_converted(model)
        assert_converted(quick(BPRegressor, n_models=2, loss="poisson").fit(X, y))
    else:
        assert_converted(quick(BPClassifier, n_models=2, loss="hinge").fit(X, y))


@pytest.mark.parametrize("average", AVERAGES)
def test_averaged_weights(average):
    assert_converted(quick(BPClassifier, average=average).fit(X, np.arange(60) % 3))


def test_networks_trained_on_sparse_X_and_by_a_stream_between_two_steps():
    model = quick(BPClassifier, optimizer="adam")
    for start in range(0, 60, 20):
        part = sp.csr_array(X[start : start + 20])
        model.partial_fit(part, np.arange(20) % 3, classes=[0, 1, 2])
    assert_converted(model)
    assert_converted(quick(BPRegressor).fit(sp.csr_array(X), X[:, 0]))


@pytest.mark.parametrize(
    "labels",
    [["no", "yes"], ["a", "b", "c"], [False, True], [-5, 7], [3.0, 4.0, 9.0], ["one"]],
    ids=str,
)
def test_labels_of_every_kind(labels):
    y = np.array(labels)[np.arange(60) % len(labels)]
    assert_converted(quick(BPClassifier).fit(X, y))


def test_assigned_weights_and_linear_models():
    model = BPRegressor(())
    model.coefs_, model.intercepts_ = [np.arange(5.0)[:, None]], [np.ones(1)]
    assert_converted(model)
    assert_converted(quick(BPClassifier, hidden_layer_sizes=()).fit(X, np.arange(60) % 2))


@both
def test_pipelines_and_searches(Estimator):
    y = np.arange(60) % 2
    samples = 100 + 10 * X
    pipeline = make_pipeline(StandardScaler(), quick(Estimator)).fit(samples, y)
    assert_converted(pipeline, samples)
    assert_converted(pipeline, samples.astype(np.float32), dtype="float32")
    step = pipeline.steps[-1][0]
    search = GridSearchCV(pipeline, {f"{step}__activation": ["tanh", "elu"]}, cv=2)
    assert_converted(search.fit(samples, y), samples)


def test_pipelines_that_begin_with_texts():
    from skl2onnx.common.data_types import StringTensorType

    texts = ["red green", "blue", "green blue blue", "red red"] * 5
    y = np.array(["warm", "cold", "cold", "warm"] * 5)
    pipeline = make_pipeline(TfidfVectorizer(lowercase=False), quick(BPClassifier)).fit(texts, y)
    model = to_onnx(pipeline, initial_types=[("texts", StringTensorType([None, 1]))])
    labels, proba = run(model, np.array(texts)[:, None])
    assert_near(proba, pipeline.predict_proba(texts))
    assert labels.tolist() == pipeline.predict(texts).tolist()


def test_convert_sklearn_knows_the_estimators():
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType

    pipeline = make_pipeline(StandardScaler(), quick(BPClassifier)).fit(X, np.arange(60) % 3)
    model = convert_sklearn(pipeline, initial_types=[("X", FloatTensorType([None, 5]))])
    labels, maps = run(model, X.astype(np.float32))
    assert_near(np.array([[one[k] for k in (0, 1, 2)] for one in maps]), pipeline.predict_proba(X))
    assert labels.tolist() == pipeline.predict(X).tolist()


@pytest.mark.parametrize("opset", [13, 15, 18, 21])
def test_older_versions_of_the_operators(opset):
    model = quick(BPClassifier, hidden_layer_sizes=(4,) * len(ACTIVATION_CASES))
    model.set_params(activation=ACTIVATION_CASES).fit(X, np.arange(60) % 2)
    assert_converted(model, target_opset=opset)


def test_what_cannot_be_converted_is_refused():
    with pytest.raises(NotFittedError):
        to_onnx(BPClassifier())
    with pytest.raises(TypeError, match="must be or end with a network of sk_bp"):
        to_onnx(LinearRegression().fit(X, X[:, 0]))
    model = quick(BPRegressor).fit(X, X[:, 0])
    with pytest.raises(ValueError, match="dtype must be float32 or float64, got 'int8'"):
        to_onnx(model, dtype="int8")
    with pytest.raises(ValueError, match="leave dtype=None, got 'float32'"):
        to_onnx(model, dtype="float32", initial_types=[])
    mixed = quick(BPClassifier)
    mixed.classes_ = np.array([0.5, 1.5])
    mixed.coefs_, mixed.intercepts_ = [np.ones((5, 1))], [np.ones(1)]
    with pytest.raises(ValueError, match=r"classes_ is \[0.5, 1.5\], but ONNX has only"):
        to_onnx(mixed)


def test_options_of_skl2onnx_are_those_of_every_classifier():
    from skl2onnx import to_onnx as convert

    model = quick(BPClassifier).fit(X, np.array(["a", "b", "c"])[np.arange(60) % 3])
    numbers, scores = run(convert(model, X, options={"nocl": True, "zipmap": False}), X)
    assert numbers.tolist() == model.predict_proba(X).argmax(axis=1).tolist()
    assert_near(scores, model.predict_proba(X))
    with_names = convert(model, X, options={"zipmap": False, "output_class_labels": True})
    assert run(with_names, X)[2].tolist() == ["a", "b", "c"]
