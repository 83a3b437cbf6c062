"""Adam, and AdamW, which adds a weight decay of its own."""

from dataclasses import replace

import numpy as np

from sk_bp.decay import Decay
from sk_bp.optimizers.optimizer import FRACTION, NOT_NEGATIVE, POSITIVE, POSITIVE_FRACTION
from sk_bp.optimizers.rule import Rule


class Adam(Rule):
    """Moving averages of the gradient and of its square, both corrected for their start at zero.

    In the form that scikit-learn computes::

        m <- beta_1 m + (1 - beta_1) g
        v <- beta_2 v + (1 - beta_2) g²
        w <- p w - eta sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(v) + epsilon)

    Parameters
    ----------
    beta_1 : float, default=0.9
        How much of the mean gradient is kept at each step, in [0, 1).
    beta_2 : float, default=0.999
        How much of the mean square is kept, in (0, 1); above beta_1².
    epsilon : float, default=1e-8
        Added to the root, positive.

    Notes
    -----
    Decay: p = 1 - eta (alpha / S + weight_decay).

    Idle rows: m <- beta_1^k m, v <- beta_2^k v, and w drifts by a sum over the idle steps. Where
    1 - beta_2 <= 0.01 (1 - beta_1), as for the defaults, two quadrature nodes give the sum to
    within 2e-9 of itself, mostly far closer. In float32 they serve up to 0.1 (1 - beta_1), within
    3e-5 of the drift. Elsewhere the sum is made term by term, which is exact, and slow on wide
    sparse input. beta_1 must be below sqrt(beta_2): otherwise the drift of an idle row would grow
    without end.
    Memory: two arrays like the weights.
    When: the usual first choice, little touched by the scale of inputs and loss.
    Defaults: the paper's.

    References
    ----------
    Kingma & Ba, Adam: a method for stochastic optimization, ICLR 2015.

    Examples
    --------
    >>> from sk_bp import Adam, BPClassifier
    >>> clf = BPClassifier(optimizer=Adam(beta_1=0.8), learning_rate=0.002)
    """

    rule = "adam"
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

    def check(self) -> None:
        """Raise ValueError or TypeError that names an invalid hyperparameter and its value."""
        super().check()
        if self.beta_1 >= np.sqrt(self.beta_2):
            raise ValueError(
                f"beta_1={self.beta_1!r} must be below the square root of beta_2={self.beta_2!r}, "
                f"{np.sqrt(self.beta_2):g}: otherwise weights without gradient drift for ever"
            )


class AdamW(Adam):
    """Adam with a decoupled weight decay of its own.

    As `Adam`, with p = 1 - eta d, where d is its own `weight_decay` and the estimator's together.

    Parameters
    ----------
    beta_1 : float, default=0.9
        How much of the mean gradient is kept at each step, in [0, 1).
    beta_2 : float, default=0.999
        How much of the mean square is kept, in (0, 1); above beta_1².
    epsilon : float, default=1e-8
        Added to the root, positive.
    weight_decay : float, default=0.01
        Added to the estimator's `weight_decay`, not negative.

    Notes
    -----
    Idle rows and memory as for `Adam`. Defaults: PyTorch's.
    When: as Adam, where the decay is to be tuned with the optimizer.

    References
    ----------
    Loshchilov & Hutter, Decoupled weight decay regularization, ICLR 2019.

    Examples
    --------
    >>> from sk_bp import AdamW, BPClassifier
    >>> clf = BPClassifier(optimizer=AdamW(weight_decay=0.1), weight_decay=0)
    """

    _parameter_constraints = {
        **Adam._parameter_constraints,
        "weight_decay": [NOT_NEGATIVE],
    }

    def __init__(
        self,
        beta_1: float = 0.9,
        *,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(beta_1, beta_2=beta_2, epsilon=epsilon)
        self.weight_decay = weight_decay

    def whole_decay(self, decay: Decay) -> Decay:
        """The estimator's decay and the rule's own."""
        return replace(decay, weight_decay=decay.weight_decay + self.weight_decay)
