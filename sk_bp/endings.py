"""How training ends."""

from enum import Enum

from sk_bp._core import _core


class Ending(Enum):
    """How a training run ended; the value describes it to the user.

    Examples
    --------
    >>> from sk_bp.endings import Ending
    >>> Ending.MAX_ITER.value
    'max_iter epochs were completed'
    """

    CONVERGED = "the gradient is as small as required"
    PLATEAU = "more than n_iter_no_change epochs in a row brought no improvement by more than tol"
    MAX_ITER = "max_iter epochs were completed"
    STOPPED = "a callback ended the training"
    TARGET_LOSS = "the training loss has fallen to target_loss"
    MAX_TIME = "max_time seconds have passed"
    NO_PROGRESS = "no step lowers the objective, although its gradient is not small"
    LOSS_NOT_FINITE = "the loss is not finite"
    GRADIENT_TOO_LARGE = "the gradient is too large to apply, or not finite"
    LOSS_GROWN = "the loss has grown without bound"
    INTERRUPTED = "training was interrupted from the keyboard"


# A run that has ended so can be taken to its end by `resume_fit`.
BEFORE_THE_END = (Ending.INTERRUPTED, Ending.STOPPED, Ending.MAX_TIME)

# The core's codes for a step that it did not make.
FAILURES: dict[_core.Stop, Ending] = {
    _core.Stop.loss_not_finite: Ending.LOSS_NOT_FINITE,
    _core.Stop.gradient_too_large: Ending.GRADIENT_TOO_LARGE,
    _core.Stop.loss_grown: Ending.LOSS_GROWN,
}
