"""What the parameters that are left to the package stand for in `fit`.

They were chosen together, on tables, text and images; docs/defaults.md has the measurements. They
depend on the number of samples, the share of values that are not zero, and the optimizer; never on
how X is stored.
"""

_STEPS, _FEWEST_EPOCHS, _MOST_EPOCHS = 2500, 20, 100
_STEPS_IF_SPARSE, _FEWEST_EPOCHS_IF_SPARSE = 500, 12
SPARSE = 0.05  # share of values that are not zero, below which data counts as sparse
_SMALLEST_BATCH, _LARGER_BATCH, _LARGEST_BATCH = 32, 64, 256
L2_PENALTY, DECAY_OF_STREAM = 1e-4, 1e-4
_RATE = 0.01


def batch_size_for(n_samples: int) -> int:
    """Samples in a batch: n / 20, at least 32 and at most 64; of many samples n / 200, up to 256.

    Parameters
    ----------
    n_samples : int

    Returns
    -------
    batch_size : int

    Examples
    --------
    >>> from sk_bp.defaults import batch_size_for
    >>> [batch_size_for(n) for n in (10, 100, 1000, 10_000, 40_000, 1_000_000)]
    [10, 32, 50, 64, 200, 256]
    """
    small = min(max(n_samples // 20, _SMALLEST_BATCH), _LARGER_BATCH)
    return min(max(small, min(n_samples // 200, _LARGEST_BATCH)), n_samples)


def max_iter_for(steps_per_epoch: int, density: float) -> int:
    """Epochs of a fit: as many as make 2,500 steps, at least 20 and at most 100.

    On mostly zero data, such as text, as many as make 500 steps, but at least 12.

    Parameters
    ----------
    steps_per_epoch : int
    density : float
        The share of values that are not zero.

    Returns
    -------
    max_iter : int

    Examples
    --------
    >>> from sk_bp.defaults import max_iter_for
    >>> [max_iter_for(steps, 0.5) for steps in (1, 50, 1000)]
    [100, 50, 20]
    >>> max_iter_for(50, 0.001)
    12
    """
    steps, fewest = _STEPS, _FEWEST_EPOCHS
    if density < SPARSE:
        steps, fewest = _STEPS_IF_SPARSE, _FEWEST_EPOCHS_IF_SPARSE
    return min(max(round(steps / steps_per_epoch), fewest), _MOST_EPOCHS)


def weight_decay_for(n_samples: int, density: float, rate: float) -> float:
    """Strength of the decoupled weight decay of adaptive rules.

    At a rate of 0.01 the decay is 300 / n, at least 0.1 and at most 1, and none on mostly zero
    data, where it would shrink the weights of rare columns. At another rate it is as much more or
    less, so that a step decays the weights alike.

    Parameters
    ----------
    n_samples : int
    density : float
        The share of values that are not zero.
    rate : float
        The rate that the decay is multiplied by, at most.

    Returns
    -------
    weight_decay : float

    Examples
    --------
    >>> from sk_bp.defaults import weight_decay_for
    >>> [weight_decay_for(n, 1.0, 0.01) for n in (500, 5000)]
    [0.6, 0.1]
    >>> weight_decay_for(5000, 0.001, 0.01)
    0.0
    """
    if density < SPARSE:
        return 0.0
    return min(max(300 / n_samples, 0.1), 1.0) * (_RATE / rate)
