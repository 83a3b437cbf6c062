"""The estimators are full citizens of scikit-learn."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn import config_context
from sklearn.base import BaseEstimator, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_iris, make_multilabel_classification, make_regression
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from sklearn.utils._param_validation import InvalidParameterError
from sklearn.utils.estimator_checks import check_estimator, check_param_validation

from sk_bp import (
    SGD,
    Adam,
    BPClassifier,
    BPRegressor,
    ConstantRate,
    ExponentialDecay,
    RMSProp,
)
from sk_bp.activations import ACTIVATIONS
from sk_bp.initializers import INITIALIZERS
from sk_bp.losses import losses_for
from sk_bp.optimizers import BY_BATCH, FULL_BATCH, OPTIMIZERS
from sk_bp.schedules import SCHEDULES

ESTIMATORS = [BPClassifier, BPRegressor]
both = pytest.mark.parametrize("Estimator", ESTIMATORS)

# A random part of the samples is held out, so no sample can be replaced by a weight.
BROKEN_BY_ANY_RANDOM_SPLIT = {
    "check_sample_weight_equivalence_on_dense_data",
    "check_sample_weight_equivalence_on_sparse_data",
}


def quick(Estimator, **params):
    """An estimator that trains a few epochs without a word."""
    return Estimator(**{"max_iter": 3, "tol": None, "random_state": 0, **params})


@pytest.fixture(scope="module")
def iris():
    return load_iris(return_X_y=True)


# ------------------------------------------------------------------ check_estimator


quiet = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning",
    "ignore:early_stopping=True.* cannot be split by class:UserWarning",
    "ignore:invalid value encountered in cast:RuntimeWarning",  # from scikit-learn, for infinite y
)


def outcomes(estimator):
    """The status of each check, and the errors of those that did not pass."""
    results = check_estimator(estimator, on_skip=None, on_fail=None)
    assert len(results) > 50
    assert not any(result["expected_to_fail"] for result in results)
    return results


def not_passed(results):
    return {
        result["check_name"]: (result["status"], result["exception"])
        for result in results
        if result["status"] != "passed"
    }


# Some optimizers serve the squared error alone: the classifier refuses them (test_minimizers).
SERVED = [
    (Estimator, name)
    for Estimator in (BPClassifier, BPRegressor)
    for name, cls in OPTIMIZERS.items()
    if Estimator is BPRegressor or not cls.squared_error_only
]
# Full-batch optimizers reach the minimum, where without a penalty probabilities round to 0 and 1,
# which the checks take for labels.
TO_THE_MINIMUM = {"alpha": 1.0, "hidden_layer_sizes": 5}


@quiet
@pytest.mark.parametrize(
    ("Estimator", "params"),
    [
        *((Estimator, {}) for Estimator in (BPClassifier, BPRegressor)),
        *((Estimator, {"optimizer": name}) for Estimator, name in SERVED if name in BY_BATCH),
        *(
            (
                Estimator,
                {
                    "optimizer": name,
                    **TO_THE_MINIMUM,
                    **({"tol": 1e-2} if name == "rprop" else {}),
                },
            )
            for Estimator, name in SERVED
            if name in FULL_BATCH and name != "conjugate_gradient"
        ),
        (BPClassifier, {"optimizer": "sgd", "hidden_layer_sizes": ()}),
        (BPRegressor, {"optimizer": "sgd", "hidden_layer_sizes": ()}),
    ],
    ids=str,
)
def test_check_estimator_passes_without_failure_and_without_skip(Estimator, params):
    assert not_passed(outcomes(Estimator(**params))) == {}


@quiet
@both
def test_conjugate_gradients_fail_no_check_but_the_equivalence_of_weights_to_seven_digits(
    Estimator,
):
    """Their line searches end where the loss falls by no more than rounding: five digits or so."""
    model = Estimator(optimizer="conjugate_gradient", alpha=1.0, hidden_layer_sizes=())
    failed = not_passed(outcomes(model))
    assert set(failed) <= BROKEN_BY_ANY_RANDOM_SPLIT, failed


@quiet
@both
def test_early_stopping_fails_no_check_but_the_equivalence_of_weights(Estimator):
    failed = not_passed(outcomes(Estimator(early_stopping=True)))
    assert set(failed) <= BROKEN_BY_ANY_RANDOM_SPLIT, failed


@both
def test_the_default_optimizer_is_the_one_that_the_default_checks_cover(Estimator):
    assert Estimator().optimizer in OPTIMIZERS
    assert Estimator().optimizer == BPClassifier().optimizer


@both
def test_check_param_validation_passes(Estimator):
    check_param_validation(Estimator.__name__, Estimator())


# ------------------------------------------------------------------ tags and messages


@both
def test_sparse_input_is_tagged_and_true(Estimator):
    assert get_tags(Estimator()).input_tags.sparse
    X, y = csr_array(np.eye(4)), [0, 1, 0, 1]
    assert quick(Estimator).fit(X, y).predict(X).shape == (4,)


def test_the_regressor_alone_is_tagged_multi_output_and_has_many_outputs():
    assert get_tags(BPRegressor()).target_tags.multi_output
    assert not get_tags(BPClassifier()).target_tags.multi_output
    X, Y = make_regression(20, 3, n_targets=2, random_state=0)
    assert quick(BPRegressor).fit(X, Y / 100).predict(X).shape == (20, 2)
    with pytest.raises(ValueError, match="several outputs"):
        quick(BPClassifier).fit(X, np.arange(40).reshape(20, 2) % 3)


def test_the_classifier_is_tagged_multi_label_and_learns_several_labels():
    tags = get_tags(BPClassifier())
    assert tags.classifier_tags.multi_label
    assert tags.classifier_tags.multi_class
    X, Y = make_multilabel_classification(30, 4, n_classes=3, random_state=0)
    assert quick(BPClassifier).fit(X, Y).predict(X).shape == (30, 3)


@both
def test_estimator_types_and_required_y_are_tagged(Estimator):
    tags = get_tags(Estimator())
    assert tags.estimator_type == ("classifier" if Estimator is BPClassifier else "regressor")
    assert tags.target_tags.required
    assert not tags.input_tags.allow_nan
    assert not tags.non_deterministic


@pytest.mark.parametrize(
    ("params", "allowed"),
    [
        ({"activation": "swoosh"}, ACTIVATIONS),
        ({"activation": ["swoosh"]}, ACTIVATIONS),
        ({"optimizer": "swoosh"}, OPTIMIZERS),
        ({"init": "swoosh"}, {"auto", *INITIALIZERS}),
        ({"batch_size": "swoosh"}, {"auto"}),
        ({"scoring": "swoosh"}, {"loss", "accuracy"}),
    ],
    ids=str,
)
@both
def test_a_message_about_an_unknown_name_lists_the_names_allowed(Estimator, params, allowed):
    (parameter,) = params
    with pytest.raises(ValueError, match=parameter) as error:
        quick(Estimator, **params).fit(np.eye(4), [0, 1, 0, 1])
    message = str(error.value)
    assert "swoosh" in message
    assert [name for name in allowed if name not in message] == []


@pytest.mark.parametrize(
    ("Estimator", "tasks"),
    [(BPClassifier, ("binary", "multiclass", "multilabel")), (BPRegressor, ("regression",))],
)
def test_a_message_about_an_unknown_loss_lists_the_losses_of_the_task(Estimator, tasks):
    with pytest.raises(InvalidParameterError, match="'loss' parameter") as error:
        quick(Estimator, loss="swoosh").fit(np.eye(4), [0, 1, 0, 1])
    assert all(name in str(error.value) for name in losses_for(*tasks))


# ------------------------------------------------------------------ parameters


@pytest.mark.parametrize(("Estimator", "name"), SERVED)
def test_an_optimizer_instance_does_what_its_name_does(Estimator, name, iris):
    X, y = iris
    by_name = quick(Estimator, optimizer=name).fit(X, y)
    by_instance = quick(Estimator, optimizer=OPTIMIZERS[name]()).fit(X, y)
    np.testing.assert_array_equal(by_name.predict(X), by_instance.predict(X))
    for W, V in zip(by_name.coefs_, by_instance.coefs_, strict=True):
        np.testing.assert_array_equal(W, V)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_hyperparameter_of_an_optimizer_is_a_nested_parameter(name):
    optimizer = OPTIMIZERS[name]()
    params = BPClassifier(optimizer=optimizer).get_params()
    for key, value in optimizer.get_params().items():
        assert params[f"optimizer__{key}"] == value


@pytest.mark.parametrize("name", SCHEDULES)
def test_every_parameter_of_a_schedule_is_a_nested_parameter(name):
    schedule = SCHEDULES[name]()
    params = BPClassifier(learning_rate=schedule).get_params()
    for key, value in schedule.get_params().items():
        assert params[f"learning_rate__{key}"] == value


def test_nested_parameters_can_be_set_and_take_effect(iris):
    X, y = iris
    est = quick(BPClassifier, optimizer=RMSProp(), learning_rate=ExponentialDecay())
    est.set_params(optimizer__rho=0.5, learning_rate__initial=0.03, learning_rate__factor=0.5)
    assert est.optimizer.rho == 0.5
    assert est.learning_rate.initial == 0.03
    direct = quick(
        BPClassifier, optimizer=RMSProp(0.5), learning_rate=ExponentialDecay(0.03, factor=0.5)
    )
    np.testing.assert_array_equal(est.fit(X, y).coefs_[0], direct.fit(X, y).coefs_[0])


def test_the_optimizer_and_its_hyperparameter_can_be_set_in_one_call():
    est = BPClassifier().set_params(optimizer__momentum=0.5, optimizer=SGD())
    assert est.optimizer.momentum == 0.5
    est.set_params(learning_rate__rate=0.5, learning_rate=ConstantRate())
    assert est.learning_rate.rate == 0.5


@both
def test_a_nested_parameter_of_a_name_says_to_pass_an_instance(Estimator):
    est = Estimator(optimizer="rmsprop")
    with pytest.raises(ValueError, match=r"optimizer__rho.*'rmsprop'.*optimizer=RMSProp\(\)"):
        est.set_params(optimizer__rho=0.5)
    with pytest.raises(ValueError, match=r"learning_rate__initial.*learning_rate=0\.1"):
        est.set_params(learning_rate=0.1, learning_rate__initial=0.5)
    assert est.optimizer == "rmsprop"


@both
def test_a_name_that_is_no_parameter_is_refused(Estimator):
    with pytest.raises(ValueError, match="Invalid parameter 'solver'"):
        Estimator().set_params(solver="adam")
    with pytest.raises(ValueError, match="Invalid parameter 'swoosh'"):
        Estimator(optimizer=RMSProp()).set_params(optimizer__swoosh=1)


@both
def test_clone_copies_the_optimizer_and_the_schedule_and_forgets_the_fit(Estimator, iris):
    est = quick(Estimator, optimizer=Adam(0.8), learning_rate=ExponentialDecay(0.02)).fit(*iris)
    copy = clone(est)
    assert copy.get_params().keys() == est.get_params().keys()
    assert copy.optimizer is not est.optimizer
    assert copy.learning_rate is not est.learning_rate
    assert copy.optimizer.beta_1 == 0.8
    assert copy.learning_rate.initial == 0.02
    assert not any(name.endswith("_") for name in vars(copy))
    np.testing.assert_array_equal(copy.fit(*iris).coefs_[0], est.coefs_[0])


@both
def test_fit_changes_no_parameter(Estimator, iris):
    est = quick(Estimator, optimizer=Adam(), learning_rate=ExponentialDecay())
    before = {key: repr(value) for key, value in est.get_params().items()}
    optimizer, schedule = dict(vars(est.optimizer)), dict(vars(est.learning_rate))
    est.fit(*iris)
    assert {key: repr(value) for key, value in est.get_params().items()} == before
    assert vars(est.optimizer) == optimizer
    assert vars(est.learning_rate) == schedule


def test_one_optimizer_instance_serves_two_estimators_without_crosstalk(iris):
    X, y = iris
    shared = Adam()
    quick(BPClassifier, optimizer=shared, random_state=1).fit(X, y)
    second = quick(BPClassifier, optimizer=shared).fit(X, y)
    alone = quick(BPClassifier, optimizer=Adam()).fit(X, y)
    np.testing.assert_array_equal(second.coefs_[0], alone.coefs_[0])


# ------------------------------------------------------------------ composition


def test_a_pipeline_scales_trains_and_scores(iris):
    X, y = iris
    pipe = make_pipeline(StandardScaler(), BPClassifier(tol=None, random_state=0)).fit(X, y)
    assert pipe.score(X, y) > 0.9


def test_a_pipeline_of_sparse_text_stays_sparse_and_learns():
    texts = ["red apple", "green apple", "fast car", "slow car"] * 5
    pipe = make_pipeline(TfidfVectorizer(), BPClassifier(10, tol=None, random_state=0))
    pipe.fit(texts, ["fruit", "fruit", "car", "car"] * 5)
    assert pipe.predict(["an apple", "my car"]).tolist() == ["fruit", "car"]


def test_grid_search_mixes_optimizers_rates_schedules_and_sizes_on_two_jobs(iris):
    X, y = iris
    pipe = Pipeline([("scale", StandardScaler()), ("bp", quick(BPClassifier))])
    grid = [
        {
            "bp__optimizer": ["sgd", Adam()],
            "bp__learning_rate": [None, 0.01, ExponentialDecay(0.01)],
            "bp__hidden_layer_sizes": [(), 5, (4, 3)],
        },
        {
            "bp__optimizer": [RMSProp()],
            "bp__optimizer__rho": [0.8, 0.95],
            "bp__learning_rate": [ExponentialDecay()],
            "bp__learning_rate__initial": [0.01, 0.02],
        },
    ]
    search = GridSearchCV(pipe, grid, cv=2, n_jobs=2, error_score="raise").fit(X, y)
    assert len(search.cv_results_["params"]) == 18 + 4
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert len(set(search.cv_results_["mean_test_score"][-4:])) > 1  # nested ones are really set
    assert search.best_estimator_.predict(X).shape == y.shape


def test_cross_val_score_gives_the_same_on_one_job_and_on_two(iris):
    X, y = iris
    est = quick(BPClassifier)
    one, two = (cross_val_score(est, X, y, cv=3, n_jobs=n_jobs) for n_jobs in (1, 2))
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("optimizer", ["sgd", "rmsprop"])
def test_meta_estimators_take_the_classifier(optimizer, iris):
    X, y = iris
    est = make_pipeline(
        StandardScaler(),
        BPClassifier(10, optimizer=optimizer, learning_rate=0.01, tol=None, random_state=0),
    )
    assert OneVsRestClassifier(est).fit(X, y).score(X, y) > 0.9
    assert CalibratedClassifierCV(est, cv=2).fit(X, y).score(X, y) > 0.9
    voting = VotingClassifier([("a", est), ("b", clone(est))], voting="soft").fit(X, y)
    assert voting.score(X, y) > 0.9
    Y = np.column_stack([y, y == 2])
    assert MultiOutputClassifier(est).fit(X, Y).score(X, Y) > 0.8


def test_multi_output_partial_fit_works_on_two_jobs():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20, 300))
    Y = np.column_stack([X[:, 0] > 0, X[:, 1] > 0]).astype(int)
    # More than a megabyte of weights, so that joblib hands them to its workers as a memory map.
    meta = MultiOutputClassifier(quick(BPClassifier, hidden_layer_sizes=1000), n_jobs=2)
    for _ in range(2):
        meta.partial_fit(X, Y, classes=[[0, 1], [0, 1]])
    assert [est.n_iter_ for est in meta.estimators_] == [2, 2]
    assert np.isfinite(meta.estimators_[0].coefs_[0]).all()


# ------------------------------------------------------------------ metadata routing


class Recorder(BPClassifier):
    """Remembers the weights that reach fit."""

    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        self.seen_weight_ = sample_weight
        return self


def test_sample_weight_is_routed_through_a_pipeline(iris):
    X, y = iris
    weight = np.random.default_rng(0).integers(0, 3, len(y)).astype(float)
    with config_context(enable_metadata_routing=True):
        est = quick(Recorder).set_fit_request(sample_weight=True)
        pipe = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), est)
        pipe.fit(X, y, sample_weight=weight)
    np.testing.assert_array_equal(pipe[-1].seen_weight_, weight)
    direct = quick(BPClassifier).fit(StandardScaler().fit_transform(X), y, weight)
    np.testing.assert_array_equal(pipe[-1].coefs_[0], direct.coefs_[0])


def test_sample_weight_is_routed_through_a_grid_search(iris):
    X, y = iris
    weight = np.arange(1.0, len(y) + 1)
    with config_context(enable_metadata_routing=True):
        est = quick(Recorder).set_fit_request(sample_weight=True)
        est.set_score_request(sample_weight=True)
        search = GridSearchCV(est, {"alpha": [0, 0.1]}, cv=2, error_score="raise")
        search.fit(X, y, sample_weight=weight)
    np.testing.assert_array_equal(search.best_estimator_.seen_weight_, weight)


@both
def test_weights_that_nobody_asked_for_are_refused_under_routing(Estimator, iris):
    X, y = iris
    with config_context(enable_metadata_routing=True):
        pipe = make_pipeline(StandardScaler(), quick(Estimator))
        with pytest.raises(ValueError, match="sample_weight"):
            pipe.fit(X, y, sample_weight=np.ones(len(y)))


@both
def test_validation_samples_pass_through_the_transformers_of_a_pipeline(Estimator, iris):
    X, y = iris
    X_val, y_val = X[::5] + 0.1, y[::5]
    weight_val = np.arange(1.0, len(y_val) + 1)
    with config_context(enable_metadata_routing=True):
        est = quick(Estimator).set_fit_request(X_val=True, y_val=True, sample_weight_val=True)
        pipe = Pipeline([("scale", StandardScaler()), ("bp", est)], transform_input=["X_val"])
        pipe.fit(X, y, X_val=X_val, y_val=y_val, sample_weight_val=weight_val)
    scaler = StandardScaler().fit(X)
    direct = quick(Estimator).fit(
        scaler.transform(X),
        y,
        X_val=scaler.transform(X_val),
        y_val=y_val,
        sample_weight_val=weight_val,
    )
    assert len(direct.validation_scores_) == 3
    assert pipe[-1].validation_scores_ == direct.validation_scores_


# ------------------------------------------------------------------ data frames, HTML


@both
def test_column_names_of_a_data_frame_are_kept_and_held_to(Estimator, iris):
    X, y = iris
    names = ["a", "b", "c", "d"]
    frame = pd.DataFrame(X, columns=names)
    est = quick(Estimator).fit(frame, y)
    assert est.feature_names_in_.tolist() == names
    assert est.n_features_in_ == 4
    np.testing.assert_array_equal(est.predict(frame), quick(Estimator).fit(X, y).predict(X))
    with pytest.raises(ValueError, match="feature names"):
        est.predict(frame[names[::-1]])
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        est.predict(X)


@pytest.mark.parametrize("scoring", ["loss", None, "r2_or_accuracy"])
@both
def test_data_frames_train_with_early_stopping_and_given_validation_data(Estimator, scoring, iris):
    X, y = iris
    if scoring == "r2_or_accuracy":
        scoring = "accuracy" if Estimator is BPClassifier else "r2"
    frame, target = pd.DataFrame(X, columns=list("abcd")), pd.Series(y)
    est = quick(Estimator, early_stopping=True, scoring=scoring)
    assert len(est.fit(frame, target).validation_scores_) == 3
    est.fit(frame, target, X_val=frame[::3], y_val=target[::3])
    assert len(est.validation_scores_) == 3
    assert est.feature_names_in_.tolist() == list("abcd")


def test_labels_of_a_data_frame_column_come_back_as_they_were(iris):
    X, y = iris
    names = pd.Series(np.array(["setosa", "versicolor", "virginica"])[y])
    for labels in (names, names.astype(object), names.astype("category")):
        est = quick(BPClassifier).fit(X, labels)
        assert list(est.classes_) == ["setosa", "versicolor", "virginica"]
        assert set(est.predict(X)) <= set(names)


@both
def test_html_and_text_show_the_parameters_before_and_after_the_fit(Estimator, iris):
    est = quick(Estimator, optimizer=RMSProp(rho=0.75))
    for _ in range(2):
        assert Estimator.__name__ in est._repr_html_()
        assert "rho=0.75" in repr(est)
        est.fit(*iris)


@both
def test_a_subclass_with_more_parameters_is_an_estimator_too(Estimator, iris):
    assert issubclass(Estimator, BaseEstimator)
    with pytest.warns(ConvergenceWarning, match="max_iter=2"):
        Estimator(max_iter=2).fit(*iris)
