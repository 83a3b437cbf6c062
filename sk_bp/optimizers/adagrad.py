"""Adagrad: gradients by the root of the sum of their squares."""

from sk_bp.optimizers.optimizer import POSITIVE
from sk_bp.optimizers.rule import Rule


class Adagrad(Rule):
    """Gradients divided by the root of the sum of all their squares so far.

    ::

        G <- G + g²
        w <- p w - eta g / (sqrt(G) + epsilon)

    Parameters
    ----------
    epsilon : float, default=1e-10
        Added to the root, positive.

    Notes
    -----
    Decay: p = 1 - eta (alpha / S + weight_decay).

    Defaults: the rate and epsilon from PyTorch.

    Idle rows: nothing but the decay of w. Memory: one array like the weights.
    When: convex or nearly convex problems with rare columns, such as linear models of text. Its
    steps only ever get shorter, which stops a deep network early.

    References
    ----------
    Duchi, Hazan & Singer, Adaptive subgradient methods for online learning and stochastic
    optimization, JMLR 2011.

    Examples
    --------
    >>> from sk_bp import Adagrad, BPClassifier
    >>> clf = BPClassifier(optimizer=Adagrad(), learning_rate=0.05)
    """

    rule = "adagrad"
    default_learning_rate = 0.01
    peak_learning_rate = 0.05
    _parameter_constraints = {"epsilon": [POSITIVE]}

    def __init__(self, epsilon: float = 1e-10) -> None:
        self.epsilon = epsilon
