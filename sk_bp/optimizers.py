"""Optimizers: how a gradient becomes a step.

An optimizer here holds hyperparameters only, never running state: it can be cloned, compared in a
grid search and shared between estimators. Its rule is written once, in ``_core/optimizers.hpp``,
and serves dense and sparse input: on sparse input a row of first-layer weights whose column does
not occur in a batch is left alone, and what the skipped steps would have done is made up for,
exactly, when the row is needed again.

In the recurrences w is a weight, g its gradient in the current batch, eta the learning rate of the
step, t = 1, 2, ... the number of the step, and p the decay factor that `alpha` gives (see
`Optimizer.shrinks`), applied before each update.

========  =================  ===========================  ======================
name      class              default learning rate        state per weight
========  =================  ===========================  ======================
sgd       `SGD`              0.01                         1 with momentum, or 0
rmsprop   `RMSProp`          0.001                        1 (+1 momentum, +1 centered)
adagrad   `Adagrad`          0.01                         1
adam      `Adam`             0.001                        2
adamw     `AdamW`            0.001                        2
========  =================  ===========================  ======================
"""

from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval

_fraction = Interval(Real, 0, 1, closed="left")
_positive = Interval(Real, 0, None, closed="neither")


class Optimizer(BaseEstimator):
    """Base of all optimizers: hyperparameters, and what `alpha` means for the rule.

    Attributes
    ----------
    rule : str
        The name of the rule in the core.
    default_learning_rate : float
        The rate that ``learning_rate=None`` stands for.
    follows_objective : bool
        Whether the rule steps along the gradient itself, so that `alpha` can be the L2 penalty of
        the objective; adaptive rules scale the gradient, and take `alpha` as decoupled decay.

    Examples
    --------
    >>> from sk_bp.optimizers import OPTIMIZERS
    >>> sorted(OPTIMIZERS)
    ['adagrad', 'adam', 'adamw', 'rmsprop', 'sgd']
    """

    rule: str
    default_learning_rate: float
    follows_objective = False
    _parameter_constraints: dict = {}

    def check(self):
        """Raise ValueError or TypeError that names an invalid hyperparameter and its value."""
        self._validate_params()

    def hyperparameters(self):
        """The hyperparameters as the core takes them, a dict of str to float."""
        return {name: float(value) for name, value in vars(self).items()}

    def decay_per_rate(self, alpha, weight_sum):
        """By what the learning rate is multiplied to give the shrinking 1 - p of a step."""
        return alpha

    def shrinks(self, rates, alpha, weight_sum):
        """By how much the weights shrink at each step: 1 - p for the decay factor p.

        For rules that follow the objective's own gradient, p = 1 - eta alpha / S, with S the sum of
        the sample weights: with it the rule minimizes the mean loss plus alpha / (2 S) times the
        sum of the squared weights. For adaptive rules p = 1 - eta alpha (Loshchilov & Hutter,
        Decoupled weight decay regularization, ICLR 2019).

        Parameters
        ----------
        rates : ndarray of float64
            Learning rate of each step.
        alpha : float
            The estimator's `alpha`.
        weight_sum : float
            Sum of the sample weights.

        Returns
        -------
        shrinks : ndarray of float64, shaped like `rates`

        Raises
        ------
        ValueError
            If a decay factor would not be positive.

        Examples
        --------
        >>> import numpy as np
        >>> from sk_bp import Adam
        >>> Adam().shrinks(np.array([0.1]), alpha=0.01, weight_sum=100.0)
        array([0.001])
        """
        shrinks = rates * self.decay_per_rate(alpha, weight_sum)
        if shrinks.size and shrinks.max() >= 1:
            raise ValueError(
                f"learning_rate={rates.max():g} and alpha={alpha:g} together would turn the "
                f"weights' sign at each step of {self!r}: the decay factor is "
                f"{1 - shrinks.max():g}, and must be positive. Lower learning_rate or "
                f"{self._decays()}."
            )
        return shrinks

    def _decays(self):
        """The parameters besides the rate that decay the weights."""
        return "alpha"


class SGD(Optimizer):
    """Stochastic gradient descent, plain, with momentum, or with Nesterov's momentum.

    ::

        v <- momentum v + (1 - dampening) g
        w <- p w - eta v                       or, with nesterov,
        w <- p w - eta (g + momentum v)

    With ``momentum=0`` this is plain gradient descent, w <- p w - eta g, whatever `dampening`.

    Parameters
    ----------
    momentum : float, default=0.9
        How much of the last direction is kept, in [0, 1).
    dampening : float, default=0.0
        By how much the gradient's part in v is reduced, in [0, 1).
    nesterov : bool, default=True
        Whether to look ahead along v. Needs ``dampening=0``. Without momentum it changes nothing.

    Notes
    -----
    `alpha` is the L2 penalty of the objective (see `BPClassifier`). With momentum the decay is
    p = 1 - eta (alpha / S) (1 - dampening) / (1 - momentum), which keeps the objective's stationary
    point although the decay does not pass through v. Defaults are those of scikit-learn's MLP.

    Idle rows: v <- momentum^k v, and w drifts by the sum of what v still adds.
    Memory: one array like the weights with momentum, none without.

    References
    ----------
    Polyak, Some methods of speeding up the convergence of iteration methods, 1964.
    Sutskever et al., On the importance of initialization and momentum in deep learning, ICML 2013.

    Examples
    --------
    >>> from sk_bp import BPRegressor, SGD
    >>> reg = BPRegressor(optimizer=SGD(momentum=0), learning_rate=0.05)
    >>> reg.get_params()["optimizer__momentum"]
    0
    """

    rule = "sgd"
    default_learning_rate = 0.01
    follows_objective = True
    _parameter_constraints: dict = {
        "momentum": [_fraction],
        "dampening": [_fraction],
        "nesterov": ["boolean"],
    }

    def __init__(self, momentum=0.9, *, dampening=0.0, nesterov=True):
        self.momentum = momentum
        self.dampening = dampening
        self.nesterov = nesterov

    def check(self):
        """Raise ValueError or TypeError that names an invalid hyperparameter and its value."""
        super().check()
        if self.nesterov and self.dampening != 0:
            raise ValueError(
                f"nesterov=True needs dampening=0, got dampening={self.dampening!r}: with both, "
                "the penalty's stationary point would be lost"
            )

    def hyperparameters(self):
        """The hyperparameters as the core takes them, a dict of str to float."""
        values = super().hyperparameters()
        if self.momentum == 0:  # v is g then, and needs no memory
            values["dampening"] = 0.0
        return values

    def decay_per_rate(self, alpha, weight_sum):
        """By what the learning rate is multiplied to give the shrinking 1 - p of a step."""
        if self.momentum == 0:
            return alpha / weight_sum
        return alpha / weight_sum * (1 - self.dampening) / (1 - self.momentum)


class RMSProp(Optimizer):
    """Gradients divided by the root of a moving average of their squares.

    ::

        s <- rho s + (1 - rho) g²
        w <- p w - eta g / sqrt(s + epsilon)

    A weight whose gradient is rarely non-zero has a small s, and so takes a full step when its turn
    comes: this is why RMSProp handles sparse gradients well. With ``centered`` the mean gradient's
    square is taken off s, and with ``momentum`` the quotient passes through a buffer
    u <- momentum u + g / sqrt(...), and w <- p w - eta u.

    Parameters
    ----------
    rho : float, default=0.9
        How much of the average is kept at each step, in [0, 1).
    epsilon : float, default=1e-8
        Added to the average, inside the root, positive.
    momentum : float, default=0.0
        How much of the last direction is kept, in [0, 1).
    centered : bool, default=False
        Whether to divide by the standard deviation instead of the root mean square.

    Notes
    -----
    `alpha` is decoupled weight decay, p = 1 - eta alpha.

    Idle rows: s <- rho^k s (the mean gradient too); with momentum, w drifts as in `SGD`.
    Memory: one array like the weights, one more each for momentum and centered.

    References
    ----------
    Tieleman & Hinton, Lecture 6.5 of Neural networks for machine learning, 2012.
    Graves, Generating sequences with recurrent neural networks, 2013 (centered).

    Examples
    --------
    >>> from sk_bp import BPClassifier, RMSProp
    >>> clf = BPClassifier(optimizer=RMSProp(rho=0.95))
    >>> clf.get_params()["optimizer__rho"]
    0.95
    """

    rule = "rmsprop"
    default_learning_rate = 0.001
    _parameter_constraints: dict = {
        "rho": [_fraction],
        "epsilon": [_positive],
        "momentum": [_fraction],
        "centered": ["boolean"],
    }

    def __init__(self, rho=0.9, *, epsilon=1e-8, momentum=0.0, centered=False):
        self.rho = rho
        self.epsilon = epsilon
        self.momentum = momentum
        self.centered = centered


class Adagrad(Optimizer):
    """Gradients divided by the root of the sum of all their squares so far.

    ::

        G <- G + g²
        w <- p w - eta g / (sqrt(G) + epsilon)

    Parameters
    ----------
    epsilon : float, default=1e-10
        Added to the root, positive.

    Notes
    -----
    `alpha` is decoupled weight decay, p = 1 - eta alpha.

    Idle rows: nothing but the decay of w. Memory: one array like the weights.

    References
    ----------
    Duchi, Hazan & Singer, Adaptive subgradient methods for online learning and stochastic
    optimization, JMLR 2011.

    Examples
    --------
    >>> from sk_bp import Adagrad, BPClassifier
    >>> clf = BPClassifier(optimizer=Adagrad(), learning_rate=0.05)
    """

    rule = "adagrad"
    default_learning_rate = 0.01
    _parameter_constraints: dict = {"epsilon": [_positive]}

    def __init__(self, epsilon=1e-10):
        self.epsilon = epsilon


class Adam(Optimizer):
    """Moving averages of the gradient and of its square, both corrected for their start at zero.

    In the form that scikit-learn computes::

        m <- beta_1 m + (1 - beta_1) g
        v <- beta_2 v + (1 - beta_2) g²
        w <- p w - eta sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(v) + epsilon)

    Parameters
    ----------
    beta_1 : float, default=0.9
        How much of the mean gradient is kept at each step, in [0, 1).
    beta_2 : float, default=0.999
        How much of the mean square is kept, in (0, 1); above beta_1².
    epsilon : float, default=1e-8
        Added to the root, positive.

    Notes
    -----
    `alpha` is decoupled weight decay, p = 1 - eta alpha.

    Idle rows: m <- beta_1^k m, v <- beta_2^k v, and w drifts by a sum over the idle steps. Where
    1 - beta_2 <= 0.01 (1 - beta_1), as for the defaults, two quadrature nodes give the sum to
    within 2e-9 of itself, mostly far closer. In float32 they serve up to 0.1 (1 - beta_1), within
    3e-5 of the drift. Elsewhere the sum is made term by term, which is exact, and slow on wide
    sparse input. beta_1 must be below sqrt(beta_2): otherwise the drift of an idle row would grow
    without end.
    Memory: two arrays like the weights.

    References
    ----------
    Kingma & Ba, Adam: a method for stochastic optimization, ICLR 2015.

    Examples
    --------
    >>> from sk_bp import Adam, BPClassifier
    >>> clf = BPClassifier(optimizer=Adam(beta_1=0.8), learning_rate=0.002)
    """

    rule = "adam"
    default_learning_rate = 0.001
    _parameter_constraints: dict = {
        "beta_1": [_fraction],
        "beta_2": [Interval(Real, 0, 1, closed="neither")],
        "epsilon": [_positive],
    }

    def __init__(self, beta_1=0.9, *, beta_2=0.999, epsilon=1e-8):
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def check(self):
        """Raise ValueError or TypeError that names an invalid hyperparameter and its value."""
        super().check()
        if self.beta_1 >= np.sqrt(self.beta_2):
            raise ValueError(
                f"beta_1={self.beta_1!r} must be below the square root of beta_2={self.beta_2!r}, "
                f"{np.sqrt(self.beta_2):g}: otherwise weights without gradient drift for ever"
            )


class AdamW(Adam):
    """Adam with a decoupled weight decay of its own.

    As `Adam`, with p = 1 - eta (alpha + weight_decay).

    Parameters
    ----------
    beta_1 : float, default=0.9
        How much of the mean gradient is kept at each step, in [0, 1).
    beta_2 : float, default=0.999
        How much of the mean square is kept, in (0, 1); above beta_1².
    epsilon : float, default=1e-8
        Added to the root, positive.
    weight_decay : float, default=0.01
        Added to the estimator's `alpha`, not negative.

    Notes
    -----
    Idle rows and memory as for `Adam`.

    References
    ----------
    Loshchilov & Hutter, Decoupled weight decay regularization, ICLR 2019.

    Examples
    --------
    >>> from sk_bp import AdamW, BPClassifier
    >>> clf = BPClassifier(optimizer=AdamW(weight_decay=0.1), alpha=0)
    """

    _parameter_constraints: dict = {
        **Adam._parameter_constraints,
        "weight_decay": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(self, beta_1=0.9, *, beta_2=0.999, epsilon=1e-8, weight_decay=0.01):
        super().__init__(beta_1, beta_2=beta_2, epsilon=epsilon)
        self.weight_decay = weight_decay

    def decay_per_rate(self, alpha, weight_sum):
        """By what the learning rate is multiplied to give the shrinking 1 - p of a step."""
        return alpha + self.weight_decay

    def _decays(self):
        return f"alpha or weight_decay={self.weight_decay!r}"


OPTIMIZERS = {
    "sgd": SGD,
    "rmsprop": RMSProp,
    "adagrad": Adagrad,
    "adam": Adam,
    "adamw": AdamW,
}
