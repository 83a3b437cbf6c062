"""How training ends."""

from enum import Enum

from sk_bp._core._core import Stop


class Ending(Enum):
    """How a training run ended; the value is a sentence fragment for its user.

    Examples
    --------
    >>> from sk_bp.endings import Ending
    >>> Ending.MAX_ITER.value
    'max_iter epochs were made'
    """

    CONVERGED = "the gradient is as small as asked for"
    PLATEAU = "n_iter_no_change epochs in a row brought no improvement by tol"
    MAX_ITER = "max_iter epochs were made"
    STOPPED = "the caller asked to stop"
    NO_PROGRESS = "no step lowers the objective, although its gradient is not small"
    LOSS_NOT_FINITE = "the loss is not finite"
    GRADIENT_TOO_LARGE = "the gradient is too large to apply, or not finite"
    LOSS_GROWN = "the loss has grown without bound"
    INTERRUPTED = "a KeyboardInterrupt came"


# The core's codes for a step that it refuses to make.
FAILURES: dict[Stop, Ending] = {
    Stop.loss_not_finite: Ending.LOSS_NOT_FINITE,
    Stop.gradient_too_large: Ending.GRADIENT_TOO_LARGE,
    Stop.loss_grown: Ending.LOSS_GROWN,
}
