"""What is measured inside a child process: time, peak memory, loss."""

from __future__ import annotations

import gc
import time
from pathlib import Path

import numpy as np

LOSS_ROWS = 10_000


def seconds(function) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def median_seconds(function, at_least: float = 1.0) -> float:
    """Median wall time of so many calls as fill `at_least` seconds."""
    gc.collect()
    times = []
    while sum(times) < at_least:
        times.append(seconds(function))
    return float(np.median(times))


def touch_memory(n_bytes: int = 3 * 2**30) -> None:
    """Have the machine give memory that this process, or another one, has given back meanwhile.

    A virtual machine may return free memory to its host, and getting it again can take longer than
    what is measured.
    """
    np.ones(n_bytes // 8)


def warm_up(peer, X, y, rows: int = 500) -> None:
    """A short fit of another size: imports, thread pools and caches of code are ready."""
    peer.prepare(X[:rows], y[:rows])
    peer.fit(1)
    peer.model = None


def fit_seconds(peer, epochs: int) -> float:
    """Wall time of a new fit; the model before it is given back first."""
    peer.model = None
    gc.collect()
    return seconds(lambda: peer.fit(epochs))


def peak_rise(function) -> int:
    """Bytes by which the process grew at its peak, over its resident size before the call.

    Linux only: the kernel's high-water mark is set back, then read. Elsewhere it raises OSError.
    """
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")
    before = _status("VmRSS")
    function()
    return _status("VmHWM") - before


def _status(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    raise OSError(f"this system does not tell {field}")


def training_loss(peer, X, y) -> float:
    """Mean cross-entropy on the first rows of the training data, the same for every contestant."""
    rows = slice(0, LOSS_ROWS)
    return cross_entropy(peer.predict_proba(peer.rows(X[rows])), np.unique(y), y[rows])


def cross_entropy(probabilities, classes, y) -> float:
    chosen = probabilities[np.arange(len(y)), np.searchsorted(classes, y)]
    return float(-np.log(np.maximum(chosen.astype(np.float64), 1e-30)).mean())
