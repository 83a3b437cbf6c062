"""What the estimators do with data, parameters and weights."""

import copy
import linecache

import numpy as np
import pytest
from reference import activation_oracle
from scipy import sparse
from scipy.special import expit, log_softmax, softmax
from sklearn.datasets import (
    load_diabetes,
    load_digits,
    load_iris,
    make_multilabel_classification,
)
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning
from sklearn.metrics import log_loss
from sklearn.preprocessing import StandardScaler

from sk_bp import SGD, BPClassifier, BPRegressor, ExponentialDecay, RMSProp, training
from sk_bp.activations import ACTIVATIONS
from sk_bp.initializers import INITIALIZERS
from sk_bp.optimizers import BY_BATCH, OPTIMIZERS
from sk_bp.training import Training

ESTIMATORS = [BPClassifier, BPRegressor]
both = pytest.mark.parametrize("Estimator", ESTIMATORS)
every_optimizer = pytest.mark.parametrize("optimizer", BY_BATCH)

iris, species = load_iris(return_X_y=True)
iris = StandardScaler().fit_transform(iris)
two = species < 2
rng = np.random.default_rng(0)
X = rng.normal(size=(40, 5))
y = np.arange(40) % 2


def quick(Estimator, **params):
    defaults = {"hidden_layer_sizes": 6, "max_iter": 4, "tol": None, "random_state": 0}
    return Estimator(**{**defaults, **params})


def learner(Estimator, **params):
    """An estimator that learns a small problem well."""
    return quick(Estimator, **{"max_iter": 150, "learning_rate": 0.01, "batch_size": 30, **params})


def weights(estimator):
    return [*estimator.coefs_, *estimator.intercepts_]


def assert_same_bits(one, two):
    for W, V in zip(weights(one), weights(two), strict=True):
        np.testing.assert_array_equal(W, V)


def assert_same_up_to_rounding(one, two):
    for W, V in zip(weights(one), weights(two), strict=True):
        np.testing.assert_allclose(W, V, rtol=1e-8, atol=1e-10)


# ------------------------------------------------------------------ classification


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["setosa", "versicolor", "virginica"]),
        np.array(["c", "b", "a"], dtype=object),
        np.array([7, -1, 3]),
        np.array([0.0, 1.0, 2.0]),
        np.array([10, 20, 30], dtype=np.uint8),
    ],
    ids=lambda labels: str(labels.dtype),
)
def test_three_classes_of_any_type_are_learned_and_come_back(labels):
    est = learner(BPClassifier).fit(iris, labels[species])
    assert est.score(iris, labels[species]) > 0.95
    np.testing.assert_array_equal(est.classes_, np.sort(labels))
    assert est.classes_.dtype == labels.dtype
    assert est.predict(iris).dtype == labels.dtype
    assert est.predict_proba(iris).shape == (150, 3)
    assert (est.n_outputs_, est.out_activation_) == (3, "softmax")


@pytest.mark.parametrize(
    "labels", [["no", "yes"], [False, True], [0, 1], [-1, 1], [5.0, 2.0]], ids=str
)
def test_two_classes_of_any_type_are_learned_and_come_back(labels):
    labels = np.array(labels)
    target = labels[species[two]]
    est = learner(BPClassifier).fit(iris[two], target)
    assert est.score(iris[two], target) == 1
    np.testing.assert_array_equal(est.classes_, np.sort(labels))
    assert est.predict(iris[two]).dtype == labels.dtype
    assert est.decision_function(iris[two]).shape == (two.sum(),)
    assert est.predict_proba(iris[two]).shape == (two.sum(), 2)
    assert (est.n_outputs_, est.out_activation_) == (1, "logistic")


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array, sparse.csc_matrix])
def test_several_labels_are_learned_from_dense_and_sparse_indicators(container):
    data, Y = make_multilabel_classification(120, 10, n_classes=4, random_state=0)
    data = StandardScaler().fit_transform(data)
    est = learner(BPClassifier, hidden_layer_sizes=30).fit(data, container(Y))
    predicted = est.predict(data)
    assert predicted.shape == Y.shape
    assert set(np.unique(predicted)) <= {0, 1}
    assert (predicted == Y).mean() > 0.95
    proba = est.predict_proba(data)
    np.testing.assert_allclose(proba, expit(est.decision_function(data)), rtol=1e-12)
    np.testing.assert_array_equal(predicted, proba > 0.5)
    np.testing.assert_array_equal(est.classes_, np.arange(4))
    assert (est.n_outputs_, est.out_activation_) == (4, "logistic")
    assert_same_bits(est, learner(BPClassifier, hidden_layer_sizes=30).fit(data, Y))


@pytest.mark.parametrize("label", [1, "only"])
def test_one_class_is_always_predicted_with_probability_one(label):
    est = quick(BPClassifier).fit(X, [label] * 40)
    assert est.classes_.tolist() == [label]
    assert est.predict(X).tolist() == [label] * 40
    np.testing.assert_array_equal(est.predict_proba(X), np.ones((40, 1)))
    np.testing.assert_array_equal(est.predict_log_proba(X), np.zeros((40, 1)))
    est.partial_fit(X, [label] * 40)
    est.coefs_, est.intercepts_ = [W.copy() for W in est.coefs_], [b + 3 for b in est.intercepts_]
    np.testing.assert_array_equal(est.predict_proba(X), np.ones((40, 1)))


def test_predictions_probabilities_and_logits_of_many_classes_agree():
    est = quick(BPClassifier).fit(iris, species)
    logits = est.decision_function(iris)
    np.testing.assert_allclose(est.predict_proba(iris), softmax(logits, axis=1), rtol=1e-12)
    np.testing.assert_allclose(est.predict_log_proba(iris), log_softmax(logits, axis=1), rtol=1e-12)
    np.testing.assert_allclose(est.predict_proba(iris).sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(est.predict(iris), est.classes_[logits.argmax(axis=1)])


def test_predictions_probabilities_and_logits_of_two_classes_agree():
    est = quick(BPClassifier).fit(X, y)
    logits, proba = est.decision_function(X), est.predict_proba(X)
    np.testing.assert_allclose(proba[:, 1], expit(logits), rtol=1e-12)
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(est.predict_log_proba(X), np.log(proba), rtol=1e-10)
    np.testing.assert_array_equal(est.predict(X), (logits > 0).astype(int))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("size", [1e2, 1e4, 1e30])
@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel"])
def test_extreme_logits_give_finite_log_probabilities_and_true_probabilities(task, size, dtype):
    target = {"binary": y, "multiclass": np.arange(40) % 3, "multilabel": np.eye(40)[:, :3]}[task]
    est = quick(BPClassifier, hidden_layer_sizes=()).fit(X.astype(dtype), target)
    est.coefs_ = [W * dtype(size) for W in est.coefs_]
    data = X.astype(dtype)
    proba, log_proba = est.predict_proba(data), est.predict_log_proba(data)
    assert proba.dtype == dtype
    assert np.isfinite(proba).all()
    assert np.isfinite(log_proba).all()
    assert (proba >= 0).all()
    assert (proba <= 1).all()
    assert (log_proba <= 0).all()
    assert log_proba.min() < -0.1 * size
    if task != "multilabel":
        np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-6)
        np.testing.assert_array_equal(est.classes_[proba.argmax(axis=1)], est.predict(data))


def test_a_column_of_labels_is_raveled_with_a_warning():
    with pytest.warns(DataConversionWarning, match="column-vector y"):
        column = quick(BPClassifier).fit(X, y[:, None])
    assert_same_bits(column, quick(BPClassifier).fit(X, y))


# ------------------------------------------------------------------ regression


@every_optimizer
def test_a_line_is_found(optimizer):
    x = np.linspace(-1, 1, 60)[:, None]
    est = BPRegressor(
        (), optimizer=optimizer, learning_rate=0.1, batch_size=20, max_iter=300, alpha=0, tol=None
    )
    rate = 20 if optimizer == "adadelta" else 0.2  # its steps have units of their own
    est.set_params(learning_rate=ExponentialDecay(rate, factor=0.5, n_steps=100), random_state=0)
    est.fit(x, 2 * x[:, 0] - 1)
    np.testing.assert_allclose(est.coefs_[0], [[2]], atol=0.02)
    np.testing.assert_allclose(est.intercepts_[0], [-1], atol=0.02)


def test_real_regression_data_is_learned():
    data, target = load_diabetes(return_X_y=True)
    data, target = StandardScaler().fit_transform(data), (target - 152) / 77
    assert (
        learner(BPRegressor, hidden_layer_sizes=20, max_iter=200)
        .fit(data, target)
        .score(data, target)
        > 0.6
    )


def test_many_outputs_are_learned_together():
    Y = np.column_stack([X[:, 0], X[:, 1] - X[:, 2], np.ones(40)])
    est = learner(BPRegressor, hidden_layer_sizes=20).fit(X, Y)
    assert est.predict(X).shape == (40, 3)
    assert est.score(X, Y) > 0.9 or ((est.predict(X) - Y) ** 2).mean() < 0.05
    assert (est.n_outputs_, est.out_activation_) == (3, "identity")


def test_the_loss_of_many_outputs_is_the_sum_over_outputs_of_half_squares():
    Y = rng.normal(size=(40, 3))
    est = quick(BPRegressor, max_iter=1)
    est.fit(X, Y)
    start = quick(BPRegressor, max_iter=1, learning_rate=1e-300).fit(X, Y)
    loss = 0.5 * ((start.predict(X) - Y) ** 2).sum() / 40
    assert est.loss_ == pytest.approx(loss, rel=1e-12)


def test_a_column_of_targets_is_raveled_with_a_warning():
    target = X[:, 0]
    with pytest.warns(DataConversionWarning, match="column-vector y"):
        column = quick(BPRegressor).fit(X, target[:, None])
    assert column.predict(X).shape == (40,)
    assert_same_bits(column, quick(BPRegressor).fit(X, target))


# ------------------------------------------------------------------ fitted attributes


@both
def test_fitted_attributes_mean_what_they_say(Estimator):
    est = quick(
        Estimator,
        hidden_layer_sizes=(7, 3),
        batch_size=12,
        max_iter=5,
        learning_rate=ExponentialDecay(0.01, factor=0.5, n_steps=4),
    ).fit(X, y)
    assert [W.shape for W in est.coefs_] == [(5, 7), (7, 3), (3, 1)]
    assert [b.shape for b in est.intercepts_] == [(7,), (3,), (1,)]
    assert (est.n_layers_, est.n_outputs_, est.n_features_in_) == (4, 1, 5)
    assert (est.n_iter_, est.n_steps_, est.t_) == (5, 20, 200)
    assert est.learning_rate_ == pytest.approx(0.01 * 0.5 ** (19 / 4))
    assert est.history_["learning_rate"] == pytest.approx(
        [0.01 * 0.5 ** ((4 * epoch - 1) / 4) for epoch in range(1, 6)]
    )
    assert est.loss_curve_ == est.history_["loss"]
    assert est.loss_ == est.loss_curve_[-1]
    assert est.best_loss_ == min(est.loss_curve_)
    assert est.validation_scores_ is None
    assert est.best_validation_score_ is None
    assert {len(values) for values in est.history_.values()} == {5}
    assert all(type(value) is float for values in est.history_.values() for value in values)
    assert not hasattr(est, "feature_names_in_")


@both
def test_histories_are_equally_long_with_validation_in_some_calls_only(Estimator):
    est = quick(Estimator, warm_start=True).fit(X, y)
    est.fit(X, y, X_val=X[:9], y_val=y[:9]).fit(X, y)
    assert {len(values) for values in est.history_.values()} == {12}
    assert set(est.history_) == {"loss", "learning_rate", "validation_score"}
    scored = np.isfinite(est.history_["validation_score"])
    assert scored.tolist() == [False] * 4 + [True] * 4 + [False] * 4


@both
def test_the_loss_of_one_batch_is_that_of_the_weights_before_its_step(Estimator):
    est = quick(Estimator, max_iter=2).fit(X, y)
    before = quick(Estimator, max_iter=1).fit(X, y)
    if Estimator is BPClassifier:
        loss = -before.predict_log_proba(X)[np.arange(40), y].mean()
    else:
        loss = 0.5 * ((before.predict(X) - y) ** 2).mean()
    assert est.loss_ == pytest.approx(loss, rel=1e-12)


@both
def test_the_learning_rate_none_is_the_default_of_the_optimizer(Estimator):
    for name, Optimizer in BY_BATCH.items():
        est = quick(Estimator, optimizer=name).fit(X, y)
        assert est.learning_rate_ == Optimizer.default_learning_rate
        explicit = quick(Estimator, optimizer=name, learning_rate=est.learning_rate_).fit(X, y)
        assert_same_bits(est, explicit)


@pytest.mark.parametrize("layout", [np.asarray, sparse.csr_array])
@both
def test_weights_have_the_precision_of_X(Estimator, layout):
    for given, kept in [
        (np.float32, np.float32),
        (np.float64, np.float64),
        (np.int64, np.float64),
        (np.int8, np.float64),
        (bool, np.float64),
    ]:
        est = quick(Estimator).fit(layout((X > 0).astype(given)), y)
        assert {W.dtype for W in weights(est)} == {np.dtype(kept)}
        if Estimator is BPRegressor:
            assert est.predict(X).dtype == kept


def test_float16_is_trained_as_float64():
    assert quick(BPClassifier).fit(X.astype(np.float16), y).coefs_[0].dtype == np.float64


@pytest.mark.parametrize("order", ["C", "F", "strided", "read-only"])
@both
def test_the_memory_order_of_X_and_y_makes_no_difference(Estimator, order):
    data, target = X.copy(), y.astype(float)
    if order == "F":
        data = np.asfortranarray(data)
    elif order == "strided":
        data, target = np.repeat(X, 2, axis=0)[::2], np.repeat(target, 2)[::2]
    elif order == "read-only":
        data.flags.writeable = target.flags.writeable = False
    est = quick(Estimator, batch_size=7).fit(data, target)
    assert_same_bits(est, quick(Estimator, batch_size=7).fit(X, y.astype(float)))
    np.testing.assert_array_equal(est.predict(data), est.predict(X))


@both
def test_fit_writes_to_nothing_that_it_is_given(Estimator):
    for layout in (np.asarray, sparse.csr_array, sparse.coo_array):
        data, target, weight = layout(X.copy()), y.copy(), np.arange(40.0)
        before = copy.deepcopy((data, target, weight))
        quick(Estimator).fit(data, target, weight).predict(data)
        difference = abs(data - before[0])
        assert (difference.nnz if sparse.issparse(difference) else difference.sum()) == 0
        np.testing.assert_array_equal(target, before[1])
        np.testing.assert_array_equal(weight, before[2])


# ------------------------------------------------------------------ assigned weights


def known_network():
    coefs = [rng.normal(size=(5, 3)), rng.normal(size=(3, 2))]
    intercepts = [rng.normal(size=3), rng.normal(size=2)]
    return coefs, intercepts, np.maximum(X @ coefs[0] + intercepts[0], 0) @ coefs[1] + intercepts[1]


@pytest.mark.parametrize("first", ["coefs_", "intercepts_"])
def test_assigned_weights_predict_at_once_on_an_unfitted_regressor(first):
    coefs, intercepts, outputs = known_network()
    parts = {"coefs_": coefs, "intercepts_": intercepts}
    est = BPRegressor()
    for name in sorted(parts, key=lambda name: name != first):
        setattr(est, name, parts[name])
    np.testing.assert_allclose(est.predict(X), outputs, rtol=1e-12)
    assert (est.n_features_in_, est.n_outputs_, est.n_layers_) == (5, 2, 3)
    assert est.out_activation_ == "identity"


@both
def test_assigned_weights_replace_those_of_a_fitted_model(Estimator):
    est, other = quick(Estimator).fit(X, y), quick(Estimator, random_state=1).fit(X, y)
    est.coefs_, est.intercepts_ = other.coefs_, other.intercepts_
    np.testing.assert_array_equal(est.predict(X), other.predict(X))
    assert est.coefs_[0] is not other.coefs_[0]
    est.partial_fit(X, y)
    assert_same_bits(other, quick(Estimator, random_state=1).fit(X, y))


def test_assigned_weights_of_another_size_replace_those_of_a_fitted_regressor():
    coefs, intercepts, outputs = known_network()
    est = quick(BPRegressor, hidden_layer_sizes=9).fit(X[:, :4], y)
    est.coefs_ = coefs
    est.intercepts_ = intercepts
    np.testing.assert_allclose(est.predict(X), outputs, rtol=1e-12)


def test_assigned_weights_classify_once_the_classes_are_given():
    coefs, intercepts, _ = known_network()
    coefs[1], intercepts[1] = coefs[1][:, :1], intercepts[1][:1]
    est = BPClassifier(hidden_layer_sizes=3, tol=None, max_iter=1)
    est.coefs_, est.intercepts_, est.classes_ = coefs, intercepts, np.array(["no", "yes"])
    logits = (np.maximum(X @ coefs[0] + intercepts[0], 0) @ coefs[1] + intercepts[1])[:, 0]
    assert est.predict(X).tolist() == np.where(logits > 0, "yes", "no").tolist()
    np.testing.assert_allclose(est.predict_proba(X)[:, 1], expit(logits), rtol=1e-12)
    labels = est.classes_[y]
    est.partial_fit(X, labels)  # and training goes on from there
    assert abs(est.coefs_[0] - coefs[0]).max() < 0.1
    est.set_params(warm_start=True).fit(X, labels)
    assert est.n_iter_ == 2


def test_assigned_float32_weights_make_a_float32_model():
    coefs, intercepts, _ = known_network()
    est = BPRegressor()
    est.coefs_ = [W.astype(np.float32) for W in coefs]
    est.intercepts_ = [b.astype(np.float32) for b in intercepts]
    assert est.predict(X).dtype == np.float32


@both
def test_weights_can_be_changed_in_place(Estimator):
    est = quick(Estimator).fit(X, y)
    est.coefs_[-1][:] = 0
    est.intercepts_[-1][:] = 0.25
    logits = est.decision_function(X) if Estimator is BPClassifier else est.predict(X)
    np.testing.assert_array_equal(logits, np.full(40, 0.25))


# ------------------------------------------------------------------ the network's parameters


@pytest.mark.parametrize(
    ("sizes", "hidden"),
    [
        (3, [3]),
        ([3], [3]),
        ((3, 2), [3, 2]),
        (np.array([4, 3, 2]), [4, 3, 2]),
        (np.int64(3), [3]),
        ((), []),
        ([], []),
        (np.array([], dtype=int), []),
    ],
    ids=repr,
)
@both
def test_hidden_layer_sizes_are_a_number_or_a_sequence(Estimator, sizes, hidden):
    est = quick(Estimator, hidden_layer_sizes=sizes).fit(X, y)
    assert [len(b) for b in est.intercepts_] == [*hidden, 1]
    assert est.n_layers_ == len(hidden) + 2


@pytest.mark.parametrize("names", [(a, b) for a in ACTIVATIONS for b in ("tanh", a)], ids=str)
def test_each_hidden_layer_has_its_own_activation(names):
    est = quick(BPRegressor, hidden_layer_sizes=(4, 3), activation=list(names)).fit(X, y)
    signal = X
    for W, b, name in zip(est.coefs_, est.intercepts_, [*names, "identity"], strict=True):
        signal = activation_oracle(name)[0](signal @ W + b)
    np.testing.assert_allclose(est.predict(X), signal[:, 0], rtol=1e-10)
    if names[0] == names[1]:
        same = quick(BPRegressor, hidden_layer_sizes=(4, 3), activation=names[0]).fit(X, y)
        assert_same_bits(est, same)


@pytest.mark.parametrize("init", INITIALIZERS)
@both
def test_every_initializer_can_be_asked_for(Estimator, init):
    est, other = quick(Estimator, init=init).fit(X, y), quick(Estimator).fit(X, y)
    assert np.isfinite(est.coefs_[0]).all()
    assert (est.coefs_[1] != other.coefs_[1]).any() or init == "glorot_uniform"
    assert (est.coefs_[0] != other.coefs_[0]).any()


@both
def test_batch_size_auto_is_200_and_larger_ones_mean_all_samples(Estimator):
    many, target = np.tile(X, (11, 1)), np.tile(y, 11)  # 440 samples
    steps = {}
    for batch_size in ("auto", 200, 100, 440, 10_000, 1):
        est = quick(Estimator, batch_size=batch_size, max_iter=1).fit(many, target)
        steps[batch_size] = est.n_steps_
        assert est.t_ == 440
    assert steps == {"auto": 3, 200: 3, 100: 5, 440: 1, 10_000: 1, 1: 440}


@both
def test_without_shuffling_samples_are_taken_as_they_lie(Estimator):
    def train(shuffle, data, target):
        est = quick(Estimator, shuffle=shuffle, batch_size=10, optimizer=SGD(momentum=0))
        return est.set_params(learning_rate=0.1).fit(data, target)

    order = np.concatenate([np.arange(start, start + 10)[::-1] for start in range(0, 40, 10)])
    kept = train(False, X, y)
    assert_same_up_to_rounding(kept, train(False, X[order], y[order]))  # the same batches
    swapped = np.r_[10:20, 0:10, 20:40]
    assert abs(kept.coefs_[0] - train(False, X[swapped], y[swapped]).coefs_[0]).max() > 1e-6
    assert abs(kept.coefs_[0] - train(True, X, y).coefs_[0]).max() > 1e-6


@both
def test_shuffling_changes_nothing_where_one_batch_holds_all(Estimator):
    assert_same_bits(
        quick(Estimator, shuffle=True).fit(X, y), quick(Estimator, shuffle=False).fit(X, y)
    )


# ------------------------------------------------------------------ when training ends


@both
def test_without_tol_exactly_max_iter_epochs_are_made(Estimator):
    est = quick(Estimator, tol=None, n_iter_no_change=1, max_iter=23, learning_rate=1e-12)
    assert est.fit(X, y).n_iter_ == 23


@pytest.mark.parametrize("n_iter_no_change", [1, 3, 10])
@both
def test_training_ends_after_more_than_n_iter_no_change_epochs_without_progress(
    Estimator, n_iter_no_change
):
    est = quick(Estimator, tol=100, n_iter_no_change=n_iter_no_change, max_iter=50)
    # The first epoch is progress beyond infinity.
    assert est.fit(X, y).n_iter_ == n_iter_no_change + 2


@both
def test_the_end_by_max_iter_without_convergence_is_told(Estimator):
    with pytest.warns(ConvergenceWarning, match=f"{Estimator.__name__}.*max_iter=3") as record:
        quick(Estimator, tol=1e-4, max_iter=3).fit(X, y)
    assert "fit(X, y)" in line_of(record[0])


@pytest.mark.parametrize("verbose", [0, 1, True])
@both
def test_verbose_prints_a_line_for_each_epoch(Estimator, verbose, capsys):
    est = quick(Estimator, verbose=verbose, max_iter=3).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == (3 if verbose else 0)
    for i, line in enumerate(lines):
        assert line.startswith(f"Epoch {i + 1}")
        assert f"{est.loss_curve_[i]:.6g}" in line
    if verbose:
        quick(Estimator, verbose=verbose, max_iter=1).fit(X, y, X_val=X, y_val=y)
        assert "validation score" in capsys.readouterr().out


# ------------------------------------------------------------------ early stopping


def own_score(estimator, data, target):
    return estimator.score(data, target)


@pytest.mark.parametrize("scoring", ["loss", None, "named", own_score], ids=str)
@both
def test_the_weights_of_the_best_epoch_are_restored(Estimator, scoring):
    if scoring == "named":
        scoring = "accuracy" if Estimator is BPClassifier else "r2"
    # A rate this high makes the scores go up and down, so that the last epoch is not the best.
    est = quick(
        Estimator,
        early_stopping=True,
        scoring=scoring,
        max_iter=30,
        learning_rate=0.1,
        batch_size=5,
    )
    X_val, y_val = X[::3] + 0.3, y[::3]
    est.fit(X, y, X_val=X_val, y_val=y_val)
    best = int(np.argmax(est.validation_scores_))
    assert best < 29
    assert est.best_validation_score_ == est.validation_scores_[best]
    until_best = quick(Estimator, max_iter=best + 1, learning_rate=0.1, batch_size=5).fit(X, y)
    assert_same_bits(est, until_best)


@both
def test_early_stopping_ends_by_the_score_and_not_by_the_loss(Estimator):
    scores = iter([1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0])
    est = quick(
        Estimator,
        early_stopping=True,
        scoring=lambda estimator, X, y: next(scores),
        tol=0.5,
        n_iter_no_change=3,
        max_iter=50,
    ).fit(X, y)
    assert est.n_iter_ == 6
    assert est.validation_scores_ == [1.0, 2.0, 2.0, 2.0, 2.0, 2.0]


@both
def test_a_score_that_is_nan_is_never_the_best(Estimator):
    scores = iter([1.0, 3.0, np.nan, 2.0, np.nan])
    est = quick(Estimator, early_stopping=True, max_iter=5)
    est.set_params(scoring=lambda estimator, X, y: next(scores)).fit(X, y, X_val=X, y_val=y)
    assert est.best_validation_score_ == 3
    assert_same_bits(est, quick(Estimator, max_iter=2).fit(X, y))


@both
def test_a_part_of_the_samples_is_held_out_and_never_trained_on(Estimator):
    seen = []

    def scoring(estimator, data, target):
        seen.append(data.copy())
        return 0.0

    est = quick(Estimator, early_stopping=True, validation_fraction=0.25, scoring=scoring)
    est.fit(X, y)
    assert all(part.shape == (10, 5) for part in seen)
    for part in seen:
        np.testing.assert_array_equal(part, seen[0])
    assert est.t_ == 30 * est.n_iter_
    assert len({*map(tuple, seen[0])} & {*map(tuple, X)}) == 10


@pytest.mark.parametrize("labels", [np.array([0, 1]), np.array(["rare", "usual"])], ids=str)
def test_the_held_out_part_keeps_the_shares_of_the_classes(labels):
    held_out = []

    def scoring(estimator, data, target):
        held_out.append(target)
        return 0.0

    target = labels[(np.arange(40) >= 8).astype(int)]
    est = quick(BPClassifier, early_stopping=True, validation_fraction=0.25, scoring=scoring)
    for random_state in range(5):
        est.set_params(random_state=random_state).fit(X, target)
    assert {(part == labels[0]).sum() for part in held_out} == {2}


@pytest.mark.parametrize("rare", [1, 3])
def test_a_split_that_cannot_keep_the_shares_is_told(rare):
    target = np.zeros(40, dtype=int)
    target[:rare] = 1
    fraction = 0.1 if rare == 1 else 0.02
    est = quick(BPClassifier, early_stopping=True, validation_fraction=fraction)
    with pytest.warns(UserWarning, match=f"rarest with {rare}.*{fraction}.*ignores classes"):
        est.fit(X, target)
    assert est.classes_.tolist() == [0, 1]


@pytest.mark.parametrize("scoring", ["loss", None])
def test_early_stopping_takes_several_labels_sparse_input_and_string_labels(scoring):
    est = quick(BPClassifier, early_stopping=True, scoring=scoring)
    est.fit(X, np.column_stack([y, X[:, 0] > 0]).astype(int))
    assert len(est.validation_scores_) == 4
    est.fit(sparse.csc_array(X), np.array(["a", "b"])[y])
    assert len(est.validation_scores_) == 4
    assert set(est.predict(X)) <= {"a", "b"}


@both
def test_sparse_and_dense_validation_give_the_same_scores(Estimator):
    dense = quick(Estimator, early_stopping=True).fit(X, y, X_val=X[:9], y_val=y[:9])
    thin = quick(Estimator, early_stopping=True)
    thin.fit(sparse.csr_array(X), y, X_val=sparse.coo_array(X[:9]), y_val=y[:9])
    np.testing.assert_allclose(thin.validation_scores_, dense.validation_scores_, rtol=1e-10)


@both
def test_given_validation_samples_leave_all_samples_to_train_on(Estimator):
    est = quick(Estimator, early_stopping=True).fit(X, y, X_val=X[:8], y_val=y[:8])
    assert est.t_ == 40 * 4
    assert_same_bits(
        quick(Estimator).fit(X, y),
        quick(Estimator).fit(X, y, X_val=X[:8], y_val=y[:8]),  # without early stopping: only scored
    )


@both
def test_the_score_by_loss_is_the_negative_weighted_mean_loss(Estimator):
    X_val, y_val, weight = X[:9], y[:9], np.arange(9.0)
    est = quick(Estimator).fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=weight)
    if Estimator is BPClassifier:
        losses = -est.predict_log_proba(X_val)[np.arange(9), y_val]
    else:
        losses = 0.5 * (est.predict(X_val) - y_val) ** 2
    assert est.validation_scores_[-1] == pytest.approx(
        -np.average(losses, weights=weight), rel=1e-10
    )


# ------------------------------------------------------------------ weights of samples


# Full batches: an integer weight is exactly a repeated row.
@pytest.mark.parametrize(
    "params", [{}, {"hidden_layer_sizes": ()}, {"activation": "tanh"}], ids=str
)
@every_optimizer
@both
def test_an_integer_weight_is_a_repeated_row_in_full_batches(Estimator, optimizer, params):
    count = np.arange(40) % 4
    params = {"optimizer": optimizer, "batch_size": 1000, "max_iter": 20, "alpha": 0.1, **params}
    weighted = quick(Estimator, **params).fit(X, y, sample_weight=count)
    repeated = quick(Estimator, **params).fit(np.repeat(X, count, axis=0), np.repeat(y, count))
    assert_same_up_to_rounding(weighted, repeated)
    np.testing.assert_allclose(weighted.loss_curve_, repeated.loss_curve_, rtol=1e-9)


def test_an_integer_weight_is_a_repeated_row_for_several_labels_and_sparse_input():
    count = np.arange(40) % 4
    Y = np.column_stack([y, X[:, 0] > 0]).astype(int)
    thin = sparse.csr_array(X * (abs(X) > 1))
    weighted = quick(BPClassifier, batch_size=1000).fit(thin, Y, sample_weight=count)
    rows = np.repeat(np.arange(40), count)
    assert_same_up_to_rounding(
        weighted, quick(BPClassifier, batch_size=1000).fit(thin[rows], Y[rows])
    )


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("layout", [np.asarray, sparse.csr_array])
@every_optimizer
@both
def test_rows_of_weight_zero_are_as_good_as_removed(Estimator, optimizer, layout, early_stopping):
    weight = np.where(np.arange(40) % 3 == 0, 0.0, rng.random(40) + 0.1)
    kept = weight > 0
    params = {"optimizer": optimizer, "batch_size": 7, "early_stopping": early_stopping}
    zeroed = quick(Estimator, **params).fit(layout(X), y, sample_weight=weight)
    removed = quick(Estimator, **params).fit(layout(X[kept]), y[kept], sample_weight=weight[kept])
    assert_same_bits(zeroed, removed)
    assert zeroed.history_ == removed.history_
    assert zeroed.t_ == removed.t_


def test_classes_of_weight_zero_are_classes_all_the_same():
    est = quick(BPClassifier).fit(iris, species, sample_weight=species > 0)
    assert est.classes_.tolist() == [0, 1, 2]
    assert est.predict_proba(iris).shape == (150, 3)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_a_class_of_class_weight_zero_is_as_good_as_removed(early_stopping):
    params = {"batch_size": 7, "early_stopping": early_stopping, "validation_fraction": 0.2}
    by_class = quick(BPClassifier, class_weight={0: 0.0}, **params).fit(iris, species)
    by_sample = quick(BPClassifier, **params).fit(iris, species, sample_weight=species > 0)
    assert_same_bits(by_class, by_sample)


@both
def test_weights_of_one_are_no_weights(Estimator):
    plain = quick(Estimator, batch_size=7).fit(X, y)
    for weight in (np.ones(40), np.ones(40, dtype=int), np.ones(40, dtype=bool), 1.0, [1] * 40):
        assert_same_up_to_rounding(quick(Estimator, batch_size=7).fit(X, y, weight), plain)


@pytest.mark.parametrize("factor", [1e-20, 3.0, 1e20])
@both
def test_only_the_ratios_of_weights_count_without_a_penalty(Estimator, factor):
    weight = rng.random(40) + 0.1
    one = quick(Estimator, batch_size=7, alpha=0).fit(X, y, weight)
    assert_same_up_to_rounding(
        one, quick(Estimator, batch_size=7, alpha=0).fit(X, y, factor * weight)
    )


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_batch_divides_by_its_size_times_the_mean_weight(shuffle):
    # Linear regression by plain SGD, against the same in NumPy. The order of a shuffled epoch is
    # read off by giving every sample a target that tells it.
    weight = rng.random(40) + 0.1
    target = X[:, 0] + 1
    alpha, eta, S, size = 0.5, 0.05, weight.sum(), 12
    params = {
        "hidden_layer_sizes": (),
        "optimizer": SGD(momentum=0),
        "learning_rate": eta,
        "alpha": alpha,
        "batch_size": size if not shuffle else 40,
        "shuffle": shuffle,
    }
    start = quick(BPRegressor, **{**params, "learning_rate": 1e-300, "alpha": 0}).fit(X, target)
    w, b = start.coefs_[0][:, 0].copy(), start.intercepts_[0][0]
    for _ in range(4):
        for first in range(0, 40, params["batch_size"]):
            batch = slice(first, first + params["batch_size"])
            B = len(X[batch])
            delta = weight[batch] * (X[batch] @ w + b - target[batch]) / (B * S / 40)
            w, b = (1 - eta * alpha / S) * w - eta * X[batch].T @ delta, b - eta * delta.sum()
    est = quick(BPRegressor, **params).fit(X, target, sample_weight=weight)
    np.testing.assert_allclose(est.coefs_[0][:, 0], w, rtol=1e-10)
    np.testing.assert_allclose(est.intercepts_[0], [b], rtol=1e-10)


def test_weights_draw_the_model_towards_the_samples_that_count():
    target = np.zeros(40)
    target[::2] = 1.0  # nothing in X tells which
    params = {"hidden_layer_sizes": (), "optimizer": "sgd", "learning_rate": 0.1, "max_iter": 300}
    est = quick(BPRegressor, **params).fit(np.ones((40, 1)), target, np.where(target, 3.0, 1.0))
    np.testing.assert_allclose(est.predict([[1.0]]), [0.75], atol=1e-3)


# ------------------------------------------------------------------ weights of classes


def same_model(class_weight, target, weight, given=None):
    """Whether class weights do what the sample weights that they stand for do."""
    by_class = quick(BPClassifier, class_weight=class_weight, batch_size=9)
    by_sample = quick(BPClassifier, batch_size=9)
    assert_same_up_to_rounding(
        by_class.fit(X, target, sample_weight=given), by_sample.fit(X, target, sample_weight=weight)
    )


def test_class_weights_multiply_the_weights_of_their_samples():
    target, given = np.arange(40) % 3, rng.random(40) + 0.1
    same_model({0: 2.0, 2: 0.5}, target, np.array([2.0, 1.0, 0.5])[target])
    same_model({0: 2.0, 2: 0.5}, target, given * np.array([2.0, 1.0, 0.5])[target], given)


@pytest.mark.parametrize("class_weight", [{0: 2.0}, "balanced"])
def test_class_weights_serve_float32_too(class_weight):
    labels = np.arange(40) % 4 % 3 % 2  # 30 zeros, 10 ones
    factor = {0: 2.0, 1: 1.0} if isinstance(class_weight, dict) else {0: 40 / 60, 1: 40 / 20}
    weight = np.array([factor[label] for label in labels])
    by_class = quick(BPClassifier, class_weight=class_weight).fit(X.astype(np.float32), labels)
    by_sample = quick(BPClassifier).fit(X.astype(np.float32), labels, sample_weight=weight)
    for W, expected in zip(weights(by_class), weights(by_sample), strict=True):
        assert W.dtype == np.float32
        np.testing.assert_allclose(W, expected, rtol=1e-5, atol=1e-6)


def test_class_weights_go_by_labels_of_any_type():
    factors = np.array([3.0, 1.0])
    same_model({"a": 3.0}, np.array(["a", "b"])[y], factors[y])
    same_model({False: 3.0}, y.astype(bool), factors[y])
    same_model({-1: 3.0}, np.array([-1, 1])[y], factors[y])


def test_balanced_counts_the_weights_of_the_samples():
    target = (np.arange(40) >= 8).astype(int)
    given = rng.random(40) + 0.1
    same_model("balanced", target, np.where(target, 40 / (2 * 32), 40 / (2 * 8)))
    totals = np.array([given[:8].sum(), given[8:].sum()])
    same_model("balanced", target, given * (given.sum() / (2 * totals))[target], given)


def test_balanced_weights_equal_repetition():
    target, count = (np.arange(40) >= 8).astype(int), 1 + np.arange(40) % 3
    params = {"class_weight": "balanced", "batch_size": 1000}
    weighted = quick(BPClassifier, **params).fit(X, target, sample_weight=count)
    rows = np.repeat(np.arange(40), count)
    assert_same_up_to_rounding(weighted, quick(BPClassifier, **params).fit(X[rows], target[rows]))


def test_class_weights_of_several_labels_multiply():
    Y = np.column_stack([y, np.arange(40) % 3 == 0, X[:, 0] > 0]).astype(int)
    factors = np.where(Y[:, 0], 2.0, 1.0) * np.where(Y[:, 1], 3.0, 0.5)
    same_model([{1: 2.0}, {0: 0.5, 1: 3.0}, {}], Y, factors)
    each = [np.where(column, 20 / column.sum(), 20 / (40 - column.sum())) for column in Y.T]
    same_model("balanced", Y, np.prod(each, axis=0))
    same_model([{}, "balanced", {0: 1}], Y, each[1])


def test_a_label_weight_may_name_a_label_that_a_batch_or_a_held_out_part_lacks():
    Y = np.zeros((40, 2), dtype=int)
    Y[:20, 0], Y[3, 1] = 1, 1
    weights_of_labels = [{}, {1: 5.0}]
    est = quick(BPClassifier, class_weight=weights_of_labels)
    for part in (slice(0, 20), slice(20, 40)):  # no label 1 in the second
        est.partial_fit(X[part], Y[part])
    assert est.n_iter_ == 2
    quick(BPClassifier, class_weight=weights_of_labels).fit(X, Y, X_val=X[30:], y_val=Y[30:])
    est.set_params(early_stopping=True).fit(X, Y)


def test_balanced_held_out_samples_are_weighted_by_the_classes_of_the_training_samples():
    # 10 of 40 samples are of class 0, so they weigh 2 and the others 2/3, held out or not.
    target = (np.arange(40) >= 10).astype(int)
    X_val, y_val = X[:12], (np.arange(12) >= 9).astype(int)
    balanced = quick(BPClassifier, class_weight="balanced").fit(X, target, X_val=X_val, y_val=y_val)
    factors = np.array([2.0, 2 / 3])
    by_hand = quick(BPClassifier).fit(
        X,
        target,
        factors[target],
        X_val=X_val,
        y_val=y_val,
        sample_weight_val=factors[y_val],
    )
    np.testing.assert_allclose(balanced.validation_scores_, by_hand.validation_scores_, rtol=1e-10)


def test_partial_fit_takes_class_weights_as_a_dict():
    est = quick(BPClassifier, class_weight={0: 3.0}, batch_size=9)
    est.partial_fit(X, y, classes=[0, 1])
    other = quick(BPClassifier, batch_size=9)
    other.partial_fit(X, y, classes=[0, 1], sample_weight=np.where(y == 0, 3.0, 1.0))
    assert_same_up_to_rounding(est, other)


# ------------------------------------------------------------------ randomness


@pytest.mark.parametrize("early_stopping", [False, True])
@both
def test_an_int_random_state_gives_the_same_bits_again(Estimator, early_stopping):
    params = {"batch_size": 7, "early_stopping": early_stopping}
    one, again = (quick(Estimator, **params).fit(X, y) for _ in range(2))
    assert_same_bits(one, again)
    assert_same_bits(one, again.fit(X, y))
    other = quick(Estimator, **params, random_state=1).fit(X, y)
    assert (one.coefs_[0] != other.coefs_[0]).any()


@both
def test_random_state_none_gives_another_model_each_time(Estimator):
    one, other = (quick(Estimator, random_state=None).fit(X, y) for _ in range(2))
    assert (one.coefs_[0] != other.coefs_[0]).any()


@both
def test_a_random_state_instance_goes_on_from_fit_to_fit(Estimator):
    first = quick(Estimator, random_state=np.random.RandomState(3))
    one = [W.copy() for W in weights(first.fit(X, y))]
    two = [W.copy() for W in weights(first.fit(X, y))]
    assert (one[0] != two[0]).any()
    again = quick(Estimator, random_state=np.random.RandomState(3)).fit(X, y)
    np.testing.assert_array_equal(again.coefs_[0], one[0])


def test_fit_leaves_the_global_random_state_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    quick(BPClassifier, early_stopping=True).fit(X, y)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


# ------------------------------------------------------------------ promise 7: divergence


def train(est, data, target, calls_of_partial_fit):
    """Train by fit, or by so many calls of partial_fit."""
    if not calls_of_partial_fit:
        return est.fit(data, target)
    given = {"classes": [0, 1]} if isinstance(est, BPClassifier) else {}
    for _ in range(calls_of_partial_fit):
        est.partial_fit(data, target, **given)
    return est


def line_of(warning):
    """The line of source that a warning points to."""
    return linecache.getline(warning.filename, warning.lineno)


def assert_diverges_gracefully(est, data, target, calls_of_partial_fit=0):
    """The fit ends with a warning that helps, and a model that is finite throughout."""
    with pytest.warns(ConvergenceWarning) as record:
        train(est, data, target, calls_of_partial_fit)
    message = str(record[0].message)
    assert "step" in message
    assert "epoch" in message
    assert "learning_rate" in message
    assert "scale X" in message
    assert "fit(data, target" in line_of(record[0])
    assert all(np.isfinite(W).all() for W in weights(est))
    assert not np.isnan(est.predict(X.astype(est.coefs_[0].dtype)).astype(float)).any()
    assert not np.isnan(est.best_loss_)


@pytest.mark.parametrize("layout", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@every_optimizer
@both
def test_a_huge_learning_rate_ends_in_a_warning_and_a_finite_model(
    Estimator, optimizer, dtype, layout
):
    huge = 1e25 if dtype == np.float32 else 1e200
    est = quick(Estimator, optimizer=optimizer, learning_rate=huge, alpha=0, max_iter=50)
    if optimizer == "adamw":
        est.set_params(optimizer=OPTIMIZERS["adamw"](weight_decay=0))
    target = rng.normal(size=40) if Estimator is BPRegressor else rng.integers(0, 2, 40)
    assert_diverges_gracefully(est, layout(X.astype(dtype)), target)


@every_optimizer
def test_unscaled_regression_data_ends_well_or_in_a_warning(optimizer):
    data, target = X * 1e4, X[:, 0] * 1e6
    est = quick(BPRegressor, optimizer=optimizer, max_iter=30)
    if optimizer in ("sgd", "radam"):  # radam's first steps are along the gradient itself
        assert_diverges_gracefully(est, data, target)
    else:
        est.fit(data, target)
        assert all(np.isfinite(W).all() for W in weights(est))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@every_optimizer
@both
def test_huge_X_leaves_a_finite_model(Estimator, optimizer, dtype):
    huge = 1e36 if dtype == np.float32 else 1e305  # beyond, scikit-learn's own check overflows
    data = (np.sign(X) * huge).astype(dtype)
    est = quick(Estimator, optimizer=optimizer, learning_rate=0.1, max_iter=20)
    with pytest.warns(ConvergenceWarning, match=r"epoch.*learning_rate.*scale X"):
        est.fit(data, y)
    assert all(np.isfinite(W).all() for W in weights(est))
    predicted = est.predict_proba(data) if Estimator is BPClassifier else est.predict(data)
    assert not np.isnan(predicted).any()


@pytest.mark.parametrize("layout", [np.asarray, sparse.csr_array])
@every_optimizer
@both
def test_a_stream_that_diverges_warns_and_stays_finite(Estimator, optimizer, layout):
    est = quick(Estimator, optimizer=optimizer, learning_rate=1e200, alpha=0)
    if optimizer == "adamw":
        est.set_params(optimizer=OPTIMIZERS["adamw"](weight_decay=0))
    assert_diverges_gracefully(est, layout(X), rng.integers(0, 2, 40), calls_of_partial_fit=20)


@both
def test_early_stopping_keeps_the_best_weights_of_a_fit_that_diverges(Estimator):
    est = quick(
        Estimator, optimizer=SGD(momentum=0), learning_rate=1e200, alpha=0, early_stopping=True
    )
    assert_diverges_gracefully(est.set_params(max_iter=50), X, rng.integers(0, 2, 40))
    assert not np.isnan(est.best_validation_score_)


@pytest.mark.parametrize("layout", [np.asarray, sparse.csr_array])
def test_an_explosion_in_the_first_epoch_is_stopped_at_its_second_step(layout):
    """Later steps would take the weights to 1e100."""
    est = quick(BPRegressor, optimizer=SGD(momentum=0), learning_rate=100.0, alpha=0, batch_size=4)
    with pytest.warns(ConvergenceWarning, match=r"at step 2 of 10 of epoch 1: the loss has grown"):
        est.fit(layout(100 * X), rng.normal(size=40))
    assert est.n_steps_ == 1
    assert all(np.abs(W).max() < 1e9 for W in weights(est))


@both
def test_a_model_that_diverged_can_go_on_with_a_smaller_rate(Estimator):
    est = quick(
        Estimator, optimizer="sgd", learning_rate=1e150, alpha=0, warm_start=True, max_iter=30
    )
    target = rng.integers(0, 2, 40)
    assert_diverges_gracefully(est, X, target)
    est.set_params(warm_start=False, learning_rate=0.01).fit(X, target)
    assert est.n_iter_ == 30


# ------------------------------------------------------------------ early stopping goes on


def test_a_warm_start_keeps_the_best_weights_until_they_are_beaten():
    data, labels = load_digits(return_X_y=True)
    data, held_out = {"X": data[:900] / 16, "y": labels[:900]}, (data[900:] / 16, labels[900:])
    validation = dict(zip(("X_val", "y_val"), held_out, strict=True))
    est = BPClassifier(20, max_iter=15, early_stopping=True, tol=None, warm_start=True)
    est.set_params(random_state=0, learning_rate=0.01).fit(**data, **validation)
    before, best, score = weights(est), est.best_epoch_, est.best_validation_score_
    assert best == np.argmax(est.validation_scores_) + 1
    est.set_params(learning_rate=1.0, max_iter=2).fit(**data, **validation)
    assert max(est.validation_scores_[15:]) < score
    for W, kept in zip(weights(est), before, strict=True):
        np.testing.assert_array_equal(W, kept)
    assert est.best_epoch_ == best
    assert est.n_iter_ == 17
    est.set_params(learning_rate=1e-4, max_iter=5).fit(**data, **validation)
    assert est.best_epoch_ > 17  # beaten
    assert -log_loss(held_out[1], est.predict_proba(held_out[0])) > score


@both
def test_the_best_epoch_is_known_only_where_weights_were_kept(Estimator):
    est = quick(Estimator).fit(X, y, X_val=X, y_val=y)
    assert est.best_epoch_ is None
    est = quick(Estimator, early_stopping=True).fit(X, y)
    assert 1 <= est.best_epoch_ <= est.n_iter_
    est.set_params(early_stopping=False).partial_fit(X, y)
    assert est.best_epoch_ is None


# ------------------------------------------------------------------ Ctrl-C


@pytest.mark.parametrize("layout", [np.asarray, sparse.csr_array])
def test_an_interrupt_that_comes_after_a_slice_loses_none_of_its_steps(layout, monkeypatch):
    run, calls = Training._run, []

    def interrupted(*args):
        run(*args)
        calls.append(args)
        if len(calls) == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr(training, "_SLICE_WORK", 1)  # a slice is a step
    monkeypatch.setattr(Training, "_run", interrupted)
    est = quick(BPClassifier, batch_size=4, shuffle=False, max_iter=1)
    with pytest.raises(KeyboardInterrupt):
        est.fit(layout(X), y)
    monkeypatch.setattr(Training, "_run", run)
    assert est.n_steps_ == 5
    assert est.t_ == 20
    assert np.isfinite(est.loss_)
    stopped = quick(BPClassifier, batch_size=4, shuffle=False)
    stopped.partial_fit(layout(X[:20]), y[:20], classes=[0, 1])
    stopped_weights = weights(stopped)
    for W, expected in zip(weights(est), stopped_weights, strict=True):
        np.testing.assert_allclose(W, expected, rtol=1e-12)


def interrupting(after):
    """A score that raises KeyboardInterrupt in the epoch after so many."""
    calls = []

    def scoring(estimator, X, y):
        calls.append(1)
        if len(calls) > after:
            raise KeyboardInterrupt
        return -float(len(calls))  # the first epoch is the best

    return scoring


@pytest.mark.parametrize("layout", [np.asarray, sparse.csr_array])
@both
def test_an_interrupt_leaves_a_model_fitted_so_far(Estimator, layout):
    est = quick(Estimator, scoring=interrupting(3), max_iter=10, batch_size=7)
    with pytest.raises(KeyboardInterrupt):
        est.fit(layout(X), y, X_val=layout(X), y_val=y)
    so_far = quick(Estimator, max_iter=4, batch_size=7).fit(layout(X), y)
    assert_same_bits(est, so_far)
    np.testing.assert_array_equal(est.predict(X), so_far.predict(X))
    assert est.n_iter_ == len(est.loss_curve_)
    est.set_params(scoring="loss").partial_fit(layout(X), y)
    assert est.n_iter_ == len(est.loss_curve_)
    assert {len(values) for values in est.history_.values()} == {est.n_iter_}


@both
def test_an_interrupt_with_early_stopping_keeps_the_best_weights(Estimator):
    est = quick(Estimator, scoring=interrupting(3), early_stopping=True, max_iter=10, batch_size=7)
    with pytest.raises(KeyboardInterrupt):
        est.fit(X, y, X_val=X, y_val=y)
    assert_same_bits(est, quick(Estimator, max_iter=1, batch_size=7).fit(X, y))
    assert est.best_validation_score_ == -1


@both
def test_an_interrupt_in_the_first_epoch_leaves_a_model_that_predicts(Estimator):
    est = quick(Estimator, scoring=interrupting(0), max_iter=10)
    with pytest.raises(KeyboardInterrupt):
        est.fit(X, y, X_val=X, y_val=y)
    assert est.predict(X).shape == (40,)
    assert est.n_iter_ == len(est.loss_curve_)


@both
def test_a_stream_that_was_interrupted_goes_on(Estimator, monkeypatch):
    est = quick(Estimator, batch_size=7, optimizer=RMSProp())
    given = {"classes": [0, 1]} if Estimator is BPClassifier else {}
    est.partial_fit(X, y, **given)
    with monkeypatch.context() as patch:

        def interrupt(*args):
            raise KeyboardInterrupt

        patch.setattr(Training, "_run", interrupt)
        with pytest.raises(KeyboardInterrupt):
            est.partial_fit(X, y)
    est.partial_fit(X, y)
    assert est.n_iter_ == len(est.loss_curve_)
    assert all(np.isfinite(W).all() for W in weights(est))
