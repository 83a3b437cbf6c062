"""The range test of the learning rate
===================================

The range test: the loss while the learning rate grows from step to step.

Where the loss begins to fall, the rate is large enough to be of use; where it becomes ragged or
rises, too large. The suggestion is the rate of the steepest descent. It is a good place to begin a
search from. Trials that train for some steps at each rate, as ``learning_rate="auto"`` makes them,
find rates that are better: most are higher.
"""

import numpy as np
from docstrings import load_docstrings
from example import finish, read_options
from matplotlib import pyplot
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import TfidfVectorizer

from sk_bp import BPClassifier
from sk_bp.inspection import LearningRateDisplay

OPTIMIZERS = ("sgd", "rmsprop", "adam")


def data_sets(every=1):
    """Name, and every such sample with its label: pixels, and words of docstrings."""
    X, y = load_digits(return_X_y=True)
    texts, modules = load_docstrings()
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), dtype=np.float32)
    words = vectorizer.fit_transform(texts[::every])
    return {
        "digits": (X[::every] / 16, y[::every]),
        "docstrings": (words, modules[::every]),
    }


def main(arguments=None):
    """Test the range of rates of three optimizers on each data set, print and draw what it says."""
    options = read_options(__doc__, arguments)
    figure, axes = pyplot.subplots(1, 2, figsize=(11, 4.4), layout="constrained")
    found = {}
    print(f"{'':<12}{'optimizer':<10}{'suggestion':>12}{'divergence':>12}{'auto':>12}")
    data = data_sets(every=6 if options.short else 1)
    for ax, (title, (X, y)) in zip(axes, data.items(), strict=True):
        for optimizer in OPTIMIZERS:
            model = BPClassifier(32, optimizer=optimizer, batch_size=32, random_state=0)
            display = LearningRateDisplay.from_estimator(
                model, X, y, n_steps=100 if options.short else 300, name=optimizer, ax=ax
            )
            model.set_params(learning_rate="auto", max_iter=1, tol=None).fit(X, y)
            rates = display.suggestion, display.divergence, model.auto_learning_rate_
            found[title, optimizer] = rates
            cells = ("none" if rate is None else f"{rate:.2g}" for rate in rates)
            print(f"{title:<12}{optimizer:<10}" + "".join(f"{cell:>12}" for cell in cells))
        ax.set_title(title)
    finish(figure, options)
    return found


if __name__ == "__main__":
    main()
