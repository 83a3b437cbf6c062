"""Weights of samples and classes that cannot be are refused."""

import numpy as np
import pytest
from cases import both
from helpers import quick, refused, refused_by_partial_fit, two_classes

from sk_bp import BPClassifier

X, y = two_classes(12, 4)


def weight_with(value):
    weight = np.ones(12)
    weight[4] = value
    return weight


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (weight_with(-0.5), r"sample_weight.*-0\.5"),
        (np.zeros(12), "[Ss]ample.?weight.*non-zero|non-zero.*sample_weight"),
        (weight_with(np.nan), "sample_weight contains NaN"),
        (weight_with(np.inf), "sample_weight contains infinity"),
        (np.ones(11), r"sample_weight.*\(11,\).*\(12,\)"),
        (np.ones((12, 1)), "[Ss]ample.?weight"),
        (["heavy"] * 12, "convert"),
    ],
    ids=["negative", "all zero", "nan", "inf", "short", "column", "words"],
)
@both
def test_weights_that_cannot_be_are_refused(Estimator, bad, message):
    refused(Estimator, message, sample_weight=bad)
    if np.any(bad):  # a call of a stream without any weight does nothing
        refused_by_partial_fit(Estimator, message, sample_weight=bad)
    if "convert" not in message:
        of_validation = message.replace("weight", "weight_val")
        refused(Estimator, of_validation, X_val=X, y_val=y, sample_weight_val=bad)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({0: -1.0, 1: 1.0}, r"class_weight=.*-1\.0"),
        ({0: np.nan}, "class_weight=.*nan"),
        ({0: np.inf}, "class_weight=.*inf"),
        ({0: "heavy"}, "class_weight=.*heavy"),
        ({7: 1.0}, r"class_weight=\{7: 1\.0\} names \[7\], which are not among"),
        ({0: 0.0, 1: 0.0}, "class_weight"),
        ([{0: 1}], "class_weight=.* is a list"),
        ("even", "class_weight.*balanced.*even"),
        (2.0, r"class_weight.*2\.0"),
    ],
    ids=str,
)
def test_class_weights_that_cannot_be_are_refused(bad, message):
    refused(BPClassifier, message, params={"class_weight": bad})
    if bad != {0: 0.0, 1: 0.0}:  # a call of a stream without any weight does nothing
        refused_by_partial_fit(BPClassifier, message, params={"class_weight": bad})


@pytest.mark.parametrize(
    "bad", [{0: 1}, [{1: 2}], [{1: 2}] * 3, [{1: -2}, {}], ["even", "balanced"], [3, None]], ids=str
)
def test_class_weights_that_fit_no_multilabel_task_are_refused(bad):
    Y = np.column_stack([y, 1 - y])
    with pytest.raises(ValueError, match="class_weight"):
        quick(BPClassifier, class_weight=bad).fit(X, Y)


@pytest.mark.parametrize("balanced", ["balanced", ["balanced", "balanced"]], ids=str)
def test_balanced_weights_are_refused_where_not_all_of_y_is_seen(balanced):
    Y = y if balanced == "balanced" else np.column_stack([y, 1 - y])
    with pytest.raises(ValueError, match=r"class_weight=.*balanced.*partial_fit"):
        quick(BPClassifier, class_weight=balanced).partial_fit(X, Y, classes=[0, 1])


def test_a_misspelt_class_beside_a_right_one_is_refused():
    labels = np.array(["no", "yes"] * 6)
    with pytest.raises(ValueError, match=r"class_weight=.*names \['yess'\]"):
        quick(BPClassifier, class_weight={"no": 1, "yess": 2}).fit(X, labels)
    # scikit-learn allows a class too many, and one too few
    quick(BPClassifier, class_weight={"no": 1, "yes": 2, "maybe": 3}).fit(X, labels)
    quick(BPClassifier, class_weight={"yes": 2}).fit(X, labels)
