"""The learning rate range test: losses at rates that grow, a suggestion, and where it diverges."""

import math

import numpy as np
import pytest
import scipy.sparse as sp
from cases import both, every_optimizer, layouts
from helpers import assert_same_state, quick, state
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline

from sk_bp import BPClassifier, BPRegressor
from sk_bp.inspection import learning_rate_range_test
from sk_bp.optimizers import OPTIMIZERS

rng = np.random.default_rng(0)
X = rng.normal(size=(300, 5)) * (rng.random((300, 5)) < 0.5)
y = (X[:, 0] + np.sin(3 * X[:, 1]) > 0).astype(int)


def model_of(Estimator=BPClassifier, **params):
    return quick(Estimator, **{"batch_size": 20, **params})


def range_test(model=None, layout=np.asarray, **params):
    return learning_rate_range_test(model or model_of(), layout(X), y, **params)


def assert_equal_results(one, two, rtol=0.0):
    for name, value in vars(one).items():
        np.testing.assert_allclose(
            np.nan if value is None else value,
            np.nan if getattr(two, name) is None else getattr(two, name),
            rtol=rtol,
            err_msg=name,
        )


@every_optimizer
def test_the_rates_ascend_evenly_around_the_default_and_the_suggestion_is_one_of_them(optimizer):
    result = range_test(model_of(optimizer=optimizer))
    default = OPTIMIZERS[optimizer].default_learning_rate
    assert result.rates[0] == pytest.approx(default / 1000)
    assert np.diff(np.log(result.rates)) == pytest.approx(np.log(1e6) / 199)
    assert len(result.rates) == len(result.losses) == len(result.smoothed_losses)
    assert result.suggestion in result.rates
    assert result.suggestion <= result.rates[np.argmin(result.smoothed_losses)]
    if result.divergence is not None:
        assert result.divergence == result.rates[-1]


@every_optimizer
def test_sparse_input_gives_the_losses_of_dense_input(optimizer):
    model = model_of(optimizer=optimizer)
    assert_equal_results(range_test(model, sp.csr_array), range_test(model), rtol=1e-7)


def test_on_one_batch_the_losses_are_those_of_a_fit_at_these_rates():
    rates = np.geomspace(1e-3, 1e-1, 10)
    model = model_of(batch_size=200)
    result = learning_rate_range_test(
        model, X[:50], y[:50], min_rate=1e-3, max_rate=1e-1, n_steps=10
    )
    np.testing.assert_allclose(result.rates, rates)
    model.set_params(learning_rate=lambda step: rates[step], max_iter=10)
    np.testing.assert_allclose(result.losses, model.fit(X[:50], y[:50]).loss_curve_, rtol=1e-12)


def test_a_sample_of_weight_two_counts_twice():
    weights = 1.0 + np.arange(50) % 2
    model = model_of(batch_size=200)
    weighted = learning_rate_range_test(model, X[:50], y[:50], weights)
    repeats = weights.astype(int)
    repeated = learning_rate_range_test(model, X[:50].repeat(repeats, 0), y[:50].repeat(repeats))
    assert_equal_results(weighted, repeated, rtol=1e-7)


@layouts
@both
@pytest.mark.parametrize("fitted", [False, True])
def test_the_estimator_stays_as_it_is(fitted, Estimator, layout):
    model = model_of(Estimator, random_state=np.random.RandomState(0), learning_rate="auto")
    if not fitted:
        parameters, draws = model.get_params(), model.random_state.get_state()[1].copy()
        range_test(model, layout)
        assert not hasattr(model, "coefs_")
        assert model.get_params() == parameters
        np.testing.assert_array_equal(model.random_state.get_state()[1], draws)
        return
    model.set_params(random_state=0).fit(layout(X), y)
    before = state(model)
    range_test(model, layout)
    assert_same_state(model, before)


def test_a_fitted_model_begins_at_its_weights():
    model = model_of(batch_size=200, max_iter=100).fit(X[:50], y[:50])
    first = learning_rate_range_test(model, X[:50], y[:50]).losses[0]
    assert first == pytest.approx(log_loss(y[:50], model.predict_proba(X[:50])))


def test_random_state_decides_on_the_batches_alone():
    assert_equal_results(range_test(random_state=3), range_test(random_state=3))
    assert_equal_results(range_test(), range_test(random_state=0))
    assert range_test(random_state=4).losses[0] != range_test(random_state=3).losses[0]
    start = model_of(batch_size=200)
    one, two = (
        learning_rate_range_test(start, X[:50], y[:50], random_state=seed) for seed in (1, 2)
    )
    assert_equal_results(one, two)


def test_it_ends_where_the_loss_has_grown_and_says_at_which_rate():
    result = range_test(model_of(optimizer="sgd"), max_rate=1e4)
    means = np.convolve(result.losses, np.full(5, 0.2), "valid")
    assert result.divergence == result.rates[-1] < 1e4
    assert means[-1] > 4 * means[:-1].min()
    assert (means[:-1] <= 4 * np.minimum.accumulate(means[:-1])).all()


def test_it_ends_where_a_step_cannot_be_made():
    result = range_test(
        model_of(BPRegressor, optimizer="sgd", alpha=0.0), max_rate=1e6, max_growth=1e300
    )
    assert result.divergence == result.rates[-1]
    assert len(result.rates) < 200


def test_without_divergence_all_rates_are_tried():
    result = range_test(max_rate=1e-3)
    assert result.divergence is None
    assert len(result.rates) == 200


def test_there_is_no_suggestion_where_the_loss_never_falls():
    model = quick(BPRegressor, hidden_layer_sizes=(), optimizer="sgd")
    result = learning_rate_range_test(model, np.zeros((30, 2)), np.zeros(30))
    assert result.suggestion is None


def test_weight_decay_limits_the_rates_that_are_tried():
    result = range_test(model_of(optimizer="adam", alpha=0, weight_decay=100.0), max_growth=1e300)
    assert result.rates[-1] == pytest.approx(0.0099)
    with pytest.raises(ValueError, match=r"max_rate=0.1 and weight_decay=100 .*below 0.01"):
        range_test(model_of(optimizer="adam", alpha=0, weight_decay=100.0), max_rate=0.1)


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"min_rate": 0}, ValueError, "min_rate must be finite and positive, got 0"),
        ({"min_rate": math.nan}, ValueError, "min_rate must be .*got nan"),
        ({"min_rate": "0.1"}, TypeError, "min_rate must be an instance of float"),
        ({"max_rate": math.inf}, ValueError, "max_rate must be .*got inf"),
        ({"max_rate": -1.0}, ValueError, r"max_rate must be .*got -1\.0"),
        ({"min_rate": 0.1, "max_rate": 0.1}, ValueError, "min_rate=0.1 and max_rate=0.1.*ascend"),
        ({"min_rate": 5.0}, ValueError, "min_rate=5.0 and max_rate=None.* from 5 to 1,.*ascend"),
        ({"n_steps": 9}, ValueError, "n_steps == 9"),
        ({"n_steps": 50.0}, TypeError, "n_steps must be an instance of int"),
        ({"max_growth": 1}, ValueError, "max_growth must be finite and above 1, got 1"),
        ({"max_growth": math.nan}, ValueError, "max_growth .*got nan"),
        ({"random_state": "x"}, ValueError, "'x' cannot be used to seed"),
    ],
)
def test_parameters_that_are_not_valid_are_refused_by_name_and_value(params, error, message):
    with pytest.raises(error, match=message):
        range_test(**params)


@pytest.mark.parametrize("optimizer", ["lbfgs", "rprop"])
def test_optimizers_without_a_schedule_are_refused(optimizer):
    with pytest.raises(ValueError, match=f"optimizer='{optimizer}' takes no schedule"):
        range_test(quick(BPClassifier, optimizer=optimizer))


def test_what_is_no_estimator_of_ours_is_refused():
    for other in (make_pipeline(model_of()), None):
        with pytest.raises(TypeError, match="estimator must be a BPClassifier or BPRegressor"):
            learning_rate_range_test(other, X, y)


def test_data_on_which_no_step_can_be_made_are_refused():
    with pytest.raises(ValueError, match="no step can be made after one at the rate"):
        learning_rate_range_test(quick(BPRegressor, scaling=False), 1e200 * X, 1e200 * y)


def test_the_result_is_told_in_one_line():
    text = repr(range_test())
    assert text.startswith("RangeTest(")
    assert "suggestion=0." in text
