"""The forward pass against scikit-learn's networks, by way of their weights."""

import warnings

import numpy as np
import pytest
from cases import layouts
from helpers import targets_for
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from sk_bp import BPClassifier, BPRegressor

TASKS = ("binary", "multiclass", "multilabel", "regression")
ACTIVATIONS = ("identity", "logistic", "relu", "tanh")  # those of MLPClassifier


def problem(task, n_outputs):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((20, 6)) * (rng.random((20, 6)) < 0.5)
    return X, targets_for(task, 20, rng, n_outputs)


def fitted_mlp(task, n_outputs, hidden, activation):
    X, y = problem(task, n_outputs)
    cls = MLPRegressor if task == "regression" else MLPClassifier
    mlp = cls(
        hidden_layer_sizes=hidden, activation=activation, max_iter=20, learning_rate_init=0.05
    )
    mlp.set_params(random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return mlp.fit(X, y), X, y


def with_weights_of(mlp, X, y):
    cls = BPRegressor if isinstance(mlp, MLPRegressor) else BPClassifier
    model = cls(mlp.hidden_layer_sizes, mlp.activation, max_iter=1, tol=None).fit(X, y)
    model.coefs_, model.intercepts_ = mlp.coefs_, mlp.intercepts_
    return model


MLP_CASES = [
    (task, n_outputs, hidden, activation)
    for task in TASKS
    for n_outputs in ((1, 3) if task == "regression" else (3,))
    for hidden in [(5,), (6, 4)]
    for activation in ACTIVATIONS
]


@layouts
@pytest.mark.parametrize(("task", "n_outputs", "hidden", "activation"), MLP_CASES)
def test_predictions_equal_those_of_mlp_with_the_same_weights(
    task, n_outputs, hidden, activation, layout
):
    mlp, X, y = fitted_mlp(task, n_outputs, hidden, activation)
    model = with_weights_of(mlp, X, y)
    samples = layout(X)
    np.testing.assert_allclose(model.predict(samples), mlp.predict(X), rtol=1e-10, atol=1e-12)
    assert model.out_activation_ == mlp.out_activation_
    if task != "regression":
        for method in ("predict_proba", "predict_log_proba"):
            np.testing.assert_allclose(
                getattr(model, method)(samples), getattr(mlp, method)(X), rtol=1e-9, atol=1e-12
            )


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_weights_of_mlp_predict_in_a_regressor_that_was_never_fitted(activation):
    mlp, X, _ = fitted_mlp("regression", 3, (5,), activation)
    model = BPRegressor((5,), activation)
    model.coefs_, model.intercepts_ = mlp.coefs_, mlp.intercepts_
    np.testing.assert_allclose(model.predict(X), mlp.predict(X), rtol=1e-10)


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_weights_of_mlp_predict_in_a_classifier_that_was_never_fitted(task):
    mlp, X, _ = fitted_mlp(task, 3, (5,), "tanh")
    model = BPClassifier((5,), "tanh")
    model.classes_ = mlp.classes_
    model.coefs_, model.intercepts_ = mlp.coefs_, mlp.intercepts_
    np.testing.assert_array_equal(model.predict(X), mlp.predict(X))
    np.testing.assert_allclose(model.predict_proba(X), mlp.predict_proba(X), rtol=1e-10)
