"""Activation functions of the hidden layers.

========  ===================  ====================  ==========================
name      value T(z)           derivative, a = T(z)  ``init="auto"`` draws from
========  ===================  ====================  ==========================
identity  z                    1                     glorot_uniform
logistic  1 / (1 + exp(-z))    a (1 - a)             glorot_uniform
tanh      tanh(z)              1 - a²                glorot_uniform
relu      max(0, z)            1 where a > 0, or 0   he_uniform
========  ===================  ====================  ==========================

The values and derivatives are computed in ``_core/activations.hpp``.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Activation:
    """What the rest of the package needs to know of an activation function.

    Parameters
    ----------
    name : str
        Its name, here and in the core.
    initializer : str
        The initializer that keeps the size of signals and errors about equal from layer to
        layer: Glorot & Bengio (2010) for functions symmetric about 0, He et al. (2015) for relu.

    Examples
    --------
    >>> from sk_bp.activations import ACTIVATIONS
    >>> ACTIVATIONS["relu"].initializer
    'he_uniform'
    """

    name: str
    initializer: str


ACTIVATIONS = {
    activation.name: activation
    for activation in (
        Activation("identity", "glorot_uniform"),
        Activation("logistic", "glorot_uniform"),
        Activation("tanh", "glorot_uniform"),
        Activation("relu", "he_uniform"),
    )
}
