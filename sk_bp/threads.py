"""Threads: the core splits its own work, so BLAS gets one thread while the core runs.

OpenBLAS's threads on the core's many small products, beside the core's own, take a hundred times
the time that is due.
"""

import os
import threading
from contextlib import contextmanager

from joblib import cpu_count
from threadpoolctl import OpenBLASController, ThreadpoolController

from sk_bp._core import _core

_core.set_processors(cpu_count())


class _BlasGuard:
    """Holds BLAS to one thread as long as anyone is inside.

    Two overlapping ``threadpool_limits`` in two threads would each restore what they found, and
    the later one leaves the process at one thread for ever; so the first in sets the limit, the
    last out takes it off. Finding the libraries takes milliseconds, and is done once.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._inside = 0
        self._libraries = None
        self._limits_before = []

    def enter(self):
        with self._lock:
            if self._inside == 0:
                if self._libraries is None:
                    found = ThreadpoolController().select(user_api="blas")
                    self._libraries = found.lib_controllers
                self._limits_before = [library.get_num_threads() for library in self._libraries]
                self._set([1] * len(self._libraries))
            self._inside += 1

    def leave(self):
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._set(self._limits_before)

    def start_anew(self):
        """In a forked child: take the limit off, and the lock that another thread may hold."""
        inside, limits = self._inside, self._limits_before
        self._lock = threading.Lock()
        self._inside = 0
        if inside:
            self._set(limits)

    def _set(self, limits):
        # From its version 3.8 on, threadpoolctl lets one thread at a time set OpenBLAS's limit.
        # The limit is the process's, and so is this guard: whoever is in it takes control.
        take_control = getattr(OpenBLASController, "clear_controlling_thread", lambda force: None)
        take_control(force=True)
        for library, limit in zip(self._libraries, limits, strict=True):
            library.set_num_threads(limit)
        take_control(force=True)


_guard = _BlasGuard()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_guard.start_anew)


@contextmanager
def single_threaded_blas():
    """Hold BLAS to one thread inside the block; nests, also across threads."""
    _guard.enter()
    try:
        yield
    finally:
        _guard.leave()
