"""Where the weights start.

==============  ============  ==========================================
name            distribution  spread
==============  ============  ==========================================
glorot_uniform  uniform       bound sqrt(6 / (fan_in + fan_out))
glorot_normal   normal        deviation sqrt(2 / (fan_in + fan_out))
he_uniform      uniform       bound sqrt(6 / fan_in)
he_normal       normal        deviation sqrt(2 / fan_in)
==============  ============  ==========================================

fan_in and fan_out are the numbers of a layer's inputs and outputs. Biases start at zero.

References
----------
Glorot & Bengio, Understanding the difficulty of training deep feedforward neural networks,
AISTATS 2010. He et al., Delving deep into rectifiers, ICCV 2015.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

PIECE = 2**17  # numbers drawn by one generator, small enough for the cache


@dataclass(frozen=True)
class Initializer:
    """Draws a layer's weights with a variance that depends on its size.

    Parameters
    ----------
    normal : bool
        Normal distribution, or uniform.
    count_outputs : bool
        Whether the variance is 2 / (fan_in + fan_out) (Glorot) or 2 / fan_in (He).

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
    count_outputs: bool

    def fill(self, W, make_rng, n_threads=1):
        """Fill a layer's weights in place.

        The numbers are drawn in float32 for both types, so that float32 and float64 data begin from
        the same weights.

        Parameters
        ----------
        W : ndarray of shape (fan_in, fan_out)
            C-contiguous.
        make_rng : callable
            Called with the number of a piece of W, gives the random generator of that piece; so
            the numbers do not depend on who draws which piece.
        n_threads : int, default=1
            Number of threads to draw in.
        """
        fan_in, fan_out = W.shape
        deviation = np.sqrt(2 / (fan_in + fan_out if self.count_outputs else fan_in))
        flat = W.reshape(-1)
        n_pieces = -(-flat.size // PIECE)

        def fill_piece(i):
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

    def _draw(self, numbers, rng, deviation):
        """Fill an array with mean 0 and this deviation."""
        if self.normal:
            rng.standard_normal(out=numbers, dtype=numbers.dtype)
            numbers *= deviation
        else:
            bound = deviation * numbers.dtype.type(np.sqrt(3))
            rng.random(out=numbers, dtype=numbers.dtype)
            numbers *= 2 * bound
            numbers -= bound


INITIALIZERS = {
    "glorot_uniform": Initializer(normal=False, count_outputs=True),
    "glorot_normal": Initializer(normal=True, count_outputs=True),
    "he_uniform": Initializer(normal=False, count_outputs=False),
    "he_normal": Initializer(normal=True, count_outputs=False),
}
