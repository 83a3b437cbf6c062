"""What every test needs before scipy and scikit-learn are imported, and fixtures for many."""

import os

# scikit-learn's checks of array API support skip themselves without it.
os.environ["SCIPY_ARRAY_API"] = "1"
# No screen is needed to draw.
os.environ["MPLBACKEND"] = "Agg"

import numpy as np
import pytest
from sklearn.datasets import load_iris


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
