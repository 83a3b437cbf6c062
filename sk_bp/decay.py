"""How strongly the weights are drawn to zero."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Decay:
    """What makes the weights smaller at each step, besides the gradient of the loss.

    Attributes
    ----------
    alpha : float
        Strength of the L2 penalty: of alpha / (2 S) sum W², S the sum of the sample weights.
    weight_decay : float
        Strength of the decoupled decay: a step takes away the share learning_rate * weight_decay.
    most : float
        No step takes away a larger share, or else the weights would turn their sign: 1 means that
        a step which does is an error.

    Examples
    --------
    >>> from sk_bp.decay import Decay
    >>> print(Decay(alpha=1.0, weight_decay=0.1))
    alpha=1 and weight_decay=0.1
    >>> print(Decay(weight_decay=0.1))
    weight_decay=0.1
    """

    alpha: float = 0.0
    weight_decay: float = 0.0
    most: float = 1.0

    def __str__(self) -> str:
        parts = {"alpha": self.alpha, "weight_decay": self.weight_decay}
        return " and ".join(f"{name}={value:g}" for name, value in parts.items() if value)
