"""The defaults on docstrings, on digits and on Fashion-MNIST, beside scikit-learn's models."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import data
import numpy as np
from fits import Fits
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.svm import LinearSVC

EXAMPLES = Path(__file__).parents[1] / "examples"
LINEAR = {"SGDClassifier": SGDClassifier, "LinearSVC": LinearSVC}
QUICK_ROWS = 2_000
QUICK_DOCUMENTS = 200


def print_text(fits: Fits, network: Callable, quick: bool) -> None:
    """Which module wrote a docstring: 2,600 documents of 61 classes, 212,000 words and pairs."""
    print("\ndocstrings: accuracy of each split, seconds")
    texts, modules = _docstrings()
    splitter = StratifiedShuffleSplit(1 if quick else 3, test_size=0.25, random_state=0)
    n_rows = QUICK_DOCUMENTS if quick else None
    splits = [(train[:n_rows], test) for train, test in splitter.split(texts, modules)]
    for name in ["sk_bp", "before", *LINEAR]:
        records = [
            fits.remembered(
                (name, "docstrings", i),
                lambda rows=splits[i], i=i, name=name: _accuracy(
                    fits, _model(network, name, len(rows[0]), i), *_tf_idf(texts, modules, *rows)
                ),
            )
            for i in range(len(splits))
        ]
        accuracies, seconds = np.transpose(records)
        shown = " ".join(f"{accuracy:.3f}" for accuracy in accuracies)
        print(f"{name:15s} {accuracies.mean():.4f} ({shown}) {seconds.mean():6.1f} s")


def print_images(fits: Fits, network: Callable, quick: bool) -> None:
    """Ten kinds of clothes, 60,000 x 784; ten digits, 1,797 x 64."""
    n_rows = QUICK_ROWS if quick else None
    for label, load in {"digits": _digits, "Fashion-MNIST": _fashion_mnist}.items():
        print(f"\n{label}: accuracy, seconds")
        X, y, X_test, y_test = load()
        for name in ("sk_bp", "before", "MLP"):
            accuracy, seconds = fits.remembered(
                (name, label, 0),
                lambda name=name, X=X[:n_rows], y=y[:n_rows], test=(X_test, y_test): _accuracy(
                    fits, _model(network, name, len(y), 0), X, y, *test
                ),
            )
            print(f"{name:15s} {accuracy:.4f} {seconds:6.1f} s")


def _model(network: Callable, name: str, n_samples: int, seed: int):
    if name in LINEAR:
        return LINEAR[name](random_state=seed)
    return network(name, n_samples, True, seed)


def _accuracy(fits: Fits, model, X, y, X_test, y_test) -> tuple[float, float]:
    _, seconds = fits.timed(lambda: model.fit(X, y))
    return model.score(X_test, y_test), seconds


def _docstrings():
    sys.path.insert(0, str(EXAMPLES))
    from docstrings import load_docstrings

    texts, modules = load_docstrings()
    return np.array(texts, dtype=object), np.array(modules)


def _tf_idf(texts, modules, train, test):
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), dtype=np.float32)
    X = vectorizer.fit_transform(texts[train])
    return X, modules[train], vectorizer.transform(texts[test]), modules[test]


def _digits():
    X, y = data.digits()
    train, test = next(StratifiedShuffleSplit(1, test_size=0.25, random_state=0).split(X, y))
    return X[train], y[train], X[test], y[test]


def _fashion_mnist():
    return *data.fashion_mnist(), *data.fashion_mnist(part="t10k")
