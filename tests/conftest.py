"""What every test needs before scipy and scikit-learn are imported, and fixtures for many."""

import os

# scikit-learn's checks of array API support skip themselves without it.
os.environ["SCIPY_ARRAY_API"] = "1"
# No screen is needed to draw.
os.environ["MPLBACKEND"] = "Agg"

from importlib.util import find_spec

import numpy as np
import pytest
from sklearn.datasets import load_iris

collect_ignore = ["typing/user_script.py"]  # is read by a type checker
HAS_CALLBACKS = find_spec("sklearn.callback") is not None  # scikit-learn >= 1.9


def pytest_collection_modifyitems(items):
    """Skip the docstrings of what needs a later scikit-learn."""
    skip = pytest.mark.skip(reason="scikit-learn < 1.9")
    for item in items:
        if not HAS_CALLBACKS and item.name.startswith("sk_bp.callbacks."):
            item.add_marker(skip)


@pytest.fixture
def rng():
    """Random numbers that are the same whichever tests run before."""
    return np.random.default_rng(1)


@pytest.fixture(scope="session")
def iris():
    return load_iris(return_X_y=True)


@pytest.fixture
def close_figures():
    """Leave no figure open after a test."""
    import matplotlib.pyplot as plt

    yield
    plt.close("all")
