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

from dataclasses import dataclass

import numpy as np


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
    >>> INITIALIZERS["glorot_uniform"].fill(W, np.random.default_rng(0))
    >>> bool(abs(W).max() <= np.sqrt(6 / 50))
    True
    """

    normal: bool
    count_outputs: bool

    def fill(self, W, rng):
        """Fill W, of shape (fan_in, fan_out), in place, drawn in its own dtype."""
        fan_in, fan_out = W.shape
        deviation = np.sqrt(2 / (fan_in + fan_out if self.count_outputs else fan_in))
        if self.normal:
            rng.standard_normal(out=W, dtype=W.dtype)
            W *= W.dtype.type(deviation)
        else:
            bound = np.sqrt(3) * deviation
            rng.random(out=W, dtype=W.dtype)
            W *= W.dtype.type(2 * bound)
            W -= W.dtype.type(bound)


INITIALIZERS = {
    "glorot_uniform": Initializer(normal=False, count_outputs=True),
    "glorot_normal": Initializer(normal=True, count_outputs=True),
    "he_uniform": Initializer(normal=False, count_outputs=False),
    "he_normal": Initializer(normal=True, count_outputs=False),
}
