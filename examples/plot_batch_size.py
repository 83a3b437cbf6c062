"""Batch size
==========

Batch size: few samples a step, many steps an epoch.

A small batch gives a rough gradient, and many of them an epoch; all samples at once give the exact
gradient, and a single step. At one and the same rate small batches learn most in an epoch. Seen by
time they pay for their many steps: single samples take several times as long, and batches of 8 are
ahead for a while. (A larger batch allows a larger rate, too; here it is the same for all.)
"""

from time import perf_counter

from example import finish, read_options
from matplotlib import pyplot
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from sk_bp import SGD, BPClassifier
from sk_bp.inspection import LossCurveDisplay

BATCH_SIZES = (1, 8, 32, 128, 1347)
N_EPOCHS = 40


def train(batch_size, X, y, n_epochs):
    """A network, and the seconds since the start after each epoch."""
    model = BPClassifier(
        50,
        optimizer=SGD(momentum=0),
        learning_rate=0.02,
        batch_size=batch_size,
        random_state=0,
    )
    seconds, start = [], perf_counter()
    for _ in range(n_epochs):
        model.partial_fit(X, y, classes=range(10))
        seconds.append(perf_counter() - start)
    return model, seconds


def main(arguments=None):
    """Train with each batch size, print accuracy and time, and draw the loss by epochs and time."""
    options = read_options(__doc__, arguments)
    n_epochs = 6 if options.short else N_EPOCHS
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    scaler = StandardScaler().fit(X_train)
    X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)

    figure, axes = pyplot.subplots(1, 2, figsize=(11, 4.4), layout="constrained", sharey=True)
    by_epoch, by_time = axes
    print(f"{'batch size':>10}{'steps':>8}{'loss':>10}{'accuracy':>10}{'ms an epoch':>13}")
    losses = {}
    for batch_size in BATCH_SIZES:
        model, seconds = train(batch_size, X_train, y_train, n_epochs)
        accuracy = model.score(X_test, y_test)
        print(
            f"{batch_size:10}{model.n_steps_:8,}{model.loss_:10.4f}{accuracy:10.3f}"
            f"{1000 * seconds[-1] / n_epochs:13.2f}"
        )
        losses[batch_size] = model.loss_curve_
        name = "all samples" if batch_size == len(X_train) else f"{batch_size}"
        display = LossCurveDisplay.from_estimator(model, name=name, ax=by_epoch)
        line = display.lines_[0]
        style = {"color": line.get_color(), "marker": line.get_marker(), "markersize": 4}
        by_time.loglog(seconds, model.loss_curve_, markevery=line.get_markevery(), **style)
    by_epoch.set(ylabel="training loss", title="By epochs")
    by_epoch.get_legend().remove()
    by_time.set(xlabel="seconds", title="By time")
    by_time.legend(*by_epoch.get_legend_handles_labels(), title="samples a step")
    for ax in axes:
        ax.grid(alpha=0.3)
    finish(figure, options)
    return losses


if __name__ == "__main__":
    main()
