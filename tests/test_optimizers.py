"""Each registered optimizer against its textbook oracle, and what an optimizer refuses."""

import numpy as np
import pytest
import scipy.sparse as sp
from reference import ORACLES, start_from, trained_like
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, Ridge

from sk_bp import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    AMSGrad,
    BPClassifier,
    BPRegressor,
    ConstantRate,
    ExponentialDecay,
    Lion,
    NAdam,
    RAdam,
    RMSProp,
    Schedule,
)
from sk_bp.optimizers import BY_BATCH


class WarmUp(Schedule):
    """A rate that rises for n_steps steps and then stays."""

    def __init__(self, peak=0.01, n_steps=10):
        self.peak = peak
        self.n_steps = n_steps

    def __call__(self, steps):
        return self.peak * np.minimum(1, (np.asarray(steps) + 1) / self.n_steps)


SETTINGS = {
    "sgd": [
        SGD(),
        SGD(momentum=0),
        SGD(momentum=0, dampening=0.5, nesterov=False),
        SGD(momentum=0.8, nesterov=False),
        SGD(momentum=0.8, dampening=0.5, nesterov=False),
        SGD(momentum=0.99),
    ],
    "rmsprop": [
        RMSProp(),
        RMSProp(rho=0),
        RMSProp(rho=0.99, epsilon=1e-3),
        RMSProp(momentum=0.9),
        RMSProp(centered=True),
        RMSProp(rho=0.95, momentum=0.5, centered=True),
    ],
    "adagrad": [Adagrad(), Adagrad(epsilon=0.1)],
    "adam": [
        Adam(),
        Adam(beta_2=0.99),
        Adam(beta_2=0.9),
        Adam(beta_1=0, beta_2=0.5),
        Adam(beta_1=0.5, beta_2=0.95, epsilon=1e-3),
        Adam(beta_1=0.99, beta_2=0.999),
    ],
    "adamw": [AdamW(), AdamW(weight_decay=0), AdamW(beta_2=0.95, weight_decay=3)],
    "adadelta": [Adadelta(), Adadelta(rho=0), Adadelta(rho=0.8, epsilon=1e-2)],
    "adamax": [Adamax(), Adamax(beta_1=0), Adamax(beta_1=0.5, beta_2=0.9)],
    "amsgrad": [
        AMSGrad(),
        AMSGrad(beta_1=0),
        AMSGrad(beta_1=0.95, beta_2=0.9),
        AMSGrad(beta_2=0.5, epsilon=1e-3),
    ],
    "nadam": [
        NAdam(),
        NAdam(beta_1=0),
        NAdam(momentum_decay=0),
        NAdam(beta_2=0.95, epsilon=1e-3, momentum_decay=0.1),
    ],
    "radam": [
        RAdam(),
        RAdam(beta_1=0),
        RAdam(beta_2=0.9),
        RAdam(beta_1=0.5, beta_2=0.55),
        RAdam(beta_2=0.95, epsilon=1e-3),
    ],
    "lion": [Lion(), Lion(beta_1=0), Lion(beta_1=0.95, beta_2=0.98)],
}

RATE = dict.fromkeys(BY_BATCH, 0.01)
RATE |= {"sgd": 0.02, "adagrad": 0.03, "adadelta": 0.04, "lion": 0.003}


def registered():
    return [
        pytest.param(name, optimizer, id=repr(optimizer))
        for name in BY_BATCH
        for optimizer in SETTINGS[name]
    ]


def schedules(rate):
    return {
        "constant": ConstantRate(rate),
        "decay": ExponentialDecay(2 * rate, factor=0.5, n_steps=4),
        "warm_up": WarmUp(rate, n_steps=6),
    }


def large_alpha(optimizer, n):
    """Weight decay that takes several percent off at each step."""
    return n / 10 if optimizer.follows_objective else 10


def small_problem(dtype, *, sparse):
    rng = np.random.default_rng(0)
    X = sp.random_array((30, 14), density=0.15, rng=rng, format="csr", dtype=dtype)
    y = rng.integers(0, 3, size=30)
    return (X if sparse else X.toarray()), y


def distance(model, coefs, intercepts):
    """The largest difference, relative to the largest weight of each array."""
    return max(
        np.abs(found - expected).max() / np.abs(expected).max()
        for found, expected in zip(
            model.coefs_ + model.intercepts_, coefs + intercepts, strict=True
        )
    )


def test_every_optimizer_has_an_oracle_and_settings():
    assert set(ORACLES) - {"rprop"} == set(BY_BATCH) == set(SETTINGS)


@pytest.mark.parametrize("name", sorted(BY_BATCH))
def test_settings_of_an_optimizer_are_of_its_class(name):
    assert all(type(optimizer) is BY_BATCH[name] for optimizer in SETTINGS[name])


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-11), (np.float32, 1e-4)])
@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize("decays", [False, True], ids=["no_decay", "decay"])
@pytest.mark.parametrize("schedule", sorted(schedules(1)))
@pytest.mark.parametrize(("name", "optimizer"), registered())
def test_fit_makes_the_steps_of_the_oracle(
    name, optimizer, schedule, decays, sparse, dtype, tolerance
):
    X, y = small_problem(dtype, sparse=sparse)
    estimator = BPClassifier(
        (6,),
        "tanh",
        optimizer=optimizer,
        learning_rate=schedules(RATE[name])[schedule],
        batch_size=8,
        max_iter=3,
        alpha=large_alpha(optimizer, len(y)) if decays else 0,
        random_state=1,
    )
    model = start_from(estimator, X, y)
    coefs, intercepts, losses = trained_like(model, X, y)
    model.fit(X, y)
    assert model.coefs_[0].dtype == dtype
    assert distance(model, coefs, intercepts) < tolerance
    np.testing.assert_allclose(model.loss_curve_, losses, rtol=tolerance)


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize("name", sorted(BY_BATCH))
def test_weighted_fit_makes_the_steps_of_the_oracle(name, sparse):
    X, y = small_problem(np.float64, sparse=sparse)
    weight = np.random.default_rng(2).uniform(0.1, 5, size=len(y))
    estimator = BPClassifier(
        (6,), "tanh", optimizer=BY_BATCH[name](), learning_rate=0.01, batch_size=8, max_iter=3
    ).set_params(alpha=0.5, random_state=1)
    model = start_from(estimator, X, y)
    coefs, intercepts, losses = trained_like(model, X, y, sample_weight=weight)
    model.fit(X, y, sample_weight=weight)
    assert distance(model, coefs, intercepts) < 1e-11
    np.testing.assert_allclose(model.loss_curve_, losses, rtol=1e-11)


# ------------------------------------------------------------------------------ idle rows

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
        alpha=large_alpha(optimizer, len(y)) / 100 if decays else 0,
        random_state=0,
    )
    model = start_from(estimator, X, y)
    coefs, intercepts, _ = trained_like(model, X, y)
    model.fit(X, y)
    assert distance(model, coefs, intercepts) < 1e-9


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 1e-3)])
@pytest.mark.parametrize("alpha", [0, 0.1])
@pytest.mark.parametrize("schedule", ["constant", "decaying", "staircase", "warm_up"])
@pytest.mark.parametrize("name", sorted(BY_BATCH))
def test_idle_rows_follow_every_schedule(name, schedule, alpha, dtype, tolerance):
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
    ).set_params(shuffle=False, max_iter=1, alpha=alpha, random_state=0)
    model = start_from(estimator, X, y)
    coefs, intercepts, _ = trained_like(model, X, y)
    model.fit(X, y)
    assert distance(model, coefs, intercepts) < tolerance


@pytest.mark.parametrize(("name", "optimizer"), registered())
def test_a_column_that_never_occurs_only_decays(name, optimizer):
    X, y = small_problem(np.float64, sparse=True)
    X = sp.hstack([X, sp.csr_array((30, 2))], format="csr")
    alpha = large_alpha(optimizer, 30)
    estimator = BPClassifier(
        (4,), "tanh", optimizer=optimizer, learning_rate=RATE[name], batch_size=10, max_iter=2
    ).set_params(alpha=alpha, random_state=0)
    model = start_from(estimator, X, y)
    before = model.coefs_[0][-2:].copy()
    p = ORACLES[name](**optimizer.get_params()).decay(RATE[name], alpha, 30)
    assert p < 1
    np.testing.assert_allclose(model.fit(X, y).coefs_[0][-2:], before * p**6, rtol=1e-12)


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
    assert distance(model, coefs, intercepts) < 1e-9


# ------------------------------------------------------------------------ hyperparameters

CHANGED = [
    (SGD(), "momentum", 0.5),
    (SGD(nesterov=False), "dampening", 0.5),
    (SGD(), "nesterov", False),
    (RMSProp(), "rho", 0.5),
    (RMSProp(), "epsilon", 1e-2),
    (RMSProp(), "momentum", 0.5),
    (RMSProp(), "centered", True),
    (Adagrad(), "epsilon", 1e-2),
    (Adam(), "beta_1", 0.5),
    (Adam(), "beta_2", 0.95),
    (Adam(), "epsilon", 1e-2),
    (AdamW(), "beta_1", 0.5),
    (AdamW(), "beta_2", 0.95),
    (AdamW(), "epsilon", 1e-2),
    (AdamW(), "weight_decay", 0.5),
    (Adadelta(), "rho", 0.5),
    (Adadelta(), "epsilon", 1e-3),
    (Adamax(), "beta_1", 0.5),
    (Adamax(), "beta_2", 0.95),
    (AMSGrad(), "beta_1", 0.5),
    (AMSGrad(), "beta_2", 0.95),
    (AMSGrad(), "epsilon", 1e-2),
    (NAdam(), "beta_1", 0.5),
    (NAdam(), "beta_2", 0.95),
    (NAdam(), "epsilon", 1e-2),
    (NAdam(), "momentum_decay", 0.5),
    (RAdam(), "beta_1", 0.5),
    (RAdam(), "beta_2", 0.95),
    (RAdam(), "epsilon", 1e-2),
    (Lion(), "beta_1", 0.5),
    (Lion(), "beta_2", 0.5),
]


def test_every_hyperparameter_is_among_those_whose_effect_is_tested():
    tested = {(type(optimizer), name) for optimizer, name, _ in CHANGED}
    assert tested == {(cls, name) for cls in BY_BATCH.values() for name in cls().get_params()}


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize(("optimizer", "name", "value"), CHANGED)
def test_every_hyperparameter_has_an_effect(optimizer, name, value, sparse):
    X, y = small_problem(np.float64, sparse=sparse)
    model = BPClassifier((4,), optimizer=optimizer, batch_size=8, max_iter=3, tol=None)
    model.set_params(random_state=0, learning_rate=0.01)
    changed = clone(model).set_params(**{f"optimizer__{name}": value})
    difference = np.abs(model.fit(X, y).coefs_[0] - changed.fit(X, y).coefs_[0]).max()
    assert difference > 1e-6


INVALID = [
    *((SGD, "momentum", value) for value in (-0.1, 1, 1.5, np.nan, np.inf, "0.9", None)),
    *((SGD, "dampening", value) for value in (-0.1, 1, np.nan, "0", None)),
    *((SGD, "nesterov", value) for value in ("yes", 2, None)),
    *((RMSProp, "rho", value) for value in (-0.1, 1, 2, np.nan, "0.9", None)),
    *((RMSProp, "epsilon", value) for value in (0, -1e-8, np.nan, "1e-8", None)),
    *((RMSProp, "momentum", value) for value in (-0.1, 1, np.nan, None)),
    *((RMSProp, "centered", value) for value in ("no", 2, None)),
    *((Adagrad, "epsilon", value) for value in (0, -1, np.nan, "1", None)),
    *(
        (cls, name, value)
        for cls in (Adam, AdamW)
        for name, values in {
            "beta_1": (-0.1, 1, 1.5, np.nan, "0.9", None),
            "beta_2": (-0.1, 0, 1, np.nan, "0.9", None),
            "epsilon": (0, -1e-8, np.nan, "1e-8", None),
        }.items()
        for value in values
    ),
    *((AdamW, "weight_decay", value) for value in (-0.01, np.nan, np.inf, "0", None)),
    *((Adadelta, "rho", value) for value in (-0.1, 1, np.nan, "0.9", None)),
    *((Adadelta, "epsilon", value) for value in (0, -1e-8, np.nan, "1e-8", None)),
    *(
        (cls, name, value)
        for cls in (Adamax, AMSGrad, NAdam, RAdam, Lion)
        for name, values in {
            "beta_1": (-0.1, 1, np.nan, "0.9", None),
            "beta_2": (-0.1, 0, 1, np.nan, "0.9", None),
        }.items()
        for value in values
    ),
    *(
        (cls, "epsilon", value)
        for cls in (AMSGrad, NAdam, RAdam)
        for value in (0, -1e-8, np.nan, "1e-8", None)
    ),
    *((NAdam, "momentum_decay", value) for value in (-0.1, np.nan, np.inf, "0", None)),
]


def test_invalid_values_of_every_hyperparameter_are_tested():
    tested = {(cls, name) for cls, name, _ in INVALID}
    assert tested == {(cls, name) for cls in BY_BATCH.values() for name in cls().get_params()}


@pytest.mark.parametrize(("cls", "name", "value"), INVALID)
def test_an_invalid_hyperparameter_is_refused_by_name_and_value(cls, name, value):
    model = BPRegressor(optimizer=cls(**{name: value}))
    with pytest.raises((ValueError, TypeError)) as caught:
        model.fit([[0.0], [1.0]], [0.0, 1.0])
    assert name in str(caught.value)
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize("cls", [RMSProp, Adagrad, Adadelta, Adam, AdamW, AMSGrad, NAdam, RAdam])
def test_an_infinite_epsilon_is_refused(cls):
    with pytest.raises(ValueError, match=r"epsilon.*inf"):
        BPRegressor(optimizer=cls(epsilon=np.inf)).fit([[0.0], [1.0]], [0.0, 1.0])


@pytest.mark.parametrize("cls", [Adam, AdamW, NAdam, RAdam])
@pytest.mark.parametrize(("beta_1", "beta_2"), [(0.9, 0.81), (0.9, 0.5), (0.99, 0.98)])
def test_adam_refuses_averages_whose_quotient_would_grow_for_ever(cls, beta_1, beta_2):
    model = BPRegressor(optimizer=cls(beta_1=beta_1, beta_2=beta_2))
    with pytest.raises(ValueError, match=rf"beta_1={beta_1} .*beta_2={beta_2}"):
        model.fit([[0.0], [1.0]], [0.0, 1.0])


@pytest.mark.parametrize(("beta_1", "beta_2"), [(0.9, 0.9), (0.9, 0.5)])
def test_adamax_refuses_a_mean_that_outlives_the_largest_gradient(beta_1, beta_2):
    model = BPRegressor(optimizer=Adamax(beta_1=beta_1, beta_2=beta_2))
    with pytest.raises(ValueError, match=rf"beta_1={beta_1} .*beta_2={beta_2}"):
        model.fit([[0.0], [1.0]], [0.0, 1.0])


def test_nesterov_with_dampening_is_refused_by_both_names():
    model = BPRegressor(optimizer=SGD(dampening=0.5))
    with pytest.raises(ValueError, match=r"nesterov=True .*dampening=0\.5"):
        model.fit([[0.0], [1.0]], [0.0, 1.0])


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize("optimizer", [SGD(1 - 1e-12), RMSProp(momentum=1 - 1e-12)], ids=repr)
def test_a_momentum_just_below_one_trains_as_the_oracle_does(optimizer, sparse):
    X, y = small_problem(np.float64, sparse=sparse)
    estimator = BPClassifier((), optimizer=optimizer, learning_rate=1e-3, alpha=0)
    estimator.set_params(batch_size=8, max_iter=2, random_state=0)
    model = start_from(estimator, X, y)
    coefs, intercepts, _ = trained_like(model, X, y)
    assert distance(model.fit(X, y), coefs, intercepts) < 1e-9


def test_unknown_optimizers_are_refused_with_the_known_names():
    with pytest.raises(ValueError, match=r"'optimizer' parameter.*'adagrad'.*Got 'lyon'"):
        BPRegressor(optimizer="lyon").fit([[0.0], [1.0]], [0.0, 1.0])


@pytest.mark.parametrize("cls", sorted(BY_BATCH.values(), key=lambda cls: cls.__name__))
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_a_decay_factor_that_is_not_positive_is_refused_by_both_names(cls, method):
    X, y = np.eye(4), np.arange(4.0)
    model = BPRegressor((), optimizer=cls(), learning_rate=2.0, alpha=2.0)
    with pytest.raises(ValueError, match=r"learning_rate=2.*alpha=2") as caught:
        getattr(model, method)(X, y)
    assert "Lower learning_rate or alpha" in str(caught.value)
    assert not hasattr(model, "coefs_")


def test_a_decay_factor_is_refused_by_the_name_of_weight_decay_if_that_is_to_blame():
    model = BPRegressor((), optimizer=AdamW(), learning_rate=100.0, alpha=0)
    with pytest.raises(ValueError, match=r"weight_decay=0\.01"):
        model.fit(np.eye(4), np.arange(4.0))


@pytest.mark.parametrize("name", sorted(BY_BATCH))
def test_a_name_stands_for_the_optimizer_at_its_defaults(name):
    X, y = small_problem(np.float64, sparse=True)
    optimizer = BY_BATCH[name]()
    model = BPClassifier((4,), optimizer=name, max_iter=3, tol=None, random_state=0)
    same = clone(model).set_params(
        optimizer=optimizer, learning_rate=optimizer.default_learning_rate
    )
    for found, expected in zip(model.fit(X, y).coefs_, same.fit(X, y).coefs_, strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", sorted(BY_BATCH))
def test_fitting_leaves_the_optimizer_instance_as_it_was(name):
    X, y = small_problem(np.float64, sparse=True)
    optimizer = BY_BATCH[name]()
    before = dict(vars(optimizer))
    BPClassifier((4,), optimizer=optimizer, max_iter=2, tol=None).fit(X, y)
    assert vars(optimizer) == before


# ----------------------------------------------------------------------------- convergence


def regression_problem(n=80, n_features=5):
    rng = np.random.default_rng(3)
    X = rng.standard_normal((n, n_features))
    y = X @ rng.standard_normal(n_features) + 0.7 + 0.3 * rng.standard_normal(n)
    return X, y


@pytest.mark.parametrize(("name", "optimizer"), registered())
def test_every_optimizer_finds_the_least_squares_solution(name, optimizer):
    X, y = regression_problem()
    optimum = Ridge(alpha=0).fit(X, y)
    start = {"sgd": 0.2, "rmsprop": 0.05, "adagrad": 0.5, "adadelta": 20.0}.get(name, 0.1)
    model = BPRegressor(
        (),
        optimizer=clone(optimizer),
        learning_rate=ExponentialDecay(start, factor=0.1, n_steps=500),
        max_iter=2000,
        alpha=0,
        tol=None,
        random_state=0,
    )
    if name == "adamw":
        model.set_params(optimizer__weight_decay=0)
    model.fit(X, y)
    np.testing.assert_allclose(model.coefs_[0][:, 0], optimum.coef_, atol=1e-3)
    np.testing.assert_allclose(model.intercepts_[0], optimum.intercept_, atol=1e-3)


@pytest.mark.parametrize("cls", [RMSProp, Adam, NAdam, RAdam, AMSGrad, Adamax, Lion], ids=str)
def test_an_exotic_setting_is_exact_on_wide_sparse_input(cls):
    """Columns that come once in hundreds of steps, in batches that also repeat columns."""
    rng = np.random.default_rng(0)
    X = sp.random_array((600, 3000), density=0.002, rng=rng, format="csr")
    y = rng.standard_normal(600)
    model = BPRegressor((3,), "tanh", optimizer=cls(), learning_rate=0.01, batch_size=2)
    model.set_params(max_iter=2, tol=None, random_state=0)
    on_sparse, on_dense = model.fit(X, y), clone(model).fit(X.toarray(), y)
    assert distance(on_sparse, on_dense.coefs_, on_dense.intercepts_) < 1e-9


@pytest.mark.parametrize("sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize(
    "optimizer", [optimizer for optimizer in SETTINGS["sgd"] if optimizer.momentum < 0.95], ids=repr
)
def test_sgd_with_alpha_is_ridge_regression(optimizer, sparse):
    X, y = regression_problem()
    optimum = Ridge(alpha=20).fit(X, y)
    model = BPRegressor(
        (), optimizer=optimizer, learning_rate=0.1, alpha=20, max_iter=1000, tol=None
    ).fit(sp.csr_array(X) if sparse else X, y)
    np.testing.assert_allclose(model.coefs_[0][:, 0], optimum.coef_, atol=1e-10)
    np.testing.assert_allclose(model.intercepts_[0], optimum.intercept_, atol=1e-10)


def test_sgd_with_alpha_and_weights_is_weighted_ridge_regression():
    X, y = regression_problem()
    weight = np.random.default_rng(4).uniform(0, 3, size=len(y))
    optimum = Ridge(alpha=20).fit(X, y, sample_weight=weight)
    model = BPRegressor((), optimizer="sgd", learning_rate=0.1, alpha=20, max_iter=1000, tol=None)
    model.fit(X, y, sample_weight=weight)
    np.testing.assert_allclose(model.coefs_[0][:, 0], optimum.coef_, atol=1e-10)
    np.testing.assert_allclose(model.intercepts_[0], optimum.intercept_, atol=1e-10)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_sgd_with_alpha_is_logistic_regression(n_classes):
    X, values = regression_problem()
    y = np.digitize(values, np.quantile(values, np.linspace(0, 1, n_classes + 1)[1:-1]))
    optimum = LogisticRegression(C=0.5, tol=1e-12, max_iter=10_000).fit(X, y)
    model = BPClassifier((), optimizer="sgd", learning_rate=0.5, alpha=2, max_iter=1500, tol=None)
    model.fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), optimum.predict_proba(X), atol=1e-6)
