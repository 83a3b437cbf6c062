"""Measure whether the memory of the process grows over many fits and predictions.

python tools/measure_memory.py --fits 1000 --predictions 100000
"""

import argparse
import gc
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from sk_bp import BPClassifier, BPRegressor

PAGE = os.sysconf("SC_PAGE_SIZE")


def memory() -> int:
    """The bytes of memory that the process holds (Linux)."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def growth(work: Callable[[int], object], n: int) -> float:
    """By how many bytes each call adds to the memory, after a tenth as many calls to warm up."""
    for i in range(n // 10):
        work(i)
    before = memory()
    for i in range(n):
        work(i)
    return (memory() - before) / n


def main() -> None:
    """Print a line for each layout and type of the samples."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--fits", type=int, default=1000, help="for each layout and type")
    parser.add_argument("--predictions", type=int, default=100_000, help="of all four together")
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    dense = rng.normal(size=(60, 30)) * (rng.random((60, 30)) < 0.3)
    for layout in (np.asarray, sp.csr_array):
        for dtype in (np.float32, np.float64):
            X, y = layout(dense.astype(dtype)), np.arange(60) % 3

            def fit(i: int, X=X, y=y) -> object:
                given = {"max_iter": 3, "tol": None, "random_state": i, "batch_size": 16}
                if i % 2:
                    return BPRegressor((8, 4), dropout=0.1, **given).fit(X, y)
                model = BPClassifier((8, 4), average="ema", **given).fit(X, y)
                return model.partial_fit(X, y)

            model = fit(0)

            def predict(i: int, X=X, model=model) -> object:
                return model.predict(X)

            start = time.monotonic()
            of_fit = growth(fit, options.fits)
            of_prediction = growth(predict, options.predictions // 4)
            print(
                f"{layout.__name__} {dtype.__name__}: {of_fit:.0f} bytes a fit, "
                f"{of_prediction:.1f} bytes a prediction; {memory() / 2**20:.0f} MiB in all; "
                f"{time.monotonic() - start:.0f} s"
            )


if __name__ == "__main__":
    main()
