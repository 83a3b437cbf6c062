"""PyTorch, written as its documentation advises for CPU training."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
from torch import nn

from peers.setting import Setting

N_THREADS = 2


class _Torch:
    """A training loop; subclasses say what the network is and how batches are cut."""

    def __init__(self, setting: Setting, seed: int = 0):
        torch.set_num_threads(N_THREADS)
        torch.manual_seed(seed)
        self.setting = setting
        self.model = None

    def fit(self, epochs: int) -> None:
        self.start()
        for _ in range(epochs):
            self.epoch()

    def epoch(self) -> None:
        criterion = nn.CrossEntropyLoss()
        for inputs, targets in self.batches():
            for optimizer in self.optimizers:
                optimizer.zero_grad(set_to_none=True)
            criterion(self.model(*inputs), targets).backward()
            for optimizer in self.optimizers:
                optimizer.step()

    def finish(self) -> None:
        """Nothing was put off."""

    @torch.inference_mode()
    def predict_proba(self, rows):
        return torch.softmax(self.model(*rows), dim=1).numpy()


class TorchDense(_Torch):
    """nn.Sequential and fused Adam."""

    def prepare(self, X, y) -> None:
        self.X = torch.from_numpy(X)
        self.y = torch.from_numpy(np.searchsorted(np.unique(y), y))

    def start(self) -> None:
        n_classes = int(self.y.max()) + 1
        self.model = _dense_layers((self.X.shape[1], *self.setting.hidden, n_classes))
        rate = self.setting.learning_rate
        self.optimizers = [torch.optim.Adam(self.model.parameters(), lr=rate, fused=True)]

    def batches(self):
        for chosen in torch.randperm(len(self.X)).split(self.setting.batch_size):
            yield (self.X[chosen],), self.y[chosen]

    def rows(self, X):
        return (torch.from_numpy(X),)


class TorchSparse(_Torch):
    """EmbeddingBag with sparse gradients under SparseAdam, the other layers under fused Adam.

    SparseAdam leaves the rows of absent columns alone, so it is not the Adam of the dense
    computation; and it accepts no weight decay. Batches are shuffled and cut beforehand.
    """

    def prepare(self, X, y) -> None:
        self.n_features = X.shape[1]
        self.n_classes = len(np.unique(y))
        targets = torch.from_numpy(np.searchsorted(np.unique(y), y))
        order = np.arange(len(y))
        if self.setting.shuffle:
            np.random.default_rng(0).shuffle(order)
        size = self.setting.batch_size
        chunks = [order[first : first + size] for first in range(0, len(order), size)]
        self.cut = [(self.rows(X[chunk]), targets[chunk]) for chunk in chunks]

    def start(self) -> None:
        self.model = _WideNet(self.n_features, self.setting.hidden, self.n_classes)
        rate = self.setting.learning_rate
        wide = [self.model.embedding.weight]
        rest = [self.model.bias, *self.model.tail.parameters()]
        self.optimizers = [
            torch.optim.SparseAdam(wide, lr=rate),
            torch.optim.Adam(rest, lr=rate, fused=True),
        ]

    def batches(self):
        return self.cut

    def rows(self, X):
        indices = torch.from_numpy(X.indices.astype(np.int64))
        offsets = torch.from_numpy(X.indptr[:-1].astype(np.int64))
        return indices, offsets, torch.from_numpy(X.data)


class _WideNet(nn.Module):
    def __init__(self, n_features: int, hidden: tuple[int, ...], n_classes: int):
        super().__init__()
        bound = (6 / (n_features + hidden[0])) ** 0.5
        weights = torch.empty(n_features, hidden[0]).uniform_(-bound, bound)
        self.embedding = nn.EmbeddingBag(
            n_features, hidden[0], mode="sum", sparse=True, _weight=weights
        )
        self.bias = nn.Parameter(torch.zeros(hidden[0]))
        self.tail = nn.Sequential(nn.ReLU(), *_dense_layers((*hidden, n_classes)))

    def forward(self, indices, offsets, values):
        return self.tail(self.embedding(indices, offsets, per_sample_weights=values) + self.bias)


def _dense_layers(sizes: tuple[int, ...]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for fan_in, fan_out in pairwise(sizes):
        linear = nn.Linear(fan_in, fan_out)
        nn.init.xavier_uniform_(linear.weight)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])
