"""Saved models that have been altered by hand are refused, and nothing crashes."""

import copy
import pickle
from contextlib import suppress

import numpy as np
import pytest
from altered_cases import ALTERATIONS, CLASSES, SENSELESS, X, stream, trained, y
from helpers import assert_equal_arrays, assert_same_state, state, weights

from sk_bp import BPClassifier


def by_pickle(model):
    return pickle.loads(pickle.dumps(model))


def by_skops(model):
    skops = pytest.importorskip("skops.io")
    data = skops.dumps(model)
    return skops.loads(data, trusted=skops.get_untrusted_types(data=data))


@pytest.fixture(scope="module")
def whole():
    return trained()


@pytest.mark.parametrize("name", ALTERATIONS)
@pytest.mark.parametrize("saved", [by_pickle, by_skops])
def test_an_altered_model_is_refused_when_it_is_loaded(name, saved, whole):
    altered = copy.deepcopy(whole)
    ALTERATIONS[name](altered)
    if saved is by_pickle and "byte order" in name:
        assert_equal_arrays(weights(by_pickle(altered)), weights(whole))  # NumPy has turned them
        return
    with pytest.raises(ValueError, match=r"^this saved \w+ cannot be loaded: \S"):
        saved(altered)


@pytest.mark.parametrize("name", CLASSES)
def test_a_classifier_with_altered_classes_is_refused_when_it_is_loaded(name):
    altered = trained(BPClassifier)
    CLASSES[name](altered)
    with pytest.raises(ValueError, match="this saved BPClassifier cannot be loaded"):
        by_pickle(altered)


@pytest.mark.parametrize("name", SENSELESS)
@pytest.mark.parametrize("model", [trained, stream])
def test_a_senseless_state_of_the_optimizer_never_makes_weights_that_are_not_finite(name, model):
    altered = model(learning_rate=0.01, optimizer="adam")
    SENSELESS[name](altered)
    loaded = by_pickle(altered)
    train = loaded.partial_fit if model is stream else loaded.fit
    with suppress(ValueError):
        train(X, y)
    assert np.isfinite(loaded.predict(X)).all()


def test_negative_squares_are_refused_at_the_first_epoch():
    altered = stream()
    SENSELESS["negative squares"](altered)
    loaded = by_pickle(altered)
    before = state(loaded)
    for _ in range(2):
        with pytest.raises(ValueError, match="optimizer's state that was loaded"):
            loaded.partial_fit(X, y)
        assert_same_state(loaded, before)


def test_parameters_of_a_loaded_model_are_checked_whatever_the_file_says_of_them(whole):
    altered = copy.deepcopy(whole).set_params(batch_size=-5)
    names = altered._parameter_constraints
    altered._valid_params = [getattr(altered, name) for name in names]  # "found valid before"
    loaded = by_pickle(altered)
    assert not hasattr(loaded, "_valid_params")
    with pytest.raises(ValueError, match=r"batch_size.*-5"):
        loaded.partial_fit(X, y)
