"""Distributions of the initial weights.

==============  ============  ==================================================
name            distribution  spread
==============  ============  ==================================================
glorot_uniform  uniform       bound sqrt(6 / (fan_in + fan_out))
glorot_normal   normal        deviation sqrt(2 / (fan_in + fan_out))
he_uniform      uniform       bound sqrt(6 / fan_in)
he_normal       normal        deviation sqrt(2 / fan_in)
lecun_uniform   uniform       bound sqrt(3 / fan_in)
lecun_normal    normal        deviation sqrt(1 / fan_in)
orthogonal      orthogonal    columns (or rows, if they are fewer) of length 1,
                              orthogonal to each other; times sqrt(2) before relu
                              and all other activations that He's weights suit
==============  ============  ==================================================

"data" and given weights are in `sk_bp.initial_weights`.
fan_in and fan_out are the numbers of a layer's inputs and outputs. Biases start at zero. Making m
vectors of length n orthogonal takes about 2 m² n multiplications: for a million features and a
hundred units as long as a few epochs of wide sparse text, and no memory beyond the weights.

The compiled core draws the numbers in all its threads. Each is a function of the seed, the layer
and the place in the layer (SplitMix64; normal numbers by the method of Box and Muller), so a seed
gives the same weights for any number of threads and on any processor.

References
----------
Glorot & Bengio, Understanding the difficulty of training deep feedforward neural networks,
AISTATS 2010. He et al., Delving deep into rectifiers, ICCV 2015. LeCun, Bottou, Orr & Müller,
Efficient backprop, 1998. Saxe, McClelland & Ganguli, Exact solutions to the nonlinear dynamics of
learning in deep linear neural networks, ICLR 2014. Steele, Lea & Flood, Fast splittable
pseudorandom number generators, OOPSLA 2014. Box & Muller, A note on the generation of random normal
deviates, Annals of Mathematical Statistics 1958.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr, solve_triangular

from sk_bp._core import _core

_SLICE = 2**25  # numbers between two looks at the keyboard: some hundredths of a second
_BLOCK = 2**17  # numbers that fit into a cache
_FAR_FROM_SQUARE = (
    8  # from this ratio of its sides on, the columns of a random matrix condition well
)


@dataclass(frozen=True)
class Initializer:
    """Draws a layer's weights with a variance that depends on its size.

    Parameters
    ----------
    normal : bool
        Normal distribution, or uniform.
    gain : float
        The variance is gain / fan_in (He: 2, LeCun: 1).
    count_outputs : bool, default=False
        Whether it is gain / (fan_in + fan_out) instead (Glorot: 2).

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp.initializers import INITIALIZERS
    >>> W = np.empty((30, 20), dtype=np.float32)
    >>> INITIALIZERS["glorot_uniform"].fill(W, start=0)
    >>> bool(abs(W).max() <= np.sqrt(6 / 50))
    True
    """

    normal: bool
    gain: float
    count_outputs: bool = False

    @property
    def distribution(self) -> str:
        """Its name in the table."""
        return "normal" if self.normal else "uniform"

    @property
    def square_gain(self) -> float:
        """The variance times fan_in of a layer with as many outputs as inputs."""
        return self.gain / 2 if self.count_outputs else self.gain

    def fill(self, W: NDArray[Any], start: int, square_gain: float = 1.0) -> None:
        """Fill a layer's weights in place.

        The numbers are drawn in float32 for both types, so that training on float32 and on float64
        data begins with the same weights. Each depends on ``start`` and its place in W alone.

        Parameters
        ----------
        W : ndarray of shape (fan_in, fan_out)
            C-contiguous.
        start : int
            64 random bits; see `sk_bp.state.random_start`.
        square_gain : float, default=1.0
            That of the activation's own initializer, for initializers that have none themselves.
        """
        fan_in, fan_out = W.shape
        deviation = np.sqrt(self.gain / (fan_in + fan_out if self.count_outputs else fan_in))
        flat = W.reshape(-1)
        for first in range(0, flat.size, _SLICE):
            part = flat[first : first + _SLICE]
            _core.draw_weights(part, start, first, self.normal, deviation)


class Orthogonal:
    """Draws a layer's weights so that it changes no lengths (but by the gain): W'W or WW' is I.

    All such matrices are equally likely.
    """

    distribution = "orthogonal"
    square_gain = 1.0

    def fill(self, W: NDArray[Any], start: int, square_gain: float = 1.0) -> None:
        """Fill a layer's weights in place; see `Initializer.fill`."""
        Initializer(normal=True, gain=1).fill(W, start)
        tall = W if W.shape[0] >= W.shape[1] else W.T
        scale = np.sqrt(square_gain)
        if tall.shape[0] < _FAR_FROM_SQUARE * tall.shape[1]:
            Q, R = qr(tall.astype(np.float64), mode="economic")
            tall[:] = (scale * np.sign(np.diag(R)) * Q).astype(np.float32)
        else:
            _make_orthogonal(tall, scale)


def _make_orthogonal(tall: NDArray[Any], scale: float) -> None:
    """The Q of QR decomposition with a positive diagonal, in place and block by block.

    Q = A L'^-1 with LL' = A'A (Cholesky), which is accurate if A is far from square and random.
    """
    n_rows, n_columns = tall.shape
    size = max(1, _BLOCK // n_columns)
    blocks = [tall[first : first + size] for first in range(0, n_rows, size)]
    gram = np.zeros((n_columns, n_columns))
    for block in blocks:
        exact = block.astype(np.float64)
        gram += exact.T @ exact
    L = np.linalg.cholesky(gram)
    for block in blocks:
        Q = solve_triangular(L, block.T.astype(np.float64), lower=True).T
        block[:] = (scale * Q).astype(np.float32)


INITIALIZERS: dict[str, Initializer | Orthogonal] = {
    "glorot_uniform": Initializer(normal=False, gain=2, count_outputs=True),
    "glorot_normal": Initializer(normal=True, gain=2, count_outputs=True),
    "he_uniform": Initializer(normal=False, gain=2),
    "he_normal": Initializer(normal=True, gain=2),
    "lecun_uniform": Initializer(normal=False, gain=1),
    "lecun_normal": Initializer(normal=True, gain=1),
    "orthogonal": Orthogonal(),
}
