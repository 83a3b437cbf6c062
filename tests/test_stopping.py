"""When training ends."""

import pytest
from helpers import (
    both,
    line_of,
    quick,
    two_classes,
)
from sklearn.exceptions import ConvergenceWarning

X, y = two_classes(40, 5)


@both
def test_without_tol_exactly_max_iter_epochs_are_made(Estimator):
    est = quick(Estimator, tol=None, n_iter_no_change=1, max_iter=23, learning_rate=1e-12)
    assert est.fit(X, y).n_iter_ == 23


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


@pytest.mark.parametrize("verbose", [0, 1, True])
@both
def test_verbose_prints_a_line_for_each_epoch(Estimator, verbose, capsys):
    est = quick(Estimator, verbose=verbose, max_iter=3).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == (3 if verbose else 0)
    for i, line in enumerate(lines):
        assert line.startswith(f"Epoch {i + 1}")
        assert f"{est.loss_curve_[i]:.6g}" in line
    if verbose:
        quick(Estimator, verbose=verbose, max_iter=1).fit(X, y, X_val=X, y_val=y)
        assert "validation score" in capsys.readouterr().out
