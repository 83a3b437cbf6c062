"""Fuzz the compiled core: calls made up from bytes, some of them broken, must not crash it.

The calls are those of tests/core_calls.py. Under the sanitizers (see tools/sanitize.sh):

    tools/sanitize.sh address python tools/fuzz_binding.py --seconds 300

Bytes are drawn at random. With atheris (from PyPI) and clang, libFuzzer chooses them by what they
reach in the core:

    tools/sanitize.sh fuzz python tools/fuzz_binding.py --coverage -max_total_time=300

A crash is reported with the seed, or the file of bytes, that leads to it; ``--first SEED --seconds
0``, or the file in place of ``-max_total_time``, repeats it.
"""

import argparse
import collections
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from core_calls import Choices, make_calls


def by_chance(first: int, seconds: float) -> None:
    """Make calls from the bytes of one seed after the other, valid ones for every other seed."""
    ends: collections.Counter[str] = collections.Counter()
    start, seed = time.monotonic(), first
    while True:
        print(f"seed {seed}", end="\r", flush=True)  # the last one, if the process ends here
        choices = Choices(random.Random(seed).randbytes(400), breaks=seed % 2 == 1)
        error = make_calls(choices)
        ends[type(error).__name__ if error else "taken"] += 1
        seed += 1
        if time.monotonic() - start >= seconds:
            break
    print(f"{seed - first} calls: {dict(ends)}")


def by_coverage(arguments: list[str]) -> None:
    """Let libFuzzer choose the bytes; the arguments are its own."""
    import atheris

    def one(data: bytes) -> None:
        make_calls(Choices(data))

    atheris.Setup([sys.argv[0], *arguments], one)
    atheris.Fuzz()


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60, help="how long to go on")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--coverage", action="store_true", help="let libFuzzer choose")
    options, rest = parser.parse_known_args()
    if options.coverage:
        by_coverage(rest)
    else:
        by_chance(options.first, options.seconds)


if __name__ == "__main__":
    main()
