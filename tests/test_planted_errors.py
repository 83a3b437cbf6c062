"""check_gradient finds every error that is planted in a gradient."""

import numpy as np
import pytest
from cases import every_activation, every_loss, layouts
from gradient_check_cases import data, view
from helpers import estimator_class, targets_for
from internals import plant

from sk_bp import BPClassifier
from sk_bp.inspection import check_gradient


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


@layouts
@every_activation
@pytest.mark.parametrize("error", PLANTED, ids=lambda error: error.__name__)
def test_a_planted_error_is_found(error, activation, layout, monkeypatch):
    rng = np.random.default_rng(0)
    X, y = data(rng), np.arange(30) % 3
    model = BPClassifier((5, 5), activation, optimizer="sgd", alpha=1.0, random_state=0)
    assert check_gradient(model, layout(X), y).verdict == "right"
    plant(monkeypatch, error)
    result = check_gradient(model, layout(X), y)
    assert result.verdict == "wrong"
    assert PLANTED[error] in [array.name for array in result.arrays if array.verdict == "wrong"]
    if error is one_single_weight:
        assert result.worst.name == "coefs_[2]"
        assert result.worst.worst == (0, 0)
        assert result.worst.worst_gradient - result.worst.worst_numerical == pytest.approx(1e-3)
    with pytest.raises(ValueError, match=r"wrong(.|\n)*coefs_"):
        check_gradient(model, layout(X), y, strict=True)


@layouts
@every_loss
def test_an_error_in_the_gradient_of_any_loss_is_found(loss, task, layout, monkeypatch):
    rng = np.random.default_rng(0)
    X, y = data(rng), targets_for(task, 30, rng)
    weight = rng.uniform(
        0.5, 2, size=30
    )  # else the last bias of a hinge loss may have a slope of 0
    model = estimator_class(task)((5, 5), "tanh", loss=loss, random_state=0)
    assert check_gradient(model, layout(X), y, weight).verdict == "right"
    plant(monkeypatch, wrong_factor)
    assert check_gradient(model, layout(X), y, weight).verdict == "wrong"


@pytest.mark.parametrize("factor", [1.1, 3.0])
@pytest.mark.parametrize("depth", [6, 10, 14])
def test_a_wrong_gradient_is_never_called_right_however_small_it_is(depth, factor, monkeypatch):
    rng = np.random.default_rng(0)
    X, y = data(rng), np.arange(30) % 2
    model = BPClassifier((8,) * depth, "logistic", alpha=0, optimizer="sgd", random_state=0)

    def too_long(gradient, network):
        view(gradient, network, "coefs", 0)[...] *= factor

    plant(monkeypatch, too_long)
    first = check_gradient(model, X, y).arrays[0]
    assert first.verdict == ("not decidable" if depth == 14 else "wrong")
