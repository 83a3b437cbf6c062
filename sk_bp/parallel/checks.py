"""What is refused, or warned of, before partitions are trained on."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from sk_bp.parallel.parts import Look
from sk_bp.targets import Targets
from sk_bp.user_warnings import user_level

_UNLIKE = 0.3  # a partition whose classes differ so much from those of all data


def check_supported(estimator: Any, has_X_val: bool) -> None:
    """Raise ValueError for parameters that need all samples in one process.

    Parameters
    ----------
    estimator : BPClassifier or BPRegressor
    has_X_val : bool
        Whether held-out samples are given.
    """
    optimizer = estimator._optimizer()
    wrong = {
        "optimizer": optimizer.full_batch,
        "n_restarts": estimator.n_restarts > 0,
        "n_models": estimator.n_models > 1,
        "learning_rate": estimator._finds_rate,
        "init": estimator.init == "data" if isinstance(estimator.init, str) else False,
    }
    for name, is_wrong in wrong.items():
        if is_wrong:
            raise ValueError(
                f"{name}={getattr(estimator, name)!r} is not supported in training on partitions, "
                "because it needs all samples in one process; fit it to a part of them with "
                f"{_plain_name(estimator)}, or choose another {name}"
            )
    if optimizer.rule == "prodigy":
        raise ValueError(
            f"optimizer={estimator.optimizer!r} is not supported in training on partitions: its "
            "distance is one number for all weights, found step by step from all of their "
            "gradients, which partitions that train apart do not have; choose another optimizer, "
            "such as adam or rmsprop"
        )
    if estimator.early_stopping and not has_X_val:
        raise ValueError(
            "early_stopping=True needs X_val and y_val in training on partitions: no samples are "
            "split off there"
        )


def _plain_name(estimator: Any) -> str:
    return type(estimator).__name__.removeprefix("Dask")


def check_looks(looks: dict[int, Look]) -> None:
    """Raise what is wrong with a partition, or with one beside the others."""
    if not looks:
        raise ValueError("X has no samples: all of its partitions are empty")
    first_number = min(looks)
    for number, one in looks.items():
        if one.error is not None:
            raise type(one.error)(f"partition {number} of X and y: {one.error}")
        first = looks[first_number]
        assert one.features is not None
        assert first.features is not None
        traits = {
            "is of the type": (str(one.dtype), str(first.dtype)),
            "is": ("sparse" if one.sparse else "dense", "sparse" if first.sparse else "dense"),
            "has the number of features": (
                one.features["n_features_in_"],
                first.features["n_features_in_"],
            ),
            "has y with the number of dimensions": (one.y.ndim, first.y.ndim),
            "has the column names": (
                list(one.features.get("feature_names_in_", [])),
                list(first.features.get("feature_names_in_", [])),
            ),
        }
        for trait, (own, others) in traits.items():
            if own != others:
                raise ValueError(
                    f"partition {number} of X and y {trait} {own}, but partition {first_number} "
                    f"{trait} {others}; convert X before fitting"
                )


def warn_of_sorted_partitions(targets: Targets, looks: Sequence[Look]) -> None:
    """Warn where partitions hold other classes, or other values of y, than all data."""
    y = np.concatenate([one.y for one in looks])
    columns = targets.columns(y)
    if len(looks) < 2 or len(columns) > 1:
        return
    ends = np.cumsum([one.n for one in looks])[:-1]
    if columns:
        classes, codes = columns[0]
        parts = np.split(codes, ends)
        shares = np.bincount(codes, minlength=len(classes)) / len(codes)
        differences = [
            0.5 * np.abs(np.bincount(part, minlength=len(classes)) / len(part) - shares).sum()
            - 0.5 * np.sqrt(len(classes) / len(part))  # what chance makes of it
            for part in parts
        ]
        unlike = np.average(differences, weights=[len(part) for part in parts]) > _UNLIKE
    else:
        values = y.reshape(len(y), -1)[:, 0].astype(np.float64)
        parts = np.split(values, ends)
        within = sum(part.var() * len(part) for part in parts) / len(y)
        total = values.var() if np.ptp(values) > 0 else 0.0  # the mean of equal values is rounded
        unlike = len(y) > 20 * len(parts) and within < (1 - _UNLIKE) * total
    if unlike:
        warnings.warn(
            "the partitions of y differ much from each other, as if the samples were sorted by y: "
            "training on several partitions at a time is then slow and poor. Shuffle the samples "
            "first, or set partitions_per_round=1.",
            stacklevel=user_level(),
        )
