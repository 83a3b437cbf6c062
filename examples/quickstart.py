"""Quickstart: digits, text and a grid search
==========================================

Three things to do with sk_bp, in less than a minute and with no download.

1. Put `BPClassifier` into a Pipeline and cross-validate it, beside scikit-learn's MLPClassifier.
2. Train it on text, 2,600 documents x 212,000 sparse features, at the cost of the stored entries.
3. Search over optimizers, learning rates, layers and an optimizer's own parameters.

Run it as ``python examples/quickstart.py``.
"""

from time import perf_counter

import numpy as np
from docstrings import load_docstrings
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_bp import Adam, BPClassifier, ExponentialDecay, RMSProp

STEPS_TIMED = 5  # of MLPClassifier there, whose whole fit would take minutes


def cross_validate_digits():
    """Compare two networks of the same size on images of handwritten digits."""
    X, y = load_digits(return_X_y=True)
    print(f"1. Handwritten digits, {X.shape[0]:,} x {X.shape[1]}: 5-fold cross-validation")
    for network in BPClassifier(50, random_state=0), MLPClassifier(50, random_state=0):
        model = make_pipeline(StandardScaler(), network)
        start = perf_counter()
        scores = cross_val_score(model, X, y)
        report(network, scores.mean(), perf_counter() - start)


def classify_docstrings():
    """Tell from a docstring the module that it describes."""
    texts, modules = load_docstrings()
    texts_train, texts_test, y_train, y_test = train_test_split(
        texts, modules, stratify=modules, random_state=0
    )
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), dtype=np.float32)
    X_train = vectorizer.fit_transform(texts_train)  # a CSR matrix, and it stays one
    X_test = vectorizer.transform(texts_test)
    entries = X_train.nnz // X_train.shape[0]
    print(
        f"\n2. Which module is this docstring from? {X_train.shape[0]:,} x {X_train.shape[1]:,}, "
        f"{entries} entries a row, {len(set(modules))} modules"
    )

    network = BPClassifier(random_state=0)
    seconds = timed_fit(network, X_train, y_train)
    report(network, network.score(X_test, y_test), seconds)
    linear = SGDClassifier(random_state=0)
    seconds_of_linear = timed_fit(linear, X_train, y_train)
    report(linear, linear.score(X_test, y_test), seconds_of_linear)

    peer = MLPClassifier(100, batch_size=network.batch_size_, random_state=0)
    n_steps = network.n_steps_ // network.n_iter_
    per_epoch = seconds / network.n_iter_
    per_epoch_of_peer = n_steps * seconds_per_step(peer, X_train, y_train)
    print(
        f"   one of {network.n_iter_} epochs, {n_steps} steps, 100 hidden units: "
        f"BPClassifier {per_epoch:.2f} s, MLPClassifier {per_epoch_of_peer:.1f} s\n"
        f"   (extrapolated from {STEPS_TIMED} steps), "
        f"{per_epoch_of_peer / per_epoch:.0f} times as long"
    )


def timed_fit(model, X, y):
    """Fit a model and return the seconds that took."""
    start = perf_counter()
    model.fit(X, y)
    return perf_counter() - start


def seconds_per_step(network, X, y):
    """Time a few steps of a network, its weights drawn before."""
    n_samples = STEPS_TIMED * network.batch_size
    network.partial_fit(X[:n_samples], y[:n_samples], classes=np.unique(y))
    start = perf_counter()
    network.partial_fit(X[:n_samples], y[:n_samples])
    return (perf_counter() - start) / STEPS_TIMED


def search():
    """Search over an optimizer and its own parameters as over any other parameter."""
    X, y = load_digits(return_X_y=True)
    model = Pipeline(
        [
            ("scale", StandardScaler()),
            ("network", BPClassifier(max_iter=20, tol=None, random_state=0)),
        ]
    )
    shared = {
        "network__hidden_layer_sizes": [(), 50, (50, 50)],
        "network__learning_rate": [0.01, 0.001, ExponentialDecay(0.01, n_steps=10)],
    }
    grid = [
        {**shared, "network__optimizer": ["sgd", "adagrad"]},
        {**shared, "network__optimizer": [RMSProp()], "network__optimizer__rho": [0.9, 0.99]},
        {**shared, "network__optimizer": [Adam()], "network__optimizer__beta_1": [0.8, 0.9]},
    ]
    start = perf_counter()
    found = GridSearchCV(model, grid, cv=3, n_jobs=2).fit(X, y)
    seconds = perf_counter() - start
    n_fits = 3 * len(found.cv_results_["params"])
    print(f"\n3. Grid search on the digits: {n_fits} fits of 20 epochs in {seconds:.1f} s")
    print(f"   best accuracy {found.best_score_:.3f}, with")
    for name, value in found.best_params_.items():
        print(f"   {name} = {value}")


def report(model, accuracy, seconds):
    """Print one line about a model."""
    print(f"   {type(model).__name__:<13} accuracy {accuracy:.3f} in {seconds:5.1f} s")


def main():
    """Run the three parts."""
    start = perf_counter()
    cross_validate_digits()
    classify_docstrings()
    search()
    print(f"\nAll in {perf_counter() - start:.0f} s.")


if __name__ == "__main__":
    main()
