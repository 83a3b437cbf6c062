"""Weights without the rest: export and import as plain arrays, and smaller models.

`state_dict` and `load_state_dict` exchange weights as NumPy arrays, `save_weights` and
`load_weights` as an npz file, which holds no pickle. `drop_training_state` lets go of what only
further training needs, `prune_columns` of the columns that no sample of the training had.
"""

from sk_bp.weights.exchange import load_state_dict, load_weights, save_weights, state_dict
from sk_bp.weights.pruning import ColumnSelector, drop_training_state, prune_columns

__all__ = [
    "ColumnSelector",
    "drop_training_state",
    "load_state_dict",
    "load_weights",
    "prune_columns",
    "save_weights",
    "state_dict",
]
