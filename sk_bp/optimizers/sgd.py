"""Gradient descent, plain or with momentum."""

from sk_bp.decay import Decay
from sk_bp.optimizers.optimizer import FRACTION
from sk_bp.optimizers.rule import Rule


class SGD(Rule):
    """Stochastic gradient descent, plain, with momentum, or with Nesterov's momentum.

    ::

        v <- momentum v + (1 - dampening) g
        w <- p w - eta v                       or, with nesterov,
        w <- p w - eta (g + momentum v)

    With ``momentum=0`` this is plain gradient descent, w <- p w - eta g, whatever `dampening`.

    Parameters
    ----------
    momentum : float, default=0.9
        How much of the last direction is kept, in [0, 1).
    dampening : float, default=0.0
        By how much the gradient's part in v is reduced, in [0, 1).
    nesterov : bool, default=True
        Whether to look ahead along v. Needs ``dampening=0``. Without momentum it changes nothing.

    Notes
    -----
    Decay: p = 1 - eta (alpha / S + weight_decay). With momentum alpha is multiplied by
    (1 - dampening) / (1 - momentum) there, which keeps the stationary point of the objective, of
    which it is the L2 penalty (see `BPClassifier`), although the decay does not pass through v.
    Defaults: those of scikit-learn's MLP, but Keras's rate.

    Idle rows: v <- momentum^k v, and w drifts by the sum of what v still adds.
    Memory: one array like the weights with momentum, none without.
    When: the textbook's method, and often the best of all where the rate is tuned and inputs are
    scaled alike. Rare columns learn slowly.

    References
    ----------
    Polyak, Some methods of speeding up the convergence of iteration methods, 1964.
    Sutskever et al., On the importance of initialization and momentum in deep learning, ICML 2013.

    Examples
    --------
    >>> from sk_bp import BPRegressor, SGD
    >>> reg = BPRegressor(optimizer=SGD(momentum=0), learning_rate=0.05)
    >>> reg.get_params()["optimizer__momentum"]
    0
    """

    rule = "sgd"
    default_learning_rate = 0.01
    peak_learning_rate = 0.01
    follows_objective = True
    _parameter_constraints = {
        "momentum": [FRACTION],
        "dampening": [FRACTION],
        "nesterov": ["boolean"],
    }

    def __init__(
        self, momentum: float = 0.9, *, dampening: float = 0.0, nesterov: bool = True
    ) -> None:
        self.momentum = momentum
        self.dampening = dampening
        self.nesterov = nesterov

    def check(self) -> None:
        """Raise ValueError or TypeError that names an invalid hyperparameter and its value."""
        super().check()
        if self.nesterov and self.dampening != 0:
            raise ValueError(
                f"nesterov=True needs dampening=0, got dampening={self.dampening!r}: with both, "
                "the penalty's stationary point would be lost"
            )

    def hyperparameters(self) -> dict[str, float]:
        """The hyperparameters as the core takes them, a dict of str to float."""
        values = super().hyperparameters()
        if self.momentum == 0:  # v is g then, and needs no memory
            values["dampening"] = 0.0
        return values

    def state_names(self) -> tuple[str, ...]:
        """The names of the optional arrays of state."""
        return ("velocity",) if self.momentum else ()

    def decay_per_rate(self, decay: Decay, weight_sum: float) -> float:
        """By what the learning rate is multiplied to give the decay of a step."""
        penalty = decay.alpha / weight_sum
        if self.momentum:
            penalty *= (1 - self.dampening) / (1 - self.momentum)
        return penalty + decay.weight_decay
