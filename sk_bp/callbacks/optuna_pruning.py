"""OptunaPruning: hopeless trials of optuna end early."""

from typing import Any

from sk_bp.callbacks.callback import Callback, is_epoch


class OptunaPruning(Callback):
    """Reports each epoch to a trial of optuna, which may end it.

    A trial that does worse than others did at the same epoch, as optuna's pruner judges it, ends by
    ``optuna.TrialPruned``, which optuna takes for what it is.

    Parameters
    ----------
    trial : optuna.trial.Trial
    metric : str, default="validation_score"
        What to report, by its name in `history_`: "validation_score" for a study that maximizes,
        "loss" for one that minimizes.

    Notes
    -----
    The validation score needs held-out samples: ``early_stopping=True`` or `X_val`. The epochs of
    only one network can be reported, not of `n_restarts` or `n_models`.

    Examples
    --------
    >>> import optuna
    >>> from sklearn.datasets import load_iris
    >>> from sk_bp import BPClassifier
    >>> from sk_bp.callbacks import OptunaPruning
    >>> optuna.logging.set_verbosity(optuna.logging.WARNING)
    >>> X, y = load_iris(return_X_y=True)
    >>> def objective(trial):
    ...     rate = trial.suggest_float("learning_rate", 1e-4, 1, log=True)
    ...     clf = BPClassifier(10, learning_rate=rate, max_iter=20, tol=None, random_state=0)
    ...     return clf.set_callbacks(OptunaPruning(trial, "loss")).fit(X, y).loss_
    >>> study = optuna.create_study(direction="minimize")
    >>> study.optimize(objective, n_trials=3)
    >>> len(study.trials)
    3
    """

    def __init__(self, trial: Any, metric: str = "validation_score") -> None:
        self.trial = trial
        self.metric = metric

    def setup(self, estimator: Any, context: Any) -> None:
        """Refuse an estimator that trains several networks.

        Raises
        ------
        ValueError
        """
        for name, one in (("n_restarts", 0), ("n_models", 1)):
            value = getattr(estimator, name, one)
            if value != one:
                raise ValueError(f"OptunaPruning reports a single network, but {name}={value!r}")

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        """Report the epoch.

        Raises
        ------
        optuna.TrialPruned
            If the trial is to end.
        ValueError
            If the metric is not in the history.
        """
        if not is_epoch(context):
            return
        import optuna

        if self.metric not in context.history:
            raise ValueError(
                f"metric={self.metric!r} is not in history_, which has {sorted(context.history)}; "
                "a validation score needs early_stopping=True or X_val"
            )
        values = context.history[self.metric]
        self.trial.report(values[-1], step=len(values))
        if self.trial.should_prune():
            raise optuna.TrialPruned
