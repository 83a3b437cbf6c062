"""A matrix that needs no conversion is predicted at once; all others meet scikit-learn's checks."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from helpers import quick
from sklearn import config_context

from sk_bp import BPClassifier, data

F32 = np.float32
GOOD = np.array([[0, 1, 2], [3, 0, -1]], F32)
LARGE = np.full((2, 3), 3e38, F32)  # finite, but their sum is not


def with_value(value):
    X = GOOD.copy()
    X[1, 2] = value
    return X


def unaligned():
    X = np.frombuffer(bytes(1) + GOOD.tobytes(), F32, offset=1).reshape(2, 3)
    assert not X.flags.aligned
    return X


MATRICES = {
    "dense": GOOD,
    "csr_array": sp.csr_array(GOOD),
    "csr_matrix": sp.csr_matrix(GOOD),
    "no entries": sp.csr_array((2, 3), dtype=F32),
    "large": LARGE,
    "large sparse": sp.csr_array(LARGE),
    "float64": GOOD.astype(float),
    "big endian": GOOD.astype(">f4"),
    "integers": GOOD.astype(int),
    "Fortran order": np.asfortranarray(GOOD),
    "every other row": np.repeat(GOOD, 2, axis=0)[::2],
    "unaligned": unaligned(),
    "list": GOOD.tolist(),
    "csc": sp.csc_array(GOOD),
    "duplicates": sp.csr_array((np.ones(3, F32), [1, 1, 0], [0, 2, 3]), (2, 3)),
    "one row": GOOD[0],
    "no rows": GOOD[:0],
    "no rows, sparse": sp.csr_array((0, 3), dtype=F32),
    "two columns": GOOD[:, :2].copy(),
    "four columns": sp.csr_array((2, 4), dtype=F32),
    "nan": with_value(np.nan),
    "infinity": with_value(np.inf),
    "both infinities": np.array([[np.inf, -np.inf, 0]], F32),
    "nan, sparse": sp.csr_array(with_value(np.nan)),
    "data frame": pd.DataFrame(GOOD, columns=list("abc")),
    "masked": np.ma.masked_array(GOOD, GOOD > 2),
    "complex": GOOD.astype(complex),
    "text": np.array([["a", "b", "c"]]),
    "cube": GOOD[None],
}


def outcome(est, X):
    try:
        return est.predict_proba(X).tolist()
    except (ValueError, TypeError) as error:
        return f"{type(error).__name__}: {error}"


@pytest.fixture(scope="module")
def fitted():
    X = np.random.default_rng(0).standard_normal((20, 3)).astype(F32)
    return quick(BPClassifier).fit(X, np.arange(20) % 2)


@pytest.mark.filterwarnings(
    "ignore:X has feature names:UserWarning",
    "ignore:invalid value encountered in reduce:RuntimeWarning",  # scikit-learn's sum
)
@pytest.mark.parametrize("assume_finite", [False, True])
@pytest.mark.parametrize("name", MATRICES)
def test_predictions_and_errors_are_those_of_scikit_learns_checks(
    name, assume_finite, fitted, monkeypatch
):
    X = MATRICES[name]
    with config_context(assume_finite=assume_finite):
        found = outcome(fitted, X)
        monkeypatch.setattr(data, "_is_as_needed", lambda *args: False)
        assert outcome(fitted, X) == found


def test_a_model_fitted_on_a_data_frame_misses_the_names():
    frame = pd.DataFrame(np.random.default_rng(0).standard_normal((20, 3)), columns=list("abc"))
    est = quick(BPClassifier).fit(frame, np.arange(20) % 2)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        est.predict(frame.to_numpy())


@pytest.mark.parametrize("X", [GOOD, sp.csr_array(GOOD), sp.csr_matrix(GOOD)], ids=type)
def test_scikit_learns_checks_are_skipped_where_they_change_nothing(X, fitted, monkeypatch):
    def unexpected(*args, **kwargs):
        raise AssertionError("checked")

    monkeypatch.setattr(data, "validate_data", unexpected)
    assert fitted.predict(X).shape == (2,)
