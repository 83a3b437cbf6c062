"""Checkpoints: whatever happens to the process, the last one loads, and its fit goes on."""

import os
import pickle
import signal
import subprocess
import sys
import textwrap
import time
from datetime import timedelta

import numpy as np
import pytest
from cases import both, layouts
from helpers import assert_same_bits, quick, two_classes

from sk_bp import BPClassifier
from sk_bp.callbacks import Checkpoint, TimeLimit, load_checkpoint
from sk_bp.callbacks.callback import Callback, write_atomically

pytest.importorskip("sklearn.callback", reason="scikit-learn < 1.9")

X, y = two_classes(60, 5)


class After(Callback):
    """Does something at the end of an epoch."""

    def __init__(self, n_epochs, do):
        self.n_epochs, self.do = n_epochs, do

    def on_fit_task_end(self, estimator, context):
        if context.task_name == "epoch" and len(context.history["loss"]) == self.n_epochs:
            self.do()


def leave():
    raise RuntimeError("out")


def left_after(n_epochs, est, *callbacks, data=(X, y)):
    """Let a fit end with an error after some epochs."""
    with pytest.raises(RuntimeError, match="out"):
        est.set_callbacks(*callbacks, After(n_epochs, leave)).fit(*data)


@layouts
@both
def test_a_fit_goes_on_from_its_checkpoint_to_the_same_bits(Estimator, layout, tmp_path):
    path, every_third = tmp_path / "fit.checkpoint", tmp_path / "third"
    params = {"max_iter": 10, "batch_size": 16, "learning_rate": None, "early_stopping": True}
    data = layout(X), y
    left_after(5, quick(Estimator, **params), Checkpoint(path), data=data)
    loaded = load_checkpoint(path)
    assert loaded.n_iter_ == 5
    assert "_skl_callbacks" not in vars(loaded)
    watched = quick(Estimator, **params).set_callbacks(Checkpoint(every_third, every=3)).fit(*data)
    whole = quick(Estimator, **params).fit(*data)
    if layout is np.asarray:
        assert_same_bits(watched, whole)  # making a checkpoint changes nothing
    resumed = loaded.set_callbacks(Checkpoint(path)).resume_fit(*data)
    np.testing.assert_allclose(resumed.predict(data[0]), whole.predict(data[0]), rtol=1e-12)
    if layout is np.asarray:
        assert_same_bits(resumed, whole)
        assert resumed.history_ == whole.history_
    finished = load_checkpoint(path)
    assert_same_bits(finished, resumed)
    assert finished.end_reason_ == resumed.end_reason_
    with pytest.raises(ValueError, match="no interrupted fit"):
        finished.resume_fit(*data)


def test_on_sparse_data_too_where_both_make_checkpoints(tmp_path):
    from resume_cases import WIDE, y_wide

    def new():
        return quick(BPClassifier, optimizer="adam", max_iter=6, batch_size=8)

    whole = new().set_callbacks(Checkpoint(tmp_path / "whole")).fit(WIDE, y_wide)
    left_after(3, new(), Checkpoint(tmp_path / "part"), data=(WIDE, y_wide))
    resumed = load_checkpoint(tmp_path / "part")
    resumed.set_callbacks(Checkpoint(tmp_path / "part")).resume_fit(WIDE, y_wide)
    assert_same_bits(resumed, whole)


@pytest.mark.parametrize(("every", "n_epochs"), [(1, 7), (3, 6), (4, 4), (timedelta(hours=1), 0)])
def test_checkpoints_are_made_as_often_as_was_asked_for(every, n_epochs, tmp_path):
    path = tmp_path / "fit"
    left_after(7, quick(BPClassifier, max_iter=10), Checkpoint(path, every=every))
    assert (load_checkpoint(path).n_iter_ if path.exists() else 0) == n_epochs


def test_a_time_span_is_kept_to(tmp_path):
    path = tmp_path / "fit"
    checkpoint = Checkpoint(path, every=timedelta(microseconds=1))
    left_after(2, quick(BPClassifier, max_iter=10), checkpoint)
    assert load_checkpoint(path).n_iter_ == 2


def test_an_ensemble_goes_on_from_its_checkpoint(tmp_path):
    path, params = tmp_path / "fit", {"n_models": 3, "n_restarts": 1, "max_iter": 4}
    whole = quick(BPClassifier, **params).fit(X, y)
    calls = []

    def at_the_tenth():
        calls.append(1)
        if len(calls) == 3:  # in the third network
            leave()

    with pytest.raises(RuntimeError, match="out"):
        quick(BPClassifier, **params).set_callbacks(Checkpoint(path), After(2, at_the_tenth)).fit(
            X, y
        )
    resumed = load_checkpoint(path).resume_fit(X, y)
    np.testing.assert_array_equal(resumed.predict_proba(X), whole.predict_proba(X))
    assert resumed.history_ == whole.history_


# ------------------------------------------------------------------ files


def test_a_folder_that_is_not_there_is_told_before_training(tmp_path):
    est = quick(BPClassifier)
    with pytest.raises(FileNotFoundError, match="no such folder"):
        est.set_callbacks(Checkpoint(tmp_path / "no such folder" / "fit")).fit(X, y)
    assert not hasattr(est, "coefs_")


@pytest.mark.parametrize("every", [0, -1, timedelta(0), "1", 1.5, True, None])
def test_intervals_that_are_none_are_refused(every, tmp_path):
    est = quick(BPClassifier).set_callbacks(Checkpoint(tmp_path / "fit", every=every))
    with pytest.raises((ValueError, TypeError), match="every"):
        est.fit(X, y)


def test_only_the_networks_themselves_are_saved(tmp_path):
    from sklearn.pipeline import make_pipeline

    pipeline = make_pipeline(quick(BPClassifier)).set_callbacks(Checkpoint(tmp_path / "fit"))
    with pytest.raises(TypeError, match="Pipeline"):
        pipeline.fit(X, y)


class Full:
    """A file on a full disk."""

    def __init__(self, file):
        self.file, self.left = file, 100

    def write(self, data):
        self.left -= len(data)
        if self.left < 0:
            raise OSError(28, "No space left on device")
        return self.file.write(data)


def test_a_disk_that_is_full_is_told_and_the_old_file_stays(tmp_path):
    path = tmp_path / "fit"
    path.write_bytes(b"old")
    with pytest.raises(OSError, match=r"cannot write to.*fit.*No space left") as caught:
        write_atomically(path, lambda file: pickle.dump(np.zeros(1000), Full(file)))
    assert caught.value.errno == 28
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_whatever_else_goes_wrong_the_old_file_stays(tmp_path):
    path = tmp_path / "fit"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, interrupted)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def interrupted(file):
    file.write(b"half")
    raise KeyboardInterrupt


def test_a_folder_that_cannot_be_written_to_keeps_model_and_checkpoint(tmp_path):
    path = tmp_path / "fit"
    whole = quick(BPClassifier, max_iter=4).set_callbacks(Checkpoint(path)).fit(X, y)
    path.with_name("fit.tmp").mkdir()  # as the user root, who may write anywhere, sees it too
    est = quick(BPClassifier, max_iter=4, random_state=1)
    with pytest.raises(OSError, match=r"cannot write to.*fit") as caught:
        est.set_callbacks(Checkpoint(path)).fit(X, y)
    assert "Checkpoint" in caught.value.__notes__[0]
    assert est.n_iter_ == 1
    assert_same_bits(load_checkpoint(path), whole)


@pytest.mark.parametrize("content", [b"", b"text", b"\x80\x05N.", pickle.dumps({"a": 1})])
def test_other_files_are_refused_by_name(content, tmp_path):
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"other.*not a checkpoint"):
        load_checkpoint(path)


def test_half_a_checkpoint_is_refused(tmp_path):
    path = tmp_path / "fit"
    quick(BPClassifier).set_callbacks(Checkpoint(path)).fit(X, y)
    whole = path.read_bytes()
    for size in range(0, len(whole), 97):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match="not a checkpoint"):
            load_checkpoint(path)


def test_a_file_that_is_missing_is_told(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_checkpoint(tmp_path / "nothing")


# ------------------------------------------------------------------ kill -9

CHILD = """
import sys
from pathlib import Path
import numpy as np
from scipy import sparse
from sk_bp import BPClassifier
from sk_bp.callbacks import Checkpoint, load_checkpoint

path, out = Path(sys.argv[1]), sys.argv[2]
rng = np.random.default_rng(0)
X = sparse.random_array((300, 4000), density=0.01, format="csr", rng=rng)
y = np.arange(300) % 3
checkpoint = Checkpoint(path)
if path.exists():
    est = load_checkpoint(path)
    if "_unfinished" in vars(est):
        est.set_callbacks(checkpoint).resume_fit(X, y)
else:
    est = BPClassifier(20, optimizer="adam", dropout=0.2, average="ema", max_iter=40, tol=None,
                       batch_size=32, random_state=0, n_restarts=1)
    est.set_callbacks(checkpoint).fit(X, y)
np.savez(out, *est.coefs_, loss=est.loss_curve_)
"""


def run_child(path, out):
    code = textwrap.dedent(CHILD)
    return subprocess.Popen([sys.executable, "-P", "-c", code, str(path), str(out)])


def contents(file):
    with np.load(file) as arrays:
        return {name: arrays[name] for name in arrays.files}


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
@pytest.mark.parametrize(
    "n_kills", [3, pytest.param(50, marks=pytest.mark.slow)], ids=["3 kills", "50 kills"]
)
def test_a_process_that_is_killed_again_and_again_comes_to_the_same_end(n_kills, tmp_path):
    assert run_child(tmp_path / "whole", tmp_path / "whole.npz").wait(timeout=120) == 0
    expected = contents(tmp_path / "whole.npz")
    random = np.random.default_rng(1)
    n_killed = n_rounds = 0
    while n_killed < n_kills:
        path, out = tmp_path / f"fit{n_rounds}", tmp_path / f"end{n_rounds}.npz"
        n_rounds += 1
        while not out.exists():
            child = run_child(path, out)
            deadline = time.monotonic() + 60
            while not (path.exists() or path.with_name(path.name + ".tmp").exists()):
                assert time.monotonic() < deadline
                time.sleep(0.001)
            time.sleep(random.uniform(0, 1.0 if child.poll() is None else 0))
            if n_killed < n_kills and child.poll() is None:
                child.send_signal(signal.SIGKILL)
                n_killed += 1
            child.wait(timeout=120)
            if path.exists():
                load_checkpoint(path)
        for name, array in contents(out).items():
            np.testing.assert_array_equal(array, expected[name], err_msg=name)


def test_a_limit_of_time_and_a_checkpoint_make_a_long_fit_of_short_calls(tmp_path):
    path, whole = tmp_path / "fit", quick(BPClassifier, max_iter=6).fit(X, y)
    quick(BPClassifier, max_iter=6).set_callbacks(Checkpoint(path), TimeLimit(1e-9)).fit(X, y)
    for n_epochs in range(2, 7):
        est = load_checkpoint(path).set_callbacks(Checkpoint(path), TimeLimit(1e-9))
        assert est.resume_fit(X, y).n_iter_ == n_epochs
    assert_same_bits(load_checkpoint(path), whole)
