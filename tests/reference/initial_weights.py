"""Random numbers of mean 0 and deviation 1, as the initial weights of a layer are drawn."""

import numpy as np

from reference.dropout import number

_HALF = 2.0**31


def halves(start, n):
    """The two halves of n random words after the start, as integers with a sign."""
    words = np.array([number(start, k) for k in range(n)], dtype=np.uint64)
    low, high = words & np.uint64(0xFFFFFFFF), words >> np.uint64(32)
    return (half.astype(np.uint32).astype(np.int32) for half in (low, high))


def uniform(start, n):
    """The first n numbers of the uniform distribution."""
    low, high = halves(start, (n + 1) // 2)
    return np.sqrt(3) * np.column_stack([low, high]).astype(np.float32).ravel()[:n] / _HALF


def normal(start, n):
    """The first n numbers of the normal distribution, by the method of Box and Muller.

    The point of a word lies in the quarter around one of the four half axes that its last two bits
    choose; a number that is turned into float32 keeps 24 bits.
    """
    low, high = halves(start, (n + 1) // 2)
    u = (low.view(np.uint32) >> 1).astype(np.float32) + np.float32(0.5)
    angle = (high & ~3).astype(np.float32).astype(float) * np.pi / 4 / _HALF
    distance = np.sqrt(-2 * np.log(u.astype(float) / _HALF)) * np.where(high & 1, -1, 1)
    angle = np.where(high & 2, np.pi / 2 - angle, angle)
    return (distance * [np.cos(angle), np.sin(angle)]).T.ravel()[:n]
