"""TimeLimit: an end to training after some time."""

import time
from typing import Any

from sk_bp.callbacks.callback import Callback, is_epoch


class TimeLimit(Callback):
    """Ends training after some time, also that of a whole pipeline or search.

    Each network makes at least one epoch. `max_time`, a parameter of the estimators, limits a
    single fit; this callback can be set on a pipeline or a search, and then the time begins with
    its `fit`, and counts for all fits in it.

    Parameters
    ----------
    seconds : float
        The time after which no further epoch begins.
    max_propagation_depth : int or None, default=None
        To how many levels of nested estimators it is passed on; None means to all.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sk_bp import BPClassifier
    >>> from sk_bp.callbacks import TimeLimit
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = BPClassifier(max_iter=10**6, tol=None).set_callbacks(TimeLimit(0.1))
    >>> clf.fit(X, y).end_reason_
    'stopped'
    """

    def __init__(self, seconds: float, max_propagation_depth: int | None = None) -> None:
        if not seconds > 0:
            raise ValueError(f"seconds must be positive, got {seconds!r}")
        self.seconds = seconds
        self.max_propagation_depth = max_propagation_depth
        self._ends_at = float("inf")

    def setup(self, estimator: Any, context: Any) -> None:
        """Start the clock: that of the system, which the processes of a search share."""
        self._ends_at = time.time() + self.seconds

    def on_fit_task_end(self, estimator: Any, context: Any) -> bool:
        """Ask to stop once the time is over."""
        return is_epoch(context) and time.time() >= self._ends_at
