"""Prodigy: Adam that finds its own learning rate."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sk_bp.decay import Decay
from sk_bp.optimizers.optimizer import FRACTION, MODERATE, POSITIVE_FRACTION
from sk_bp.optimizers.rule import Rule


class Prodigy(Rule):
    """Adam whose learning rate grows to the distance that the weights have to go.

    With x0 the first weights, <g, x0 - w> the sum over all weights of the network of the product of
    gradient and way gone, and d the estimate of the distance, one number for the whole network,
    which begins at d0::

        m <- beta_1 m + (1 - beta_1) d g
        v <- beta_2 v + (1 - beta_2) d^2 g^2
        r <- sqrt(beta_2) r + (1 - sqrt(beta_2)) eta d^2 <g, x0 - w>
        s <- sqrt(beta_2) s + (1 - sqrt(beta_2)) eta d^2 g
        w <- p w - eta d sqrt(1 - beta_2^t) / (1 - beta_1^t) m / sqrt(v)
        d <- max(d, coefficient r / sum |s|)

    Parameters
    ----------
    beta_1 : float, default=0.9
        How much of the mean gradient is kept at each step, in [0, 1).
    beta_2 : float, default=0.999
        How much of the mean squared gradient is kept, in (0, 1); above beta_1 squared.
    initial_distance : float, default=1e-6
        d0, from 1e-30 to 1e30, and smaller than any learning rate that could be right.
    coefficient : float, default=1.0
        Multiplies the estimate, from 1e-30 to 1e30: 0.5 for shorter steps, 2 for longer ones.

    Notes
    -----
    There is no rate to choose: the default rate eta = 1 is a multiplier, and a schedule, such as
    ``CosineDecay(1.0)``, gives its course over the fit. `history_` holds d as "distance", of which
    eta d is what Adam would call the learning rate. d never falls, so that a d0 that is too large
    stays too large.

    Decay: p = max(1 - eta d (alpha / S + weight_decay), 1/2). There is no epsilon: where v
    is zero no gradient has been seen, and the weight stays.

    Idle rows: <g, x0 - w> needs rows with a gradient only, and sum |s| over the idle rows falls by
    sqrt(beta_2) at each step, so that d costs nothing for them; m, v, s and w as for `Adam`, each
    step with its own eta d. Memory: four arrays like the weights.
    When: no rate is known, and there is no time to search for one.
    Defaults: the paper's. Both averages are corrected for their start at zero, an option of the
    paper's code: without, the first steps are three times as long, and on small data d grew too
    large. On five small data sets, each trained for 20 epochs in batches of 32 and for
    100 in batches of 200, the last epoch's loss was below that of Adam at its default rate on all.

    References
    ----------
    Mishchenko & Defazio, Prodigy: an expeditiously adaptive parameter-free learner, ICML 2024.

    Examples
    --------
    >>> from sk_bp import BPClassifier, CosineDecay, Prodigy
    >>> clf = BPClassifier(optimizer=Prodigy(), learning_rate=CosineDecay(1.0))
    """

    rule = "prodigy"
    default_learning_rate = 1.0
    peak_learning_rate = 1.0
    decay_rate = 0.01  # the rate that it finds, about
    _parameter_constraints: dict[str, list[Any]] = {
        "beta_1": [FRACTION],
        "beta_2": [POSITIVE_FRACTION],
        "initial_distance": [MODERATE],
        "coefficient": [MODERATE],
    }

    def __init__(
        self,
        beta_1: float = 0.9,
        *,
        beta_2: float = 0.999,
        initial_distance: float = 1e-6,
        coefficient: float = 1.0,
    ):
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.initial_distance = initial_distance
        self.coefficient = coefficient

    def check(self) -> None:
        """Raise ValueError or TypeError that names an invalid hyperparameter and its value."""
        super().check()
        if self.beta_1 >= np.sqrt(self.beta_2):
            raise ValueError(
                f"beta_1={self.beta_1!r} must be below the square root of beta_2={self.beta_2!r}: "
                "otherwise weights without gradient drift for ever"
            )

    def decays(
        self, rates: NDArray[np.float64], decay: Decay, weight_sum: float
    ) -> NDArray[np.float64]:
        return rates * self.decay_per_rate(decay, weight_sum)  # times d, which the core knows

    def metrics(self, numbers: NDArray[np.float64]) -> dict[str, float]:
        return {"distance": float(numbers[0])}
