"""What every optimizer is: a set of hyperparameters, and what may be asked of it."""

from abc import abstractmethod
from collections.abc import Callable
from numbers import Real
from typing import Any

from sklearn.utils._param_validation import Interval

from sk_bp.endings import Ending
from sk_bp.epochs import Epoch, Settings
from sk_bp.plain_numbers import PlainNumbers
from sk_bp.samples import Samples
from sk_bp.training import Training

# What hyperparameters may be.
FRACTION = Interval(Real, 0, 1, closed="left")
POSITIVE_FRACTION = Interval(Real, 0, 1, closed="neither")
POSITIVE = Interval(Real, 0, None, closed="neither")
NOT_NEGATIVE = Interval(Real, 0, None, closed="left")
# Positive, and within the range of float32, where the core would calculate with 0 or infinity.
MODERATE = Interval(Real, 1e-30, 1e30, closed="both")


class Optimizer(PlainNumbers):
    """Base of all optimizers, which are either a `Rule` or a `Minimizer`.

    Attributes
    ----------
    follows_objective : bool
        Whether it follows the gradient of the objective itself, L2 penalty included; rules that
        scale the gradient of the loss take the penalty as a decay that is not scaled.
    full_batch : bool
        Whether a step needs all samples. Then an epoch is one step, there is no `partial_fit`,
        and `batch_size` is refused.
    takes_rate, takes_schedule : bool
        Whether there is a learning rate, and whether it may change from step to step.
    squared_error_only : bool
        Whether the squared error is the only loss it serves.

    Examples
    --------
    >>> from sk_bp.optimizers import OPTIMIZERS
    >>> [name for name, optimizer in OPTIMIZERS.items() if not optimizer.takes_schedule]
    ['rprop', 'lbfgs', 'conjugate_gradient', 'levenberg_marquardt', 'bayesian_regularization']
    """

    follows_objective: bool
    full_batch: bool
    takes_rate: bool
    takes_schedule: bool
    squared_error_only: bool
    _parameter_constraints: dict[str, list[Any]] = {}

    @abstractmethod
    def train(
        self,
        training: Training,
        samples: Samples,
        settings: Settings,
        max_iter: int,
        after_epoch: Callable[[Epoch], bool],
    ) -> tuple[Ending, str]:
        """Make epochs until there are max_iter, or ``after_epoch(epoch)`` returns True.

        Parameters
        ----------
        training : Training
            Network and state, changed in place.
        samples : Samples
        settings : Settings
        max_iter : int
        after_epoch : callable

        Returns
        -------
        ending : Ending
            `STOPPED` if after_epoch returned True.
        detail : str
            With `NO_PROGRESS`, what stood in the way, as a sentence; else "".
        """

    def check(self) -> None:
        """Raise ValueError or TypeError that names an invalid hyperparameter and its value."""
        self._validate_params()

    def hyperparameters(self) -> dict[str, float]:
        """The hyperparameters as numbers, a dict of str to float."""
        return {name: float(value) for name, value in vars(self).items()}
