"""The rules, one class each, for one array of weights that is updated at every step.

An oracle is made from an optimizer's hyperparameters. `decay` gives the factor p of a step, and
`step` the new weights from the old ones, the gradient, the learning rate and p. Every weight is
multiplied by p before the step is taken off.
"""

import numpy as np


class Decoupled:
    """Decay and L1 penalty apart from the gradient, which the rule scales."""

    def decay(self, eta, alpha, weight_decay, weight_sum):
        return 1 - eta * (alpha / weight_sum + weight_decay)

    def threshold(self, eta, l1, weight_sum):
        return eta * l1


class SGD:
    def __init__(self, momentum, dampening, nesterov):
        self.momentum, self.dampening, self.nesterov = momentum, dampening, nesterov
        self.velocity = 0.0

    def decay(self, eta, alpha, weight_decay, weight_sum):
        penalty = alpha / weight_sum
        if self.momentum > 0:
            # In the long run a constant gradient g moves w by eta g (1 - dampening) / (1 -
            # momentum) at each step; the penalty's gradient alpha / S w must move it as far.
            penalty *= (1 - self.dampening) / (1 - self.momentum)
        return 1 - eta * (penalty + weight_decay)

    def threshold(self, eta, l1, weight_sum):
        return eta * l1 / weight_sum

    def step(self, w, g, eta, p):
        if self.momentum == 0:
            return p * w - eta * g
        self.velocity = self.momentum * self.velocity + (1 - self.dampening) * g
        if self.nesterov:
            return p * w - eta * (g + self.momentum * self.velocity)
        return p * w - eta * self.velocity


class RMSProp(Decoupled):
    def __init__(self, rho, epsilon, momentum, centered):
        self.rho, self.epsilon, self.momentum, self.centered = rho, epsilon, momentum, centered
        self.mean_square = 0.0
        self.mean = 0.0
        self.buffer = 0.0

    def step(self, w, g, eta, p):
        self.mean_square = self.rho * self.mean_square + (1 - self.rho) * g**2
        spread = self.mean_square
        if self.centered:
            self.mean = self.rho * self.mean + (1 - self.rho) * g
            spread = np.maximum(spread - self.mean**2, 0)
        direction = g / np.sqrt(spread + self.epsilon)
        self.buffer = self.momentum * self.buffer + direction
        return p * w - eta * self.buffer


class Adagrad(Decoupled):
    def __init__(self, epsilon):
        self.epsilon = epsilon
        self.sum_of_squares = 0.0

    def step(self, w, g, eta, p):
        self.sum_of_squares = self.sum_of_squares + g**2
        return p * w - eta * g / (np.sqrt(self.sum_of_squares) + self.epsilon)


class Adam(Decoupled):
    def __init__(self, beta_1, beta_2, epsilon):
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
        self.m = 0.0
        self.v = 0.0
        self.t = 0

    def step(self, w, g, eta, p):
        self.t += 1
        self.m = self.beta_1 * self.m + (1 - self.beta_1) * g
        self.v = self.beta_2 * self.v + (1 - self.beta_2) * g**2
        corrected = eta * np.sqrt(1 - self.beta_2**self.t) / (1 - self.beta_1**self.t)
        return p * w - corrected * self.m / (np.sqrt(self.v) + self.epsilon)


class AdamW(Adam):
    def __init__(self, beta_1, beta_2, epsilon, weight_decay):
        super().__init__(beta_1, beta_2, epsilon)
        self.weight_decay = weight_decay

    def decay(self, eta, alpha, weight_decay, weight_sum):
        return super().decay(eta, alpha, weight_decay + self.weight_decay, weight_sum)


class Adadelta(Decoupled):
    def __init__(self, rho, epsilon):
        self.rho, self.epsilon = rho, epsilon
        self.squared_gradient = 0.0
        self.squared_delta = 0.0

    def step(self, w, g, eta, p):
        rho = self.rho
        self.squared_gradient = rho * self.squared_gradient + (1 - rho) * g**2
        rms_delta = np.sqrt(self.squared_delta + self.epsilon)
        delta = rms_delta / np.sqrt(self.squared_gradient + self.epsilon) * g
        self.squared_delta = rho * self.squared_delta + (1 - rho) * delta**2
        return p * w - eta * delta


class Adamax(Decoupled):
    def __init__(self, beta_1, beta_2):
        self.beta_1, self.beta_2 = beta_1, beta_2
        self.m = 0.0
        self.u = 0.0
        self.t = 0

    def step(self, w, g, eta, p):
        self.t += 1
        self.m = self.beta_1 * self.m + (1 - self.beta_1) * g
        self.u = np.maximum(self.beta_2 * self.u, np.abs(g))
        quotient = np.divide(self.m, self.u, out=np.zeros_like(self.m), where=self.u > 0)
        return p * w - eta / (1 - self.beta_1**self.t) * quotient


class AMSGrad(Adam):
    def __init__(self, beta_1, beta_2, epsilon):
        super().__init__(beta_1, beta_2, epsilon)
        self.largest = 0.0

    def step(self, w, g, eta, p):
        self.t += 1
        self.m = self.beta_1 * self.m + (1 - self.beta_1) * g
        self.v = self.beta_2 * self.v + (1 - self.beta_2) * g**2
        self.largest = np.maximum(self.largest, self.v)
        mean = self.m / (1 - self.beta_1**self.t)
        root = np.sqrt(self.largest) + self.epsilon
        return p * w - eta * np.sqrt(1 - self.beta_2**self.t) * mean / root


class NAdam(Adam):
    def __init__(self, beta_1, beta_2, epsilon, momentum_decay):
        super().__init__(beta_1, beta_2, epsilon)
        self.momentum_decay = momentum_decay
        self.product = 1.0

    def mu(self, t):
        return self.beta_1 * (1 - 0.5 * 0.96 ** (t * self.momentum_decay))

    def step(self, w, g, eta, p):
        self.t += 1
        t = self.t
        self.m = self.beta_1 * self.m + (1 - self.beta_1) * g
        self.v = self.beta_2 * self.v + (1 - self.beta_2) * g**2
        self.product *= self.mu(t)
        ahead = self.mu(t + 1) / (1 - self.product * self.mu(t + 1)) * self.m
        now = (1 - self.mu(t)) / (1 - self.product) * g
        root = (np.sqrt(self.v) + self.epsilon) / np.sqrt(1 - self.beta_2**t)
        return p * w - eta * (ahead + now) / root


class RAdam(Adam):
    def step(self, w, g, eta, p):
        self.t += 1
        t, power = self.t, self.beta_2**self.t
        self.m = self.beta_1 * self.m + (1 - self.beta_1) * g
        self.v = self.beta_2 * self.v + (1 - self.beta_2) * g**2
        mean = self.m / (1 - self.beta_1**t)
        limit = 2 / (1 - self.beta_2) - 1
        length = limit - 2 * t * power / (1 - power)
        if length <= 4:
            return p * w - eta * mean
        rectifier = np.sqrt(
            ((length - 4) * (length - 2) * limit) / ((limit - 4) * (limit - 2) * length)
        )
        root = (np.sqrt(self.v) + self.epsilon) / np.sqrt(1 - power)
        return p * w - eta * rectifier * mean / root


class Lion(Decoupled):
    def __init__(self, beta_1, beta_2):
        self.beta_1, self.beta_2 = beta_1, beta_2
        self.m = 0.0

    def step(self, w, g, eta, p):
        direction = np.sign(self.beta_1 * self.m + (1 - self.beta_1) * g)
        self.m = self.beta_2 * self.m + (1 - self.beta_2) * g
        return p * w - eta * direction


class Rprop(Decoupled):
    """iRprop+; `loss_grew` is set before a step that follows a step up."""

    def __init__(self, increase, decrease, min_step, max_step):
        self.increase, self.decrease = increase, decrease
        self.min_step, self.max_step = min_step, max_step
        self.size = None
        self.loss_grew = False

    def step(self, w, g, eta, p):
        if self.size is None:
            self.size = np.full_like(w, np.clip(eta, self.min_step, self.max_step))
            self.before, self.change = np.zeros_like(w), np.zeros_like(w)
        g, change = g.copy(), np.empty_like(w)
        for i in np.ndindex(w.shape):
            product = np.sign(g[i]) * np.sign(self.before[i])
            if product > 0:
                self.size[i] = min(self.size[i] * self.increase, self.max_step)
            if product < 0:
                self.size[i] = max(self.size[i] * self.decrease, self.min_step)
                change[i] = -self.change[i] if self.loss_grew else 0.0
                g[i] = 0.0
            else:
                change[i] = -np.sign(g[i]) * self.size[i]
        self.before, self.change = g, change
        return p * w + change


class Prodigy:
    """One array of a network whose arrays share the distance d."""

    def __init__(self, beta_1, beta_2, initial_distance, coefficient):
        self.beta_1, self.beta_2, self.coefficient = beta_1, beta_2, coefficient
        self.d = initial_distance
        self.m = self.v = self.s = self.r = 0.0
        self.t, self.x0 = 0, None

    def decay(self, eta, alpha, weight_decay, weight_sum):
        return 1 - min(eta * (alpha / weight_sum + weight_decay) * self.d, 0.5)

    def step(self, w, g, eta, p):
        self.x0 = w.copy() if self.x0 is None else self.x0
        self.t += 1
        d, root = self.d, np.sqrt(self.beta_2)
        self.m = self.beta_1 * self.m + (1 - self.beta_1) * d * g
        self.v = self.beta_2 * self.v + (1 - self.beta_2) * d**2 * g**2
        self.r = root * self.r + (1 - root) * eta * d**2 * np.sum(g * (self.x0 - w))
        self.s = root * self.s + (1 - root) * eta * d**2 * g
        corrected = eta * np.sqrt(1 - self.beta_2**self.t) / (1 - self.beta_1**self.t)
        return p * w - corrected * d * self.m / (np.sqrt(self.v) + 1e-30 * d)

    @staticmethod
    def end_step(arrays):
        total = sum(np.abs(array.s).sum() for array in arrays)
        if total > 0:
            estimate = arrays[0].coefficient * sum(array.r for array in arrays) / total
            for array in arrays:
                array.d = max(array.d, estimate)


ORACLES = {
    "sgd": SGD,
    "rmsprop": RMSProp,
    "adagrad": Adagrad,
    "adadelta": Adadelta,
    "adam": Adam,
    "adamw": AdamW,
    "adamax": Adamax,
    "amsgrad": AMSGrad,
    "nadam": NAdam,
    "radam": RAdam,
    "lion": Lion,
    "prodigy": Prodigy,
    "rprop": Rprop,
}
