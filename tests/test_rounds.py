"""Training in rounds, driven in this process and by joblib: no Dask takes part."""

import numpy as np
import pytest
import scipy.sparse as sp
from cases import LOSS_CASES, LOSS_IDS, layouts, precisions
from helpers import (
    assert_same_bits,
    assert_same_up_to_rounding,
    copied_weights,
    distance,
    estimator_class,
    quick,
    targets_for,
    weights,
)
from rounds_cases import (
    IN_ROUNDS,
    ForgetfulEngine,
    LokyEngine,
    SerialEngine,
    cut,
    digest,
    fit_in_rounds,
    sparse_problem,
)
from sklearn.exceptions import ConvergenceWarning

from sk_bp import AdaptiveRate, BPClassifier, BPRegressor, CosineDecay, RMSProp
from sk_bp.parallel.messages import Message, combine, piece, shards

every_rule = pytest.mark.parametrize("optimizer", IN_ROUNDS)
X, y = sparse_problem()


def classifier(**params):
    return quick(BPClassifier, **{"batch_size": 20, **params})


# ------------------------------------------------------------------ one partition


@every_rule
@layouts
def test_one_partition_is_fit_and_on_dense_X_to_the_bit(optimizer, layout):
    params = {"optimizer": optimizer, "weight_decay": 0.01}
    whole = classifier(**params).fit(layout(X), y)
    rounds = fit_in_rounds(classifier(**params), [(layout(X), y)])
    if layout is np.asarray:
        assert_same_bits(rounds, whole)
        assert rounds.history_ == whole.history_
    assert_same_up_to_rounding(rounds, whole)  # rows are brought up to date after each round
    assert (rounds.n_iter_, rounds.n_steps_, rounds.t_) == (whole.n_iter_, whole.n_steps_, whole.t_)


@precisions
@pytest.mark.parametrize(
    "params",
    [
        {"average": "ema"},
        {"scaling": True},
        {"scaling": False},
        {"dropout": 0.3, "input_dropout": 0.1},
        {"class_weight": "balanced"},
        {"learning_rate": CosineDecay(0.01)},
        {"learning_rate": AdaptiveRate(0.05), "max_iter": 20},
        {"learning_rate": None, "batch_size": "auto", "alpha": "auto", "max_iter": "auto"},
        {"max_grad_norm": 0.1, "record_gradient_norms": True},
        {"l1": 0.01},
        {"tol": 1e-2, "n_iter_no_change": 5, "max_iter": 300, "learning_rate": 0.01},
        {"hidden_layer_sizes": ()},
        {"shuffle": False},
    ],
    ids=str,
)
def test_one_partition_is_fit_to_the_bit_with_all_parameters(params, dtype):
    whole = classifier(**params).fit(X.astype(dtype), y)
    assert_same_bits(fit_in_rounds(classifier(**params), [(X.astype(dtype), y)]), whole)


@pytest.mark.parametrize(("loss", "task"), LOSS_CASES, ids=LOSS_IDS)
def test_one_partition_is_fit_to_the_bit_with_every_loss(loss, task, rng):
    Estimator, targets = estimator_class(task), targets_for(task, 60, rng)
    if Estimator is BPRegressor and getattr(loss, "outputs_per_target", 1) == 1:
        targets = targets if targets.ndim == 1 else targets[:, 0]
    data, params = rng.normal(size=(60, 4)), {"loss": loss, "batch_size": 20}
    whole = quick(Estimator, **params).fit(data, targets)
    assert_same_bits(fit_in_rounds(quick(Estimator, **params), [(data, targets)]), whole)


def test_held_out_samples_stop_the_training_of_one_partition_as_they_stop_fit():
    params = {"early_stopping": True, "max_iter": 90, "tol": 1e-4, "learning_rate": 0.1}
    whole = classifier(**params).fit(X[:200], y[:200], X_val=X[200:], y_val=y[200:])
    held_out = (X[200:], y[200:], None)
    rounds = fit_in_rounds(classifier(**params), [(X[:200], y[:200])], held_out=held_out)
    assert_same_bits(rounds, whole)
    assert whole.n_iter_ < 90
    assert rounds.best_epoch_ == whole.best_epoch_
    assert rounds.validation_scores_ == whole.validation_scores_


# ------------------------------------------------------------------ several partitions


@layouts
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("value", [1e6, 7.0, 1e-6])
def test_a_constant_target_is_predicted_exactly(optimizer, value, layout):
    parts = cut(3, layout(X), np.full(len(X), value))
    found = fit_in_rounds(quick(BPRegressor, optimizer=optimizer), parts, 2)
    np.testing.assert_allclose(found.predict(X), value, rtol=1e-9)


def test_beside_others_a_constant_target_is_predicted_as_by_fit():
    targets = np.column_stack([X[:, 0], np.full(len(X), 1e4)])
    whole = quick(BPRegressor).fit(X, targets)
    assert_same_bits(fit_in_rounds(quick(BPRegressor), [(X, targets)]), whole)
    found = fit_in_rounds(quick(BPRegressor), cut(3, X, targets), 3)
    np.testing.assert_allclose(found.predict(X)[:, 1], 1e4, rtol=1e-9)
    assert found.predict(X)[:, 0].std() > 0


@every_rule
@pytest.mark.parametrize("per_round", [1, 2, 4])
def test_sparse_partitions_give_what_dense_ones_do(optimizer, per_round):
    params = {"optimizer": optimizer, "weight_decay": 0.01}
    dense = fit_in_rounds(classifier(**params), cut(4, X, y), per_round)
    sparse = fit_in_rounds(classifier(**params), cut(4, sp.csr_array(X), y), per_round)
    assert_same_up_to_rounding(sparse, dense)


def test_zeros_that_are_stored_count_as_no_touch():
    with_zeros = sp.csr_array(X)
    with_zeros.data[::3] = 0
    plain = with_zeros.copy()
    plain.eliminate_zeros()
    found = [fit_in_rounds(classifier(), cut(3, given, y), 3) for given in (with_zeros, plain)]
    assert_same_bits(*found)


def test_partitions_one_at_a_time_are_partial_fit_in_the_same_order():
    params = {"shuffle": False, "learning_rate": 0.01, "scaling": False, "optimizer": "adam"}
    params |= {"alpha": 0, "weight_decay": 0.01}
    parts = cut(5, X, y)
    rounds = fit_in_rounds(classifier(**params), parts, 1)
    stream = classifier(**params, init=_initial(params, parts))
    for _ in range(4):
        for part in parts:
            stream.partial_fit(*part, classes=[0, 1])
    assert_same_bits(rounds, stream)


def _initial(params, parts):
    """The weights that a fit in rounds begins with."""
    frozen = fit_in_rounds(classifier(**{**params, "learning_rate": 1e-300}), parts, 1)
    return [W.copy() for W in frozen.coefs_], [b.copy() for b in frozen.intercepts_]


@pytest.mark.parametrize("n_shards", [1, 2, 3, 4])
def test_ranges_of_columns_do_not_change_the_result(n_shards):
    engine = SerialEngine(cut(4, sp.csr_array(X), y), n_shards)
    found = fit_in_rounds(classifier(optimizer="adam"), cut(4, X, y), 4, engine=engine)
    whole = fit_in_rounds(classifier(optimizer="adam"), cut(4, sp.csr_array(X), y), 4)
    assert digest(found) == digest(whole)


@every_rule
@layouts
def test_processes_that_lose_their_weights_do_not_change_the_result(optimizer, layout):
    params, parts = {"optimizer": optimizer, "weight_decay": 0.01}, cut(6, layout(X), y)
    forgetful = ForgetfulEngine(parts, {0, 1, 4, 7})
    found = fit_in_rounds(classifier(**params), parts, 2, engine=forgetful)
    assert digest(found) == digest(fit_in_rounds(classifier(**params), parts, 2))


def test_processes_that_lose_their_weights_do_not_change_a_fit_that_looks_at_them():
    params = {"early_stopping": True, "max_iter": 5, "optimizer": "adam"}
    parts, held_out = cut(4, sp.csr_array(X), y), (X[:50], y[:50], None)
    forgetful = ForgetfulEngine(parts, {3, 5, 6})
    found = fit_in_rounds(classifier(**params), parts, 2, engine=forgetful, held_out=held_out)
    plain = fit_in_rounds(classifier(**params), parts, 2, held_out=held_out)
    assert digest(found) == digest(plain)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_processes_of_joblib_give_the_same_bits(optimizer):
    parts = cut(4, sp.csr_array(X), y)
    loky = fit_in_rounds(classifier(optimizer=optimizer), parts, 2, engine=LokyEngine)
    assert digest(loky) == digest(fit_in_rounds(classifier(optimizer=optimizer), parts, 2))


@pytest.mark.parametrize("per_round", [2, 4, 8])
def test_rounds_predict_nearly_as_well_as_fit(per_round):
    many, classes = sparse_problem(4000, density=0.2, seed=3)
    train, test = slice(None, 3000), slice(3000, None)
    params = {"max_iter": 15, "learning_rate": 0.01}
    whole = classifier(**params).fit(many[train], classes[train])
    parts = cut(8, many[train], classes[train])
    found = fit_in_rounds(classifier(**params), parts, per_round)
    scores = [one.score(many[test], classes[test]) for one in (whole, found)]
    assert scores[1] > scores[0] - 0.03 > 0.7  # most of the others are all zeros: 0.74 is the best


# ------------------------------------------------------------------ weights, labels, streams


def test_weights_of_one_partition_and_of_many_count_alike():
    weight = np.random.default_rng(0).integers(0, 3, len(y)).astype(float)
    whole = classifier().fit(X, y, weight)
    assert_same_bits(fit_in_rounds(classifier(), [(X, y, weight)]), whole)
    kept = weight > 0
    parts = cut(3, X, y, weight)
    dropped = [(a[w > 0], b[w > 0], w[w > 0]) for a, b, w in parts]
    assert kept.sum() < len(y)
    assert_same_bits(fit_in_rounds(classifier(), parts, 3), fit_in_rounds(classifier(), dropped, 3))


def test_empty_partitions_and_those_without_weight_are_left_out():
    parts = cut(3, X, y)
    found = fit_in_rounds(classifier(), [(X[:0], y[:0]), parts[0], *parts[1:], (X[:0], y[:0])], 3)
    assert_same_bits(found, fit_in_rounds(classifier(), parts, 3))
    no_weight = (X[:9], y[:9], np.zeros(9))
    weighted = [no_weight, *[(*part, np.ones(len(part[1]))) for part in parts]]
    assert_same_bits(fit_in_rounds(classifier(), weighted, 3), found)


def test_partitions_of_one_sample_and_of_one_class_can_be_trained_on():
    parts = [(X[:1], y[:1]), (X[1:150], np.zeros(149, int)), (X[150:], y[150:])]
    assert np.isfinite(weights(fit_in_rounds(classifier(), parts, 3))[0]).all()


def test_partitions_that_are_sorted_by_label_are_warned_of():
    rows = np.argsort(y, kind="stable")
    with pytest.warns(UserWarning, match="Shuffle the samples first"):
        fit_in_rounds(classifier(), cut(6, X[rows], y[rows]), 3)
    values = np.sort(X[:, 0] + np.arange(300))
    with pytest.warns(UserWarning, match="Shuffle the samples first"):
        fit_in_rounds(quick(BPRegressor), cut(6, X, values), 3)


def test_partial_fit_and_warm_start_go_on():
    parts = cut(4, sp.csr_array(X), y)
    params = {"optimizer": "adam", "warm_start": True}
    twice = fit_in_rounds(classifier(**params, max_iter=2), parts, 2)
    fit_in_rounds(twice, parts, 2)
    assert_same_up_to_rounding(twice, fit_in_rounds(classifier(**params, max_iter=4), parts, 2))
    assert twice.n_iter_ == 4
    stream = classifier()
    for _ in range(3):
        fit_in_rounds(stream, parts, 2, stream=True, classes=[0, 1])
    assert stream.n_iter_ == 3
    assert stream.end_reason_ is None


# ------------------------------------------------------------------ troubles


@pytest.mark.parametrize("n_empty", [0, 2])
def test_a_partition_that_diverges_is_named_and_its_round_is_not_applied(n_empty):
    bad = X.copy()
    bad[290] = 1e200
    parts = [(X[:0], y[:0])] * n_empty + cut(6, bad, y)
    told = rf"in partition {5 + n_empty} of X, at step \d of 3 of epoch 1"
    with pytest.warns(ConvergenceWarning, match=told):
        found = fit_in_rounds(classifier(scaling=False, shuffle=False), parts, 2)
    assert found.n_steps_ == 6  # of two rounds
    assert all(np.isfinite(W).all() for W in weights(found))


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"optimizer": "lbfgs", "batch_size": "auto"}, "optimizer"),
        ({"optimizer": "prodigy"}, "optimizer"),
        ({"n_restarts": 2}, "n_restarts"),
        ({"n_models": 2}, "n_models"),
        ({"learning_rate": "auto"}, "learning_rate"),
        ({"init": "data"}, "init"),
        ({"early_stopping": True}, "early_stopping"),
    ],
)
def test_what_needs_all_samples_is_refused_by_name(params, name):
    params = {"learning_rate": None} | params
    with pytest.raises(ValueError, match=f"^{name}="):
        fit_in_rounds(classifier(**params), cut(2, X, y))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a, b: (np.where(np.arange(len(a))[:, None] == 3, np.nan, a), b), "X contains NaN"),
        (lambda a, b: (a[:-1], b), "inconsistent numbers of samples"),
        (lambda a, b: (a.astype(np.float32), b), "is of the type float32"),
        (lambda a, b: (a[:, 1:], b), "has the number of features 29"),
        (lambda a, b: (sp.csr_array(a), b), "is sparse"),
        (lambda a, b: (a, b[:, None] * [1, 0]), "number of dimensions 2"),
        (lambda a, b: (a, np.where(b == 1, np.nan, b)), "y contains NaN"),
    ],
)
def test_what_is_wrong_with_a_partition_is_said_with_its_number(change, message):
    parts = cut(20, X, y)
    parts[17] = change(*parts[17])
    fitted = fit_in_rounds(classifier(), cut(2, X, y))
    before = copied_weights(fitted)
    with pytest.raises(ValueError, match=rf"partition 17 of X and y.*{message}"):
        fit_in_rounds(fitted, parts)
    assert distance(weights(fitted), before) == 0


# ------------------------------------------------------------------ the merge


def message(columns, touches, rows, n_steps=60, rest=0.0, slot=1.0):
    rows = np.asarray(rows, float)[:, None] * np.ones(3)
    return Message(
        np.array(columns, np.int32),
        np.array(touches, np.int32),
        rows,
        [np.full_like(rows, slot)],
        True,
        n_steps,
        np.array([rest]),
        [np.array([slot])],
        1.0,
        10.0,
        10,
        1.0,
    )


def merged(*messages, n_steps=60):
    return combine(n_steps, *messages)


def test_a_row_that_one_partition_has_touched_keeps_its_own_move():
    found = merged(message([1, 4], [3, 1], [0.3, 0.7]), message([2], [60], [0.1]))
    assert found.columns.tolist() == [1, 2, 4]
    np.testing.assert_array_equal(found.weights[:, 0], [0.3, 0.1, 0.7])


def test_a_few_touches_add_up_and_many_give_the_mean():
    few = merged(*[message([0], [1], [1.0], n_steps=2000) for _ in range(3)], n_steps=2000)
    assert 2.85 < few.weights[0, 0] < 3
    many = merged(*[message([0], [1000], [k], n_steps=2000) for k in (1.0, 2.0, 6.0)], n_steps=2000)
    np.testing.assert_allclose(many.weights[0], 3.0)


def test_rows_of_every_batch_move_by_116_hundredths_of_the_mean_at_most():
    for n_steps in (1, 5, 60, 500):
        parts = [message([0], [n_steps], [1.0], n_steps, rest=1.0) for _ in range(100)]
        found = merged(*parts, n_steps=n_steps)
        assert 1 <= found.weights[0, 0] <= 1.157
        assert 1 <= found.rest[0] <= 1.157


def test_the_merge_is_where_all_touches_together_would_have_taken_a_row():
    # each touch moves the row by the share 1 - exp(-1 / T0) of its way to the partition's optimum
    touches, optima, most = np.array([4, 9, 2]), np.array([1.0, 2.0, -3.0]), 30
    parts = [
        message([0], [t], [(1 - np.exp(-t / most)) * w], 200)
        for t, w in zip(touches, optima, strict=True)
    ]
    mean = np.average(optima, weights=touches)
    expected = (1 - np.exp(-touches.sum() / most)) * mean
    np.testing.assert_allclose(merged(*parts, n_steps=200).weights[0], expected)


def test_state_is_the_mean_weighted_by_touches():
    found = merged(message([0], [1], [0.0], slot=2.0), message([0], [3], [0.0], slot=6.0))
    np.testing.assert_allclose(found.slots[0][0], 5.0)
    assert found.touches.tolist() == [4]


def test_pieces_of_a_message_make_the_whole():
    whole = message([0, 3, 5, 9], [1, 2, 3, 4], [1.0, 2.0, 3.0, 4.0])
    parts = [piece(whole, *columns) for columns in shards(10, 3)]
    assert [part.rest is None for part in parts] == [False, True, True]
    np.testing.assert_array_equal(np.concatenate([p.weights for p in parts]), whole.weights)
    assert sum(part.nbytes for part in parts) == whole.nbytes


def test_a_message_holds_the_touched_rows_only():
    engine = SerialEngine(cut(3, sp.csr_array(X), y))
    fit_in_rounds(classifier(optimizer=RMSProp()), engine.parts, 3, engine=engine)
    touched = [np.flatnonzero((a != 0).any(axis=0)) for a, _ in cut(3, X, y)]
    for answer in engine.messages[-1]:
        assert any(np.array_equal(answer.columns, columns) for columns in touched)
