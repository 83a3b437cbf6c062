"""Tables with columns of every kind, as pandas and polars data frames."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn import __version__ as sklearn_version
from sklearn.utils.fixes import parse_version

from sk_bp import BPTabularClassifier, BPTabularRegressor

TABULAR = (BPTabularClassifier, BPTabularRegressor)
both_tabular = pytest.mark.parametrize("Estimator", TABULAR)


def columns(n=120, seed=0):
    """Lists with None for missing values; the target depends on the number and on the town."""
    rng = np.random.default_rng(seed)
    missing = rng.random((4, n)) < 0.1
    parts = {
        "size": rng.lognormal(3, 1, n).tolist(),
        "rooms": rng.integers(1, 6, n).tolist(),
        "town": rng.choice(["Aix", "Bonn", "Cork"], n).tolist(),
        "garden": rng.choice([True, False], n).tolist(),
    }
    return {
        name: [None if gone else value for value, gone in zip(values, lost, strict=True)]
        for (name, values), lost in zip(parts.items(), missing, strict=True)
    }


def target(table, Estimator):
    """Prices of the rows, or whether they are high."""
    effect = {"Aix": 0.0, "Bonn": 2.0, "Cork": 4.0, None: 1.0}
    price = np.array(
        [
            (rooms or 3) + effect[town]
            for rooms, town in zip(table["rooms"], table["town"], strict=True)
        ]
    )
    return np.where(price > 5, "high", "low") if Estimator is BPTabularClassifier else 1e5 * price


def pandas_frame(table):
    """With a dtype of pandas' own for each column."""
    types = {"size": "Float64", "rooms": "Int64", "town": "category", "garden": "boolean"}
    return pd.DataFrame(table).astype(types)


def numpy_frame(table):
    """With NumPy's dtypes only, as read_csv gives them."""
    return pd.DataFrame(table).astype(
        {"size": float, "rooms": float, "town": object, "garden": object}
    )


FRAMES = {"pandas": pandas_frame, "numpy": numpy_frame, "polars": pl.DataFrame}
# scikit-learn before 1.8 reads names by a protocol that polars has given up.
READABLE = parse_version(sklearn_version) >= parse_version("1.8") or hasattr(
    pl.DataFrame, "__dataframe__"
)
needs_names_of_polars = pytest.mark.skipif(
    not READABLE, reason="this scikit-learn reads no column names of this polars"
)
every_frame = pytest.mark.parametrize(
    "frame_of",
    [
        pytest.param(make, id=name, marks=needs_names_of_polars if name == "polars" else ())
        for name, make in FRAMES.items()
    ],
)


def quick(Estimator, **params):
    """A small network that is trained in no time."""
    return Estimator(
        **{"hidden_layer_sizes": 8, "max_iter": 20, "n_models": 1, "random_state": 0, **params}
    )


def outputs(model, X):
    """Probabilities, or predicted values."""
    return model.predict_proba(X) if hasattr(model, "predict_proba") else model.predict(X)
