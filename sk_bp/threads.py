"""Threads: the core splits its own work, so BLAS gets one thread while the core runs.

The core multiplies many small matrices. With OpenBLAS's own threads beside those of the core, this
takes about a hundred times as long.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from joblib import cpu_count
from threadpoolctl import OpenBLASController, ThreadpoolController

from sk_bp._core import _core

_core.set_processors(cpu_count())


class _BlasGuard:
    """Limits BLAS to one thread as long as any thread is inside.

    Two ``threadpool_limits`` that overlap in two threads would each restore what they found, and
    the second would leave the process with one thread forever. So the first thread to enter sets
    the limit, and the last one to leave removes it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._limits_before: list[int] = []

    @cached_property
    def _libraries(self) -> list[Any]:
        """The BLAS libraries of this process; to find them takes milliseconds."""
        return list(ThreadpoolController().select(user_api="blas").lib_controllers)

    def enter(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._limits_before = [library.get_num_threads() for library in self._libraries]
                self._set([1] * len(self._libraries))
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._set(self._limits_before)

    def wait(self) -> None:
        """Before a fork: let nobody set a limit, as BLAS would hold a lock of its own meanwhile."""
        self._lock.acquire()

    def go_on(self) -> None:
        """After a fork: limits may be set again."""
        self._lock.release()

    def start_anew(self) -> None:
        """In a forked child: remove the limit that another thread has set."""
        inside, limits = self._inside, self._limits_before
        self._lock = threading.Lock()
        self._inside = 0
        if inside:
            self._set(limits)

    def _set(self, limits: Sequence[int]) -> None:
        # Since version 3.8, threadpoolctl lets only one thread at a time set OpenBLAS's limit. Here
        # the limit and the guard are those of the whole process, so any thread may take control.
        take_control = getattr(OpenBLASController, "clear_controlling_thread", lambda force: None)
        take_control(force=True)
        for library, limit in zip(self._libraries, limits, strict=True):
            library.set_num_threads(limit)
        take_control(force=True)


_guard = _BlasGuard()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_guard.wait, after_in_parent=_guard.go_on, after_in_child=_guard.start_anew
    )


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Limit BLAS to one thread inside the block; blocks may nest, also across threads."""
    _guard.enter()
    try:
        yield
    finally:
        _guard.leave()
