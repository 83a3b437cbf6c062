"""The comparisons that other tests rely on can fail."""

import pytest
from helpers import assert_same_state, quick, state, two_classes

from sk_bp import BPClassifier

X, y = two_classes(12, 4)


def test_a_refused_fit_is_told_from_one_that_changes_the_model():
    est = quick(BPClassifier).fit(X, y)
    before = state(est)
    est.set_params(warm_start=True).fit(X, y)
    with pytest.raises(AssertionError):
        assert_same_state(est, before)
