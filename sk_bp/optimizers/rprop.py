"""Rprop: a step size for each weight, from the signs of its gradients alone."""

from numbers import Real

from sklearn.utils._param_validation import Interval

from sk_bp.optimizers.optimizer import POSITIVE, POSITIVE_FRACTION
from sk_bp.optimizers.rule import Rule


class Rprop(Rule):
    """Resilient back-propagation (iRprop+): steps grow while the gradient keeps its sign.

    With D the step size of a weight, g' its gradient a step before (MATLAB's ``trainrp`` is a close
    relative)::

        if g g' > 0:    D <- min(increase D, max_step);   change = -sign(g) D
        if g g' < 0:    D <- max(decrease D, min_step);   change = minus the last change if the loss
                                                          grew, else 0;   g <- 0
        if g g' = 0:    change = -sign(g) D
        w <- p w + change

    Parameters
    ----------
    increase : float, default=1.2
        What a step size is multiplied by while the sign stays, above 1.
    decrease : float, default=0.5
        What it is multiplied by when the sign changes, in (0, 1).
    min_step : float, default=1e-6
        The smallest step size, positive.
    max_step : float, default=50.0
        The largest, at least min_step.

    Notes
    -----
    All samples make up one batch: an epoch is one step, `batch_size` is refused, and there is no
    `partial_fit`. `learning_rate`, a number, is the first step size of every weight, held
    between min_step and max_step. Decay: p = 1 - eta (alpha / S + weight_decay). Defaults are the
    papers', the first step PyTorch's.

    Idle rows, of columns without any entry: no move; the gradient before and the change become 0.
    Memory: three arrays like the weights.
    When: small and medium data, all of it in memory; needs no tuning at all.

    References
    ----------
    Riedmiller & Braun, A direct adaptive method for faster backpropagation learning, ICNN 1993.
    Igel & Hüsken, Empirical evaluation of the improved Rprop learning algorithms, Neurocomputing
    50, 2003 (iRprop+).

    Examples
    --------
    >>> from sk_bp import BPRegressor, Rprop
    >>> reg = BPRegressor(10, "tanh", optimizer=Rprop(), max_iter=500)
    """

    rule = "rprop"
    default_learning_rate = 0.01
    peak_learning_rate = 0.01
    full_batch = True
    takes_schedule = False
    _parameter_constraints = {
        "increase": [Interval(Real, 1, None, closed="neither")],
        "decrease": [POSITIVE_FRACTION],
        "min_step": [POSITIVE],
        "max_step": [POSITIVE],
    }

    def __init__(
        self,
        increase: float = 1.2,
        *,
        decrease: float = 0.5,
        min_step: float = 1e-6,
        max_step: float = 50.0,
    ) -> None:
        self.increase = increase
        self.decrease = decrease
        self.min_step = min_step
        self.max_step = max_step

    def check(self) -> None:
        """Raise ValueError or TypeError that names an invalid hyperparameter and its value."""
        super().check()
        if self.min_step > self.max_step:
            raise ValueError(
                f"min_step={self.min_step!r} must not exceed max_step={self.max_step!r}"
            )
