"""A lock that many threads hold to read, or one to write."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakSet

# Who writes may use BLAS. So a fork must wait for those who write first, and then for BLAS, which
# Python does where the functions for BLAS were registered first.
import sk_bp.threads  # noqa: F401


class SharedLock:
    """Lets many threads read at once, or one thread write.

    A thread that waits to write goes before those that come to read. Inside a block of `writing`
    the same thread may write and read again; inside a block of `reading` it may do neither.

    A process is forked only while nobody writes, so that the child finds whole data. There, all
    locks are free.

    Examples
    --------
    >>> from sk_bp.shared_lock import SharedLock
    >>> lock = SharedLock()
    >>> with lock.writing(), lock.reading():
    ...     pass
    """

    def __init__(self) -> None:
        self._start_anew()
        _locks.add(self)

    def _start_anew(self) -> None:
        self._changed = threading.Condition(threading.RLock())
        self._readers = 0
        self._waiting_to_write = 0

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Nobody writes inside the block."""
        counted = False  # an interrupt may come at any moment
        try:
            with self._changed:
                while self._waiting_to_write:
                    self._changed.wait()
                self._readers += 1
                counted = True
            yield
        finally:
            if counted:
                with self._changed:
                    self._readers -= 1
                    if self._readers == 0:
                        self._changed.notify_all()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Nobody else reads or writes inside the block."""
        with self._changed:
            self._waiting_to_write += 1
            try:
                while self._readers:
                    self._changed.wait()
            finally:
                self._waiting_to_write -= 1
                self._changed.notify_all()
            yield


_locks: WeakSet[SharedLock] = WeakSet()
_held = threading.local()  # held.locks: those that this thread holds while it forks


def _hold_all() -> None:
    """Wait until nobody writes, and let nobody begin to."""
    _held.locks = []
    for lock in sorted(_locks, key=id):  # in the same order in every thread that forks
        lock._changed.acquire()
        _held.locks.append(lock)


def _give_back() -> None:
    for lock in _held.locks:
        lock._changed.release()


def _free_all() -> None:
    """In the child: the threads that held locks are not there."""
    for lock in list(_locks):
        lock._start_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_hold_all, after_in_parent=_give_back, after_in_child=_free_all)
