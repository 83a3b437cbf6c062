"""Training in two processes with Dask
===================================

No process ever holds the data as a whole, and its two workers could not: the parts take 2.6 GB, and
each worker may have 1 GB. What it cannot keep, Dask puts on the disk.

Each part is made by the worker that trains on it, from its number alone; it could as well be read
from a file. On a cluster of machines, Client gets the address of the scheduler, and the rest stays
as it is. It takes some minutes. Needs Dask: pip install ".[dask]".
"""

from time import perf_counter

import numpy as np
import scipy.sparse as sp
from example import read_options

N_COLUMNS, N_ENTRIES = 100_000, 40


def make_part(number, n_rows):
    """Sparse rows with popular and rare columns, and what they say about the class."""
    rng = np.random.default_rng(number)
    columns = (N_COLUMNS ** rng.random((n_rows, N_ENTRIES))).astype(np.int32) - 1
    votes = np.where(columns % 2 == 0, np.int8(1), np.int8(-1)) * (columns > 30)
    y = (votes.sum(axis=1) > 0).astype(int)
    values = np.ones(columns.size, np.float32)
    row_starts = np.arange(0, columns.size + 1, N_ENTRIES)
    return sp.csr_array((values, columns.ravel(), row_starts), (n_rows, N_COLUMNS)), y


def main(arguments=None):
    """Train, predict, and print what it took."""
    from dask import delayed
    from distributed import Client

    from sk_bp.dask import DaskBPClassifier

    options = read_options(__doc__, arguments, picture=False)
    n_parts, n_rows = (5, 2000) if options.short else (81, 100_000)
    parts = [delayed(make_part)(number, n_rows) for number in range(n_parts)]
    X, y = [part[0] for part in parts], [part[1] for part in parts]
    workers = {"n_workers": 2, "threads_per_worker": 1, "processes": not options.short}
    workers["memory_limit"] = 0 if options.short else "1GB"
    with Client(**workers, dashboard_address=":0") as client:
        clf = DaskBPClassifier(
            32, max_iter=5 if options.short else 2, tol=None, random_state=0, partitions_per_round=4
        )
        start = perf_counter()
        clf.fit(X[1:], y[1:])
        seconds = perf_counter() - start
        accuracy = clf.score(X[:1], y[:1])
        n_processes = len(client.nthreads())
    print(
        f"{(n_parts - 1) * n_rows:,} rows x {N_COLUMNS:,} columns in {n_parts - 1} parts: "
        f"{clf.n_iter_} epochs by {n_processes} workers in {seconds:.1f} s"
    )
    print(f"accuracy on the part that was left out: {accuracy:.3f}")
    return {"accuracy": accuracy, "losses": clf.loss_curve_}


if __name__ == "__main__":
    main()
