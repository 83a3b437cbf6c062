"""Each registered optimizer against its textbook oracle."""

import numpy as np
import pytest
from cases import every_activation, every_loss, layouts
from helpers import distance, estimator_class, targets_for, weights
from optimizer_cases import RATE, SETTINGS, WarmUp, large_decay, registered, small_problem
from reference import ORACLES, start_from, trained_like

from sk_bp import (
    SGD,
    Adam,
    BPClassifier,
    ConstantRate,
    ExponentialDecay,
    RMSProp,
)
from sk_bp.optimizers import BY_BATCH


def schedules(rate):
    return {
        "constant": ConstantRate(rate),
        "decay": ExponentialDecay(2 * rate, factor=0.5, n_steps=4),
        "warm_up": WarmUp(rate, n_steps=6),
    }


def test_every_optimizer_has_an_oracle_and_settings():
    assert set(ORACLES) - {"rprop"} == set(BY_BATCH) == set(SETTINGS)


@pytest.mark.parametrize("name", sorted(BY_BATCH))
def test_settings_of_an_optimizer_are_of_its_class(name):
    assert all(type(optimizer) is BY_BATCH[name] for optimizer in SETTINGS[name])


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-11), (np.float32, 1e-4)])
@layouts
@pytest.mark.parametrize("decays", [False, True], ids=["no_decay", "decay"])
@pytest.mark.parametrize("schedule", sorted(schedules(1)))
@pytest.mark.parametrize(("name", "optimizer"), registered())
def test_fit_makes_the_steps_of_the_oracle(
    name, optimizer, schedule, decays, layout, dtype, tolerance
):
    X, y = small_problem(dtype, layout)
    estimator = BPClassifier(
        (6,),
        "tanh",
        optimizer=optimizer,
        learning_rate=schedules(RATE[name])[schedule],
        batch_size=8,
        max_iter=3,
        **(large_decay(optimizer, len(y)) if decays else {"alpha": 0}),
        random_state=1,
    )
    model = start_from(estimator, X, y)
    coefs, intercepts, losses = trained_like(model, X, y)
    model.fit(X, y)
    assert model.coefs_[0].dtype == dtype
    assert distance(weights(model), coefs + intercepts) < tolerance
    np.testing.assert_allclose(model.loss_curve_, losses, rtol=tolerance)


def one_network(Estimator, activation="tanh", **params):
    """An estimator of three epochs of four steps."""
    defaults = {"learning_rate": 0.01, "batch_size": 8, "max_iter": 3, "random_state": 1}
    params = {**defaults, "alpha": 1e-4, **params}
    return Estimator((6, 5), activation, **params)


@layouts
@every_loss
def test_fit_makes_the_steps_of_the_oracle_for_every_loss(loss, task, layout):
    X, _ = small_problem(np.float64, layout)
    y = targets_for(task, X.shape[0], np.random.default_rng(1))
    model = start_from(one_network(estimator_class(task), loss=loss, optimizer=Adam()), X, y)
    coefs, intercepts, losses = trained_like(model, X, y)
    assert distance(weights(model.fit(X, y)), coefs + intercepts) < 1e-11
    np.testing.assert_allclose(model.loss_curve_, losses, rtol=1e-11)


@layouts
@every_activation
def test_fit_makes_the_steps_of_the_oracle_for_every_activation(activation, layout):
    X, y = small_problem(np.float64, layout)
    model = start_from(one_network(BPClassifier, activation, optimizer=Adam()), X, y)
    coefs, intercepts, losses = trained_like(model, X, y)
    assert distance(weights(model.fit(X, y)), coefs + intercepts) < 1e-11
    np.testing.assert_allclose(model.loss_curve_, losses, rtol=1e-11)


@layouts
@pytest.mark.parametrize("name", sorted(BY_BATCH))
def test_weighted_fit_makes_the_steps_of_the_oracle(name, layout):
    X, y = small_problem(np.float64, layout)
    weight = np.random.default_rng(2).uniform(0.1, 5, size=len(y))
    estimator = BPClassifier(
        (6,), "tanh", optimizer=BY_BATCH[name](), learning_rate=0.01, batch_size=8, max_iter=3
    ).set_params(alpha=0.5, weight_decay=0.25, random_state=1)
    model = start_from(estimator, X, y)
    coefs, intercepts, losses = trained_like(model, X, y, sample_weight=weight)
    model.fit(X, y, sample_weight=weight)
    assert distance(weights(model), coefs + intercepts) < 1e-11
    np.testing.assert_allclose(model.loss_curve_, losses, rtol=1e-11)


@layouts
@pytest.mark.parametrize("optimizer", [SGD(1 - 1e-12), RMSProp(momentum=1 - 1e-12)], ids=repr)
def test_a_momentum_just_below_one_trains_as_the_oracle_does(optimizer, layout):
    X, y = small_problem(np.float64, layout)
    estimator = BPClassifier((), optimizer=optimizer, learning_rate=1e-3, alpha=0)
    estimator.set_params(batch_size=8, max_iter=2, random_state=0)
    model = start_from(estimator, X, y)
    coefs, intercepts, _ = trained_like(model, X, y)
    assert distance(weights(model.fit(X, y)), coefs + intercepts) < 1e-9
