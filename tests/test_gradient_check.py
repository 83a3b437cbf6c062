"""check_gradient: it finds what is wrong, and nothing where nothing is."""

import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_bp import BPClassifier, BPRegressor
from sk_bp.activations import ACTIVATIONS
from sk_bp.inspection import check_gradient, gradient_check
from sk_bp.optimizers import OPTIMIZERS

N_CONFIGURATIONS = 500


def data(rng, n=30, n_features=6, density=0.6):
    return rng.standard_normal((n, n_features)) * (rng.random((n, n_features)) < density)


def random_configuration(seed):
    """An estimator and data, over tasks, depths, activations, layouts, weights and penalties."""
    rng = np.random.default_rng(seed)
    depth = int(rng.integers(0, 4))
    sizes = tuple(int(size) for size in rng.integers(1, 7, size=depth))
    activation = tuple(str(name) for name in rng.choice(sorted(ACTIVATIONS), size=depth))
    common = {
        "activation": activation,
        "optimizer": str(rng.choice(["sgd", "adam", "lbfgs"])),
        "alpha": float(rng.choice([0, 1e-4, 1.0])),
        "random_state": seed,
    }
    X = data(rng, n=int(rng.integers(2, 40)), density=rng.choice([0.2, 0.7, 1]))
    n = len(X)
    task = rng.choice(["binary", "multiclass", "multilabel", "one output", "two outputs"])
    if task in ("binary", "multiclass"):
        y = np.arange(n) % (2 if task == "binary" else min(n, 4))
    elif task == "multilabel":
        y = (rng.random((n, 3)) < 0.5).astype(int)
    else:
        y = rng.standard_normal(n if task == "one output" else (n, 2))
    Estimator = BPRegressor if "output" in task else BPClassifier
    estimator = Estimator(sizes, **common)
    weight = rng.uniform(0.1, 3, size=n) if rng.random() < 0.5 else None
    if rng.random() < 0.4:
        X = sp.csr_array(X)
    if rng.random() < 0.3 and common["optimizer"] != "lbfgs":
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


# ---------------------------------------------------------------------- planted errors


def wrong_sign(gradient, network):
    view(gradient, network, "coefs", 0)[...] *= -1


def wrong_factor(gradient, network):
    view(gradient, network, "coefs", 1)[...] *= 1.001


def half_the_batch(gradient, network):
    gradient *= 0.5


def transposed(gradient, network):
    square = view(gradient, network, "coefs", 1)
    square[...] = square.T.copy()


def off_by_one(gradient, network):
    W = view(gradient, network, "coefs", 0)
    W[...] = np.roll(W, 1, axis=0)


def missing_bias(gradient, network):
    view(gradient, network, "intercepts", 1)[...] = 0


def one_single_weight(gradient, network):
    view(gradient, network, "coefs", 2)[0, 0] += 1e-3


def no_penalty(gradient, network):
    W = network.coefs[0]
    view(gradient, network, "coefs", 0)[...] -= 1.0 / 30 * W


PLANTED = {
    wrong_sign: "coefs_[0]",
    wrong_factor: "coefs_[1]",
    half_the_batch: "coefs_[0]",
    transposed: "coefs_[1]",
    off_by_one: "coefs_[0]",
    missing_bias: "intercepts_[1]",
    one_single_weight: "coefs_[2]",
    no_penalty: "coefs_[0]",
}


def view(gradient, network, kind, layer):
    """The part of a flat gradient that belongs to an array."""
    arrays = [*network.coefs, *network.intercepts]
    place = layer + (len(network.coefs) if kind == "intercepts" else 0)
    start = sum(array.size for array in arrays[:place])
    return gradient[start : start + arrays[place].size].reshape(arrays[place].shape)


@pytest.mark.parametrize("layout", [np.asarray, sp.csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_error_is_found(plant, activation, layout, monkeypatch):
    rng = np.random.default_rng(0)
    X, y = data(rng), np.arange(30) % 3
    model = BPClassifier((5, 5), activation, optimizer="sgd", alpha=1.0, random_state=0)
    assert check_gradient(model, layout(X), y).verdict == "right"
    right = gradient_check.gradient_of

    def wrong(problem):
        gradient = right(problem)
        plant(gradient, problem.network)
        return gradient

    monkeypatch.setattr(gradient_check, "gradient_of", wrong)
    result = check_gradient(model, layout(X), y)
    assert result.verdict == "wrong"
    assert PLANTED[plant] in [array.name for array in result.arrays if array.verdict == "wrong"]
    if plant is one_single_weight:
        assert result.worst.name == "coefs_[2]"
        assert result.worst.worst == (0, 0)
        assert result.worst.worst_gradient - result.worst.worst_numerical == pytest.approx(1e-3)
    with pytest.raises(ValueError, match=r"wrong.*\n.*coefs_"):
        check_gradient(model, layout(X), y, strict=True)


@pytest.mark.parametrize("factor", [1.1, 3.0])
@pytest.mark.parametrize("depth", [6, 10, 14])
def test_a_wrong_gradient_is_never_called_right_however_small_it_is(depth, factor, monkeypatch):
    rng = np.random.default_rng(0)
    X, y = data(rng), np.arange(30) % 2
    model = BPClassifier((8,) * depth, "logistic", alpha=0, optimizer="sgd", random_state=0)
    right = gradient_check.gradient_of

    def wrong(problem):
        gradient = right(problem)
        view(gradient, problem.network, "coefs", 0)[...] *= factor
        return gradient

    monkeypatch.setattr(gradient_check, "gradient_of", wrong)
    first = check_gradient(model, X, y).arrays[0]
    assert first.verdict == ("not decidable" if depth == 14 else "wrong")


# ---------------------------------------------------------------------- trained networks


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
    right = gradient_check.gradient_of
    monkeypatch.setattr(gradient_check, "gradient_of", lambda p: right(p) + 1e-3)
    assert check_gradient(model, X, y, n_checks=50, random_state=0).verdict == "wrong"


# ---------------------------------------------------------------------- special cases


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


def network_with_a_kink():
    """Its first unit is just off at x = 1."""
    model = BPRegressor((2,), "relu", optimizer="sgd", alpha=0)
    model.coefs_ = [np.array([[1.0, 2.0]]), np.array([[1.0], [1.0]])]
    model.intercepts_ = [np.array([-1.0, 0.5]), np.array([0.0])]
    return model


def test_at_a_kink_of_relu_the_gradient_is_checked_beside_it():
    result = check_gradient(network_with_a_kink(), [[1.0], [2.0]], [5.0, 1.0])
    assert result.verdict == "right"
    assert result.n_kinks == 2  # the weight and the bias of the first unit
    assert "2 of the weights lay at a kink of relu" in repr(result)
    assert all(array.n_kinks == 0 for array in result.arrays)


def test_a_kink_near_by_is_passed_by_with_a_shorter_step():
    result = check_gradient(network_with_a_kink(), [[1.0 + 1e-6], [2.0]], [5.0, 1.0])
    assert result.verdict == "right"
    assert result.n_kinks == 0


@pytest.mark.parametrize("x", [1.0, 1.0 + 1e-6])
@pytest.mark.parametrize("kind", ["coefs", "intercepts"])
def test_a_wrong_gradient_is_found_at_a_kink_and_near_one(kind, x, monkeypatch):
    right = gradient_check.gradient_of

    def wrong(problem):
        gradient = right(problem)
        view(gradient, problem.network, kind, 0)[..., 0] *= 1.01
        return gradient

    monkeypatch.setattr(gradient_check, "gradient_of", wrong)
    assert check_gradient(network_with_a_kink(), [[x], [2.0]], [5.0, 1.0]).verdict == "wrong"


@pytest.mark.parametrize("plant", [lambda b: b[:1] * 1000, lambda b: -b, lambda b: 0 * b])
def test_samples_without_entries_put_biases_at_kinks_and_hide_no_error(plant, monkeypatch):
    rng = np.random.default_rng(0)
    X, y = np.abs(data(rng, n=60, n_features=20, density=0.1)), np.arange(60) % 2
    assert (X == 0).all(axis=1).any()
    model = BPClassifier((8,), "relu", random_state=0)
    result = check_gradient(model, sp.csr_array(X), y)
    assert result.verdict == "right"
    assert result.n_kinks >= 8
    right = gradient_check.gradient_of

    def wrong(problem):
        gradient = right(problem)
        bias = view(gradient, problem.network, "intercepts", 0)
        planted = plant(bias.copy())
        bias[: len(planted)] = planted
        return gradient

    monkeypatch.setattr(gradient_check, "gradient_of", wrong)
    assert check_gradient(model, sp.csr_array(X), y).verdict == "wrong"


def test_dead_units_have_a_right_gradient_of_zero():
    model = BPRegressor((2,), "relu", optimizer="sgd", alpha=0)
    model.coefs_ = [np.array([[1.0, 2.0]]), np.array([[1.0], [1.0]])]
    model.intercepts_ = [np.array([-50.0, -50.0]), np.array([0.0])]
    assert check_gradient(model, [[1.0], [2.0]], [0.0, 1.0]).verdict == "right"


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_penalty_is_part_of_it_where_the_optimizer_minimizes_it(name):
    rng = np.random.default_rng(0)
    X, y = data(rng), rng.standard_normal(30)
    with_penalty = check_gradient(BPRegressor(3, optimizer=name, alpha=50, random_state=0), X, y)
    without = check_gradient(BPRegressor(3, optimizer=name, alpha=0, random_state=0), X, y)
    assert with_penalty.verdict == without.verdict == "right"
    assert (with_penalty.loss > without.loss) == OPTIMIZERS[name].follows_objective


@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
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


# ---------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"eps": 0}, ValueError),
        ({"eps": 1.0}, ValueError),
        ({"rtol": 0.5}, ValueError),
        ({"eps": -1e-6}, ValueError),
        ({"eps": np.nan}, ValueError),
        ({"eps": np.inf}, ValueError),
        ({"eps": "small"}, TypeError),
        ({"rtol": 0}, ValueError),
        ({"rtol": None}, TypeError),
        ({"eps": 10**400}, ValueError),
        ({"strict": "no"}, TypeError),
        ({"n_checks": 0}, ValueError),
        ({"n_checks": 1.5}, TypeError),
        ({"n_checks": True}, TypeError),
    ],
    ids=str,
)
def test_invalid_parameters_are_refused_by_name_and_value(params, error):
    ((name, value),) = params.items()
    with pytest.raises(error, match=name) as caught:
        check_gradient(BPRegressor(3), np.eye(4), np.arange(4.0), **params)
    assert repr(value) in str(caught.value)


@pytest.mark.parametrize(
    "estimator", [make_pipeline(StandardScaler(), BPRegressor()), "network", BPRegressor, None]
)
def test_what_is_no_estimator_of_ours_is_refused(estimator):
    with pytest.raises(TypeError, match="estimator must be a BPClassifier or BPRegressor"):
        check_gradient(estimator, np.eye(4), np.arange(4.0))


def test_data_that_do_not_fit_a_fitted_model_are_refused():
    model = BPRegressor(3, max_iter=2, tol=None).fit(np.eye(4), np.arange(4.0))
    with pytest.raises(ValueError, match=r"5 features.*expecting 4"):
        check_gradient(model, np.eye(5), np.arange(5.0))
    with pytest.raises(ValueError, match="outputs"):
        check_gradient(model, np.eye(4), np.eye(4))
    with pytest.raises(ValueError, match="NaN"):
        check_gradient(model, np.full((4, 4), np.nan), np.arange(4.0))


def test_targets_and_weights_that_are_missing_are_asked_for():
    with pytest.raises(ValueError, match="y must be"):
        check_gradient(BPRegressor(3), np.eye(4), None)
    half = BPRegressor(3)
    half.coefs_ = [np.ones((4, 3)), np.ones((3, 1))]
    with pytest.raises(ValueError, match="do not fit together"):
        check_gradient(half, np.eye(4), np.arange(4.0))


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


def test_data_too_large_to_train_on_are_refused():
    with pytest.raises(ValueError, match="scale X and y"):
        check_gradient(BPRegressor(3), np.eye(4) * 1e200, np.arange(4.0) * 1e200)
