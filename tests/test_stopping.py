"""When training ends."""

import numpy as np
import pytest
from cases import both
from helpers import curve_and_classes, line_of, quick, two_classes
from sklearn.exceptions import ConvergenceWarning

from sk_bp import SGD, BPClassifier, BPRegressor

X, y = two_classes(40, 5)
data, curve, classes = curve_and_classes()


@both
def test_without_tol_exactly_max_iter_epochs_are_made(Estimator):
    est = quick(Estimator, tol=None, n_iter_no_change=1, max_iter=23, learning_rate=1e-12)
    assert est.fit(X, y).n_iter_ == 23


@pytest.mark.filterwarnings("ignore:.*no better than a constant")
@pytest.mark.parametrize("n_iter_no_change", [1, 3, 10])
@both
def test_training_ends_after_more_than_n_iter_no_change_epochs_without_progress(
    Estimator, n_iter_no_change
):
    est = quick(Estimator, tol=100, n_iter_no_change=n_iter_no_change, max_iter=50)
    # The first epoch is progress beyond infinity.
    assert est.fit(X, y).n_iter_ == n_iter_no_change + 2


@both
def test_the_end_by_max_iter_without_convergence_is_told(Estimator):
    with pytest.warns(ConvergenceWarning, match=f"{Estimator.__name__}.*max_iter=3") as record:
        quick(Estimator, tol=1e-4, max_iter=3).fit(X, y)
    assert "fit(X, y)" in line_of(record[0])


@pytest.mark.parametrize("factor", [1e-4, 1e-2, 1e3])
def test_a_fit_makes_as_many_epochs_in_any_units_of_y(factor):
    """A linear network from zero weights is scale-free with plain descent."""
    params = {"optimizer": SGD(momentum=0), "alpha": 0, "learning_rate": 0.01, "random_state": 0}

    def fitted(target):
        model = BPRegressor((), warm_start=True, max_iter=1, tol=None, **params).fit(data, target)
        model.coefs_, model.intercepts_ = [np.zeros((4, 1))], [np.zeros(1)]
        return model.set_params(tol=1e-3, max_iter=1000).fit(data, target)

    one, other = fitted(curve), fitted(factor * curve)
    assert one.end_reason_ == other.end_reason_ == "plateau"
    assert one.n_iter_ == other.n_iter_
    np.testing.assert_allclose(
        other.predict(data) / factor, one.predict(data), rtol=1e-9, atol=1e-12
    )


@pytest.mark.filterwarnings("ignore:.*no better than a constant")
def test_tol_zero_counts_only_progress_as_progress():
    constant = BPRegressor((), learning_rate=1e-300, tol=0, max_iter=100, random_state=0)
    constant.set_params(alpha=0, batch_size=200)
    constant.fit(data, curve)  # no weight moves, so that only the sum's rounding changes the loss
    assert constant.n_iter_ < 100
    assert constant.end_reason_ == "plateau"


@both
def test_the_end_is_named(Estimator):
    target = classes if Estimator is BPClassifier else curve
    model = Estimator(5, max_iter=2, random_state=0, learning_rate=0.001)
    with pytest.warns(ConvergenceWarning):
        assert model.fit(data, target).end_reason_ == "max_iter"
    model.set_params(optimizer="lbfgs", learning_rate=None, alpha=1, max_iter=2000)
    model.fit(data, target)
    assert model.end_reason_ in ("converged", "plateau")
    model = Estimator(5, optimizer=SGD(), learning_rate=1e8, alpha=0, random_state=0)
    model.set_params(batch_size=10)
    with pytest.warns(ConvergenceWarning):
        model.fit(1e3 * data, target)
    assert model.end_reason_ in ("loss_grown", "gradient_too_large", "loss_not_finite")
