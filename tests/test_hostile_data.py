"""Data of every kind give what the same values in float64 give, or are refused by name."""

import datetime
import os
import tempfile
import warnings

import numpy as np
import pytest
from cases import ESTIMATORS, both
from helpers import (
    GOOD_X,
    GOOD_y,
    assert_equal_arrays,
    assert_finite,
    assert_same_state,
    assert_same_up_to_rounding,
    quick,
    refused,
    refused_by_partial_fit,
    state,
    weights,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import sparse

from sk_bp import BPRegressor

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),  # of NumPy, for numbers near the largest
]
WHOLE = np.round(3 * GOOD_X)
EXAMPLES = int(os.environ.get("SK_BP_EXAMPLES", "100"))  # more, for a long search


def mapped(array):
    """The array in a read-only file."""
    with tempfile.TemporaryFile() as file:
        array.tofile(file)
        file.flush()
        return np.memmap(file, dtype=array.dtype, mode="r", shape=array.shape)


def unaligned(array):
    raw = np.zeros(array.nbytes + 1, np.uint8)[1:].view(array.dtype).reshape(array.shape)
    raw[:] = array
    return raw


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


class ArrayLike:
    """Has nothing but `__array__`."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.array, dtype)


FORMS = {
    "Fortran order": np.asfortranarray,
    "strides": lambda a: np.repeat(np.repeat(a, 2, 0), 3, 1)[::2, ::3],
    "negative strides": lambda a: np.ascontiguousarray(a[::-1, ::-1])[::-1, ::-1],
    "read-only": read_only,
    "a file": mapped,
    "not aligned": unaligned,
    "foreign byte order": lambda a: a.astype(">f8"),
    "lists": lambda a: a.tolist(),
    "objects": lambda a: a.astype(object),
    "texts": lambda a: a.astype("U30"),
    "__array__": ArrayLike,
    "a mask of nothing": np.ma.masked_array,
    **{
        f"{layout} {kind.__name__}": lambda a, layout=layout, kind=kind: kind(a).asformat(layout)
        for layout in ("csr", "csc", "coo", "lil", "dok", "dia", "bsr")
        for kind in (sparse.csr_array, sparse.csr_matrix)
    },
}
TYPES = ["bool", "i1", "u1", "i2", "i4", "i8", "u8", "f2", "g", ">i4", ">i2", "O"]


@pytest.mark.parametrize("form", FORMS)
@both
def test_X_in_every_form_gives_the_model_of_the_same_values(Estimator, form):
    X = FORMS[form](WHOLE)
    plain, other = quick(Estimator).fit(WHOLE, GOOD_y), quick(Estimator).fit(X, GOOD_y)
    assert_same_up_to_rounding(other, plain)
    np.testing.assert_allclose(plain.predict(X), plain.predict(WHOLE), rtol=1e-12)
    if form in ("a file", "not aligned", "read-only", "strides"):
        assert_equal_arrays(weights(other), weights(plain))


@pytest.mark.parametrize("dtype", TYPES)
@both
def test_X_of_every_type_gives_the_model_of_the_same_values(Estimator, dtype):
    X = abs(WHOLE).astype(dtype)
    plain = quick(Estimator).fit(X.astype(np.float64), GOOD_y)
    assert_equal_arrays(weights(quick(Estimator).fit(X, GOOD_y)), weights(plain))
    if np.dtype(dtype).kind in "biuf" and dtype[0] != ">" and dtype != "f2":
        spared = quick(Estimator).fit(sparse.csr_array(X), GOOD_y)
        assert_same_up_to_rounding(spared, plain)


REFUSED = {
    "dates": WHOLE.astype("i8").astype("M8[s]"),
    "durations": WHOLE.astype("i8").astype("m8[s]"),
    "masked values": np.ma.masked_less(GOOD_X, 0),
    "integers beyond floats": [[10**400, 0, 0, 0]] * 12,
    "long doubles beyond floats": np.full((12, 4), np.longdouble("1e4000")),
    "half floats of infinity": np.full((12, 4), np.inf, np.float16),
    "a generator": (row for row in GOOD_X),
    "a set": {1, 2},
    "rows of different lengths": [[1.0, 2, 3, 4]] * 11 + [[1.0]],
}


@pytest.mark.parametrize("kind", REFUSED)
@both
def test_X_of_no_numbers_is_refused_by_name(Estimator, kind):
    error = (ValueError, TypeError)
    refused(Estimator, r"\bX\b", X=REFUSED[kind], error=error)
    refused_by_partial_fit(Estimator, r"\bX\b", X=REFUSED[kind], error=error)
    refused(Estimator, r"\bX_val\b", X_val=REFUSED[kind], y_val=GOOD_y, error=error)


def test_data_frames_of_dates_are_refused_by_name():
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    dates = pandas.date_range("2020", periods=12)
    for frame in (
        pandas.DataFrame({"a": dates}),
        polars.DataFrame({"a": [datetime.date(2020, 1, 1)] * 12}),
    ):
        refused(BPRegressor, "X holds dates or times", X=frame, error=TypeError)
    refused(BPRegressor, "y holds dates or times", y=pandas.Series(dates), error=TypeError)


@pytest.mark.parametrize("n_columns", [2**31, 2**40])
@both
def test_more_columns_than_int32_counts_are_refused(Estimator, n_columns):
    wide = sparse.coo_array(([1.0], ([0], [n_columns - 1])), shape=(12, n_columns))
    refused(Estimator, "X has .* features", X=wide)


@both
def test_a_network_larger_than_the_memory_is_refused(Estimator):
    wide = sparse.csr_array(([1.0], ([0], [3])), shape=(12, 2**31 - 1))
    for scaling, what in ((True, "columns of X"), (False, "weights of a network")):
        with pytest.raises(MemoryError, match=rf"{what} .* GB are free"):
            quick(Estimator, hidden_layer_sizes=10**6, scaling=scaling).fit(wide, GOOD_y)


BAD_TARGETS = {
    "NaN": np.where(GOOD_y, np.nan, 1.0),
    "infinity": np.where(GOOD_y, -np.inf, 1.0),
    "masked": np.ma.masked_equal(GOOD_y, 1),
    "too long": np.tile(GOOD_y, 2),
    "three dimensions": GOOD_y[:, None, None],
    "complex": GOOD_y + 1j,
    "None": [None] * 12,
    "huge": [10**400] * 12,
    "a generator": (label for label in GOOD_y),
    "sets": [{1}] * 12,
    "mixed": np.array([1, "a", None] * 4, dtype=object),
    "scalar": 3.0,
}


@pytest.mark.parametrize("kind", BAD_TARGETS)
@both
def test_y_of_no_targets_is_refused_by_name(Estimator, kind):
    error = (ValueError, TypeError)
    refused(Estimator, r"\by\b|labels? type", y=BAD_TARGETS[kind], error=error)
    refused(Estimator, r"y_val|labels? type", X_val=GOOD_X, y_val=BAD_TARGETS[kind], error=error)


BAD_WEIGHTS = {
    "NaN": np.where(GOOD_y, np.nan, 1.0),
    "infinity": np.where(GOOD_y, np.inf, 1.0),
    "negative": np.where(GOOD_y, -1.0, 1.0),
    "masked": np.ma.masked_equal(np.where(GOOD_y, 2.0, 1.0), 2),
    "too long": np.ones(13),
    "columns": np.ones((12, 2)),
    "complex": np.ones(12) + 1j,
    "texts": ["a"] * 12,
    "huge": [10**400] * 12,
    "dates": np.ones(12).astype("M8[s]"),
    "a generator": (1.0 for _ in GOOD_y),
    "sparse": sparse.csr_array(np.ones((12, 1))),
    "a dict": {0: 1.0},
    "None inside": [None] * 12,
}


@pytest.mark.parametrize("kind", BAD_WEIGHTS)
@both
def test_weights_that_are_none_are_refused_by_name(Estimator, kind):
    error, bad = (ValueError, TypeError), BAD_WEIGHTS[kind]
    refused(Estimator, r"[Ss]ample.?weight", sample_weight=bad, error=error)
    refused_by_partial_fit(Estimator, r"[Ss]ample.?weight", sample_weight=bad, error=error)


# ------------------------------------------------------------------ a search

NUMBERS = st.sampled_from(
    [0.0, -0.0, 1.0, -1.0, 0.5, 3.0, 5e-324, 1e-310, 1e-40, 1e-30, 1e30, 1e39, 1e154, 1e308,
     -1.7e308, np.nan, np.inf, -np.inf]
)  # fmt: skip
ORDINARY = st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0])


@st.composite
def arrays(draw, width=3):
    """A matrix of numbers at the edges in one of many forms, and its values in float64."""
    numbers = draw(st.sampled_from([ORDINARY, NUMBERS]))
    n = draw(st.integers(1, 9))
    rows = st.lists(numbers, min_size=width, max_size=width)
    with np.errstate(all="ignore"):
        values = np.array(draw(st.lists(rows, min_size=n, max_size=n)))
        values = values.astype(draw(st.sampled_from(["f8", "f8", "f4", "f2", "g"])))
    plain = values.astype(np.float32 if values.dtype == np.float32 else np.float64)
    form = draw(st.sampled_from([*FORMS, "twice", "zeros"]))
    if form in ("lists", "objects"):  # which have no float32
        plain = values.astype(np.float64)
    if values.dtype not in (np.float32, np.float64) or form in ("foreign byte order", "texts"):
        return plain, values
    if form in ("twice", "zeros"):  # entries given twice, or zeros that are stored
        half = values / 2 if form == "twice" else values
        times = 2 if form == "twice" else 1
        data = np.repeat(half.ravel(), times)
        columns = np.repeat(np.tile(np.arange(width), n), times)
        return plain, sparse.csr_array(
            (data, columns, np.arange(n + 1) * width * times), shape=values.shape
        )
    return plain, FORMS[form](values)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES <= 100,
    suppress_health_check=list(HealthCheck),
)
@given(
    case=arrays(),
    Estimator=st.sampled_from(ESTIMATORS),
    scaling=st.booleans(),
    optimizer=st.sampled_from(["rmsprop", "adam", "sgd"]),
    weight=st.sampled_from([None, 1.0, 0.0, 1e-300, 1e300]),
)
def test_any_matrix_gives_the_model_of_its_values_or_is_refused(
    case, Estimator, scaling, optimizer, weight
):
    plain, other = case
    n = len(plain)
    y = np.arange(n) % 2
    sample_weight = None if weight is None else np.where(np.arange(n) == 0, 1.0, weight)
    models = [
        quick(Estimator, scaling=scaling, max_iter=2, optimizer=optimizer).fit(
            GOOD_X[:, :3], GOOD_y
        )
        for _ in range(2)
    ]
    before, errors = state(models[0]), []
    for model, X in zip(models, (plain, other), strict=True):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                model.fit(X, y, sample_weight=sample_weight)
        except (ValueError, TypeError) as error:
            errors.append(str(error))
    if errors:
        assert len(errors) == 2, errors
        for model in models:
            assert_same_state(model, before)
        assert all("X" in error for error in errors), errors
        return
    for model in models:
        assert_finite(model)
    sizes = np.abs(plain[plain != 0])
    if sizes.size == 0 or (sizes.min() > 1e-20 and sizes.max() < 1e20):
        rtol = 1e-4 if plain.dtype == np.float32 else 1e-7
        for W, V in zip(weights(models[1]), weights(models[0]), strict=True):
            np.testing.assert_allclose(W, V, rtol=rtol, atol=rtol)
