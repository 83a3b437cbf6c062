"""How long and by what steps the networks for tables are trained, by the number of samples."""

from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from sk_bp.optimizers import OPTIMIZERS
from sk_bp.schedules import CosineDecay

N_STEPS = 4000
FEWEST_EPOCHS, MOST_EPOCHS = 30, 200
SMALLEST_BATCH, LARGEST_BATCH = 32, 64
BATCHES_PER_EPOCH = 20
FEW_SAMPLES = 1300  # with more, averages of networks were measured to gain nothing
N_MODELS = 4
DROPOUT, DROPOUT_OF_FEW = 0.15, 0.3
LEAST_DECAY, MOST_DECAY = 0.1, 0.3
DECAY_TIMES_SAMPLES = 300


@dataclass(frozen=True)
class Recipe:
    """What "auto" stands for with so many samples.

    Parameters
    ----------
    n_samples : int
        The samples that have a weight.
    """

    n_samples: int

    @property
    def batch_size(self) -> int:
        """A twentieth of the samples, within bounds."""
        return int(np.clip(self.n_samples // BATCHES_PER_EPOCH, SMALLEST_BATCH, LARGEST_BATCH))

    def max_iter(self, batch_size: int) -> int:
        """The epochs that make about the steps wanted, within bounds."""
        steps_per_epoch = -(-self.n_samples // batch_size)
        return int(np.clip(N_STEPS // steps_per_epoch, FEWEST_EPOCHS, MOST_EPOCHS))

    @property
    def decay(self) -> float:
        """The more, the fewer samples there are: small noisy sets are overfitted otherwise."""
        return float(np.clip(DECAY_TIMES_SAMPLES / self.n_samples, LEAST_DECAY, MOST_DECAY))

    @property
    def dropout(self) -> float:
        """More for few samples; none if one batch holds all, so that weights are repetitions."""
        if self.n_samples <= SMALLEST_BATCH:
            return 0.0
        return DROPOUT_OF_FEW if self.n_samples < FEW_SAMPLES else DROPOUT

    @property
    def n_models(self) -> int:
        """Several where a single one depends much on its initial weights, and is trained fast."""
        return N_MODELS if self.n_samples < FEW_SAMPLES else 1


def schedule_for(learning_rate: Any, optimizer: Any) -> Any:
    """A number as the initial rate of a cosine that ends at zero; all else as it is.

    Parameters
    ----------
    learning_rate : float, Schedule, callable or None
    optimizer : str or Optimizer
    """
    taker = OPTIMIZERS[optimizer] if isinstance(optimizer, str) else optimizer
    if isinstance(learning_rate, Real) and taker.takes_rate and taker.takes_schedule:
        return CosineDecay(float(learning_rate))
    return learning_rate
