"""What is drawn at random, and from where."""

import numpy as np
import pytest
from cases import both
from helpers import assert_same_bits, quick, two_classes, weights

from sk_bp import (
    BPClassifier,
)

X, y = two_classes(40, 5)


@pytest.mark.parametrize("early_stopping", [False, True])
@both
def test_an_int_random_state_gives_the_same_bits_again(Estimator, early_stopping):
    params = {"batch_size": 7, "early_stopping": early_stopping}
    one, again = (quick(Estimator, **params).fit(X, y) for _ in range(2))
    assert_same_bits(one, again)
    assert_same_bits(one, again.fit(X, y))
    other = quick(Estimator, **params, random_state=1).fit(X, y)
    assert (one.coefs_[0] != other.coefs_[0]).any()


@both
def test_random_state_none_gives_another_model_each_time(Estimator):
    one, other = (quick(Estimator, random_state=None).fit(X, y) for _ in range(2))
    assert (one.coefs_[0] != other.coefs_[0]).any()


@both
def test_a_random_state_instance_goes_on_from_fit_to_fit(Estimator):
    first = quick(Estimator, random_state=np.random.RandomState(3))
    one = [W.copy() for W in weights(first.fit(X, y))]
    two = [W.copy() for W in weights(first.fit(X, y))]
    assert (one[0] != two[0]).any()
    again = quick(Estimator, random_state=np.random.RandomState(3)).fit(X, y)
    np.testing.assert_array_equal(again.coefs_[0], one[0])


def test_fit_leaves_the_global_random_state_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    quick(BPClassifier, early_stopping=True).fit(X, y)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002
