"""Training can stop anywhere and go on later as if it had not stopped."""

import copy
import io
import pickle
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest
from scipy import sparse

from sk_bp import SGD, BPClassifier, BPRegressor, ConstantRate, ExponentialDecay, RMSProp
from sk_bp.optimizers import BY_BATCH

ESTIMATORS = [BPClassifier, BPRegressor]
both = pytest.mark.parametrize("Estimator", ESTIMATORS)
K, M = 3, 4  # epochs before and after the break

rng = np.random.default_rng(0)
X = rng.normal(size=(30, 6)) * (rng.random((30, 6)) < 0.5)
y = np.arange(30) % 2
WIDE = sparse.random_array((60, 500), density=0.01, format="csr", rng=rng)
y_wide = np.arange(60) % 2

# Each rule as its name gives it, and with every kind of state that it can keep.
VARIANTS = {
    **{name: name for name in BY_BATCH},
    "plain sgd": SGD(momentum=0),
    "dampened sgd": SGD(dampening=0.3, nesterov=False),
    "centered rmsprop with momentum": RMSProp(momentum=0.8, centered=True),
}
every_optimizer = pytest.mark.parametrize("optimizer", VARIANTS.values(), ids=VARIANTS)


def quick(Estimator, **params):
    defaults = {
        "hidden_layer_sizes": (5, 4),
        "batch_size": 7,
        "tol": None,
        "random_state": 0,
        "learning_rate": ExponentialDecay(0.01, n_steps=10),
        "alpha": 0.01,
    }
    return Estimator(**{**defaults, **params})


def weights(estimator):
    return [*estimator.coefs_, *estimator.intercepts_]


def assert_same_bits(one, two):
    for W, V in zip(weights(one), weights(two), strict=True):
        assert W.dtype == V.dtype
        np.testing.assert_array_equal(W, V)


def assert_same_up_to_rounding(one, two):
    for W, V in zip(weights(one), weights(two), strict=True):
        np.testing.assert_allclose(W, V, rtol=1e-9, atol=1e-11)


def by_warm_start(est, X, y, between):
    est.set_params(warm_start=True, max_iter=K).fit(X, y)
    return between(est).set_params(max_iter=M).fit(X, y)


def by_partial_fit(est, X, y, between):
    for i in range(K + M):
        if i == K:
            est = between(est)
        if i == 0 and isinstance(est, BPClassifier):
            est.partial_fit(X, y, classes=np.unique(y))
        else:
            est.partial_fit(X, y)
    return est


def by_partial_fit_after_warm_start(est, X, y, between):
    est = between(est.set_params(warm_start=True, max_iter=K).fit(X, y))
    for _ in range(M):
        est.partial_fit(X, y)
    return est


def by_warm_start_after_partial_fit(est, X, y, between):
    for _ in range(K):
        est.partial_fit(X, y, **({"classes": [0, 1]} if isinstance(est, BPClassifier) else {}))
    return between(est).set_params(warm_start=True, max_iter=M).fit(X, y)


def through_joblib(est):
    file = io.BytesIO()
    joblib.dump(est, file)
    file.seek(0)
    return joblib.load(file)


RESUMES = [
    by_warm_start,
    by_partial_fit,
    by_partial_fit_after_warm_start,
    by_warm_start_after_partial_fit,
]
BREAKS = {
    "nothing": lambda est: est,
    "pickle": lambda est: pickle.loads(pickle.dumps(est)),
    "deepcopy": copy.deepcopy,
    "joblib": through_joblib,
}


# ------------------------------------------------------------------ promise 4


@pytest.mark.parametrize("resume", RESUMES)
@every_optimizer
@both
def test_k_epochs_and_m_more_give_the_bits_of_k_plus_m(Estimator, optimizer, resume):
    whole = quick(Estimator, optimizer=optimizer, max_iter=K + M).fit(X, y)
    for between in BREAKS.values():
        parts = resume(quick(Estimator, optimizer=optimizer), X, y, between)
        assert_same_bits(parts, whole)
        assert parts.history_ == whole.history_
        assert (parts.n_iter_, parts.n_steps_, parts.t_) == (K + M, 5 * (K + M), 30 * (K + M))
        assert parts.best_loss_ == whole.best_loss_
        assert parts.learning_rate_ == whole.learning_rate_


@pytest.mark.parametrize("resume", RESUMES)
@every_optimizer
@both
def test_on_sparse_data_parts_give_the_whole_up_to_rounding(Estimator, optimizer, resume):
    whole = quick(Estimator, optimizer=optimizer, max_iter=K + M).fit(WIDE, y_wide)
    for between in BREAKS.values():
        parts = resume(quick(Estimator, optimizer=optimizer), WIDE, y_wide, between)
        assert_same_up_to_rounding(parts, whole)


@pytest.mark.parametrize("resume", RESUMES)
def test_float32_resumes_to_the_same_bits(resume):
    single = X.astype(np.float32)
    whole = quick(BPClassifier, max_iter=K + M).fit(single, y)
    parts = resume(quick(BPClassifier), single, y, BREAKS["pickle"])
    assert parts.coefs_[0].dtype == np.float32
    assert_same_bits(parts, whole)


@pytest.mark.parametrize("optimizer", BY_BATCH)
def test_weighted_and_multilabel_training_resumes_to_the_same_bits(optimizer):
    Y = np.column_stack([y, X[:, 0] > 0]).astype(int)
    weight = rng.integers(0, 3, len(y)).astype(float)
    whole = quick(BPClassifier, optimizer=optimizer, max_iter=K + M).fit(X, Y, weight)
    parts = quick(BPClassifier, optimizer=optimizer)
    for _ in range(K + M):
        parts.partial_fit(X, Y, sample_weight=weight)
    assert_same_bits(parts, whole)


@both
def test_patience_is_kept_over_warm_starts(Estimator):
    # No epoch improves by tol=10: eleven in a row end the training, counted over all calls.
    whole = quick(Estimator, tol=10, n_iter_no_change=10, max_iter=50).fit(X, y)
    parts = quick(Estimator, tol=10, n_iter_no_change=10, max_iter=4, warm_start=True)
    for _ in range(2):
        with pytest.warns(UserWarning, match="max_iter=4"):
            parts.fit(X, y)
    parts.set_params(max_iter=50).fit(X, y)
    assert parts.n_iter_ == whole.n_iter_
    assert_same_bits(parts, whole)


# ------------------------------------------------------------------ the shuffle goes on


@both
def test_two_calls_of_partial_fit_do_not_replay_a_shuffle(Estimator):
    # Plain SGD keeps no state, so only another order can make a difference here.
    params = {"optimizer": SGD(momentum=0), "learning_rate": 0.1, "max_iter": 1}
    est = quick(Estimator, **params).fit(X, y)
    replayed = quick(Estimator, **params).fit(X, y)
    replayed.coefs_, replayed.intercepts_ = est.coefs_, est.intercepts_  # begins to count anew
    est.partial_fit(X, y)
    replayed.partial_fit(X, y)
    assert replayed.n_iter_ == 1
    assert any((W != V).any() for W, V in zip(weights(est), weights(replayed), strict=True))


@pytest.mark.parametrize("random_state", [0, None, np.random.RandomState(0)], ids=str)
def test_every_epoch_of_a_stream_has_an_order_of_its_own(random_state):
    # With one sample a batch and a rate of zero after the first weights, the loss of the first
    # step tells which sample came first; here, the order itself is looked at.
    est = quick(BPRegressor, batch_size=1, random_state=random_state)
    orders = []
    for _ in range(5):
        est.partial_fit(X, y)
        orders.append(tuple(est._training._order(len(y), est._settings(_Rows))))
    assert len(set(orders)) == 5


class _Rows:
    n = 30


@pytest.mark.parametrize("layout", [np.asarray, sparse.csr_array])
def test_an_int_random_state_makes_a_stream_reproducible(layout):
    streams = [quick(BPClassifier, random_state=7) for _ in range(2)]
    for est in streams:
        for start in (0, 10, 20, 5):
            part = slice(start, start + 10)
            est.partial_fit(layout(X[part]), y[part], classes=[0, 1])
    assert_same_bits(*streams)
    other = quick(BPClassifier, random_state=8).partial_fit(layout(X), y, classes=[0, 1])
    assert (other.coefs_[0] != streams[0].coefs_[0]).any()


# ------------------------------------------------------------------ going on after fit


@pytest.mark.parametrize("name", BY_BATCH)
@both
def test_partial_fit_goes_on_after_fit(Estimator, name):
    est = quick(Estimator, optimizer=name, max_iter=K).fit(X, y)
    before = [W.copy() for W in weights(est)]
    est.partial_fit(X, y)
    assert est.n_iter_ == K + 1
    assert est.t_ == 30 * (K + 1)
    assert len(est.loss_curve_) == K + 1
    for W, V in zip(weights(est), before, strict=True):
        assert 0 < abs(W - V).max() < 0.5  # it moved on from there


@both
def test_warm_start_takes_another_max_iter_and_other_hyperparameters(Estimator):
    est = quick(Estimator, optimizer=RMSProp(), max_iter=2, warm_start=True).fit(X, y)
    est.set_params(max_iter=5, optimizer__rho=0.5, learning_rate=ConstantRate(0.02), alpha=0)
    before = [W.copy() for W in weights(est)]
    est.fit(X, y)
    assert est.n_iter_ == 7
    assert est.history_["learning_rate"][-5:] == [0.02] * 5
    unchanged = quick(Estimator, optimizer=RMSProp(), max_iter=2, warm_start=True).fit(X, y)
    unchanged.set_params(max_iter=5, learning_rate=ConstantRate(0.02), alpha=0).fit(X, y)
    assert (est.coefs_[0] != unchanged.coefs_[0]).any()  # rho has taken effect
    assert (est.coefs_[0] != before[0]).any()


@pytest.mark.parametrize("sparse_input", [False, True])
def test_warm_start_goes_on_with_another_optimizer(sparse_input):
    data = sparse.csr_array(X) if sparse_input else X
    for first in VARIANTS.values():
        for second in VARIANTS.values():
            est = quick(BPRegressor, optimizer=first, max_iter=2, warm_start=True).fit(data, y)
            est.set_params(optimizer=second).fit(data, y)
            assert est.n_iter_ == 4
            assert all(np.isfinite(W).all() for W in weights(est))


def test_warm_start_goes_from_dense_to_sparse_and_back_as_dense_alone():
    for optimizer in VARIANTS.values():
        dense = quick(BPClassifier, optimizer=optimizer, max_iter=6).fit(X, y)
        mixed = quick(BPClassifier, optimizer=optimizer, max_iter=2, warm_start=True)
        mixed.fit(X, y).fit(sparse.csr_array(X), y).fit(X, y)
        assert_same_up_to_rounding(mixed, dense)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"hidden_layer_sizes": 9}, r"\(6, 5, 4, 1\).*\(6, 9, 1\).*warm_start=False"),
        ({"activation": "tanh"}, r"relu.*tanh.*warm_start=False"),
    ],
)
@both
def test_warm_start_refuses_another_network(Estimator, params, message):
    est = quick(Estimator, max_iter=1, warm_start=True).fit(X, y)
    before = [W.copy() for W in weights(est)]
    with pytest.raises(ValueError, match=message):
        est.set_params(**params).fit(X, y)
    for W, V in zip(weights(est), before, strict=True):
        np.testing.assert_array_equal(W, V)


def test_warm_start_refuses_data_of_another_kind():
    est = quick(BPClassifier, max_iter=1, warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="y holds labels that are not among the classes"):
        est.fit(X, np.arange(30) % 3)
    with pytest.raises(ValueError, match=r"\(6, 5, 4, 1\).*\(5, 5, 4, 1\)"):
        est.fit(X[:, :5], y)
    assert est.n_features_in_ == 6
    est.fit(X, np.zeros(30, dtype=int))  # one of the classes only is no trouble
    assert est.classes_.tolist() == [0, 1]


@both
def test_fit_without_warm_start_begins_anew(Estimator):
    est = quick(Estimator, max_iter=K)
    first = copy.deepcopy(est.fit(X, y))
    est.fit(WIDE, y_wide)
    est.fit(X, y)
    assert_same_bits(est, first)
    assert est.history_ == first.history_
    assert est.n_iter_ == K


# ------------------------------------------------------------------ pickles


def pickled_size(estimator):
    return len(pickle.dumps(estimator))


@pytest.mark.parametrize("name", BY_BATCH)
@pytest.mark.parametrize("layout", [sparse.csr_array, sparse.csr_array.toarray])
def test_a_pickle_holds_the_weights_once_and_nothing_else_of_their_size(name, layout):
    est = quick(BPClassifier, hidden_layer_sizes=64, optimizer=name, max_iter=1)
    est.fit(layout(WIDE), y_wide)
    size = sum(W.nbytes for W in weights(est))
    assert size > 250_000
    assert pickled_size(est) <= 1.05 * size
    again = pickle.loads(pickle.dumps(est))
    np.testing.assert_array_equal(again.predict_proba(WIDE), est.predict_proba(WIDE))
    assert again.history_ == est.history_


def test_the_state_of_the_optimizer_is_kept_only_where_it_is_needed_to_go_on():
    params = {"hidden_layer_sizes": 64, "optimizer": "adam", "max_iter": 1}
    dropped = quick(BPClassifier, **params).fit(WIDE, y_wide)
    size = sum(W.nbytes for W in weights(dropped))
    kept = [
        quick(BPClassifier, **params, warm_start=True).fit(WIDE, y_wide),
        quick(BPClassifier, **params).partial_fit(WIDE, y_wide, classes=[0, 1]),
        quick(BPClassifier, **params).fit(WIDE, y_wide).partial_fit(WIDE, y_wide),
    ]
    for est in kept:
        assert 2.95 * size < pickled_size(est) < 3.1 * size  # weights, m and v
    assert pickled_size(kept[0].set_params(warm_start=False).fit(WIDE, y_wide)) < 1.05 * size


def test_a_stream_goes_on_after_a_pickle_as_if_there_had_been_none():
    parts = [slice(start, start + 10) for start in range(0, 60, 10)]
    whole, interrupted = (quick(BPClassifier, optimizer="adam") for _ in range(2))
    for part in parts:
        whole.partial_fit(WIDE[part], y_wide[part], classes=[0, 1])
        interrupted.partial_fit(WIDE[part], y_wide[part], classes=[0, 1])
        interrupted = pickle.loads(pickle.dumps(interrupted))
    assert_same_up_to_rounding(interrupted, whole)


def test_a_deepcopy_shares_nothing_that_training_changes():
    est = quick(BPClassifier).partial_fit(WIDE, y_wide, classes=[0, 1])
    twin = copy.deepcopy(est)
    before = [W.copy() for W in weights(twin)]
    history = copy.deepcopy(twin.history_)
    est.partial_fit(WIDE, y_wide)
    for W, V in zip(weights(twin), before, strict=True):
        np.testing.assert_array_equal(W, V)
    assert twin.history_ == history


@pytest.mark.parametrize("warm_start", [False, True])
@both
def test_a_model_loaded_from_a_read_only_memory_map_predicts_and_goes_on(
    Estimator, warm_start, tmp_path
):
    est = quick(Estimator, hidden_layer_sizes=50, max_iter=1, warm_start=warm_start).fit(X, y)
    if not warm_start:  # then the optimizer's state is not in the file, either
        est = pickle.loads(pickle.dumps(est))
    path = str(tmp_path / "model.joblib")
    joblib.dump(est, path)
    program = f"""
import joblib, sys
import numpy as np
est = joblib.load({path!r}, mmap_mode="r")
X = np.load({str(tmp_path / "X.npy")!r})
np.save({str(tmp_path / "predicted.npy")!r}, est.predict(X))
y = np.arange(30) % 2
est.partial_fit(X, y)
np.save({str(tmp_path / "after.npy")!r}, est.coefs_[0])
"""
    np.save(tmp_path / "X.npy", X)
    run = subprocess.run(
        [sys.executable, "-P", "-c", program], capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr[-2000:]
    np.testing.assert_array_equal(np.load(tmp_path / "predicted.npy"), est.predict(X))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore" if not warm_start else "error", UserWarning)
        est.partial_fit(X, y)
    np.testing.assert_array_equal(np.load(tmp_path / "after.npy"), est.coefs_[0])


# ------------------------------------------------------------------ streams of sparse batches


def stream(est, n_calls):
    for i in range(n_calls):
        part = slice(10 * (i % 6), 10 * (i % 6) + 10)
        given = {"classes": [0, 1]} if i == 0 and isinstance(est, BPClassifier) else {}
        est.partial_fit(WIDE[part], y_wide[part], **given)
        yield est


def settled(est):
    return pickle.loads(pickle.dumps(copy.deepcopy(est)))


@every_optimizer
@both
def test_predictions_in_a_stream_are_those_of_the_weights_up_to_date(Estimator, optimizer):
    output = "decision_function" if Estimator is BPClassifier else "predict"
    est = quick(Estimator, optimizer=optimizer)
    for now in stream(est, 8):
        by_rows = getattr(now, output)(WIDE)  # before anyone asks for the weights
        by_copy = getattr(settled(now), output)(WIDE.toarray())
        np.testing.assert_allclose(by_rows, by_copy, rtol=1e-9, atol=1e-11)


@every_optimizer
def test_asking_in_a_stream_changes_nothing_but_rounding(optimizer):
    quiet, asked = (quick(BPRegressor, optimizer=optimizer) for _ in range(2))
    for _ in stream(quiet, 8):
        pass
    for now in stream(asked, 8):
        now.predict(WIDE[:3])
        now.predict(WIDE[:3].toarray())
        _ = now.coefs_
        pickle.dumps(now)
    assert_same_up_to_rounding(asked, quiet)


@every_optimizer
def test_weights_asked_for_in_a_stream_are_up_to_date(optimizer):
    est, dense = (quick(BPRegressor, optimizer=optimizer) for _ in range(2))
    for i, now in enumerate(stream(est, 7)):
        part = slice(10 * (i % 6), 10 * (i % 6) + 10)
        dense.partial_fit(WIDE[part].toarray(), y_wide[part])
        if i % 3 == 0:
            assert_same_up_to_rounding(now, dense)
    assert_same_up_to_rounding(est, dense)


def test_concurrent_predictions_agree_between_the_calls_of_a_stream():
    est = quick(BPClassifier, hidden_layer_sizes=20, optimizer="adam")
    dense = WIDE.toarray()
    with ThreadPoolExecutor(6) as pool:
        for now in stream(est, 6):
            expected = settled(now).decision_function(WIDE)
            asks = [
                lambda: now.decision_function(WIDE),  # noqa: B023
                lambda: now.decision_function(dense),  # noqa: B023
                lambda: now.coefs_ and now.decision_function(WIDE),  # noqa: B023
                lambda: pickle.loads(pickle.dumps(now)).decision_function(WIDE),  # noqa: B023
            ]
            jobs = [pool.submit(asks[i % len(asks)]) for i in range(24)]
            for job in jobs:
                np.testing.assert_allclose(job.result(), expected, rtol=1e-9, atol=1e-11)


def test_predictions_after_a_fit_agree_between_threads():
    est = quick(BPClassifier, hidden_layer_sizes=20, max_iter=2).fit(WIDE, y_wide)
    expected = est.decision_function(WIDE)
    with ThreadPoolExecutor(6) as pool:
        for result in pool.map(lambda _: est.decision_function(WIDE), range(24)):
            np.testing.assert_array_equal(result, expected)


def test_fits_in_several_threads_do_not_disturb_each_other():
    expected = quick(BPClassifier, max_iter=5).fit(X, y)
    with ThreadPoolExecutor(4) as pool:
        models = list(pool.map(lambda _: quick(BPClassifier, max_iter=5).fit(X, y), range(8)))
    for model in models:
        assert_same_bits(model, expected)


@both
def test_the_learning_rate_may_change_in_the_midst_of_a_sparse_stream(Estimator):
    for optimizer in VARIANTS.values():
        est, dense = (quick(Estimator, optimizer=optimizer) for _ in range(2))
        for i, now in enumerate(stream(est, 8)):
            part = slice(10 * (i % 6), 10 * (i % 6) + 10)
            given = {"classes": [0, 1]} if i == 0 and Estimator is BPClassifier else {}
            dense.partial_fit(WIDE[part].toarray(), y_wide[part], **given)
            if i == 3:
                for model in (now, dense):
                    model.set_params(learning_rate=0.05, alpha=0.1)
        assert_same_up_to_rounding(est, dense)


def test_a_hyperparameter_may_change_in_the_midst_of_a_sparse_stream():
    est, dense = (quick(BPRegressor, optimizer=RMSProp(momentum=0.5)) for _ in range(2))
    for i, now in enumerate(stream(est, 8)):
        part = slice(10 * (i % 6), 10 * (i % 6) + 10)
        dense.partial_fit(WIDE[part].toarray(), y_wide[part])
        if i == 3:
            for model in (now, dense):
                model.set_params(optimizer__rho=0.5, optimizer__momentum=0.9)
    assert_same_up_to_rounding(est, dense)


@pytest.mark.parametrize("data", [X, WIDE], ids=["dense", "sparse"])
@every_optimizer
@both
def test_the_length_of_a_slice_does_not_change_a_bit(Estimator, optimizer, data, monkeypatch):
    """The core is called for some steps at a time; how many must not matter."""
    labels = y if data is X else y_wide
    whole = quick(Estimator, optimizer=optimizer, max_iter=3).fit(data, labels)
    monkeypatch.setattr("sk_bp.training._SLICE_WORK", 1)
    sliced = quick(Estimator, optimizer=optimizer, max_iter=3).fit(data, labels)
    assert_same_bits(sliced, whole)
