"""Time series with lags
=====================

A network has no memory, so the past has to be among its features. The series is made up: the
Mackey-Glass equation, a model of blood cells that is a common test for forecasts. The features are
the values 1, 2, ... 20 steps back, and the target is the value six steps ahead. The training
samples lie before the test samples, and `TimeSeriesSplit` does the same in cross-validation:
shuffled folds would put neighbours of the test samples among the training samples, and promise too
much.
"""

import numpy as np
from example import finish, read_options
from matplotlib import pyplot
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import TimeSeriesSplit, cross_val_score

from sk_bp import BPRegressor

N_LAGS, AHEAD, NOISE = 20, 6, 0.01


def mackey_glass(n, delay=17):
    """Solve dx/dt = 0.2 x(t - delay) / (1 + x(t - delay)^10) - 0.1 x(t) by n steps of 1."""
    x = np.full(n + 300, 1.2)
    for t in range(delay, len(x) - 1):
        x[t + 1] = x[t] + 0.2 * x[t - delay] / (1 + x[t - delay] ** 10) - 0.1 * x[t]
    return x[300:]


def with_lags(series):
    """Features (samples, N_LAGS), the newest value first, and the value AHEAD steps later."""
    windows = np.lib.stride_tricks.sliding_window_view(series, N_LAGS + AHEAD)
    return windows[:, :N_LAGS][:, ::-1], windows[:, -1]


def main(arguments=None):
    """Forecast by a network and a linear model, print their scores, and draw a stretch."""
    options = read_options(__doc__, arguments)
    n = 600 if options.short else 2000
    series = mackey_glass(n) + NOISE * np.random.default_rng(0).standard_normal(n)
    X, y = with_lags(series)
    first_test = len(X) * 3 // 4
    X_train, y_train = X[: first_test - AHEAD], y[: first_test - AHEAD]  # known at that time
    X_test, y_test = X[first_test:], y[first_test:]
    models = {
        "the last value": None,
        "linear": LinearRegression(),
        "network": BPRegressor((50,), "tanh", random_state=0, weight_decay=0.1),
    }
    figure, ax = pyplot.subplots(figsize=(9, 4.2), layout="constrained")
    ax.plot(y_test[:150], color="0.6", linewidth=4, label="the series")
    found = {}
    print(f"{'R²':<18}{'5 folds of the past':>20}{'test':>8}")
    for (name, model), style in zip(models.items(), ("C1:", "C0--", "k-"), strict=True):
        if model is None:
            predicted, folds = X_test[:, 0], np.nan
        else:
            folds = cross_val_score(
                model, X_train, y_train, cv=TimeSeriesSplit(5, gap=AHEAD)
            ).mean()
            predicted = model.fit(X_train, y_train).predict(X_test)
        r2 = 1 - np.mean((predicted - y_test) ** 2) / np.var(y_test)
        print(f"{name:<18}{folds:20.3f}{r2:8.3f}")
        ax.plot(predicted[:150], style, label=f"{name}, R² {r2:.3f}")
        found[name] = r2
    ax.set(xlabel="step of the test samples", ylabel="value", ylim=(None, 1.85))
    ax.set_title(f"Mackey-Glass series, forecast {AHEAD} steps ahead")
    ax.legend(loc="upper right", ncols=2)
    ax.grid(alpha=0.3)
    finish(figure, options)
    return found


if __name__ == "__main__":
    main()
