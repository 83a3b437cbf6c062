"""NAdam: Adam with Nesterov's momentum."""

from sk_bp.optimizers.adam import Adam
from sk_bp.optimizers.optimizer import NOT_NEGATIVE


class NAdam(Adam):
    """Adam that looks one step ahead along its mean gradient.

    ::

        mu_t = beta_1 (1 - 0.5 * 0.96^(t momentum_decay)),   M_t = mu_1 ... mu_t
        m <- beta_1 m + (1 - beta_1) g
        v <- beta_2 v + (1 - beta_2) g²
        n = mu_{t+1} / (1 - M_{t+1}) m + (1 - mu_t) / (1 - M_t) g
        w <- p w - eta sqrt(1 - beta_2^t) n / (sqrt(v) + epsilon)

    Parameters
    ----------
    beta_1 : float, default=0.9
        How much of the mean gradient is kept at each step, in [0, 1).
    beta_2 : float, default=0.999
        How much of the mean square is kept, in (0, 1); above beta_1².
    epsilon : float, default=1e-8
        Added to the root, positive.
    momentum_decay : float, default=0.004
        How fast mu_t rises from about beta_1 / 2 to beta_1, not negative.

    Notes
    -----
    Decay: p = 1 - eta (alpha / S + weight_decay). Defaults: the paper's for mu_t, as in
    PyTorch and Keras; the rate is PyTorch's.

    Idle rows: as for `Adam`, with mu_{t+1} / (1 - M_{t+1}) in the place of 1 / (1 - beta_1^t).
    Memory: two arrays like the weights.
    When: as Adam; often a little faster in the first epochs.

    References
    ----------
    Dozat, Incorporating Nesterov momentum into Adam, ICLR workshop 2016.

    Examples
    --------
    >>> from sk_bp import BPClassifier, NAdam
    >>> clf = BPClassifier(optimizer=NAdam(momentum_decay=0))
    """

    rule = "nadam"
    default_learning_rate = 0.002
    peak_learning_rate = 0.01
    _parameter_constraints = {
        **Adam._parameter_constraints,
        "momentum_decay": [NOT_NEGATIVE],
    }

    def __init__(
        self,
        beta_1: float = 0.9,
        *,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        momentum_decay: float = 0.004,
    ) -> None:
        super().__init__(beta_1, beta_2=beta_2, epsilon=epsilon)
        self.momentum_decay = momentum_decay
