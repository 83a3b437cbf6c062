"""Bayesian search with scikit-optimize."""

import pytest
from cases import both
from helpers import quick, two_classes

skopt = pytest.importorskip("skopt")
pytestmark = pytest.mark.filterwarnings("default")  # of scikit-optimize
X, y = two_classes(60, 4)


@both
def test_its_search_reaches_rates_and_sizes(Estimator):
    space = {
        "learning_rate": skopt.space.Real(1e-4, 1e-1, prior="log-uniform"),
        "hidden_layer_sizes": skopt.space.Categorical(["4", "8-4"]),
    }
    search = skopt.BayesSearchCV(quick(Estimator), space, n_iter=6, cv=2, random_state=0)
    search.fit(X, y == y[0])
    assert len(search.cv_results_["params"]) == 6
    assert 1e-4 <= search.best_params_["learning_rate"] <= 1e-1
    sizes = tuple(map(int, search.best_params_["hidden_layer_sizes"].split("-")))
    assert tuple(W.shape[1] for W in search.best_estimator_.coefs_[:-1]) == sizes
