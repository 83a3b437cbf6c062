"""Ensembles: several networks, each trained by itself, whose predictions are averaged."""

import pickle

import numpy as np
import pytest
from cases import both, layouts
from helpers import (
    assert_same_bits,
    classes_for,
    curve_and_classes,
    prediction_methods,
    quick,
    scaled_iris,
    targets_for,
)
from scipy.special import expit, logit, softmax
from sklearn.base import clone
from sklearn.utils.estimator_checks import check_estimator
from threadpoolctl import threadpool_limits

from sk_bp import BPClassifier, BPRegressor
from sk_bp.inspection import (
    GradientFlowDisplay,
    WeightsDisplay,
    check_gradient,
    gradient_report,
)
from sk_bp.outputs import OUTPUTS

X, curve, classes = curve_and_classes()
OF_A_SINGLE_NETWORK = [
    "coefs_",
    "intercepts_",
    "loss_curve_",
    "best_loss_",
    "learning_rate_",
    "validation_scores_",
    "best_validation_score_",
    "best_epoch_",
    "best_restart_",
    "end_reason_",
]


def y_of(Estimator):
    return classes if Estimator is BPClassifier else curve


def ensemble(Estimator, **params):
    params = {"n_models": 3, "batch_size": 60, "learning_rate": 0.01, **params}
    model = quick(Estimator, **params)
    return model.fit(X, y_of(Estimator))


def assert_same_members(one, two):
    assert len(one.estimators_) == len(two.estimators_)
    for a, b in zip(one.estimators_, two.estimators_, strict=True):
        assert_same_bits(a, b)


@both
def test_one_model_is_the_fit_without_an_ensemble(Estimator):
    y = y_of(Estimator)
    alone = quick(Estimator).fit(X, y)
    assert_same_bits(alone.estimators_[0], alone)
    assert_same_bits(
        ensemble(Estimator).estimators_[0],
        quick(Estimator, batch_size=60, learning_rate=0.01).fit(X, y),
    )


@pytest.mark.parametrize("task", ["binary", "multiclass", "multilabel"])
def test_the_probabilities_are_the_mean_of_those_of_the_networks(task, rng):
    model = quick(BPClassifier, n_models=3, learning_rate=0.1).fit(X, targets_for(task, 200, rng))
    each = [member.predict_proba(X) for member in model.estimators_]
    assert np.abs(each[0] - each[1]).max() > 0.01
    mean = np.mean(each, axis=0)
    np.testing.assert_allclose(model.predict_proba(X), mean, rtol=1e-13)
    np.testing.assert_allclose(model.predict_log_proba(X), np.log(mean), rtol=1e-12, atol=1e-14)
    raw = model.decision_function(X)
    of_raw = softmax(raw, axis=1) if task == "multiclass" else expit(raw)
    np.testing.assert_allclose(of_raw, mean[:, 1] if task == "binary" else mean, rtol=1e-12)
    most_probable = mean > 0.5 if task == "multilabel" else mean.argmax(axis=1)
    np.testing.assert_array_equal(model.predict(X), most_probable)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_values_are_the_mean_of_those_of_the_networks(dtype, rng):
    data = X.astype(dtype)
    model = quick(BPRegressor, n_models=4).fit(data, targets_for("regression", 200, rng))
    each = [member.predict(data) for member in model.estimators_]
    assert model.predict(data).dtype == dtype
    np.testing.assert_allclose(
        model.predict(data), np.mean(each, axis=0), rtol=10 * np.finfo(dtype).eps, atol=1e-7
    )


@pytest.mark.parametrize("name", OUTPUTS)
def test_raw_outputs_of_a_mean_give_the_mean_prediction(name, rng):
    raw = 3 * rng.standard_normal((5, 20, 4))
    apply = {
        "identity": lambda z: z,
        "logistic": expit,
        "softmax": lambda z: softmax(z, axis=-1),
        "exponential": np.exp,
        "sorted": lambda z: np.sort(z, axis=-1),
    }
    mean = apply[name](raw).mean(axis=0)
    np.testing.assert_allclose(apply[name](OUTPUTS[name]().raw_of_mean(raw)), mean, rtol=1e-13)


def test_logits_of_a_mean_are_right_where_probabilities_round_to_0_and_1():
    raw = np.array([[[-800.0, 800.0]], [[-801.0, 801.0]]])
    near = np.log((1 + np.exp(-1)) / 2)
    np.testing.assert_allclose(
        OUTPUTS["logistic"]().raw_of_mean(raw), [[-800 + near, 800 - near]], rtol=1e-15
    )
    assert logit(expit(800.0)) == np.inf


@both
def test_history_holds_the_epochs_of_all_networks(Estimator):
    model = ensemble(Estimator)
    number = np.array(model.history_["model"])
    assert number.tolist() == [0] * 4 + [1] * 4 + [2] * 4
    for i, member in enumerate(model.estimators_):
        assert np.array(model.history_["loss"])[number == i].tolist() == member.loss_curve_
    assert model.loss_ == pytest.approx(np.mean([m.loss_ for m in model.estimators_]))
    assert (model.n_iter_, model.n_steps_, model.t_) == (4, 16, 800)
    assert (model.n_layers_, model.n_outputs_, model.n_features_in_) == (3, 1, 4)


@both
def test_what_belongs_to_a_single_network_is_absent_and_the_error_says_where_it_is(Estimator):
    model = ensemble(Estimator)
    for name in OF_A_SINGLE_NETWORK:
        assert not hasattr(model, name)
        with pytest.raises(AttributeError, match=r"n_models.*estimators_"):
            getattr(model, name)
        assert hasattr(model.estimators_[0], name)


@both
def test_members_are_single_networks_with_the_other_parameters(Estimator):
    model = ensemble(Estimator, n_restarts=2)
    for member in model.estimators_:
        assert type(member) is Estimator
        others = {"n_models": 1, "n_restarts": 0}
        assert member.get_params() == model.get_params() | others
        assert member.n_features_in_ == 4


@both
def test_with_restarts_the_best_networks_are_kept(Estimator):
    y = y_of(Estimator)
    settings = {"batch_size": 60, "learning_rate": 0.01}
    runs = quick(Estimator, n_restarts=5, **settings).fit(X, y)
    number, losses = np.array(runs.history_["restart"]), np.array(runs.history_["loss"])
    last = [losses[number == i][-1] for i in range(6)]
    model = quick(Estimator, n_models=2, n_restarts=4, **settings).fit(X, y)
    kept = [member.best_restart_ for member in model.estimators_]
    assert kept == sorted(np.argsort(last)[:2])
    assert [member.loss_ for member in model.estimators_] == [last[i] for i in kept]


@pytest.mark.parametrize("n_jobs", [2, -1])
@layouts
@both
def test_neither_jobs_nor_threads_change_a_bit(Estimator, layout, n_jobs):
    model = quick(Estimator, n_models=3)
    one = clone(model).fit(layout(X), y_of(Estimator))
    several = clone(model).set_params(n_jobs=n_jobs).fit(layout(X), y_of(Estimator))
    with threadpool_limits(limits=1):
        on_one_thread = clone(model).fit(layout(X), y_of(Estimator))
    for other in (several, on_one_thread):
        assert_same_members(other, one)
        assert other.history_ == one.history_
        for method in prediction_methods(Estimator):
            np.testing.assert_array_equal(getattr(other, method)(X), getattr(one, method)(X))


@both
def test_k_epochs_and_m_more_give_the_bits_of_k_plus_m(Estimator):
    y = y_of(Estimator)
    whole = quick(Estimator, n_models=3, max_iter=5).fit(X, y)
    warm = quick(Estimator, n_models=3, max_iter=2, warm_start=True).fit(X, y)
    warm = pickle.loads(pickle.dumps(warm)).set_params(max_iter=3).fit(X, y)
    stream = quick(Estimator, n_models=3)
    for _ in range(5):
        stream.partial_fit(X, y, **classes_for(Estimator))
        stream = pickle.loads(pickle.dumps(stream))
    for parts in (warm, stream):
        assert_same_members(parts, whole)
        assert parts.history_ == whole.history_
        assert parts.n_iter_ == 5


@layouts
def test_all_networks_hold_out_the_same_samples_in_every_call(layout):
    data, species = scaled_iris()
    seen = []

    def score(estimator, X, y):
        seen.append((X.toarray() if hasattr(X, "toarray") else X).copy())
        return float(estimator.score(X, y))

    model = quick(BPClassifier, early_stopping=True, scoring=score, warm_start=True, max_iter=2)
    for params in ({"n_models": 2}, {"n_models": 1, "n_restarts": 3}):
        seen.clear()
        clone(model).set_params(**params).fit(layout(data), species).fit(layout(data), species)
        assert len(seen) > 4
        for part in seen:
            np.testing.assert_array_equal(part, seen[0])


@both
def test_another_number_of_networks_is_refused_in_a_warm_start(Estimator):
    model = ensemble(Estimator, warm_start=True).set_params(n_models=2)
    for go_on in (model.fit, model.partial_fit):
        with pytest.raises(ValueError, match=r"n_models=2.* 3"):
            go_on(X, y_of(Estimator))
    assert len(model.estimators_) == 3


@both
def test_weights_can_be_assigned_in_place_of_an_ensemble(Estimator):
    model, single = ensemble(Estimator), quick(Estimator, max_iter=1).fit(X, y_of(Estimator))
    model.coefs_ = single.coefs_
    model.intercepts_ = single.intercepts_
    np.testing.assert_array_equal(model.predict(X), single.predict(X))


@both
def test_what_all_networks_are_warned_of_is_said_once(Estimator):
    with pytest.warns(UserWarning, match="max_iter=4") as caught:
        ensemble(Estimator, tol=1e-4, learning_rate=0.05)
    assert len(caught) == 1


@pytest.mark.parametrize(
    "look",
    [
        lambda model, y: check_gradient(model, X, y),
        lambda model, y: gradient_report(model, X, y),
        lambda model, y: GradientFlowDisplay.from_estimator(model, X, y),
        lambda model, y: WeightsDisplay.from_estimator(model),
    ],
)
@both
def test_inspection_points_to_the_members(Estimator, look):
    model, y = ensemble(Estimator), y_of(Estimator)
    with pytest.raises(ValueError, match=r"3 networks \(n_models\).*estimators_"):
        look(model, y)
    look(model.estimators_[1], y)


@pytest.mark.parametrize("value", [0, 1.5, None, "3"])
def test_invalid_numbers_of_models_are_refused_by_name_and_value(value):
    with pytest.raises(ValueError, match="n_models") as caught:
        BPRegressor(n_models=value).fit(X, curve)
    assert repr(value) in str(caught.value)


@pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning",
    "ignore:invalid value encountered in cast:RuntimeWarning",
)
@both
def test_check_estimator_passes_with_an_ensemble(Estimator):
    results = check_estimator(Estimator(n_models=2), on_skip=None, on_fail=None)
    assert {r["check_name"] for r in results if r["status"] != "passed"} == set()


def test_an_ensemble_predicts_better_than_its_networks():
    noisy = curve + 0.5 * np.random.default_rng(1).standard_normal(200)
    model = quick(BPRegressor, n_models=8, hidden_layer_sizes=50, max_iter=200, learning_rate=0.01)
    model.fit(X[:100], noisy[:100])
    each = [member.score(X[100:], curve[100:]) for member in model.estimators_]
    assert model.score(X[100:], curve[100:]) > np.mean(each)


@both
def test_after_an_interrupt_the_networks_that_are_done_predict(Estimator):
    calls = []

    def interrupts_the_third_network(estimator, X, y):
        calls.append(1)
        if len(calls) == 10:
            raise KeyboardInterrupt
        return float(estimator.score(X, y))

    y = y_of(Estimator)
    model = quick(Estimator, n_models=3, scoring=interrupts_the_third_network)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y, X_val=X, y_val=y)
    whole = quick(Estimator, n_models=3).fit(X, y)
    assert len(model.estimators_) == 2
    for member, other in zip(model.estimators_, whole.estimators_, strict=False):
        assert_same_bits(member, other)
