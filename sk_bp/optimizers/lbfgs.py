"""L-BFGS: a Newton method whose curvature is known from the last steps."""

from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval

from sk_bp.optimizers.minimizer import SciPyMinimizer
from sk_bp.optimizers.optimizer import NOT_NEGATIVE


class LBFGS(SciPyMinimizer):
    """The limited-memory method of Broyden, Fletcher, Goldfarb and Shanno, by SciPy.

    With g the gradient, and H the inverse curvature that the last steps and the changes of g over
    them imply, beginning from a multiple of the identity::

        w <- w - a H g,     a by a line search

    Parameters
    ----------
    history_size : int, default=10
        How many past steps make up H, at least 1.
    gtol : float, default=1e-5
        Ends when no entry of the gradient of the objective is larger, relative to the loss of the
        best constant prediction; not negative.
    max_fun : int, default=15000
        Ends after so many evaluations of the objective in one call of `fit`, at least 1.

    Notes
    -----
    Serves every loss, on dense and sparse X. `alpha` is the L2 penalty of the objective. All
    samples make up one batch, an iteration is an epoch, `learning_rate` and `batch_size` are
    refused, and there is no `partial_fit`. The estimator's `tol` and `n_iter_no_change` apply to
    iterations. With `warm_start` it begins anew from the weights: its history is not kept. The
    arithmetic of the method is float64, that of the network has the dtype of X. Defaults: SciPy's,
    and scikit-learn's for max_fun.

    The gradient that gtol bounds is relative to the loss of the best constant prediction, and in
    regression the weights of the last layer are measured in standard deviations of y: so neither
    the steps nor the end depend on the units of y. SciPy's gtol and scikit-learn's tol are
    absolute.

    The method has converged where the gradient is within gtol, or within three roots of the
    rounding error of X's dtype (4.5e-8, or 1e-3 for float32): nearer to a minimum the objective
    differs from it by no more than rounding, and no line search can go on. If the line search ends
    elsewhere, a warning says so.

    Idle rows: there are none; weights of columns without entries feel the penalty alone.
    Memory: about 2 history_size + 8 vectors of float64; checked before training.
    When: small and medium data, and whenever the exact minimum is wanted.

    References
    ----------
    Liu & Nocedal, On the limited memory BFGS method for large scale optimization, 1989.

    Examples
    --------
    >>> from sk_bp import LBFGS, BPRegressor
    >>> reg = BPRegressor(10, "tanh", optimizer=LBFGS(gtol=1e-8), tol=None, max_iter=500)
    """

    method = "L-BFGS-B"
    _parameter_constraints = {
        "history_size": [Interval(Integral, 1, None, closed="left")],
        "gtol": [NOT_NEGATIVE],
        "max_fun": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(self, history_size: int = 10, *, gtol: float = 1e-5, max_fun: int = 15000) -> None:
        self.history_size = history_size
        self.gtol = gtol
        self.max_fun = max_fun

    def options(self) -> dict[str, Any]:
        # ftol: ends when an iteration gains no more than rounding.
        return {
            "maxcor": int(self.history_size),
            "maxfun": int(self.max_fun),
            "ftol": np.finfo(np.float64).eps,
        }

    def n_vectors(self) -> int:
        return 2 * self.history_size + 8
