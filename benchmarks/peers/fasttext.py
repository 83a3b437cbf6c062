"""fastText's command line: a linear classifier over averaged embeddings, in C++.

It reads words, not numbers: every stored entry is one word, its value is lost. Its training
time is taken from the words per second that it prints, which begin after the file was read
and the dictionary made, and end before the model is saved.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

import measure
import numpy as np

EPOCHS_TIMED = 3
N_THREADS = 2
LEARNING_RATE = 2.0


def figures(X, y, dim: int, text: Path) -> dict[str, float]:
    """Seconds per epoch, and the loss after one epoch."""
    if not text.exists():
        write_text(X, y, text)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        epoch_seconds = train(text, folder, dim, EPOCHS_TIMED, X) / EPOCHS_TIMED
        train(text, folder, dim, 1, X)
        loss = training_loss(text, folder, y)
    return {"epoch_seconds": epoch_seconds, "loss": loss}


def write_text(X, y, path: Path) -> None:
    """One line a row: its label, then the numbers of its columns as words."""
    words = X.indices.astype(str)
    with path.open("w") as file:
        for row, label in enumerate(y):
            line = " ".join(words[X.indptr[row] : X.indptr[row + 1]])
            file.write(f"__label__{label} {line}\n")


def train(text: Path, folder: Path, dim: int, epochs: int, X) -> float:
    """Train, keep the model as `folder`/model.bin, return the seconds of training."""
    vectors = folder / "model.vec"  # would be gigabytes of text that nobody reads
    vectors.unlink(missing_ok=True)
    vectors.symlink_to("/dev/null")
    options = {
        "-input": text,
        "-output": folder / "model",
        "-dim": dim,
        "-epoch": epochs,
        "-lr": LEARNING_RATE,
        "-wordNgrams": 1,
        "-thread": N_THREADS,
    }
    arguments = [str(part) for option in options.items() for part in option]
    run = subprocess.run(
        ["fasttext", "supervised", *arguments], capture_output=True, text=True, check=True
    )
    rate = int(re.findall(r"words/sec/thread:\s*(\d+)", run.stderr)[-1])
    words = X.nnz + 2 * X.shape[0]  # the label and the end of the line count as words
    return epochs * words / (rate * N_THREADS)


def training_loss(text: Path, folder: Path, y) -> float:
    """The same mean cross-entropy as for the others."""
    head = folder / "head.txt"
    with text.open() as lines, head.open("w") as file:
        file.writelines(line for line, _ in zip(lines, range(measure.LOSS_ROWS), strict=False))
    classes = np.unique(y)
    run = subprocess.run(
        ["fasttext", "predict-prob", folder / "model.bin", head, str(len(classes))],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = run.stdout.splitlines()
    probabilities = np.array([_probabilities(line, classes) for line in lines])
    return measure.cross_entropy(probabilities, classes, y[: len(lines)])


def _probabilities(line: str, classes) -> list[float]:
    words = line.split()
    found = dict(zip(words[::2], map(float, words[1::2]), strict=True))
    return [found.get(f"__label__{label}", 0.0) for label in classes]
