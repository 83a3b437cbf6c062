"""Lion: steps of one size, along the sign of a momentum."""

from sk_bp.optimizers.optimizer import FRACTION, POSITIVE_FRACTION
from sk_bp.optimizers.rule import Rule


class Lion(Rule):
    """Steps of the learning rate's length, up or down by the sign of a mean gradient.

    ::

        w <- p w - eta sign(beta_1 m + (1 - beta_1) g)
        m <- beta_2 m + (1 - beta_2) g

    Parameters
    ----------
    beta_1 : float, default=0.9
        Weight of m in the sign, in [0, 1).
    beta_2 : float, default=0.99
        How much of the mean gradient is kept at each step, in (0, 1).

    Notes
    -----
    Decay: p = 1 - eta (alpha / S + weight_decay). Betas are the paper's; its rates are 3 to
    10 times smaller than Adam's, hence the default.

    Idle rows: m <- beta_2^k m, whose sign stays, so w drifts by sign(m) times the sum of the rates.
    This is what the recurrence says, and it has a price: a column that is rare drifts on for ever
    in its last direction, as it does on dense input. (Step by step, m at last falls below the
    smallest number and the drift ends: after some 8,000 idle steps in float32, 70,000 in float64;
    the sum here goes on.) A sign has no small changes: where the exact gradient cancels to nothing,
    rounding decides, and sparse and dense input may part.
    Memory: one array like the weights.
    When: large dense networks. On sparse input, prefer RMSProp or Adagrad.

    References
    ----------
    Chen et al., Symbolic discovery of optimization algorithms, NeurIPS 2023.

    Examples
    --------
    >>> from sk_bp import BPClassifier, Lion
    >>> clf = BPClassifier(optimizer=Lion(), weight_decay=0.01)
    """

    rule = "lion"
    default_learning_rate = 0.0003
    peak_learning_rate = 0.001
    _parameter_constraints = {"beta_1": [FRACTION], "beta_2": [POSITIVE_FRACTION]}

    def __init__(self, beta_1: float = 0.9, *, beta_2: float = 0.99) -> None:
        self.beta_1 = beta_1
        self.beta_2 = beta_2
