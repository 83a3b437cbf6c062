"""What a user should be told after training."""

import math
import sys
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.exceptions import ConvergenceWarning

from sk_bp.advice import counted
from sk_bp.endings import FAILURES, Ending
from sk_bp.epochs import Settings
from sk_bp.run import Run
from sk_bp.samples import Samples
from sk_bp.scaling import sizes_of_columns

_NO_BETTER = 0.999  # of the loss of the best constant prediction
_INTERNAL = ("sk_bp", "sklearn", "joblib", "contextlib")


def user_level() -> int:
    """The `stacklevel` by which a warning of the caller points to the code of the user."""
    frame, level = sys._getframe(1), 1
    while frame.f_back is not None and _is_internal(frame.f_globals.get("__name__", "")):
        frame, level = frame.f_back, level + 1
    return level


def _is_internal(module: str) -> bool:
    return module.partition(".")[0] in _INTERNAL


def warn_of_endings(
    estimator: Any, endings: Mapping[Run, Ending | None], settings: Settings, samples: Samples
) -> None:
    """Warn of what the user of runs, which have ended so, should know.

    In a search of scikit-learn 1.9 or later a ConvergenceWarning is given once, and not by each of
    its fits.
    """
    states = [run.state for run in endings]
    starting_afresh = [s for s in states if s.lost_optimizer and s.optimizer.layout is not None]
    for state in starting_afresh:
        state.lost_optimizer = False
    if starting_afresh:
        warnings.warn(
            "the optimizer's state was not in the pickle of this model, or was dropped, and "
            "starts afresh, so that the loss may rise at first; set warm_start=True before "
            "pickling to keep it",
            stacklevel=user_level(),
        )
    texts: dict[str, str] = {}  # one for each kind of trouble
    for run, ending in endings.items():
        texts = {**_texts(estimator, run, settings, samples, ending), **texts}
    if texts and not _has_warned_before(estimator):
        warnings.warn(" ".join(texts.values()), ConvergenceWarning, stacklevel=user_level())


_searches_warned: list[Any] = []  # the last ones, by the identity of their root task


def _has_warned_before(estimator: Any) -> bool:
    """Whether a fit of the same search has given a ConvergenceWarning; this one is noted down."""
    parent = getattr(estimator, "_parent_callback_ctx", None)
    if parent is None:
        return False
    root = parent.root_uuid
    if root in _searches_warned:
        return True
    _searches_warned.append(root)
    del _searches_warned[:-100]
    return False


def _texts(
    estimator: Any, run: Run, settings: Settings, samples: Samples, ending: Ending | None
) -> dict[str, str]:
    """What to warn of after a run that has ended so, by the kind of trouble."""
    name = type(estimator).__name__
    if ending in FAILURES.values():
        return {"stopped": _advice(estimator, run, settings)}
    if ending is Ending.NO_PROGRESS:
        return {"no progress": run.detail}
    if estimator.tol is None or settings.stream or run.stopped_early:
        return {}
    texts = {}
    if ending is Ending.MAX_ITER and not settings.schedule.needs_whole:
        outlook = _outlook(estimator, run, settings, samples)
        texts["max_iter"] = (
            f"{name} stopped at max_iter={settings.max_iter} epochs without having converged: "
            f"there were not n_iter_no_change={estimator.n_iter_no_change} epochs in a row without "
            f"an improvement by tol={estimator.tol:g}. {outlook} Raise max_iter or learning_rate, "
            "or set tol=None to train exactly max_iter epochs."
        )
    if samples.complete and _is_no_better_than_a_constant(run, samples, settings):
        texts["constant"] = (
            f"{name} predicts its training samples no better than a constant does: the loss is "
            f"{run.loss:.3g}. {_advice_on_scales(estimator, samples)}"
        )
    return texts


def _advice_on_scales(estimator: Any, samples: Samples) -> str:
    """What to try where nothing was learned."""
    if estimator._scales(estimator._optimizer()):
        return (
            "Try another learning_rate, more epochs or more hidden units; or X tells nothing "
            "about y."
        )
    sizes = sizes_of_columns(samples)
    if not len(sizes):
        return "All of X is zero."
    return (
        f"The columns of X are of sizes from {sizes.min():.1g} to {sizes.max():.1g} (root mean "
        "squares). Scale X, by scaling=True or StandardScaler, or try another learning_rate or "
        "more hidden units."
    )


def _outlook(estimator: Any, run: Run, settings: Settings, samples: Samples) -> str:
    """How the loss was still falling, and how many more epochs it would take to converge."""
    losses = np.array(run.curve("loss") or [])[run.first_epoch :]
    n_last = min(20, max(4, len(losses) // 5), len(losses) - 1)
    if n_last < 1 or not losses[-1] < losses[-1 - n_last]:
        return "The loss was not falling any more."
    text = (
        f"In the last {counted(n_last, 'epoch')} the loss still fell from "
        f"{losses[-1 - n_last]:.4g} to {losses[-1]:.4g}"
    )
    constant = settings.loss.scale(samples.y, samples.weight, run.layers.n_outputs)
    n_more = epochs_until(losses, estimator.tol * constant * settings.loss_unit)
    if n_more is None:
        return f"{text}."
    return f"{text}; it would take about {n_more + estimator.n_iter_no_change} more."


def epochs_until(losses: NDArray[Any], enough: float) -> int | None:
    """In how many epochs the loss will fall by no more than this in each; None if unknown.

    The fall of an epoch is taken to shrink by a constant factor, which the falls of the last two
    quarters of the epochs tell.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp.user_warnings import epochs_until
    >>> epochs_until(0.9 ** np.arange(40), enough=1e-4)
    28
    """
    quarter = len(losses) // 4
    if quarter < 1 or len(losses) < 2 * quarter + 1 or not enough > 0:
        return None
    middle = losses[-1 - quarter]
    before, last = losses[-1 - 2 * quarter] - middle, middle - losses[-1]
    if not 0 < last < before:
        return None
    factor = (last / before) ** (1 / quarter)
    fall = last * (1 - factor) / (1 - factor**quarter) * factor ** (quarter - 1)
    return max(1, math.ceil(math.log(enough / fall) / math.log(factor))) if fall > enough else 1


def _advice(estimator: Any, run: Run, settings: Settings) -> str:
    """What to tell a user whose training had to stop."""
    what = "X" if is_classifier(estimator) else "X and y"
    smaller = ""
    if settings.optimizer.takes_rate:
        smaller = (
            f"a smaller learning_rate (now {run.learning_rate:g}, {settings.optimizer!r}), or "
        )
    return (
        f"{type(estimator).__name__} stopped early, {run.detail}. The last step was not made, and "
        f"the weights are finite. Try {smaller}to scale {what}, for example with StandardScaler."
    )


def _is_no_better_than_a_constant(run: Run, samples: Samples, settings: Settings) -> bool:
    """Whether a run predicts its training samples no better than the best constant does."""
    constant = settings.loss.scale(samples.y, samples.weight, run.layers.n_outputs)
    if run.loss < _NO_BETTER * constant * settings.loss_unit:
        return False
    return run.mean_loss(samples, settings.loss) >= _NO_BETTER * constant
