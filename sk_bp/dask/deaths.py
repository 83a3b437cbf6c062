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
        prefix = self._prefix

        def keys_of_deaths(dask_scheduler: Any = None) -> list[str]:
            """Keys of the round's tasks that workers had when they died.

            It runs on the scheduler, because not all events can be sent, and because it is nested,
            it is sent itself: the scheduler need not import this module.
            """
            return [
                key
                for _, event in dask_scheduler.get_events("all")
                if isinstance(event, dict)
                and event.get("action") == "remove-worker"
                and not event["expected"]  # nobody had told the worker to leave
                for key in event["processing-tasks"]
                if isinstance(key, str) and key.startswith(prefix)
            ]

        keys = self._client.run_on_scheduler(keys_of_deaths)
        return Counter(int(key.removeprefix(prefix).partition("-")[0]) for key in keys)

    def suspects(self) -> tuple[int, list[int]]:
        """The largest number of deaths, and the partitions that have it."""
        found = self.by_partition()
        most = max(found.values(), default=0)
        return most, sorted(k for k, n in found.items() if n == most)

    def are_too_many(self) -> bool:
        """Whether a partition has more than Dask allows a task."""
        return self.suspects()[0] > dask.config.get("distributed.scheduler.allowed-failures")
