"""Gradient checking
=================

Gradient checking: back-propagation is right, and an error planted in it is found.

`check_gradient` moves one weight at a time a little to both sides and compares the slope of the
loss with what back-propagation says. Too long a step meets the curvature of the loss, too short a
one the rounding of its last digits: the error falls, then rises again. A wrong gradient does not
care how long the step is. Here the error is a gradient of the second layer that is 1 % too large.
The relative error is ``|g - g_num| / (|g| + |g_num|)``, so 1 % of one of the two is 0.005 of their
sum.
"""

from contextlib import contextmanager
from unittest import mock

import numpy as np
from example import finish, read_options
from matplotlib import pyplot
from sklearn.datasets import load_iris
from sklearn.preprocessing import StandardScaler

from sk_bp import BPClassifier
from sk_bp.inspection import check_gradient, gradient_check

STEPS = np.geomspace(1e-1, 1e-11, 21)
USUAL_STEP = np.finfo(float).eps ** (1 / 3)


@contextmanager
def planted_error():
    """Make back-propagation give a gradient of the second layer's weights that is 1 % too large."""
    right = gradient_check.gradient_of

    def wrong(problem, **how):
        gradient = right(problem, **how)
        network = problem.network
        network.split(gradient)[1][...] *= 1.01  # a view: coefs_[0], coefs_[1], ...
        return gradient

    with mock.patch.object(gradient_check, "gradient_of", wrong):
        yield


def errors_by_step(model, X, y, steps):
    """The largest relative error of an array for each step."""
    checks = [check_gradient(model, X, y, eps=eps) for eps in steps]
    return [max(array.relative_error for array in check.arrays) for check in checks]


def draw(steps, right, wrong, checks):
    """Errors against the step, and array by array at the usual step."""
    figure, (left, below) = pyplot.subplots(1, 2, figsize=(11, 4.4), layout="constrained")
    left.loglog(steps, right, "k-o", markersize=4, label="as it is")
    left.loglog(
        steps, wrong, "C1--s", markersize=4, label="1 % too large in one layer: 0.01 / 2.01"
    )
    left.axvline(USUAL_STEP, color="0.6", linewidth=1, label="the step that is used")
    left.set(xlabel="step", ylabel="largest |g - g_num| / (|g| + |g_num|)", ylim=(1e-17, 1))
    left.set_title("The length of the step")
    left.grid(alpha=0.3)
    left.legend(loc="lower left")
    names = [array.name for array in checks["as it is"].arrays]
    for shift, (name, check), color in zip((-0.2, 0.2), checks.items(), ("k", "C1"), strict=True):
        error = [array.relative_error for array in check.arrays]
        places = np.arange(len(names)) + shift
        below.barh(places, error, 0.38, color=color, label=f"{name}: {check.verdict}", log=True)
    below.axvline(1e-6, color="0.4", linestyle=":", label="the tolerance")
    below.set_yticks(np.arange(len(names)), names)
    below.invert_yaxis()
    below.set(
        xlabel="|g - g_num| / (|g| + |g_num|)",
        title="Weights and biases, layer by layer",
        xlim=(1e-12, 1),
    )
    below.legend(loc="lower right")
    return figure


def main(arguments=None):
    """Check the gradient with and without the error, print what was found, and draw."""
    options = read_options(__doc__, arguments)
    X, y = load_iris(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    model = BPClassifier((6, 5), "tanh", optimizer="sgd", alpha=0.1, random_state=0)
    steps = STEPS[::4] if options.short else STEPS
    checks = {"as it is": check_gradient(model, X, y)}
    right = errors_by_step(model, X, y, steps)
    with planted_error():
        checks["1 % too large"] = check_gradient(model, X, y)
        wrong = errors_by_step(model, X, y, steps)
    for name, check in checks.items():
        print(f"{name}\n{check}\n")
    finish(draw(steps, right, wrong, checks), options)
    return {name: check.verdict for name, check in checks.items()}


if __name__ == "__main__":
    main()
