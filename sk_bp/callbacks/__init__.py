"""Callbacks: what can be done after each epoch of a fit.

They follow the protocol of scikit-learn 1.9 (`sklearn.callback`), as its own `ProgressBar` and
`ScoringMonitor` do, and are passed to an estimator by its `set_callbacks`; with an older
scikit-learn that raises ImportError. They stay with an estimator when it is cloned, and so in
searches and pipelines.

A callback of your own has the methods `setup`, `on_fit_task_begin`, `on_fit_task_end` and
`teardown`, as `sklearn.callback.FitCallback` describes them; `on_fit_task_end` returns True to end
the training. Epochs are the tasks with ``context.task_name == "epoch"``. Their contexts have two
more attributes: ``context.history`` is what `history_` holds so far of the network that is being
trained, and ``context.fitted_estimator()`` makes a copy of the estimator that is fitted as far as
this network has come. An error of a callback ends the fit, and the model trained so far is kept.
"""

from sk_bp.callbacks.checkpoint import Checkpoint, load_checkpoint
from sk_bp.callbacks.learning_curve import LearningCurve
from sk_bp.callbacks.optuna_pruning import OptunaPruning
from sk_bp.callbacks.time_limit import TimeLimit

__all__ = ["Checkpoint", "LearningCurve", "OptunaPruning", "TimeLimit", "load_checkpoint"]
