"""Gradient checking: back-propagation beside differences of the loss."""

import math
from dataclasses import dataclass, field
from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_random_state

from sk_bp._core import _core
from sk_bp.inspection.problem import gradient_of, layer_values, problem_of
from sk_bp.threads import single_threaded_blas

# Parameters of each array that are checked where n_checks is None and there are more.
_ENOUGH = 200
# By how much rounding in the loss may exceed its last digit.
_ROUNDING = 16.0
_MACHINE = np.finfo(np.float64).eps
# Of a step over a kink of relu: how much shorter ones are tried.
_SHORTER = (1e-1, 1e-2, 1e-3)

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
        Parameters that lie at a kink of relu: compared with the slope on one side, or left out.
    n_left_out : int
        Those of them whose gradient is the slope on neither side, and says nothing.
    relative_error : float
        |d| / (|g| + |g_num|), the norms over the parameters compared; 0 if all are zero.
    noise : float
        What rounding in the loss can make of |d|.
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
    n_left_out: int
    relative_error: float
    noise: float
    gradient_norm: float
    numerical_norm: float
    worst: tuple
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
    verdict : {"right", "wrong", "not decidable"}
        "wrong" if any array is, else "not decidable" if any is, else "right".

    Examples
    --------
    >>> from sk_bp.inspection import GradientCheck
    >>> GradientCheck(arrays=[], loss=0.0).verdict
    'right'
    """

    arrays: list = field(default_factory=list)
    loss: float = math.nan

    @property
    def verdict(self):
        """The verdict over all arrays."""
        verdicts = {array.verdict for array in self.arrays}
        for verdict in (WRONG, NOT_DECIDABLE):
            if verdict in verdicts:
                return verdict
        return RIGHT

    @property
    def worst(self):
        """The array with the largest relative error, the wrong ones first; None without arrays."""
        return max(self.arrays, key=lambda a: (a.verdict == WRONG, a.relative_error), default=None)

    def __repr__(self):
        lines = [f"Gradient: {self.verdict} (objective {self.loss:.6g})"]
        width = max((len(array.name) for array in self.arrays), default=0)
        for array in self.arrays:
            kinks = f", {array.n_kinks} at a kink of relu" if array.n_kinks else ""
            kinks += f", {array.n_left_out} left out" if array.n_left_out else ""
            lines.append(
                f"  {array.name:<{width}}  {array.verdict:<13}  relative error "
                f"{array.relative_error:.1e}, {array.n_checked} checked{kinks}"
            )
        worst = self.worst
        if worst is not None and worst.n_checked:
            place = ", ".join(map(str, worst.worst))
            lines.append(
                f"  largest difference: {worst.name}[{place}], back-propagation "
                f"{worst.worst_gradient:.10g}, differences {worst.worst_numerical:.10g}"
            )
        return "\n".join(lines)


def check_gradient(
    estimator,
    X,
    y,
    sample_weight=None,
    *,
    eps=None,
    n_checks=None,
    rtol=1e-6,
    random_state=None,
    strict=False,
):
    """Compare the gradient by back-propagation with central differences of the objective.

    Everything is computed in float64, over all samples at once, on a copy: the estimator stays as
    it is.

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
        A parameter w is moved by h, eps times the larger of 1 and its size, to both sides.
        Positive; None means the cube root of the machine precision, 6e-6, which balances truncation
        and rounding.
    n_checks : int, default=None
        How many parameters of each array (weights or biases of a layer) to check, drawn at random.
        None means all, but 200 of those that have more.
    rtol : float, default=1e-6
        Relative error that is borne, positive.
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
    the L2 penalty; adaptive optimizers decay the weights apart from the gradient.

    With d the difference of both gradients over the n parameters that are checked of an array, it
    is right if

        |d| <= rtol (|g| + |g_num|) + 16 e |objective| sqrt(n) / h

    with e the machine precision. The second term is the noise: each value of the objective is right
    to some last digits, e times a small number, so each difference quotient to e |objective| / h
    times that, and the norm over n independent ones to sqrt(n) times more. The truncation error,
    h² / 6 times the third derivative, is about 1e-11 of it, and falls under rtol. An array whose
    gradient is smaller than its noise, as the first ones of many logistic layers, is "not
    decidable": no difference quotient could tell it from zero. relu has no derivative at 0; where
    moving a parameter switches a unit on or off for some sample, the two sides differ. Then steps
    of h / 10, h / 100 and h / 1000 are tried, whose noise is so much larger. If each of them meets
    a kink too, the parameter counts as a kink; the slope on one side of it, by three points, must
    be the gradient, or the parameter is left out. An array of such parameters alone is "not
    decidable".

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
    _check_parameters(eps, n_checks, rtol)
    problem = problem_of(estimator, X, y, sample_weight)
    with single_threaded_blas():
        gradient = gradient_of(problem)
        result = _compare(
            problem,
            gradient,
            _MACHINE ** (1 / 3) if eps is None else float(eps),
            n_checks,
            float(rtol),
            check_random_state(random_state),
        )
    if strict and result.verdict != RIGHT:
        raise ValueError(repr(result))
    return result


def _check_parameters(eps, n_checks, rtol):
    for name, value in (("eps", eps), ("rtol", rtol)):
        if value is None and name == "eps":
            continue
        if isinstance(value, bool) or not isinstance(value, Real):
            raise TypeError(f"{name} must be a positive number, got {value!r}")
        if not 0 < value < math.inf:
            raise ValueError(f"{name} must be positive and finite, got {value!r}")
    if n_checks is not None:
        if isinstance(n_checks, bool) or not isinstance(n_checks, Integral):
            raise TypeError(f"n_checks must be a whole number or None, got {n_checks!r}")
        if n_checks < 1:
            raise ValueError(f"n_checks must be at least 1, got {n_checks!r}")


def _compare(problem, gradient, eps, n_checks, rtol, rng):
    """Compare a gradient with differences, array by array."""
    loss = _objective(problem)
    arrays, start = [], 0
    network = problem.network
    named = [(f"coefs_[{layer}]", W) for layer, W in enumerate(network.coefs)]
    named += [(f"intercepts_[{layer}]", b) for layer, b in enumerate(network.intercepts)]
    for name, array in named:
        chosen = _choose(array.size, n_checks, rng)
        flat = array.reshape(-1)
        g = gradient[start + chosen]
        numerical = np.array([_difference(problem, flat, i, eps) for i in chosen])
        arrays.append(_judge(problem, name, array, chosen, g, numerical, loss, eps, rtol))
        start += array.size
    n_layers = len(network.coefs)
    pairs = zip(arrays[:n_layers], arrays[n_layers:], strict=True)
    return GradientCheck([array for pair in pairs for array in pair], loss)


def _judge(problem, name, array, chosen, g, numerical, loss, eps, rtol):
    """The verdict on one array."""
    flat = array.reshape(-1)
    steps = eps * np.maximum(1, np.abs(flat[chosen]))
    noise_each = _ROUNDING * _MACHINE * abs(loss) / steps
    difference = np.abs(g - numerical)
    n_kinks, left_out = 0, []
    for k in np.flatnonzero(difference > rtol * (np.abs(g) + np.abs(numerical)) + noise_each):
        clear = _clear_step(problem, flat, chosen[k], eps)
        if clear == eps:
            continue
        if clear is not None:
            numerical[k] = _difference(problem, flat, chosen[k], clear)
            noise_each[k] *= eps / clear
            continue
        n_kinks += 1
        noise_each[k] *= 4  # of the one-sided differences, with weights 3, 4 and 1
        slopes = _one_sided_differences(problem, flat, chosen[k], eps)
        fits = [x for x in slopes if abs(g[k] - x) <= rtol * (abs(g[k]) + abs(x)) + noise_each[k]]
        if fits:
            numerical[k] = fits[0]
        else:
            left_out.append(k)
    kept = np.setdiff1d(np.arange(len(chosen)), left_out)
    g, numerical = g[kept], numerical[kept]
    difference = np.abs(g - numerical)
    norm, numerical_norm = float(np.linalg.norm(g)), float(np.linalg.norm(numerical))
    noise = float(np.linalg.norm(noise_each[kept]))
    size, error = norm + numerical_norm, float(np.linalg.norm(difference))
    if error > rtol * size + noise:
        verdict = WRONG
    elif (error > 0 and size <= noise) or len(kept) == 0:
        verdict = NOT_DECIDABLE
    else:
        verdict = RIGHT
    worst = int(np.argmax(difference)) if len(kept) else 0
    return ArrayCheck(
        name=name,
        n_checked=len(kept),
        n_kinks=n_kinks,
        n_left_out=len(left_out),
        relative_error=error / size if size else 0.0,
        noise=noise,
        gradient_norm=norm,
        numerical_norm=numerical_norm,
        worst=tuple(int(i) for i in np.unravel_index(chosen[kept[worst]], array.shape))
        if len(kept)
        else (),
        worst_gradient=float(g[worst]) if len(kept) else 0.0,
        worst_numerical=float(numerical[worst]) if len(kept) else 0.0,
        verdict=verdict,
    )


def _choose(size, n_checks, rng):
    """Which parameters of an array to check."""
    n_checks = _ENOUGH if n_checks is None else n_checks
    if size <= n_checks:
        return np.arange(size)
    return np.sort(rng.choice(size, n_checks, replace=False))


def _objective(problem):
    """The objective at the network's weights as they are."""
    network, rows = problem.network, problem.rows
    total = _core.total_loss(network, rows.X, rows.y, rows.weight, problem.loss)
    if problem.alpha:
        total += 0.5 * problem.alpha * sum(float(np.vdot(W, W)) for W in network.coefs)
    return total / rows.weight_sum


def _difference(problem, flat, i, eps):
    """The slope of the objective along parameter i of an array, a flat view of the weights."""
    w = flat[i]
    h = eps * max(1.0, abs(w))
    high, low = w + h, w - h
    try:
        flat[i] = high
        above = _objective(problem)
        flat[i] = low
        below = _objective(problem)
    finally:
        flat[i] = w
    return (above - below) / (high - low)


def _clear_step(problem, flat, i, eps):
    """A step, eps or one shorter, that meets no kink at parameter i; None if all do."""
    steps = (eps, *(shorter * eps for shorter in _SHORTER))
    return next((step for step in steps if not _is_kink(problem, flat, i, step)), None)


def _one_sided_differences(problem, flat, i, eps):
    """The slopes of the objective to the left and the right of parameter i, of second order."""
    w = flat[i]
    h = eps * max(1.0, abs(w))
    here = _objective(problem)
    for step in (-h, h):
        try:
            flat[i] = w + step
            near = _objective(problem)
            flat[i] = w + 2 * step
            far = _objective(problem)
        finally:
            flat[i] = w
        yield (4 * near - 3 * here - far) / (2 * step)


def _is_kink(problem, flat, i, eps):
    """Whether some relu unit is on for one side of parameter i and off for the other."""
    w = flat[i]
    h = eps * max(1.0, abs(w))
    try:
        flat[i] = w + h
        above = _switched_on(problem)
        flat[i] = w - h
        below = _switched_on(problem)
    finally:
        flat[i] = w
    return any((a != b).any() for a, b in zip(above, below, strict=True))


def _switched_on(problem):
    """For each relu layer, which unit is on for which sample."""
    network = problem.network
    return [
        layer_values(network, problem.rows.X, layer) > 0
        for layer, activation in enumerate(network.activations)
        if activation == "relu"
    ]
