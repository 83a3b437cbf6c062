"""Sparse matrices whose arrays contradict each other are refused, and nothing crashes."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from cases import ESTIMATORS, both
from helpers import quick, refused, refused_by_partial_fit, two_classes
from scipy import sparse

from sk_bp import BPClassifier, BPTabularRegressor
from sk_bp.tabular import SmoothClipScaler

X, y = two_classes(12, 4)


def csr():
    return sparse.csr_array(np.arange(48.0).reshape(12, 4))


def broken(layout, **arrays):
    """A matrix in this format whose arrays have been overwritten behind SciPy's back."""
    matrix = csr().asformat(layout)
    for name, array in arrays.items():
        setattr(matrix, name, array)
    return matrix


def with_index(layout, name, value):
    matrix = csr().asformat(layout)
    getattr(matrix, name)[5] = value
    return matrix


def broken_lil(edit):
    matrix = csr().tolil()
    edit(matrix)
    return matrix


def broken_dok(key):
    matrix = csr().todok()
    matrix._dict[key] = 1.0
    return matrix


def broken_dia(**arrays):
    matrix = sparse.dia_array((np.ones((2, 4)), [0, 1]), shape=(12, 4))
    for name, array in arrays.items():
        setattr(matrix, name, array)
    return matrix


def blocks(edit):
    matrix = sparse.bsr_array(csr().toarray(), blocksize=(2, 2))
    edit(matrix)
    return matrix


far = 2**31 - 1


BROKEN = {
    "csr index too large": lambda: with_index("csr", "indices", 4),
    "csr index far too large": lambda: with_index("csr", "indices", far),
    "csr index negative": lambda: with_index("csr", "indices", -1),
    "csr indptr falls": lambda: with_index("csr", "indptr", 3),
    "csr indptr beyond the end": lambda: broken("csr", indptr=csr().indptr * 1000),
    "csr indptr does not start at 0": lambda: broken("csr", indptr=csr().indptr + 1),
    "csr indptr negative": lambda: broken("csr", indptr=csr().indptr - 5),
    "csr indptr too short": lambda: broken("csr", indptr=csr().indptr[:5]),
    "csr indptr too long": lambda: broken("csr", indptr=np.r_[csr().indptr, 47]),
    "csr indptr empty": lambda: broken("csr", indptr=csr().indptr[:0]),
    "csr indptr of floats": lambda: broken("csr", indptr=csr().indptr.astype(float)),
    "csr data too short": lambda: broken("csr", data=csr().data[:5]),
    "csr indices too short": lambda: broken("csr", indices=csr().indices[:5]),
    "csc index too large": lambda: with_index("csc", "indices", 12),
    "csc index negative": lambda: with_index("csc", "indices", -far),
    "csc indptr falls": lambda: broken("csc", indptr=np.array([0, 12, 6, 30, 47], np.int32)),
    "csc data too short": lambda: broken("csc", data=csr().data[:5]),
    "bsr index too large": lambda: blocks(lambda X: X.indices.__setitem__(1, 2)),
    "bsr index far too large": lambda: blocks(lambda X: X.indices.__setitem__(1, far // 2)),
    "bsr index negative": lambda: blocks(lambda X: X.indices.__setitem__(1, -1)),
    "bsr indptr beyond the end": lambda: blocks(lambda X: X.indptr.__setitem__(-1, 10**6)),
    "bsr blocks that do not fill": lambda: blocks(
        lambda X: setattr(X, "data", np.ones((len(X.data), 5, 3)))
    ),
    "coo column too large": lambda: with_index("coo", "col", 4),
    "coo row too large": lambda: with_index("coo", "row", far),
    "coo row negative": lambda: with_index("coo", "row", -far),
    "coo data too short": lambda: broken("coo", data=csr().data[:5]),
    "lil index too large": lambda: broken_lil(lambda X: X.rows[1].__setitem__(0, 4)),
    "lil index negative": lambda: broken_lil(lambda X: X.rows[1].__setitem__(0, -1)),
    "lil more values than indices": lambda: broken_lil(lambda X: X.data[1].extend([1.0] * 10**5)),
    "lil more indices than values": lambda: broken_lil(lambda X: X.rows[1].extend([3] * 10**5)),
    "dok column too large": lambda: broken_dok((0, 4)),
    "dok row too large": lambda: broken_dok((far, 0)),
    "dok row negative": lambda: broken_dok((-far, 0)),
    "dia more offsets than diagonals": lambda: broken_dia(offsets=np.arange(10**5)),
    "dia offsets of floats": lambda: broken_dia(offsets=np.array([0.5, 1.0])),
    "dia offset beyond int32": lambda: broken_dia(offsets=np.array([0, 2**63 - 1])),
    "dia offset far below": lambda: broken_dia(offsets=np.array([0, -(2**63)])),
    "dia offsets in two dimensions": lambda: broken_dia(offsets=np.array([[0, 1]])),
    "dia values in one dimension": lambda: broken_dia(data=np.ones(2)),
    "csr values in two dimensions": lambda: broken("csr", data=csr().data[:, None]),
    "csr values without a dimension": lambda: broken("csr", data=np.array(1.0)),
    "csr values in a list": lambda: broken("csr", data=csr().data.tolist()),
    "csr values of texts": lambda: broken("csr", data=csr().data.astype(str)),
    "csr values of objects": lambda: broken("csr", data=csr().data.astype(object)),
    "csr values of dates": lambda: broken("csr", data=csr().data.astype("M8[s]")),
    "csr no values": lambda: broken("csr", data=None),
    "csr no indptr": lambda: broken("csr", indptr=None),
    "csr indices in a list": lambda: broken("csr", indices=csr().indices.tolist()),
    "csr indices without a sign": lambda: broken("csr", indices=csr().indices.astype("u8")),
    "csr shape too long": lambda: broken("csr", _shape=(13, 4)),
    "csr shape of texts": lambda: broken("csr", _shape=("12", "4")),
    "csr shape negative": lambda: broken("csr", _shape=(-12, 4)),
    "csr no shape": lambda: broken("csr", _shape=None),
    "bsr blocks of no size": lambda: blocks(lambda X: setattr(X, "data", np.ones((24, 0, 0)))),
    "bsr values in one dimension": lambda: blocks(lambda X: setattr(X, "data", X.data.ravel())),
    "coo one coordinate": lambda: broken("coo", coords=(csr().tocoo().row,)),
    "coo rows of floats": lambda: broken(
        "coo", coords=(csr().tocoo().row.astype(float), csr().tocoo().col)
    ),
    "coo values in two dimensions": lambda: broken("coo", data=csr().data[:, None]),
    "lil row of nothing": lambda: broken_lil(lambda X: X.rows.__setitem__(0, None)),
    "lil index of a float": lambda: broken_lil(lambda X: X.rows[1].__setitem__(0, 0.5)),
    "lil index of a text": lambda: broken_lil(lambda X: X.rows[1].__setitem__(0, "0")),
    "lil rows too few": lambda: broken_lil(lambda X: setattr(X, "rows", X.rows[:5])),
    "dok key of a text": lambda: broken_dok(("a", 0)),
    "dok key of three": lambda: broken_dok((0, 0, 0)),
    "dok key of one": lambda: broken_dok(0),
}


def try_broken_matrices(names):
    """Pass each of these matrices to each method, and print how that ended, a line for each."""
    for name in names:
        print(json.dumps([name, "begun"]), flush=True)
        ends = []
        for Estimator in ESTIMATORS:
            fitted = quick(Estimator).fit(csr(), y)
            calls = {
                "fit": lambda bad: quick(Estimator).fit(bad, y),  # noqa: B023
                "partial_fit": lambda bad: fitted.partial_fit(bad, y),  # noqa: B023
                "predict": lambda bad: fitted.predict(bad),  # noqa: B023
                "fit to X_val": lambda bad: quick(Estimator).fit(  # noqa: B023
                    csr(), y, X_val=bad, y_val=y
                ),
            }
            for method, call in calls.items():
                try:
                    call(BROKEN[name]())
                except Exception as error:
                    ends.append([method, type(error).__name__, str(error)])
                else:
                    ends.append([method, "taken", ""])
        print(json.dumps([name, ends]), flush=True)


@pytest.fixture(scope="module")
def how_it_ended():
    """How each broken matrix ended, in processes of their own, so that a crash is just one end."""
    ends, names = {}, list(BROKEN)
    while names:
        here = str(Path(__file__).parent)
        program = (
            f"import sys; sys.path.insert(0, {here!r}); import conftest, test_broken_sparse; "
            f"test_broken_sparse.try_broken_matrices({names!r})"
        )
        # -P: the folder that pytest was started in holds a sk_bp that is not compiled.
        run = subprocess.run(
            [sys.executable, "-P", "-c", program], capture_output=True, text=True, timeout=120
        )
        ends.update(json.loads(line) for line in run.stdout.splitlines())
        assert ends, run.stderr
        names = [name for name in names if name not in ends]
    return ends


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_sparse_matrix_is_refused_and_nothing_crashes(name, how_it_ended):
    assert how_it_ended[name] != "begun", "the process crashed"
    assert len(how_it_ended[name]) == 8
    for method, error, message in how_it_ended[name]:
        parameter = "X_val" if "X_val" in method else "X"
        assert error == "ValueError", (method, message)
        assert message.startswith(f"{parameter} is not a valid {name[:3]} matrix"), (
            method,
            message,
        )


NASTY = [
    "csr index far too large",
    "csr indptr falls",
    "csc index too large",
    "coo column too large",
]


@pytest.mark.parametrize("name", NASTY)
@both
def test_a_broken_sparse_matrix_leaves_the_model_as_it_was(Estimator, name):
    message = f"X is not a valid {name[:3]} matrix"
    refused(Estimator, message, X=BROKEN[name]())
    refused_by_partial_fit(Estimator, message, X=BROKEN[name]())
    refused(Estimator, f"X_val is not a valid {name[:3]}", X_val=BROKEN[name](), y_val=y)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_sparse_matrix_is_refused_by_what_serves_tables(name):
    for estimator in (BPTabularRegressor(3, max_iter=1), SmoothClipScaler()):
        with pytest.raises(ValueError, match=f"X is not a valid {name[:3]} matrix"):
            estimator.fit(BROKEN[name](), y)


def test_a_broken_indicator_matrix_y_is_refused():
    Y = sparse.csr_array(np.eye(12, dtype=int)[:, :4])
    Y.indices[0] = 9
    refused(BPClassifier, "y is not a valid csr matrix", y=Y)
