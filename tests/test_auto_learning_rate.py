"""learning_rate="auto": a rate that is found by trials."""

import copy
import math
import pickle

import numpy as np
import pytest
import scipy.sparse as sp
from cases import both, every_optimizer, layouts, precisions
from helpers import (
    assert_same_bits,
    assert_same_state,
    assert_same_up_to_rounding,
    classes_for,
    copied_weights,
    quick,
    refused,
    refused_by_partial_fit,
    state,
    two_classes,
    weights,
)
from internals import interrupt_after, note_trials
from sklearn.base import clone
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV
from threadpoolctl import threadpool_limits

from sk_bp import SGD, BPClassifier, BPRegressor, Cooldown, RMSProp
from sk_bp.inspection import gradient_report
from sk_bp.optimizers import OPTIMIZERS

rng = np.random.default_rng(0)
X = rng.normal(size=(400, 5)) * (rng.random((400, 5)) < 0.5)
y = (X[:, 0] + np.sin(3 * X[:, 1]) > 0).astype(int)


def auto(Estimator=BPClassifier, **params):
    return quick(Estimator, **{"learning_rate": "auto", "batch_size": 20, **params})


def few(n=60):
    """Samples that fit into one batch."""
    return X[:n], y[:n]


# ------------------------------------------------------------------ the search


@every_optimizer
@layouts
def test_the_rate_of_the_lowest_loss_of_all_trials_is_chosen(layout, optimizer):
    model = auto(optimizer=optimizer).fit(layout(X), y)
    trials = model.learning_rate_trials_
    assert trials[model.auto_learning_rate_] <= min(trials.values()) * 1.001
    assert len(trials) >= 3
    assert next(iter(trials)) == OPTIMIZERS[optimizer].default_learning_rate


@every_optimizer
@precisions
def test_sparse_input_finds_the_rates_and_weights_of_dense_input(dtype, optimizer):
    data = X.astype(dtype)
    dense = auto(optimizer=optimizer, max_iter=2, random_state=1).fit(data, y)
    sparse = auto(optimizer=optimizer, max_iter=2, random_state=1).fit(sp.csr_array(data), y)
    tolerance = 1e-9 if dtype == np.float64 else 1e-3
    assert sparse.auto_learning_rate_ == dense.auto_learning_rate_
    assert sparse.learning_rate_trials_ == pytest.approx(dense.learning_rate_trials_, rel=tolerance)
    for V, W in zip(weights(sparse), weights(dense), strict=True):
        np.testing.assert_allclose(V, W, rtol=tolerance, atol=tolerance * np.abs(W).max())


@every_optimizer
@layouts
@both
def test_the_fit_is_that_of_a_cooldown_from_the_rate_that_was_found(Estimator, layout, optimizer):
    found = auto(Estimator, optimizer=optimizer).fit(layout(X), y)
    given = clone(found).set_params(learning_rate=Cooldown(found.auto_learning_rate_))
    assert_same_bits(found, given.fit(layout(X), y))
    assert found.history_ == given.history_


@pytest.mark.parametrize(
    "params",
    [{"l1": 0.1}, {"input_dropout": 0.3}, {"dropout": 0.3}, {"max_grad_norm": 0.1}],
    ids=str,
)
def test_regularizers_take_part_in_the_trials_alike_on_sparse_and_dense_input(params):
    dense, sparse = auto(**params).fit(X, y), auto(**params).fit(sp.csr_array(X), y)
    assert sparse.learning_rate_trials_ == pytest.approx(dense.learning_rate_trials_, rel=1e-9)
    assert dense.learning_rate_trials_ != auto().fit(X, y).learning_rate_trials_
    given = auto(**params).set_params(learning_rate=Cooldown(sparse.auto_learning_rate_))
    assert_same_bits(sparse, given.fit(sp.csr_array(X), y))


def test_learning_rate_tells_the_last_step_and_auto_learning_rate_the_first():
    model = auto(max_iter=5).fit(X, y)
    assert model.history_["learning_rate"][0] == model.auto_learning_rate_
    assert model.learning_rate_ == pytest.approx(model.auto_learning_rate_ / 20)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_trial_on_one_batch_is_a_fit_of_fifty_epochs(weighted):
    data, labels = few()
    sample_weight = np.linspace(0.5, 2, len(labels)) if weighted else None
    model = auto(max_iter=200, optimizer="adam", batch_size=200).fit(data, labels, sample_weight)
    for rate, loss in model.learning_rate_trials_.items():
        fit = quick(BPClassifier, optimizer="adam", learning_rate=Cooldown(rate), max_iter=50)
        fit.fit(data, labels, sample_weight)
        probabilities = fit.predict_proba(data)
        assert loss == pytest.approx(log_loss(labels, probabilities, sample_weight=sample_weight))


@pytest.mark.parametrize(("n", "n_steps"), [(400, 60), (420, 63), (1040, 50), (6400, 53)])
def test_the_trials_take_a_sixth_of_300_steps_or_of_an_epoch(monkeypatch, n, n_steps):
    data = np.resize(X, (n, 5))
    steps = note_trials(monkeypatch)
    model = auto(max_iter=9, hidden_layer_sizes=2).fit(data, np.resize(y, n))
    assert steps == [n_steps] * len(model.learning_rate_trials_)


def test_a_trial_is_not_longer_than_the_fit(monkeypatch):
    steps = note_trials(monkeypatch)
    model = auto(max_iter=2).fit(X, y)
    assert steps == [40] * len(model.learning_rate_trials_)


@pytest.mark.parametrize("shuffle", [False, True])
@layouts
def test_trials_on_a_part_of_the_samples_agree_on_dense_and_sparse_input(layout, shuffle):
    data, labels = np.resize(X, (7000, 5)), np.resize(y, 7000)
    found = auto(max_iter=1, shuffle=shuffle).fit(layout(data), labels)
    dense = auto(max_iter=1, shuffle=shuffle).fit(data, labels)
    assert found.learning_rate_trials_ == pytest.approx(dense.learning_rate_trials_, rel=1e-9)


@both
def test_the_search_goes_down_from_a_default_rate_that_is_too_high(Estimator):
    model = auto(Estimator, optimizer="sgd", max_iter=20).fit(1000 * X, y)
    assert model.auto_learning_rate_ < OPTIMIZERS["sgd"].default_learning_rate
    assert model.end_reason_ == "max_iter"
    assert math.isfinite(model.learning_rate_trials_[model.auto_learning_rate_])


def test_a_trial_that_has_to_stop_counts_as_infinite():
    model = auto(BPRegressor, optimizer="sgd", max_iter=20).fit(1e4 * X, y)
    assert math.inf in model.learning_rate_trials_.values()
    assert math.isfinite(model.loss_)


def test_rates_whose_weight_decay_is_refused_are_not_chosen():
    model = auto(optimizer="adam", weight_decay=200.0).fit(X, y)
    assert all(
        math.isinf(loss) == (rate * 200 >= 1) for rate, loss in model.learning_rate_trials_.items()
    )
    assert model.auto_learning_rate_ * 200 < 1


@pytest.mark.parametrize("n_threads", [1, 2, 3])
@layouts
def test_the_number_of_threads_does_not_matter(layout, n_threads):
    data, labels = layout(np.resize(X, (3000, 5))), np.resize(y, 3000)
    expected = auto(max_iter=1, hidden_layer_sizes=64, batch_size=500).fit(data, labels)
    with threadpool_limits(n_threads):
        found = auto(max_iter=1, hidden_layer_sizes=64, batch_size=500).fit(data, labels)
    assert found.learning_rate_trials_ == expected.learning_rate_trials_
    assert_same_bits(found, expected)


# ------------------------------------------------------------------ which samples


@layouts
def test_whole_weights_are_repeated_samples(layout):
    data, labels = few(40)
    repeats = np.arange(len(labels)) % 4
    weighted = auto(batch_size=200).fit(layout(data), labels, repeats)
    repeated = auto(batch_size=200).fit(
        layout(data.repeat(repeats, axis=0)), labels.repeat(repeats)
    )
    trials = repeated.learning_rate_trials_
    assert weighted.learning_rate_trials_ == pytest.approx(trials, rel=1e-9)
    assert_same_up_to_rounding(weighted, repeated)


def test_samples_of_weight_zero_have_no_say():
    sample_weight = (np.arange(len(y)) % 3 > 0).astype(float)
    kept = sample_weight > 0
    assert_same_bits(auto().fit(X, y, sample_weight), auto().fit(X[kept], y[kept]))


def test_the_scale_of_the_weights_does_not_matter():
    trials = [
        auto(alpha=0.0).fit(X, y, np.full(len(y), scale)).learning_rate_trials_
        for scale in (1.0, 1024.0)
    ]
    assert trials[0] == trials[1]


def test_held_out_samples_are_not_seen_by_the_search():
    params = {"early_stopping": True, "max_iter": 3}
    one = auto(**params).fit(X[:300], y[:300], X_val=X[300:], y_val=y[300:])
    two = auto(**params).fit(X[:300], y[:300], X_val=X[300:], y_val=1 - y[300:])
    assert one.learning_rate_trials_ == two.learning_rate_trials_
    alone = auto(max_iter=3).fit(X[:300], y[:300])
    assert one.learning_rate_trials_ == alone.learning_rate_trials_


def test_random_state_decides_on_the_trials():
    trials = [auto(random_state=seed).fit(X, y).learning_rate_trials_ for seed in (0, 0, 1)]
    assert trials[0] == trials[1]
    assert trials[0] != trials[2]


# ------------------------------------------------------------------ going on


def test_a_warm_start_keeps_the_rate_without_another_search(monkeypatch):
    model = auto(warm_start=True).fit(X, y)
    trials = model.learning_rate_trials_
    model = pickle.loads(pickle.dumps(model))
    steps = note_trials(monkeypatch)
    model.fit(X, y)
    assert steps == []
    assert model.learning_rate_trials_ == trials
    given = auto(warm_start=True, learning_rate=Cooldown(model.auto_learning_rate_)).fit(X, y)
    assert_same_bits(model, given.fit(X, y))


@pytest.mark.parametrize("changed", [{"optimizer": "sgd"}, {"optimizer": RMSProp(momentum=0.9)}])
def test_a_warm_start_with_another_optimizer_searches_again(changed):
    model = auto(warm_start=True).fit(X, y)
    before = model.learning_rate_trials_
    model.set_params(**changed).fit(X, y)
    assert model.learning_rate_trials_ != before


def test_a_warm_start_after_a_fixed_rate_searches_from_the_weights_at_hand():
    model = quick(BPClassifier, batch_size=20, warm_start=True).fit(X, y)
    assert model.auto_learning_rate_ is None
    given = copy.deepcopy(model)
    model.set_params(learning_rate="auto").fit(X, y)
    given.set_params(learning_rate=Cooldown(model.auto_learning_rate_)).fit(X, y)
    assert_same_bits(model, given)


def test_a_fit_at_a_given_rate_forgets_the_search():
    model = auto(warm_start=True).fit(X, y).set_params(learning_rate=0.01).fit(X, y)
    assert model.auto_learning_rate_ is None
    assert model.learning_rate_trials_ is None


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_each_restart_searches_for_itself(n_jobs):
    model = auto(n_restarts=2, n_jobs=n_jobs).fit(X, y)
    alone = auto().fit(X, y)
    rates = model.history_["learning_rate"][::4]
    assert len(rates) == 3
    assert rates[0] == alone.auto_learning_rate_
    assert rates[model.best_restart_] == model.auto_learning_rate_
    if model.best_restart_ > 0:
        assert model.learning_rate_trials_ != alone.learning_rate_trials_


def test_a_stream_goes_on_at_the_rate_that_a_fit_has_found():
    model = auto().fit(X, y)
    model.set_params(learning_rate=model.auto_learning_rate_).partial_fit(X, y)
    assert model.learning_rate_ == model.auto_learning_rate_


def test_the_report_on_the_gradient_takes_the_rate_that_was_found():
    model = auto(max_iter=2).fit(X, y)
    given = clone(model).set_params(learning_rate=Cooldown(model.auto_learning_rate_)).fit(X, y)
    assert repr(gradient_report(model, X, y)) == repr(gradient_report(given, X, y))


def test_clones_and_grid_searches_take_it():
    search = GridSearchCV(auto(), {"learning_rate": ["auto", 1e-9]}, cv=2).fit(X, y)
    assert search.best_params_ == {"learning_rate": "auto"}
    assert search.best_estimator_.auto_learning_rate_ > 1e-9


def test_with_verbose_the_rate_is_printed(capsys):
    model = auto(verbose=1).fit(X, y)
    first = capsys.readouterr().out.splitlines()[0]
    n_trials = len(model.learning_rate_trials_)
    assert first == f"Learning rate {model.auto_learning_rate_:.3g}, the best of {n_trials}"


# ------------------------------------------------------------------ what is refused


@both
@pytest.mark.parametrize("value", ["fast", "Auto", "", "0.1"])
def test_another_string_is_refused_by_name_and_value(Estimator, value):
    refused(Estimator, f"'learning_rate'.*'auto'.*{value!r}", params={"learning_rate": value})


@both
@pytest.mark.parametrize("optimizer", ["lbfgs", "conjugate_gradient", "rprop"])
def test_optimizers_that_choose_their_steps_refuse_it(Estimator, optimizer):
    refused(
        Estimator,
        f"optimizer='{optimizer}'.*learning_rate.*'auto'",
        params={"optimizer": optimizer, "learning_rate": "auto"},
    )


@both
def test_a_stream_refuses_it_and_says_what_to_do_instead(Estimator):
    message = "learning_rate='auto' needs all samples.*partial_fit.*auto_learning_rate_"
    refused_by_partial_fit(Estimator, message, params={"learning_rate": "auto"})
    with pytest.raises(ValueError, match=message):
        auto(Estimator).partial_fit(X, y, **classes_for(Estimator))


@layouts
def test_an_interrupted_search_leaves_the_weights_as_they_were(layout, monkeypatch):
    model = quick(BPClassifier, warm_start=True).fit(layout(X), y)
    before = copied_weights(model)
    interrupt_after(3, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        model.set_params(learning_rate="auto").fit(layout(X), y)
    for W, V in zip(weights(model), before, strict=True):
        np.testing.assert_array_equal(W, V)


@both
def test_a_refused_fit_leaves_what_a_search_has_found(Estimator):
    model = auto(Estimator).fit(*two_classes(40, 5))
    before, trials = state(model), model.learning_rate_trials_
    with pytest.raises(ValueError, match="X"):
        model.fit(np.full((40, 5), np.nan), two_classes(40, 5)[1])
    assert_same_state(model, before)
    assert model.learning_rate_trials_ == trials


def test_momentum_counts_among_what_the_rate_is_found_for():
    still = auto(optimizer=SGD(momentum=0.0)).fit(X, y)
    moving = auto(optimizer=SGD(momentum=0.99)).fit(X, y)
    assert still.auto_learning_rate_ > moving.auto_learning_rate_
