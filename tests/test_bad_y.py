"""y that cannot be used is refused by name, and leaves the model as it was."""

import warnings

import numpy as np
import pytest
from cases import both
from helpers import assert_same_state, quick, refused, refused_by_partial_fit, state, two_classes
from scipy import sparse

from sk_bp import BPClassifier, BPRegressor

pytestmark = pytest.mark.filterwarnings(
    "ignore:invalid value encountered in cast:RuntimeWarning"  # from scikit-learn, for infinite y
)

X, y = two_classes(12, 4)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.where(y, np.nan, 0.0), "y contains NaN"),
        (np.where(y, np.inf, 0.0), "y contains infinity"),
        (y[:11], "12, 11"),
        (None, "y"),
        (y[:, None, None], "y|dim"),
        (X + 1j, "Complex|complex|y"),
    ],
    ids=["nan", "inf", "short", "None", "three dimensions", "complex"],
)
@both
def test_y_that_is_no_target_is_refused(Estimator, bad, message):
    refused(Estimator, message, y=bad)
    refused_by_partial_fit(Estimator, message, y=bad)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (X[:, 0], "continuous"),
        (X[:, :2], "continuous"),
        (np.arange(24).reshape(12, 2), "y has several outputs.*MultiOutputClassifier"),
        (np.array([None, "a"] * 6, dtype=object), "y|label|None"),
        (np.array([1, "a"] * 6, dtype=object), "y|label|unknown|type"),
    ],
    ids=["continuous", "continuous columns", "several outputs", "None", "mixed"],
)
def test_y_that_holds_no_labels_is_refused_by_the_classifier(bad, message):
    refused(BPClassifier, message, y=bad, error=(ValueError, TypeError))


def test_y_that_is_not_numeric_is_refused_by_the_regressor():
    refused(BPRegressor, "convert", y=np.array(["a", "b"] * 6))
    refused(BPRegressor, "y|[Ss]parse", y=sparse.csr_array(X), error=(ValueError, TypeError))


def test_y_too_large_for_float32_is_refused_by_the_regressor():
    single = X.astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # overflow encountered in cast
        with pytest.raises(ValueError, match="y contains infinity or a value too large"):
            quick(BPRegressor).fit(single, y * 1e300)


def test_labels_not_among_the_classes_are_listed():
    bad = np.where(np.arange(12) == 5, 7, y)
    message = r"y holds labels.*\[7\].*\[0, 1\]"
    refused_by_partial_fit(BPClassifier, message, y=bad)
    fitted = quick(BPClassifier).fit(X, y)
    before = state(fitted)
    with pytest.raises(ValueError, match=message):
        fitted.partial_fit(X, bad)
    with pytest.raises(ValueError, match=message):
        fitted.set_params(warm_start=True).fit(X, bad)
    assert_same_state(fitted.set_params(warm_start=False), before)
    fresh = quick(BPClassifier)
    with pytest.raises(ValueError, match=message):
        fresh.partial_fit(X, bad, classes=[0, 1])
    assert not hasattr(fresh, "classes_")


def test_string_labels_do_not_pass_for_the_numbers_they_spell():
    names = np.array(["0", "1"])[y]
    refused_by_partial_fit(BPClassifier, "y holds labels", y=names)
    refused(BPClassifier, "y_val holds labels", X_val=X, y_val=names)


def test_the_first_partial_fit_needs_classes_and_later_ones_hold_to_them():
    est = quick(BPClassifier)
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        est.partial_fit(X, y)
    refused_by_partial_fit(BPClassifier, r"classes=\[0, 1, 2\].*\[0, 1\]", classes=[0, 1, 2])


@pytest.mark.parametrize("bad", [[0, np.nan, 1], [], [[0, 1]], [0.5, 1.5]], ids=str)
def test_classes_that_cannot_be_labels_are_refused(bad):
    with pytest.raises(ValueError, match="classes"):
        quick(BPClassifier).partial_fit(X, y, classes=bad)


def test_labels_and_indicator_matrices_do_not_mix():
    Y = np.column_stack([y, 1 - y])
    single, several = quick(BPClassifier).fit(X, y), quick(BPClassifier).fit(X, Y)
    for est, target in ((single, Y), (several, y)):
        before = state(est)
        with pytest.raises(ValueError, match=r"y holds .* but the model was fitted with"):
            est.partial_fit(X, target)
        assert_same_state(est, before)
    with pytest.raises(ValueError, match=r"y has 3 label columns.*with 2"):
        several.partial_fit(X, np.column_stack([Y, y]))


def test_the_number_of_outputs_of_a_regressor_is_held_to():
    Y = np.column_stack([y, y])
    refused_by_partial_fit(BPRegressor, "y has 2 outputs.*with 1", y=Y)
    est = quick(BPRegressor, warm_start=True).fit(X, y)
    before = state(est)
    with pytest.raises(ValueError, match=r"y has 2 outputs.*with 1"):
        est.fit(X, Y)
    assert_same_state(est, before)
