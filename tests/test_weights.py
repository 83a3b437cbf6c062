"""Export and import of weights without pickle, and smaller models."""

import copy
import io
import pickle

import joblib
import numpy as np
import pytest
import scipy.sparse as sp
from cases import ACTIVATION_CASES, every_loss, every_optimizer, layouts, precisions
from helpers import (
    assert_same_bits,
    copied_weights,
    estimator_class,
    prediction_methods,
    quick,
    targets_for,
)
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.pipeline import make_pipeline

from sk_bp import BPClassifier, BPRegressor
from sk_bp.averages import AVERAGES
from sk_bp.losses import Pinball
from sk_bp.weights import (
    ColumnSelector,
    drop_training_state,
    load_state_dict,
    load_weights,
    prune_columns,
    save_weights,
    state_dict,
)

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 5)) * (RNG.random((40, 5)) < 0.7)
y = np.arange(40) % 2
WIDE = sp.random_array((60, 900), density=0.004, format="csr", rng=0)  # many columns are empty
WIDE_DENSE = WIDE.toarray()
y_wide = np.arange(60) % 3


def again(model):
    """The weights, through a file, in an estimator that was never fitted."""
    file = io.BytesIO()
    save_weights(model, file)
    assert b"numpy" not in file.getvalue()  # as a pickle of an array would hold
    return load_weights(clone(model), io.BytesIO(file.getvalue()))


def assert_same_predictions(found, expected, samples=X, atol=1e-12, rtol=1e-12):
    for name in prediction_methods(type(expected)):
        if hasattr(expected, name):
            one, two = getattr(found, name)(samples), getattr(expected, name)(samples)
            if two.dtype.kind == "f":
                np.testing.assert_allclose(one, two, rtol=rtol, atol=atol)
            else:
                np.testing.assert_array_equal(one, two)


@every_loss
def test_weights_of_every_loss_and_task_predict_alike_in_another_estimator(loss, task):
    targets = targets_for(task, 40, np.random.default_rng(1))
    model = quick(estimator_class(task), loss=loss, scaling=False).fit(X, targets)
    assert_same_predictions(again(model), model)


@precisions
def test_weights_keep_their_type_and_bits(dtype):
    model = quick(BPClassifier, activation=ACTIVATION_CASES, scaling=False)
    model.set_params(hidden_layer_sizes=(3,) * len(ACTIVATION_CASES))
    model.fit(X.astype(dtype), y)
    assert_same_bits(again(model), model)


@precisions
def test_networks_with_centred_columns_keep_their_digits(dtype):
    samples = (2000 + X * [1, 10, 1e-2, 100, 1]).astype(dtype)
    model = quick(BPRegressor, scaling=True).fit(samples, 1e3 + 40 * X[:, :2])
    assert model._model.scaling.center.any()
    assert_same_predictions(
        again(model), model, samples, rtol=1e-5 if dtype is np.float32 else 1e-9
    )


@pytest.mark.parametrize("task", ["binary", "multilabel", "regression"])
def test_ensembles_have_an_axis_more(task):
    targets = targets_for(task, 40, np.random.default_rng(1))
    model = quick(estimator_class(task), n_models=3, scaling=False).fit(X, targets)
    assert state_dict(model)["coefs_0"].shape == (3, 5, 6)
    assert_same_predictions(again(model), model)
    with pytest.raises(NotFittedError, match="assigned, not trained"):
        again(model).history_  # noqa: B018


def test_quantiles_out_activations_averages_and_names():
    model = quick(BPRegressor, loss=Pinball([0.1, 0.9]), scaling=False)
    assert_same_predictions(again(model.fit(X, X[:, 0])), model)
    model = quick(BPRegressor, out_activation="softplus").fit(X, np.abs(X[:, 0]))
    assert_same_predictions(again(model), model)
    for average in AVERAGES:
        model = quick(BPClassifier, average=average).fit(X, np.array(["no", "yes"])[y])
        assert_same_predictions(again(model), model)
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcde"))
    model = quick(BPRegressor).fit(frame, y)
    assert_same_predictions(again(model), model, frame)
    assert again(model).feature_names_in_.tolist() == list("abcde")


def test_an_exported_array_is_a_copy_and_so_is_an_imported_one():
    model = quick(BPRegressor).fit(X, y)
    state = state_dict(model)
    other = load_state_dict(quick(BPRegressor), state)
    before = copied_weights(model)
    state["coefs_0"][:] = 7
    for found in (model, other):
        assert not (found.coefs_[0] == 7).any()
    np.testing.assert_array_equal(model.coefs_[0], before[0])


def test_imported_weights_can_be_trained_further():
    labels = (X[:, 0] > 0).astype(int)
    model = quick(BPClassifier, learning_rate=0.05).fit(X, labels)
    loaded = again(model).set_params(warm_start=True)
    loaded.partial_fit(X, labels)
    assert loaded.loss_ < model.loss_curve_[0]
    assert loaded.fit(X, labels).loss_ < model.loss_


@pytest.mark.parametrize(
    ("params", "change", "message"),
    [
        ({}, {"format": 2}, "state has format 2, but this sk_bp reads 1"),
        ({}, {"intercepts_1": None}, "state lacks intercepts_1"),
        ({}, {"coefs_0": None}, "state lacks coefs_0"),
        ({"activation": "tanh"}, {}, r"made for activations \['relu', .*ask for \['tanh'"),
        ({"loss": "hinge"}, {}, r"made for output \['logistic'\], .*\['identity'\]"),
        ({"n_models": 2}, {}, r"n_models=2, but coefs_0 has the shape \(5, 6\)"),
        ({}, {"coefs_1": np.ones((7, 1))}, "do not fit together"),
        ({}, {"coefs_0": np.full((5, 6), np.nan)}, "state holds NaN or infinity"),
    ],
)
def test_weights_that_do_not_fit_are_refused_and_the_model_stays(params, change, message):
    state = state_dict(quick(BPClassifier).fit(X, y)) | change
    state = {name: array for name, array in state.items() if array is not None}
    target = quick(BPClassifier, random_state=3).fit(X, y).set_params(**params)
    before = copied_weights(target)
    with pytest.raises(ValueError, match=message):
        load_state_dict(target, state)
    for W, V in zip(copied_weights(target), before, strict=True):
        np.testing.assert_array_equal(W, V)


def test_files_with_pickles_are_refused():
    file = io.BytesIO()
    np.savez(file, coefs_0=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match="allow_pickle"):
        load_weights(quick(BPClassifier), io.BytesIO(file.getvalue()))
    with pytest.raises(NotFittedError):
        state_dict(BPClassifier())


# ------------------------------------------------------------------ smaller models


@every_optimizer
@layouts
def test_dropping_the_state_leaves_the_weights_and_the_record(optimizer, layout):
    stream = quick(BPClassifier, optimizer=optimizer, hidden_layer_sizes=64)
    samples = layout(WIDE_DENSE)
    for _ in range(2):
        stream.partial_fit(samples, y_wide, classes=[0, 1, 2])
    expected = copy.deepcopy(stream)
    assert drop_training_state(stream) is stream
    assert_same_bits(stream, expected)
    assert stream.history_ == expected.history_
    assert stream.n_steps_ == 2
    size = sum(W.nbytes for W in stream.coefs_)
    assert len(pickle.dumps(stream)) < 1.1 * size
    if expected._model.state.optimizer.slots:
        assert len(pickle.dumps(expected)) > 1.9 * size
        with pytest.warns(UserWarning, match="was dropped, and starts afresh"):
            stream.partial_fit(samples, y_wide)


@pytest.mark.parametrize("average", AVERAGES)
def test_dropping_the_state_keeps_the_averaged_weights(average):
    model = quick(BPClassifier, average=average, warm_start=True, n_models=2).fit(X, y)
    expected = model.predict_proba(X)
    np.testing.assert_array_equal(drop_training_state(model).predict_proba(X), expected)
    loaded = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(loaded.predict_proba(X), expected)


def test_nothing_can_be_resumed_after_the_state_was_dropped():
    model = quick(BPRegressor, max_time=1e-9).fit(X, y)
    with pytest.raises(ValueError, match="no interrupted fit"):
        drop_training_state(model).resume_fit(X, y)


def columns_in(samples):
    return np.flatnonzero(np.abs(samples).sum(axis=0))


@layouts
@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop"])
def test_a_pruned_model_predicts_the_same_for_samples_of_trained_columns(layout, optimizer):
    samples = layout(WIDE_DENSE)
    model = quick(BPClassifier, optimizer=optimizer, weight_decay=0.01).fit(samples, y_wide)
    before = copied_weights(model)
    small = prune_columns(model, samples)
    for W, V in zip(copied_weights(model), before, strict=True):
        np.testing.assert_array_equal(W, V)
    assert small[0].columns.tolist() == columns_in(WIDE_DENSE).tolist()
    assert small[-1].n_features_in_ == len(columns_in(WIDE_DENSE)) < 250
    for given in (WIDE_DENSE, WIDE):
        np.testing.assert_allclose(
            small.predict_proba(given), model.predict_proba(given), rtol=1e-12
        )


@every_optimizer
def test_the_state_of_the_optimizer_tells_which_columns_were_trained(optimizer):
    stream = quick(BPClassifier, optimizer=optimizer, activation="tanh")  # no unit is dead
    for start in range(0, 60, 20):
        part = slice(start, start + 20)
        stream.partial_fit(WIDE[part], y_wide[part], classes=[0, 1, 2])
    if not stream._model.state.optimizer.slots:
        with pytest.raises(ValueError, match="pass the training samples as X"):
            prune_columns(stream)
        return
    small = prune_columns(stream)
    assert set(columns_in(WIDE_DENSE)) <= set(small[0].columns)
    if optimizer != "prodigy":  # whose state holds the first weights
        assert set(columns_in(WIDE_DENSE)) == set(small[0].columns)
    np.testing.assert_allclose(small.predict_proba(WIDE), stream.predict_proba(WIDE), rtol=1e-12)


def test_columns_left_out_count_as_zeros_and_change_z_by_no_more_than_the_bound():
    model = quick(BPRegressor, hidden_layer_sizes=(), scaling=False).fit(WIDE, y_wide)
    small = prune_columns(model, WIDE)
    other = sp.random_array((30, 900), density=0.02, format="csr", rng=1)
    zeroed = other.toarray()
    left_out = np.setdiff1d(np.arange(900), small[0].columns)
    zeroed[:, left_out] = 0
    np.testing.assert_allclose(small.predict(other), model.predict(zeroed), rtol=1e-12)
    bound = np.abs(other.toarray()[:, left_out]) @ np.abs(model.coefs_[0][left_out, 0])
    assert (np.abs(small.predict(other) - model.predict(other)) <= bound + 1e-12).all()
    assert bound.max() > 0


def test_scaled_and_averaged_ensembles_are_pruned():
    dense = np.c_[WIDE_DENSE[:, :50] * 1e3, RNG.standard_normal((60, 2)) + 50]
    model = quick(BPRegressor, n_models=2, average="ema").fit(dense, y_wide)
    small = prune_columns(model, dense)
    assert small[-1].n_features_in_ < 52
    np.testing.assert_allclose(small.predict(dense), model.predict(dense), rtol=1e-9)


def test_a_hashed_text_model_shrinks_to_its_share_of_trained_columns():
    words = [f"word{i}" for i in range(300)]
    texts = [" ".join(RNG.choice(words, 20)) for _ in range(100)]
    labels = np.array([text.count("1") % 2 for text in texts])
    vectorizer = HashingVectorizer(n_features=2**14, dtype=np.float32)
    hashed = vectorizer.transform(texts)
    stream = quick(BPClassifier, hidden_layer_sizes=10, optimizer="rmsprop")
    stream.partial_fit(hashed, labels, classes=[0, 1])
    small = prune_columns(stream)
    assert len(pickle.dumps(small)) < 0.03 * len(pickle.dumps(stream))
    whole = make_pipeline(vectorizer, small)
    np.testing.assert_array_equal(whole.predict_proba(texts), stream.predict_proba(hashed))


def test_a_model_without_any_trained_column_keeps_one():
    model = quick(BPRegressor).fit(sp.csr_array((10, 30)), np.arange(10.0))
    small = prune_columns(model, sp.csr_array((10, 30)))
    assert small[-1].n_features_in_ == 1
    np.testing.assert_allclose(small.predict(np.zeros((1, 30))), model.predict(np.zeros((1, 30))))


def test_names_of_columns_stay():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(np.c_[np.zeros(40), X], columns=list("zabcde"))
    small = prune_columns(quick(BPRegressor).fit(frame, y), frame)
    assert small[0].get_feature_names_out().tolist() == list("abcde")
    assert small.predict(frame).shape == (40,)
    with pytest.raises(ValueError, match="feature names"):
        small.predict(frame.rename(columns={"a": "A"}))


@pytest.mark.parametrize("columns", [[0.5], [[1]], [5], [-1]], ids=str)
def test_a_selector_refuses_columns_that_are_not_there(columns):
    with pytest.raises(ValueError, match="columns"):
        ColumnSelector(columns).fit(X)


@pytest.mark.parametrize("compress", [0, 3])
def test_joblib_keeps_pruned_and_whole_models(compress, tmp_path):
    model = quick(BPClassifier).fit(WIDE, y_wide)
    for one in (model, prune_columns(model, WIDE)):
        joblib.dump(one, tmp_path / "model.joblib", compress=compress)
        loaded = joblib.load(tmp_path / "model.joblib")
        np.testing.assert_array_equal(loaded.predict_proba(WIDE), one.predict_proba(WIDE))
