"""Learning rate
=============

The learning rate: too small, right, too large, and one that falls.

Gradient descent in batches of 8 on a noisy regression. Too small a rate crawls. A large one is
thrown about by the noise of each batch, and stays above what can be reached. One that begins large
and falls by a tenth in each epoch has both: it comes down fast, and then settles. At a rate that is
too large each step goes farther than the one before: training stops in the first epoch with a
warning, and the weights stay finite.
"""

import warnings

from example import finish, read_options
from sklearn.datasets import make_friedman1
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from sk_bp import SGD, BPRegressor, ExponentialDecay
from sk_bp.inspection import LossCurveDisplay

N_SAMPLES, BATCH_SIZE, N_EPOCHS = 3000, 8, 60


def data():
    """Scaled samples and targets, to train and to test with."""
    X, y = make_friedman1(N_SAMPLES, noise=1.0, random_state=0)
    y = (y - y.mean()) / y.std()
    return train_test_split(StandardScaler().fit_transform(X), y, random_state=0)


def main(arguments=None):
    """Train at each rate, print loss and R², and draw loss and rate."""
    options = read_options(__doc__, arguments)
    X_train, X_test, y_train, y_test = data()
    steps_per_epoch = -(-len(X_train) // BATCH_SIZE)
    rates = {
        "too small": 0.001,
        "right": 0.03,
        "large": 0.3,
        "too large": 1.0,
        "falling": ExponentialDecay(0.3, factor=0.9, n_steps=steps_per_epoch),
    }
    models, found = {}, {}
    print(f"{'rate':<12}{'':<14}{'loss':>10}{'R² of test samples':>20}")
    for name, rate in rates.items():
        model = BPRegressor(
            30,
            "tanh",
            optimizer=SGD(momentum=0),
            learning_rate=rate,
            batch_size=BATCH_SIZE,
            max_iter=40 if options.short else N_EPOCHS,
            tol=None,
            random_state=0,
        )
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ConvergenceWarning)
            models[name] = model.fit(X_train, y_train)
        r2 = model.score(X_test, y_test)
        first, last = (model.history_["learning_rate"][epoch] for epoch in (0, -1))
        shown = f"{first:.2g}" if first == last else f"{first:.2g} to {last:.2g}"
        print(f"{name:<12}{shown:<14}{model.loss_:10.4f}{r2:20.3f}")
        found[name] = {"loss": model.loss_, "r2": r2, "warned": bool(caught)}
    diverged = models.pop("too large")
    displays = LossCurveDisplay.from_estimators(models, panels=["loss", "learning_rate"])
    loss, rate = displays["right"].axes_
    loss.set_ylabel("training loss")
    loss.annotate(
        f"too large: {diverged.loss_:.0e} in the first epoch, stopped",
        (0.25, 1),
        (0, -14),
        xycoords="axes fraction",
        textcoords="offset points",
    )
    for ax in (loss, rate):
        ax.grid(alpha=0.3)
    figure = displays["right"].figure_
    figure.set_size_inches(7.5, 6)
    finish(figure, options)
    return found


if __name__ == "__main__":
    main()
