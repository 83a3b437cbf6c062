"""What ails a network, in plain sentences, by the figures of its layers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

# Bounds; their sources stand in the docstring of gradient_report.
VANISHING = 1e-3
EXPLODING = 1e3
TOO_LARGE = 1e2  # a gradient beside its weights
DEAD = 0.5
SATURATED = 0.5
UNSCALED_SIZE = 10.0
UNSCALED_SPREAD = 100.0
UPDATE_TOO_LARGE = 0.1
LEARNED_NOTHING = 0.9  # of the loss of the best constant prediction


@dataclass
class LayerReport:
    """What was found for a layer.

    Attributes
    ----------
    layer, units : int
        Its number, the first after the input being 0, and its size.
    activation : str
    gradient_norm : float
        Of the weights' gradient.
    gradient_rms : float
        The same for one weight: gradient_norm / sqrt(number of weights); those of columns of X
        without any entry do not count.
    ratio_to_next : float
        gradient_rms over that of the next layer; NaN for the last.
    weight_norm : float
        Of the weights.
    update_ratio : float
        |change of the weights in one step| / |weights|; NaN where there is none.
    dead, saturated : float
        Share of units whose derivative is 0 for every sample (relu, hard_sigmoid), and of values
        where the activation is nearly flat (logistic, tanh, and others whose derivative fades); NaN
        where it does not apply.
    mean, spread : float
        Mean and standard deviation of the units' values.
    """

    layer: int
    units: int
    activation: str
    gradient_norm: float
    gradient_rms: float
    ratio_to_next: float
    weight_norm: float
    update_ratio: float
    dead: float
    saturated: float
    mean: float
    spread: float


def diagnose(
    layers: Sequence[LayerReport],
    column_sizes: NDArray[Any],
    sparse: bool,
    takes_rate: bool,
    trouble: str | None,
    relative_loss: float,
) -> list[str]:
    """Say what is wrong.

    Parameters
    ----------
    layers : sequence of LayerReport
    column_sizes : ndarray of shape (n_features,)
        Of X, as `problem.column_sizes` gives them.
    sparse : bool
        Whether X is.
    takes_rate : bool
        Whether the optimizer has a learning rate.
    trouble : str or None
        Why training would make no further step.
    relative_loss : float
        The loss beside that of the best constant prediction; NaN while training has hardly begun.

    Returns
    -------
    sentences : list of str
        One that begins with "Healthy" if nothing is wrong.
    """
    sentences = [f"No further step: {trouble}."] if trouble else []
    sentences += [*_flow(layers, sparse), *_units(layers), *_inputs(column_sizes)]
    if relative_loss >= LEARNED_NOTHING:
        sentences.append(
            f"Little learned: the loss is {_beside_constant(relative_loss)} best constant "
            "prediction. Training may have ended on a plateau: train longer (max_iter, "
            "n_iter_no_change), from other initial weights (n_restarts), with another "
            "learning_rate or, in regression, on scaled y."
        )
    if takes_rate:
        sentences += _steps(layers)
    return sentences or [
        "Healthy: gradients of similar size in all layers, no dead and no saturated layer."
    ]


def _beside_constant(relative_loss: float) -> str:
    """How a loss stands beside that of the best constant prediction."""
    rounded = f"{relative_loss:.2g}"
    return "that of the" if rounded == "1" else f"{rounded} times that of the"


def _flow(layers: Sequence[LayerReport], sparse: bool) -> Iterator[str]:
    # on sparse X the weights of rare columns have small gradients by nature
    compared = layers[1:] if sparse else layers
    first, last = compared[:1], layers[-1].gradient_rms
    if first and first[0].gradient_rms < VANISHING * last:
        yield (
            f"Vanishing gradient: a weight of layer {first[0].layer} has "
            f"{first[0].gradient_rms / last:.1e} of the gradient of one of the last; use relu with "
            "He initialization, fewer layers, or an adaptive optimizer."
        )
    if first and last > 0 and first[0].gradient_rms > EXPLODING * last:
        yield (
            f"Exploding gradient: a weight of layer {first[0].layer} has "
            f"{first[0].gradient_rms / last:.1e} times the gradient of one of the last; scale X, "
            "use smaller initial weights or fewer layers."
        )
        return
    large = [r for r in layers if r.gradient_norm > TOO_LARGE * r.weight_norm > 0]
    if large:
        worst = max(large, key=lambda r: r.gradient_norm / r.weight_norm)
        yield (
            f"Exploding gradient: that of layer {worst.layer} is "
            f"{worst.gradient_norm / worst.weight_norm:.1e} times as large as its weights; "
            "scale X and, in regression, y, use smaller initial weights or fewer layers."
        )


def _units(layers: Sequence[LayerReport]) -> Iterator[str]:
    dead = [r.layer for r in layers if r.dead > DEAD]
    if dead:
        yield (
            f"Dead units: more than half of layer {_listed(dead)} is off for every sample; lower "
            "the learning_rate, or scale X."
        )
    saturated = [r.layer for r in layers if r.saturated > SATURATED]
    if saturated:
        yield (
            f"Saturated: more than half of the values of layer {_listed(saturated)} lie where the "
            "activation is nearly flat; scale X, or raise alpha."
        )


def _inputs(column_sizes: NDArray[Any]) -> Iterator[str]:
    size = column_sizes[column_sizes > 0]
    if len(size) and (size.max() > UNSCALED_SIZE or size.max() > UNSCALED_SPREAD * size.min()):
        yield (
            f"Input not scaled: columns of X have root mean squares from {size.min():.2g} to "
            f"{size.max():.2g}; use StandardScaler, or MaxAbsScaler for sparse X."
        )


def _steps(layers: Sequence[LayerReport]) -> Iterator[str]:
    long_steps = [r.layer for r in layers if r.update_ratio > UPDATE_TOO_LARGE]
    if long_steps:
        yield (
            f"Long steps: one step changes the weights of layer {_listed(long_steps)} by more than "
            f"{UPDATE_TOO_LARGE:.0%} of their size; a smaller learning_rate may help."
        )


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))
