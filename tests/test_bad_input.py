"""Bad input gets an error that names it, and leaves a fitted model intact."""

import copy
import json
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from sk_bp import SGD, Adagrad, Adam, AdamW, BPClassifier, BPRegressor, RMSProp
from sk_bp.inspection import check_gradient, gradient_report
from sk_bp.schedules import ConstantRate, ExponentialDecay, Schedule

pytestmark = pytest.mark.filterwarnings(
    "ignore:invalid value encountered in cast:RuntimeWarning"  # from scikit-learn, for infinite y
)

ESTIMATORS = [BPClassifier, BPRegressor]
both = pytest.mark.parametrize("Estimator", ESTIMATORS)

rng = np.random.default_rng(0)
X = rng.normal(size=(12, 4))
y = np.arange(12) % 2


def quick(Estimator, **params):
    return Estimator(**{"hidden_layer_sizes": 3, "max_iter": 2, "tol": None, **params})


def state(estimator):
    """A copy of all that an estimator knows, for comparison."""
    return copy.deepcopy(
        {name: value for name, value in vars(estimator).items() if name[0] != "_"}
    ), [W.copy() for W in (*estimator.coefs_, *estimator.intercepts_)]


def assert_same_state(estimator, before):
    attributes, weights = before
    now, weights_now = state(estimator)
    assert now.keys() == attributes.keys()
    for name, value in attributes.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(now[name], value)
        elif not hasattr(value, "get_params"):
            assert now[name] == value, name
    for W, V in zip(weights_now, weights, strict=True):
        np.testing.assert_array_equal(W, V)


def refused(Estimator, message, X=X, y=y, params=None, error=ValueError, **arguments):
    """Assert that fit raises this error, on a fresh estimator and on a fitted one, which stays."""
    fresh = quick(Estimator, **(params or {}))
    with pytest.raises(error, match=message):
        fresh.fit(X, y, **arguments)
    assert not any(name.endswith("_") and not name.startswith("_") for name in vars(fresh))
    fitted = quick(Estimator).fit(globals()["X"], globals()["y"])
    fitted.set_params(**(params or {}))
    before = state(fitted)
    with pytest.raises(error, match=message):
        fitted.fit(X, y, **arguments)
    assert_same_state(fitted, before)
    fitted.set_params(warm_start=True)
    before = state(fitted)
    with pytest.raises(error, match=message):
        fitted.fit(X, y, **arguments)
    assert_same_state(fitted, before)


def refused_by_partial_fit(Estimator, message, X=X, y=y, params=None, error=ValueError, **given):
    """Assert that partial_fit raises this error, and leaves a model in the midst of a stream."""
    stream = quick(Estimator)
    classes = {"classes": [0, 1]} if Estimator is BPClassifier else {}
    for _ in range(2):
        stream.partial_fit(globals()["X"], globals()["y"], **classes)
    stream.set_params(**(params or {}))
    twin = copy.deepcopy(stream)
    before = state(stream)
    with pytest.raises(error, match=message):
        stream.partial_fit(X, y, **given)
    assert_same_state(stream, before)
    stream.set_params(**twin_params(params))
    twin.set_params(**twin_params(params))
    stream.partial_fit(globals()["X"], globals()["y"])  # goes on as if nothing had happened
    twin.partial_fit(globals()["X"], globals()["y"])
    for W, V in zip(stream.coefs_, twin.coefs_, strict=True):
        np.testing.assert_array_equal(W, V)


def twin_params(params):
    defaults = quick(BPClassifier).get_params(deep=False)
    return {name: defaults[name] for name in params or {}}


def test_a_refused_fit_is_told_from_one_that_changes_the_model():
    est = quick(BPClassifier).fit(X, y)
    before = state(est)
    est.set_params(warm_start=True).fit(X, y)
    with pytest.raises(AssertionError):
        assert_same_state(est, before)


# ------------------------------------------------------------------ X


def with_value(value):
    bad = X.copy()
    bad[3, 2] = value
    return bad


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (with_value(np.nan), "X contains NaN"),
        (with_value(np.inf), "X contains infinity"),
        (sparse.csr_array(with_value(np.nan)), "X contains NaN"),
        (sparse.csc_array(with_value(-np.inf)), "X contains infinity"),
        (sparse.lil_array(with_value(np.nan)), "X contains NaN"),
        (X[0], "1D array"),
        (X[None], "dim 3"),
        (X[:0], "0 sample"),
        (X[:, :0], "0 feature"),
        (sparse.csr_array((12, 0)), "0 feature"),
        (3.5, "scalar|Expected 2D"),
        (X + 1j, "Complex"),
        ([["a", "b"]] * 12, "string|convert"),
        (sparse.csr_array(X) * 1j, "Complex"),
        (sparse.coo_array(X[0]), "1D|2D|2-D|dimension"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
@both
def test_X_that_is_no_finite_matrix_is_refused(Estimator, bad, message):
    refused(Estimator, message, X=bad)
    refused_by_partial_fit(Estimator, message, X=bad)
    with pytest.raises(ValueError, match=message):
        quick(Estimator).fit(X, y).predict(bad)


@both
def test_X_of_no_matrix_type_is_refused(Estimator):
    for bad in (None, object(), {"a": 1}):
        with pytest.raises((ValueError, TypeError)):
            quick(Estimator).fit(bad, y)


@pytest.mark.parametrize("layout", [np.asarray, sparse.csr_array, sparse.csc_array])
@both
def test_a_wrong_number_of_features_is_named(Estimator, layout):
    narrow = layout(X[:, :3])
    est = quick(Estimator).fit(X, y)
    message = "3 features.*expecting 4"
    methods = ["predict"]
    if Estimator is BPClassifier:
        methods += ["predict_proba", "predict_log_proba", "decision_function"]
    for method in methods:
        with pytest.raises(ValueError, match=message):
            getattr(est, method)(narrow)
    refused_by_partial_fit(Estimator, message, X=narrow)
    before = state(est.set_params(warm_start=True))
    with pytest.raises(ValueError, match=r"\(4, 3, 1\).*\(3, 3, 1\)"):
        est.fit(narrow, y)
    assert_same_state(est, before)


# ------------------------------------------------------------------ broken sparse matrices


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
            f"import sys; sys.path.insert(0, {here!r}); import conftest, test_bad_input; "
            f"test_bad_input.try_broken_matrices({names!r})"
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


def test_a_broken_indicator_matrix_y_is_refused():
    Y = sparse.csr_array(np.eye(12, dtype=int)[:, :4])
    Y.indices[0] = 9
    refused(BPClassifier, "y is not a valid csr matrix", y=Y)


# ------------------------------------------------------------------ y


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.where(y, np.nan, 0.0), "y contains NaN"),
        (np.where(y, np.inf, 0.0), "y contains infinity"),
        (y[:11], "12, 11"),
        (None, "y"),
        (y[:, None, None], "y|dim"),
        (X + 1j, "Complex|complex|y"),
    ],
    ids=["nan", "inf", "short", "None", "three dimensions", "complex"],
)
@both
def test_y_that_is_no_target_is_refused(Estimator, bad, message):
    refused(Estimator, message, y=bad)
    refused_by_partial_fit(Estimator, message, y=bad)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (X[:, 0], "continuous"),
        (X[:, :2], "continuous"),
        (np.arange(24).reshape(12, 2), "y has several outputs"),
        (np.array([None, "a"] * 6, dtype=object), "y|label|None"),
        (np.array([1, "a"] * 6, dtype=object), "y|label|unknown|type"),
    ],
    ids=["continuous", "continuous columns", "several outputs", "None", "mixed"],
)
def test_y_that_holds_no_labels_is_refused_by_the_classifier(bad, message):
    refused(BPClassifier, message, y=bad, error=(ValueError, TypeError))


def test_y_that_is_not_numeric_is_refused_by_the_regressor():
    refused(BPRegressor, "convert", y=np.array(["a", "b"] * 6))
    refused(BPRegressor, "y|[Ss]parse", y=csr(), error=(ValueError, TypeError))


def test_y_too_large_for_float32_is_refused_by_the_regressor():
    single = X.astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # overflow encountered in cast
        with pytest.raises(ValueError, match="y contains infinity or a value too large"):
            quick(BPRegressor).fit(single, y * 1e300)


def test_labels_not_among_the_classes_are_listed():
    bad = np.where(np.arange(12) == 5, 7, y)
    message = r"y holds labels.*\[7\].*\[0, 1\]"
    refused_by_partial_fit(BPClassifier, message, y=bad)
    fitted = quick(BPClassifier).fit(X, y)
    before = state(fitted)
    with pytest.raises(ValueError, match=message):
        fitted.partial_fit(X, bad)
    with pytest.raises(ValueError, match=message):
        fitted.set_params(warm_start=True).fit(X, bad)
    assert_same_state(fitted.set_params(warm_start=False), before)
    fresh = quick(BPClassifier)
    with pytest.raises(ValueError, match=message):
        fresh.partial_fit(X, bad, classes=[0, 1])
    assert not hasattr(fresh, "classes_")


def test_string_labels_do_not_pass_for_the_numbers_they_spell():
    names = np.array(["0", "1"])[y]
    refused_by_partial_fit(BPClassifier, "y holds labels", y=names)
    refused(BPClassifier, "y_val holds labels", X_val=X, y_val=names)


def test_the_first_partial_fit_needs_classes_and_later_ones_hold_to_them():
    est = quick(BPClassifier)
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        est.partial_fit(X, y)
    refused_by_partial_fit(BPClassifier, r"classes=\[0, 1, 2\].*\[0, 1\]", classes=[0, 1, 2])


@pytest.mark.parametrize("bad", [[0, np.nan, 1], [], [[0, 1]], [0.5, 1.5]], ids=str)
def test_classes_that_cannot_be_labels_are_refused(bad):
    with pytest.raises(ValueError, match="classes"):
        quick(BPClassifier).partial_fit(X, y, classes=bad)


def test_labels_and_indicator_matrices_do_not_mix():
    Y = np.column_stack([y, 1 - y])
    single, several = quick(BPClassifier).fit(X, y), quick(BPClassifier).fit(X, Y)
    for est, target in ((single, Y), (several, y)):
        before = state(est)
        with pytest.raises(ValueError, match=r"y holds .* but the model was fitted with"):
            est.partial_fit(X, target)
        assert_same_state(est, before)
    with pytest.raises(ValueError, match=r"y has 3 label columns.*with 2"):
        several.partial_fit(X, np.column_stack([Y, y]))


def test_the_number_of_outputs_of_a_regressor_is_held_to():
    Y = np.column_stack([y, y])
    refused_by_partial_fit(BPRegressor, "y has 2 outputs.*with 1", y=Y)
    est = quick(BPRegressor, warm_start=True).fit(X, y)
    before = state(est)
    with pytest.raises(ValueError, match=r"y has 2 outputs.*with 1"):
        est.fit(X, Y)
    assert_same_state(est, before)


# ------------------------------------------------------------------ weights


def weight_with(value):
    weight = np.ones(12)
    weight[4] = value
    return weight


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (weight_with(-0.5), r"sample_weight.*-0\.5"),
        (np.zeros(12), "[Ss]ample.?weight.*non-zero|non-zero.*sample_weight"),
        (weight_with(np.nan), "sample_weight contains NaN"),
        (weight_with(np.inf), "sample_weight contains infinity"),
        (np.ones(11), r"sample_weight.*\(11,\).*\(12,\)"),
        (np.ones((12, 1)), "[Ss]ample.?weight"),
        (["heavy"] * 12, "convert"),
    ],
    ids=["negative", "all zero", "nan", "inf", "short", "column", "words"],
)
@both
def test_weights_that_cannot_be_are_refused(Estimator, bad, message):
    refused(Estimator, message, sample_weight=bad)
    if np.any(bad):  # a call of a stream without any weight does nothing
        refused_by_partial_fit(Estimator, message, sample_weight=bad)
    if "convert" not in message:
        of_validation = message.replace("weight", "weight_val")
        refused(Estimator, of_validation, X_val=X, y_val=y, sample_weight_val=bad)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({0: -1.0, 1: 1.0}, r"class_weight=.*-1\.0"),
        ({0: np.nan}, "class_weight=.*nan"),
        ({0: np.inf}, "class_weight=.*inf"),
        ({0: "heavy"}, "class_weight=.*heavy"),
        ({7: 1.0}, r"class_weight=\{7: 1\.0\} names \[7\], which are not among"),
        ({0: 0.0, 1: 0.0}, "class_weight"),
        ([{0: 1}], "class_weight=.* is a list"),
        ("even", "class_weight.*balanced.*even"),
        (2.0, r"class_weight.*2\.0"),
    ],
    ids=str,
)
def test_class_weights_that_cannot_be_are_refused(bad, message):
    refused(BPClassifier, message, params={"class_weight": bad})
    if bad != {0: 0.0, 1: 0.0}:  # a call of a stream without any weight does nothing
        refused_by_partial_fit(BPClassifier, message, params={"class_weight": bad})


@pytest.mark.parametrize(
    "bad", [{0: 1}, [{1: 2}], [{1: 2}] * 3, [{1: -2}, {}], ["even", "balanced"], [3, None]], ids=str
)
def test_class_weights_that_fit_no_multilabel_task_are_refused(bad):
    Y = np.column_stack([y, 1 - y])
    with pytest.raises(ValueError, match="class_weight"):
        quick(BPClassifier, class_weight=bad).fit(X, Y)


@pytest.mark.parametrize("balanced", ["balanced", ["balanced", "balanced"]], ids=str)
def test_balanced_weights_are_refused_where_not_all_of_y_is_seen(balanced):
    Y = y if balanced == "balanced" else np.column_stack([y, 1 - y])
    with pytest.raises(ValueError, match=r"class_weight=.*balanced.*partial_fit"):
        quick(BPClassifier, class_weight=balanced).partial_fit(X, Y, classes=[0, 1])


# ------------------------------------------------------------------ validation samples


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"X_val": X}, "X_val needs y_val"),
        ({"y_val": y}, "y_val.*X_val"),
        ({"sample_weight_val": np.ones(12)}, "sample_weight_val.*X_val"),
        ({"X_val": with_value(np.nan), "y_val": y}, "X_val contains NaN"),
        ({"X_val": X[:, :3], "y_val": y}, "X_val has 3 features"),
        ({"X_val": X[0], "y_val": y}, "X_val|1D"),
        ({"X_val": X[:0], "y_val": y[:0]}, "X_val|0 sample"),
        ({"X_val": X, "y_val": np.where(y, np.nan, 0.0)}, "y_val contains NaN"),
        ({"X_val": X, "y_val": y[:7]}, "X_val.*12.*y_val.*7|y_val.*12.*7|y_val.*7.*12"),
        ({"X_val": X, "y_val": np.column_stack([y, y])}, "y_val"),
    ],
    ids=[
        "no y_val", "no X_val", "weights alone", "X_val nan", "X_val narrow", "X_val row",
        "X_val empty", "y_val nan", "y_val short", "y_val columns",
    ],
)  # fmt: skip
@both
def test_validation_samples_are_checked_under_their_own_names(Estimator, given, message):
    refused(Estimator, message, **given)


def test_validation_labels_not_among_the_classes_are_listed():
    refused(BPClassifier, r"y_val holds labels.*\[9\]", X_val=X[:1], y_val=[9])


# ------------------------------------------------------------------ parameters


BAD_PARAMETERS = [
    ({"hidden_layer_sizes": 0}, r"hidden_layer_sizes.*0"),
    ({"hidden_layer_sizes": -3}, r"hidden_layer_sizes.*-3"),
    ({"hidden_layer_sizes": (5, 0)}, r"hidden_layer_sizes.*\(5, 0\)"),
    ({"hidden_layer_sizes": (5, -1)}, r"hidden_layer_sizes.*\(5, -1\)"),
    ({"hidden_layer_sizes": (5.5,)}, r"hidden_layer_sizes.*5\.5"),
    ({"hidden_layer_sizes": 2.5}, r"hidden_layer_sizes.*2\.5"),
    ({"hidden_layer_sizes": "many"}, "hidden_layer_sizes.*many"),
    ({"hidden_layer_sizes": ["3"]}, r"hidden_layer_sizes.*\['3'\]"),
    ({"hidden_layer_sizes": [[3, 4]]}, r"hidden_layer_sizes.*\[\[3, 4\]\]"),
    ({"hidden_layer_sizes": [[3], [4, 5]]}, r"hidden_layer_sizes.*\[\[3\], \[4, 5\]\]"),
    ({"hidden_layer_sizes": [True]}, "hidden_layer_sizes.*True"),
    ({"hidden_layer_sizes": (np.nan,)}, "hidden_layer_sizes.*nan"),
    ({"hidden_layer_sizes": None}, "hidden_layer_sizes.*None"),
    ({"activation": "swoosh"}, "activation.*swoosh"),
    ({"activation": ["relu", "tanh"]}, r"activation=\['relu', 'tanh'\].*2 elements.*1 hidden"),
    ({"activation": []}, r"activation=\[\].*0 elements"),
    ({"activation": ["swoosh"]}, "activation=.*swoosh"),
    ({"activation": [None]}, "activation=.*None"),
    ({"activation": 3}, "activation.*3"),
    ({"loss": "hinge"}, "loss.*hinge"),
    ({"optimizer": "swoosh"}, "optimizer.*swoosh"),
    ({"optimizer": None}, "optimizer.*None"),
    ({"optimizer": RMSProp}, "optimizer.*RMSProp"),
    ({"learning_rate": 0}, "learning_rate.*0"),
    ({"learning_rate": -0.1}, r"learning_rate.*-0\.1"),
    ({"learning_rate": np.nan}, "learning_rate.*nan"),
    ({"learning_rate": np.inf}, "learning_rate.*inf"),
    ({"learning_rate": "constant"}, "learning_rate.*constant"),
    ({"learning_rate": ExponentialDecay}, "learning_rate.*ExponentialDecay"),
    ({"batch_size": 0}, "batch_size.*0"),
    ({"batch_size": 2.0}, r"batch_size.*2\.0"),
    ({"batch_size": "all"}, "batch_size.*all"),
    ({"max_iter": 0}, "max_iter.*0"),
    ({"max_iter": 1.5}, r"max_iter.*1\.5"),
    ({"alpha": -1}, "alpha.*-1"),
    ({"alpha": np.nan}, "alpha.*nan"),
    ({"alpha": np.inf}, "alpha.*inf"),
    ({"init": "zeros"}, "init.*zeros"),
    ({"shuffle": "yes"}, "shuffle.*yes"),
    ({"tol": -1e-4}, "tol.*-0.0001"),
    ({"tol": "auto"}, "tol.*auto"),
    ({"n_iter_no_change": 0}, "n_iter_no_change.*0"),
    ({"early_stopping": "yes"}, "early_stopping.*yes"),
    ({"validation_fraction": 1.0}, r"validation_fraction.*1\.0"),
    ({"validation_fraction": 0}, "validation_fraction.*0"),
    ({"scoring": "swoosh"}, "scoring.*swoosh"),
    ({"scoring": 3}, "scoring.*3"),
    ({"warm_start": "yes"}, "warm_start.*yes"),
    ({"random_state": "zero"}, "random_state.*zero"),
    ({"random_state": -1.5}, r"random_state.*-1\.5"),
    ({"verbose": -1}, "verbose.*-1"),
]


@pytest.mark.parametrize(("params", "message"), BAD_PARAMETERS, ids=lambda value: str(value)[:60])
@both
def test_a_bad_parameter_is_named_with_its_value(Estimator, params, message):
    fresh = quick(Estimator, **params)
    with pytest.raises((ValueError, TypeError), match=message):
        fresh.fit(X, y)
    assert not hasattr(fresh, "n_features_in_")
    fitted = quick(Estimator).fit(X, y)
    before = state(fitted)
    good = {name: getattr(fitted, name) for name in params}
    with pytest.raises((ValueError, TypeError), match=message):
        fitted.set_params(**params).fit(X, y)
    assert_same_state(fitted.set_params(**good), before)
    if "early_stopping" not in params:  # there, the text counts as true: no partial_fit
        with pytest.raises((ValueError, TypeError), match=message):
            fitted.set_params(**params).partial_fit(X, y)
        assert_same_state(fitted.set_params(**good), before)


BAD_NESTED = [
    (SGD(momentum=1.0), r"'momentum'.*1\.0"),
    (SGD(momentum=-0.1), r"'momentum'.*-0\.1"),
    (SGD(momentum=np.nan), "'momentum'.*nan"),
    (SGD(momentum="0.9"), "'momentum'.*'0.9'"),
    (SGD(dampening=1, nesterov=False), "'dampening'.*1"),
    (SGD(dampening=0.5), r"nesterov=True.*dampening=0\.5"),
    (SGD(nesterov="yes"), "'nesterov'.*yes"),
    (RMSProp(rho=1), "'rho'.*1"),
    (RMSProp(rho=-0.5), r"'rho'.*-0\.5"),
    (RMSProp(epsilon=0), "'epsilon'.*0"),
    (RMSProp(epsilon=np.inf), "'epsilon'.*inf"),
    (RMSProp(momentum=1.5), r"'momentum'.*1\.5"),
    (RMSProp(centered=2), "'centered'.*2"),
    (Adagrad(epsilon=-1e-10), "'epsilon'.*-1e-10"),
    (Adam(beta_1=1.0), r"'beta_1'.*1\.0"),
    (Adam(beta_2=1.0), r"'beta_2'.*1\.0"),
    (Adam(beta_2=0), "'beta_2'.*0"),
    (Adam(epsilon=None), "'epsilon'.*None"),
    (Adam(beta_1=0.9, beta_2=0.81), r"beta_1=0\.9.*beta_2=0\.81"),
    (AdamW(weight_decay=-1), "'weight_decay'.*-1"),
    (AdamW(beta_1=0.99, beta_2=0.9), r"beta_1=0\.99.*beta_2=0\.9"),
]


@pytest.mark.parametrize(("optimizer", "message"), BAD_NESTED, ids=repr)
@both
def test_a_bad_hyperparameter_is_named_with_its_value(Estimator, optimizer, message):
    refused(Estimator, message, params={"optimizer": optimizer})
    refused_by_partial_fit(Estimator, message, params={"optimizer": optimizer})


class Shaped(Schedule):
    """Returns what it is told."""

    def __init__(self, value=0.1, length=None):
        self.value = value
        self.length = length

    def __call__(self, steps):
        return np.full(len(steps) if self.length is None else self.length, self.value)


class Late(Schedule):
    """Goes wrong from step 2 on."""

    def __init__(self, value=np.nan):
        self.value = value

    def __call__(self, steps):
        return np.where(steps < 2, 0.01, self.value)


class Nothing(Schedule):
    """Lacks __call__."""


BAD_SCHEDULES = [
    (ConstantRate(0), "'rate'.*0"),
    (ConstantRate(-1.0), r"'rate'.*-1\.0"),
    (ConstantRate("fast"), "'rate'.*fast"),
    (ExponentialDecay(initial=0), "'initial'.*0"),
    (ExponentialDecay(factor=0), "'factor'.*0"),
    (ExponentialDecay(factor=1.5), r"'factor'.*1\.5"),
    (ExponentialDecay(n_steps=0), "'n_steps'.*0"),
    (ExponentialDecay(n_steps=0.5), r"'n_steps'.*0\.5"),
    (ExponentialDecay(staircase="yes"), "'staircase'.*yes"),
    (Shaped(-0.1), r"learning_rate=Shaped.*-0\.1 for step"),
    (Shaped(np.nan), "learning_rate=Shaped.*nan for step"),
    (Shaped(np.inf), "learning_rate=Shaped.*inf for step"),
    (Shaped(length=7), r"learning_rate=Shaped.*\(7,\).*\(1,\)"),
    (Shaped(1j), "learning_rate=Shaped"),
    (Nothing(), "Nothing must define __call__"),
]


@pytest.mark.parametrize(("schedule", "message"), BAD_SCHEDULES, ids=repr)
@both
def test_a_bad_schedule_is_named_with_what_it_gave(Estimator, schedule, message):
    error = (ValueError, TypeError)
    refused(Estimator, message, params={"learning_rate": schedule}, error=error)
    refused_by_partial_fit(Estimator, message, params={"learning_rate": schedule}, error=error)


@pytest.mark.parametrize("early_stopping", [False, True])
@both
def test_a_schedule_that_goes_wrong_late_leaves_a_warm_started_model(Estimator, early_stopping):
    est = quick(Estimator, max_iter=1, warm_start=True).fit(X, y)
    est.set_params(
        learning_rate=Late(), max_iter=5, early_stopping=early_stopping, validation_fraction=0.5
    )
    before = state(est)
    with pytest.raises(ValueError, match=r"learning_rate=Late\(\).*nan for step 2"):
        est.fit(X, y)
    assert_same_state(est, before)


@both
def test_a_scoring_that_raises_leaves_a_warm_started_model(Estimator):
    calls = []

    def scoring(estimator, X, y):
        calls.append(1)
        if len(calls) > 1:
            raise RuntimeError("no more scores")
        return 0.0

    est = quick(Estimator, warm_start=True).fit(X, y)
    est.set_params(scoring=scoring, max_iter=5)
    before = state(est)
    with pytest.raises(RuntimeError, match="no more scores"):
        est.fit(X, y, X_val=X, y_val=y)
    assert_same_state(est, before)


@both
def test_a_warning_turned_into_an_error_leaves_a_warm_started_model_trained(Estimator):
    est = quick(Estimator, warm_start=True, random_state=0).fit(X, y)
    whole = quick(Estimator, max_iter=4, random_state=0).fit(X, y)
    est.set_params(tol=1e-4)
    with pytest.raises(ConvergenceWarning, match="max_iter=2"):
        est.fit(X, y)
    assert est.n_iter_ == len(est.loss_curve_) == 4
    np.testing.assert_array_equal(est.coefs_[0], whole.coefs_[0])


@both
def test_a_decay_that_would_turn_signs_names_both_parameters(Estimator):
    for optimizer in ("adam", "sgd"):
        params = {"optimizer": optimizer, "learning_rate": 0.5, "alpha": 1000.0}
        message = "learning_rate=0.5 and alpha=1000"
        refused(Estimator, message, params=params)
        refused_by_partial_fit(Estimator, message, params=params)


@both
def test_a_scorer_of_the_other_task_leaves_no_half_fitted_model(Estimator):
    scoring = "neg_log_loss" if Estimator is BPRegressor else "neg_mean_poisson_deviance"
    names = np.array(["a", "b"])[y] if Estimator is BPClassifier else y
    est = quick(Estimator, scoring=scoring)
    with pytest.raises((ValueError, TypeError, AttributeError)):
        est.fit(X, names, X_val=X, y_val=names)
    assert not hasattr(est, "n_features_in_")


# ------------------------------------------------------------------ unfitted, and assigned weights


@both
def test_what_needs_a_fit_says_so_before_it(Estimator):
    est = quick(Estimator)
    methods = ["predict"]
    if Estimator is BPClassifier:
        methods += ["predict_proba", "predict_log_proba", "decision_function"]
    for method in methods:
        with pytest.raises(NotFittedError, match=f"{Estimator.__name__} instance is not fitted"):
            getattr(est, method)(X)
    with pytest.raises(NotFittedError, match="not fitted"):
        est.score(X, y)
    with pytest.raises(AttributeError, match="not fitted"):
        _ = est.coefs_
    assert not hasattr(est, "intercepts_")


def assigned(estimator, coefs, intercepts):
    estimator.coefs_, estimator.intercepts_ = coefs, intercepts
    return estimator


@pytest.mark.parametrize(
    ("coefs", "intercepts"),
    [
        ([np.ones((4, 3)), np.ones((2, 1))], [np.ones(3), np.ones(1)]),
        ([np.ones((4, 3)), np.ones((3, 1))], [np.ones(2), np.ones(1)]),
        ([np.ones((4, 3))], [np.ones(3), np.ones(1)]),
        ([np.ones(4), np.ones((3, 1))], [np.ones(3), np.ones(1)]),
        ([], []),
    ],
    ids=["layers do not fit", "bias too short", "too few", "one-dimensional", "empty"],
)
@both
def test_weights_that_do_not_fit_together_do_not_predict(Estimator, coefs, intercepts):
    with pytest.raises(ValueError, match=r"coefs_.*(intercepts_|sequence)"):
        assigned(quick(Estimator), coefs, intercepts).predict(X)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@both
def test_assigned_weights_that_are_not_finite_are_refused(Estimator, bad):
    est = quick(Estimator).fit(X, y)
    before = state(est)
    coefs = [W.copy() for W in est.coefs_]
    coefs[0][1, 1] = bad
    with pytest.raises(ValueError, match="coefs_ holds NaN or infinity"):
        est.coefs_ = coefs
    with pytest.raises(ValueError, match="intercepts_ holds NaN or infinity"):
        est.intercepts_ = [np.full(3, bad), np.zeros(1)]
    assert_same_state(est, before)


@pytest.mark.parametrize("bad", [None, 3, "weights", ["a"], [np.array(["a"])], [[[1j]]]], ids=repr)
@both
def test_assigned_weights_that_are_no_arrays_of_numbers_are_refused(Estimator, bad):
    est = quick(Estimator).fit(X, y)
    before = state(est)
    with pytest.raises((ValueError, TypeError), match="coefs_"):
        est.coefs_ = bad
    assert_same_state(est, before)


@both
def test_weights_that_wait_for_their_biases_can_be_shown_and_fitted_over(Estimator):
    est = quick(Estimator).fit(X, y)
    est.coefs_ = [np.ones((5, 3)), np.ones((3, 1))]
    assert Estimator.__name__ in est._repr_html_()
    est.coefs_ = [np.ones((5, 7)), np.ones((7, 1))]
    est.fit(X, y)
    assert est.predict(X).shape == (12,)


def test_weights_for_another_number_of_classes_are_refused():
    est = quick(BPClassifier).fit(X, y)
    coefs, intercepts = [np.ones((4, 3)), np.ones((3, 5))], [np.ones(3), np.ones(5)]
    with pytest.raises(ValueError, match="classes_"):
        assigned(est, coefs, intercepts).predict(X)


def test_a_classifier_with_weights_and_no_classes_says_that_they_are_missing():
    est = quick(BPClassifier)
    est.coefs_ = [np.ones((4, 3)), np.ones((3, 1))]
    est.intercepts_ = [np.ones(3), np.ones(1)]
    with pytest.raises((NotFittedError, ValueError), match="classes_"):
        est.predict(X)


@pytest.mark.parametrize("n_classes", [3, 200_000])
def test_assigned_weights_with_another_number_of_outputs_than_classes_are_refused(n_classes):
    data, labels = np.ones((n_classes, 4)), np.arange(n_classes)
    est = BPClassifier(3, warm_start=True)
    est.coefs_, est.intercepts_ = [np.ones((4, 3)), np.ones((3, 1))], [np.zeros(3), np.zeros(1)]
    est.classes_ = labels
    for use in (
        lambda: est.predict(data),
        lambda: est.fit(data, labels),
        lambda: est.partial_fit(data, labels),
        lambda: check_gradient(est, data, labels),
        lambda: gradient_report(est, data, labels),
    ):
        with pytest.raises(ValueError, match=rf"coefs_ give 1 outputs, .* {n_classes} classes"):
            use()
