"""What was measured of each fit, in a file, so that nothing is fitted twice."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from data import cache_folder

Result = TypeVar("Result")


class Fits:
    """Lists of numbers by key, kept as lines of JSON.

    The key must say everything that the numbers depend on; after a change of the library itself,
    start with `fresh`.
    """

    def __init__(self, name: str, *, fresh: bool = False):
        self._path = cache_folder() / f"{name}.jsonl"
        if fresh:
            self._path.unlink(missing_ok=True)
        self._known: dict[tuple[Hashable, ...], list[float]] = {}
        if self._path.exists():
            for line in self._path.read_text().splitlines():
                key, numbers = json.loads(line)
                self._known[tuple(key)] = numbers

    def remembered(
        self, key: tuple[Hashable, ...], measure: Callable[[], Sequence[float]]
    ) -> list[float]:
        """The numbers of this key, measured if they are not known."""
        if key not in self._known:
            self._known[key] = [float(number) for number in measure()]
            with self._path.open("a") as file:
                file.write(json.dumps([key, self._known[key]]) + "\n")
        return self._known[key]

    @staticmethod
    def timed(fit: Callable[[], Result]) -> tuple[Result, float]:
        """What `fit` returns, and the seconds of processor time that it took."""
        start = time.process_time()
        result = fit()
        return result, time.process_time() - start
