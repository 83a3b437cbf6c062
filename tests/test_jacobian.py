"""The Jacobian of the outputs, for the optimizers that solve least squares."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.sparse as sp
from cases import every_activation, layouts
from internals import jacobian_of, make_blocks_of_the_jacobian
from minimizer_cases import regression
from reference import activation_oracle, forward
from sklearn.base import clone

from sk_bp import BPRegressor


def jacobian_by_differences(arrays, outputs, h=1e-6):
    """The derivatives of outputs() in all numbers of these arrays."""
    columns = []
    for array in arrays:
        for i in np.ndindex(array.shape):
            here = array[i]
            array[i] = here + h
            above = outputs()
            array[i] = here - h
            columns.append((above - outputs()) / (2 * h))
            array[i] = here
    return np.stack(columns, axis=-1)


@layouts
@every_activation
@pytest.mark.parametrize("units", [(4, 2), (4, 5, 1), (4, 5, 3, 2)])
def test_the_jacobian_is_that_of_central_differences(units, activation, layout):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((150, 4)) * (rng.random((150, 4)) < 0.6)
    coefs = [rng.standard_normal(shape) for shape in pairwise(units)]
    intercepts = [rng.standard_normal(n_units) for n_units in units[1:]]
    activations = [activation] * (len(units) - 2)
    oracles = [activation_oracle(activation) for activation in activations]

    def outputs():
        return forward(coefs, intercepts, oracles, X)[0][-1]

    J, found = jacobian_of(coefs, intercepts, activations, layout(X))
    np.testing.assert_allclose(found, outputs(), rtol=1e-12, atol=1e-12)
    expected = jacobian_by_differences(coefs + intercepts, outputs)
    np.testing.assert_allclose(J, expected, rtol=1e-5, atol=1e-7)


def test_the_jacobian_is_taken_in_blocks_without_a_difference(monkeypatch):
    X, y = regression(n_outputs=2)
    model = BPRegressor(4, "tanh", optimizer="levenberg_marquardt", max_iter=5, tol=None)
    model.set_params(random_state=0)
    whole = clone(model).fit(X, y)
    make_blocks_of_the_jacobian(500, monkeypatch)
    in_blocks = clone(model).fit(sp.csr_array(X), y)
    for a, b in zip(whole.coefs_, in_blocks.coefs_, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-10)
