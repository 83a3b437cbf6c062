"""The raw figures of a run, kept beside the report so that parts can be measured anew."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from harness import Record


@dataclass
class Result:
    """One workload as it was measured, by whom and on what."""

    header: list[str]
    records: dict[str, Record]


def load(path: Path) -> dict[str, Result]:
    if not path.exists():
        return {}
    return {
        key: Result(
            stored["header"],
            {name: Record(**record) for name, record in stored["records"].items()},
        )
        for key, stored in json.loads(path.read_text()).items()
    }


def save(path: Path, results: dict[str, Result]) -> None:
    stored = {key: asdict(result) for key, result in results.items()}
    path.write_text(json.dumps(stored, indent=1) + "\n")
