"""What the regressor does with targets."""

import numpy as np
import pytest
from cases import every_optimizer
from helpers import assert_same_bits, learner, quick, two_classes
from sklearn.datasets import load_diabetes
from sklearn.exceptions import DataConversionWarning
from sklearn.preprocessing import StandardScaler

from sk_bp import BPRegressor, ExponentialDecay

X, y = two_classes(40, 5)


@every_optimizer
def test_a_line_is_found(optimizer):
    x = np.linspace(-1, 1, 60)[:, None]
    est = BPRegressor(
        (), optimizer=optimizer, learning_rate=0.1, batch_size=20, max_iter=300, alpha=0, tol=None
    )
    rate = 20 if optimizer == "adadelta" else 0.2  # its steps have units of their own
    est.set_params(learning_rate=ExponentialDecay(rate, factor=0.5, n_steps=100), random_state=0)
    est.fit(x, 2 * x[:, 0] - 1)
    np.testing.assert_allclose(est.coefs_[0], [[2]], atol=0.02)
    np.testing.assert_allclose(est.intercepts_[0], [-1], atol=0.02)


def test_real_regression_data_is_learned():
    data, target = load_diabetes(return_X_y=True)
    data, target = StandardScaler().fit_transform(data), (target - 152) / 77
    assert (
        learner(BPRegressor, hidden_layer_sizes=20, max_iter=200)
        .fit(data, target)
        .score(data, target)
        > 0.6
    )


def test_many_outputs_are_learned_together():
    Y = np.column_stack([X[:, 0], X[:, 1] - X[:, 2], np.ones(40)])
    est = learner(BPRegressor, hidden_layer_sizes=20).fit(X, Y)
    assert est.predict(X).shape == (40, 3)
    assert est.score(X, Y) > 0.9 or ((est.predict(X) - Y) ** 2).mean() < 0.05
    assert (est.n_outputs_, est.out_activation_) == (3, "identity")


def test_the_loss_of_many_outputs_is_the_sum_over_outputs_of_half_squares(rng):
    Y = rng.normal(size=(40, 3))
    est = quick(BPRegressor, max_iter=1)
    est.fit(X, Y)
    start = quick(BPRegressor, max_iter=1, learning_rate=1e-300).fit(X, Y)
    loss = 0.5 * ((start.predict(X) - Y) ** 2).sum() / 40
    assert est.loss_ == pytest.approx(loss, rel=1e-12)


def test_a_column_of_targets_is_raveled_with_a_warning():
    target = X[:, 0]
    with pytest.warns(DataConversionWarning, match="column-vector y"):
        column = quick(BPRegressor).fit(X, target[:, None])
    assert column.predict(X).shape == (40,)
    assert_same_bits(column, quick(BPRegressor).fit(X, target))
