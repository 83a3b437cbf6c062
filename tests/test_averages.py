"""Averages of the weights over the epochs, which predict instead of the last weights."""

import pickle

import joblib
import numpy as np
import pytest
from cases import both, layouts, precisions
from helpers import (
    assert_equal_arrays,
    assert_same_bits,
    assert_same_up_to_rounding,
    classes_for,
    copied_weights,
    distance,
    prediction_methods,
    refused,
    refused_by_partial_fit,
    weights,
)
from resume_cases import WIDE, K, M, X, every_variant, quick, y, y_wide
from sklearn.base import clone
from sklearn.datasets import make_friedman1
from threadpoolctl import threadpool_limits

from sk_bp import SGD, BPClassifier, BPRegressor
from sk_bp.averages import AVERAGES, EMA, TailAverage
from sk_bp.optimizers import OPTIMIZERS

CASES = [
    *(cls() for cls in AVERAGES.values()),
    EMA(decay=0.5, every=2),
    EMA(decay=0.0),
    TailAverage(power=0, start=2),
    TailAverage(power=1.5, start=1, every=2),
]
every_average = pytest.mark.parametrize("average", CASES, ids=repr)


def counts(average, n_epochs):
    """By how much each epoch's weights count, from the definition; an oracle."""
    taken = np.zeros(n_epochs)
    start = getattr(average, "start", 0)
    epochs = np.arange(start + average.every, n_epochs + 1, average.every) - 1
    if isinstance(average, EMA):
        taken[epochs] = average.decay ** np.arange(len(epochs))[::-1].astype(float)
    else:  # (1 - share of the next) (1 - share of the one after it) ... of each
        for m, epoch in enumerate(epochs, start=1):
            taken *= 1 - (average.power + 1) / (average.power + m)
            taken[epoch] = (average.power + 1) / (average.power + m)
    return taken / taken.sum()


def epoch_by_epoch(est, data, target, n_epochs):
    """The weights after each epoch of training without an average."""
    est = clone(est).set_params(average=None, max_iter=1, warm_start=True)
    return [copied_weights(est.fit(data, target)) for _ in range(n_epochs)]


def mean_of(of_epochs, shares):
    return [
        sum(c * W for c, W in zip(shares, Ws, strict=True)) for Ws in zip(*of_epochs, strict=True)
    ]


@every_average
@layouts
@both
def test_the_weights_are_the_average_of_those_of_the_epochs(Estimator, layout, average):
    est = quick(Estimator, average=average, max_iter=7)
    of_epochs = epoch_by_epoch(est, layout(X), y, 7)
    found = weights(est.fit(layout(X), y))
    assert distance(found, mean_of(of_epochs, counts(average, 7))) < 1e-13
    if np.count_nonzero(counts(average, 7)) > 1:
        assert distance(found, of_epochs[-1]) > 1e-3


@every_variant
@precisions
def test_with_every_rule_sparse_averages_are_the_dense_ones(optimizer, dtype):
    est = quick(BPClassifier, optimizer=optimizer, average="tail", max_iter=5)
    dense = clone(est).fit(WIDE.toarray().astype(dtype), y_wide)
    sparse = clone(est).fit(WIDE.astype(dtype), y_wide)
    assert distance(weights(sparse), weights(dense)) < (1e-14 if dtype == np.float64 else 1e-6)
    assert weights(sparse)[0].dtype == dtype


@both
def test_averages_with_l1_and_dropout_are_the_same_on_sparse_and_dense_X(Estimator):
    est = quick(Estimator, average="ema", max_iter=5, l1=0.05, dropout=0.3, input_dropout=0.2)
    dense, sparse = clone(est).fit(WIDE.toarray(), y_wide), clone(est).fit(WIDE, y_wide)
    assert distance(weights(sparse), weights(dense)) < 1e-13
    raw = clone(est).set_params(average=None).fit(WIDE, y_wide)
    assert 0 < np.count_nonzero(raw.coefs_[0]) < raw.coefs_[0].size


@every_average
@both
def test_training_is_that_without_an_average(Estimator, average):
    with_average = quick(Estimator, average=average, max_iter=6).fit(X, y)
    without = quick(Estimator, max_iter=6).fit(X, y)
    assert with_average.history_ == without.history_


@both
def test_before_the_first_average_the_last_weights_predict(Estimator):
    without = quick(Estimator, max_iter=3).fit(X, y)
    for average in (TailAverage(start=3), EMA(every=4)):
        assert_same_bits(quick(Estimator, max_iter=3, average=average).fit(X, y), without)


@both
def test_all_predictions_are_those_of_the_averaged_weights(Estimator):
    est = quick(Estimator, average="ema", scaling=False).fit(X, y)
    other = quick(Estimator).fit(X, y)
    other.coefs_, other.intercepts_ = est.coefs_, est.intercepts_
    for method in prediction_methods(Estimator):
        np.testing.assert_array_equal(getattr(est, method)(X), getattr(other, method)(X))


@every_average
@both
def test_k_epochs_and_m_more_give_the_bits_of_k_plus_m(Estimator, average):
    est = quick(Estimator, average=average, max_iter=K + M)
    whole = clone(est).fit(X, y)
    warm = clone(est).set_params(max_iter=K, warm_start=True).fit(X, y)
    warm = pickle.loads(pickle.dumps(warm)).set_params(max_iter=M).fit(X, y)
    stream = clone(est)
    for _ in range(K + M):
        stream.partial_fit(X, y, **classes_for(Estimator))
        stream = pickle.loads(pickle.dumps(stream))
    for parts in (warm, stream):
        assert_same_bits(parts, whole)
        assert_same_bits(
            parts.set_params(average=None).partial_fit(X, y),
            clone(est).set_params(average=None, max_iter=K + M + 1).fit(X, y),
        )


@both
def test_a_sparse_stream_averages_as_a_dense_one(Estimator):
    sparse, dense = (quick(Estimator, average=EMA(every=3), optimizer="adam") for _ in range(2))
    for start in [0, 10, 20, 30, 40, 50] * 3:
        part = slice(start, start + 10)
        sparse.partial_fit(WIDE[part], y_wide[part], **classes_for(Estimator))
        dense.partial_fit(WIDE[part].toarray(), y_wide[part], **classes_for(Estimator))
        np.testing.assert_allclose(sparse.predict(WIDE), dense.predict(WIDE), rtol=1e-7, atol=1e-9)
    assert_same_up_to_rounding(sparse, dense)


@both
def test_the_number_of_threads_changes_nothing(Estimator):
    est = quick(Estimator, average="tail", hidden_layer_sizes=50)
    with threadpool_limits(limits=1):
        one = clone(est).fit(WIDE, y_wide)
    assert_same_bits(clone(est).fit(WIDE, y_wide), one)


@both
def test_held_out_samples_are_scored_and_the_best_weights_kept_by_the_average(Estimator):
    est = quick(Estimator, average=EMA(0.8), learning_rate=0.05, max_iter=25, scoring=None)
    val = {"X_val": X[:10], "y_val": y[:10]}
    train = X[10:], y[10:]
    stopped = clone(est).set_params(early_stopping=True).fit(*train, **val)
    scores = [
        clone(est).set_params(max_iter=n).fit(*train).score(X[:10], y[:10]) for n in range(1, 26)
    ]
    assert stopped.validation_scores_ == pytest.approx(scores)
    assert stopped.best_epoch_ == np.argmax(stopped.validation_scores_) + 1
    assert stopped.best_epoch_ < 25
    assert_same_bits(stopped, clone(est).set_params(max_iter=stopped.best_epoch_).fit(*train))


@both
def test_another_average_starts_afresh_and_none_gives_the_weights_back(Estimator):
    est = quick(Estimator, average=EMA(0.5), max_iter=3, warm_start=True).fit(X, y)
    of_epochs = epoch_by_epoch(est, X, y, 7)
    est.set_params(average=TailAverage(power=0), max_iter=2).fit(X, y)
    assert distance(weights(est), mean_of(of_epochs[3:5], [0.5, 0.5])) < 1e-14
    assert_equal_arrays(weights(est.set_params(average=None).fit(X, y)), of_epochs[6])


@pytest.mark.parametrize("optimizer", ["adam", SGD(momentum=0)])
def test_a_pickle_holds_the_average_alone_unless_it_is_needed_to_go_on(optimizer, tmp_path):
    est = quick(BPClassifier, hidden_layer_sizes=64, optimizer=optimizer, average="ema")
    est.fit(WIDE, y_wide)
    size = sum(W.nbytes for W in weights(est))
    assert len(pickle.dumps(est)) < 1.05 * size
    again = pickle.loads(pickle.dumps(est))
    assert_same_bits(again, est)
    with pytest.warns(UserWarning, match="starts afresh"):
        again.partial_fit(WIDE, y_wide)
    going_on = clone(est).set_params(warm_start=True).fit(WIDE, y_wide)
    assert len(pickle.dumps(going_on)) > 1.95 * size
    joblib.dump(going_on, tmp_path / "model")
    mapped = joblib.load(tmp_path / "model", mmap_mode="r")
    assert_same_up_to_rounding(mapped.fit(WIDE, y_wide), going_on.fit(WIDE, y_wide))


@both
def test_each_network_of_an_ensemble_has_its_average(Estimator):
    model = quick(Estimator, n_models=2, average="tail").fit(X, y)
    assert_same_bits(model.estimators_[0], quick(Estimator, average="tail").fit(X, y))
    assert len({member.coefs_[0].tobytes() for member in model.estimators_}) == 2


@pytest.mark.parametrize("name", AVERAGES)
def test_a_name_is_the_instance_whose_parameters_can_be_set(name):
    instance = AVERAGES[name]()
    by_name = quick(BPClassifier, average=name).fit(X, y)
    assert_same_bits(by_name, quick(BPClassifier, average=instance).fit(X, y))
    model = BPClassifier(average=instance)
    for parameter in instance.get_params():
        assert model.get_params()[f"average__{parameter}"] == getattr(instance, parameter)
    assert model.set_params(average__every=5).average.every == 5
    with pytest.raises(ValueError, match=r"average__every.*EMA\(\)"):
        by_name.set_params(average__every=5)


@pytest.mark.parametrize(
    ("average", "message"),
    [
        (EMA(decay=1.0), "decay.*1.0"),
        (EMA(decay=-0.1), "decay.*-0.1"),
        (EMA(every=0), "every.*0"),
        (TailAverage(power=-1), "power.*-1"),
        (TailAverage(start=0.5), "start.*0.5"),
        ("swa", "average.*'swa'"),
        (0.9, r"average.*0\.9"),
    ],
    ids=repr,
)
@both
def test_invalid_averages_are_refused_by_name_and_value(Estimator, average, message):
    refused(Estimator, message, params={"average": average})
    refused_by_partial_fit(Estimator, message, params={"average": average})


@pytest.mark.parametrize("name", [n for n, cls in OPTIMIZERS.items() if not cls.takes_rate])
def test_optimizers_without_a_rate_refuse_an_average(name):
    refused(BPRegressor, f"{name}.*average", params={"optimizer": name, "average": "ema"})


def test_at_a_high_constant_rate_an_average_predicts_better():
    data, target = make_friedman1(600, noise=1.0, random_state=0)
    data, target = data - 0.5, (target - target.mean()) / target.std()
    est = BPRegressor(50, learning_rate=0.01, batch_size=32, max_iter=60, tol=None, random_state=0)
    scores = {
        name: clone(est).set_params(average=name).fit(data[:400], target[:400])
        for name in (None, *AVERAGES)
    }
    errors = {name: 1 - model.score(data[400:], target[400:]) for name, model in scores.items()}
    for name in AVERAGES:
        assert errors[name] < 0.9 * errors[None]


@both
def test_averaging_a_sparse_stream_leaves_rows_that_wait_as_they_are(Estimator):
    est = quick(Estimator, average=EMA(every=2))
    for _ in range(4):
        est.partial_fit(WIDE[:10], y_wide[:10], **classes_for(Estimator))
        core = est._model._training._core
        assert not core.caught_up
    with pytest.raises(ValueError, match="another size"):
        core.add_to_average(np.zeros(3), 1.0)
