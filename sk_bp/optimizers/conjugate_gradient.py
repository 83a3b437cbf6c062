"""Conjugate gradients: each step's direction leaves what the last ones gained."""

from sk_bp.optimizers.minimizer import SciPyMinimizer
from sk_bp.optimizers.optimizer import NOT_NEGATIVE


class ConjugateGradient(SciPyMinimizer):
    """The nonlinear conjugate gradient method of Polak and Ribière, by SciPy.

    ::

        b = max(0, g · (g - g') / (g' · g'))        g' the gradient a step before
        d <- -g + b d
        w <- w + a d,     a by a line search

    Parameters
    ----------
    gtol : float, default=1e-5
        Ends when no entry of the gradient of the objective is larger, relative to the loss of the
        best constant prediction; not negative.

    Notes
    -----
    What is said of `LBFGS` holds here too. Default: SciPy's, whose gtol is absolute.

    Memory: about eight vectors of float64.
    When: `LBFGS` needs too much memory. It takes more evaluations. (MATLAB's ``traincgp``.)

    References
    ----------
    Polak & Ribière, Note sur la convergence de méthodes de directions conjuguées, 1969.
    Nocedal & Wright, Numerical optimization, 2006, section 5.2.

    Examples
    --------
    >>> from sk_bp import BPRegressor, ConjugateGradient
    >>> reg = BPRegressor(10, "tanh", optimizer=ConjugateGradient(), max_iter=500)
    """

    method = "CG"
    _parameter_constraints = {"gtol": [NOT_NEGATIVE]}

    def __init__(self, gtol: float = 1e-5) -> None:
        self.gtol = gtol

    def n_vectors(self) -> int:
        return 8
