"""Schedules of the learning rate
==============================

Schedules: how the learning rate changes over a fit, drawn before any training.

Some fall to the end of the fit, whose length they know: along a straight line, along half a cosine,
up first and then far down. Some fall without an end, and serve streams too. Some come back: warm
restarts, cycles that double in length, and the one that follows the loss. All of them begin at the
same rate here, or rise to it.
"""

from example import finish, read_options
from matplotlib import pyplot

from sk_bp import (
    AdaptiveRate,
    CosineDecay,
    CosineLog,
    ExponentialDecay,
    InverseScaling,
    InverseTime,
    OneCycle,
    Piecewise,
    PolynomialDecay,
    StepDecay,
    Warmup,
)
from sk_bp.inspection import ScheduleDisplay

N_SAMPLES, BATCH_SIZE, N_EPOCHS = 2000, 32, 60
RATE = 0.1
PANELS = {
    "To the end of the fit": {
        "straight line": PolynomialDecay(RATE),
        "cosine": CosineDecay(RATE),
        "one cycle": OneCycle(RATE),
        "cosine, warmed up": Warmup(CosineDecay(RATE), fraction=0.1),
    },
    "Without an end": {
        "exponential": ExponentialDecay(RATE, factor=0.5, n_epochs=10),
        "inverse time": InverseTime(RATE, n_epochs=10),
        "inverse scaling": InverseScaling(RATE, power=0.25),
    },
    "Staircases": {
        "step decay": StepDecay(RATE, factor=0.5, n_epochs=10),
        "piecewise": Piecewise((RATE, RATE / 10, RATE / 100), fraction=(0.5, 0.75)),
    },
    "Up and down": {
        "warm restarts": CosineDecay(RATE, n_cycles=4, cycle_growth=2),
        "cosine log": CosineLog(RATE),
        "adaptive": AdaptiveRate(
            RATE / 2, increase=1.05, decrease=0.7, n_iter_no_change=5, maximum=RATE
        ),
    },
}


def losses(n_epochs):
    """Made up: they fall, jump up once, and then stand still."""
    falling = [1 / (1 + 0.1 * epoch) for epoch in range(n_epochs)]
    return [max(loss, 0.3) + 0.3 * (epoch == n_epochs // 4) for epoch, loss in enumerate(falling)]


def main(arguments=None):
    """Draw all schedules, and print their rates at the start, in the middle and at the end."""
    options = read_options(__doc__, arguments)
    n_samples = 500 if options.short else N_SAMPLES
    figure, axes = pyplot.subplots(2, 2, figsize=(11, 7), layout="constrained", sharey=True)
    found = {}
    print(f"{'schedule':<20}{'first':>10}{'half way':>10}{'last':>10}{'mean':>10}")
    for ax, (title, schedules) in zip(axes.flat, PANELS.items(), strict=True):
        displays = ScheduleDisplay.from_schedules(
            schedules,
            n_samples=n_samples,
            batch_size=BATCH_SIZE,
            n_epochs=N_EPOCHS,
            losses=losses(N_EPOCHS),
            ax=ax,
        )
        for name, display in displays.items():
            rates = found[name] = display.rates
            shown = (rates[0], rates[len(rates) // 2], rates[-1], rates.mean())
            print(f"{name:<20}" + "".join(f"{rate:10.2g}" for rate in shown))
        ax.set(title=title, ylim=(-0.04 * RATE, 1.25 * RATE))
        ax.legend(loc="upper center", ncols=2)
        ax.grid(alpha=0.3)
        ax.label_outer()
    finish(figure, options)
    return found


if __name__ == "__main__":
    main()
