"""Partitions on the workers of a Dask cluster.

A task of Dask is a pure function here, so that Dask may run it again elsewhere when a worker dies.
What a process holds besides, its copy of the weights, it can be given again: see `Stale`.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import Any

import numpy as np
from distributed import Client, Future, KilledWorker, get_client, get_worker, worker_client
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from sk_bp.dask.deaths import Deaths, training_key
from sk_bp.losses import TaskLoss
from sk_bp.parallel.fitting import PartsEngine
from sk_bp.parallel.messages import Message, Stale, Trouble, combine, piece, shards
from sk_bp.parallel.parts import Look, look, pick, prepare, units
from sk_bp.parallel.replica import Replica, Round, Snapshot, Spec
from sk_bp.parallel.worker import forget, train
from sk_bp.samples import Samples
from sk_bp.scaling import Scaling
from sk_bp.targets import Targets

Array = NDArray[Any]

_ROUNDS_OF_HISTORY = 10  # after which the driver itself hands out the change
_MOST_ATTEMPTS = 20  # to make a round, or to hand out weights
_SECONDS_FOR_A_WORKER = 300  # that a cluster without workers is waited for


@contextmanager
def client_for(client: Client | None) -> Iterator[Client]:
    """The client to use: this one, that of the task that we are in, or the latest one.

    Raises
    ------
    ValueError
        If there is none.
    """
    if client is not None:
        yield client
        return
    if _is_inside_a_task():
        with worker_client() as own:
            yield own
    else:
        yield _latest_client()


def _is_inside_a_task() -> bool:
    try:
        get_worker()
    except ValueError:
        return False
    return True


def _latest_client() -> Client:
    client = client_if_any()
    if client is None:
        raise ValueError(
            "there is no Dask client: make one first, by client = distributed.Client() on this "
            "machine or distributed.Client(address) on a cluster, or pass client="
        )
    return client


def client_if_any() -> Client | None:
    """The latest client, or that of the task that we are in; None if there is none."""
    try:
        return get_client()
    except ValueError:
        return None


class DaskEngine(PartsEngine):
    """Trains partitions on a cluster.

    Parameters
    ----------
    client : distributed.Client
    parts : list of list
        The partitions of X, of y, and perhaps of sample_weight: delayed objects or futures.
    """

    def __init__(self, client: Client, parts: list[list[Any]]) -> None:
        self.client = client
        flat = client.compute([value for values in parts for value in values], sync=False)
        n = len(parts[0])
        self._parts = [flat[k::n] for k in range(n)]
        self._units: Any = None
        self._samples: list[Future] = []
        self._news: tuple[Round, list[Future]] | None = None
        self._fit_id = ""

    @property
    def n_processes(self) -> int:
        return len(self.client.nthreads())

    def looks(self, estimator: Any) -> list[Look]:
        submit = self.client.submit
        found = [submit(look, estimator, *part, pure=False) for part in self._parts]
        return self.client.gather(found)

    def units(
        self,
        estimator: Any,
        targets: Targets,
        factors: list[Array] | None,
        rows: Mapping[int, NDArray[np.integer]],
        loss: TaskLoss,
        scales_y: bool,
    ) -> Scaling | None:
        submit, given = self.client.submit, (estimator, targets, factors)
        picked = [
            submit(_prepare_and_pick, which, *given, *self._parts[k], pure=False)
            for k, which in rows.items()
        ]
        self._units = submit(units, loss, scales_y, picked, pure=False)
        return self._units.result()

    def start(self, spec: Spec, factors: list[Array] | None, numbers: Sequence[int]) -> None:
        self._fit_id = spec.fit_id
        self._numbers = numbers
        self._n_features = spec.n_features
        given = spec.estimator, spec.targets, factors, self._units
        submit = self.client.submit
        self._samples = [
            submit(prepare, *given, *self._parts[k], key=f"{spec.fit_id}-samples-{k}")
            for k in numbers
        ]
        self._parts = []  # what was prepared takes their place
        spec.scaling = None  # the processes get prepared samples
        self._spec = submit(_same, spec, key=f"{spec.fit_id}-spec")

    def change(
        self, round: Round, partitions: Sequence[int], truth: Replica
    ) -> list[Message] | Trouble:
        deaths = Deaths(self.client, self._fit_id, round.version)
        places: dict[int, str | None] = dict.fromkeys(range(len(partitions)))
        futures: dict[int, Future] = {}
        base: Any = None
        for attempt in range(_MOST_ATTEMPTS):
            for place, address in places.items():
                futures[place] = self._submit(round, partitions, place, base, address, attempt)
            combined = self._combined(round, [futures[k] for k in sorted(futures)], attempt)
            try:
                change = self.client.gather(combined, direct=True)
            except KilledWorker as error:
                raise self._error_of_deaths(deaths) from error
            except CancelledError:  # what the driver has handed out is lost
                self._check_that_parts_exist(partitions)
                self._news, places = None, dict.fromkeys(range(len(partitions)))
            else:
                # some ranges may have been combined before a worker died, and others after that
                stale = [part for part in change if isinstance(part, Stale)]
                if not stale:
                    return self._accepted(round, change, combined)
                places = {place: at for one in stale for place, at in one.places.items()}
            if deaths.are_too_many():
                raise self._error_of_deaths(deaths)
            base = self._handed_out(truth.snapshot())
        raise RuntimeError(
            f"round {round.version} could not be made in {_MOST_ATTEMPTS} attempts, because "
            "workers came and went faster than they could be given the weights"
        )

    def _error_of_deaths(self, deaths: Deaths) -> RuntimeError:
        n_deaths, suspects = deaths.suspects()
        numbers = ", ".join(str(self._numbers[k]) for k in suspects)
        which = f"partition {numbers}" if len(suspects) == 1 else f"one of the partitions {numbers}"
        return RuntimeError(
            f"{n_deaths} workers died while they trained {which} of X and y. It may need more "
            "memory than a worker has: cut X and y into smaller partitions, or give the workers "
            "more memory. The log of a worker may tell why it died"
        )

    def _check_that_parts_exist(self, partitions: Sequence[int]) -> None:
        """Raise RuntimeError if data were lost with a worker, and nobody can make them again."""
        for k in partitions:
            if self._samples[k].cancelled():
                raise RuntimeError(
                    f"partition {self._numbers[k]} of X and y was lost with a worker, and cannot "
                    "be computed again, because it was handed out by client.scatter or its future "
                    "was cancelled; give delayed objects or a collection of Dask instead"
                )

    def close(self) -> None:
        self._samples, self._news, self._units, self._parts = [], None, None, []
        if self._fit_id and self.client.status == "running":
            self.client.run(_forget, self._fit_id, wait=False, on_error="ignore")

    def _handed_out(self, value: Any) -> Future:
        """The value, held by a worker; another one is tried if a worker dies meanwhile."""
        for attempt in range(_MOST_ATTEMPTS):
            self.client.wait_for_workers(1, timeout=_SECONDS_FOR_A_WORKER)
            try:
                return self.client.scatter(value, hash=False)
            except OSError:  # of the connection to a worker
                if attempt + 1 == _MOST_ATTEMPTS:
                    raise
        raise AssertionError

    def _submit(
        self,
        round: Round,
        partitions: Sequence[int],
        place: int,
        base: Any,
        address: str | None,
        attempt: int,
    ) -> Future:
        """Let a partition be trained, where possible by the process at an address."""
        number = partitions[place]
        return self.client.submit(
            _train,
            self._spec,
            round,
            self._news,
            base,
            place,
            number,
            self._samples[number],
            key=training_key(self._fit_id, round.version, number, attempt),
            workers=[address] if address else None,
            allow_other_workers=bool(address),
        )

    def _combined(self, round: Round, answers: list[Future], attempt: int) -> list[Future]:
        """The answers, combined in ranges of columns."""
        name = f"{self._fit_id}-%s-{round.version}-{attempt}"
        ranges = shards(self._n_features, len(answers))
        submit = self.client.submit
        if len(ranges) == 1:
            return [submit(combine, round.n_steps, *answers, key=name % "combine")]
        return [
            submit(
                combine,
                round.n_steps,
                *[
                    submit(piece, answer, first, last, key=f"{name % 'piece'}-{i}-{place}")
                    for place, answer in enumerate(answers)
                ],
                key=f"{name % 'combine'}-{i}",
            )
            for i, (first, last) in enumerate(ranges)
        ]

    def _accepted(
        self, round: Round, change: list[Any], combined: list[Future]
    ) -> list[Message] | Trouble:
        for part in change:
            if isinstance(part, Trouble):
                return part
        if round.version % _ROUNDS_OF_HISTORY == 0:
            combined = [self._handed_out(part) for part in change]
        self._news = round, combined
        return change


async def _forget(fit_id: str) -> None:  # a coroutine: nobody waits for it
    forget(fit_id)


def _same(value: Any) -> Any:
    return value


def _prepare_and_pick(
    rows: NDArray[np.integer], estimator: Any, targets: Targets, factors: Any, *part: Any
) -> Samples:
    return pick(prepare(estimator, targets, factors, None, *part), rows)


def _train(
    spec: Spec,
    round: Round,
    news: tuple[Round, list[Any]] | None,
    base: Snapshot | None,
    place: int,
    partition: int,
    samples: Samples,
) -> Message | Trouble | Stale:
    """Train on a partition, with as many threads of the core as the worker has."""
    worker = get_worker()
    with threadpool_limits(worker.state.nthreads, user_api="openmp"):
        return train(spec, round, news, base, place, partition, samples, worker.address)
