"""Losses whose predictions are positive, in the estimator for tables."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_gamma_deviance, mean_poisson_deviance, mean_tweedie_deviance
from table_cases import quick

from sk_bp import BPRegressor, BPTabularRegressor
from sk_bp.losses import LOSSES, Poisson, Tweedie

POSITIVE = [
    name
    for name, loss in LOSSES.items()
    if "regression" in loss.tasks and loss().for_task("regression").positive_only
]
DEVIANCES = {
    "poisson": mean_poisson_deviance,
    "gamma": mean_gamma_deviance,
    "tweedie": lambda y, mu: mean_tweedie_deviance(y, mu, power=1.5),
}


def table_and_means(rng, n, level):
    table = pd.DataFrame(
        {"a": rng.normal(size=n), "b": rng.normal(size=n), "town": rng.choice(list("xyz"), n)}
    )
    effect = table["town"].map({"x": 0.0, "y": 0.5, "z": -0.5})
    return table, np.exp(0.5 * table["a"] + 0.5 * np.sin(2 * table["b"]) + effect + level)


def drawn_from(loss, means, rng):
    return rng.poisson(means).astype(float) if loss == "poisson" else rng.gamma(2, means / 2)


@pytest.mark.parametrize("level", [0, 6])
@pytest.mark.parametrize("loss", POSITIVE)
def test_the_deviance_of_later_samples_is_as_good_as_that_of_a_plain_network(loss, level, rng):
    table, means = table_and_means(rng, 2500, level)
    y = drawn_from(loss, means, rng)
    train, later = slice(0, 1500), slice(1500, None)
    model = BPTabularRegressor(loss=loss, random_state=0).fit(table[train], y[train])
    numbers = pd.get_dummies(table).astype(float)
    plain = BPRegressor(loss=loss, random_state=0).fit(numbers[train], y[train])
    found, expected = (
        DEVIANCES[loss](y[later], one.predict(data[later]))
        for one, data in ((model, table), (plain, numbers))
    )
    assert found < 1.05 * expected
    assert found < 0.9 * DEVIANCES[loss](y[later], np.full(1000, y[train].mean()))


@pytest.mark.parametrize("loss", [Poisson(), Tweedie(1.2), "poisson"])
def test_y_stays_as_it_is_and_predictions_are_positive(loss, rng):
    table, means = table_and_means(rng, 200, 3)
    y = np.c_[rng.poisson(means), rng.poisson(means)]
    y[:20] = 0
    model = quick(BPTabularRegressor, loss=loss).fit(table, y)
    encoded = model.encoder_.transform(table)
    np.testing.assert_array_equal(model.predict(table), model.network_.predict(encoded))
    assert (model.predict(table) > 0).all()


def test_negative_targets_are_named_as_they_were_given(rng):
    table, means = table_and_means(rng, 50, 0)
    y = rng.poisson(means)
    y[7] = -2
    with pytest.raises(ValueError, match=r"needs y >= 0, but y\[7\] is -2"):
        quick(BPTabularRegressor, loss="poisson").fit(table, y)


def test_the_tags_tell_that_targets_have_to_be_positive():
    assert BPTabularRegressor(loss="gamma").__sklearn_tags__().target_tags.positive_only
    assert not BPTabularRegressor().__sklearn_tags__().target_tags.positive_only
