"""One measurement in a process of its own; `harness.py` starts it.

The process is held to as many CPUs as the run allows before any library is loaded, so every
contestant finds the same machine and no library needs a setting of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import warnings
from pathlib import Path


def hold_to_cpus(count: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("workload")
    parser.add_argument("contestant")
    parser.add_argument("repeat", type=int)
    parser.add_argument("result", type=Path)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--cpus", type=int, required=True)
    arguments = parser.parse_args()

    hold_to_cpus(arguments.cpus)
    warnings.simplefilter("ignore")  # fits that end before they converge are the plan here
    from workloads import all_workloads

    workload = all_workloads(arguments.quick)[arguments.workload]
    figures = workload.contestants[arguments.contestant].measure(arguments.repeat)
    arguments.result.write_text(json.dumps(figures))


if __name__ == "__main__":
    main()
