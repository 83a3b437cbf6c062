"""Checkpoint: the fit so far, in a file."""

import pickle
import time
from datetime import timedelta
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import Any

from sk_bp.base import BaseBP
from sk_bp.callbacks.callback import Callback, is_epoch, write_atomically


class Checkpoint(Callback):
    """Writes the fit so far to a file, from which it can go on.

    Whatever happens to the process, the file holds the last checkpoint: a new one takes the place
    of the old one only when all of it is on disk. It is a pickle of the estimator, with the state
    of its optimizer; `load_checkpoint` reads it, and `resume_fit` takes the fit to its end, which
    is that of an uninterrupted fit, to the bit. (On sparse X, where `every` is a time span, up to
    rounding.)

    Parameters
    ----------
    path : str or path-like
        The file. Its folder must exist. Each fit needs one of its own: in a search, all fits would
        write to the same one.
    every : int or timedelta, default=1
        Epochs between two checkpoints, or the time between them. The last epoch always makes one.

    See Also
    --------
    load_checkpoint : Reads the file.

    Notes
    -----
    It needs memory for a copy of the weights and of the optimizer's state. Loading a pickle can run
    code: load only files that you trust.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.datasets import load_iris
    >>> from sk_bp import BPClassifier
    >>> from sk_bp.callbacks import Checkpoint, TimeLimit, load_checkpoint
    >>> X, y = load_iris(return_X_y=True)
    >>> folder = tempfile.TemporaryDirectory()
    >>> path = Path(folder.name, "iris.checkpoint")
    >>> clf = BPClassifier(max_iter=20, tol=None, random_state=0)
    >>> killed = clf.set_callbacks(Checkpoint(path), TimeLimit(1e-9)).fit(X, y)
    >>> killed.n_iter_
    1
    >>> load_checkpoint(path).resume_fit(X, y).n_iter_
    20
    >>> folder.cleanup()
    """

    def __init__(self, path: str | PathLike[str], *, every: int | timedelta = 1) -> None:
        self.path = path
        self.every = every
        self._written_at = 0.0

    def setup(self, estimator: Any, context: Any) -> None:
        """Refuse a path or an interval that will not do, before the training.

        Raises
        ------
        TypeError, ValueError
            If the estimator is not one of this package, or `every` is not valid.
        OSError
            If the folder does not exist.
        """
        if not isinstance(estimator, BaseBP):
            raise TypeError(
                "Checkpoint must be set on a BPClassifier or BPRegressor itself, got "
                f"{type(estimator).__name__}"
            )
        every = self.every
        if not isinstance(every, (Integral, timedelta)) or isinstance(every, bool):
            raise TypeError(f"every must be an int or a timedelta, got {every!r}")
        if every <= type(every)(0):
            raise ValueError(f"every must be positive, got {every!r}")
        folder = Path(self.path).absolute().parent
        if not folder.is_dir():
            raise FileNotFoundError(f"path={str(self.path)!r}: there is no folder {str(folder)!r}")
        self._written_at = time.monotonic()

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        """Write the file, if it is time for it."""
        if is_epoch(context):
            if self._is_due(len(context.history["loss"])):
                self._write(context.fitted_estimator())
        elif context.task_name == "fit":
            self._write(estimator)

    def _is_due(self, n_epochs: int) -> bool:
        if isinstance(self.every, timedelta):
            return time.monotonic() - self._written_at >= self.every.total_seconds()
        return n_epochs % int(self.every) == 0

    def _write(self, estimator: BaseBP) -> None:
        plain = estimator._without_callbacks()
        write_atomically(Path(self.path), lambda file: pickle.dump(plain, file, protocol=5))
        self._written_at = time.monotonic()


def load_checkpoint(path: str | PathLike[str]) -> Any:
    """Read what `Checkpoint` has written.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    estimator : BPClassifier or BPRegressor
        Fitted as far as the checkpoint goes. It predicts; its `resume_fit` goes on.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is not a checkpoint.

    Notes
    -----
    The file is a pickle, and loading a pickle can run code: load only files that you trust.
    """
    with open(path, "rb") as file:
        try:
            estimator = pickle.load(file)
        except (
            pickle.UnpicklingError,
            EOFError,
            UnicodeDecodeError,
            IndexError,
            KeyError,
        ) as error:
            raise ValueError(f"path={str(path)!r} is not a checkpoint: {error}") from error
    if not isinstance(estimator, BaseBP):
        raise ValueError(f"path={str(path)!r} is not a checkpoint, but {type(estimator).__name__}")
    return estimator
