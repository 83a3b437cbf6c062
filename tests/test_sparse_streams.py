"""Streams of sparse batches: what is asked for between the calls, and what may change."""

import copy
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from cases import both
from helpers import assert_same_bits, assert_same_up_to_rounding
from internals import forbid_catching_up, make_slices_of_one_step
from resume_cases import VARIANTS, WIDE, X, every_variant, quick, y, y_wide

from sk_bp import BPClassifier, BPRegressor, RMSProp


def stream(est, n_calls):
    for i in range(n_calls):
        part = slice(10 * (i % 6), 10 * (i % 6) + 10)
        given = {"classes": [0, 1]} if i == 0 and isinstance(est, BPClassifier) else {}
        est.partial_fit(WIDE[part], y_wide[part], **given)
        yield est


def settled(est):
    return pickle.loads(pickle.dumps(copy.deepcopy(est)))


@every_variant
@both
def test_predictions_in_a_stream_are_those_of_the_weights_up_to_date(Estimator, optimizer):
    output = "decision_function" if Estimator is BPClassifier else "predict"
    est = quick(Estimator, optimizer=optimizer)
    for now in stream(est, 8):
        by_rows = getattr(now, output)(WIDE)  # before anyone asks for the weights
        by_copy = getattr(settled(now), output)(WIDE.toarray())
        np.testing.assert_allclose(by_rows, by_copy, rtol=1e-9, atol=1e-11)


@every_variant
def test_asking_in_a_stream_changes_nothing_but_rounding(optimizer):
    quiet, asked = (quick(BPRegressor, optimizer=optimizer) for _ in range(2))
    for _ in stream(quiet, 8):
        pass
    for now in stream(asked, 8):
        now.predict(WIDE[:3])
        now.predict(WIDE[:3].toarray())
        _ = now.coefs_
        pickle.dumps(now)
    assert_same_up_to_rounding(asked, quiet)


@every_variant
def test_weights_asked_for_in_a_stream_are_up_to_date(optimizer):
    est, dense = (quick(BPRegressor, optimizer=optimizer) for _ in range(2))
    for i, now in enumerate(stream(est, 7)):
        part = slice(10 * (i % 6), 10 * (i % 6) + 10)
        dense.partial_fit(WIDE[part].toarray(), y_wide[part])
        if i % 3 == 0:
            assert_same_up_to_rounding(now, dense)
    assert_same_up_to_rounding(est, dense)


def test_concurrent_predictions_agree_between_the_calls_of_a_stream():
    est = quick(BPClassifier, hidden_layer_sizes=20, optimizer="adam")
    dense = WIDE.toarray()
    with ThreadPoolExecutor(6) as pool:
        for now in stream(est, 6):
            expected = settled(now).decision_function(WIDE)
            asks = [
                lambda: now.decision_function(WIDE),  # noqa: B023
                lambda: now.decision_function(dense),  # noqa: B023
                lambda: now.coefs_ and now.decision_function(WIDE),  # noqa: B023
                lambda: pickle.loads(pickle.dumps(now)).decision_function(WIDE),  # noqa: B023
            ]
            jobs = [pool.submit(asks[i % len(asks)]) for i in range(24)]
            for job in jobs:
                np.testing.assert_allclose(job.result(), expected, rtol=1e-9, atol=1e-11)


def test_predictions_after_a_fit_agree_between_threads():
    est = quick(BPClassifier, hidden_layer_sizes=20, max_iter=2).fit(WIDE, y_wide)
    expected = est.decision_function(WIDE)
    with ThreadPoolExecutor(6) as pool:
        for result in pool.map(lambda _: est.decision_function(WIDE), range(24)):
            np.testing.assert_array_equal(result, expected)


def test_fits_in_several_threads_do_not_disturb_each_other():
    expected = quick(BPClassifier, max_iter=5).fit(X, y)
    with ThreadPoolExecutor(4) as pool:
        models = list(pool.map(lambda _: quick(BPClassifier, max_iter=5).fit(X, y), range(8)))
    for model in models:
        assert_same_bits(model, expected)


@both
def test_the_learning_rate_may_change_in_the_midst_of_a_sparse_stream(Estimator):
    for optimizer in VARIANTS.values():
        est, dense = (quick(Estimator, optimizer=optimizer) for _ in range(2))
        for i, now in enumerate(stream(est, 8)):
            part = slice(10 * (i % 6), 10 * (i % 6) + 10)
            given = {"classes": [0, 1]} if i == 0 and Estimator is BPClassifier else {}
            dense.partial_fit(WIDE[part].toarray(), y_wide[part], **given)
            if i == 3:
                for model in (now, dense):
                    model.set_params(learning_rate=0.05, weight_decay=0.1)
        assert_same_up_to_rounding(est, dense)


def test_a_hyperparameter_may_change_in_the_midst_of_a_sparse_stream():
    est, dense = (quick(BPRegressor, optimizer=RMSProp(momentum=0.5)) for _ in range(2))
    for i, now in enumerate(stream(est, 8)):
        part = slice(10 * (i % 6), 10 * (i % 6) + 10)
        dense.partial_fit(WIDE[part].toarray(), y_wide[part])
        if i == 3:
            for model in (now, dense):
                model.set_params(optimizer__rho=0.5, optimizer__momentum=0.9)
    assert_same_up_to_rounding(est, dense)


@pytest.mark.parametrize("data", [X, WIDE], ids=["dense", "sparse"])
@every_variant
@both
def test_the_length_of_a_slice_does_not_change_a_bit(Estimator, optimizer, data, monkeypatch):
    """The core is called for some steps at a time; how many must not matter."""
    labels = y if data is X else y_wide
    whole = quick(Estimator, optimizer=optimizer, max_iter=3).fit(data, labels)
    make_slices_of_one_step(monkeypatch)
    sliced = quick(Estimator, optimizer=optimizer, max_iter=3).fit(data, labels)
    assert_same_bits(sliced, whole)


@both
def test_a_stream_and_its_predictions_never_bring_all_weight_rows_up_to_date(
    Estimator, monkeypatch
):
    """Each call costs what its entries cost, however wide X is."""
    est = quick(Estimator)
    for i, now in enumerate(stream(est, 6)):
        if i == 0:
            forbid_catching_up(monkeypatch)
        now.predict(WIDE[:5])
        assert now.n_layers_ > 1
        assert now.n_outputs_ == 1
        assert now.out_activation_
        assert now.n_iter_ == i + 1
