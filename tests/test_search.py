"""Searches of scikit-learn over the parameters of an estimator and of the values that it holds."""

import io

import numpy as np
import pandas as pd
import pytest
from helpers import assert_same_bits, quick
from scipy import sparse
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from sk_bp import SGD, Adam, BPClassifier, BPRegressor, CosineDecay, ExponentialDecay, RMSProp
from sk_bp.activations import LeakyReLU
from sk_bp.losses import Huber

REGRESSION = {"loss": Huber(), "learning_rate": 0.01}
# What is searched: the parameters of the estimator given, and the values that are tried.
SPACES = {
    "rate": ({}, {"learning_rate": [0.0001, 0.03]}),
    "rate or schedule": ({}, {"learning_rate": [0.0001, CosineDecay(0.03)]}),
    "parameters of a schedule": (
        {"learning_rate": ExponentialDecay()},
        {"learning_rate__initial": [0.0001, 0.03], "learning_rate__factor": [0.5, 0.9]},
    ),
    "optimizer": ({"learning_rate": 0.01}, {"optimizer": ["sgd", "rmsprop", Adam(beta_1=0.8)]}),
    "parameter of an optimizer": ({"optimizer": RMSProp()}, {"optimizer__rho": [0.1, 0.99]}),
    "optimizer with its parameter": (
        {"learning_rate": 0.01},
        {"optimizer": [SGD()], "optimizer__momentum": [0.0, 0.9]},
    ),
    "activation": ({}, {"activation": ["tanh", LeakyReLU(0.2)]}),
    "parameter of an activation": ({"activation": LeakyReLU()}, {"activation__slope": [0.0, 0.5]}),
    "loss": (REGRESSION, {"loss": ["squared_error", Huber(0.1)]}),
    "parameter of a loss": (REGRESSION, {"loss__delta": [0.01, 1.0]}),
    "sizes as text": ({}, {"hidden_layer_sizes": ["1", "12", "6-4"]}),
    "sizes in every form": ({}, {"hidden_layer_sizes": [1, "8", (5,), (6, 4), "6-5"]}),
}
SEARCHES = {
    "grid": lambda model, space, **how: GridSearchCV(model, space, cv=3, **how),
    "random": lambda model, space, **how: RandomizedSearchCV(
        model, space, n_iter=2, cv=3, random_state=0, **how
    ),
    "halving": lambda model, space, **how: HalvingGridSearchCV(
        model,
        space,
        resource=next(name for name in model.get_params() if name.endswith("max_iter")),
        min_resources=2,
        max_resources=8,
        factor=2,
        cv=3,
        random_state=0,
        **how,
    ),
}
every_search = pytest.mark.parametrize("search", SEARCHES)


def classes(n=90):
    """Samples of which most entries are zero, in three classes."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 6)) * (rng.random((n, 6)) < 0.6)
    return X, np.digitize(X[:, 0] - X[:, 1], [-0.5, 0.5])


def problem(parameters):
    """An estimator with these parameters, and data that it serves."""
    X, labels = classes()
    if parameters is REGRESSION:
        return quick(BPRegressor, **parameters), X, X[:, 0] - X[:, 1]
    return quick(BPClassifier, batch_size=16, max_iter=8, **parameters), X, labels


def as_text(model):
    return {name: repr(value) for name, value in model.get_params().items()}


# ------------------------------------------------------------------ every search, every parameter


@pytest.mark.parametrize("space", SPACES)
@every_search
def test_the_best_parameters_are_those_of_a_fit_with_them_to_the_bit(search, space):
    parameters, values = SPACES[space]
    model, X, y = problem(parameters)
    before = as_text(model)
    found = SEARCHES[search](model, values).fit(X, y)
    assert found.best_params_.keys() >= values.keys()
    expected = clone(model).set_params(**found.best_params_)
    assert as_text(found.best_estimator_) == as_text(expected)
    assert_same_bits(found.best_estimator_, expected.fit(X, y))
    assert as_text(model) == before
    assert not any(name.endswith("_") for name in vars(model))


@pytest.mark.parametrize("space", SPACES)
def test_every_value_of_a_space_makes_another_network(space):
    parameters, values = SPACES[space]
    model, X, y = problem(parameters)
    search = GridSearchCV(model, values, cv=3, scoring=lambda fitted, X, y: -fitted.loss_)
    losses = search.fit(X, y).cv_results_["mean_test_score"]
    assert len(np.unique(losses)) == len(losses) > 1


@every_search
def test_two_jobs_find_what_one_finds(search):
    model, X, y = problem({"optimizer": RMSProp(), "learning_rate": ExponentialDecay(0.03)})
    space = {"optimizer__rho": [0.5, 0.99], "hidden_layer_sizes": ["8", "6-4"]}
    one, two = (SEARCHES[search](model, space, n_jobs=n_jobs).fit(X, y) for n_jobs in (1, 2))
    np.testing.assert_array_equal(
        one.cv_results_["mean_test_score"], two.cv_results_["mean_test_score"]
    )
    assert one.best_params_ == two.best_params_
    assert_same_bits(one.best_estimator_, two.best_estimator_)


@every_search
def test_a_pipeline_is_searched_down_to_the_parameter_of_its_optimizer(search):
    X, y = classes()
    network = quick(BPClassifier, optimizer=RMSProp(), batch_size=16)
    model = Pipeline([("scale", StandardScaler()), ("network", network)])
    space = {"network__optimizer__rho": [0.1, 0.99], "scale__with_mean": [True]}
    found = SEARCHES[search](model, space).fit(X, y)
    rho = found.best_params_["network__optimizer__rho"]
    assert found.best_estimator_["network"].optimizer.rho == rho
    expected = clone(model).set_params(**found.best_params_).fit(X, y)
    assert_same_bits(found.best_estimator_["network"], expected["network"])
    assert network.optimizer.rho == 0.9


@every_search
def test_a_search_on_sparse_samples_finds_what_it_finds_on_dense_ones(search):
    X, y = classes()
    model = quick(BPClassifier, optimizer=RMSProp(), batch_size=16, learning_rate=0.03)
    space = {"optimizer__rho": [0.1, 0.99], "hidden_layer_sizes": ["8", "6-4"]}
    losses = {"scoring": "neg_log_loss"}
    dense = SEARCHES[search](model, space, **losses).fit(X, y)
    found = SEARCHES[search](model, space, **losses).fit(sparse.csr_array(X), y)
    np.testing.assert_allclose(
        found.cv_results_["mean_test_score"], dense.cv_results_["mean_test_score"], rtol=1e-9
    )
    assert found.best_params_ == dense.best_params_


# ------------------------------------------------------------------ rates at random


@pytest.mark.parametrize("name", ["learning_rate", "learning_rate__initial"])
def test_rates_are_drawn_log_uniformly_and_those_too_small_lose(name):
    X, y = classes()
    model = quick(BPClassifier, learning_rate=CosineDecay() if "__" in name else None)
    space = {name: loguniform(1e-6, 1.0)}
    search = RandomizedSearchCV(model, space, n_iter=12, cv=3, random_state=0).fit(X, y)
    rates = np.array([params[name] for params in search.cv_results_["params"]])
    assert rates.min() < 1e-3 < 1e-1 < rates.max()
    assert search.best_params_[name] > 1e-3
    again = clone(search).fit(X, y)
    assert again.best_params_ == search.best_params_
    assert_same_bits(again.best_estimator_, search.best_estimator_)


# ------------------------------------------------------------------ epochs as the resource


def test_halving_gives_more_epochs_to_fewer_candidates():
    X, y = classes()
    space = {"learning_rate": [1e-6, 1e-5, 1e-4, 0.03]}
    search = SEARCHES["halving"](quick(BPClassifier, batch_size=16), space).fit(X, y)
    assert search.n_resources_ == [2, 4, 8]
    assert search.n_candidates_ == [4, 2, 1]
    assert search.best_params_ == {"learning_rate": 0.03, "max_iter": 8}
    assert search.best_estimator_.n_iter_ == 8


def test_a_schedule_of_the_whole_fit_ends_with_each_round_of_halving():
    X, y = classes()
    model = quick(BPClassifier, batch_size=30, learning_rate=CosineDecay())
    space = {"learning_rate__initial": [0.01, 0.03]}
    search = SEARCHES["halving"](model, space, scoring=last_rate).fit(X, y)
    for params, rate in zip(
        search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
    ):
        n_steps = 2 * params["max_iter"]  # of 60 samples
        schedule = CosineDecay(params["learning_rate__initial"], n_steps=n_steps)
        assert rate == pytest.approx(schedule(n_steps - 1), rel=1e-12)


def last_rate(fitted, X, y):
    return fitted.learning_rate_


# ------------------------------------------------------------------ results as a data frame


def test_a_data_frame_of_the_results_holds_the_sizes_as_text():
    model, X, y = problem({})
    sizes = ["8", "6-4", "6-4-2"]
    search = GridSearchCV(model, {"hidden_layer_sizes": sizes}, cv=3).fit(X, y)
    frame = pd.DataFrame(search.cv_results_)
    assert frame["param_hidden_layer_sizes"].tolist() == sizes
    assert frame.set_index("param_hidden_layer_sizes")["mean_test_score"].notna().all()


def test_a_row_of_the_results_read_back_from_a_file_makes_the_same_network():
    model, X, y = problem({"optimizer": RMSProp()})
    space = {"hidden_layer_sizes": ["6-4"], "optimizer__rho": [0.7], "learning_rate": [0.01]}
    search = GridSearchCV(model, space, cv=3).fit(X, y)
    written = pd.DataFrame(search.cv_results_).to_csv(index=False)
    row = pd.read_csv(io.StringIO(written)).iloc[0]
    params = {name: row[f"param_{name}"] for name in space}
    assert_same_bits(clone(model).set_params(**params).fit(X, y), search.best_estimator_)


def test_text_and_tuple_are_the_same_candidate():
    model, X, y = problem({})
    search = GridSearchCV(model, {"hidden_layer_sizes": ["6-4", (6, 4), [6, 4]]}, cv=3).fit(X, y)
    assert len(set(search.cv_results_["mean_test_score"])) == 1


# ------------------------------------------------------------------ candidates that are not valid

INVALID = {
    "learning_rate": ({}, -1.0, "'learning_rate' parameter"),
    "learning_rate__initial": ({"learning_rate": CosineDecay()}, -0.1, "'initial' parameter"),
    "optimizer": ({}, "adem", "'optimizer' parameter"),
    "optimizer__rho": ({"optimizer": RMSProp()}, 1.5, "'rho' parameter"),
    "activation__slope": ({"activation": LeakyReLU()}, 2.0, "'slope' parameter"),
    "loss__delta": (REGRESSION, -1.0, "'delta' parameter"),
    "hidden_layer_sizes": ({}, "6-x", "hidden_layer_sizes must be.*'6-x'"),
}


@pytest.mark.parametrize("name", INVALID)
@every_search
def test_an_invalid_candidate_is_an_error_that_names_the_parameter(search, name):
    parameters, value, message = INVALID[name]
    model, X, y = problem(parameters)
    space = {name: [model.get_params()[name], value]}
    with pytest.raises((ValueError, TypeError), match=message):
        SEARCHES[search](model, space, error_score="raise").fit(X, y)


def test_a_parameter_of_an_optimizer_that_is_a_name_says_to_pass_an_instance():
    model, X, y = problem({"optimizer": "rmsprop"})
    with pytest.raises(ValueError, match=r"optimizer__rho.*optimizer=RMSProp\(\)"):
        GridSearchCV(model, {"optimizer__rho": [0.5]}, error_score="raise").fit(X, y)


def test_without_error_score_raise_the_valid_candidates_are_searched_all_the_same():
    model, X, y = problem({"optimizer": RMSProp()})
    with (
        pytest.warns(FitFailedWarning, match="'rho' parameter"),
        pytest.warns(UserWarning, match="test scores are non-finite"),
    ):
        search = GridSearchCV(model, {"optimizer__rho": [1.5, 0.7]}, cv=3).fit(X, y)
    assert search.best_params_ == {"optimizer__rho": 0.7}
    assert np.isnan(search.cv_results_["mean_test_score"][0])
