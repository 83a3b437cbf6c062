"""Training from several initializations, of which the best is kept."""

import pickle

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.datasets import load_iris

from sk_bp import BPClassifier, BPRegressor

X = np.linspace(-5, 5, 20)[:, None]
y = np.sin(X[:, 0])


def sine_net(**params):
    model = BPRegressor(4, "tanh", optimizer="levenberg_marquardt", alpha=0, tol=None, max_iter=30)
    return model.set_params(random_state=0, **params)


def losses_at_the_end(model):
    runs, losses = np.array(model.history_["restart"]), np.array(model.history_["loss"])
    return [losses[runs == run][-1] for run in range(runs.max() + 1)]


def test_the_network_with_the_lowest_loss_is_kept():
    model = sine_net(n_restarts=5).fit(X, y)
    ends = losses_at_the_end(model)
    assert len(ends) == 6
    assert len(set(ends)) > 1
    assert model.best_restart_ == int(np.argmin(ends))
    assert model.loss_ == min(ends)
    assert 0.5 * np.mean((model.predict(X) - y) ** 2) == pytest.approx(model.loss_)


def test_of_bayesian_regularization_the_highest_evidence_is_kept():
    rng = np.random.default_rng(0)
    noisy = y + 0.3 * rng.standard_normal(20)
    model = BPRegressor(8, "tanh", optimizer="bayesian_regularization", n_restarts=7, max_iter=300)
    model.set_params(random_state=0).fit(X, noisy)
    runs, evidence = (np.array(model.history_[name]) for name in ("restart", "log_evidence"))
    ends = [evidence[runs == run][-1] for run in range(8)]
    assert model.best_restart_ == int(np.argmax(ends))
    assert model.best_restart_ != int(np.argmin(losses_at_the_end(model)))


def test_the_first_run_is_that_of_a_fit_without_restarts():
    model, alone = sine_net(n_restarts=3).fit(X, y), sine_net().fit(X, y)
    runs, losses = np.array(model.history_["restart"]), np.array(model.history_["loss"])
    assert losses[runs == 0].tolist() == alone.loss_curve_
    assert "restart" not in alone.history_
    assert alone.best_restart_ == 0


def test_the_records_are_those_of_the_network_that_was_kept():
    model = sine_net(n_restarts=4).fit(X, y)
    assert len(model.loss_curve_) == model.n_iter_
    assert model.loss_curve_[-1] == model.loss_
    assert len({len(values) for values in model.history_.values()}) == 1
    assert len(model.history_["loss"]) > len(model.loss_curve_)


@pytest.mark.parametrize("layout", [np.asarray, sp.csr_array])
@pytest.mark.parametrize("n_jobs", [2, -1])
def test_the_number_of_jobs_changes_nothing(n_jobs, layout):
    data, labels = load_iris(return_X_y=True)
    model = BPClassifier(5, max_iter=5, tol=None, n_restarts=3, random_state=0)
    one = clone(model).fit(layout(data), labels)
    several = clone(model).set_params(n_jobs=n_jobs).fit(layout(data), labels)
    assert one.best_restart_ == several.best_restart_
    assert one.history_ == several.history_
    np.testing.assert_array_equal(one.coefs_[0], several.coefs_[0])


@pytest.mark.parametrize("early_stopping", [False, True])
def test_with_held_out_samples_the_best_score_is_kept(early_stopping):
    data, labels = load_iris(return_X_y=True)
    rng = np.random.default_rng(0)
    order = rng.permutation(150)
    train, held_out = order[:100], order[100:]
    model = BPClassifier(4, learning_rate=0.01, max_iter=15, tol=None, n_restarts=4)
    model.set_params(random_state=1, early_stopping=early_stopping)
    model.fit(data[train], labels[train], X_val=data[held_out], y_val=labels[held_out])
    runs = np.array(model.history_["restart"])
    scores = np.array(model.history_["validation_score"])
    choose = np.max if early_stopping else lambda values: values[-1]
    by_run = [choose(scores[runs == run]) for run in range(5)]
    assert model.best_restart_ == int(np.argmax(by_run))
    assert model.validation_scores_ == scores[runs == model.best_restart_].tolist()


def test_a_warm_start_goes_on_with_the_network_that_was_kept():
    model = sine_net(n_restarts=3, warm_start=True).fit(X, y)
    first, n_epochs, kept = model.loss_, len(model.history_["loss"]), model.best_restart_
    model = pickle.loads(pickle.dumps(model))
    model.fit(X, y)
    assert model.best_restart_ == kept
    assert model.loss_ <= first
    assert set(model.history_["restart"][n_epochs:]) == {kept}
    assert len(model.loss_curve_) == model.n_iter_


def test_partial_fit_is_absent_and_the_error_says_why():
    model = BPRegressor(n_restarts=2)
    assert not hasattr(model, "partial_fit")
    with pytest.raises(AttributeError) as caught:
        model.partial_fit(X, y)
    assert "n_restarts=2" in str(caught.value.__cause__ or caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [("n_restarts", -1), ("n_restarts", 1.5), ("n_restarts", None), ("n_jobs", "2")],
)
def test_invalid_values_are_refused_by_name_and_value(name, value):
    with pytest.raises(ValueError, match=name) as caught:
        BPRegressor(**{name: value}).fit(X, y)
    assert repr(value) in str(caught.value)
