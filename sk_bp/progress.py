"""What is noted down while an estimator trains, and what its user is told."""

import numpy as np

from sk_bp.training import Patience, Training


class Progress:
    """The part of an estimator that keeps the record of its training."""

    def _begin_history(self, seed):
        self._training = Training(self._network, self._task_loss, seed)
        self._patience = Patience(self.tol, self.n_iter_no_change)
        self.history_ = {"loss": [], "learning_rate": []}
        self.loss_curve_ = self.history_["loss"]
        self.loss_ = self.learning_rate_ = np.nan
        self.best_loss_ = np.inf
        self.n_iter_ = self.n_steps_ = self.t_ = 0
        self.validation_scores_ = None
        self.best_validation_score_ = None

    def _record(self, epoch):
        """Note down an epoch."""
        history, training = self.history_, self._training
        history["loss"].append(epoch.loss)
        history["learning_rate"].append(epoch.rate)
        if "validation_score" in history:
            history["validation_score"].append(np.nan)
        self.loss_curve_ = history["loss"]
        self.loss_ = epoch.loss
        self.best_loss_ = float(np.fmin(epoch.loss, self.best_loss_))
        self.learning_rate_ = epoch.rate
        self.n_iter_ = training.n_epochs
        self.n_steps_ = training.n_steps
        self.t_ = training.n_samples

    def _record_score(self, score):
        """Note down the score of the last epoch; True if it is the best so far."""
        scores = self.history_.setdefault("validation_score", [np.nan] * len(self.loss_curve_))
        scores[-1] = score
        self.validation_scores_ = scores
        best = self.best_validation_score_
        if np.isnan(score) or (best is not None and score <= best):
            return False
        self.best_validation_score_ = score
        return True

    def _report(self):
        """Print a line about the last epoch, if asked to."""
        if self.verbose:
            score = self.history_.get("validation_score", [np.nan])[-1]
            text = f"Epoch {self.n_iter_}: loss {self.loss_:.6g}"
            print(text if np.isnan(score) else f"{text}, validation score {score:.6g}")

    def _advice(self, epoch, settings):
        """What to tell a user whose training had to stop."""
        return (
            f"{type(self).__name__} stopped early, {epoch.trouble}. The last step was not made, "
            f"and the weights are finite. Try a smaller learning_rate (now {epoch.rate:g}, "
            f"{settings.optimizer!r}), or scale X and, in regression, y, for example with "
            "StandardScaler."
        )
