"""Rows of weights that were idle for long are where the oracle has them."""

import numpy as np
import pytest
import scipy.sparse as sp
from helpers import distance, weights
from optimizer_cases import RATE, SETTINGS, WarmUp, large_decay, registered, small_problem
from reference import start_from, trained_like

from sk_bp import (
    SGD,
    Adam,
    BPClassifier,
    BPRegressor,
    ConstantRate,
    ExponentialDecay,
    RMSProp,
)
from sk_bp.optimizers import BY_BATCH

GAPS = (1, 2, 3, 5, 10, 30, 100, 300, 1000, 2000)


SCALES = 10.0 ** -np.arange(8)


def rarely_touched_columns():
    """One sample a step; column c has entries of size SCALES[c], with gaps of 1 to 2,000 steps.

    The targets are about 1, so a gradient is about as large as the entry that makes it.
    """
    rows, columns, values = [], [], []
    n = sum(GAPS) + len(GAPS) + len(SCALES) + 10
    for column, scale in enumerate(SCALES):
        row = column + 1
        for k, gap in enumerate((*np.roll(GAPS, column), 0)):
            rows.append(row)
            columns.append(column)
            values.append(-1.5 * scale if k % 3 == 0 else scale)
            row += gap + 1
    y = 1 + np.random.default_rng(0).standard_normal(n)
    return sp.csr_array((values, (rows, columns)), shape=(n, len(SCALES))), y


IDLE_SETTINGS = [
    *(optimizer for settings in SETTINGS.values() for optimizer in settings),
    SGD(momentum=0.999, nesterov=False),
    RMSProp(rho=0.999, momentum=0.99),
    Adam(beta_2=0.9999),
    Adam(beta_2=0.98),
    Adam(beta_2=0.95),
    Adam(beta_2=0.82),
    Adam(beta_1=0.99, beta_2=0.99),
    Adam(epsilon=1e-3),
    Adam(epsilon=1e-16),
    Adam(beta_2=0.99, epsilon=1e-4),
    Adam(beta_2=0.99, epsilon=1),
]


@pytest.mark.parametrize("decays", [False, True], ids=["no_decay", "decay"])
@pytest.mark.parametrize("optimizer", IDLE_SETTINGS, ids=repr)
def test_rows_that_were_idle_for_long_are_where_the_oracle_has_them(optimizer, decays):
    X, y = rarely_touched_columns()
    estimator = BPRegressor(
        (),
        optimizer=optimizer,
        learning_rate=ExponentialDecay(0.02, factor=0.5, n_steps=1000),
        batch_size=1,
        shuffle=False,
        max_iter=1,
        **(large_decay(optimizer, len(y), 0.01) if decays else {"alpha": 0}),
        random_state=0,
    )
    model = start_from(estimator, X, y)
    coefs, intercepts, _ = trained_like(model, X, y)
    model.fit(X, y)
    assert distance(weights(model), coefs + intercepts) < 1e-9


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 1e-3)])
@pytest.mark.parametrize("weight_decay", [0, 0.1])
@pytest.mark.parametrize("schedule", ["constant", "decaying", "staircase", "warm_up"])
@pytest.mark.parametrize("name", sorted(BY_BATCH))
def test_idle_rows_follow_every_schedule(name, schedule, weight_decay, dtype, tolerance):
    X, y = rarely_touched_columns()
    X = X.astype(dtype)
    rates = {
        "constant": ConstantRate(0.01),
        "decaying": ExponentialDecay(0.01, factor=0.5, n_steps=500),
        "staircase": ExponentialDecay(0.02, factor=0.1, n_steps=700, staircase=True),
        "warm_up": WarmUp(0.02, n_steps=1500),
    }
    estimator = BPRegressor(
        (), optimizer=BY_BATCH[name](), learning_rate=rates[schedule], batch_size=1
    ).set_params(shuffle=False, max_iter=1, weight_decay=weight_decay, random_state=0)
    model = start_from(estimator, X, y)
    coefs, intercepts, _ = trained_like(model, X, y)
    expected = coefs + intercepts
    if name == "prodigy" and dtype is np.float32:
        # Whether its distance grows at a step may hang on rounding, on dense X too: so beside that.
        expected = weights(start_from(estimator, X.toarray(), y).fit(X.toarray(), y))
    model.fit(X, y)
    assert distance(weights(model), expected) < tolerance


@pytest.mark.parametrize(("name", "optimizer"), registered())
def test_a_column_that_never_occurs_only_decays(name, optimizer):
    X, y = small_problem(np.float64, sp.csr_array)
    X = sp.hstack([X, sp.csr_array((30, 2))], format="csr")
    estimator = BPClassifier(
        (4,), "tanh", optimizer=optimizer, learning_rate=RATE[name], batch_size=10, max_iter=2
    ).set_params(**large_decay(optimizer, 30), random_state=0)
    model = start_from(estimator, X, y)
    before = model.coefs_[0][-2:].copy()
    expected = trained_like(model, X, y)[0][0][-2:]
    assert (abs(expected) < abs(before)).all()
    np.testing.assert_allclose(expected / before, (expected / before)[0, 0], rtol=1e-12)
    np.testing.assert_allclose(model.fit(X, y).coefs_[0][-2:], expected, rtol=1e-10)


@pytest.mark.parametrize("name", sorted(BY_BATCH))
def test_a_stream_of_rows_and_predictions_between_them_end_where_the_oracle_does(name):
    X, y = rarely_touched_columns()
    X, y = X[:150], y[:150]
    estimator = BPRegressor(
        (), optimizer=BY_BATCH[name](), learning_rate=0.01, batch_size=1, shuffle=False
    ).set_params(max_iter=1, alpha=0, random_state=0)
    model = start_from(estimator, X, y)
    coefs, intercepts, _ = trained_like(model, X, y)
    for row in range(150):
        model.partial_fit(X[[row]], y[[row]])
        if row % 7 == 0:
            model.predict(X[:row:5] if row else X)
        if row % 50 == 49:
            assert np.isfinite(model.coefs_[0]).all()
    assert distance(weights(model), coefs + intercepts) < 1e-9
