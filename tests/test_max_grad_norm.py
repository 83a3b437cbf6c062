"""A gradient that is longer than max_grad_norm is scaled down to it, over all layers together."""

import numpy as np
import pytest
from cases import every_optimizer, layouts, precisions
from helpers import assert_same_bits, distance, quick, refused, weights
from optimizer_cases import RATE, SETTINGS, small_problem
from reference import start_from, trained_like
from sklearn.base import clone
from test_threads import classifier, fit_with, large_problem

from sk_bp import SGD, BPClassifier, BPRegressor


@layouts
@pytest.mark.parametrize("most", [0.02, 0.3, 100.0])
@every_optimizer
def test_steps_are_those_of_the_oracle(optimizer, most, layout):
    X, y = small_problem(np.float64, layout)
    estimator = BPClassifier(
        (6, 5),
        "tanh",
        optimizer=SETTINGS[optimizer][0],
        learning_rate=RATE[optimizer],
        batch_size=8,
        max_iter=3,
        max_grad_norm=most,
        alpha=1e-4,
        random_state=1,
    )
    model = start_from(estimator, X, y)
    coefs, intercepts, losses = trained_like(model, X, y)
    model.fit(X, y)
    assert distance(weights(model), coefs + intercepts) < 1e-10
    np.testing.assert_allclose(model.loss_curve_, losses, rtol=1e-10)


@layouts
@precisions
def test_a_limit_that_is_never_reached_changes_no_bit(dtype, layout):
    X, y = small_problem(dtype, layout)
    limited = quick(BPClassifier, max_grad_norm=1e6, batch_size=8).fit(X, y)
    assert_same_bits(limited, quick(BPClassifier, batch_size=8).fit(X, y))


@layouts
def test_a_plain_step_is_as_long_as_the_limit_says(layout):
    X, y = small_problem(np.float64, layout)
    model = quick(
        BPClassifier,
        optimizer=SGD(momentum=0),
        learning_rate=0.5,
        alpha=0,
        max_iter=1,
        max_grad_norm=0.01,
        warm_start=True,
    ).fit(X, y)
    before = [W.copy() for W in weights(model)]
    model.fit(X, y)
    squares = sum(((V - W) ** 2).sum() for V, W in zip(weights(model), before, strict=True))
    np.testing.assert_allclose(np.sqrt(squares), 0.5 * 0.01, rtol=1e-12)


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
def test_one_and_two_threads_give_the_same_bits(sparse):
    X, y = large_problem(sparse)
    model = classifier(max_grad_norm=0.05)
    assert fit_with(1, model, X, y) == fit_with(2, model, X, y)


@layouts
def test_the_history_holds_the_norms_before_they_were_limited(layout):
    X, y = small_problem(np.float64, layout)
    plain = quick(BPClassifier, record_gradient_norms=True, max_iter=1).fit(X, y)
    limited = clone(plain).set_params(max_grad_norm=1e-3).fit(X, y)
    for name in ("gradient_norm_0", "gradient_norm_1"):
        assert limited.history_[name] == plain.history_[name]


def test_it_tames_an_outlier_that_plain_descent_does_not_survive():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 3))
    y = X @ [1.0, -2.0, 0.5]
    y[17] = 1e5
    estimator = quick(BPRegressor, optimizer="sgd", learning_rate=0.01, batch_size=10, max_iter=50)
    tamed = clone(estimator).set_params(max_grad_norm=1.0).fit(X, y)
    rest = np.arange(200) != 17
    assert tamed.score(X[rest], y[rest]) > 0.9


@pytest.mark.parametrize("optimizer", ["lbfgs", "conjugate_gradient", "rprop"])
def test_optimizers_that_take_all_samples_refuse_it(optimizer):
    message = "max_grad_norm=1 needs an optimizer that makes a step for each batch"
    refused(BPClassifier, message, params={"optimizer": optimizer, "max_grad_norm": 1})
