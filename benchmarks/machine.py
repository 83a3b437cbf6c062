"""What the machine is, and what it can do: memory bandwidth and large matrix products."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import statistics
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import numpy as np
from harness import Contestant, Figures, Workload
from measure import seconds

N_THREADS = 2
PACKAGES = ("sk_bp", "numpy", "scipy", "scikit-learn", "torch")


def workloads(quick: bool) -> list[Workload]:
    n_floats = 2**22 if quick else 2**26
    title = "what the machine can do on two threads, measured in the same run"
    contestant = Contestant(lambda repeat: limits(n_floats), "numpy")
    return [Workload("machine", title, {"machine": contestant})]


def limits(n_floats: int) -> Figures:
    """Large sgemm, and bytes read and written per second in streams and in random rows."""
    return {
        "gflops": sgemm_gflops(),
        "copy_gbytes": _copy_rate(n_floats),
        "add_gbytes": _add_rate(n_floats),
        "random_rows_gbytes": random_rows_rate(n_floats),
    }


def sgemm_gflops(size: int = 4096) -> float:
    """The rate of one large float32 product: NumPy's BLAS or PyTorch's, the faster of them."""
    a = np.full((size, size), 0.5, dtype=np.float32)
    products = [lambda: a @ a]
    if importlib.util.find_spec("torch"):
        import torch

        torch.set_num_threads(N_THREADS)
        tensor = torch.from_numpy(a)
        products.append(lambda: tensor @ tensor)
    return max(2e-9 * size**3 / _median(product) for product in products)


def _copy_rate(n_floats: int) -> float:
    """One read, one write."""
    source, target = np.ones((2, n_floats), dtype=np.float32)
    return 8e-9 * n_floats / _median_on_threads(np.copyto, target, source)


def _add_rate(n_floats: int) -> float:
    """The traffic of STREAM's triad: two reads, one write."""
    a, b, target = np.ones((3, n_floats), dtype=np.float32)
    return 12e-9 * n_floats / _median_on_threads(_add, a, b, target)


def _add(a, b, target):
    np.add(a, b, out=target)


def random_rows_rate(n_floats: int, row: int = 100) -> float:
    """Gigabytes a second: rows of 100 floats read at random places and written in order."""
    table = np.ones((n_floats // row, row), dtype=np.float32)
    places = np.random.default_rng(0).permutation(len(table))
    target = np.ones_like(table)

    def take(places, target):
        np.take(table, places, axis=0, out=target, mode="clip")

    return 8e-9 * table.size / _median_on_threads(take, places, target)


def _median(function) -> float:
    function()
    return statistics.median(seconds(function) for _ in range(5))


def _median_on_threads(function, *arrays) -> float:
    """Each thread works on its own contiguous part of the arrays."""
    parts = list(zip(*(np.array_split(array, N_THREADS) for array in arrays), strict=True))
    with ThreadPoolExecutor(N_THREADS) as pool:
        return _median(lambda: list(pool.map(lambda part: function(*part), parts)))


def description() -> list[str]:
    """The header of a report."""
    versions = [f"{name} {_version(name)}" for name in PACKAGES]
    return [
        f"Date: {date.today().isoformat()}, commit {commit()}",
        f"Machine: {_cpu()}, {N_THREADS} of {os.cpu_count()} CPUs used, {_memory()}",
        f"System: {platform.system()} {platform.release()}, Python {platform.python_version()}",
        f"Versions: {', '.join(versions)}, fastText {_fasttext_version()}",
    ]


def commit() -> str:
    """The checkout's commit; 'changed' where tracked files differ from it."""
    folder = Path(__file__).parent
    name = _output("git", "-C", str(folder), "rev-parse", "--short", "HEAD")
    changes = _output("git", "-C", str(folder), "status", "--porcelain", "--untracked-files=no")
    return (name or "unknown") + (" (changed)" if changes else "")


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def _fasttext_version() -> str:
    """The command does not tell its version; Debian's package does."""
    return _output("dpkg-query", "--show", "--showformat=${Version}", "fasttext") or "unknown"


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


def _cpu() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def _memory() -> str:
    if hasattr(os, "sysconf"):
        return f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB"
    return "unknown memory"
