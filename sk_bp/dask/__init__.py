"""Training on the workers of a Dask cluster: needs ``pip install "sk_bp[dask]"``.

docs/distributed.md says how it works, what it costs and when it pays.
"""

from sk_bp.dask.estimators import DaskBPClassifier, DaskBPRegressor
from sk_bp.dask.fitting import fit

__all__ = ["DaskBPClassifier", "DaskBPRegressor", "fit"]
