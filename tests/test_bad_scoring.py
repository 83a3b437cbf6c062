"""Scores that are no numbers, or cannot be computed, are refused by the name of the parameter."""

import numpy as np
import pytest
from helpers import curve_and_classes

from sk_bp import BPRegressor

X, curve, _ = curve_and_classes()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
@pytest.mark.parametrize("n_restarts", [0, 2])
@pytest.mark.parametrize("scoring", ["r2", None, lambda estimator, X, y: np.nan])
def test_a_score_that_is_nan_is_refused_by_name(scoring, n_restarts):
    model = BPRegressor(early_stopping=True, scoring=scoring, n_restarts=n_restarts)
    with pytest.raises(ValueError, match=r"scoring=.*NaN.*validation_fraction"):
        model.fit(X[:10], X[:10, 0])
    with pytest.raises(ValueError, match=r"scoring=.*NaN.*X_val"):
        model.set_params(early_stopping=False).fit(X, curve, X_val=X[:1], y_val=curve[:1])
    assert not hasattr(model, "coefs_")


def test_errors_of_a_scorer_and_of_the_split_name_the_parameter():
    with pytest.raises(ValueError, match=r"scoring='neg_mean_squared_log_error' cannot score"):
        BPRegressor(early_stopping=True, scoring="neg_mean_squared_log_error").fit(X, -10 - curve)
    with pytest.raises(ValueError, match=r"validation_fraction=0\.1"):
        BPRegressor(early_stopping=True).fit(X[:1], curve[:1])
