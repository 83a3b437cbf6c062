"""The rules, one class each, for one array of weights that is updated at every step.

An oracle is made from an optimizer's hyperparameters. `decay` gives the factor p of a step, and
`step` the new weights from the old ones, the gradient, the learning rate and p. Every weight is
multiplied by p before the step is taken off.
"""

import numpy as np


class SGD:
    def __init__(self, momentum, dampening, nesterov):
        self.momentum, self.dampening, self.nesterov = momentum, dampening, nesterov
        self.velocity = 0.0

    def decay(self, eta, alpha, weight_sum):
        if self.momentum == 0:  # v is the gradient itself
            return 1 - eta * alpha / weight_sum
        # In the long run a constant gradient g moves w by eta g (1 - dampening) / (1 - momentum)
        # at each step; the penalty's gradient alpha / S w must move it as far.
        return 1 - eta * (alpha / weight_sum) * (1 - self.dampening) / (1 - self.momentum)

    def step(self, w, g, eta, p):
        if self.momentum == 0:
            return p * w - eta * g
        self.velocity = self.momentum * self.velocity + (1 - self.dampening) * g
        if self.nesterov:
            return p * w - eta * (g + self.momentum * self.velocity)
        return p * w - eta * self.velocity


class RMSProp:
    def __init__(self, rho, epsilon, momentum, centered):
        self.rho, self.epsilon, self.momentum, self.centered = rho, epsilon, momentum, centered
        self.mean_square = 0.0
        self.mean = 0.0
        self.buffer = 0.0

    def decay(self, eta, alpha, weight_sum):
        return 1 - eta * alpha

    def step(self, w, g, eta, p):
        self.mean_square = self.rho * self.mean_square + (1 - self.rho) * g**2
        spread = self.mean_square
        if self.centered:
            self.mean = self.rho * self.mean + (1 - self.rho) * g
            spread = np.maximum(spread - self.mean**2, 0)
        direction = g / np.sqrt(spread + self.epsilon)
        self.buffer = self.momentum * self.buffer + direction
        return p * w - eta * self.buffer


class Adagrad:
    def __init__(self, epsilon):
        self.epsilon = epsilon
        self.sum_of_squares = 0.0

    def decay(self, eta, alpha, weight_sum):
        return 1 - eta * alpha

    def step(self, w, g, eta, p):
        self.sum_of_squares = self.sum_of_squares + g**2
        return p * w - eta * g / (np.sqrt(self.sum_of_squares) + self.epsilon)


class Adam:
    def __init__(self, beta_1, beta_2, epsilon):
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
        self.m = 0.0
        self.v = 0.0
        self.t = 0

    def decay(self, eta, alpha, weight_sum):
        return 1 - eta * alpha

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

    def decay(self, eta, alpha, weight_sum):
        return 1 - eta * (alpha + self.weight_decay)


ORACLES = {"sgd": SGD, "rmsprop": RMSProp, "adagrad": Adagrad, "adam": Adam, "adamw": AdamW}
