"""Gradient checking: back-propagation beside differences of the loss."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state
from sklearn.utils.random import sample_without_replacement

from sk_bp.base import BaseBP
from sk_bp.inspection.differences import MACHINE, Slopes, objective_at, slopes_of
from sk_bp.inspection.problem import Problem, column_sizes, gradient_of, problem_of
from sk_bp.threads import single_threaded_blas

# Parameters of each array that are checked where n_checks is None and there are more.
_ENOUGH = 200
# The doubt about a numerical gradient, beside its size, above which nothing is decided.
_DECIDABLE = 1e-2
_LARGEST = 0.1  # step, and relative error that is tolerated
# By how much of its size a weight is moved where weights lie at kinks.
_MOVE = 1e-3

RIGHT, WRONG, NOT_DECIDABLE = "right", "wrong", "not decidable"


@dataclass
class ArrayCheck:
    """What was found for the weights or the biases of one layer.

    Attributes
    ----------
    name : str
        "coefs_[l]" or "intercepts_[l]".
    n_checked : int
        Parameters that were compared.
    n_kinks : int
        Parameters that lie at a kink, of an activation or of the loss, and were not compared.
    relative_error : float
        |d| / (|g| + |g_num|), the norms over the parameters compared; 0 if all are zero.
    doubt : float
        How large |d| may be by rounding and truncation alone.
    gradient_norm, numerical_norm : float
        |g| and |g_num|.
    worst : tuple of int
        Where in the array the difference is largest.
    worst_gradient, worst_numerical : float
        Both values there.
    verdict : {"right", "wrong", "not decidable"}
    """

    name: str
    n_checked: int
    n_kinks: int
    relative_error: float
    doubt: float
    gradient_norm: float
    numerical_norm: float
    worst: tuple[int, ...]
    worst_gradient: float
    worst_numerical: float
    verdict: str


@dataclass
class GradientCheck:
    """The result of `check_gradient`.

    Attributes
    ----------
    arrays : list of ArrayCheck
        Weights and biases, layer by layer.
    loss : float
        The objective at the weights.
    n_kinks : int
        Parameters that lay at a kink, of an activation or of the loss. If there were any, all
        weights were moved a little, and the gradient checked there.
    worst : ArrayCheck or None
        The array with the largest relative error, the wrong ones first.
    verdict : {"right", "wrong", "not decidable"}
        "wrong" if any array is, else "not decidable" if any is, else "right".

    Examples
    --------
    >>> from sk_bp.inspection import GradientCheck
    >>> GradientCheck(arrays=[], loss=0.0).verdict
    'right'
    """

    arrays: list[ArrayCheck] = field(default_factory=list)
    loss: float = math.nan
    n_kinks: int = 0

    @property
    def verdict(self) -> str:
        """The verdict over all arrays."""
        verdicts = {array.verdict for array in self.arrays}
        for verdict in (WRONG, NOT_DECIDABLE):
            if verdict in verdicts:
                return verdict
        return RIGHT

    @property
    def worst(self) -> ArrayCheck | None:
        """The array with the largest relative error, the wrong ones first."""
        return max(self.arrays, key=lambda a: (a.verdict == WRONG, a.relative_error), default=None)

    def __repr__(self) -> str:
        lines = [f"Gradient: {self.verdict} (objective {self.loss:.6g})"]
        if self.n_kinks:
            lines.append(
                f"  {self.n_kinks} of the weights lay at a kink; all were moved by about "
                f"{_MOVE:g} of their size"
            )
        width = max((len(array.name) for array in self.arrays), default=0)
        for array in self.arrays:
            kinks = f", {array.n_kinks} at a kink" if array.n_kinks else ""
            lines.append(
                f"  {array.name:<{width}}  {array.verdict:<13}  relative error "
                f"{array.relative_error:.1e}, {array.n_checked} checked{kinks}"
            )
        worst = self.worst
        if worst is not None and worst.n_checked:
            place = ", ".join(map(str, worst.worst))
            lines.append(
                f"  worst: {worst.name}[{place}], back-propagation "
                f"{worst.worst_gradient:.10g}, differences {worst.worst_numerical:.10g}"
            )
        return "\n".join(lines)


def check_gradient(
    estimator: BaseBP,
    X: Any,
    y: Any,
    sample_weight: Any = None,
    *,
    eps: float | None = None,
    n_checks: int | None = None,
    rtol: float = 1e-6,
    random_state: int | np.random.RandomState | None = None,
    strict: bool = False,
) -> GradientCheck:
    """Compare the gradient by back-propagation with central differences of the objective.

    Everything is computed in float64, over all samples at once, on a copy: the estimator stays as
    it is. (In a stream of `partial_fit` on sparse X, rows of weights that wait for their idle steps
    are brought up to date, as when `coefs_` is asked for.)

    Parameters
    ----------
    estimator : BPClassifier or BPRegressor
        Fitted, and then its weights are those at which the gradient is checked, or not fitted, and
        then they are drawn as `fit` would draw them.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Samples; a few dozen are enough.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Their targets.
    sample_weight : array-like of shape (n_samples,), default=None
        Their weights.
    eps : float, default=None
        A parameter w is moved by h, eps times the larger of 1 and its size, and by 2 h, to both
        sides. Positive, at most 0.1; None means the cube root of the machine precision, 6e-6, which
        balances truncation and rounding.
    n_checks : int, default=None
        How many parameters of each array (weights or biases of a layer) to check, drawn at random.
        None means all, but 200 of those that have more.
    rtol : float, default=1e-6
        Relative error that is tolerated, positive, at most 0.1.
    random_state : int, RandomState or None, default=None
        Draws the parameters.
    strict : bool, default=False
        Whether to raise a ValueError unless the verdict is "right".

    Returns
    -------
    result : GradientCheck
        Its `verdict`, its `arrays` and its repr say what was found.

    Raises
    ------
    TypeError
        If the estimator is not one of this package, or a parameter has the wrong type.
    ValueError
        If a parameter is out of range, the data are not valid or do not fit the model; with strict,
        if the gradient is not found right.

    Notes
    -----
    The objective is the mean loss, and where the optimizer minimizes it (SGD and the minimizers)
    the L2 penalty; adaptive optimizers decay the weights apart from the gradient. The L1 penalty is
    no part of it: its step follows after that of the gradient. With dropout, what a first step
    would leave out of these samples stays out.

    A parameter is moved by h and by 2 h to both sides. With D(h) the central difference,
    g_num = (4 D(h) - D(2 h)) / 3. With d = g - g_num over the n parameters of an array that are
    checked, its gradient is wrong if

        |d| > rtol (|g| + |g_num|) + |noise| + |truncation|

    The noise of a parameter is 1.5 u / h, as each of the values in D(h) is right to about u, so
    that its norm over n parameters is u sqrt(n) / h and so on. u is the machine precision times the
    objective and the mean size of the terms that cancel in it (logits, predictions), plus four
    standard deviations of its rounding, as its fourth differences show it. The truncation is
    |D(2 h) - D(h)| / 3, the error of D(h); that of g_num is of higher order. Both are fixed while
    the gradient of a network that is trained to its minimum goes to zero: where they exceed a
    hundredth of |g| + |g_num|, and the gradient is not wrong beyond them, it is "not decidable". So
    it is with the first of many logistic layers. Right means right to about 2 % at worst, and
    to rtol as a rule.

    relu has no derivative at 0, nor have the absolute error and the pinball loss at an error of 0,
    and the hinge loss at a margin of 1; and differences do not tell the derivative of elu or
    softsign at 0, as the second one jumps. Where moving a parameter takes some sample over such a
    kink, steps of h / 10, h / 100 and h / 1000 are tried. If each of them does, the parameter lies
    at a kink: usual before training, for biases are zero and so are samples without entries. Then
    all weights are moved at random by about 1e-3 of their size, or of 1, and the gradient is
    checked there.

    References
    ----------
    Bishop, Neural networks for pattern recognition, 1995, section 4.8.4.
    Nocedal & Wright, Numerical optimization, 2006, section 8.1.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sk_bp import BPClassifier
    >>> from sk_bp.inspection import check_gradient
    >>> X, y = load_iris(return_X_y=True)
    >>> check_gradient(BPClassifier((5, 4), "tanh", random_state=0), X, y).verdict
    'right'
    """
    _check_parameters(eps, n_checks, rtol, strict)
    problem = problem_of(estimator, X, y, sample_weight)
    rng = check_random_state(random_state)
    arguments = MACHINE ** (1 / 3) if eps is None else float(eps), n_checks, float(rtol), rng
    with single_threaded_blas():
        result = _compare(problem, *arguments)
        n_kinks = sum(array.n_kinks for array in result.arrays)
        if n_kinks:
            _move_off_kinks(problem, rng)
            result = _compare(problem, *arguments)
            result.n_kinks = n_kinks
    if strict and result.verdict != RIGHT:
        raise ValueError(repr(result))
    return result


def _check_parameters(eps: Any, n_checks: Any, rtol: Any, strict: Any) -> None:
    if not isinstance(strict, (bool, np.bool_)):
        raise TypeError(f"strict must be True or False, got {strict!r}")
    for name, value in (("eps", eps), ("rtol", rtol)):
        if value is None and name == "eps":
            continue
        if not _is_number(value, Real):
            raise TypeError(f"{name} must be a positive number, got {value!r}")
        if not 0 < value <= _LARGEST:
            raise ValueError(f"{name} must be positive and at most {_LARGEST}, got {value!r}")
    if n_checks is not None:
        if not _is_number(n_checks, Integral):
            raise TypeError(f"n_checks must be a whole number or None, got {n_checks!r}")
        if n_checks < 1:
            raise ValueError(f"n_checks must be at least 1, got {n_checks!r}")


def _is_number(value: Any, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _compare(
    problem: Problem, eps: float, n_checks: int | None, rtol: float, rng: np.random.RandomState
) -> GradientCheck:
    """Compare the gradient with differences at the network's weights, array by array."""
    network = problem.network
    gradients = network.split(gradient_of(problem, dropout=True))
    weights = [*network.coefs, *network.intercepts]
    used = np.flatnonzero(column_sizes(problem.samples.X))
    chosen = [_choose(weights[0].shape, n_checks, rng, used)]
    chosen += [_choose(array.shape, n_checks, rng) for array in weights[1:]]
    flat = [array.reshape(-1) for array in weights]
    slopes = slopes_of(problem, list(zip(flat, chosen, strict=True)), eps)
    n_layers = len(network.coefs)
    names = [f"coefs_[{layer}]" for layer in range(n_layers)]
    names += [f"intercepts_[{layer}]" for layer in range(n_layers)]
    arrays = [
        _judge(name, g, at, found, rtol)
        for name, g, at, found in zip(names, gradients, chosen, slopes, strict=True)
    ]
    by_layer = zip(arrays[:n_layers], arrays[n_layers:], strict=True)
    return GradientCheck([array for pair in by_layer for array in pair], objective_at(problem))


def _judge(
    name: str, gradient: NDArray[Any], chosen: NDArray[Any], slopes: Slopes, rtol: float
) -> ArrayCheck:
    """The verdict on one array."""
    kept = ~slopes.at_kink
    g, numerical, at = gradient.reshape(-1)[chosen][kept], slopes.values[kept], chosen[kept]
    difference = np.abs(g - numerical)
    norm, numerical_norm = float(np.linalg.norm(g)), float(np.linalg.norm(numerical))
    size, error = norm + numerical_norm, float(np.linalg.norm(difference))
    doubt = float(np.linalg.norm(slopes.noises[kept]) + np.linalg.norm(slopes.truncations[kept]))
    n_kinks = int(slopes.at_kink.sum())
    if error > rtol * size + doubt:
        verdict = WRONG
    elif n_kinks or (size > 0 and doubt > _DECIDABLE * size):
        verdict = NOT_DECIDABLE
    else:
        verdict = RIGHT
    worst = int(np.argmax(difference)) if len(at) else None
    return ArrayCheck(
        name=name,
        n_checked=len(at),
        n_kinks=n_kinks,
        relative_error=error / size if size else 0.0,
        doubt=doubt,
        gradient_norm=norm,
        numerical_norm=numerical_norm,
        worst=() if worst is None else tuple(map(int, np.unravel_index(at[worst], gradient.shape))),
        worst_gradient=0.0 if worst is None else float(g[worst]),
        worst_numerical=0.0 if worst is None else float(numerical[worst]),
        verdict=verdict,
    )


def _choose(
    shape: Sequence[int],
    n_checks: int | None,
    rng: np.random.RandomState,
    used_rows: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Which parameters of an array to check; where not all, three in four from the rows used."""
    n_checks = _ENOUGH if n_checks is None else n_checks
    size = math.prod(shape)
    if size <= n_checks:
        return np.arange(size)
    if used_rows is None or len(used_rows) in (0, shape[0]):
        return np.sort(sample_without_replacement(size, n_checks, random_state=rng))
    n_places = len(used_rows) * shape[1]
    n_used = min(-(-3 * n_checks // 4), n_places)
    places = sample_without_replacement(n_places, n_used, random_state=rng)
    rows, columns = np.divmod(places, shape[1])
    anywhere = sample_without_replacement(size, n_checks - n_used, random_state=rng)
    return np.unique(np.concatenate([used_rows[rows] * shape[1] + columns, anywhere]))


def _move_off_kinks(problem: Problem, rng: np.random.RandomState) -> None:
    parameters = problem.network.parameters
    parameters += _MOVE * np.maximum(1, np.abs(parameters)) * rng.standard_normal(len(parameters))
