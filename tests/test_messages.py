"""Messages count correctly, and advise only what can be done."""

import re

import numpy as np
import pandas as pd
import pytest
from cases import both
from helpers import quick, two_classes
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import InvalidParameterError
from table_cases import both_tabular

from sk_bp import SGD, BPClassifier, BPRegressor
from sk_bp.advice import counted
from sk_bp.inspection import gradient_report

X, y = two_classes(40, 5)


@both_tabular
def test_no_kind_of_value_is_named_twice(Estimator):
    for name in Estimator._parameter_constraints:
        with pytest.raises(InvalidParameterError) as raised:
            Estimator().set_params(**{name: object()})._validate_params()
        kinds = re.findall(r"a str among|an int in the range", str(raised.value))
        assert len(kinds) == len(set(kinds)), str(raised.value)
    with pytest.raises(ValueError, match=r"'weight_decay'.* -1 instead") as raised:
        Estimator(weight_decay=-1).fit(X, y)
    assert str(raised.value).count("a str among") == 1


@both
def test_predictions_that_overflow_are_refused(Estimator):
    target = np.where(y == y[0], 1e3, 2e3) if Estimator is BPRegressor else y
    model = quick(Estimator, hidden_layer_sizes=(), max_iter=5).fit(X * 1e-3, target)
    huge = np.full_like(X, 1e307)
    huge[:, 1:] = 0
    outputs = model.predict if Estimator is BPRegressor else model.decision_function
    with pytest.raises(ValueError, match="the outputs for X are not finite in float64"):
        outputs(huge)


def test_a_prediction_beyond_float32_is_refused_with_what_to_train_on():
    target = np.where(y == y[0], 1.0, 2.0)
    model = quick(BPRegressor, hidden_layer_sizes=(), max_iter=5).fit(
        (X * 1e-3).astype(np.float32), target
    )
    huge = np.full_like(X, 1e37, dtype=np.float32)
    huge[:, 1:] = 0
    with pytest.raises(ValueError, match=r"not finite in float32.*or train on float64"):
        model.predict(huge)


@both
def test_a_rate_that_is_too_large_is_blamed_and_not_the_gradient(Estimator):
    target = y == y[0]
    model = quick(Estimator, optimizer=SGD(momentum=0), learning_rate=1e300, alpha=0)
    with pytest.warns(ConvergenceWarning) as record:
        model.fit(X, target)
    message = str(record[0].message)
    assert "the learning rate 1e+300 is too large to apply: the gradient is up to" in message
    assert ("scale X and y," in message) is (Estimator is BPRegressor)


def test_a_gradient_that_is_too_large_is_blamed():
    model = quick(BPRegressor, optimizer="sgd", learning_rate=0.1, scaling=False)
    with pytest.warns(ConvergenceWarning, match="the gradient is too large to apply"):
        model.fit(X * 1e100, X[:, 0])


@both
@pytest.mark.parametrize("warm_start", [False, True])
def test_warm_start_is_advised_against_only_where_it_is_set(Estimator, warm_start):
    target = y == y[0]
    classes = {"classes": [False, True]} if Estimator is BPClassifier else {}
    model = quick(Estimator, warm_start=warm_start).partial_fit(X, target, **classes)
    model.set_params(hidden_layer_sizes=3)
    with pytest.raises(ValueError, match="hidden_layer_sizes, activation, X and y") as raised:
        model.partial_fit(X, target)
    assert ("set warm_start=False" in str(raised.value)) is warm_start
    assert ("call fit, which begins with a new network" in str(raised.value)) is not warm_start


def test_a_loss_equal_to_that_of_a_constant_is_not_called_a_multiple():
    nothing = np.zeros_like(X)
    model = quick(BPRegressor, max_iter=60, tol=None).fit(nothing, X[:, 0])
    report = str(gradient_report(model, nothing, X[:, 0]))
    assert "the loss is that of the best constant prediction" in report.replace("\n", " ")


@pytest.mark.parametrize(("number", "text"), [(0, "0 rows"), (1, "1 row"), (2000, "2,000 rows")])
def test_one_is_singular(number, text):
    assert counted(number, "row") == text


@both
def test_one_hidden_layer_and_one_element_are_singular(Estimator):
    with pytest.raises(ValueError, match="has 1 element, but the network has 2 hidden layers"):
        quick(Estimator, hidden_layer_sizes=(3, 3), activation=["relu"]).fit(X, y == y[0])
    with pytest.raises(ValueError, match=r"has 2 elements, but the network has 1 hidden layer$"):
        quick(Estimator, hidden_layer_sizes=3, dropout=[0.1, 0.1]).fit(X, y == y[0])


@both_tabular
def test_a_table_far_from_the_training_has_finite_predictions(Estimator):
    table = pd.DataFrame(X, columns=list("abcde"))
    model = Estimator(hidden_layer_sizes=4, max_iter=3, n_models=1, random_state=0)
    predicted = model.fit(table, y == y[0]).predict(table * 1e307)
    assert np.isfinite(predicted.astype(float)).all()


@both_tabular
def test_misspelt_parameters_of_the_estimators_for_tables_are_answered(Estimator):
    with pytest.raises(ValueError, match=r"'learning_rat' .* Did you mean 'learning_rate'"):
        Estimator().set_params(learning_rat=0.1)
    with pytest.raises(ValueError, match=r"optimizer__beta_1 cannot be set while .*Adam\(\)"):
        Estimator().set_params(optimizer__beta_1=0.5)
