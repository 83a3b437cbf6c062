"""What check_gradient refuses."""

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_bp import BPRegressor
from sk_bp.inspection import check_gradient


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"eps": 0}, ValueError),
        ({"eps": 1.0}, ValueError),
        ({"rtol": 0.5}, ValueError),
        ({"eps": -1e-6}, ValueError),
        ({"eps": np.nan}, ValueError),
        ({"eps": np.inf}, ValueError),
        ({"eps": "small"}, TypeError),
        ({"rtol": 0}, ValueError),
        ({"rtol": None}, TypeError),
        ({"eps": 10**400}, ValueError),
        ({"strict": "no"}, TypeError),
        ({"n_checks": 0}, ValueError),
        ({"n_checks": 1.5}, TypeError),
        ({"n_checks": True}, TypeError),
    ],
    ids=str,
)
def test_invalid_parameters_are_refused_by_name_and_value(params, error):
    ((name, value),) = params.items()
    with pytest.raises(error, match=name) as caught:
        check_gradient(BPRegressor(3), np.eye(4), np.arange(4.0), **params)
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize(
    "estimator", [make_pipeline(StandardScaler(), BPRegressor()), "network", BPRegressor, None]
)
def test_what_is_no_estimator_of_ours_is_refused(estimator):
    with pytest.raises(TypeError, match="estimator must be a BPClassifier or BPRegressor"):
        check_gradient(estimator, np.eye(4), np.arange(4.0))


def test_data_that_do_not_fit_a_fitted_model_are_refused():
    model = BPRegressor(3, max_iter=2, tol=None).fit(np.eye(4), np.arange(4.0))
    with pytest.raises(ValueError, match=r"5 features.*expecting 4"):
        check_gradient(model, np.eye(5), np.arange(5.0))
    with pytest.raises(ValueError, match="outputs"):
        check_gradient(model, np.eye(4), np.eye(4))
    with pytest.raises(ValueError, match="NaN"):
        check_gradient(model, np.full((4, 4), np.nan), np.arange(4.0))


def test_targets_and_weights_that_are_missing_are_asked_for():
    with pytest.raises(ValueError, match="requires y to be passed"):
        check_gradient(BPRegressor(3), np.eye(4), None)
    half = BPRegressor(3)
    half.coefs_ = [np.ones((4, 3)), np.ones((3, 1))]
    with pytest.raises(ValueError, match="do not fit together"):
        check_gradient(half, np.eye(4), np.arange(4.0))


def test_data_too_large_to_train_on_are_refused():
    with pytest.raises(ValueError, match="scale X and y"):
        check_gradient(BPRegressor(3, scaling=False), np.eye(4) * 1e200, np.arange(4.0) * 1e200)
