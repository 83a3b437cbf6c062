"""The warning after a fit that max_iter has ended too early."""

import re
import warnings

import numpy as np
import pytest
from cases import both
from helpers import line_of, quick, two_classes
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_bp import BPClassifier
from sk_bp.user_warnings import epochs_until

X, y = two_classes(40, 5)
SLOW = {"tol": 1e-6, "learning_rate": 1e-3, "max_iter": 30, "n_iter_no_change": 3}


@both
def test_it_says_how_the_loss_was_falling(Estimator):
    with pytest.warns(ConvergenceWarning) as record:
        est = quick(Estimator, **SLOW).fit(X, y)
    found = re.search(
        r"In the last 6 epochs the loss still fell from (.*?) to (.*?); it would take about (\d+)",
        str(record[0].message),
    )
    assert found[1] == f"{est.loss_curve_[-7]:.4g}"
    assert found[2] == f"{est.loss_curve_[-1]:.4g}"
    assert int(found[3]) > 0


def test_it_says_so_if_the_loss_was_not_falling():
    params = {**SLOW, "learning_rate": 1e-30, "tol": 0, "n_iter_no_change": 100, "shuffle": False}
    with pytest.warns(ConvergenceWarning, match="not falling any more"):
        quick(BPClassifier, **params, batch_size=7).fit(X[::-1], y)


@pytest.mark.parametrize("factor", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("enough", [1e-2, 1e-5])
def test_the_outlook_is_right_where_the_loss_falls_geometrically(factor, enough):
    losses = 1 + factor ** np.arange(40)
    n = epochs_until(losses, enough)
    falls = -np.diff(1 + factor ** np.arange(40 + 5000))
    assert n == max(1, np.argmax(falls <= enough) + 1 - 39)


@pytest.mark.parametrize(
    "losses", [[], [1.0], [3, 2, 1.0], np.arange(20, 0, -1.0), np.ones(20), [np.nan] * 20]
)
def test_there_is_no_outlook_where_falls_do_not_shrink(losses):
    assert epochs_until(np.array(losses, dtype=float), 1e-3) is None


def test_a_search_warns_once():
    pytest.importorskip("sklearn.callback", reason="scikit-learn < 1.9")
    model = make_pipeline(StandardScaler(), quick(BPClassifier, **SLOW))
    search = GridSearchCV(model, {"bpclassifier__alpha": [0.1, 0.2]}, cv=3)
    for _ in range(2):  # another search warns again
        with warnings.catch_warnings(record=True) as record:
            warnings.simplefilter("always")
            search.fit(X, y)
        assert [r.category for r in record] == [ConvergenceWarning]
        assert "search.fit(X, y)" in line_of(record[0])
