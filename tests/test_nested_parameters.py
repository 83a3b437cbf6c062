"""Optimizers and schedules as parameters: get_params, set_params, clone."""

import numpy as np
import pytest
from cases import SERVED, both
from helpers import assert_same_bits, quick
from sklearn.base import clone

from sk_bp import SGD, Adam, BPClassifier, ConstantRate, ExponentialDecay, RMSProp
from sk_bp.optimizers import OPTIMIZERS
from sk_bp.schedules import SCHEDULES


@pytest.mark.parametrize(("Estimator", "name"), SERVED)
def test_an_optimizer_instance_does_what_its_name_does(Estimator, name, iris):
    X, y = iris
    by_name = quick(Estimator, optimizer=name).fit(X, y)
    by_instance = quick(Estimator, optimizer=OPTIMIZERS[name]()).fit(X, y)
    np.testing.assert_array_equal(by_name.predict(X), by_instance.predict(X))
    assert_same_bits(by_name, by_instance)


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
