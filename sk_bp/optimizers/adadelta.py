"""Adadelta: steps as large as the steps before, in the gradient's units."""

from sk_bp.optimizers.optimizer import FRACTION, MODERATE
from sk_bp.optimizers.rule import Rule


class Adadelta(Rule):
    """Gradients scaled by the size of past steps over the size of past gradients.

    ::

        s <- rho s + (1 - rho) g²
        delta = sqrt(d + epsilon) / sqrt(s + epsilon) g
        d <- rho d + (1 - rho) delta²
        w <- p w - eta delta

    Parameters
    ----------
    rho : float, default=0.95
        How much of both averages is kept at each step, in [0, 1).
    epsilon : float, default=1e-6
        Added to both averages, inside the roots, from 1e-30 to 1e30. The first steps are about
        sqrt(epsilon) long, so it sets how fast training starts.

    Notes
    -----
    Decay: p = 1 - eta (alpha / S + weight_decay). Defaults: the paper's; its steps have
    units of their own, hence the rate 1.

    Idle rows: both averages times rho^k, and the decay of w. Memory: two arrays like the weights.
    When: no rate is to be chosen, and slow progress is acceptable.

    References
    ----------
    Zeiler, ADADELTA: an adaptive learning rate method, arXiv 1212.5701, 2012.

    Examples
    --------
    >>> from sk_bp import Adadelta, BPClassifier
    >>> clf = BPClassifier(optimizer=Adadelta(epsilon=1e-4))
    """

    rule = "adadelta"
    default_learning_rate = 1.0
    peak_learning_rate = 2.0
    _parameter_constraints = {"rho": [FRACTION], "epsilon": [MODERATE]}

    def __init__(self, rho: float = 0.95, *, epsilon: float = 1e-6) -> None:
        self.rho = rho
        self.epsilon = epsilon
