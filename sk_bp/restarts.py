"""Training from several initializations, against local minima: the best network is kept."""

import numpy as np
from joblib import Parallel, delayed

from sk_bp.training import RESTARTS, generator


def train_several(estimator, rows, held_out, factors):
    """Train a started estimator, and copies of it with other initial weights; it becomes the best.

    The best is that with the highest validation score where there is one, else that with the
    highest quality where the optimizer tells one (Bayesian regularization: the log evidence), else
    that with the lowest training loss. `history_` holds the epochs of all, told apart by its list
    "restart".

    Parameters
    ----------
    estimator : BPClassifier or BPRegressor
        Its n_restarts says how many copies, its n_jobs how many are trained at a time.
    rows : Rows
        Training samples.
    held_out : tuple or None
        Samples to score.
    factors : dict or None
        Class weights.

    Returns
    -------
    warning : str or None
        What the user should be warned of: the warning of the best.
    """
    seed = estimator._training.seed
    seeds = [int(s) for s in generator(seed, RESTARTS).integers(2**31, size=estimator.n_restarts)]
    jobs = [delayed(_run)(estimator, None, rows, held_out, factors)]
    jobs += [delayed(_run)(_blank(estimator), s, rows, held_out, factors) for s in seeds]
    best, best_warning, best_quality, histories = None, None, None, []
    runs = Parallel(n_jobs=estimator.n_jobs, prefer="threads", return_as="generator")(jobs)
    for number, (run, warning) in enumerate(runs):
        run.best_restart_ = number
        histories.append(run.history_)
        quality = _quality(run)
        if best is None or quality > best_quality:
            best, best_warning, best_quality = run, warning, quality
    vars(estimator).update(vars(best))
    estimator.history_ = _joined(histories)
    return best_warning


def _blank(estimator):
    """A copy that has all parameters and knows the data, without a network of its own yet."""
    copy = object.__new__(type(estimator))
    vars(copy).update(vars(estimator))
    for name in ("_network", "_training"):
        vars(copy).pop(name, None)
    return copy


def _run(estimator, seed, rows, held_out, factors):
    if seed is not None:
        estimator._start(rows.y.dtype, seed)
    return estimator, estimator._train(rows, estimator._validation(held_out, factors))


def _quality(run):
    """What makes one run better than another, as a pair to be compared; the higher, the better."""
    told = True
    if run.early_stopping:
        quality = run.best_validation_score_
    elif run.validation_scores_ is not None:
        quality = run.validation_scores_[-1]
    elif run._quality is not None:
        quality = run._quality
    else:  # also of a run that could not make a step, while others could and told their quality
        quality, told = -run.loss_, False
    return told, -np.inf if quality is None or np.isnan(quality) else quality


def _joined(histories):
    """All epochs of all runs in one history."""
    joined = {name: [] for history in histories for name in history}
    joined["restart"] = []
    for number, history in enumerate(histories):
        n_epochs = len(history["loss"])
        for name, values in joined.items():
            values.extend(history.get(name, [np.nan] * n_epochs if name != "restart" else []))
        joined["restart"].extend([number] * n_epochs)
    return joined
