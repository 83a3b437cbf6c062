"""What all contestants of a workload share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Setting:
    """One network and one way to train it, equal for every contestant."""

    hidden: tuple[int, ...]
    batch_size: int
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    alpha: float = 1e-4
    shuffle: bool = True
