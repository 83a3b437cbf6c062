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

References
----------
Glorot & Bengio, Understanding the difficulty of training deep feedforward neural networks,
AISTATS 2010. He et al., Delving deep into rectifiers, ICCV 2015. LeCun, Bottou, Orr & Müller,
Efficient backprop, 1998. Saxe, McClelland & Ganguli, Exact solutions to the nonlinear dynamics of
learning in deep linear neural networks, ICLR 2014.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr, solve_triangular

PIECE = 2**17  # numbers drawn by one generator, small enough for the cache
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
    >>> INITIALIZERS["glorot_uniform"].fill(W, np.random.default_rng)
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

    def fill(
        self,
        W: NDArray[Any],
        make_rng: Callable[[int], np.random.Generator],
        n_threads: int = 1,
        square_gain: float = 1.0,
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
        square_gain : float, default=1.0
            That of the activation's own initializer, for initializers that have none themselves.
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


class Orthogonal:
    """Draws a layer's weights so that it changes no lengths (but by the gain): W'W or WW' is I.

    All such matrices are equally likely.
    """

    distribution = "orthogonal"
    square_gain = 1.0

    def fill(
        self,
        W: NDArray[Any],
        make_rng: Callable[[int], np.random.Generator],
        n_threads: int = 1,
        square_gain: float = 1.0,
    ) -> None:
        """Fill a layer's weights in place; see `Initializer.fill`."""
        Initializer(normal=True, gain=1).fill(W, make_rng, n_threads)
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
    size = max(1, PIECE // n_columns)
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
