"""Text with a million columns
===========================

The same docstrings, as words and pairs of words, hashed into 2^10 to 2^20 columns. A document has
about 380 words and pairs, a few of which share a column where columns are few. A thousand times the
columns cost about five times the time: an epoch works on the stored entries only, but the rows of
weights that it reads no longer fit into a cache. The accuracy rises until few words share a column.
"""

from time import perf_counter

import numpy as np
from docstrings import load_docstrings
from example import finish, read_options
from matplotlib import pyplot
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.model_selection import train_test_split

from sk_bp import BPClassifier

POWERS = (10, 12, 14, 16, 18, 20)


def measure(texts, modules, power, n_epochs):
    """Seconds an epoch after the first, accuracy on held-out documents, and entries a document."""
    vectorizer = HashingVectorizer(n_features=2**power, ngram_range=(1, 2), dtype=np.float32)
    X, X_test, y, y_test = train_test_split(
        vectorizer.transform(texts), modules, stratify=modules, random_state=0
    )
    model = BPClassifier(100, batch_size=64, learning_rate=0.01, random_state=0)
    seconds = []
    for _ in range(n_epochs):
        start = perf_counter()
        model.partial_fit(X, y, classes=np.unique(modules))
        seconds.append(perf_counter() - start)
    return np.median(seconds[1:]), model.score(X_test, y_test), X.nnz / X.shape[0]


def main(arguments=None):
    """Train at each number of columns, print and draw time and accuracy."""
    options = read_options(__doc__, arguments)
    texts, modules = load_docstrings(min_per_module=20)
    powers, n_epochs = POWERS, 8
    if options.short:
        texts, modules, powers, n_epochs = texts[::3], modules[::3], (10, 18), 4
    print(f"{'columns':>10}{'entries a document':>20}{'ms an epoch':>13}{'accuracy':>10}")
    rows = []
    for power in powers:
        seconds, accuracy, entries = measure(texts, modules, power, n_epochs)
        print(f"{2**power:10,}{entries:20.0f}{1000 * seconds:13.0f}{accuracy:10.3f}", flush=True)
        rows.append((2**power, seconds, accuracy, entries))
    columns, seconds, accuracies, entries = np.transpose(rows)
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    left.semilogx(columns, seconds / seconds[0], "k-o", label="seconds an epoch")
    left.semilogx(columns, entries / entries[0], "C0--s", label="entries a document")
    left.set(ylabel="relative to 1,024 columns", title="Cost", ylim=(0, None))
    left.legend(loc="upper left")
    right.semilogx(columns, accuracies, "k-o")
    right.set(ylabel="accuracy", title="Accuracy on held-out docstrings")
    for ax in (left, right):
        ax.set_xlabel("columns")
        ax.set_xscale("log", base=2)
        ax.grid(alpha=0.3)
    finish(figure, options)
    return {"columns": columns, "seconds": seconds, "accuracies": accuracies}


if __name__ == "__main__":
    main()
