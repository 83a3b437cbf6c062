"""Every hyperparameter of an optimizer has an effect, and refuses what it cannot be."""

import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from cases import layouts
from optimizer_cases import small_problem
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

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
    CosineDecay,
    Lion,
    NAdam,
    Prodigy,
    RAdam,
    RMSProp,
)
from sk_bp.optimizers import BY_BATCH

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
    (Prodigy(initial_distance=0.1), "beta_1", 0.5),
    (Prodigy(initial_distance=0.1), "beta_2", 0.95),
    (Prodigy(), "initial_distance", 0.01),
    (Prodigy(), "coefficient", 1e4),
]


def test_every_hyperparameter_is_among_those_whose_effect_is_tested():
    tested = {(type(optimizer), name) for optimizer, name, _ in CHANGED}
    assert tested == {(cls, name) for cls in BY_BATCH.values() for name in cls().get_params()}


@layouts
@pytest.mark.parametrize(("optimizer", "name", "value"), CHANGED)
def test_every_hyperparameter_has_an_effect(optimizer, name, value, layout):
    X, y = small_problem(np.float64, layout)
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
    *((Prodigy, "beta_1", value) for value in (-0.1, 1, np.nan, "0.9", None)),
    *((Prodigy, "beta_2", value) for value in (-0.1, 0, 1, np.nan, "0.9", None)),
    *((Prodigy, "initial_distance", value) for value in (0, -1e-6, np.nan, np.inf, "1", None)),
    *((Prodigy, "coefficient", value) for value in (0, -1, np.nan, np.inf, "1", None)),
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


@pytest.mark.parametrize("cls", [Adam, AdamW, NAdam, Prodigy, RAdam])
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


def test_unknown_optimizers_are_refused_with_the_known_names():
    with pytest.raises(ValueError, match=r"'optimizer' parameter.*'adagrad'.*Got 'lyon'"):
        BPRegressor(optimizer="lyon").fit([[0.0], [1.0]], [0.0, 1.0])


@pytest.mark.parametrize("cls", sorted(BY_BATCH.values(), key=lambda cls: cls.__name__))
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize("decay", [{"alpha": 16.0}, {"weight_decay": 2.0}], ids=str)
def test_a_decay_factor_that_is_not_positive_is_refused_by_both_names(cls, method, decay):
    X, y = np.eye(4), np.arange(4.0)
    model = BPRegressor((), optimizer=cls(), learning_rate=2.0, **decay)
    if cls is Prodigy:  # its decay is times a distance that grows, and bounded
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # it hardly learns
            assert np.isfinite(getattr(model, method)(X, y).coefs_[0]).all()
        return
    with pytest.raises(
        ValueError, match=r"learning_rate=2 and .*(alpha=16|weight_decay=2).* together"
    ):
        getattr(model, method)(X, y)
    assert not hasattr(model, "coefs_")


def test_a_decay_factor_is_refused_by_the_name_of_weight_decay_if_that_is_to_blame():
    model = BPRegressor((), optimizer=AdamW(), learning_rate=100.0, alpha=0)
    with pytest.raises(ValueError, match=r"weight_decay=0\.01"):
        model.fit(np.eye(4), np.arange(4.0))


@pytest.mark.parametrize("name", sorted(BY_BATCH))
def test_a_name_stands_for_the_optimizer_at_its_defaults(name):
    X, y = small_problem(np.float64, sp.csr_array)
    optimizer = BY_BATCH[name]()
    model = BPClassifier((4,), optimizer=name, max_iter=3, tol=None, random_state=0)
    same = clone(model).set_params(
        optimizer=optimizer, learning_rate=CosineDecay(optimizer.peak_learning_rate)
    )
    for found, expected in zip(model.fit(X, y).coefs_, same.fit(X, y).coefs_, strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("name", sorted(BY_BATCH))
def test_fitting_leaves_the_optimizer_instance_as_it_was(name):
    X, y = small_problem(np.float64, sp.csr_array)
    optimizer = BY_BATCH[name]()
    before = dict(vars(optimizer))
    BPClassifier((4,), optimizer=optimizer, max_iter=2, tol=None).fit(X, y)
    assert vars(optimizer) == before
