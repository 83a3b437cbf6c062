"""Estimators for data frames with numbers, categories and missing values, and what they encode by.

========================  ==========================================================
class                     what it does
========================  ==========================================================
`BPTabularClassifier`     classification of the rows of a table by a network
`BPTabularRegressor`      regression on the rows of a table by a network
`TabularEncoder`          from a table to the numbers that these networks learn from
`SmoothClipScaler`        its scaler for numeric columns
`PiecewiseLinearEncoder`  its further features of numeric columns
========================  ==========================================================
"""

from sk_bp.tabular.encoder import TabularEncoder
from sk_bp.tabular.estimators import BPTabularClassifier, BPTabularRegressor
from sk_bp.tabular.pieces import PiecewiseLinearEncoder
from sk_bp.tabular.scaling import SmoothClipScaler

__all__ = [
    "BPTabularClassifier",
    "BPTabularRegressor",
    "PiecewiseLinearEncoder",
    "SmoothClipScaler",
    "TabularEncoder",
]
