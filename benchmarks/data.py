"""The data of the workloads: a planted sparse generator, digits and Fashion-MNIST.

Everything is float32, cached between runs in the system's folder for temporary files, and
made outside every timed part.
"""

from __future__ import annotations

import gzip
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse

N_CLASSES = 50
ENTRIES_PER_ROW = 100
TOPICAL_SHARE = 0.2
PIECE_ROWS = 10_000
FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")


def cache_folder() -> Path:
    """Where generated data are kept; SK_BP_BENCHMARK_CACHE chooses another place."""
    default = Path(tempfile.gettempdir()) / "sk_bp-benchmark-data"
    folder = Path(os.environ.get("SK_BP_BENCHMARK_CACHE", default))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def planted_sparse(n_rows: int, n_columns: int, seed: int = 0):
    """Rows like tf-idf documents, with labels that can be learned.

    Each row draws columns whose popularity is Zipf(1.0): the column of rank r comes with
    probability proportional to 1 / r. Ranks fall into blocks of `N_CLASSES`; a draw is topical
    with probability `TOPICAL_SHARE`, and then lands on the one column of its block that carries
    the class of the row. The first block has no topics: it plays the stop words. Columns drawn
    more than once are one entry, (1 + log count) * log(1 / probability), each row has length 1,
    and ranks are scattered over the columns, so popular columns are no neighbours.

    Returns
    -------
    X : csr_matrix of shape (n_rows, n_columns), float32, about 100 stored entries a row
    y : ndarray of shape (n_rows,), int32, `N_CLASSES` classes
    """
    shape = n_rows, n_columns
    name = f"planted-{n_rows}x{n_columns}-seed{seed}"
    return _cached_sparse(name, shape, lambda: _planted_pieces(*shape, seed))


def spread(X, n_columns: int, rows_per_batch: int, seed: int = 0):
    """The same entries in a wider matrix, each batch in columns of its own.

    Column j of `X` becomes a stripe of n_columns / X.shape[1] columns, and every batch of
    `rows_per_batch` rows picks one column of each stripe at random. A batch keeps its entries
    and its number of distinct columns; different batches touch different columns.
    """
    stripe = n_columns // X.shape[1]
    rng = np.random.default_rng(seed)
    indices = X.indices.astype(np.int64) * stripe
    for first in range(0, X.shape[0], rows_per_batch):
        last = min(first + rows_per_batch, X.shape[0])
        entries = slice(X.indptr[first], X.indptr[last])
        indices[entries] += rng.integers(stripe, size=X.shape[1])[X.indices[entries]]
    return sparse.csr_matrix(
        (X.data, indices.astype(np.int32), X.indptr), shape=(X.shape[0], n_columns)
    )


def digits():
    """scikit-learn's digits, 1,797 x 64, in [0, 1]."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return (X / 16).astype(np.float32), y


def fashion_mnist(n_rows: int | None = None, part: str = "train"):
    """Images of Fashion-MNIST, 784 values in [0, 1]: 60,000 to train, 10,000 to test ("t10k").

    They come from Debian's package dataset-fashion-mnist; SK_BP_FASHION_MNIST names another
    folder with the same files.
    """
    folder = Path(os.environ.get("SK_BP_FASHION_MNIST", FASHION_MNIST))
    if not folder.is_dir():
        raise FileNotFoundError("Fashion-MNIST is missing: apt-get install dataset-fashion-mnist")
    images = _idx(folder / f"{part}-images-idx3-ubyte.gz", header=16).reshape(-1, 784)
    labels = _idx(folder / f"{part}-labels-idx1-ubyte.gz", header=8)
    return (images[:n_rows] / np.float32(255)).astype(np.float32), labels[:n_rows].astype(np.int32)


def _idx(path: Path, header: int):
    with gzip.open(path) as file:
        return np.frombuffer(file.read(), dtype=np.uint8, offset=header)


def _cached_sparse(name: str, shape, make_pieces):
    folder = cache_folder() / name
    if not folder.is_dir():
        _write_pieces(folder, make_pieces())
    data, indices, indptr, y = (
        np.load(folder / f"{part}.npy") for part in ("data", "indices", "indptr", "y")
    )
    X = sparse.csr_matrix((data, indices, indptr), shape=shape, copy=False)
    X.has_sorted_indices = X.has_canonical_format = True
    return X, y


def _write_pieces(folder: Path, pieces) -> None:
    """Join the pieces and store them; the folder appears only when it is complete."""
    data, indices, lengths, labels = zip(*pieces, strict=True)
    unfinished = Path(tempfile.mkdtemp(dir=folder.parent))
    np.save(unfinished / "data.npy", np.concatenate(data))
    np.save(unfinished / "indices.npy", np.concatenate(indices))
    indptr = np.concatenate([[0], np.cumsum(np.concatenate(lengths))])
    np.save(unfinished / "indptr.npy", indptr.astype(np.int32))
    np.save(unfinished / "y.npy", np.concatenate(labels))
    unfinished.rename(folder)


@dataclass(frozen=True)
class _Columns:
    """What a draw needs to know about the columns, by rank unless said."""

    cumulative: np.ndarray  # probability of this rank or a lower one
    place: np.ndarray  # the column of a rank, a fixed permutation
    rarity: np.ndarray  # log(1 / probability), by column
    draws: int  # in a row


def _columns(n_columns: int) -> _Columns:
    probabilities = 1 / np.arange(1, n_columns + 1)
    probabilities /= probabilities.sum()
    place = np.random.default_rng(n_columns).permutation(n_columns).astype(np.int32)
    rarity = np.empty(n_columns)
    rarity[place] = -np.log(probabilities)
    draws = _draws_for(ENTRIES_PER_ROW, probabilities)
    return _Columns(np.cumsum(probabilities), place, rarity, draws)


def _draws_for(entries: int, probabilities) -> int:
    """How many draws give so many distinct columns on average."""
    draws = entries
    while np.sum(1 - np.exp(-draws * probabilities)) < entries:
        draws += 1
    return draws


def _planted_pieces(n_rows: int, n_columns: int, seed: int):
    columns = _columns(n_columns)
    for piece, first in enumerate(range(0, n_rows, PIECE_ROWS)):
        rng = np.random.default_rng([seed, piece])
        yield _planted_piece(rng, min(PIECE_ROWS, n_rows - first), columns)


def _planted_piece(rng, n_rows: int, columns: _Columns):
    """Values, columns, lengths and labels of some rows."""
    labels = rng.integers(N_CLASSES, size=n_rows, dtype=np.int32)
    drawn = np.sort(columns.place[_ranks(rng, labels, columns)], axis=1)
    is_entry = np.ones(drawn.shape, dtype=bool)
    is_entry[:, 1:] = drawn[:, 1:] != drawn[:, :-1]
    lengths = is_entry.sum(axis=1)
    indices = drawn[is_entry]
    counts = np.diff(np.append(np.flatnonzero(is_entry), drawn.size))
    values = (1 + np.log(counts)) * columns.rarity[indices]
    squares = np.add.reduceat(values**2, np.cumsum(lengths) - lengths)
    values /= np.repeat(np.sqrt(squares), lengths)
    return values.astype(np.float32), indices, lengths, labels


def _ranks(rng, labels, columns: _Columns):
    """The draws of each row: most by popularity alone, some moved to the column of the class."""
    shape = len(labels), columns.draws
    last = len(columns.cumulative) - 1
    ranks = np.minimum(np.searchsorted(columns.cumulative, rng.random(shape)), last)
    block = ranks - ranks % N_CLASSES
    is_topical = rng.random(shape, dtype=np.float32) < TOPICAL_SHARE
    is_topical &= (block > 0) & (block + N_CLASSES <= len(columns.cumulative))
    return np.where(is_topical, block + labels[:, np.newaxis], ranks)
