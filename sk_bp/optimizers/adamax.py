"""Adamax: Adam with the largest gradient in place of the root mean square."""

from sk_bp.optimizers.optimizer import FRACTION, POSITIVE_FRACTION
from sk_bp.optimizers.rule import Rule


class Adamax(Rule):
    """Mean gradients divided by the largest of the recent gradients.

    ::

        m <- beta_1 m + (1 - beta_1) g
        u <- max(beta_2 u, |g|)
        w <- p w - eta / (1 - beta_1^t) m / u

    Parameters
    ----------
    beta_1 : float, default=0.9
        How much of the mean gradient is kept at each step, in [0, 1).
    beta_2 : float, default=0.999
        How fast the largest gradient is forgotten, in (0, 1); above beta_1.

    Notes
    -----
    Decay: p = 1 - eta (alpha / S + weight_decay). There is no epsilon, as in the paper:
    where u is zero no gradient has been seen, and the weight stays. Defaults: the paper's.

    Idle rows: m <- beta_1^k m, u <- beta_2^k u, and w drifts by m / u times a sum over the idle
    steps in which (beta_1 / beta_2)^k falls; beta_1 must be below beta_2 for that. Memory: two
    arrays like the weights.
    When: as Adam, where single gradients are much larger than most.

    References
    ----------
    Kingma & Ba, Adam: a method for stochastic optimization, ICLR 2015, section 7.1.

    Examples
    --------
    >>> from sk_bp import Adamax, BPClassifier
    >>> clf = BPClassifier(optimizer=Adamax(beta_2=0.99))
    """

    rule = "adamax"
    default_learning_rate = 0.002
    peak_learning_rate = 0.02
    _parameter_constraints = {"beta_1": [FRACTION], "beta_2": [POSITIVE_FRACTION]}

    def __init__(self, beta_1: float = 0.9, *, beta_2: float = 0.999) -> None:
        self.beta_1 = beta_1
        self.beta_2 = beta_2

    def check(self) -> None:
        """Raise ValueError or TypeError that names an invalid hyperparameter and its value."""
        super().check()
        if self.beta_1 >= self.beta_2:
            raise ValueError(
                f"beta_1={self.beta_1!r} must be below beta_2={self.beta_2!r}: otherwise weights "
                "without gradient drift for ever"
            )
