"""What a pickle or a copy holds, and what it goes on from."""

import copy
import pickle
import subprocess
import sys
import warnings

import joblib
import numpy as np
import pytest
from cases import both
from helpers import (
    assert_equal_arrays,
    assert_same_bits,
    assert_same_up_to_rounding,
    copied_weights,
    weights,
)
from resume_cases import WIDE, X, quick, y, y_wide
from scipy import sparse

from sk_bp import Adam, BPClassifier
from sk_bp.optimizers import BY_BATCH


def pickled_size(estimator):
    return len(pickle.dumps(estimator))


@pytest.mark.parametrize("name", BY_BATCH)
@pytest.mark.parametrize("layout", [sparse.csr_array, sparse.csr_array.toarray])
def test_a_pickle_holds_the_weights_once_and_nothing_else_of_their_size(name, layout):
    est = quick(BPClassifier, hidden_layer_sizes=64, optimizer=name, max_iter=1)
    est.fit(layout(WIDE), y_wide)
    size = sum(W.nbytes for W in weights(est))
    assert size > 250_000
    assert pickled_size(est) <= 1.05 * size
    again = pickle.loads(pickle.dumps(est))
    np.testing.assert_array_equal(again.predict_proba(WIDE), est.predict_proba(WIDE))
    assert again.history_ == est.history_


def test_the_state_of_the_optimizer_is_kept_only_where_it_is_needed_to_go_on():
    params = {"hidden_layer_sizes": 64, "optimizer": "adam", "max_iter": 1}
    dropped = quick(BPClassifier, **params).fit(WIDE, y_wide)
    size = sum(W.nbytes for W in weights(dropped))
    kept = [
        quick(BPClassifier, **params, warm_start=True).fit(WIDE, y_wide),
        quick(BPClassifier, **params).partial_fit(WIDE, y_wide, classes=[0, 1]),
        quick(BPClassifier, **params).fit(WIDE, y_wide).partial_fit(WIDE, y_wide),
    ]
    for est in kept:
        assert 2.95 * size < pickled_size(est) < 3.1 * size  # weights, m and v
    assert pickled_size(kept[0].set_params(warm_start=False).fit(WIDE, y_wide)) < 1.05 * size


def test_a_stream_goes_on_after_a_pickle_as_if_there_had_been_none():
    parts = [slice(start, start + 10) for start in range(0, 60, 10)]
    whole, interrupted = (quick(BPClassifier, optimizer="adam") for _ in range(2))
    for part in parts:
        whole.partial_fit(WIDE[part], y_wide[part], classes=[0, 1])
        interrupted.partial_fit(WIDE[part], y_wide[part], classes=[0, 1])
        interrupted = pickle.loads(pickle.dumps(interrupted))
    assert_same_up_to_rounding(interrupted, whole)


def test_a_deepcopy_shares_nothing_that_training_changes():
    est = quick(BPClassifier).partial_fit(WIDE, y_wide, classes=[0, 1])
    twin = copy.deepcopy(est)
    before = copied_weights(twin)
    history = copy.deepcopy(twin.history_)
    est.partial_fit(WIDE, y_wide)
    assert_equal_arrays(weights(twin), before)
    assert twin.history_ == history


@pytest.mark.parametrize("warm_start", [False, True])
@both
def test_a_model_loaded_from_a_read_only_memory_map_predicts_and_goes_on(
    Estimator, warm_start, tmp_path
):
    est = quick(Estimator, hidden_layer_sizes=50, max_iter=1, warm_start=warm_start).fit(X, y)
    if not warm_start:  # then the optimizer's state is not in the file, either
        est = pickle.loads(pickle.dumps(est))
    path = str(tmp_path / "model.joblib")
    joblib.dump(est, path)
    program = f"""
import joblib, sys
import numpy as np
est = joblib.load({path!r}, mmap_mode="r")
X = np.load({str(tmp_path / "X.npy")!r})
np.save({str(tmp_path / "predicted.npy")!r}, est.predict(X))
y = np.arange(30) % 2
est.partial_fit(X, y)
np.save({str(tmp_path / "after.npy")!r}, est.coefs_[0])
"""
    np.save(tmp_path / "X.npy", X)
    run = subprocess.run(
        [sys.executable, "-P", "-c", program], capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stderr[-2000:]
    np.testing.assert_array_equal(np.load(tmp_path / "predicted.npy"), est.predict(X))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore" if not warm_start else "error", UserWarning)
        est.partial_fit(X, y)
    np.testing.assert_array_equal(np.load(tmp_path / "after.npy"), est.coefs_[0])


def test_a_pickle_without_the_state_says_so_when_it_goes_on():
    model = BPClassifier(5, optimizer=Adam(), max_iter=3, tol=None).fit(X, y)
    loaded = pickle.loads(pickle.dumps(model))
    with pytest.warns(UserWarning, match=r"state was not in the pickle.*warm_start=True"):
        loaded.partial_fit(X, y)
    warm = pickle.loads(pickle.dumps(model)).set_params(warm_start=True)
    with pytest.warns(UserWarning, match="state was not in the pickle"):
        warm.fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loaded.partial_fit(X, y)
        pickle.loads(pickle.dumps(loaded)).partial_fit(X, y)


def test_a_model_from_buffers_that_are_not_aligned_goes_on():
    model = quick(BPClassifier, warm_start=True).fit(X, y)
    buffers = []
    text = pickle.dumps(model, protocol=5, buffer_callback=buffers.append)
    shifted = [memoryview(b"-" + bytes(buffer.raw()))[1:] for buffer in buffers]
    loaded = pickle.loads(text, buffers=shifted)
    assert buffers
    assert_same_bits(loaded.fit(X, y), model.fit(X, y))
