"""Gradient descent, momentum and RMSProp on a line
================================================

RMSProp on a line: y = 4 + 3 x and noise, beside gradient descent and momentum.

A network without a hidden layer is linear regression, so its loss is a bowl over two numbers, the
intercept and the slope, and the way of each optimizer through it can be drawn. All make 1,000 steps
over all 100 points, at a rate of 0.1 or one that begins there, from the same start. RMSProp divides
each gradient by the root mean square of its recent ones: both numbers move at about the same pace,
however steep the bowl is along one of them. But its steps do not get shorter as the gradient does:
at a constant rate it ends by jumping between two points, 0.07 to either side of the minimum. A
falling rate brings it there.
"""

import numpy as np
from example import finish, read_options
from matplotlib import pyplot

from sk_bp import SGD, BPRegressor, ExponentialDecay, RMSProp

N_POINTS, N_STEPS, RATE = 100, 1000, 0.1
START = (0.0, 0.0)  # intercept and slope
FALLING = ExponentialDecay(RATE, factor=0.5, n_steps=100)
WAYS = {
    "gradient descent": (SGD(momentum=0), RATE),
    "momentum": (SGD(momentum=0.9, nesterov=False), RATE),
    "RMSProp": (RMSProp(rho=0.9, epsilon=1e-8), RATE),
    "RMSProp, falling rate": (RMSProp(rho=0.9, epsilon=1e-8), FALLING),
}
LINES = {  # RMSProp's two paths begin alike: a broad line below, a thin one on it
    "gradient descent": {"color": "C0", "linestyle": ":", "linewidth": 2},
    "momentum": {"color": "C1", "linewidth": 1.2},
    "RMSProp": {"color": "0.6", "linewidth": 5},
    "RMSProp, falling rate": {"color": "k", "linestyle": "--", "linewidth": 1.4},
}


def points():
    """The data: 100 points of a noisy line."""
    rng = np.random.default_rng(0)
    x = 2 * rng.random(N_POINTS)
    return x[:, None], 4 + 3 * x + rng.standard_normal(N_POINTS)


def walk(optimizer, rate, X, y, n_steps):
    """Intercept and slope after each step, (n_steps + 1, 2)."""
    model = BPRegressor((), optimizer=optimizer, learning_rate=rate, alpha=0)
    model.coefs_, model.intercepts_ = [np.array([[START[1]]])], [np.array([START[0]])]
    path = [START]
    for _ in range(n_steps):
        model.partial_fit(X, y)  # 100 samples are one batch, so a call is a step
        path.append((model.intercepts_[0][0], model.coefs_[0][0, 0]))
    return np.array(path)


def draw(X, y, best, paths):
    """The bowl with the ways through it, and how far from the minimum each was after each step."""
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    intercepts, slopes = np.meshgrid(np.linspace(-0.5, 6.6, 120), np.linspace(-0.5, 6.6, 120))
    errors = intercepts[..., None] + slopes[..., None] * X[:, 0] - y
    loss = 0.5 * np.mean(errors**2, axis=-1)
    levels = np.geomspace(loss.min() * 1.02, loss.max(), 14)
    left.contour(intercepts, slopes, loss, levels=levels, colors="0.75", linewidths=0.8)
    for name, path in paths.items():
        left.plot(*path.T, **LINES[name], label=name)
        distance = np.linalg.norm(path - best, axis=1)
        right.loglog(np.arange(1, len(path) + 1), distance, **LINES[name], label=name)
    left.plot(*best, "k*", markersize=11, label="least squares")
    left.set(xlabel="intercept", ylabel="slope", title="The loss, and the ways through it")
    left.legend(loc="upper left")
    right.set(xlabel="step", title="Distance from the least-squares solution")
    right.grid(alpha=0.3)
    right.legend(loc="lower left")
    return figure


def main(arguments=None):
    """Walk, print where each way ended, and draw."""
    options = read_options(__doc__, arguments)
    n_steps = 200 if options.short else N_STEPS
    X, y = points()
    best = np.polynomial.Polynomial.fit(X[:, 0], y, 1).convert().coef
    print(f"{'':<24}intercept   slope   ({n_steps:,} steps at a rate of {RATE})")
    print(f"{'least squares':<24}{best[0]:9.4f}{best[1]:8.4f}")
    paths = {}
    for name, (optimizer, rate) in WAYS.items():
        paths[name] = walk(optimizer, rate, X, y, n_steps)
        print(f"{name:<24}{paths[name][-1, 0]:9.4f}{paths[name][-1, 1]:8.4f}")
    finish(draw(X, y, best, paths), options)
    return {"least squares": best, **{name: path[-1] for name, path in paths.items()}}


if __name__ == "__main__":
    main()
