"""From a table to numbers: kinds of columns, missing values, rare and unseen categories."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.utils.estimator_checks import check_estimator
from table_cases import FRAMES, columns, every_frame, needs_names_of_polars

from sk_bp.tabular import PiecewiseLinearEncoder, SmoothClipScaler, TabularEncoder

NAMES = [
    "size",
    "rooms",
    "missingindicator_size",
    "missingindicator_rooms",
    *("town_Aix", "town_Bonn", "town_Cork", "town_nan"),
    *("garden_False", "garden_True", "garden_nan"),
]


def dense(encoded):
    return encoded.toarray() if sp.issparse(encoded) else encoded


def test_check_estimator_passes_without_failure_and_without_skip():
    results = check_estimator(TabularEncoder(), on_skip=None, on_fail=None)
    assert {r["check_name"] for r in results if r["status"] != "passed"} == set()


@every_frame
def test_numbers_are_scaled_and_texts_and_booleans_become_indicators(frame_of):
    table = columns()
    encoder = TabularEncoder(n_bins=0)
    encoded = dense(encoder.fit_transform(frame_of(table)))
    assert encoder.get_feature_names_out().tolist() == NAMES
    assert encoder.is_categorical_.tolist() == [False, False, True, True]
    size = np.array([np.nan if value is None else value for value in table["size"]])
    scaled = SmoothClipScaler().fit_transform(size[:, None]).ravel()
    assert_allclose(encoded[:, 0], np.nan_to_num(scaled), atol=1e-6)
    assert_array_equal(encoded[:, 2], np.isnan(size))
    for name, values in zip(NAMES[4:], encoded.T[4:], strict=True):
        column, _, category = name.partition("_")
        texts = ["nan" if value is None else str(value) for value in table[column]]
        assert_array_equal(values, [text == category for text in texts])


def test_pandas_polars_and_plain_columns_are_encoded_alike():
    one, *others = (TabularEncoder().fit_transform(f(columns())) for f in FRAMES.values())
    for other in others:
        assert_array_equal(dense(other), dense(one))


@pytest.mark.parametrize(
    "values",
    [
        pd.date_range("2020-01-01", periods=3),
        pd.date_range("2020-01-01", periods=3, tz="UTC"),
        pd.to_timedelta([1, 2, 3], unit="D"),
        pd.period_range("2020-01", periods=3, freq="M"),
        [datetime.date(2020, 1, day) for day in (1, 2, 3)],
    ],
    ids=["datetime", "with a zone", "timedelta", "period", "objects"],
)
def test_dates_and_times_in_pandas_are_refused_with_the_name_of_the_column(values):
    frame = pd.DataFrame({"x": [1.0, 2, 3], "when": values})
    with pytest.raises(TypeError, match="column 'when' holds dates or times"):
        TabularEncoder().fit(frame)


@pytest.mark.parametrize("dtype", [pl.Date, pl.Datetime, pl.Duration, pl.Time])
def test_dates_and_times_in_polars_are_refused_with_the_name_of_the_column(dtype):
    frame = pl.DataFrame({"x": [1.0, 2.0], "when": pl.Series([1, 2]).cast(dtype)})
    with pytest.raises(TypeError, match="column 'when' holds dates or times"):
        TabularEncoder().fit(frame)


def test_lists_and_complex_numbers_are_refused_with_the_name_of_the_column():
    with pytest.raises(TypeError, match="column 'x' has dtype List"):
        TabularEncoder().fit(pl.DataFrame({"x": [[1], [2]]}))
    with pytest.raises(TypeError, match="column 'x' holds what is no category"):
        TabularEncoder().fit(pd.DataFrame({"x": [[1], [2]]}))
    with pytest.raises(TypeError, match=r"Complex data not supported: column 'x'"):
        TabularEncoder().fit(pd.DataFrame({"x": [1j, 2j]}))


def test_infinite_numbers_are_refused_with_the_name_of_the_column():
    with pytest.raises(ValueError, match="column 'x' of X contains infinity"):
        TabularEncoder().fit(pd.DataFrame({"x": [1.0, np.inf]}))


@pytest.mark.parametrize(
    "frame_of", [pd.DataFrame, pytest.param(pl.DataFrame, marks=needs_names_of_polars)], ids=repr
)
def test_text_in_a_column_that_was_numeric_is_refused_with_its_name(frame_of):
    encoder = TabularEncoder().fit(pd.DataFrame({"x": [1.0, 2.0]}))
    with pytest.raises(ValueError, match="column 'x' counts as numeric"):
        encoder.transform(frame_of({"x": ["a", "b"]}))


@pytest.mark.parametrize("frame", [pd.DataFrame({"x": []}), pl.DataFrame({"x": []})], ids=type)
def test_tables_without_samples_are_refused(frame):
    with pytest.raises(ValueError, match="0 sample"):
        TabularEncoder().fit(frame)


def test_a_lazy_frame_is_refused_with_what_to_pass():
    with pytest.raises(TypeError, match=r"pass X.collect\(\)"):
        TabularEncoder().fit(pl.LazyFrame({"x": [1, 2]}))


def test_a_column_of_number_objects_is_numeric_and_of_mixed_objects_categorical():
    frame = pd.DataFrame({"n": [1, 2.5, None], "m": [1, "a", None]}, dtype=object)
    encoder = TabularEncoder(min_frequency=None).fit(frame)
    assert encoder.is_categorical_.tolist() == [False, True]
    assert encoder.get_feature_names_out().tolist() == [
        *("n", "missingindicator_n"),
        *("m_1", "m_a", "m_nan"),
    ]


def test_the_order_of_the_categories_of_a_pandas_categorical_does_not_matter():
    values = ["b", "a", "a", "c", "b", "c"]
    of_fit = pd.DataFrame({"x": pd.Categorical(values, categories=["a", "b", "c"])})
    later = pd.DataFrame({"x": pd.Categorical(values, categories=["c", "z", "b", "a"])})
    encoder = TabularEncoder().fit(of_fit)
    assert_array_equal(dense(encoder.transform(later)), dense(encoder.transform(of_fit)))


def test_whole_numbers_are_the_same_category_in_every_type():
    codes = [3, 1, 3, 1, 2, 2]
    encoder = TabularEncoder(categorical_features=["x"]).fit(pd.DataFrame({"x": codes}))
    expected = dense(encoder.transform(pd.DataFrame({"x": codes})))
    assert encoder.get_feature_names_out().tolist() == ["x_1", "x_2", "x_3"]
    for dtype in ("float32", "Int8", "category", object):
        later = pd.DataFrame({"x": codes}).astype(dtype)
        assert_array_equal(dense(encoder.transform(later)), expected)


def test_rare_categories_share_a_column_which_unseen_ones_join():
    frame = pd.DataFrame({"x": ["a"] * 5 + ["b"] * 5 + ["rare", "once"]})
    encoder = TabularEncoder(min_frequency=2).fit(frame)
    assert encoder.get_feature_names_out().tolist() == ["x_a", "x_b", "x_infrequent_sklearn"]
    later = pd.DataFrame({"x": ["a", "once", "never seen", None]})
    assert dense(encoder.transform(later)).tolist() == [[1, 0, 0], *[[0, 0, 1]] * 3]


def test_without_rare_categories_an_unseen_one_is_zeros():
    frame = pd.DataFrame({"x": ["a", "b", "c"]})
    encoder = TabularEncoder(min_frequency=None).fit(frame)
    assert dense(encoder.transform(pd.DataFrame({"x": ["z"]}))).tolist() == [[0, 0, 0]]


@every_frame
def test_columns_that_are_missing_altogether_or_constant_are_encoded(frame_of):
    table = columns() | {"size": [None] * 120, "town": ["Aix"] * 120, "rooms": [3] * 120}
    encoded = dense(TabularEncoder().fit_transform(frame_of(table)))
    assert np.isfinite(encoded).all()
    assert_array_equal(encoded[:, :3], [[0, 0, 1]] * 120)


def test_values_missing_only_after_the_fit_are_the_center():
    encoder = TabularEncoder().fit(pd.DataFrame({"x": [1.0, 2.0, 3.0]}))
    assert_array_equal(encoder.transform(pd.DataFrame({"x": [np.nan, 2.0]})), [[0], [0]])


@pytest.mark.parametrize(
    "features",
    [[2, 0], [-1, 0], [True, False, True], ["a", "c"]],
    ids=["ints", "from the end", "mask", "names"],
)
def test_categorical_features_are_given_by_numbers_mask_or_names(features):
    frame = pd.DataFrame({"a": [1, 2, 1], "b": [1.5, 2, 3], "c": [0, 0, 1]})
    encoder = TabularEncoder(features).fit(frame)
    assert encoder.is_categorical_.tolist() == [True, False, True]
    if not isinstance(features[0], str):
        X = frame.to_numpy()
        for given in (X, sp.csr_array(X)):
            encoded = dense(TabularEncoder(features).fit_transform(given))
            assert_allclose(encoded, dense(encoder.transform(frame)))


@pytest.mark.parametrize("features", [[3], [-4], ["d"], [True], [1.5]], ids=str)
def test_categorical_features_that_are_no_columns_are_refused(features):
    frame = pd.DataFrame({"a": [1, 2], "b": [1, 2], "c": [0, 1]})
    with pytest.raises(ValueError, match="categorical_features"):
        TabularEncoder(features).fit(frame)


def test_texts_that_are_not_named_as_categorical_are_refused():
    with pytest.raises(ValueError, match="column 'a'"):
        TabularEncoder(None).fit(pd.DataFrame({"a": ["x", "y"]}))


def test_many_categories_are_encoded_sparsely_and_few_are_not(rng):
    many = pd.DataFrame({"x": rng.integers(0, 100, 500).astype(str)})
    assert sp.issparse(TabularEncoder().fit_transform(many))
    assert not sp.issparse(TabularEncoder().fit_transform(pd.DataFrame({"x": ["a", "b"] * 9})))


def test_a_sparse_matrix_is_encoded_as_the_dense_one_is(rng):
    X = rng.normal(size=(50, 4)) * (rng.random((50, 4)) < [0.1, 0.9, 0.3, 1])
    X[3, 1] = np.nan
    encoded = TabularEncoder().fit_transform(sp.csr_matrix(X))
    assert sp.issparse(encoded)
    assert_allclose(encoded.toarray(), TabularEncoder().fit_transform(X), atol=1e-14)


def test_samples_of_weight_zero_count_for_nothing():
    frame = pd.DataFrame({"x": [1.0, 2, 4, 1e9], "c": ["a", "a", "b", "only here"]})
    weighted = TabularEncoder(min_frequency=None).fit(frame, sample_weight=[1, 1, 1, 0])
    without = TabularEncoder(min_frequency=None).fit(frame[:3])
    assert_array_equal(dense(weighted.transform(frame)), dense(without.transform(frame)))


def test_float32_stays_float32_and_all_else_becomes_float64():
    frame = pd.DataFrame({"x": np.array([1, 2, 3], np.float32), "c": ["a", "b", "a"]})
    assert TabularEncoder().fit_transform(frame).dtype == np.float32
    assert TabularEncoder().fit_transform(frame.astype({"x": int})).dtype == np.float64


@pytest.mark.parametrize("given", [["code"], [0], [True, False, False]], ids=repr)
def test_texts_stay_categorical_beside_codes_that_are_named(given):
    frame = pd.DataFrame({"code": [1, 2, 1, 2], "city": list("abab"), "size": [1.0, 2.0, 3.0, 4.0]})
    encoder = TabularEncoder(given).fit(frame)
    assert encoder.is_categorical_.tolist() == [True, True, False]


def test_texts_are_refused_by_name_where_no_column_may_be_categorical():
    with pytest.raises(ValueError, match="column 'city' counts as numeric, but holds"):
        TabularEncoder(None).fit(pd.DataFrame({"city": ["a", "b"]}))


@pytest.mark.parametrize("container", ["pandas", "polars"])
@pytest.mark.parametrize("transformer", [TabularEncoder, SmoothClipScaler, PiecewiseLinearEncoder])
def test_set_output_gives_data_frames_with_the_names(container, transformer, rng):
    names = ["size", "rooms"]
    numbers = pd.DataFrame(rng.normal(size=(60, 2)), columns=names)
    encoder = transformer().set_output(transform=container).fit(numbers)
    encoded = encoder.transform(numbers)
    assert type(encoded).__module__.partition(".")[0] == container
    assert list(encoded.columns) == encoder.get_feature_names_out().tolist()
    plain = encoder.set_output(transform="default").transform(numbers)
    assert_array_equal(encoded.to_numpy(), plain)
