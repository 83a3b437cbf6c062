"""What is noted down while an estimator trains, and what its user is told."""

import numpy as np

from sk_bp.endings import Ending
from sk_bp.training import MAX_ITER, Patience, Training

# Calls of partial_fit that history_ keeps at least.
MOST_CALLS = 10_000


class Progress:
    """The part of an estimator that keeps the record of its training."""

    def _begin_history(self, seed):
        self._training = Training(self._network, self._task_loss, seed)
        self._patience = Patience(self.tol, self.n_iter_no_change)
        self.history_ = {"loss": [], "learning_rate": []}
        self.stop_reason_ = None
        self.best_restart_ = 0
        self.loss_ = self.learning_rate_ = np.nan
        self.best_loss_ = np.inf
        self.n_iter_ = self.n_steps_ = self.t_ = 0
        self.best_validation_score_ = self.best_epoch_ = None
        self._scored_by = self._quality = None

    @property
    def loss_curve_(self):
        """The loss of each epoch of the network at hand, a list."""
        return self._of_this_run("loss")

    @property
    def validation_scores_(self):
        """The validation score of each epoch of the network at hand, a list; None without any."""
        return self._of_this_run("validation_score")

    def _of_this_run(self, name):
        values, runs = self.history_.get(name), self.history_.get("restart")
        if values is None or runs is None:
            return values
        return [v for v, run in zip(values, runs, strict=True) if run == self.best_restart_]

    def _record(self, epoch):
        """Note down an epoch."""
        history, training = self.history_, self._training
        before = len(history["loss"])
        for name in epoch.figures:
            history.setdefault(name, [np.nan] * before)
        figures = {"loss": epoch.loss, "learning_rate": epoch.rate, **epoch.figures}
        figures["restart"] = self.best_restart_
        for name, values in history.items():
            values.append(figures.get(name, np.nan))
        self.best_epoch_ = None  # until early stopping has put its weights back
        self.loss_ = epoch.loss
        self.best_loss_ = float(np.fmin(epoch.loss, self.best_loss_))
        self.learning_rate_ = epoch.rate
        self._quality = epoch.quality
        self.n_iter_ = training.n_epochs
        self.n_steps_ = training.n_steps
        self.t_ = training.n_samples

    def _record_score(self, score):
        """Note down the score of the last epoch."""
        n_epochs = len(self.history_["loss"])
        self.history_.setdefault("validation_score", [np.nan] * n_epochs)[-1] = score
        self._scored_by = self.scoring
        best = self.best_validation_score_
        if best is None or score > best:
            self.best_validation_score_ = None if np.isnan(score) else score

    def _thin_history(self):
        """In a stream, keep the last calls only: between `MOST_CALLS` and twice as many."""
        if len(self.history_["loss"]) > 2 * MOST_CALLS:
            for values in self.history_.values():
                del values[:-MOST_CALLS]

    def _report(self):
        """Print a line about the last epoch, if asked to."""
        if self.verbose:
            score = self.history_.get("validation_score", [np.nan])[-1]
            text = f"Epoch {self.n_iter_}: loss {self.loss_:.6g}"
            print(text if np.isnan(score) else f"{text}, validation score {score:.6g}")

    def _advice(self, epoch, settings):
        """What to tell a user whose training had to stop."""
        smaller = ""
        if settings.optimizer.takes_rate:
            smaller = f"a smaller learning_rate (now {epoch.rate:g}, {settings.optimizer!r}), or "
        return (
            f"{type(self).__name__} stopped early, {epoch.trouble}. The last step was not made, "
            f"and the weights are finite. Try {smaller}to scale X and, in regression, y, for "
            "example with StandardScaler."
        )


class Course:
    """Follows an estimator through its epochs: keeps its record, and says when to end.

    Parameters
    ----------
    estimator : BPClassifier or BPRegressor
    validation : callable or None
        Scores the held-out samples, higher being better.
    settings : Settings
    """

    def __init__(self, estimator, validation, settings, rows):
        self.estimator = estimator
        self.validation = validation
        self.settings = settings
        self.advice = self._failure = None
        n_outputs = estimator._network.n_outputs
        self._scale = estimator._task_loss.scale(rows.y, rows.weight, n_outputs)
        self._best_weights = self._best_epoch = None
        self._best_score = -np.inf
        if estimator.early_stopping and estimator._training.n_epochs:  # a warm start: to be beaten
            self._best_score = np.nan_to_num(validation(), nan=-np.inf)
            self._keep(estimator.best_epoch_ or estimator._training.n_epochs)
        self._patience = estimator._patience
        self._patience.tol = estimator.tol
        self._patience.n_iter_no_change = estimator.n_iter_no_change

    def after_epoch(self, epoch):
        """Take note of an epoch; True if training should end."""
        estimator = self.estimator
        estimator._record(epoch)
        if epoch.interrupted:
            raise KeyboardInterrupt
        if self.validation is not None:
            score = self.validation()
            if np.isnan(score) and len(estimator.history_["loss"]) == 1:
                raise ValueError(
                    f"scoring={estimator.scoring!r} gave NaN for the held-out samples after the "
                    "first epoch; choose another scoring, validation_fraction "
                    f"(now {estimator.validation_fraction}) or X_val"
                )
            estimator._record_score(score)
            better = score > self._best_score or self._best_weights is None
            if estimator.early_stopping and better:
                self._best_score = np.nan_to_num(score, nan=-np.inf)
                self._keep(estimator._training.n_epochs)
        estimator._report()
        if epoch.trouble:
            self.advice = estimator._advice(epoch, self.settings)
            self._failure = epoch.ending
            return True
        if not (epoch.settled or estimator.early_stopping):
            return False
        return self._patience.exhausted_by(*self._progress(epoch))

    def _progress(self, epoch):
        """What should fall from epoch to epoch, and the unit that tol is measured in."""
        estimator = self.estimator
        if estimator.early_stopping:
            scores = estimator.validation_scores_
            if estimator.scoring == "loss":
                return -scores[-1], self._scale
            first = next((abs(s) for s in scores if not np.isnan(s)), 0.0)
            return -scores[-1], min(first, 1.0) or 1.0
        if epoch.progress is not None:
            return epoch.progress, 1.0
        return epoch.loss, self._scale

    def stop_reason(self, reason):
        """How training ended, an Ending; reason is what `Training.train` gave."""
        if self._failure is not None:
            return self._failure
        if (
            self._patience.tol is not None
            and self._patience.count > self._patience.n_iter_no_change
        ):
            return Ending.PLATEAU
        if reason is None:
            return Ending.CONVERGED
        return Ending.MAX_ITER if reason == MAX_ITER else Ending.NO_PROGRESS

    def _keep(self, epoch):
        """Copy the weights, which are those after this epoch."""
        self.estimator._training.settle()
        self._best_weights = self.estimator._network.parameters.copy()
        self._best_epoch = epoch

    def restore_best(self):
        """With early stopping, put the weights of the best epoch back."""
        if self._best_weights is not None:
            self.estimator._network.parameters[:] = self._best_weights
            self.estimator.best_epoch_ = self._best_epoch
