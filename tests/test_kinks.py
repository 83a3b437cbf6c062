"""check_gradient at kinks of relu and beside them."""

import numpy as np
import pytest
import scipy.sparse as sp
from gradient_check_cases import data, network_with_a_kink, view
from internals import plant

from sk_bp import BPClassifier, BPRegressor
from sk_bp.activations import ELU
from sk_bp.inspection import check_gradient


def test_at_a_kink_of_relu_the_gradient_is_checked_beside_it():
    result = check_gradient(network_with_a_kink(), [[1.0], [2.0]], [5.0, 1.0])
    assert result.verdict == "right"
    assert result.n_kinks == 2  # the weight and the bias of the first unit
    assert "2 of the weights lay at a kink" in repr(result)
    assert all(array.n_kinks == 0 for array in result.arrays)


def test_a_kink_near_by_is_passed_by_with_a_shorter_step():
    result = check_gradient(network_with_a_kink(), [[1.0 + 1e-6], [2.0]], [5.0, 1.0])
    assert result.verdict == "right"
    assert result.n_kinks == 0


@pytest.mark.parametrize("x", [1.0, 1.0 + 1e-6])
@pytest.mark.parametrize("kind", ["coefs", "intercepts"])
def test_a_wrong_gradient_is_found_at_a_kink_and_near_one(kind, x, monkeypatch):
    def one_percent_too_large(gradient, network):
        view(gradient, network, kind, 0)[..., 0] *= 1.01

    plant(monkeypatch, one_percent_too_large)
    assert check_gradient(network_with_a_kink(), [[x], [2.0]], [5.0, 1.0]).verdict == "wrong"


@pytest.mark.parametrize("change", [lambda b: b[:1] * 1000, lambda b: -b, lambda b: 0 * b])
def test_samples_without_entries_put_biases_at_kinks_and_hide_no_error(change, monkeypatch):
    rng = np.random.default_rng(0)
    X, y = np.abs(data(rng, n=60, n_features=20, density=0.1)), np.arange(60) % 2
    assert (X == 0).all(axis=1).any()
    model = BPClassifier((8,), "relu", random_state=0)
    result = check_gradient(model, sp.csr_array(X), y)
    assert result.verdict == "right"
    assert result.n_kinks >= 8

    def wrong_bias(gradient, network):
        bias = view(gradient, network, "intercepts", 0)
        changed = change(bias.copy())
        bias[: len(changed)] = changed

    plant(monkeypatch, wrong_bias)
    assert check_gradient(model, sp.csr_array(X), y).verdict == "wrong"


def test_dead_units_have_a_right_gradient_of_zero():
    model = BPRegressor((2,), "relu", optimizer="sgd", alpha=0)
    model.coefs_ = [np.array([[1.0, 2.0]]), np.array([[1.0], [1.0]])]
    model.intercepts_ = [np.array([-50.0, -50.0]), np.array([0.0])]
    assert check_gradient(model, [[1.0], [2.0]], [0.0, 1.0]).verdict == "right"


@pytest.mark.parametrize(
    ("activation", "bias", "bend"),
    [("elu", 0.5, 0.0), (ELU(alpha=0.3), 0.5, 0.0), ("selu", 0.5, 0.0), ("softsign", 0.5, 0.0)]
    + [("hard_sigmoid", 0.5, bend) for bend in (-3.0, 3.0)],
    ids=str,
)
@pytest.mark.parametrize("aside", [0.0, 1e-6])
def test_kinks_of_other_activations_are_passed_by_too(activation, bias, bend, aside, monkeypatch):
    model = network_with_a_kink().set_params(activation=activation)
    model.intercepts_ = [np.array([bend - 1.0, bias]), np.array([0.0])]
    X, y = [[1.0 + aside], [2.0], [0.5]], [5.0, 1.0, 0.0]
    result = check_gradient(model, X, y)
    assert result.verdict == "right"
    assert result.n_kinks == (2 if aside == 0 else 0)

    def one_percent_too_large(gradient, network):
        view(gradient, network, "coefs", 0)[..., 0] *= 1.01

    plant(monkeypatch, one_percent_too_large)
    assert check_gradient(model, X, y).verdict == "wrong"
