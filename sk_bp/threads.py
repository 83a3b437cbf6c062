"""Threads: the core splits its own work, so BLAS gets one thread while the core runs.

OpenBLAS's threads on the core's many small products, beside the core's own, take a hundred times
the time that is due.
"""

import os
import threading
from contextlib import contextmanager

from joblib import cpu_count
from threadpoolctl import ThreadpoolController

from sk_bp._core import _core

_core.set_processors(cpu_count())


class _BlasGuard:
    """Holds BLAS to one thread as long as anyone is inside.

    Two overlapping ``threadpool_limits`` in two threads would each restore what they found, and
    the later one leaves the process at one thread for ever; so the first in sets the limit, the
    last out takes it off. The controller, which takes milliseconds to make, is made once.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._inside = 0
        self._controller = None
        self._limit = None

    def enter(self):
        with self._lock:
            if self._inside == 0:
                if self._controller is None:
                    self._controller = ThreadpoolController().select(user_api="blas")
                self._limit = self._controller.limit(limits=1)
            self._inside += 1

    def leave(self):
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._limit.restore_original_limits()
                self._limit = None


_guard = _BlasGuard()


def _after_fork_in_child():
    """A child must not wait for a lock that a thread held which it does not have."""
    if _guard._limit is not None:
        _guard._limit.restore_original_limits()
    _guard.__init__()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


@contextmanager
def single_threaded_blas():
    """Hold BLAS to one thread inside the block; nests, also across threads."""
    _guard.enter()
    try:
        yield
    finally:
        _guard.leave()
