"""RMSProp: gradients by the root of the average of their squares."""

from sk_bp.optimizers.optimizer import FRACTION, POSITIVE
from sk_bp.optimizers.rule import Rule


class RMSProp(Rule):
    """Gradients divided by the root of a moving average of their squares.

    ::

        s <- rho s + (1 - rho) g²
        w <- p w - eta g / sqrt(s + epsilon)

    A weight whose gradient is rarely non-zero has a small s, and so takes a full step when its turn
    comes: this is why RMSProp handles sparse gradients well. With ``centered`` the mean gradient's
    square is taken off s, and with ``momentum`` the quotient passes through a buffer
    u <- momentum u + g / sqrt(...), and w <- p w - eta u.

    Parameters
    ----------
    rho : float, default=0.9
        How much of the average is kept at each step, in [0, 1).
    epsilon : float, default=1e-8
        Added to the average, inside the root, positive.
    momentum : float, default=0.0
        How much of the last direction is kept, in [0, 1).
    centered : bool, default=False
        Whether to divide by the standard deviation instead of the root mean square.

    Notes
    -----
    Decay: p = 1 - eta (alpha / S + weight_decay).

    Defaults: rho from the lecture; the rate from Keras.

    Idle rows: s <- rho^k s (the mean gradient too); with momentum, w drifts as in `SGD`.
    Memory: one array like the weights, one more each for momentum and centered.
    When: the default here. On sparse input it is as good as Adam at half the memory, and faster.

    References
    ----------
    Tieleman & Hinton, Lecture 6.5 of Neural networks for machine learning, 2012.
    Graves, Generating sequences with recurrent neural networks, 2013 (centered).

    Examples
    --------
    >>> from sk_bp import BPClassifier, RMSProp
    >>> clf = BPClassifier(optimizer=RMSProp(rho=0.95))
    >>> clf.get_params()["optimizer__rho"]
    0.95
    """

    rule = "rmsprop"
    default_learning_rate = 0.001
    peak_learning_rate = 0.01
    sparse_peak_learning_rate = 0.02
    _parameter_constraints = {
        "rho": [FRACTION],
        "epsilon": [POSITIVE],
        "momentum": [FRACTION],
        "centered": ["boolean"],
    }

    def __init__(
        self,
        rho: float = 0.9,
        *,
        epsilon: float = 1e-8,
        momentum: float = 0.0,
        centered: bool = False,
    ) -> None:
        self.rho = rho
        self.epsilon = epsilon
        self.momentum = momentum
        self.centered = centered

    def state_names(self) -> tuple[str, ...]:
        """The names of the optional arrays of state."""
        optional = {"buffer": self.momentum, "mean": self.centered}
        return tuple(name for name, present in optional.items() if present)
