"""Activation functions of the hidden layers, and of the outputs of a regression.

============  =============  =====================  ====================  ==========================
name          class          value T(z)             derivative, a = T(z)  ``init="auto"`` draws from
============  =============  =====================  ====================  ==========================
identity      `Identity`     z                      1                     glorot_uniform
logistic      `Logistic`     σ(z) =                 a (1 - a)             glorot_uniform
                             1 / (1 + exp(-z))
tanh          `Tanh`         tanh(z)                1 - a²                glorot_uniform
softsign      `Softsign`     z / (1 + abs(z))       1 / (1 + abs(z))²     glorot_uniform
hard_sigmoid  `HardSigmoid`  z / 6 + 1/2 within     1/6 where 0 < a < 1,  glorot_uniform
                             [0, 1]                 or 0
relu          `ReLU`         max(0, z)              1 where a > 0, or 0   he_uniform
leaky_relu    `LeakyReLU`    max(0, z), or slope    1 where a > 0, or     he_uniform
                             times z below 0        slope
elu           `ELU`          z, or alpha            1, or alpha exp(z)    he_uniform
                             (exp(z) - 1) below 0   below 0
selu          `SELU`         elu times a constant   elu's, times it       lecun_normal
softplus      `Softplus`     log(1 + exp(z))        σ(z)                  he_uniform
silu          `SiLU`         z σ(z)                 σ(z) (1 + z σ(-z))    he_uniform
gelu          `GELU`         z Φ(z)                 Φ(z) + z φ(z)         he_uniform
mish          `Mish`         z t with               t + z (1 - t²) σ(z)   he_uniform
                             t = tanh(softplus(z))
============  =============  =====================  ====================  ==========================

Φ and φ are the distribution function and the density of the standard normal distribution. The
values and derivatives are computed in ``_core/activations.hpp``. ``init="auto"`` draws from the
distribution that keeps the size of signals and errors about equal from layer to layer: Glorot &
Bengio (2010) for functions that are nearly linear about 0, He et al. (2015) for relu and its
relatives, Klambauer et al. (2017) for selu.
"""

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils._param_validation import Interval

from sk_bp._core import _core
from sk_bp.values import Value


class Activation(Value):
    """What the package needs to know about an activation function.

    Attributes
    ----------
    initializer : str
        The name of the initializer that suits it.
    bends : tuple of float
        Where the first or the second derivative jumps.
    turns_off : bool
        Whether the derivative is exactly 0 in a whole range of z, so that a unit can be dead.
    largest_slope : float or None
        The largest derivative, if the derivative fades to 0 towards one infinity or both, so that
        a unit can be saturated; else None.
    bounds : tuple of float or None
        The numbers that its values lie between, if they never fall as z rises; else None.

    Examples
    --------
    >>> from sk_bp.activations import ACTIVATIONS
    >>> ACTIVATIONS["relu"]().initializer
    'he_uniform'
    >>> ACTIVATIONS["relu"]().value([-2.0, 3.0])
    array([0., 3.])
    """

    initializer: str = "glorot_uniform"
    bends: tuple[float, ...] = ()
    turns_off: bool = False
    largest_slope: float | None = None
    bounds: tuple[float, float] | None = None

    def value(self, z: ArrayLike) -> NDArray[np.floating]:
        """T(z), as the training computes it.

        Parameters
        ----------
        z : array-like
            float32 is computed in float32, all else in float64.

        Returns
        -------
        values : ndarray
            Of the shape of z.
        """
        return self._values_and_slopes(z)[0]

    def derivative(self, z: ArrayLike) -> NDArray[np.floating]:
        """The derivative of T at z, as the training computes it.

        Parameters
        ----------
        z : array-like
            float32 is computed in float32, all else in float64.

        Returns
        -------
        slopes : ndarray
            Of the shape of z.
        """
        return self._values_and_slopes(z)[1]

    def _values_and_slopes(self, z: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
        inputs = np.asarray(z)
        dtype = np.float32 if inputs.dtype == np.float32 else np.float64
        return _core.values_and_slopes(self, np.asarray(inputs, dtype=dtype, order="C"))


class Identity(Activation):
    """T(z) = z."""

    core_name = "identity"
    bounds = (-np.inf, np.inf)


class Logistic(Activation):
    """T(z) = 1 / (1 + exp(-z))."""

    core_name = "logistic"
    largest_slope = 0.25
    bounds = (0.0, 1.0)


class Tanh(Activation):
    """T(z) = tanh(z)."""

    core_name = "tanh"
    largest_slope = 1.0
    bounds = (-1.0, 1.0)


class Softsign(Activation):
    """T(z) = z / (1 + abs(z)), whose slope fades more slowly than that of tanh.

    References
    ----------
    Bergstra, Desjardins, Lamblin & Bengio, Quadratic polynomials learn better image features,
    report 1337 of the Université de Montréal, 2009.
    """

    core_name = "softsign"
    bends = (0.0,)
    largest_slope = 1.0
    bounds = (-1.0, 1.0)


class HardSigmoid(Activation):
    """T(z) = z / 6 + 1/2, but at least 0 and at most 1, as in PyTorch.

    The slope of 1/6 is that of PyTorch and Keras 3; Courbariaux, Bengio & David (BinaryConnect,
    2015) took 1/2, and early versions of Keras 1/5.
    """

    core_name = "hard_sigmoid"
    bends = (-3.0, 3.0)
    turns_off = True
    largest_slope = 1 / 6
    bounds = (0.0, 1.0)


class ReLU(Activation):
    """T(z) = max(0, z)."""

    core_name = "relu"
    initializer = "he_uniform"
    bends = (0.0,)
    turns_off = True
    bounds = (0.0, np.inf)


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
    bends = (0.0,)
    _parameter_constraints = {"slope": [Interval(Real, 0, 1, closed="left")]}

    def __init__(self, slope: float = 0.01) -> None:
        self.slope = slope

    @property
    def bounds(self) -> tuple[float, float]:  # type: ignore[override]  # an attribute elsewhere
        return -np.inf if self.slope > 0 else 0.0, np.inf


class ELU(Activation):
    """T(z) = z, or alpha (exp(z) - 1) below 0.

    Parameters
    ----------
    alpha : float, default=1.0
        Positive, at most 1e6; T(z) tends to -alpha for large negative z. The derivative is
        continuous at 0 only with 1.

    References
    ----------
    Clevert, Unterthiner & Hochreiter, Fast and accurate deep network learning by exponential linear
    units (ELUs), ICLR 2016.

    Examples
    --------
    >>> from sk_bp.activations import ELU
    >>> ELU(alpha=2).value([-100.0, 3.0])
    array([-2.,  3.])
    """

    core_name = "elu"
    initializer = "he_uniform"
    bends = (0.0,)
    _parameter_constraints = {"alpha": [Interval(Real, 0, 1e6, closed="right")]}

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    @property
    def largest_slope(self) -> float:  # type: ignore[override]  # an attribute elsewhere
        return max(1.0, self.alpha)

    @property
    def bounds(self) -> tuple[float, float]:  # type: ignore[override]  # an attribute elsewhere
        return -self.alpha, np.inf


class SELU(Activation):
    """T(z) = scale z, or scale alpha (exp(z) - 1) below 0; scale = 1.0507..., alpha = 1.6733...

    With these constants and ``init="lecun_normal"`` the values of all layers keep mean 0 and
    variance 1, if those of X have them.

    References
    ----------
    Klambauer, Unterthiner, Mayr & Hochreiter, Self-normalizing neural networks, NeurIPS 2017.
    """

    core_name = "selu"
    initializer = "lecun_normal"
    bends = (0.0,)
    largest_slope = 1.7580993408473766
    bounds = (-largest_slope, np.inf)


class Softplus(Activation):
    """T(z) = log(1 + exp(z)), a smooth relu.

    References
    ----------
    Dugas, Bengio, Bélisle, Nadeau & Garcia, Incorporating second-order functional knowledge for
    better option pricing, NeurIPS 2000.
    """

    core_name = "softplus"
    initializer = "he_uniform"
    largest_slope = 1.0
    bounds = (0.0, np.inf)


class SiLU(Activation):
    """T(z) = z / (1 + exp(-z)), also called swish (Elfwing, Uchibe & Doya 2018)."""

    core_name = "silu"
    initializer = "he_uniform"
    largest_slope = 1.0998


class GELU(Activation):
    """T(z) = z Φ(z) with Φ the standard normal distribution function.

    This is the exact form, PyTorch's default, and not the approximation by tanh.

    References
    ----------
    Hendrycks & Gimpel, Gaussian error linear units (GELUs), arXiv:1606.08415, 2016.
    """

    core_name = "gelu"
    initializer = "he_uniform"
    largest_slope = 1.1289


class Mish(Activation):
    """T(z) = z tanh(log(1 + exp(z))).

    References
    ----------
    Misra, Mish: a self regularized non-monotonic activation function, BMVC 2020.
    """

    core_name = "mish"
    initializer = "he_uniform"
    largest_slope = 1.0885


ACTIVATIONS: dict[str, type[Activation]] = {
    "identity": Identity,
    "logistic": Logistic,
    "tanh": Tanh,
    "softsign": Softsign,
    "hard_sigmoid": HardSigmoid,
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
    "elu": ELU,
    "selu": SELU,
    "softplus": Softplus,
    "silu": SiLU,
    "gelu": GELU,
    "mish": Mish,
}

# Those that the outputs of a regression can go through.
OUT_ACTIVATIONS = {name: cls for name, cls in ACTIVATIONS.items() if cls.bounds is not None}
