"""Run the benchmarks: ``python benchmarks/run.py [B1 B3 ...] [--quick] [--repeats 3]``.

Writes RESULTS.md, results.json and results.png beside this file, or into --output. Workloads
that are not named keep the figures that results.json has of them. A --quick run is scaled down
to see that everything works; its figures mean nothing and go to a temporary folder.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import machine
import picture
import report
import results
from harness import run_workload
from workloads import all_workloads


def main() -> None:
    arguments = _arguments()
    workloads = all_workloads(arguments.quick)
    unknown = set(arguments.workloads) - set(workloads)
    if unknown:
        raise SystemExit(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(workloads)}")
    folder = arguments.output or _default_folder(arguments.quick)
    folder.mkdir(parents=True, exist_ok=True)

    measured = results.load(folder / "results.json")
    repeats = arguments.repeats or (1 if arguments.quick else 3)
    options = ["--cpus", str(machine.N_THREADS)] + ["--quick"] * arguments.quick
    for key in arguments.workloads or workloads:
        header = machine.description()
        records = run_workload(workloads[key], repeats, options)
        measured[key] = results.Result(header, records)
        results.save(folder / "results.json", measured)
        print(report.section(workloads[key], measured[key]), flush=True)
    (folder / "RESULTS.md").write_text(report.report(workloads, measured, arguments.quick))
    picture.draw(workloads, measured, folder / "results.png")
    print(f"written: {folder / 'RESULTS.md'}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("workloads", nargs="*", metavar="KEY", help="B1 B2 ...; all by default")
    parser.add_argument("--quick", action="store_true", help="a scaled-down smoke run")
    parser.add_argument("--repeats", type=int, help="3 by default, 1 for a quick run")
    parser.add_argument("--output", type=Path, help="folder for the report")
    return parser.parse_args()


def _default_folder(quick: bool) -> Path:
    if quick:
        return Path(tempfile.mkdtemp(prefix="sk_bp-quick-results-"))
    return Path(__file__).parent


if __name__ == "__main__":
    main()
