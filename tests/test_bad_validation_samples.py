"""Validation samples are checked as the others are, under their own names."""

import numpy as np
import pytest
from cases import both
from helpers import refused, two_classes, with_value

from sk_bp import BPClassifier

X, y = two_classes(12, 4)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"X_val": X}, "X_val needs y_val"),
        ({"y_val": y}, "y_val.*X_val"),
        ({"sample_weight_val": np.ones(12)}, "sample_weight_val.*X_val"),
        ({"X_val": with_value(np.nan), "y_val": y}, "X_val contains NaN"),
        ({"X_val": X[:, :3], "y_val": y}, "X_val has 3 features"),
        ({"X_val": X[0], "y_val": y}, "X_val|1D"),
        ({"X_val": X[:0], "y_val": y[:0]}, "X_val|0 sample"),
        ({"X_val": X, "y_val": np.where(y, np.nan, 0.0)}, "y_val contains NaN"),
        ({"X_val": X, "y_val": y[:7]}, "X_val.*12.*y_val.*7|y_val.*12.*7|y_val.*7.*12"),
        ({"X_val": X, "y_val": np.column_stack([y, y])}, "y_val"),
    ],
    ids=[
        "no y_val", "no X_val", "weights alone", "X_val nan", "X_val narrow", "X_val row",
        "X_val empty", "y_val nan", "y_val short", "y_val columns",
    ],
)  # fmt: skip
@both
def test_validation_samples_are_checked_under_their_own_names(Estimator, given, message):
    refused(Estimator, message, **given)


def test_validation_labels_not_among_the_classes_are_listed():
    refused(BPClassifier, r"y_val holds labels.*\[9\]", X_val=X[:1], y_val=[9])
