"""Rules: optimizers that make a step from the gradient of each batch."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sk_bp._core import _core
from sk_bp.decay import Decay
from sk_bp.endings import Ending
from sk_bp.epochs import Epoch, Settings
from sk_bp.optimizers.optimizer import Optimizer
from sk_bp.samples import Samples
from sk_bp.training import Training


class Rule(Optimizer):
    """Base of the optimizers that make a step for each batch, at a learning rate.

    The steps themselves are computed in the core.

    Attributes
    ----------
    rule : str
        The name of the rule in the core.
    default_learning_rate : float
        The constant rate that ``learning_rate=None`` stands for in ``partial_fit``, and wherever
        the length of training is not known.
    peak_learning_rate : float
        In a fit it stands for a cosine over the whole, which begins here.
    sparse_peak_learning_rate : float or None
        The same where X is mostly zero, as in text, if it is another one.
    decay_rate : float or None
        The rate that the decay of the weights is multiplied by, about, if it is not that of the
        schedule.

    Examples
    --------
    >>> from sk_bp.optimizers import OPTIMIZERS
    >>> OPTIMIZERS["adam"]().default_learning_rate
    0.001
    """

    rule: str
    default_learning_rate: float
    peak_learning_rate: float
    sparse_peak_learning_rate: float | None = None
    decay_rate: float | None = None
    follows_objective = False

    full_batch = False
    takes_rate = True
    takes_schedule = True
    squared_error_only = False

    def train(
        self,
        training: Training,
        samples: Samples,
        settings: Settings,
        max_iter: int,
        after_epoch: Callable[[Epoch], bool],
    ) -> tuple[Ending, str]:
        for _ in range(max_iter):
            if after_epoch(training.epoch(samples, settings)):
                return Ending.STOPPED, ""
        return Ending.MAX_ITER, ""

    def state_names(self) -> tuple[str, ...]:
        """The names of the optional arrays of state; with other ones, state starts afresh."""
        return ()

    def drifts(self) -> bool:
        """Whether a weight whose gradient is zero does more than decay."""
        return _core.drifts(self.rule, self.hyperparameters())

    def metrics(self, numbers: NDArray[np.float64]) -> dict[str, float]:
        """What `history_` holds of the numbers that the rule keeps for all weights together."""
        return {}

    def decay_per_rate(self, decay: Decay, weight_sum: float) -> float:
        """By what the learning rate is multiplied to give the decay of a step."""
        decay = self.whole_decay(decay)
        return decay.alpha / weight_sum + decay.weight_decay

    def whole_decay(self, decay: Decay) -> Decay:
        """The estimator's decay and the rule's own."""
        return decay

    def decays(
        self, rates: NDArray[np.float64], decay: Decay, weight_sum: float
    ) -> NDArray[np.float64]:
        """By how much the weights decay at each step: 1 - p for the decay factor p.

        p = 1 - eta (alpha / S + weight_decay), with S the sum of the sample weights. With the first
        term, a rule that follows the objective's own gradient minimizes the mean loss plus
        alpha / (2 S) times the sum of the squared weights. The second is decoupled weight decay
        (Loshchilov & Hutter, Decoupled weight decay regularization, ICLR 2019); so is the first
        where a rule scales the gradient of the loss.

        Parameters
        ----------
        rates : ndarray of float64
            Learning rate of each step.
        decay : Decay
            The estimator's `alpha` and `weight_decay`. Decays above its `most` are replaced by
            this, if it is below 1.
        weight_sum : float
            Sum of the sample weights.

        Returns
        -------
        decays : ndarray of float64, shaped like `rates`

        Raises
        ------
        ValueError
            If a decay factor would not be positive.

        Examples
        --------
        >>> import numpy as np
        >>> from sk_bp import Adam
        >>> from sk_bp.decay import Decay
        >>> Adam().decays(np.array([0.1]), Decay(weight_decay=0.01), weight_sum=100.0)
        array([0.001])
        """
        decays = rates * self.decay_per_rate(decay, weight_sum)
        if decay.most < 1:
            return np.minimum(decays, decay.most)
        if decays.size and decays.max() >= 1:
            raise ValueError(
                f"learning_rate={rates.max():g} and {self.whole_decay(decay)} together would turn "
                f"the weights' sign at each step of {self!r}: the decay factor is "
                f"{1 - decays.max():g}, and must be positive. Lower one of them."
            )
        return decays

    def thresholds(
        self, rates: NDArray[np.float64], l1: float, weight_sum: float
    ) -> NDArray[np.float64]:
        """By how much the weights shrink towards zero after each step: the proximal step of L1.

        Parameters and result are those of `decays`, with `l1` in the place of the decay; a rule
        that follows the objective minimizes the mean loss plus l1 / S times the sum of the absolute
        weights.
        """
        return rates * (l1 / weight_sum if self.follows_objective else l1)
