"""A fit that was interrupted goes on to the end that it would have come to."""

import pickle
import time
import warnings

import numpy as np
import pytest
from cases import both, layouts
from helpers import assert_same_bits, assert_same_up_to_rounding, quick
from internals import interrupt_after, make_slices_of_one_step
from resume_cases import WIDE, X, every_variant, y, y_wide

from sk_bp import (
    AdaptiveRate,
    BPClassifier,
    BPRegressor,
    Cooldown,
    CosineDecay,
    LevenbergMarquardt,
    OneCycle,
    Rprop,
    Warmup,
)
from sk_bp.averages import EMA, TailAverage

RECORD = ("history_", "best_loss_", "learning_rate_", "n_iter_", "n_steps_", "t_", "end_reason_")


def interrupted_after(n_epochs, est, *data, **held_out):
    """Let Ctrl-C come at the end of an epoch; the estimator is fitted so far."""
    calls = []

    def interrupt(watch, run):
        calls.append(run)
        if len(calls) == n_epochs:
            raise KeyboardInterrupt
        return False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sk_bp.watching.RunWatch.after_epoch", interrupt)
        with pytest.raises(KeyboardInterrupt):
            est.fit(*data, **held_out)
    return est


def assert_the_same_end(resumed, whole):
    assert_same_bits(resumed, whole)
    for name in RECORD:
        assert getattr(resumed, name) == getattr(whole, name), name
    np.testing.assert_array_equal(resumed.predict(X), whole.predict(X))


@every_variant
@both
def test_an_interrupted_fit_ends_as_an_uninterrupted_one(Estimator, optimizer):
    def new():
        return quick(Estimator, optimizer=optimizer, learning_rate=None, batch_size=7, max_iter=7)

    whole = new().fit(X, y)
    for n_epochs in (1, 3, 7):
        stopped = interrupted_after(n_epochs, new(), X, y)
        assert stopped.n_iter_ == n_epochs
        assert stopped.end_reason_ == "interrupted"
        for est in (pickle.loads(pickle.dumps(stopped)), stopped):
            assert_the_same_end(est.resume_fit(X, y), whole)


SETTINGS = {
    "cosine": {"learning_rate": CosineDecay(0.05)},
    "warm-up of one cycle": {"learning_rate": Warmup(OneCycle(0.05), n_steps=3)},
    "adaptive": {"learning_rate": AdaptiveRate(0.05), "tol": 1e-2, "max_iter": 30},
    "auto": {"learning_rate": "auto"},
    "cooldown": {"learning_rate": Cooldown(0.02)},
    "patience": {"tol": 0.1, "n_iter_no_change": 3, "max_iter": 40, "learning_rate": 0.05},
    "dropout": {"dropout": 0.3, "input_dropout": 0.1},
    "ema": {"average": EMA(0.9)},
    "tail": {"average": TailAverage(2)},
    "early stopping": {"early_stopping": True, "validation_fraction": 0.3, "learning_rate": 0.1},
    "early stopping with ema": {"early_stopping": True, "average": EMA(0.5), "scoring": None},
    "restarts": {"n_restarts": 2},
    "restarts in threads": {"n_restarts": 3, "n_jobs": 2},
    "scaling": {"scaling": True},
    "data": {"init": "data", "max_grad_norm": 0.1},
    "gradient norms": {"record_gradient_norms": True},
    "rprop": {"optimizer": Rprop(), "learning_rate": None, "batch_size": "auto"},
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("params", SETTINGS.values(), ids=SETTINGS)
@both
def test_whatever_the_settings(Estimator, params):
    params = {"learning_rate": 0.01, "batch_size": 7, "max_iter": 9, "tol": None, **params}
    if params.get("n_jobs"):  # which network is interrupted is left to chance
        params["max_iter"] = 30
    whole = quick(Estimator, **params).fit(X, y)
    stopped = interrupted_after(4, quick(Estimator, **params), X, y)
    resumed = pickle.loads(pickle.dumps(stopped)).resume_fit(X, y)
    if params.get("n_jobs"):
        assert resumed.predict(X).shape == whole.predict(X).shape
        return
    assert_the_same_end(resumed, whole)
    assert resumed.best_validation_score_ == whole.best_validation_score_
    assert resumed.best_epoch_ == whole.best_epoch_
    assert resumed.best_restart_ == whole.best_restart_


def test_levenberg_marquardt_keeps_its_damping():
    params = {"optimizer": LevenbergMarquardt(), "max_iter": 6, "learning_rate": None}
    whole = quick(BPRegressor, **params, batch_size="auto").fit(X, X[:, 0])
    stopped = interrupted_after(3, quick(BPRegressor, **params, batch_size="auto"), X, X[:, 0])
    assert_same_bits(stopped.resume_fit(X, X[:, 0]), whole)


@pytest.mark.parametrize("n_epochs", [1, 2, 6, 8, 9])
@both
def test_an_ensemble_that_is_interrupted_anywhere_becomes_the_whole_one(Estimator, n_epochs):
    params = {"n_models": 3, "max_iter": 3, "batch_size": 7, "learning_rate": 0.01}
    whole = quick(Estimator, **params).fit(X, y)
    stopped = interrupted_after(n_epochs, quick(Estimator, **params), X, y)
    assert len(stopped.predict(X)) == len(X)
    resumed = pickle.loads(pickle.dumps(stopped)).resume_fit(X, y)
    assert resumed.history_ == whole.history_
    np.testing.assert_array_equal(resumed.predict(X), whole.predict(X))


@every_variant
def test_on_sparse_data_up_to_rounding(optimizer):
    params = {"optimizer": optimizer, "max_iter": 5, "batch_size": 7, "learning_rate": None}
    whole = quick(BPClassifier, **params).fit(WIDE, y_wide)
    stopped = interrupted_after(2, quick(BPClassifier, **params), WIDE, y_wide)
    assert_same_up_to_rounding(stopped.resume_fit(WIDE, y_wide), whole)


@layouts
def test_weights_held_out_samples_and_float32(layout):
    single, weight = X.astype(np.float32), np.arange(len(X)) % 3
    held_out = {"X_val": single[:9], "y_val": y[:9], "sample_weight_val": weight[:9]}
    params = {"early_stopping": True, "learning_rate": 0.1, "batch_size": 7, "max_iter": 20}
    whole = quick(BPClassifier, **params).fit(layout(single), y, weight, **held_out)
    after_the_best = min(whole.best_epoch_ + 1, 20)
    stopped = interrupted_after(
        after_the_best, quick(BPClassifier, **params), layout(single), y, weight, **held_out
    )
    assert stopped.best_epoch_ == whole.best_epoch_  # the best weights are in use meanwhile
    resumed = stopped.resume_fit(layout(single), y, weight, **held_out)
    assert resumed.coefs_[0].dtype == np.float32
    assert resumed.validation_scores_ == whole.validation_scores_
    assert_same_up_to_rounding(resumed, whole)


@both
def test_a_warm_start_that_was_interrupted_is_resumed(Estimator):
    def begun():
        params = {"warm_start": True, "batch_size": 7, "max_iter": 4}
        return quick(Estimator, learning_rate=CosineDecay(0.1), **params).fit(X, y)

    whole, parts = begun().fit(X, y), begun()
    resumed = interrupted_after(2, parts, X, y).resume_fit(X, y)
    assert_the_same_end(resumed, whole)


@both
def test_after_half_an_epoch_the_rest_of_the_epochs_are_made(Estimator, monkeypatch):
    est = quick(Estimator, max_iter=5, batch_size=7)
    with monkeypatch.context() as patch:
        make_slices_of_one_step(patch)
        interrupt_after(8, patch)
        with pytest.raises(KeyboardInterrupt):
            est.fit(X, y)
    assert (est.n_iter_, est.n_steps_) == (2, 8)
    assert est.resume_fit(X, y).n_iter_ == 5
    assert est.end_reason_ == "max_iter"


@both
def test_a_time_limit_ends_a_fit_that_is_resumed_later(Estimator):
    whole = quick(Estimator, max_iter=5).fit(X, y)
    est = quick(Estimator, max_iter=5, max_time=1e-9).fit(X, y)
    assert (est.n_iter_, est.end_reason_) == (1, "max_time")
    assert est.resume_fit(X, y).n_iter_ == 2
    assert_the_same_end(est.set_params(max_time=None).resume_fit(X, y), whole)


def test_a_time_limit_is_kept_to_by_epochs():
    start = time.monotonic()
    est = quick(BPClassifier, max_iter=10**7, max_time=0.2).fit(X, y)
    assert est.end_reason_ == "max_time"
    assert est.n_iter_ > 1
    assert time.monotonic() - start >= 0.2


def test_when_time_is_over_no_further_network_is_begun_than_are_needed():
    few = quick(BPClassifier, n_restarts=5, max_iter=3, max_time=1e-9).fit(X, y)
    assert few.history_["restart"] == [0] if "restart" in few.history_ else few.n_iter_ == 1
    three = quick(BPClassifier, n_models=3, n_restarts=2, max_iter=3, max_time=1e-9).fit(X, y)
    assert three.history_["model"] == [0, 1, 2]
    whole = quick(BPClassifier, n_models=3, n_restarts=2, max_iter=3).fit(X, y)
    resumed = three.set_params(max_time=None).resume_fit(X, y)
    np.testing.assert_array_equal(resumed.predict_proba(X), whole.predict_proba(X))


@both
def test_a_training_loss_that_is_good_enough_ends_the_fit(Estimator):
    whole = quick(Estimator, max_iter=20, learning_rate=0.1).fit(X, y)
    curve = np.array(whole.loss_curve_)
    target = np.sort(curve)[len(curve) // 2]
    est = quick(Estimator, max_iter=20, learning_rate=0.1, target_loss=target).fit(X, y)
    assert est.end_reason_ == "target_loss"
    assert est.n_iter_ == 1 + np.argmax(curve <= target)


@pytest.mark.parametrize("optimizer", ["lbfgs", "conjugate_gradient", "rprop"])
def test_minimizers_take_a_target_and_a_time_limit(optimizer):
    params = {"optimizer": optimizer, "max_iter": 50, "learning_rate": None, "batch_size": "auto"}
    assert quick(BPClassifier, **params, target_loss=10.0).fit(X, y).n_iter_ == 1
    est = quick(BPClassifier, **params, max_time=1e-9).fit(X, y)
    assert (est.n_iter_, est.end_reason_) == (1, "max_time")
    longer = est.set_params(max_time=None).resume_fit(X, y)
    assert longer.n_iter_ > 1
    assert longer.loss_ < longer.loss_curve_[0]


@both
def test_there_is_nothing_to_resume_after_the_end(Estimator):
    for est in (quick(Estimator), quick(Estimator, max_iter=2).fit(X, y)):
        with pytest.raises(ValueError, match="no interrupted fit"):
            est.resume_fit(X, y)
    stopped = interrupted_after(1, quick(Estimator, max_iter=3), X, y)
    stopped.fit(X, y)
    with pytest.raises(ValueError, match="no interrupted fit"):
        stopped.resume_fit(X, y)


@both
def test_other_data_or_other_networks_are_refused_and_nothing_changes(Estimator):
    est = interrupted_after(1, quick(Estimator, max_iter=3), X, y)
    before = [W.copy() for W in est.coefs_]
    with pytest.raises(ValueError, match=r"30 training samples.* 20"):
        est.resume_fit(X[:20], y[:20])
    with pytest.raises(ValueError, match="features"):
        est.resume_fit(X[:, :3], y)
    with pytest.raises(ValueError, match="hidden_layer_sizes"):
        est.set_params(hidden_layer_sizes=(3,)).resume_fit(X, y)
    est.set_params(hidden_layer_sizes=quick(Estimator).hidden_layer_sizes)
    with pytest.raises(ValueError, match="n_models=2"):
        est.set_params(n_models=2).resume_fit(X, y)
    est.set_params(n_models=1)
    for W, expected in zip(est.coefs_, before, strict=True):
        np.testing.assert_array_equal(W, expected)
    assert est.resume_fit(X, y).n_iter_ == 3


@pytest.mark.parametrize("name", ["max_time", "target_loss"])
@pytest.mark.parametrize("value", ["1", np.nan, np.inf, [1.0]])
@both
def test_limits_that_are_no_numbers_are_refused(Estimator, name, value):
    with pytest.raises((ValueError, TypeError), match=name):
        quick(Estimator, **{name: value}).fit(X, y)


@pytest.mark.parametrize("value", [0, -1.0])
def test_a_time_limit_must_be_positive(value):
    with pytest.raises(ValueError, match="max_time"):
        quick(BPClassifier, max_time=value).fit(X, y)


def test_no_warning_is_given_after_a_fit_that_was_stopped():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        quick(BPClassifier, tol=1e-4, max_iter=50, max_time=1e-9).fit(X, y)
