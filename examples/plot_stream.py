"""A stream that changes
=====================

Digits come in pieces of 50; each is predicted first, and then learned by `partial_fit`. After half
of the stream the images are turned by 90 degrees. A network at a constant rate soon finds its way
back. One whose rate has fallen by then (`InverseTime`) is at least as good before the change, and
comes back more slowly: a rate that falls to zero suits data whose law does not change.
"""

import numpy as np
from example import finish, read_options
from matplotlib import pyplot
from sklearn.datasets import load_digits

from sk_bp import SGD, BPClassifier, InverseTime

PIECE, WINDOW = 50, 8
RATES = {
    "constant": 0.05,
    "falling": InverseTime(0.05, n_steps=50),
}
STYLES = {"constant": "k-", "falling": "C1--"}


def stream(n_passes):
    """Pieces of digits in random order; the second half of them are turned."""
    X, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    order = np.concatenate([rng.permutation(len(X)) for _ in range(n_passes)])
    n_pieces = len(order) // PIECE
    for i, piece in enumerate(np.array_split(order[: n_pieces * PIECE], n_pieces)):
        images = X[piece] / 16
        if i >= n_pieces / 2:
            images = np.rot90(images.reshape(-1, 8, 8), axes=(1, 2)).reshape(-1, 64)
        yield images, y[piece]


def main(arguments=None):
    """Learn the stream at both rates, print accuracies before and after, and draw them."""
    options = read_options(__doc__, arguments)
    n_passes = 4 if options.short else 8
    figure, ax = pyplot.subplots(figsize=(8.5, 4.2), layout="constrained")
    found = {}
    print(f"{'rate':<10}{'before':>9}{'just after':>12}{'end':>7}")
    for name, rate in RATES.items():
        model = BPClassifier(50, optimizer=SGD(), learning_rate=rate, batch_size=10, random_state=0)
        hits = []
        for X, y in stream(n_passes):
            if model.__sklearn_is_fitted__():
                hits.append(model.score(X, y))
            model.partial_fit(X, y, classes=range(10))
        change = len(hits) // 2
        before, after = np.mean(hits[change - 20 : change]), np.mean(hits[change : change + 20])
        end = np.mean(hits[-20:])
        print(f"{name:<10}{before:9.3f}{after:12.3f}{end:7.3f}")
        smooth = np.convolve(hits, np.full(WINDOW, 1 / WINDOW), "valid")
        places = PIECE * np.arange(WINDOW, len(hits) + 1)
        ax.plot(places, smooth, STYLES[name], label=name)
        found[name] = {"before": before, "after": after, "end": end}
    ax.axvline(PIECE * change, color="0.5", linewidth=1)
    ax.text(PIECE * change, 0.03, " turned from here on", color="0.35")
    ax.set(xlabel="digits that have come", ylabel="accuracy before learning", ylim=(0, 1.02))
    ax.set_title(f"Mean of the last {WINDOW} pieces of {PIECE} digits")
    ax.grid(alpha=0.3)
    ax.legend(title="learning rate", loc="lower left")
    finish(figure, options)
    return found


if __name__ == "__main__":
    main()
