"""How a training can end."""

import enum


class Ending(enum.Enum):
    """How a training ended."""

    CONVERGED = "the gradient is small"
    PLATEAU = "what should fall has not fallen for n_iter_no_change epochs"
    MAX_ITER = "there were max_iter epochs"
    STOPPED = "the caller made it end"
    NO_PROGRESS = "a minimizer could not lower the objective though its gradient is not small"
    LOSS_NOT_FINITE = "the loss is not finite"
    GRADIENT_TOO_LARGE = "the gradient is too large to apply, or not finite"
    LOSS_GROWN = "the loss has grown beyond all bounds"
    INTERRUPTED = "a KeyboardInterrupt ended it"
