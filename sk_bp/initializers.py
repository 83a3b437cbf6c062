"""Distributions of the initial weights.

==============  ============  ==========================================
name            distribution  spread
==============  ============  ==========================================
glorot_uniform  uniform       bound sqrt(6 / (fan_in + fan_out))
glorot_normal   normal        deviation sqrt(2 / (fan_in + fan_out))
he_uniform      uniform       bound sqrt(6 / fan_in)
he_normal       normal        deviation sqrt(2 / fan_in)
lecun_uniform   uniform       bound sqrt(3 / fan_in)
lecun_normal    normal        deviation sqrt(1 / fan_in)
==============  ============  ==========================================

fan_in and fan_out are the numbers of a layer's inputs and outputs. Biases start at zero.

References
----------
Glorot & Bengio, Understanding the difficulty of training deep feedforward neural networks,
AISTATS 2010. He et al., Delving deep into rectifiers, ICCV 2015. LeCun, Bottou, Orr & Müller,
Efficient backprop, 1998.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

PIECE = 2**17  # numbers drawn by one generator, small enough for the cache


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
    >>> INITIALIZERS["glorot_uniform"].fill(W, np.random.default_rng)
    >>> bool(abs(W).max() <= np.sqrt(6 / 50))
    True
    """

    normal: bool
    gain: float
    count_outputs: bool = False

    def fill(
        self, W: NDArray[Any], make_rng: Callable[[int], np.random.Generator], n_threads: int = 1
    ) -> None:
        """Fill a layer's weights in place.

        The numbers are drawn in float32 for both types, so that training on float32 and on float64
        data begins with the same weights.

        Parameters
        ----------
        W : ndarray of shape (fan_in, fan_out)
            C-contiguous.
        make_rng : callable
            ``make_rng(piece)`` gives the random generator of a piece of W, so that the numbers do
            not depend on which thread draws which piece.
        n_threads : int, default=1
            Number of threads to use.
        """
        fan_in, fan_out = W.shape
        deviation = np.sqrt(self.gain / (fan_in + fan_out if self.count_outputs else fan_in))
        flat = W.reshape(-1)
        n_pieces = -(-flat.size // PIECE)

        def fill_piece(i: int) -> None:
            piece = flat[i * PIECE : (i + 1) * PIECE]
            if piece.dtype == np.float32:
                self._draw(piece, make_rng(i), np.float32(deviation))
            else:
                drawn = np.empty(piece.shape, dtype=np.float32)
                self._draw(drawn, make_rng(i), np.float32(deviation))
                piece[:] = drawn

        if n_threads == 1 or n_pieces == 1:
            for i in range(n_pieces):
                fill_piece(i)
        else:
            with ThreadPoolExecutor(n_threads) as pool:
                list(pool.map(fill_piece, range(n_pieces)))

    def _draw(
        self, numbers: NDArray[np.float32], rng: np.random.Generator, deviation: np.float32
    ) -> None:
        """Fill an array with random numbers of mean 0 and this standard deviation."""
        if self.normal:
            rng.standard_normal(out=numbers, dtype=np.float32)
            numbers *= deviation
        else:
            bound = deviation * np.float32(np.sqrt(3))
            rng.random(out=numbers, dtype=np.float32)
            numbers *= 2 * bound
            numbers -= bound


INITIALIZERS = {
    "glorot_uniform": Initializer(normal=False, gain=2, count_outputs=True),
    "glorot_normal": Initializer(normal=True, gain=2, count_outputs=True),
    "he_uniform": Initializer(normal=False, gain=2),
    "he_normal": Initializer(normal=True, gain=2),
    "lecun_uniform": Initializer(normal=False, gain=1),
    "lecun_normal": Initializer(normal=True, gain=1),
}
