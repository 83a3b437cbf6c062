"""AMSGrad: Adam whose average of squares never falls."""

from sk_bp.optimizers.optimizer import FRACTION, POSITIVE, POSITIVE_FRACTION
from sk_bp.optimizers.rule import Rule


class AMSGrad(Rule):
    """Adam that divides by the largest average of squares so far.

    ::

        m <- beta_1 m + (1 - beta_1) g
        v <- beta_2 v + (1 - beta_2) g²
        top <- max(top, v)
        w <- p w - eta sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(top) + epsilon)

    Parameters
    ----------
    beta_1 : float, default=0.9
        How much of the mean gradient is kept at each step, in [0, 1).
    beta_2 : float, default=0.999
        How much of the mean square is kept, in (0, 1).
    epsilon : float, default=1e-8
        Added to the root, positive.

    Notes
    -----
    Decay: p = 1 - eta (alpha / S + weight_decay). Defaults and the correction for the start
    at zero are Adam's, as in PyTorch; the paper has no such correction.

    Idle rows: m <- beta_1^k m, v <- beta_2^k v, top stays, so w drifts by m / (sqrt(top) + epsilon)
    times a sum over the idle steps, for any beta_2. Memory: three arrays like the weights.
    When: Adam does not settle because rare, large gradients are forgotten too soon.

    References
    ----------
    Reddi, Kale & Kumar, On the convergence of Adam and beyond, ICLR 2018.

    Examples
    --------
    >>> from sk_bp import AMSGrad, BPClassifier
    >>> clf = BPClassifier(optimizer=AMSGrad(beta_2=0.99))
    """

    rule = "amsgrad"
    default_learning_rate = 0.001
    peak_learning_rate = 0.01
    _parameter_constraints = {
        "beta_1": [FRACTION],
        "beta_2": [POSITIVE_FRACTION],
        "epsilon": [POSITIVE],
    }

    def __init__(
        self, beta_1: float = 0.9, *, beta_2: float = 0.999, epsilon: float = 1e-8
    ) -> None:
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
