"""Workers that die while they train a partition: counted, whatever task they died in."""

from collections import Counter
from typing import Any

import dask.config
from distributed import Client


def training_key(fit_id: str, version: int, partition: int, attempt: int) -> str:
    """The key of the task that trains a partition in a round.

    Examples
    --------
    >>> from sk_bp.dask.deaths import training_key
    >>> training_key("fit", 3, 5, 0)
    'fit-train-3-5-0'
    """
    return f"{fit_id}-train-{version}-{partition}-{attempt}"


class Deaths:
    """Counts the workers that died while they had to train the partitions of a round.

    Dask counts them by task, but what is tried again with other weights is another task, and so a
    partition that is too large for its workers would be tried for ever. The scheduler's log of
    events tells which tasks a worker had when it died.

    Parameters
    ----------
    client : distributed.Client
    fit_id : str
    version : int
        Of the weights that the round starts from.
    """

    def __init__(self, client: Client, fit_id: str, version: int) -> None:
        self._client = client
        self._prefix = f"{fit_id}-train-{version}-"

    def by_partition(self) -> Counter[int]:
        """How many workers died while they had a task of each partition."""
        found: Counter[int] = Counter()
        for _, event in self._client.get_events("all"):
            if _is_death(event):
                found.update(self._partitions(event["processing-tasks"]))
        return found

    def _partitions(self, keys: set[str]) -> set[int]:
        ours = [key for key in keys if isinstance(key, str) and key.startswith(self._prefix)]
        return {int(key.removeprefix(self._prefix).partition("-")[0]) for key in ours}

    def suspects(self) -> tuple[int, list[int]]:
        """The largest number of deaths, and the partitions that have it."""
        found = self.by_partition()
        most = max(found.values(), default=0)
        return most, sorted(k for k, n in found.items() if n == most)

    def are_too_many(self) -> bool:
        """Whether a partition has more than Dask allows a task."""
        return self.suspects()[0] > dask.config.get("distributed.scheduler.allowed-failures")


def _is_death(event: Any) -> bool:
    """Whether a worker was lost that nobody had told to leave."""
    removed = isinstance(event, dict) and event.get("action") == "remove-worker"
    return removed and not event["expected"]
