"""What a part of the data wants of the weights, and how such wishes are combined.

A round starts from one set of weights. Each partition trains them for some steps, and tells which
rows of the first layer it has changed. With tau_k the number of the partition's batches that
touched a row, T their sum over the partitions, and Delta_k the difference to what the row would
be if nobody had touched it, the row moves by

    psi(T) sum_k phi(tau_k) Delta_k,   phi(tau) = tau / (1 - exp(-tau / T0)),
                                       psi(T) = (1 - exp(-T / T0)) / T.

If each touch moves a row a fixed share of the way to where its partition wants it, this is where
all touches together would have taken it. Where one partition alone touched a row, it keeps its own
move; a few touches add up; of many, the mean weighted by touches is taken. The other layers count
as touched in each step.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_MOST_TOUCHES = 30.0  # T0: beyond so many, touches no longer add up
_LEAST_SHARE = (
    0.5  # of the steps of a round; so rows of every batch move 1.16 times the mean at most
)


@dataclass
class Message:
    """What one partition, or several together, want of the weights; or a part of it.

    Attributes
    ----------
    columns, touches : ndarray of int32
        Ascending columns of X whose weight rows were touched, and by how many batches.
    weights : ndarray of shape (n_columns, units of layer 1)
        The changes of these rows; or the rows themselves, where the partition was alone.
    slots : list of ndarray, shaped like weights
        The optimizer's state of these rows.
    relative : bool
        Whether weights are changes.
    n_steps : int
        Steps that were made.
    rest : ndarray or None
        The changes of all other parameters, or the parameters themselves. None in a part that
        does not hold them.
    rest_slots : list of ndarray
        Their state.
    loss, weight : float
        Mean loss before each step, and the sum of the weights of the samples.
    n_samples : int
        Samples that were seen.
    first_loss : float
        Mean loss of the first batch.
    squares : ndarray
        Mean squares of the layers' gradients; empty unless they are measured.
    """

    columns: NDArray[np.int32]
    touches: NDArray[np.int32]
    weights: Array
    slots: list[Array]
    relative: bool
    n_steps: int
    rest: Array | None = None
    rest_slots: list[Array] = field(default_factory=list)
    loss: float = 0.0
    weight: float = 0.0
    n_samples: int = 0
    first_loss: float = 0.0
    squares: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""
        rest = [] if self.rest is None else [self.rest, *self.rest_slots]
        arrays = [self.columns, self.touches, self.weights, *self.slots, *rest]
        return sum(array.nbytes for array in arrays)


@dataclass(frozen=True)
class Trouble:
    """A step of a partition that could not be made, so that its round is not applied.

    Attributes
    ----------
    partition : int
    ending : str
        The name of an `Ending`.
    detail : str
        What happened in which step.
    """

    partition: int
    ending: str
    detail: str


@dataclass(frozen=True)
class Stale:
    """The answer of a process that has not the weights which a round starts from.

    Attributes
    ----------
    places : dict of int to str
        The places in the round that are still to be trained, and the addresses of the processes.
    """

    places: dict[int, str]


def shards(n_columns: int, n_messages: int) -> list[tuple[int, int]]:
    """Ranges of columns whose changes are combined apart, so that no process gets all of them.

    Examples
    --------
    >>> from sk_bp.parallel.messages import shards
    >>> shards(10, 2)
    [(0, 5), (5, 10)]
    """
    bounds = np.linspace(0, n_columns, min(n_messages, 16, n_columns) + 1).astype(int).tolist()
    return list(pairwise(bounds))


def piece(answer: Message | Trouble | Stale, first: int, last: int) -> Message | Trouble | Stale:
    """The part of a message about columns first .. last - 1; all that has no column goes with 0."""
    if not isinstance(answer, Message):
        return answer
    a, b = np.searchsorted(answer.columns, [first, last])
    part = replace(
        answer,
        columns=answer.columns[a:b],
        touches=answer.touches[a:b],
        weights=answer.weights[a:b],
        slots=[slot[a:b] for slot in answer.slots],
    )
    return part if first == 0 else replace(part, rest=None, rest_slots=[])


def combine(n_steps: int, *answers: Message | Trouble | Stale) -> Message | Trouble | Stale:
    """What all partitions of a round want together.

    Parameters
    ----------
    n_steps : int
        Steps of the round, those of its longest partition.
    *answers : Message, Trouble or Stale
        One from each partition, in the order of their places in the round; the same parts.

    Returns
    -------
    combined : Message, Trouble or Stale
        Trouble, or else Stale, if an answer is.
    """
    stale = [answer for answer in answers if isinstance(answer, Stale)]
    if stale:
        return Stale({place: at for one in stale for place, at in one.places.items()})
    for answer in answers:
        if isinstance(answer, Trouble):
            return answer
    messages: list[Message] = [answer for answer in answers if isinstance(answer, Message)]
    if not messages[0].relative:
        return replace(messages[0], n_steps=n_steps)
    most = min(_MOST_TOUCHES, _LEAST_SHARE * n_steps)
    combined = _combined_rows(messages, most, n_steps)
    if messages[0].rest is not None:
        _add_rest(combined, messages, most)
    return combined


def _factors(touches: Any, total: Any, most: float) -> Any:
    """phi(touches) psi(total)."""
    own = touches / -np.expm1(-touches / most)
    return np.where(touches == total, 1.0, own * -np.expm1(-total / most) / total)


def _combined_rows(messages: Sequence[Message], most: float, n_steps: int) -> Message:
    """The rows of the first layer."""
    columns = np.unique(np.concatenate([m.columns for m in messages]))
    shape, dtype = (len(columns), messages[0].weights.shape[1]), messages[0].weights.dtype
    weights = np.zeros(shape, dtype)
    slots = [np.zeros(shape, dtype) for _ in messages[0].slots]
    total = np.zeros(len(columns))
    places = [np.searchsorted(columns, m.columns) for m in messages]
    for m, at in zip(messages, places, strict=True):
        total[at] += m.touches
    for m, at in zip(messages, places, strict=True):
        factors = _factors(m.touches, total[at], most)[:, None].astype(dtype)
        weights[at] += factors * m.weights
        shares = (m.touches / total[at])[:, None].astype(dtype)
        for slot, own in zip(slots, m.slots, strict=True):
            slot[at] += shares * own
    return Message(columns, total.astype(np.int32), weights, slots, True, n_steps)


def _add_rest(combined: Message, messages: Sequence[Message], most: float) -> None:
    """All other parameters, which each step touches, and what is told of the samples."""
    rests = [(m.rest, m) for m in messages if m.rest is not None]
    dtype = combined.weights.dtype
    total = float(sum(m.n_steps for m in messages))
    combined.rest = np.zeros_like(rests[0][0])
    combined.rest_slots = [np.zeros_like(slot) for slot in messages[0].rest_slots]
    for rest, m in rests:
        combined.rest += dtype.type(_factors(float(m.n_steps), total, most)) * rest
        for slot, own in zip(combined.rest_slots, m.rest_slots, strict=True):
            slot += dtype.type(m.n_steps / total) * own
    weight = sum(m.weight for m in messages)
    combined.loss = sum(m.loss * (m.weight / weight) for m in messages)
    combined.weight = weight
    combined.n_samples = sum(m.n_samples for m in messages)
    combined.first_loss = float(np.mean([m.first_loss for m in messages]))
    combined.squares = np.mean([m.squares for m in messages], axis=0)
