"""Activation functions of the hidden layers.

==========  ===========  ===================  ====================  ==========================
name        class        value T(z)           derivative, a = T(z)  ``init="auto"`` draws from
==========  ===========  ===================  ====================  ==========================
identity    `Identity`   z                    1                     glorot_uniform
logistic    `Logistic`   1 / (1 + exp(-z))    a (1 - a)             glorot_uniform
tanh        `Tanh`       tanh(z)              1 - a²                glorot_uniform
relu        `ReLU`       max(0, z)            1 where a > 0, or 0   he_uniform
leaky_relu  `LeakyReLU`  max(0, z), or slope  1 where a > 0, or     he_uniform
                         times z below 0      slope
silu        `SiLU`       z / (1 + exp(-z))    from z                he_uniform
==========  ===========  ===================  ====================  ==========================

The values and derivatives are computed in ``_core/activations.hpp``. ``init="auto"`` draws from
the distribution that keeps the size of signals and errors about equal from layer to layer: Glorot &
Bengio (2010) for functions symmetric about 0, He et al. (2015) for relu and its relatives.
"""

from numbers import Real

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._param_validation import Interval

from sk_bp.values import Value


class Activation(Value):
    """What the package needs to know about an activation function.

    Attributes
    ----------
    initializer : str
        The name of the initializer that suits it.
    bends_at_zero : bool
        Whether the derivative jumps at z = 0, where T(z) = 0.

    Examples
    --------
    >>> from sk_bp.activations import ACTIVATIONS
    >>> ACTIVATIONS["relu"]().initializer
    'he_uniform'
    """

    initializer: str = "glorot_uniform"
    bends_at_zero: bool = False

    def is_off(self, values: NDArray[np.floating]) -> NDArray[np.bool_] | None:
        """Which of the values T(z) lie where the derivative is exactly 0; None if it never is."""
        return None

    def relative_slope(self, values: NDArray[np.floating]) -> NDArray[np.floating] | None:
        """The derivative at the values T(z), relative to its maximum; None if it never fades."""
        return None


class Identity(Activation):
    """T(z) = z."""

    core_name = "identity"


class Logistic(Activation):
    """T(z) = 1 / (1 + exp(-z))."""

    core_name = "logistic"

    def relative_slope(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        return 4 * values * (1 - values)


class Tanh(Activation):
    """T(z) = tanh(z)."""

    core_name = "tanh"

    def relative_slope(self, values: NDArray[np.floating]) -> NDArray[np.floating]:
        return 1 - values**2


class ReLU(Activation):
    """T(z) = max(0, z)."""

    core_name = "relu"
    initializer = "he_uniform"
    bends_at_zero = True

    def is_off(self, values: NDArray[np.floating]) -> NDArray[np.bool_]:
        return values <= 0


class LeakyReLU(Activation):
    """T(z) = z, or slope z below 0, so that no unit is ever off.

    Parameters
    ----------
    slope : float, default=0.01
        The derivative below 0, in [0, 1).

    References
    ----------
    Maas, Hannun & Ng, Rectifier nonlinearities improve neural network acoustic models, ICML 2013.

    Examples
    --------
    >>> from sk_bp import BPClassifier
    >>> from sk_bp.activations import LeakyReLU
    >>> BPClassifier(activation=LeakyReLU(0.1)).get_params()["activation__slope"]
    0.1
    """

    core_name = "leaky_relu"
    initializer = "he_uniform"
    bends_at_zero = True
    _parameter_constraints = {"slope": [Interval(Real, 0, 1, closed="left")]}

    def __init__(self, slope: float = 0.01) -> None:
        self.slope = slope


class SiLU(Activation):
    """T(z) = z / (1 + exp(-z)), also called swish (Elfwing, Uchibe & Doya 2018)."""

    core_name = "silu"
    initializer = "he_uniform"


ACTIVATIONS: dict[str, type[Activation]] = {
    "identity": Identity,
    "logistic": Logistic,
    "tanh": Tanh,
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
    "silu": SiLU,
}
