"""Parameters and hyperparameters that cannot be are named with their values."""

import numpy as np
import pytest
from cases import both
from helpers import assert_same_state, quick, refused, refused_by_partial_fit, state, two_classes

from sk_bp import SGD, Adagrad, Adam, AdamW, ExponentialDecay, RMSProp

X, y = two_classes(12, 4)


BAD_PARAMETERS = [
    ({"hidden_layer_sizes": 0}, r"hidden_layer_sizes.*0"),
    ({"hidden_layer_sizes": -3}, r"hidden_layer_sizes.*-3"),
    ({"hidden_layer_sizes": (5, 0)}, r"hidden_layer_sizes.*\(5, 0\)"),
    ({"hidden_layer_sizes": (5, -1)}, r"hidden_layer_sizes.*\(5, -1\)"),
    ({"hidden_layer_sizes": (5.5,)}, r"hidden_layer_sizes.*5\.5"),
    ({"hidden_layer_sizes": 2.5}, r"hidden_layer_sizes.*2\.5"),
    ({"hidden_layer_sizes": "many"}, "hidden_layer_sizes.*many"),
    ({"hidden_layer_sizes": ["3"]}, r"hidden_layer_sizes.*\['3'\]"),
    ({"hidden_layer_sizes": [[3, 4]]}, r"hidden_layer_sizes.*\[\[3, 4\]\]"),
    ({"hidden_layer_sizes": [[3], [4, 5]]}, r"hidden_layer_sizes.*\[\[3\], \[4, 5\]\]"),
    ({"hidden_layer_sizes": [True]}, "hidden_layer_sizes.*True"),
    ({"hidden_layer_sizes": (np.nan,)}, "hidden_layer_sizes.*nan"),
    ({"hidden_layer_sizes": None}, "hidden_layer_sizes.*None"),
    ({"activation": "swoosh"}, "activation.*swoosh"),
    ({"activation": ["relu", "tanh"]}, r"activation=\['relu', 'tanh'\].*2 elements.*1 hidden"),
    ({"activation": []}, r"activation=\[\].*0 elements"),
    ({"activation": ["swoosh"]}, "activation=.*swoosh"),
    ({"activation": [None]}, "activation=.*None"),
    ({"activation": 3}, "activation.*3"),
    ({"loss": "swoosh"}, "loss.*swoosh"),
    ({"optimizer": "swoosh"}, "optimizer.*swoosh"),
    ({"optimizer": None}, "optimizer.*None"),
    ({"optimizer": RMSProp}, "optimizer.*RMSProp"),
    ({"learning_rate": 0}, "learning_rate.*0"),
    ({"learning_rate": -0.1}, r"learning_rate.*-0\.1"),
    ({"learning_rate": np.nan}, "learning_rate.*nan"),
    ({"learning_rate": np.inf}, "learning_rate.*inf"),
    ({"learning_rate": "constant"}, "learning_rate.*constant"),
    ({"learning_rate": ExponentialDecay}, "learning_rate.*ExponentialDecay"),
    ({"batch_size": 0}, "batch_size.*0"),
    ({"batch_size": 2.0}, r"batch_size.*2\.0"),
    ({"batch_size": "all"}, "batch_size.*all"),
    ({"max_iter": 0}, "max_iter.*0"),
    ({"max_iter": 1.5}, r"max_iter.*1\.5"),
    ({"alpha": -1}, "alpha.*-1"),
    ({"alpha": np.nan}, "alpha.*nan"),
    ({"alpha": np.inf}, "alpha.*inf"),
    ({"weight_decay": -1}, "'weight_decay' parameter .* -1"),
    ({"weight_decay": np.nan}, "weight_decay.*nan"),
    ({"weight_decay": np.inf}, "weight_decay.*inf"),
    ({"weight_decay": "none"}, "weight_decay.*'none'"),
    ({"l1": -1}, "l1.*-1"),
    ({"l1": np.nan}, "l1.*nan"),
    ({"dropout": 1.0}, "'dropout' parameter .* 1.0"),
    ({"dropout": -0.1}, "'dropout' parameter .* -0.1"),
    ({"dropout": np.nan}, "'dropout' parameter .* nan"),
    ({"dropout": "0.5"}, "'dropout' parameter .* '0.5'"),
    ({"dropout": None}, "'dropout' parameter .* None"),
    ({"dropout": [1.5]}, r"dropout must be .* \[1.5\]"),
    ({"dropout": ["a"]}, r"dropout must be .* \['a'\]"),
    ({"dropout": [[0.1]]}, r"dropout must be .* \[\[0.1\]\]"),
    ({"dropout": [0.1, 0.2]}, "dropout=.* has 2 elements, but the network has 1 hidden layer$"),
    ({"dropout": []}, r"dropout=\[\] has 0 elements"),
    ({"input_dropout": 1}, "'input_dropout' parameter .* 1"),
    ({"input_dropout": [0.1]}, r"'input_dropout' parameter .* \[0.1\]"),
    ({"max_grad_norm": 0}, "'max_grad_norm' parameter .* 0"),
    ({"max_grad_norm": np.nan}, "'max_grad_norm' parameter .* nan"),
    ({"max_grad_norm": np.inf}, "'max_grad_norm' parameter .* inf"),
    ({"init": "zeros"}, "init.*zeros"),
    ({"shuffle": "yes"}, "shuffle.*yes"),
    ({"tol": -1e-4}, "tol.*-0.0001"),
    ({"tol": "auto"}, "tol.*auto"),
    ({"n_iter_no_change": 0}, "n_iter_no_change.*0"),
    ({"early_stopping": "yes"}, "early_stopping.*yes"),
    ({"validation_fraction": 1.0}, r"validation_fraction.*1\.0"),
    ({"validation_fraction": 0}, "validation_fraction.*0"),
    ({"scoring": "swoosh"}, "scoring.*swoosh"),
    ({"scoring": 3}, "scoring.*3"),
    ({"warm_start": "yes"}, "warm_start.*yes"),
    ({"random_state": "zero"}, "random_state.*zero"),
    ({"random_state": -1.5}, r"random_state.*-1\.5"),
    ({"verbose": -1}, "verbose.*-1"),
]


@pytest.mark.parametrize(("params", "message"), BAD_PARAMETERS, ids=lambda value: str(value)[:60])
@both
def test_a_bad_parameter_is_named_with_its_value(Estimator, params, message):
    fresh = quick(Estimator, **params)
    with pytest.raises((ValueError, TypeError), match=message):
        fresh.fit(X, y)
    assert not hasattr(fresh, "n_features_in_")
    fitted = quick(Estimator).fit(X, y)
    before = state(fitted)
    good = {name: getattr(fitted, name) for name in params}
    with pytest.raises((ValueError, TypeError), match=message):
        fitted.set_params(**params).fit(X, y)
    assert_same_state(fitted.set_params(**good), before)
    if "early_stopping" not in params:  # there, the text counts as true: no partial_fit
        with pytest.raises((ValueError, TypeError), match=message):
            fitted.set_params(**params).partial_fit(X, y)
        assert_same_state(fitted.set_params(**good), before)


BAD_NESTED = [
    (SGD(momentum=1.0), r"'momentum'.*1\.0"),
    (SGD(momentum=-0.1), r"'momentum'.*-0\.1"),
    (SGD(momentum=np.nan), "'momentum'.*nan"),
    (SGD(momentum="0.9"), "'momentum'.*'0.9'"),
    (SGD(dampening=1, nesterov=False), "'dampening'.*1"),
    (SGD(dampening=0.5), r"nesterov=True.*dampening=0\.5"),
    (SGD(nesterov="yes"), "'nesterov'.*yes"),
    (RMSProp(rho=1), "'rho'.*1"),
    (RMSProp(rho=-0.5), r"'rho'.*-0\.5"),
    (RMSProp(epsilon=0), "'epsilon'.*0"),
    (RMSProp(epsilon=np.inf), "'epsilon'.*inf"),
    (RMSProp(momentum=1.5), r"'momentum'.*1\.5"),
    (RMSProp(centered=2), "'centered'.*2"),
    (Adagrad(epsilon=-1e-10), "'epsilon'.*-1e-10"),
    (Adam(beta_1=1.0), r"'beta_1'.*1\.0"),
    (Adam(beta_2=1.0), r"'beta_2'.*1\.0"),
    (Adam(beta_2=0), "'beta_2'.*0"),
    (Adam(epsilon=None), "'epsilon'.*None"),
    (Adam(beta_1=0.9, beta_2=0.81), r"beta_1=0\.9.*beta_2=0\.81"),
    (AdamW(weight_decay=-1), "'weight_decay'.*-1"),
    (AdamW(beta_1=0.99, beta_2=0.9), r"beta_1=0\.99.*beta_2=0\.9"),
]


@pytest.mark.parametrize(("optimizer", "message"), BAD_NESTED, ids=repr)
@both
def test_a_bad_hyperparameter_is_named_with_its_value(Estimator, optimizer, message):
    refused(Estimator, message, params={"optimizer": optimizer})
    refused_by_partial_fit(Estimator, message, params={"optimizer": optimizer})


@both
def test_minimizers_refuse_a_weight_decay_and_name_the_penalty(Estimator):
    model = Estimator(3, optimizer="lbfgs", weight_decay=0.1)
    with pytest.raises(ValueError, match=r"weight_decay=0\.1 .*optimizer='lbfgs'.*set alpha"):
        model.fit(X, y)
    assert model.set_params(weight_decay=0, max_iter=1, tol=None).fit(X, y).alpha_ == 0


@both
def test_a_decay_that_would_turn_signs_names_both_parameters(Estimator):
    for optimizer in ("adam", "sgd"):
        params = {"optimizer": optimizer, "learning_rate": 0.5, "weight_decay": 1000.0}
        params |= {"alpha": 0}
        message = "learning_rate=0.5 and weight_decay=1000"
        refused(Estimator, message, params=params)
        refused_by_partial_fit(Estimator, message, params=params)
