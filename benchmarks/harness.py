"""What a workload is, and how its contestants are run: in turn, each in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

Figures = dict[str, float]
CHILD = Path(__file__).with_name("child.py")
TIME_LIMIT = 3600


@dataclass(frozen=True)
class Contestant:
    """`measure(repeat)` is called in a child process and returns named figures."""

    measure: Callable[[int], Figures]
    needs: str  # a module or a command


@dataclass(frozen=True)
class Target:
    """A claim about the medians of one workload and the bound it must reach."""

    claim: str
    value: Callable[[dict[str, Figures]], float]
    bound: float
    at_least: bool = True

    def is_met(self, value: float) -> bool:
        return value >= self.bound if self.at_least else value <= self.bound


@dataclass(frozen=True)
class Workload:
    key: str
    title: str
    contestants: dict[str, Contestant]
    targets: tuple[Target, ...] = ()
    note: str = ""
    repeats: int | None = None  # None: as many as the command line says


@dataclass
class Record:
    """What one contestant of one workload did, repeat by repeat."""

    runs: list[Figures] = field(default_factory=list)
    problem: str | None = None
    others: float = 0.0  # the most CPUs that other processes kept busy during a run

    def medians(self) -> Figures:
        names = dict.fromkeys(name for run in self.runs for name in run)
        return {name: statistics.median(self.values(name)) for name in names}

    def values(self, name: str) -> list[float]:
        return [run[name] for run in self.runs if name in run]


def ratio(numerator: str, denominator: str, figure: str, other: str | None = None):
    """The figure of one contestant over that of another, or over its `other` figure."""

    def value(medians: dict[str, Figures]) -> float:
        return medians[numerator][figure] / medians[denominator][other or figure]

    return value


def target_value(target: Target, records: dict[str, Record]) -> float | None:
    """None where a contestant is missing or lacks the figure."""
    medians = {name: record.medians() for name, record in records.items()}
    try:
        return target.value(medians)
    except KeyError:
        return None


def run_workload(workload: Workload, repeats: int, options: list[str]) -> dict[str, Record]:
    """Run every contestant once, then every one again, and so on."""
    records = {name: Record(problem=_missing(c)) for name, c in workload.contestants.items()}
    for repeat in range(workload.repeats or repeats):
        for name, record in records.items():
            if record.problem is None:
                _run_child(workload.key, name, repeat, options, record)
    return records


def _missing(contestant: Contestant) -> str | None:
    found = importlib.util.find_spec(contestant.needs) or shutil.which(contestant.needs)
    return None if found else f"missing: {contestant.needs} is not installed"


def _run_child(key: str, name: str, repeat: int, options: list[str], record: Record) -> None:
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "figures.json"
        command = [sys.executable, str(CHILD), key, name, str(repeat), str(result), *options]
        clock = _OthersClock()
        try:
            child = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT)
        except subprocess.TimeoutExpired:
            _fail(record, f"no result within {TIME_LIMIT} s")
            return
        took, others = clock.read()
        print(f"{key} {name} [{repeat}] {took:.1f} s, others {others:.2f} CPUs", flush=True)
        if child.returncode:
            _fail(record, (child.stderr.strip().splitlines() or ["no message"])[-1])
            print(child.stderr, file=sys.stderr)
        else:
            record.runs.append(json.loads(result.read_text()))
            record.others = max(record.others, others)


def _fail(record: Record, reason: str) -> None:
    """What fails once has no result."""
    record.problem = f"failed: {reason}"
    record.runs.clear()


class _OthersClock:
    """How busy processes of others kept the machine: they spoil what is measured meanwhile."""

    def __init__(self):
        self.start = self._now()

    def read(self) -> tuple[float, float]:
        """Seconds since the start, and the CPUs that others used on average."""
        wall, all_busy, own = (b - a for a, b in zip(self.start, self._now(), strict=True))
        return wall, max(0.0, (all_busy - own) / wall)

    def _now(self) -> tuple[float, float, float]:
        times = os.times()
        own = times.user + times.system + times.children_user + times.children_system
        return time.perf_counter(), _busy_cpu_seconds(own), own


def _busy_cpu_seconds(unknown: float) -> float:
    """CPU seconds of all processes since the machine started, where the system tells (Linux)."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return unknown
    user, nice, system, _, _, interrupts, soft_interrupts, *_ = map(
        int, stat.read_text().splitlines()[0].split()[1:]
    )
    ticks = user + nice + system + interrupts + soft_interrupts
    return ticks / os.sysconf("SC_CLK_TCK")
