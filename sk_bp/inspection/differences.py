"""The slope of the objective along single parameters, by differences, and how far to trust it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sk_bp._core import _core
from sk_bp.inspection.problem import Problem
from sk_bp.outputs import IdentityOutput

Array = NDArray[Any]

MACHINE = np.finfo(np.float64).eps
_SHORTER = (1e-1, 1e-2, 1e-3)  # of a step over a kink: how much shorter ones are tried
_SIGMAS = 4.0  # of the scatter of the objective


@dataclass
class Slopes:
    """Slopes along some parameters of an array.

    Attributes
    ----------
    values : ndarray of shape (n,)
        (4 D(h) - D(2 h)) / 3 with D(h) the central difference: its error is of fourth order.
    truncations : ndarray of shape (n,)
        |D(2 h) - D(h)| / 3, the error of D(h), which that of `values` stays below.
    noises : ndarray of shape (n,)
        What rounding in the objective makes of `values` at most.
    at_kink : ndarray of bool of shape (n,)
        Whether all steps that were tried lead over a kink, of a unit's activation or of the loss:
        there is no slope, or differences do not tell it.
    """

    values: Array
    truncations: Array
    noises: Array
    at_kink: Array


def objective_at(problem: Problem) -> float:
    """The objective at the network's weights as they are."""
    network, samples = problem.network, problem.samples
    if problem.settings.dropout:
        return problem.objective(dropout=True).value_and_gradient(network.parameters)[0]
    total = _core.total_loss(network, samples.X, samples.y, samples.weight, problem.loss)
    loss = total / samples.weight_sum
    if problem.alpha:
        squares = sum(float(np.vdot(W, W)) for W in network.coefs)
        loss += 0.5 * problem.alpha / samples.total_weight * squares
    return loss


def slopes_of(problem: Problem, chosen: Sequence[tuple[Array, Array]], eps: float) -> list[Slopes]:
    """The slopes along chosen parameters.

    Parameters
    ----------
    problem : Problem
        Its weights are moved and put back.
    chosen : list of (ndarray, ndarray of int)
        Arrays of weights or biases, flat views, and the positions in each.
    eps : float
        A parameter w is moved by h = eps max(1, |w|), to both sides, and by 2 h.

    Returns
    -------
    slopes : list of Slopes
        One for each array.
    """
    here = objective_at(problem)
    tables = [np.array([_table(problem, flat, i, eps) for i in at]) for flat, at in chosen]
    unit = _rounding(problem, here) + _SIGMAS * _scatter(here, tables)
    return [
        _slopes(problem, here, flat, at, eps, table, unit)
        for (flat, at), table in zip(chosen, tables, strict=True)
    ]


def _slopes(
    problem: Problem, here: float, flat: Array, at: Array, eps: float, table: Array, unit: float
) -> Slopes:
    h = eps * np.maximum(1, np.abs(flat[at]))
    values, truncations = _from_table(table, h)
    noises = 1.5 * unit / h
    at_kink = np.zeros(len(at), dtype=bool)
    if _sides(problem):
        for k in np.flatnonzero(_bends(here, table, h, unit)):
            if not _is_kink(problem, here, flat, at[k], eps, unit):
                continue
            clear = [s for s in _SHORTER if not _is_kink(problem, here, flat, at[k], s * eps, unit)]
            if not clear:
                at_kink[k] = True
                continue
            row = np.array([_table(problem, flat, at[k], clear[0] * eps)])
            (values[k],), (truncations[k],) = _from_table(row, clear[0] * h[k])
            noises[k] /= clear[0]
    return Slopes(values, truncations, noises, at_kink)


def _table(problem: Problem, flat: Array, i: int, eps: float) -> list[float]:
    """The objective with parameter i at w - 2 h, w - h, w + h and w + 2 h."""
    w = flat[i]
    h = eps * max(1.0, abs(w))
    values = []
    try:
        for step in (-2 * h, -h, h, 2 * h):
            flat[i] = w + step
            values.append(objective_at(problem))
    finally:
        flat[i] = w
    return values


def _from_table(table: Array, h: Any) -> tuple[Array, Array]:
    near = (table[:, 2] - table[:, 1]) / (2 * h)
    far = (table[:, 3] - table[:, 0]) / (4 * h)
    return (4 * near - far) / 3, np.abs(far - near) / 3


def _fourth_difference(here: float, table: Array) -> Array:
    return table[:, 0] - 4 * table[:, 1] + 6 * here - 4 * table[:, 2] + table[:, 3]


def _scatter(here: float, tables: Sequence[Array]) -> float:
    """The standard deviation of the objective's rounding, from its fourth differences.

    Where the objective is smooth they are h⁴ times its fourth derivative, and so nothing but
    rounding, which 1, 4, 6, 4 and 1 multiply by the root of 70. The median keeps kinks out.
    """
    fourth = np.concatenate(
        [np.abs(_fourth_difference(here, table)) for table in tables if len(table)]
    )
    return float(np.median(fourth)) / (0.6745 * np.sqrt(70))


def _rounding(problem: Problem, here: float) -> float:
    """One unit in the last digit of what the objective is computed from, its mean over samples.

    The loss is a difference of terms that may be far larger than itself: log_loss of logits,
    and the squared error of a prediction and a target.
    """
    network, samples = problem.network, problem.samples
    terms = problem.loss.rounded_terms(network.predict(samples.X, IdentityOutput()), samples.y)
    return MACHINE * (abs(here) + float(np.average(terms, weights=samples.weight)))


def _bends(here: float, table: Array, h: Any, unit: float) -> Array:
    """Where the objective bends more than rounding explains, as it does at a kink.

    At a kink by a the fourth difference is 2 h a, and the slope on either side a / 2 away.
    """
    values, truncations = _from_table(table, h)
    bend = np.abs(_fourth_difference(here, table)) / (4 * h)
    return bend + truncations > 1.5 * unit / h + 1e-9 * np.abs(values)


def _is_kink(problem: Problem, here: float, flat: Array, i: int, eps: float, unit: float) -> bool:
    """Whether something lies on another side of its kink for w + 2 h than for w - 2 h.

    With dropout the units are not looked at: it is whether the objective bends.
    """
    w = flat[i]
    h = eps * max(1.0, abs(w))
    if problem.settings.dropout:
        return bool(_bends(here, np.array([_table(problem, flat, i, eps)]), h, unit)[0])
    try:
        flat[i] = w + 2 * h
        above = _sides(problem)
        flat[i] = w - 2 * h
        below = _sides(problem)
    finally:
        flat[i] = w
    return any((a != b).any() for a, b in zip(above, below, strict=True))


def _sides(problem: Problem) -> list[Array]:
    """Between which kinks of activations and of the loss the samples lie."""
    network, samples = problem.network, problem.samples
    sides = [
        np.searchsorted(activation.bends, network.inputs_of(layer).predict(samples.X))
        for layer, activation in enumerate(network.activations)
        if activation.bends
    ]
    of_loss = problem.loss.sides(network.predict(samples.X, IdentityOutput()), samples.y)
    return sides if of_loss is None else [*sides, of_loss]
