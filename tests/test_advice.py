"""Errors that name what was probably meant."""

import numpy as np
import pytest
from cases import both
from helpers import quick, two_classes
from sklearn.model_selection import GridSearchCV

from sk_bp import LBFGS, SGD, Adam, BPClassifier, BPRegressor, ExponentialDecay, RMSProp
from sk_bp.activations import ReLU
from sk_bp.averages import EMA
from sk_bp.losses import LogLoss
from sk_bp.optimizers import OPTIMIZERS

X, y = two_classes(40, 4)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("lerning_rate", "learning_rate"),
        ("hidden_layers_sizes", "hidden_layer_sizes"),
        ("solver", "optimizer"),
        ("learning_rate_init", "learning_rate"),
        ("epochs", "max_iter"),
        ("patience", "n_iter_no_change"),
    ],
)
@both
def test_a_misspelt_parameter_is_answered_with_the_right_one(Estimator, given, meant):
    with pytest.raises(ValueError, match=f"Invalid parameter '{given}' .*Did you mean '{meant}'"):
        Estimator().set_params(**{given: 1})


@both
def test_a_parameter_of_other_libraries_is_answered_with_where_it_is(Estimator):
    with pytest.raises(ValueError, match=r"'momentum' .*Use optimizer=SGD\(momentum=\.\.\.\)"):
        Estimator().set_params(momentum=0.9)


@pytest.mark.parametrize(
    ("params", "meant"),
    [
        ({"optimizer": "adm"}, "adam"),
        ({"optimizer": "Adam"}, "adam"),
        ({"optimizer": "rms_prop"}, "rmsprop"),
        ({"activation": "rellu"}, "relu"),
        ({"activation": ["thanh"]}, "tanh"),
        ({"init": "he_unifrom"}, "he_uniform"),
        ({"scoring": "neg_los_loss"}, "neg_log_loss"),
        ({"average": "emma"}, "ema"),
    ],
)
@both
def test_a_misspelt_name_is_answered_with_the_right_one(Estimator, params, meant):
    with pytest.raises(ValueError, match=f"Did you mean '{meant}'"):
        quick(Estimator, **params).fit(X, y)


def test_a_name_unlike_all_others_gets_no_suggestion():
    with pytest.raises(ValueError, match="swoosh") as caught:
        quick(BPClassifier, optimizer="swoosh").fit(X, y)
    assert "Did you mean" not in str(caught.value)


@pytest.mark.parametrize(
    "params",
    [
        {"optimizer": Adam},
        {"learning_rate": ExponentialDecay},
        {"activation": ReLU},
        {"activation": [ReLU]},
        {"loss": LogLoss},
        {"average": EMA},
    ],
    ids=str,
)
def test_a_class_is_answered_with_an_instance_of_it(params):
    ((name, value),) = params.items()
    cls = value[0] if isinstance(value, list) else value
    message = rf"{name}.* is the class {cls.__name__}.*pass an instance, {cls.__name__}\(\)"
    with pytest.raises(TypeError, match=message):
        quick(BPClassifier, **params).fit(X, y)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_parameter_that_the_optimizer_lacks_is_answered_with_those_that_have_it(name):
    optimizer = OPTIMIZERS[name]()
    others = {key for cls in OPTIMIZERS.values() for key in cls._get_param_names()}
    for key in sorted(others - set(optimizer.get_params())):
        with pytest.raises(ValueError, match=f"optimizer__{key}") as caught:
            BPRegressor(optimizer=optimizer).set_params(**{f"optimizer__{key}": 0.5})
        owners = [cls.__name__ for cls in OPTIMIZERS.values() if key in cls._get_param_names()]
        assert all(owner in str(caught.value) for owner in owners)
        assert "list of grids" in str(caught.value)


def test_a_schedule_and_a_name_are_answered_with_what_has_the_parameter():
    with pytest.raises(ValueError, match=r"'power' is a parameter of .*InverseScaling"):
        BPClassifier(learning_rate=ExponentialDecay()).set_params(learning_rate__power=3)
    with pytest.raises(ValueError, match=r"optimizer__momentum.*such as optimizer=RMSProp\(\)"):
        BPClassifier().set_params(optimizer__momentum=0.5)
    with pytest.raises(ValueError, match=r"optimizer__beta_1.*such as optimizer=Adam\(\)"):
        BPClassifier().set_params(optimizer__beta_1=0.5)


def test_one_grid_over_optimizers_of_different_kinds_says_to_pass_a_list_of_grids():
    grid = {"optimizer": [SGD(), Adam()], "optimizer__momentum": [0.0, 0.9]}
    with pytest.raises(ValueError, match="list of grids"):
        GridSearchCV(quick(BPClassifier), grid, cv=2, error_score="raise").fit(X, y)


def test_a_list_of_grids_fits_optimizers_of_different_kinds():
    grids = [
        {"optimizer": [SGD()], "optimizer__momentum": [0.0, 0.9], "learning_rate": [0.1]},
        {"optimizer": [Adam()], "optimizer__beta_1": [0.8, 0.9], "learning_rate": [0.01]},
        {"optimizer": [RMSProp()], "optimizer__rho": [0.9]},
        {"optimizer": [LBFGS()], "learning_rate": [None], "batch_size": ["auto"]},
    ]
    search = GridSearchCV(quick(BPClassifier, batch_size="auto"), grids, cv=2).fit(X, y)
    assert len(search.cv_results_["params"]) == 6
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@pytest.mark.parametrize("name", ["eval_set", "validation_data"])
@both
def test_the_validation_samples_of_other_libraries_are_answered_with_ours(Estimator, name):
    with pytest.raises(TypeError, match=rf"fit\(\) got .*'{name}'\. Use X_val and y_val"):
        Estimator().fit(X, y, **{name: [(X, y)]})
    with pytest.raises(TypeError, match=r"'sample_weights'\. Did you mean 'sample_weight'"):
        Estimator().fit(X, y, sample_weights=y)
