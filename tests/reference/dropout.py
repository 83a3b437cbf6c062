"""What dropout leaves out, by the random numbers of SplitMix64, each from its own place."""

import numpy as np

GOLDEN = 0x9E3779B97F4A7C15
_64 = 2**64 - 1


def mix(x):
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _64
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _64
    return x ^ (x >> 31)


def number(start, place):
    """The random number at a place 0, 1, ... after the start."""
    return mix((start + GOLDEN * (place + 1)) & _64)


def mask(rate, seed, layer, step, sample, n):
    """What the n inputs of a layer are multiplied by, for one sample of the batch of a step."""
    key = number(mix(seed), layer)
    start = number(number(key, step), sample)
    words = [number(start, place) for place in range((n + 1) // 2)]
    bits = [half for word in words for half in (word & 0xFFFFFFFF, word >> 32)][:n]
    return np.where(np.array(bits) >= round(rate * 2**32), 1 / (1 - rate), 0.0)


def masks(rates, seed, step, n_samples, units):
    """Those of all layers' inputs and all samples of a batch: an array for each layer."""
    return [
        np.array([mask(rate, seed, layer, step, i, n) for i in range(n_samples)])
        if rate
        else np.ones((n_samples, n))
        for layer, (rate, n) in enumerate(zip(rates, units, strict=True))
    ]
