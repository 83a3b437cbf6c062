"""The L1 penalty: a soft threshold after each step, on idle rows all of them in one."""

import copy

import numpy as np
import pytest
import scipy.sparse as sp
from cases import layouts, precisions
from helpers import assert_same_up_to_rounding, distance, quick, refused, weights
from optimizer_cases import RATE, SETTINGS, WarmUp, large_decay, small_problem
from reference import start_from, trained_like
from sklearn import __version__ as sklearn_version
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import Lasso, LogisticRegression
from sklearn.preprocessing import scale
from sklearn.utils.fixes import parse_version
from sparse_cases import TOLERANCE
from test_idle_rows import rarely_touched_columns

from sk_bp import SGD, Adam, BPClassifier, BPRegressor, ExponentialDecay, PolynomialDecay

EVERY_SETTING = [optimizer for settings in SETTINGS.values() for optimizer in settings]
AT_REST = [optimizer for optimizer in EVERY_SETTING if not optimizer.drifts()]
DRIFTING = [optimizer for optimizer in EVERY_SETTING if optimizer.drifts()]
at_rest = pytest.mark.parametrize("optimizer", AT_REST, ids=repr)


def rate_of(optimizer):
    return next(
        RATE[name] for name, settings in SETTINGS.items() if type(optimizer) is type(settings[0])
    )


def strength(optimizer, n, rate, threshold):
    """The penalty that shrinks the weights by this much at each step of n samples."""
    return threshold / rate * (n if optimizer.follows_objective else 1)


def test_the_rules_that_rest_are_those_that_the_message_names():
    names = {name for name, settings in SETTINGS.items() if set(settings) & set(AT_REST)}
    assert {"sgd", "rmsprop", "adagrad", "adadelta"} <= names
    assert all(optimizer in AT_REST for optimizer in SETTINGS["adagrad"] + SETTINGS["adadelta"])


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-11), (np.float32, 1e-4)])
@layouts
@pytest.mark.parametrize("decays", [False, True], ids=["no_decay", "decay"])
@at_rest
def test_steps_are_those_of_the_oracle(optimizer, decays, layout, dtype, tolerance):
    X, y = small_problem(dtype, layout)
    rate = rate_of(optimizer)
    estimator = BPClassifier(
        (6,),
        "tanh",
        optimizer=optimizer,
        learning_rate=WarmUp(rate, n_steps=6),
        batch_size=8,
        max_iter=4,
        **(large_decay(optimizer, len(y)) if decays else {"alpha": 0}),
        l1=strength(optimizer, len(y), rate, 0.004),
        random_state=1,
    )
    model = start_from(estimator, X, y, scale=0.05)
    coefs, intercepts, losses = trained_like(model, X, y)
    model.fit(X, y)
    assert distance(weights(model), coefs + intercepts, smallest=1e-2) < tolerance
    np.testing.assert_allclose(model.loss_curve_, losses, rtol=tolerance)
    for W, V in zip(model.coefs_, coefs, strict=True):
        assert ((W == 0) == (V == 0)).mean() > 0.99
    assert (model.coefs_[0] == 0).mean() > 0.02


@pytest.mark.parametrize("decays", [False, True], ids=["no_decay", "decay"])
@at_rest
def test_rows_that_were_idle_for_long_are_where_the_oracle_has_them(optimizer, decays):
    X, y = rarely_touched_columns()
    estimator = BPRegressor(
        (),
        optimizer=optimizer,
        learning_rate=ExponentialDecay(0.02, factor=0.5, n_steps=1000),
        batch_size=1,
        shuffle=False,
        max_iter=1,
        **(large_decay(optimizer, len(y), 0.01) if decays else {"alpha": 0}),
        l1=strength(optimizer, len(y), 0.02, 3e-4),
        random_state=0,
    )
    model = start_from(estimator, X, y)
    coefs, intercepts, _ = trained_like(model, X, y)
    without = copy.deepcopy(model).set_params(l1=0).fit(X, y)
    model.fit(X, y)
    assert distance(weights(model), coefs + intercepts, smallest=1e-2) < 1e-9
    assert distance(weights(model), weights(without)) > 1e-2


@precisions
@at_rest
def test_sparse_fit_equals_dense_fit(optimizer, dtype):
    X, y = small_problem(dtype, sp.csr_array)
    estimator = quick(
        BPClassifier, optimizer=optimizer, learning_rate=0.01, batch_size=4
    ).set_params(l1=strength(optimizer, len(y), 0.01, 0.002))
    on_sparse, on_dense = clone(estimator).fit(X, y), clone(estimator).fit(X.toarray(), y)
    tolerance = TOLERANCE[dtype]
    assert distance(weights(on_sparse), weights(on_dense), smallest=1e-2) <= tolerance


@at_rest
def test_a_stream_predicts_with_weights_that_have_shrunk(optimizer):
    X, y = small_problem(np.float64, sp.csr_array)
    l1 = strength(optimizer, 5, 0.01, 0.002)
    on_sparse = quick(BPClassifier, optimizer=optimizer, learning_rate=0.01, l1=l1, batch_size=2)
    on_dense = clone(on_sparse)
    for first in range(0, 30, 5):
        part = slice(first, first + 5)
        on_sparse.partial_fit(X[part], y[part], classes=[0, 1, 2])
        on_dense.partial_fit(X[part].toarray(), y[part], classes=[0, 1, 2])
        found, expected = on_sparse.predict_proba(X), on_dense.predict_proba(X.toarray())
        np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert_same_up_to_rounding(on_sparse, on_dense)


@layouts
def test_the_penalty_may_change_in_the_midst_of_a_stream(layout):
    X, y = small_problem(np.float64, layout)
    stream = quick(BPClassifier, optimizer="rmsprop", batch_size=4)
    dense = clone(stream)
    for call in range(6):
        for model, samples in ((stream, X), (dense, small_problem(np.float64, np.asarray)[0])):
            model.set_params(l1=0.5 if call % 2 else 0.0)
            model.partial_fit(samples, y, classes=[0, 1, 2])
    assert_same_up_to_rounding(stream, dense)


@layouts
def test_sgd_minimizes_the_objective_of_lasso(layout):
    X, y = load_diabetes(return_X_y=True)
    X, y = scale(X), scale(y)
    n, l1 = len(y), 20.0
    # (1 / 2 n) ||y - Xw||^2 + l1 / n ||w||_1
    expected = Lasso(alpha=l1 / n, tol=1e-10).fit(X, y)
    model = BPRegressor(
        (),
        optimizer=SGD(momentum=0),
        learning_rate=0.05,
        batch_size=n,
        max_iter=5000,
        tol=None,
        alpha=0,
        l1=l1,
        random_state=0,
    ).fit(layout(X), y)
    np.testing.assert_allclose(model.coefs_[0][:, 0], expected.coef_, atol=1e-6)
    assert ((model.coefs_[0][:, 0] == 0) == (expected.coef_ == 0)).all()
    assert 0 < (expected.coef_ == 0).sum() < len(expected.coef_)


def test_sgd_comes_to_the_objective_of_l1_logistic_regression():
    X, y = load_breast_cancer(return_X_y=True)
    X = scale(X)
    n, l1 = len(y), 10.0

    def objective(w, b):
        signs = 2 * y - 1
        return np.logaddexp(0, -signs * (X @ w + b)).mean() + l1 / n * np.abs(w).sum()

    l1_only = (
        {"l1_ratio": 1}
        if parse_version(sklearn_version) >= parse_version("1.8")
        else {"penalty": "l1"}
    )
    peer = LogisticRegression(C=1 / l1, solver="saga", tol=1e-6, max_iter=20_000, **l1_only)
    peer.fit(X, y)
    model = BPClassifier(
        (),
        optimizer=SGD(momentum=0),
        learning_rate=PolynomialDecay(0.5),
        batch_size=32,
        max_iter=300,
        tol=None,
        alpha=0,
        l1=l1,
        random_state=0,
    ).fit(X, y)
    best = objective(peer.coef_[0], peer.intercept_[0])
    assert objective(model.coefs_[0][:, 0], model.intercepts_[0][0]) < 1.005 * best


@pytest.mark.parametrize("optimizer", DRIFTING, ids=repr)
def test_rules_that_move_idle_weights_refuse_it(optimizer):
    message = "l1=0.1 needs an optimizer that leaves a weight alone.*got optimizer="
    refused(BPClassifier, message, params={"optimizer": optimizer, "l1": 0.1})


@pytest.mark.parametrize("optimizer", ["lbfgs", "conjugate_gradient", "rprop"])
def test_optimizers_that_take_all_samples_refuse_it(optimizer):
    message = "l1=0.1 needs an optimizer that makes a step for each batch"
    refused(BPClassifier, message, params={"optimizer": optimizer, "l1": 0.1})


@layouts
def test_biases_and_a_penalty_of_zero_are_left_alone(layout):
    X, y = small_problem(np.float64, layout)
    crushed = quick(BPClassifier, l1=1e3).fit(X, y)
    assert all((W == 0).all() for W in crushed.coefs_)
    assert (crushed.intercepts_[-1] != 0).all()
    adam = quick(BPClassifier, optimizer=Adam(), l1=0).fit(X, y)
    assert (adam.coefs_[0] != 0).any()
