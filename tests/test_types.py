"""A type checker accepts a user's script, and finds the mistakes in it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import sk_bp

FOLDER = Path(sk_bp.__file__).parent.parent  # of an editable installation, mypy must be told
SCRIPT = Path(__file__).parent / "typing" / "user_script.py"

# Where sk_bp itself leaves types open is no concern of its users.
CONFIG = """[mypy]
strict = True
[mypy-sk_bp.*]
ignore_errors = True
[mypy-sklearn.*,scipy.*,joblib.*,threadpoolctl.*]
ignore_missing_imports = True
"""


def test_mypy_accepts_a_users_script_and_finds_the_mistakes_planted_in_it(tmp_path):
    pytest.importorskip("mypy")
    config = tmp_path / "mypy.ini"
    config.write_text(CONFIG)
    command = [sys.executable, "-P", "-m", "mypy", "--config-file", config, SCRIPT]
    done = subprocess.run(
        [*command, "--cache-dir", tmp_path / "cache"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | ({} if "site-packages" in str(FOLDER) else {"MYPYPATH": str(FOLDER)}),
        check=False,
    )
    found = re.findall(r"user_script\.py:(\d+): error: .*\[([a-z-]+)\]", done.stdout)
    planted = [
        (str(number), line.partition("# error: ")[2])
        for number, line in enumerate(SCRIPT.read_text().splitlines(), 1)
        if "# error: " in line
    ]
    assert len(planted) > 5
    assert found == planted, done.stdout + done.stderr
