"""A partition's part of a round, as any process can make it."""

import threading
import time
from typing import Any

from sk_bp.parallel.messages import Message, Stale, Trouble
from sk_bp.parallel.replica import Replica, Round, Snapshot, Spec
from sk_bp.samples import Samples
from sk_bp.threads import single_threaded_blas

_MOST_IDLE = 600.0  # seconds after which another fit's copy of the weights is dropped

_replicas: dict[str, tuple[Replica, float]] = {}
_lock = threading.Lock()


def train(
    spec: Spec,
    round: Round,
    news: tuple[Round, list[Any]] | None,
    base: Snapshot | None,
    place: int,
    partition: int,
    samples: Samples,
    address: str = "",
) -> Message | Trouble | Stale:
    """Train on a partition from the weights of a version.

    The result depends on the version of the weights, the partition and the seed alone, not on the
    process. The process keeps its copy of the weights from round to round.

    Parameters
    ----------
    spec : Spec
        Of the fit.
    round : Round
    news : (Round, list of Message) or None
        The round before and its change, which is applied first where it is still to be applied.
    base : Snapshot or None
        The weights of this version, for a process that has others.
    place : int
        Of the partition in the round.
    partition : int
        Its number.
    samples : Samples
        The partition.
    address : str, default=""
        Of this process, for the answer `Stale`.

    Returns
    -------
    answer : Message, Trouble or Stale
        Stale, if there is no base and the process has no weights of this version or the one before.
    """
    with single_threaded_blas(), _replica_of(spec).lock:
        replica = _replica_of(spec)
        if replica.version != round.version and base is not None:
            replica = _replaced(spec, base)
        if news is not None and replica.version == round.version - 1:
            before, change = news
            if all(isinstance(part, Message) for part in change):
                replica.apply(before, change)
        if replica.version != round.version:
            return Stale({place: address})
        return replica.train(round, partition, samples)


def forget(fit_id: str) -> None:
    """Drop the copy of the weights that this process keeps for a fit."""
    with _lock:
        _replicas.pop(fit_id, None)


def _replica_of(spec: Spec) -> Replica:
    """The copy of the weights that this process keeps."""
    now = time.monotonic()
    with _lock:
        if spec.fit_id not in _replicas:
            for fit_id, (_, used) in list(_replicas.items()):
                if now - used > _MOST_IDLE:
                    del _replicas[fit_id]
            _replicas[spec.fit_id] = spec.first_replica(), now
        replica = _replicas[spec.fit_id][0]
        _replicas[spec.fit_id] = replica, now
        return replica


def _replaced(spec: Spec, base: Snapshot) -> Replica:
    """The same copy, made anew; the lock of the old one is held."""
    with _lock:
        old = _replicas.pop(spec.fit_id)[0]
    replica = Replica.of(base, spec)
    replica.lock = old.lock  # of all who wait for it
    with _lock:
        _replicas[spec.fit_id] = replica, time.monotonic()
    return replica
