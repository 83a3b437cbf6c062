"""An epoch: what steers it, and what came of it."""

import math
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sk_bp.averages import Average
from sk_bp.decay import Decay
from sk_bp.endings import Ending
from sk_bp.losses import TaskLoss
from sk_bp.schedules import UNKNOWN, Horizon, Schedule


@dataclass
class Settings:
    """The parameters of an estimator that steer the steps of its training.

    Attributes
    ----------
    optimizer : Optimizer
    schedule : Schedule
        Learning rates; `ConstantRate` for an optimizer without a rate, which does not ask for them.
    loss : TaskLoss
    decay : Decay
        How strongly the weights are drawn to zero.
    batch_size : int
    max_iter : int
        Epochs at most.
    shuffle : bool
    l1 : float
        Strength of the L1 penalty.
    dropout : tuple of float or None
        The probability that an input of each layer is left out; None: nothing is.
    max_grad_norm : float
        A longer gradient of a batch is scaled down to this length; infinity: none is.
    measure_gradient : bool
        Whether the norms of the layers' gradients are noted down.
    average : Average or None
        How the weights are averaged over the epochs, for predictions.
    stream : bool
        Whether the samples are only a part of the data, as in `partial_fit`.
    horizon : Horizon
        The steps of an epoch, and of the whole fit.
    loss_unit : float
        What the loss is multiplied by for the user, who gave the targets in other units.
    cancel : threading.Event
        Once set, training is interrupted after the slice of steps that is being made.
    """

    optimizer: Any
    schedule: Schedule
    loss: TaskLoss
    decay: Decay
    batch_size: int
    max_iter: int
    shuffle: bool
    l1: float = 0.0
    dropout: tuple[float, ...] | None = None
    max_grad_norm: float = math.inf
    measure_gradient: bool = False
    average: Average | None = None
    stream: bool = False
    horizon: Horizon = UNKNOWN
    loss_unit: float = 1.0
    cancel: threading.Event = field(default_factory=threading.Event)


@dataclass
class Epoch:
    """What came of an epoch.

    Attributes
    ----------
    loss : float
        The mean loss over the epoch, each batch before its step.
    rate : float
        The learning rate of the last step.
    ending : Ending or None
        Why training must stop, if it must.
    detail : str
        The same as a sentence fragment, with figures.
    interrupted : bool
        Whether a KeyboardInterrupt ended it before its time.
    metrics : dict of str to float
        What else the optimizer notes down.
    progress : float or None
        What should fall from epoch to epoch; None means the loss.
    settled : bool
        False while progress cannot be judged yet.
    quality : float or None
        Tells the better of two runs, the higher the better; None means minus the loss.
    """

    loss: float = math.nan
    rate: float = math.nan
    ending: Ending | None = None
    detail: str = ""
    interrupted: bool = False
    metrics: dict[str, float] = field(default_factory=dict)
    progress: float | None = None
    settled: bool = True
    quality: float | None = None


def norm_metrics(norms: Iterable[float]) -> dict[str, float]:
    """The norms of the layers' gradients as they stand in `history_`.

    Parameters
    ----------
    norms : sequence of float
        Of the gradient of each layer's weights.

    Returns
    -------
    metrics : dict of str to float

    Examples
    --------
    >>> from sk_bp.epochs import norm_metrics
    >>> norm_metrics([0.5, 2.0])
    {'gradient_norm_0': 0.5, 'gradient_norm_1': 2.0}
    """
    return {f"gradient_norm_{layer}": float(norm) for layer, norm in enumerate(norms)}
