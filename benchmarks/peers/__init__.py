"""The contestants: sk_bp, scikit-learn, PyTorch and fastText behind one small face.

Every trainer here has

- ``prepare(X, y)``: keep the data in the library's best form (never timed);
- ``fit(epochs)``: a new model, trained for so many epochs;
- ``start()``, ``epoch()``, ``finish()``: the same in parts that can be timed apart;
- ``rows(X)`` and ``predict_proba(rows)``: prediction, the conversion of X apart (not timed).

fastText is a command and has its own face in `peers.fasttext`.
"""

from __future__ import annotations

from peers.setting import Setting


def sk_bp(setting: Setting, seed: int):
    from peers.estimators import SkBp

    return SkBp(setting, seed)


def scikit_learn(setting: Setting, seed: int):
    from peers.estimators import ScikitLearn

    return ScikitLearn(setting, seed)


def torch_dense(setting: Setting, seed: int):
    from peers.pytorch import TorchDense

    return TorchDense(setting, seed)


def torch_sparse(setting: Setting, seed: int):
    from peers.pytorch import TorchSparse

    return TorchSparse(setting, seed)
