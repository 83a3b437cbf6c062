"""Measure how well networks train at each optimizer's default learning rate and at other rates.

Every optimizer that has a rate trains the same networks at rates from a hundredth to a hundred
times its default, on four data sets and from three seeds each. The training loss and the test score
at the end of a fixed number of epochs go to ``default_rates.json``, from which
``draw_default_rates.py`` makes the picture and the tables of ``default_rates.md``. It takes some
minutes on one core.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from sk_bp import BPClassifier, BPRegressor
from sk_bp.optimizers import OPTIMIZERS

DOCS = Path(__file__).parent
MEASURED = DOCS / "default_rates.json"
FACTORS = 10 ** (np.arange(-4, 5) / 2)  # times the default
N_SEEDS = 3
N_UNITS, BATCH_SIZE = 50, 32
N_EPOCHS = 40
N_EPOCHS_OF_TEXT = 20
N_STEPS_OF_FULL_BATCH = 200  # an epoch is one step
RATES = {name: cls.default_learning_rate for name, cls in OPTIMIZERS.items() if cls.takes_rate}

Parts = tuple  # training samples, test samples, and the targets of both


def digits() -> Parts:
    """Return the images of digits, with grey values in [0, 1]."""
    X, y = load_digits(return_X_y=True)
    return train_test_split(X / 16, y, stratify=y, random_state=0)


def breast_cancer() -> Parts:
    """Return the measurements of tumours, scaled."""
    X, y = load_breast_cancer(return_X_y=True)
    return scaled(*train_test_split(X, y, stratify=y, random_state=0))


def diabetes() -> Parts:
    """Return the measurements of patients, with features and targets scaled."""
    X, X_test, y, y_test = scaled(
        *train_test_split(*load_diabetes(return_X_y=True), random_state=0)
    )
    return X, X_test, (y - y.mean()) / y.std(), (y_test - y.mean()) / y.std()


def docstrings() -> Parts:
    """Return docstrings as sparse weights of words, 800 of them to train with."""
    sys.path.insert(0, str(DOCS.parent / "examples"))
    from docstrings import load_docstrings

    texts, modules = load_docstrings()
    split = {"train_size": 800, "stratify": modules, "random_state": 0}
    texts, texts_test, y, y_test = train_test_split(texts, np.array(modules), **split)
    vectorizer = TfidfVectorizer(min_df=2, dtype=np.float32)
    return vectorizer.fit_transform(texts), vectorizer.transform(texts_test), y, y_test


DATA = {
    "digits": digits,
    "breast cancer": breast_cancer,
    "diabetes": diabetes,
    "docstrings": docstrings,
}


def scaled(X: np.ndarray, X_test: np.ndarray, y: np.ndarray, y_test: np.ndarray) -> Parts:
    """Scale the features to mean 0 and standard deviation 1 in the training samples."""
    scaler = StandardScaler().fit(X)
    return scaler.transform(X), scaler.transform(X_test), y, y_test


def network(
    data_set: str, optimizer: str, rate: float | None, seed: int
) -> BPClassifier | BPRegressor:
    """Return the untrained network for a data set."""
    n_epochs = N_EPOCHS_OF_TEXT if data_set == "docstrings" else N_EPOCHS
    full_batch = OPTIMIZERS[optimizer].full_batch
    return (BPRegressor if data_set == "diabetes" else BPClassifier)(
        N_UNITS,
        optimizer=optimizer,
        learning_rate=rate,
        batch_size="auto" if full_batch else BATCH_SIZE,
        alpha=1e-4,
        scaling=False,
        max_iter=N_STEPS_OF_FULL_BATCH if full_batch else n_epochs,
        tol=None,
        random_state=seed,
    )


def training_loss(model: BPClassifier | BPRegressor, X: np.ndarray, y: np.ndarray) -> float:
    """Return the mean loss of the final network on the training samples."""
    if isinstance(model, BPRegressor):
        return np.mean((model.predict(X).astype(float) - y) ** 2) / 2
    log_probability = model.predict_log_proba(X)
    return -np.mean(log_probability[np.arange(len(y)), np.searchsorted(model.classes_, y)])


def measure(data_set: str, parts: Parts, optimizer: str) -> dict[str, list]:
    """Return the median loss and test score at each rate, and how many fits broke off."""
    X, X_test, y, y_test = parts
    found = {"rates": [rounded(RATES[optimizer] * factor) for factor in FACTORS]}
    found |= {"loss": [], "score": [], "broke_off": []}
    for rate in found["rates"]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ConvergenceWarning)
            models = [network(data_set, optimizer, rate, seed).fit(X, y) for seed in range(N_SEEDS)]
        losses = [training_loss(model, X, y) for model in models]
        found["loss"].append(rounded(np.median(losses)))
        found["score"].append(rounded(np.median([model.score(X_test, y_test) for model in models])))
        found["broke_off"].append(len(caught))
    return found


def rounded(value: float) -> float:
    """Return the number with four digits, as it is stored."""
    return float(f"{value:.4g}")


def main() -> None:
    """Measure all, and store a line for each data set and optimizer."""
    lines = []
    for data_set, load in DATA.items():
        parts = load()
        for optimizer in RATES:
            found = {"data": data_set, "optimizer": optimizer}
            lines.append(json.dumps(found | measure(data_set, parts, optimizer)))
        print(f"{data_set}: done", flush=True)
    MEASURED.write_text("[\n" + ",\n".join(lines) + "\n]\n")


if __name__ == "__main__":
    main()
