"""Validation: scores on held-out samples while a run is trained."""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning

from sk_bp.data import Part
from sk_bp.losses import TaskLoss
from sk_bp.model import Model
from sk_bp.samples import Samples


class Validation(ABC):
    """Held-out samples, and how they are scored.

    Attributes
    ----------
    scoring : object
        The estimator's parameter.
    by_loss : bool
        Whether the score is minus the loss.
    """

    scoring: Any
    by_loss: bool

    @abstractmethod
    def score(self, model: Model) -> float:
        """Score a model as it is now; the higher, the better."""

    @abstractmethod
    def refusal(self, reason: str) -> ValueError:
        """The error to raise if the samples cannot be scored."""


class LossValidation(Validation):
    """Scores by the loss.

    Parameters
    ----------
    samples : Samples
        In the units that the model is trained in.
    loss : TaskLoss
        In the same units.
    loss_unit : float
        What it is multiplied by for the user.
    """

    scoring = "loss"
    by_loss = True

    def __init__(self, samples: Samples, loss: TaskLoss, loss_unit: float = 1.0) -> None:
        self.samples = samples
        self.loss = loss
        self.loss_unit = loss_unit

    def score(self, model: Model) -> float:
        return -model.mean_loss(self.samples, self.loss) * self.loss_unit

    def refusal(self, reason: str) -> ValueError:
        return ValueError(f"scoring='loss': the loss of the held-out samples {reason}")


class ScorerValidation(Validation):
    """Scores by one of scikit-learn's scorers.

    Parameters
    ----------
    scoring : object
        As the user gave it.
    scorer : callable
        ``scorer(estimator, X, y)``.
    part : Part
        The held-out samples.
    estimator_of : callable
        Makes a fitted estimator of a model, without feature names.
    remedy : str
        What the user can do about it, for error messages.
    """

    by_loss = False

    def __init__(
        self,
        scoring: Any,
        scorer: Callable[..., float],
        part: Part,
        estimator_of: Callable[[Model], Any],
        remedy: str,
    ) -> None:
        self.scoring = scoring
        self.scorer = scorer
        self.part = part
        self.estimator_of = estimator_of
        self.remedy = remedy

    def score(self, model: Model) -> float:
        part = self.part
        weights = {} if part.weight is None else {"sample_weight": part.weight}
        try:
            return float(self.scorer(self.estimator_of(model), part.X, part.y, **weights))
        except (ValueError, TypeError, AttributeError) as error:
            raise self.refusal(f"failed: {error}") from error

    def try_on(self, model: Model) -> None:
        """Raise ValueError if these samples cannot be scored, before anything is trained."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UndefinedMetricWarning)  # an error follows
            score = self.score(model)
        if np.isnan(score):
            raise self.refusal("is NaN")

    def refusal(self, reason: str) -> ValueError:
        return ValueError(
            f"scoring={self.scoring!r} cannot score the {self.part.n_samples} held-out samples: "
            f"the score {reason}; {self.remedy}"
        )
