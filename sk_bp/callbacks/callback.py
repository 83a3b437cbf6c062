"""The base of the callbacks, and how they write files."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any


class Callback:
    """A callback that does nothing: the base of the others."""

    def setup(self, estimator: Any, context: Any) -> None:
        """Get ready, before the fit of the outermost estimator."""

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Take note of a task that begins: the fit, a network's training, or an epoch."""

    def on_fit_task_end(self, estimator: Any, context: Any) -> bool | None:
        """Take note of a task that has ended; True ends the training."""

    def teardown(self, estimator: Any, context: Any) -> None:
        """Clear up, after the fit of the outermost estimator, however it has ended."""


def is_epoch(context: Any) -> bool:
    """Whether the task is an epoch."""
    return context.task_name == "epoch"


def write_atomically(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a file so that at any moment the old one or the whole new one is there.

    The new one is written beside it, as ``path + ".tmp"``, and takes its place once it is on disk.

    Parameters
    ----------
    path : Path
    write : callable
        ``write(file)`` writes the contents.

    Raises
    ------
    OSError
        If it cannot be written, with the path and the reason; the old file stays.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        with open(temporary, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError):
            reason = error.strerror or str(error)
            raise type(error)(error.errno, f"cannot write to {str(path)!r}: {reason}") from error
        raise


def _sync_folder(folder: Path) -> None:
    """Make sure that the names in a folder are on disk, where the system can do so."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
