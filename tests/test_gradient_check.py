"""check_gradient calls no right gradient wrong, and leaves the estimator as it is."""

import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from cases import ACTIVATION_CASES, LOSS_CASES, precisions
from gradient_check_cases import data
from helpers import estimator_class, targets_for
from internals import plant
from sklearn.datasets import load_breast_cancer, load_iris

from sk_bp import BPClassifier, BPRegressor
from sk_bp.inspection import check_gradient, gradient_check
from sk_bp.optimizers import OPTIMIZERS

N_CONFIGURATIONS = 500


def choice(rng, cases):
    return cases[rng.integers(len(cases))]


def random_configuration(seed):
    """An estimator and data, over losses, depths, activations, layouts, weights and penalties."""
    rng = np.random.default_rng(seed)
    loss, task = choice(rng, LOSS_CASES)
    depth = int(rng.integers(0, 4))
    estimator = estimator_class(task)(
        tuple(int(size) for size in rng.integers(1, 7, size=depth)),
        [choice(rng, ACTIVATION_CASES) for _ in range(depth)],
        loss=loss,
        optimizer=choice(rng, ["sgd", "adam", "lbfgs"]),
        alpha=choice(rng, [0.0, 1e-4, 1.0]),
        random_state=seed,
    )
    X = data(rng, n=int(rng.integers(2, 40)), density=choice(rng, [0.2, 0.7, 1]))
    n_outputs = rng.integers(1 if task == "regression" else 2, 5)
    y = targets_for(task, len(X), rng, min(len(X), n_outputs))
    weight = rng.uniform(0.1, 3, size=len(X)) if rng.random() < 0.5 else None
    if rng.random() < 0.4:
        X = sp.csr_array(X)
    if rng.random() < 0.3 and estimator.optimizer != "lbfgs":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            estimator.set_params(max_iter=2, tol=None).fit(X, y)
    return estimator, X, y, weight


def test_no_right_gradient_is_called_wrong_over_many_random_configurations():
    verdicts = [
        check_gradient(*random_configuration(seed), n_checks=30, random_state=seed).verdict
        for seed in range(N_CONFIGURATIONS)
    ]
    assert "wrong" not in verdicts
    assert verdicts.count("right") > 0.98 * N_CONFIGURATIONS


def ill_conditioned():
    """Networks near a minimum, with saturated outputs, unscaled data: name, model, X, y."""
    rng = np.random.default_rng(2)
    X = rng.standard_normal((60, 3))
    curve = np.sin(X[:, 0]) + 0.1 * rng.standard_normal(60)
    exact = {"tol": None, "max_iter": 500, "random_state": 0}
    lm = BPRegressor(4, "tanh", optimizer="levenberg_marquardt", **exact)
    yield "at a minimum", lm, X, curve
    for offset in (1e2, 1e4, 1e6):
        line = offset + X @ [1, 2, 3] + 0.1 * rng.standard_normal(60)
        linear = BPRegressor((), optimizer="lbfgs", alpha=0, **exact)
        yield f"targets near {offset:g}", linear, X, line
    labels = (X[:, 0] + 0.5 * rng.standard_normal(60) > 0).astype(int)
    for scale in (10, 1e2, 1e4):
        logistic = BPClassifier((), optimizer="lbfgs", **exact)
        yield f"X times {scale:g}", logistic, scale * X, labels
    saturated = BPClassifier(10, "tanh", optimizer="rprop", **exact)
    yield "a loss of 0", saturated, X, np.argmax(X, axis=1)
    iris, species = load_iris(return_X_y=True)
    for name in ("lbfgs", "rprop", "adam"):
        yield f"iris, {name}", BPClassifier(10, "tanh", optimizer=name, **exact), iris, species
    cancer, kinds = load_breast_cancer(return_X_y=True)
    yield "dead for all", BPClassifier(10, "tanh", optimizer="lbfgs", **exact), cancer, kinds


@pytest.mark.parametrize(
    ("model", "X", "y"), [pytest.param(*case, id=name) for name, *case in ill_conditioned()]
)
def test_no_right_gradient_of_a_trained_network_is_called_wrong(model, X, y, monkeypatch):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, y)
    assert check_gradient(model, X, y, n_checks=50, random_state=0).verdict != "wrong"
    plant(monkeypatch, lambda gradient, network: np.add(gradient, 1e-3, out=gradient))
    assert check_gradient(model, X, y, n_checks=50, random_state=0).verdict == "wrong"


def test_eighteen_logistic_layers_are_not_decidable_at_the_bottom():
    rng = np.random.default_rng(0)
    X, y = data(rng), np.arange(30) % 2
    model = BPClassifier((8,) * 18, "logistic", alpha=0, optimizer="sgd", random_state=0)
    result = check_gradient(model, X, y)
    assert result.verdict == "not decidable"
    verdicts = {array.name: array.verdict for array in result.arrays}
    assert verdicts["coefs_[0]"] == "not decidable"
    assert verdicts["coefs_[18]"] == "right"
    assert "not decidable" in repr(result)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_penalty_is_part_of_it_where_the_optimizer_minimizes_it(name):
    rng = np.random.default_rng(0)
    X, y = data(rng), rng.standard_normal(30)
    with_penalty = check_gradient(BPRegressor(3, optimizer=name, alpha=50, random_state=0), X, y)
    without = check_gradient(BPRegressor(3, optimizer=name, alpha=0, random_state=0), X, y)
    assert with_penalty.verdict == without.verdict == "right"
    assert (with_penalty.loss > without.loss) == OPTIMIZERS[name].follows_objective


@pytest.mark.parametrize("fitted", [False, True])
@precisions
def test_the_estimator_stays_as_it_is(dtype, fitted):
    rng = np.random.default_rng(0)
    X, y = data(rng).astype(dtype), np.arange(30) % 3
    model = BPClassifier((4,), max_iter=3, tol=None, random_state=np.random.RandomState(0))
    if fitted:
        model.fit(X, y)
    before = dict(vars(model))
    state = model.random_state.get_state()[1].copy()
    assert check_gradient(model, X, y).verdict == "right"
    assert vars(model) == before
    np.testing.assert_array_equal(model.random_state.get_state()[1], state)


def test_class_weights_count():
    rng = np.random.default_rng(0)
    X, y = data(rng), (np.arange(30) % 5 == 0).astype(int)
    plain = check_gradient(BPClassifier(3, random_state=0), X, y)
    weighted = check_gradient(BPClassifier(3, class_weight={1: 9.0}, random_state=0), X, y)
    assert weighted.verdict == "right"
    assert weighted.loss != plain.loss


def test_so_many_parameters_are_checked_as_asked_for():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((10, 40)), rng.standard_normal(10)
    by_name = {a.name: a for a in check_gradient(BPRegressor(20), X, y, n_checks=7).arrays}
    assert by_name["coefs_[0]"].n_checked == 7
    assert by_name["intercepts_[1]"].n_checked == 1
    by_name = {a.name: a for a in check_gradient(BPRegressor(20, "tanh"), X, y).arrays}
    assert by_name["coefs_[0]"].n_checked == 200


def test_a_random_state_draws_the_same_parameters():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((10, 40)), rng.standard_normal(10)
    model = BPRegressor(20, "tanh", random_state=0)
    results = [check_gradient(model, X, y, n_checks=5, random_state=3) for _ in range(2)]
    assert repr(results[0]) == repr(results[1])


def test_on_wide_sparse_X_most_weights_that_are_checked_are_of_columns_that_occur():
    rng = np.random.default_rng(0)
    X = sp.csr_array((rng.random(60), rng.integers(0, 20, 60) * 5000, np.arange(61)), (60, 10**5))
    model = BPClassifier(5, "tanh", random_state=0)
    seen = []
    real = gradient_check.slopes_of

    def slopes_of(problem, chosen, eps):
        seen.append(chosen[0][1] // 5)
        return real(problem, chosen, eps)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gradient_check, "slopes_of", slopes_of)
        assert check_gradient(model, X, np.arange(60) % 2, n_checks=40).verdict == "right"
    assert np.isin(seen[0], X.indices).mean() >= 0.7
