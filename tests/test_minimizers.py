"""The optimizers that choose their own steps: what they reach, keep, note down and refuse."""

import pickle
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.optimize import least_squares
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import BayesianRidge, LogisticRegression, Ridge
from sklearn.neural_network import MLPRegressor
from sklearn.preprocessing import StandardScaler

import sk_bp.objective as objective
from sk_bp import (
    LBFGS,
    BayesianRegularization,
    BPClassifier,
    BPRegressor,
    ConjugateGradient,
    ConstantRate,
    LevenbergMarquardt,
)
from sk_bp._core import _core
from sk_bp.activations import ACTIVATIONS, Identity, Tanh
from sk_bp.endings import Ending
from sk_bp.losses import BinaryLogLoss, CategoricalLogLoss, SquaredError
from sk_bp.network import Network, count_parameters
from sk_bp.objective import Objective
from sk_bp.optimizers import BY_BATCH, FULL_BATCH, Minimizer, Optimizer, Rule
from sk_bp.outputs import IdentityOutput
from sk_bp.samples import CSR, Rows

MINIMIZERS = {name: cls for name, cls in FULL_BATCH.items() if issubclass(cls, Minimizer)}
GENERAL = [name for name, cls in MINIMIZERS.items() if not cls.squared_error_only]
every_minimizer = pytest.mark.parametrize("name", MINIMIZERS)
general = pytest.mark.parametrize("name", GENERAL)
layouts = pytest.mark.parametrize("layout", [np.asarray, sp.csr_array], ids=["dense", "sparse"])

PRECISE = {
    "lbfgs": LBFGS(gtol=1e-8),
    "conjugate_gradient": ConjugateGradient(gtol=1e-7),
    "levenberg_marquardt": LevenbergMarquardt(),
}


def regression(n=80, n_features=5, n_outputs=1, dtype=np.float64):
    rng = np.random.default_rng(3)
    X = (rng.standard_normal((n, n_features)) * (rng.random((n, n_features)) < 0.7)).astype(dtype)
    Y = X @ rng.standard_normal((n_features, n_outputs)) + 0.7
    Y += 0.3 * rng.standard_normal((n, n_outputs))
    return X, (Y if n_outputs > 1 else Y[:, 0])


def sine():
    X = np.linspace(-5, 5, 20)[:, None]
    return X, np.sin(X[:, 0])


# ------------------------------------------------------------------------------ what they reach


@layouts
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("name", PRECISE)
def test_a_linear_network_is_ridge_regression(name, n_outputs, weighted, layout):
    X, y = regression(n_outputs=n_outputs)
    weight = np.random.default_rng(4).uniform(0, 3, size=len(y)) if weighted else None
    optimum = Ridge(alpha=20).fit(X, y, sample_weight=weight)
    model = BPRegressor((), optimizer=PRECISE[name], alpha=20, tol=None, max_iter=300)
    model.fit(layout(X), y, sample_weight=weight)
    coefs = np.atleast_2d(optimum.coef_).T
    np.testing.assert_allclose(model.coefs_[0], coefs, atol=1e-5)
    np.testing.assert_allclose(model.intercepts_[0], optimum.intercept_, atol=1e-5)


@layouts
@pytest.mark.parametrize("n_classes", [2, 3])
@general
def test_a_linear_classifier_is_logistic_regression(name, n_classes, layout):
    X, values = regression()
    y = np.digitize(values, np.quantile(values, np.linspace(0, 1, n_classes + 1)[1:-1]))
    optimum = LogisticRegression(C=0.5, tol=1e-12, max_iter=10_000).fit(X, y)
    model = BPClassifier((), optimizer=PRECISE[name], alpha=2, tol=None, max_iter=500)
    model.fit(layout(X), y)
    np.testing.assert_allclose(model.predict_proba(X), optimum.predict_proba(X), atol=1e-5)


@general
def test_single_precision_is_trained_to_single_precision(name):
    X, y = regression(dtype=np.float32)
    model = BPRegressor((), optimizer=name, alpha=20, max_iter=200, tol=1e-7).fit(X, y)
    assert model.coefs_[0].dtype == np.float32
    np.testing.assert_allclose(model.coefs_[0][:, 0], Ridge(alpha=20).fit(X, y).coef_, atol=1e-3)


def test_levenberg_marquardt_ends_in_a_minimum_that_scipy_cannot_lower():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 2))
    y = np.sin(X[:, 0]) * X[:, 1] + 0.3 * rng.standard_normal(60)
    model = BPRegressor(3, "tanh", optimizer="levenberg_marquardt", alpha=0.5, tol=None)
    model.set_params(max_iter=500, random_state=0).fit(X, y)

    def errors(p):
        W, V, b, c = p[:6].reshape(2, 3), p[6:9], p[9:12], p[12]
        return np.concatenate([np.tanh(X @ W + b) @ V + c - y, np.sqrt(0.5) * p[:9]])

    flat = np.concatenate([np.ravel(a) for a in (*model.coefs_, *model.intercepts_)])
    end = least_squares(errors, flat, method="lm", xtol=1e-15, ftol=1e-15, gtol=1e-15)
    assert np.sum(errors(flat) ** 2) == pytest.approx(np.sum(end.fun**2), rel=1e-12)


def test_levenberg_marquardt_reaches_the_sine_where_scikit_learn_does_not():
    X, y = sine()
    ours, theirs = [], []
    for seed in range(10):
        model = BPRegressor(4, "tanh", optimizer="levenberg_marquardt", alpha=0, tol=None)
        model.set_params(max_iter=1000, random_state=seed)
        peer = MLPRegressor(hidden_layer_sizes=(4,), activation="tanh", solver="lbfgs")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            ours.append(np.mean((model.fit(X, y).predict(X) - y) ** 2))
            peer.set_params(alpha=0, max_iter=1000, tol=1e-10, random_state=seed).fit(X, y)
        theirs.append(np.mean((peer.predict(X) - y) ** 2))
    assert sum(error <= 1e-6 for error in ours) >= 6
    assert 10 * np.median(ours) < np.median(theirs)


@pytest.mark.parametrize("n_outputs", [1, 2])
def test_bayesian_regularization_of_a_linear_network_is_bayesian_ridge_regression(n_outputs):
    rng = np.random.default_rng(0)
    X = StandardScaler().fit_transform(rng.standard_normal((60, 8)))
    y = X[:, :2].sum(axis=1) + rng.standard_normal(60)
    y -= y.mean()
    Y = y if n_outputs == 1 else np.column_stack([y, y])
    model = BPRegressor((), optimizer="bayesian_regularization", max_iter=200, tol=None).fit(X, Y)
    peer = BayesianRidge(alpha_1=0, alpha_2=0, lambda_1=0, lambda_2=0, tol=1e-10, max_iter=1000)
    peer.fit(X, y)
    alpha = model.history_["alpha"][-1]
    assert alpha == pytest.approx(peer.lambda_ / peer.alpha_, rel=0.1)
    np.testing.assert_allclose(model.coefs_[0][:, 0], peer.coef_, atol=5e-3)
    assert 1 < model.history_["n_effective_parameters"][-1] < n_outputs * 9


def test_bayesian_regularization_finds_few_parameters_in_noise_and_many_in_a_curve():
    rng = np.random.default_rng(0)
    X = np.linspace(-5, 5, 60)[:, None]
    model = BPRegressor(12, "tanh", optimizer="bayesian_regularization", max_iter=300, tol=None)
    model.set_params(random_state=0)
    in_noise = clone(model).fit(X, rng.standard_normal(60)).history_["n_effective_parameters"][-1]
    curve = np.sin(2 * X[:, 0]) + 0.05 * rng.standard_normal(60)
    in_curve = clone(model).fit(X, curve).history_["n_effective_parameters"][-1]
    assert 1 < in_noise < 10
    assert 12 < in_curve < 37


# -------------------------------------------------------------------------------- the Jacobian


def jacobian_by_differences(network, X, h=1e-6):
    def outputs(x):
        moved = Network(network.units, network.activations, IdentityOutput(), x)
        return moved.predict(X)

    columns = []
    for i in range(network.parameters.size):
        step = np.zeros_like(network.parameters)
        step[i] = h
        columns.append(outputs(network.parameters + step) - outputs(network.parameters - step))
    return np.stack(columns, axis=-1) / (2 * h)


@layouts
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
@pytest.mark.parametrize("units", [(4, 2), (4, 5, 1), (4, 5, 3, 2)])
def test_the_jacobian_is_that_of_central_differences(units, activation, layout):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((150, 4)) * (rng.random((150, 4)) < 0.6)
    activations = (ACTIVATIONS[activation](),) * (len(units) - 2) + (Identity(),)
    network = Network(
        units, activations, IdentityOutput(), rng.standard_normal(count_parameters(units))
    )
    given = layout(X) if layout is np.asarray else CSR.of(layout(X))
    J, outputs = _core.jacobian(network, given)
    np.testing.assert_allclose(outputs, network.predict(X), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(J, jacobian_by_differences(network, X), rtol=1e-5, atol=1e-7)


def test_the_jacobian_is_taken_in_blocks_without_a_difference(monkeypatch):
    X, y = regression(n_outputs=2)
    model = BPRegressor(4, "tanh", optimizer="levenberg_marquardt", max_iter=5, tol=None)
    model.set_params(random_state=0)
    whole = clone(model).fit(X, y)
    monkeypatch.setattr(objective, "_JACOBIAN_BLOCK", 500)
    in_blocks = clone(model).fit(sp.csr_array(X), y)
    for a, b in zip(whole.coefs_, in_blocks.coefs_, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-10)


# ------------------------------------------------------------------------- scales and endings


def tanh_problem(alpha=0.0, x_factors=(1.0, 1.0), y_factor=1.0, weight=1.0):
    """An objective, and where to begin, in units of X, y and the weights."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((60, 2))
    y = np.sin(X[:, :1]) * X[:, 1:] + 0.1 * rng.standard_normal((60, 1))
    parameters = 0.5 * rng.standard_normal(count_parameters((2, 3, 1)))
    network = Network((2, 3, 1), (Tanh(), Identity()), IdentityOutput(), parameters)
    x_factors = np.asarray(x_factors)
    network.coefs[0][:] /= x_factors[:, None]
    for last in (network.coefs[1], network.intercepts[1]):
        last *= y_factor
    rows = Rows(X * x_factors, y * y_factor, weight * rng.uniform(0.5, 1.5, size=60))
    return Objective(network, SquaredError(), rows, alpha)


def losses(optimizer, problem, max_iter=12):
    record = []
    optimizer.minimize(problem, max_iter, lambda x, loss, **_: record.append(loss), {})
    return np.array(record)


@pytest.mark.parametrize("name", [name for name in MINIMIZERS if name != "bayesian_regularization"])
@pytest.mark.parametrize("factor", [1e10, 1e-9])
@pytest.mark.parametrize("alpha", [0.0, 0.5])
def test_the_size_of_the_sample_weights_does_not_matter(name, factor, alpha):
    plain = losses(MINIMIZERS[name](), tanh_problem(alpha))
    scaled = losses(MINIMIZERS[name](), tanh_problem(alpha * factor, weight=factor))
    np.testing.assert_allclose(scaled, plain, rtol=1e-6)
    assert plain[-1] < 0.6 * plain[0]


@pytest.mark.parametrize(
    "units", [{"x_factors": (1e4, 1e-3)}, {"y_factor": 1e6}, {"y_factor": 1e-2}]
)
@pytest.mark.parametrize("name", ["levenberg_marquardt", "bayesian_regularization"])
def test_damped_steps_do_not_depend_on_units(name, units):
    optimizer = MINIMIZERS[name]()
    # of a, which is in units of the weights, only until it is first estimated
    max_iter = 5 if name == "bayesian_regularization" else 12
    plain, scaled = (losses(optimizer, tanh_problem(**u), max_iter) for u in ({}, units))
    np.testing.assert_allclose(scaled / units.get("y_factor", 1.0) ** 2, plain, rtol=1e-5)


@pytest.mark.parametrize("y_factor", [1e6, 1e-2])
@general
def test_line_searches_do_not_depend_on_the_units_of_y(name, y_factor):
    plain, scaled = (losses(MINIMIZERS[name](), tanh_problem(y_factor=f)) for f in (1, y_factor))
    np.testing.assert_allclose(scaled / y_factor**2, plain, rtol=1e-5)


@pytest.mark.parametrize("factor", [1e6, 1e-2, 1e-6])
@pytest.mark.parametrize("name", PRECISE)
def test_ridge_regression_is_reached_in_any_units_of_y(name, factor):
    X, y = regression()
    optimum = Ridge(alpha=20).fit(X, y).coef_
    model = BPRegressor((), optimizer=PRECISE[name], alpha=20, tol=None, max_iter=300)
    model.fit(X, y * factor)
    np.testing.assert_allclose(model.coefs_[0][:, 0] / factor, optimum, atol=1e-5)


@pytest.mark.parametrize("factor", [1e6, 1e4, 1e-2, 1e-6])
def test_levenberg_marquardt_learns_in_any_units_of_y(factor):
    X, y = regression()
    model = BPRegressor(3, "tanh", optimizer="levenberg_marquardt", alpha=0, tol=None)
    model.set_params(max_iter=300, n_restarts=7, random_state=0).fit(X, factor * y)
    assert model.score(X, factor * y) > 0.8


@pytest.mark.parametrize("factor", [1.0, 1e3, 1e-3])
@pytest.mark.parametrize("name", PRECISE)
def test_gradients_are_judged_relative_to_the_loss_of_the_best_constant(name, factor):
    X, y = regression()
    y = factor * y
    optimizer = MINIMIZERS[name](**{"gtol" if name in GENERAL else "min_grad": 1e-3})
    if name == "levenberg_marquardt":
        optimizer.set_params(mu=1e3)  # for several steps instead of one
    slopes = []

    def note(x, loss, **_):
        errors = X @ x[:-1] + x[-1] - y
        slopes.append(max(*abs(X.T @ errors / len(y)), abs(errors.mean())))

    network = Network((5, 1), (Identity(),), IdentityOutput(), np.zeros(6))
    problem = Objective(network, SquaredError(), Rows(X, y[:, None], None), 0.0)
    assert optimizer.minimize(problem, 300, note, {}) == (Ending.CONVERGED, "")
    bound = 1e-3 * 0.5 * np.var(y) / np.std(y)  # weights in units of y
    assert slopes[-1] <= bound < slopes[-2]


@pytest.mark.parametrize(
    ("loss", "y", "scale"),
    [
        (SquaredError(), [[1.0, 5.0], [3.0, 5.0], [1.0, 8.0]], (0.75 + 27 / 16) / 2),
        (SquaredError(), [[0.1]] * 3, 0.005),
        (BinaryLogLoss(), [[1.0], [0.0], [0.0]], np.log(2)),
        (CategoricalLogLoss(), [[0.0], [1.0], [2.0]], 1.5 * np.log(2)),
        (BinaryLogLoss(), [[1.0]] * 3, np.log(2)),
    ],
)
def test_the_scale_is_the_loss_of_the_best_constant_prediction(loss, y, scale):
    n_outputs = 3 if loss == CategoricalLogLoss() else len(y[0])
    parameters = np.zeros(count_parameters((1, n_outputs)))
    network = Network((1, n_outputs), (Identity(),), loss.output, parameters)
    rows = Rows(np.ones((3, 1)), np.array(y), np.array([2.0, 1.0, 1.0]))
    assert Objective(network, loss, rows, 0.0).scale == pytest.approx(scale, rel=1e-12)


@every_minimizer
def test_a_minimizer_says_that_there_were_max_iter_iterations(name):
    ending = MINIMIZERS[name]().minimize(tanh_problem(), 3, lambda *_, **__: False, {})
    assert ending == (Ending.MAX_ITER, "")


@every_minimizer
def test_a_minimizer_says_that_its_caller_made_it_end(name):
    ending = MINIMIZERS[name]().minimize(tanh_problem(), 3, lambda *_, **__: True, {})
    assert ending == (Ending.STOPPED, "")


@every_minimizer
def test_a_minimizer_without_a_step_left_has_converged(name):
    parameter = "gtol" if name in GENERAL else "min_grad"
    optimizer = MINIMIZERS[name](**{parameter: 1e3})
    assert optimizer.minimize(tanh_problem(), 3, pytest.fail, {}) == (Ending.CONVERGED, "")


@pytest.mark.parametrize("name", ["levenberg_marquardt", "bayesian_regularization"])
def test_too_small_a_damping_ends_in_a_warning_that_says_so(name):
    X, y = sine()
    optimizer = MINIMIZERS[name](mu=1e-6, mu_max=1e-6)
    model = BPRegressor(4, "tanh", optimizer=optimizer, alpha=0, tol=None, random_state=0)
    with pytest.warns(ConvergenceWarning, match="mu grew beyond mu_max=1e-06.*min_grad=1e-07"):
        model.fit(X, y)


@general
def test_a_line_search_that_rounding_ends_far_from_a_minimum_has_not_converged(name):
    class Coarse(Objective):
        def __call__(self, x):
            value, gradient = super().__call__(x)
            return round(value, 2), gradient

    problem = tanh_problem()
    problem.__class__ = Coarse
    visited = []
    ending, detail = MINIMIZERS[name]().minimize(
        problem, 500, lambda x, *_, **__: visited.append(x.copy()), {}
    )
    assert ending == Ending.NO_PROGRESS
    assert "ended before it converged" in detail
    assert "where gtol=1e-05" in detail
    slope = abs(problem.gradient_of_loss(visited[-1]) * problem.units).max() / problem.scale
    assert f"gradients of up to {slope:.2g}" in detail
    assert slope > 1e-3


@pytest.mark.parametrize("n_units", [5, 12, 20])
def test_bayesian_regularization_does_not_end_before_it_has_estimated_anything(n_units):
    X = np.linspace(-5, 5, 41)[:, None]
    for seed in range(4):
        y = np.sin(X[:, 0]) + 0.2 * np.random.default_rng(seed).standard_normal(41)
        model = BPRegressor(n_units, "tanh", optimizer="bayesian_regularization", max_iter=500)
        model.set_params(random_state=seed).fit(X, y)
        assert model.history_["beta"][-1] != 1
        assert 4 < model.history_["n_effective_parameters"][-1] < 20


def test_iterations_before_the_first_estimate_are_not_settled():
    settled, beta = [], []

    def note(x, loss, **kwargs):
        settled.append(kwargs["settled"])
        beta.append(kwargs["beta"])

    BayesianRegularization().minimize(tanh_problem(), 60, note, {})
    assert settled == [b != 1 for b in beta]
    assert settled == sorted(settled)
    assert not settled[0]
    assert settled[-1]


def test_an_epoch_that_is_not_settled_does_not_count_against_patience():
    class Unsettled(LevenbergMarquardt):
        def minimize(self, objective, max_iter, after_iteration, memory):
            for i in range(max_iter):
                if after_iteration(objective.start, 1.0, gradient=None, settled=i >= 20):
                    return Ending.STOPPED, ""
            return Ending.MAX_ITER, ""

    model = BPRegressor(3, optimizer=Unsettled(), n_iter_no_change=5, max_iter=100)
    # epoch 21 is the first that counts, and becomes the best one; six more do not lie below it
    assert model.fit(*sine()).n_iter_ == 27


def test_weights_count_as_repeated_samples_in_the_evidence():
    X, y = regression(40)
    model = BPRegressor(3, "tanh", optimizer="bayesian_regularization", tol=None, max_iter=50)
    model.set_params(random_state=0)
    few = clone(model).fit(X, y).history_["n_effective_parameters"][-1]
    many = clone(model).fit(X, y, sample_weight=np.full(40, 1e10))
    assert few < 20 < many.history_["n_effective_parameters"][-1] <= 22
    assert np.isfinite(many.history_["log_evidence"]).all()
    none = clone(model).fit(X, y, sample_weight=np.full(40, 1e-9))
    np.testing.assert_allclose(none.predict(X), y.mean(), atol=0.01)


def test_an_optimizer_is_a_rule_or_a_minimizer_and_answers_the_same_questions():
    for name, cls in {**BY_BATCH, **FULL_BATCH}.items():
        assert issubclass(cls, Rule) != issubclass(cls, Minimizer), name
        for question in Optimizer.__annotations__.keys() - {"_parameter_constraints"}:
            assert isinstance(getattr(cls, question), bool), (name, question)
        assert hasattr(cls, "shrinks") == hasattr(cls, "default_learning_rate") == cls.takes_rate
        assert hasattr(cls, "minimize") != hasattr(cls, "rule")


# ------------------------------------------------------------------------------ as estimators


@every_minimizer
def test_the_loss_noted_down_is_that_of_the_weights(name):
    X, y = regression()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = BPRegressor(3, "tanh", optimizer=name, max_iter=7, random_state=0).fit(X, y)
    assert model.loss_ == pytest.approx(0.5 * np.mean((model.predict(X) - y) ** 2), rel=1e-9)
    assert model.n_iter_ == model.n_steps_ == len(model.loss_curve_) == 7
    assert model.t_ == 7 * len(y)
    assert np.isnan(model.learning_rate_)
    assert len({len(values) for values in model.history_.values()}) == 1


@pytest.mark.parametrize("name", ["lbfgs", "conjugate_gradient", "levenberg_marquardt"])
def test_the_objective_falls_at_every_iteration(name):
    X, y = regression()
    model = BPRegressor(6, "tanh", optimizer=name, max_iter=40, alpha=0, random_state=0, tol=None)
    assert max(np.diff(model.fit(X, y).loss_curve_)) <= 0


@every_minimizer
def test_an_integer_weight_is_a_repeated_row(name):
    X, y = regression(40)
    count = np.arange(40) % 4
    model = BPRegressor(3, "tanh", optimizer=name, max_iter=5, tol=None, random_state=0)
    weighted = clone(model).fit(X, y, sample_weight=count)
    repeated = clone(model).fit(np.repeat(X, count, axis=0), np.repeat(y, count))
    for a, b in zip(weighted.coefs_, repeated.coefs_, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-9)


@every_minimizer
def test_partial_fit_is_absent_and_the_error_says_why(name):
    model = BPRegressor(optimizer=name)
    assert not hasattr(model, "partial_fit")
    with pytest.raises(AttributeError) as caught:
        model.partial_fit(*regression())
    assert "all samples" in str(caught.value.__cause__ or caught.value)


@pytest.mark.parametrize("name", ["levenberg_marquardt", "bayesian_regularization"])
def test_training_goes_on_where_it_stopped(name):
    X, y = sine()
    model = BPRegressor(4, "tanh", optimizer=name, max_iter=20, tol=None, random_state=0)
    at_once = clone(model).fit(X, y)
    in_parts = model.set_params(warm_start=True, max_iter=8).fit(X, y)
    in_parts = pickle.loads(pickle.dumps(in_parts))
    in_parts.set_params(max_iter=12).fit(X, y)
    np.testing.assert_array_equal(in_parts.coefs_[0], at_once.coefs_[0])
    assert in_parts.loss_curve_ == at_once.loss_curve_


@general
def test_a_warm_start_begins_from_the_weights_and_ends_lower(name):
    X, y = regression()
    model = BPRegressor(6, "tanh", optimizer=name, max_iter=5, tol=None, random_state=0)
    first = model.set_params(warm_start=True).fit(X, y).loss_
    model.fit(X, y)
    assert model.n_iter_ == 10
    assert model.loss_ < first


@general
def test_early_stopping_keeps_the_best_weights(name):
    X, y = load_iris(return_X_y=True)
    model = BPClassifier(10, optimizer=name, early_stopping=True, random_state=0).fit(X, y)
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert model.score(X, y) > 0.9


@every_minimizer
def test_too_few_iterations_end_in_a_warning(name):
    with pytest.warns(ConvergenceWarning, match="max_iter=2"):
        BPRegressor(5, "tanh", optimizer=name, max_iter=2, tol=0).fit(*sine())


def test_too_few_evaluations_end_in_a_warning_that_says_so():
    model = BPRegressor(5, "tanh", optimizer=LBFGS(max_fun=4), tol=0, random_state=0)
    with pytest.warns(ConvergenceWarning, match="LBFGS ended before it converged.*EVALUATIONS"):
        model.fit(*sine())


@pytest.mark.parametrize("name", PRECISE)
def test_a_model_at_its_minimum_stays_there_and_is_fitted(name):
    X, y = regression()
    model = BPRegressor((), optimizer=PRECISE[name], alpha=20, tol=None, max_iter=200)
    model.set_params(warm_start=True).fit(X, y)
    before = model.coefs_[0].copy()
    model.fit(X, y)
    np.testing.assert_allclose(model.coefs_[0], before, atol=1e-7)


@every_minimizer
def test_an_interrupt_leaves_the_weights_of_the_last_iteration(name, monkeypatch):
    X, y = sine()
    model = BPRegressor(5, "tanh", optimizer=name, max_iter=50, tol=None, random_state=0)
    losses = clone(model).set_params(max_iter=3).fit(X, y).loss_curve_
    total = 0

    def interrupt(self):
        nonlocal total
        total += 1
        if total == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(BPRegressor, "_report", interrupt)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, y)
    assert model.loss_curve_ == losses
    assert 0.5 * np.mean((model.predict(X) - y) ** 2) == pytest.approx(losses[-1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@every_minimizer
def test_huge_targets_leave_a_finite_model_and_a_warning(name, dtype):
    X, y = regression(dtype=dtype)
    huge = 1e36 if dtype == np.float32 else 1e290
    with pytest.warns(ConvergenceWarning, match="not finite.*scale X"):
        model = BPRegressor(3, optimizer=name, random_state=0).fit(X, y * huge)
    assert all(np.isfinite(W).all() for W in model.coefs_ + model.intercepts_)
    assert model.n_iter_ == 0 or np.isfinite(model.loss_)


# ------------------------------------------------------------------------------- what they refuse


@every_minimizer
@pytest.mark.parametrize(
    "params", [{"learning_rate": 0.1}, {"learning_rate": ConstantRate(0.1)}, {"batch_size": 20}]
)
def test_parameters_without_use_are_refused_by_name_and_value(name, params):
    ((parameter, value),) = params.items()
    with pytest.raises(ValueError, match=f"leave {parameter}=") as caught:
        BPRegressor(optimizer=name, **params).fit(*regression())
    assert repr(value) in str(caught.value)
    assert name in str(caught.value)


@pytest.mark.parametrize("name", [name for name in MINIMIZERS if name not in GENERAL])
@pytest.mark.parametrize("by_name", [True, False])
def test_the_classifier_refuses_what_serves_squared_errors_only(name, by_name):
    optimizer = name if by_name else MINIMIZERS[name]()
    with pytest.raises(ValueError, match=r"squared error of BPRegressor only.*log_loss") as caught:
        BPClassifier(optimizer=optimizer).fit(*load_iris(return_X_y=True))
    assert repr(optimizer) in str(caught.value)


@pytest.mark.parametrize("name", [name for name in MINIMIZERS if name not in GENERAL])
def test_too_large_a_network_is_refused_with_its_size_and_the_memory(name):
    model = BPRegressor(1000, optimizer=name)
    with pytest.raises(ValueError, match=r"7,001 weights.*1\.2 GB.*5,000.*lbfgs"):
        model.fit(*regression())
    assert not hasattr(model, "coefs_")


@general
def test_too_little_memory_is_an_error_before_training(name, monkeypatch):
    monkeypatch.setattr(objective, "_available_memory", lambda: 100.0)
    model = BPRegressor(4, optimizer=name)
    with pytest.raises(MemoryError, match=r"29 weights.*GB are free.*rmsprop"):
        model.fit(*regression())
    assert not hasattr(model, "coefs_")


def test_a_warm_started_model_is_unchanged_by_an_error():
    X, y = regression()
    model = BPRegressor(4, "tanh", optimizer="levenberg_marquardt", max_iter=4, tol=None)
    model.set_params(warm_start=True, random_state=0).fit(X, y)
    before, curve = model.coefs_[0].copy(), list(model.loss_curve_)
    with pytest.raises(ValueError, match="batch_size"):
        model.set_params(batch_size=3).fit(X, y)
    np.testing.assert_array_equal(model.coefs_[0], before)
    assert model.loss_curve_ == curve


INVALID = {
    "history_size": (0, -1, 1.5, "10", None),
    "gtol": (-1e-5, np.nan, np.inf, "0", None),
    "max_fun": (0, -1, 1.5, "1", None),
    "mu": (0, -1, np.nan, np.inf, "1", None),
    "increase": (1, 0.5, np.nan, np.inf, "10", None),
    "decrease": (0, 1, -1, np.nan, "0.1", None),
    "mu_max": (0, -1, np.nan, "1", None),
    "min_grad": (-1, np.nan, np.inf, "0", None),
}


@pytest.mark.parametrize(
    ("name", "parameter"), [(n, p) for n in MINIMIZERS for p in MINIMIZERS[n]().get_params()]
)
def test_invalid_hyperparameters_are_refused_by_name_and_value(name, parameter):
    for value in INVALID[parameter]:
        model = BPRegressor(optimizer=MINIMIZERS[name](**{parameter: value}))
        with pytest.raises((ValueError, TypeError)) as caught:
            model.fit([[0.0], [1.0]], [0.0, 1.0])
        assert parameter in str(caught.value)
        assert repr(value) in str(caught.value)


def test_a_first_damping_beyond_the_largest_is_refused():
    with pytest.raises(ValueError, match=r"mu=10 must not exceed mu_max=1"):
        BPRegressor(optimizer=LevenbergMarquardt(mu=10, mu_max=1)).fit([[0.0], [1.0]], [0.0, 1.0])


CHANGED = {
    "history_size": 1,
    "gtol": 0.5,
    "max_fun": 3,
    "mu": 10.0,
    "increase": 5.0,
    "decrease": 0.9,
    "mu_max": 1.1,
    "min_grad": 10.0,
}


@pytest.mark.parametrize(
    ("name", "parameter"), [(n, p) for n in MINIMIZERS for p in MINIMIZERS[n]().get_params()]
)
def test_every_hyperparameter_has_an_effect(name, parameter):
    X, y = sine()
    model = BPRegressor(5, "tanh", optimizer=MINIMIZERS[name](), max_iter=40, tol=None)
    model.set_params(random_state=3)
    changed = clone(model).set_params(**{f"optimizer__{parameter}": CHANGED[parameter]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, y), changed.fit(X, y)
    same = model.n_iter_ == changed.n_iter_ and np.array_equal(model.coefs_[0], changed.coefs_[0])
    assert not same
