"""What minimizers refuse."""

import numpy as np
import pytest
from internals import leave_memory
from minimizer_cases import GENERAL, MINIMIZERS, every_minimizer, general, regression
from sklearn.datasets import load_iris

from sk_bp import BPClassifier, BPRegressor, ConstantRate, LevenbergMarquardt


@every_minimizer
@pytest.mark.parametrize(
    "params", [{"learning_rate": 0.1}, {"learning_rate": ConstantRate(0.1)}, {"batch_size": 20}]
)
def test_parameters_without_use_are_refused_by_name_and_value(name, params):
    ((parameter, value),) = params.items()
    with pytest.raises(ValueError, match=f"leave {parameter}=") as caught:
        BPRegressor(optimizer=name, **params).fit(*regression())
    assert repr(value) in str(caught.value)
    assert name in str(caught.value)


@pytest.mark.parametrize("name", [name for name in MINIMIZERS if name not in GENERAL])
@pytest.mark.parametrize("by_name", [True, False])
def test_the_classifier_refuses_what_serves_squared_errors_only(name, by_name):
    optimizer = name if by_name else MINIMIZERS[name]()
    with pytest.raises(ValueError, match=r"squared error of BPRegressor only.*log_loss") as caught:
        BPClassifier(optimizer=optimizer).fit(*load_iris(return_X_y=True))
    assert repr(optimizer) in str(caught.value)


@pytest.mark.parametrize("name", [name for name in MINIMIZERS if name not in GENERAL])
def test_too_large_a_network_is_refused_with_its_size_and_the_memory(name):
    model = BPRegressor(1000, optimizer=name)
    with pytest.raises(ValueError, match=r"7,001 weights.*1\.2 GB.*5,000.*lbfgs"):
        model.fit(*regression())
    assert not hasattr(model, "coefs_")


@general
def test_too_little_memory_is_an_error_before_training(name, monkeypatch):
    leave_memory(500.0, monkeypatch)
    model = BPRegressor(4, optimizer=name)
    with pytest.raises(MemoryError, match=r"29 weights.*GB are free.*rmsprop"):
        model.fit(*regression())
    assert not hasattr(model, "coefs_")


def test_a_warm_started_model_is_unchanged_by_an_error():
    X, y = regression()
    model = BPRegressor(4, "tanh", optimizer="levenberg_marquardt", max_iter=4, tol=None)
    model.set_params(warm_start=True, random_state=0).fit(X, y)
    before, curve = model.coefs_[0].copy(), list(model.loss_curve_)
    with pytest.raises(ValueError, match="batch_size"):
        model.set_params(batch_size=3).fit(X, y)
    np.testing.assert_array_equal(model.coefs_[0], before)
    assert model.loss_curve_ == curve


INVALID = {
    "history_size": (0, -1, 1.5, "10", None),
    "gtol": (-1e-5, np.nan, np.inf, "0", None),
    "max_fun": (0, -1, 1.5, "1", None),
    "mu": (0, -1, np.nan, np.inf, "1", None),
    "increase": (1, 0.5, np.nan, np.inf, "10", None),
    "decrease": (0, 1, -1, np.nan, "0.1", None),
    "mu_max": (0, -1, np.nan, "1", None),
    "min_grad": (-1, np.nan, np.inf, "0", None),
}


@pytest.mark.parametrize(
    ("name", "parameter"), [(n, p) for n in MINIMIZERS for p in MINIMIZERS[n]().get_params()]
)
def test_invalid_hyperparameters_are_refused_by_name_and_value(name, parameter):
    for value in INVALID[parameter]:
        model = BPRegressor(optimizer=MINIMIZERS[name](**{parameter: value}))
        with pytest.raises((ValueError, TypeError)) as caught:
            model.fit([[0.0], [1.0]], [0.0, 1.0])
        assert parameter in str(caught.value)
        assert repr(value) in str(caught.value)


def test_a_first_damping_beyond_the_largest_is_refused():
    with pytest.raises(ValueError, match=r"mu=10 must not exceed mu_max=1"):
        BPRegressor(optimizer=LevenbergMarquardt(mu=10, mu_max=1)).fit([[0.0], [1.0]], [0.0, 1.0])
