"""Gradient flow: how large gradients are, what one step does, and which units take part."""

import html
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sk_bp.activations import Activation
from sk_bp.base import BaseBP
from sk_bp.endings import Ending
from sk_bp.epochs import Epoch, Settings
from sk_bp.inspection.diagnosis import LayerReport, diagnose
from sk_bp.inspection.differences import objective_at
from sk_bp.inspection.problem import (
    Problem,
    check_fitted,
    column_sizes,
    gradient_of,
    problem_of,
)
from sk_bp.optimizers import Minimizer
from sk_bp.run import Run
from sk_bp.samples import Samples
from sk_bp.schedules import ConstantRate, Schedule, rates_of
from sk_bp.state import State
from sk_bp.threads import single_threaded_blas
from sk_bp.training import Training

NEARLY_FLAT = 0.05  # of the largest slope: there a unit counts as saturated
_FEW_EPOCHS = 50  # of a training that has not ended by itself
_WARM_UP = 10  # steps that make an optimizer's state before its step is measured


@dataclass
class GradientReport:
    """The result of `gradient_report`; as text, as HTML in notebooks, and as a dict.

    Attributes
    ----------
    layers : list of LayerReport
    diagnosis : list of str
        Plain sentences; one that begins with "Healthy" if nothing is wrong.
    """

    layers: list[LayerReport] = field(default_factory=list)
    diagnosis: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain dicts, lists, numbers and strings."""
        return asdict(self)

    def __repr__(self) -> str:
        table = [_HEADINGS, *(_cells(layer) for layer in self.layers)]
        widths = [max(len(row[column]) for row in table) for column in range(len(_HEADINGS))]
        lines = [
            "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
            for row in table
        ]
        return "\n".join([*lines, *self.diagnosis])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(heading)}</th>" for heading in _HEADINGS)
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in _cells(layer)) + "</tr>"
            for layer in self.layers
        )
        text = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in self.diagnosis)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{text}"


_HEADINGS = (
    "layer",
    "units",
    "activation",
    "gradient",
    "to next",
    "update / weight",
    "dead",
    "saturated",
    "mean",
    "spread",
)


def _cells(layer: LayerReport) -> tuple[str, ...]:
    def share(value: float) -> str:
        return "-" if np.isnan(value) else f"{100 * value:.0f} %"

    return (
        str(layer.layer),
        str(layer.units),
        layer.activation,
        f"{layer.gradient_norm:.2e}",
        "-" if np.isnan(layer.ratio_to_next) else f"{layer.ratio_to_next:.2g}",
        "-" if np.isnan(layer.update_ratio) else f"{layer.update_ratio:.1e}",
        share(layer.dead),
        share(layer.saturated),
        f"{layer.mean:.2g}",
        f"{layer.spread:.2g}",
    )


def gradient_report(estimator: BaseBP, X: Any, y: Any, sample_weight: Any = None) -> GradientReport:
    """Report on the gradient and the units of a fitted network, layer by layer, with a diagnosis.

    Parameters
    ----------
    estimator : BPClassifier or BPRegressor
        Fitted; one epoch is enough (``max_iter=1``). It stays as it is, as in `check_gradient`.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Samples, dense or sparse; some dozens at least, or units are off for every one by chance.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Their targets.
    sample_weight : array-like of shape (n_samples,), default=None
        Their weights.

    Returns
    -------
    report : GradientReport

    Raises
    ------
    TypeError
        If the estimator is not one of this package.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    ValueError
        If the data are not valid or do not fit the model.

    Notes
    -----
    Gradients are those of the objective over all samples, with the penalty that the training had.
    The update is the next step of the estimator's own optimizer, over all samples, at the rate that
    its schedule has come to; where the fit has come to its end, at that of its last step. The
    optimizer's state is that of the training if it was kept (`warm_start`, `partial_fit`). If not,
    ten steps make one, after which the weights are put back; for optimizers with a long memory
    (Adam, Adagrad, Rprop) the update is then right to a factor of a few only. For minimizers it is
    the first iteration of another fit. The diagnosis names

    - vanishing gradients: a weight of the first layer (on sparse X, of the second) has, in the root
      mean square, less than 1e-3 of the gradient of a weight of the last, and exploding ones: more
      than 1e3 of it (Bengio, Simard & Frasconi 1994; Glorot & Bengio 2010 plot the same quantity by
      layer), or a layer's gradient is more than 100 times as large as its weights, so that a step
      at a rate of 0.01 would replace them;
    - dead units: more than half of a relu or hard_sigmoid layer is off for every sample
      (Maas, Hannun & Ng 2013);
    - saturation: more than half of the values of a layer lie where the slope is below 5 % of its
      largest, of activations whose slope fades (Glorot & Bengio 2010 for its effect);
    - inputs that are not scaled: some column has values beyond 10 in the root mean square
      (of those that are not zero), or columns differ by a factor beyond 100 (LeCun, Bottou, Orr &
      Müller, Efficient backprop, 1998);
    - steps that are too long, of optimizers that have a rate: a step changes a layer's weights by
      more than a tenth of their size (a hundredth to a thousandth is a common rule of thumb);
    - that there would be no further step: the loss or the gradient is too large on these samples.

    The bounds are conventions; the figures stand beside them.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sk_bp import BPClassifier
    >>> from sk_bp.inspection import gradient_report
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = BPClassifier(10, max_iter=50, tol=None, random_state=0).fit(X, y)
    >>> gradient_report(clf, X, y).diagnosis
    ['Healthy: gradients of similar size in all layers, no dead and no saturated layer.']
    """
    check_fitted(estimator)
    problem = problem_of(estimator, X, y, sample_weight)
    run = estimator._model if isinstance(estimator._model, Run) else None
    if run and run.state.seen.n:  # the penalty of the objective that it was trained on
        ratio = problem.samples.total_weight / run.state.seen.weight_sum
        settings = problem.settings
        decay = replace(settings.decay, alpha=settings.decay.alpha * ratio)
        problem = replace(
            problem, alpha=problem.alpha * ratio, settings=replace(settings, decay=decay)
        )
    sizes = column_sizes(problem.samples.X)
    with single_threaded_blas():
        updates, trouble = _updates(run, problem)
        layers = _layers(problem, sizes, updates)
    sparse, takes_rate = problem.samples.sparse, problem.settings.optimizer.takes_rate
    relative_loss = np.nan if run is None or _unfinished(run) else _relative_loss(problem)
    sentences = diagnose(layers, sizes, sparse, takes_rate, trouble, relative_loss)
    return GradientReport(layers, sentences)


def _unfinished(run: Run) -> bool:
    """Whether training has hardly begun, so that its loss says nothing yet."""
    return run.ending in (None, Ending.MAX_ITER) and run.state.n_epochs < _FEW_EPOCHS


def _relative_loss(problem: Problem) -> float:
    """The loss beside that of the best constant prediction."""
    network, samples = problem.network, problem.samples
    loss = objective_at(replace(problem, alpha=0.0))
    return loss / problem.loss.scale(samples.y, samples.weight, network.n_outputs)


def _layers(
    problem: Problem, column_sizes: NDArray[Any], updates: Sequence[float]
) -> list[LayerReport]:
    network = problem.network
    gradient = gradient_of(problem)
    norms = network.weight_norms(gradient)
    n_weights = [W.size for W in network.coefs]
    n_weights[0] = max(1, int(np.count_nonzero(column_sizes))) * network.units[1]
    rms = [norm / np.sqrt(n) for norm, n in zip(norms, n_weights, strict=True)]
    sizes = network.weight_norms(network.parameters)
    reports = []
    for layer, activation in enumerate(network.activations):
        z = network.inputs_of(layer).predict(problem.samples.X)
        values, slopes = activation.value(z), activation.derivative(z)
        after = rms[layer + 1] if layer + 1 < len(rms) else np.nan
        reports.append(
            LayerReport(
                layer=layer,
                units=network.units[layer + 1],
                activation=str(activation),
                gradient_norm=norms[layer],
                gradient_rms=float(rms[layer]),
                ratio_to_next=float(np.divide(rms[layer], after)) if after > 0 else np.nan,
                weight_norm=sizes[layer],
                update_ratio=updates[layer],
                dead=_dead(activation, slopes),
                saturated=_saturated(activation, slopes),
                mean=float(values.mean()),
                spread=float(values.std()),
            )
        )
    return reports


def _updates(run: Run | None, problem: Problem) -> tuple[list[float], str | None]:
    """By how much one step changes each layer's weights, relative to their size; why not, if not.

    NaN where there is no step: training would stop, or the weights are zero.
    """
    network, samples, settings = problem.network, problem.samples, problem.settings
    start = network.parameters.copy()
    settings = replace(settings, batch_size=samples.n, shuffle=False)
    state = State(seed=0) if run is None else run.state.cast(np.float64)
    if run is not None and settings.optimizer.takes_rate:
        settings.schedule = ConstantRate(_next_rate(state, settings.schedule))
    training, trouble = Training(network, state), ""
    if not (isinstance(settings.optimizer, Minimizer) or state.optimizer.slots):
        # the fit has dropped the optimizer's state: make it anew, then put the weights back
        n_steps = state.n_steps
        trouble = _train(training, samples, settings, _WARM_UP)
        network.parameters[:] = start
        state.n_steps, state.last_loss = n_steps, np.nan
    trouble = trouble or _train(training, samples, settings, 1)
    changes = network.weight_norms(network.parameters - start)
    sizes = network.weight_norms(start)
    network.parameters[:] = start
    if trouble:
        return [np.nan] * len(sizes), trouble
    pairs = zip(changes, sizes, strict=True)
    return [change / size if size > 0 else np.nan for change, size in pairs], None


def _next_rate(state: State, schedule: Schedule) -> float:
    """The rate of the step that would come next, or of the last one that is planned."""
    horizon, step = state.horizon, state.n_steps
    if horizon.n_steps is not None:
        step = min(step, horizon.n_steps - 1)
    return float(rates_of(schedule, np.array([step]), horizon, state.of_schedule(schedule))[0])


def _train(training: Training, samples: Samples, settings: Settings, n_epochs: int) -> str:
    """Make epochs; why training would stop, if it would."""
    troubles: list[str] = []

    def after_epoch(epoch: Epoch) -> bool:
        if epoch.interrupted:
            raise KeyboardInterrupt
        if epoch.ending is not None:
            troubles.append(epoch.detail)
        return bool(troubles)

    settings.optimizer.train(training, samples, settings, n_epochs, after_epoch)
    training.catch_up()
    return troubles[0] if troubles else ""


def _dead(activation: Activation, slopes: NDArray[Any]) -> float:
    """The share of units that are off for every sample."""
    return float((slopes == 0).all(axis=0).mean()) if activation.turns_off else np.nan


def _saturated(activation: Activation, slopes: NDArray[Any]) -> float:
    """The share of values where the activation is nearly flat."""
    largest = activation.largest_slope
    return np.nan if largest is None else float((abs(slopes) < NEARLY_FLAT * largest).mean())
