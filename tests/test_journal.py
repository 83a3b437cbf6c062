"""The core's journal: what a round has touched is counted, undone, and applied again, exactly."""

import numpy as np
import pytest
import scipy.sparse as sp
from helpers import quick
from internals import core_samples, journaling_training
from optimizer_cases import SETTINGS
from rounds_cases import IN_ROUNDS

from sk_bp import BPClassifier
from sk_bp.samples import Samples

RULES = [setting for name in IN_ROUNDS for setting in SETTINGS.get(name, [name])]
every_rule = pytest.mark.parametrize("optimizer", RULES, ids=str)
N, N_FEATURES, BATCH = 40, 25, 4


def samples_of(rng, layout=sp.csr_array, n_columns=N_FEATURES):
    """Samples with entries in the first n_columns columns only."""
    X = rng.normal(size=(N, N_FEATURES)) * (rng.random((N, N_FEATURES)) < 0.1)
    X[:, n_columns:] = 0
    return Samples(core_samples(layout(X)), rng.integers(2, size=(N, 1)).astype(float), None)


def training_for(optimizer, samples):
    estimator = quick(BPClassifier, optimizer=optimizer, batch_size=BATCH, weight_decay=0.01)
    return journaling_training(estimator, N_FEATURES, samples)


def contents(training):
    """Weights and state, as they lie, and what the clock knows."""
    last_update, clock = training._core.waiting()
    return [
        training.network.parameters.copy(),
        *[slot.copy() for slot in training.state.optimizer.slots],
        last_update,
        *clock,
    ]


@every_rule
def test_a_round_that_is_undone_leaves_no_trace(optimizer, rng):
    first, second = samples_of(rng, n_columns=9), samples_of(rng)
    training = training_for(optimizer, first)
    training.make_epoch(first)
    before, n_first = contents(training), training.network.coefs[0].size
    training._core.start_round()
    training.make_epoch(second)
    training._core.undo_round()
    n_arrays = 1 + len(training.state.optimizer.slots)
    for number, (old, new) in enumerate(zip(before, contents(training), strict=True)):
        end = n_first if number < n_arrays else None  # the other layers are not the core's
        np.testing.assert_array_equal(new[:end], old[:end])


def test_touches_are_the_batches_with_an_entry_in_the_column(rng):
    samples = samples_of(rng)
    training = training_for("rmsprop", samples)
    order = training._order(N, training.settings)
    training._core.start_round()
    training.make_epoch(samples)
    columns, touches, _, _ = training._core.read_changed(False)
    dense = samples.X.summed().toarray()
    expected = sum(
        (dense[order[first : first + BATCH]] != 0).any(axis=0).astype(int)
        for first in range(0, N, BATCH)
    )
    np.testing.assert_array_equal(columns, np.flatnonzero(expected))
    np.testing.assert_array_equal(touches, expected[columns])


@every_rule
def test_changed_rows_are_told_beside_those_of_a_twin_that_was_idle(optimizer, rng):
    first, second = samples_of(rng), samples_of(rng, n_columns=9)
    training, twin = (training_for(optimizer, first) for _ in range(2))
    for one in (training, twin):
        one.make_epoch(first)
    plan = training.idle_plan()
    twin._core.advance(plan)
    twin._core.catch_up()
    training._core.start_round()
    training.make_epoch(second)
    columns, _, changes, _ = training._core.read_changed(True)
    rows = training.network.coefs[0][columns]
    idle = twin.network.coefs[0][columns]
    np.testing.assert_allclose(changes, rows - idle, rtol=1e-9, atol=1e-12)


@every_rule
def test_rows_that_are_applied_go_on_as_if_they_had_been_trained_here(optimizer, rng):
    first, second = samples_of(rng), samples_of(rng, n_columns=9)
    training, twin = (training_for(optimizer, first) for _ in range(2))
    for one in (training, twin):
        one.make_epoch(first)
    plan, n_first = training.idle_plan(), training.network.coefs[0].size
    training._core.start_round()
    training.make_epoch(second)
    columns, _, rows, slots = training._core.read_changed(False)
    twin._core.apply(plan, columns, rows, slots, False)
    training_slots = training.state.optimizer.slots
    for one in (training, twin):
        one._core.catch_up()
    arrays = zip(
        [training.network.parameters, *training_slots],
        [twin.network.parameters, *twin.state.optimizer.slots],
        strict=True,
    )
    for trained, applied in arrays:
        np.testing.assert_array_equal(trained[:n_first], applied[:n_first])


@every_rule
def test_a_copy_takes_over_rows_that_wait_bit_by_bit(optimizer, rng):
    first, second = samples_of(rng), samples_of(rng)
    training = training_for(optimizer, first)
    training.make_epoch(first)
    copy = training.twin(first)
    for one in (training, copy):
        one.make_epoch(second)
    for old, new in zip(contents(training), contents(copy), strict=True):
        np.testing.assert_array_equal(new, old)


def test_a_journal_refuses_what_does_not_fit(rng):
    samples = samples_of(rng)
    training = training_for("adam", samples)
    core, plan = training._core, training.idle_plan()
    core.start_round()
    with pytest.raises(ValueError, match="a round has begun already"):
        core.start_round()
    columns, rows = np.array([0], np.int32), np.zeros((1, 6))
    with pytest.raises(ValueError, match="the round is not over"):
        core.apply(plan, columns, rows, [rows, rows], False)
    core.undo_round()
    with pytest.raises(ValueError, match="no such column"):
        core.apply(plan, columns + N_FEATURES, rows, [rows, rows], False)
    with pytest.raises(ValueError, match="keeps 2 slots, but there are 1"):
        core.apply(plan, columns, rows, [rows], False)
    with pytest.raises(ValueError, match="do not fit their columns"):
        core.apply(plan, columns, rows[:, :3].copy(), [rows, rows], False)
    last_update, clock = core.waiting()
    with pytest.raises(ValueError, match="of another network"):
        core.wait(last_update[1:].copy(), clock)
    with pytest.raises(ValueError, match="of another rule"):
        core.wait(last_update, clock[:3])
    with pytest.raises(ValueError, match="has not been made"):
        core.wait(last_update + 2, clock)


def test_a_rule_with_numbers_of_its_own_has_no_journal(rng):
    with pytest.raises(ValueError, match="has no journal"):
        training_for("prodigy", samples_of(rng))
