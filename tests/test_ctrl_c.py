"""Ctrl-C, as the system sends it, in another process."""

import os
import subprocess
import sys
import textwrap

import pytest

if os.name != "posix":
    pytest.skip("signals are sent as on POSIX", allow_module_level=True)

# Each makes X, y and est, whose fit takes minutes, and begins it. The signal comes from a thread,
# half a second after the training has begun.
PROBLEMS = {
    "one long epoch": "est = BPClassifier((256, 128), batch_size=2, max_iter=10**6, tol=None)",
    "networks in threads": (
        "est = BPClassifier((256, 128), n_restarts=3, n_jobs=2, max_iter=10**6, tol=None)"
    ),
    "sparse": """
        X = sparse.random_array((20_000, 100_000), density=1e-4, format="csr", rng=rng)
        est = BPClassifier(200, max_iter=10**6, tol=None)
        """,
    "a minimizer": "est = BPClassifier((256, 128), optimizer='lbfgs', max_iter=10**6, tol=None)",
    "validation": """
        est = BPClassifier((256, 128), max_iter=10**6, tol=None)
        held_out = {"X_val": np.tile(X, (8, 1)), "y_val": np.tile(y, 8)}
        """,
    "a search of the rate": (
        "est = BPClassifier((256, 128), learning_rate='auto', max_iter=10**6, tol=None)"
    ),
}

BEGIN = """
import os, signal, threading, time, warnings
import numpy as np
from scipy import sparse
from sk_bp import BPClassifier
from sk_bp.run import Run

rng = np.random.default_rng(0)
X, y, held_out = rng.random((20_000, 200)), rng.integers(0, 3, 20_000), {{}}
{problem}
"""
FIT = """
sent = []

def interrupt():
    time.sleep(0.5)
    for _ in range({n_signals}):
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.001)

def begun(run, *args, train=Run.train):
    if not sent:
        sent.append(0)
        threading.Thread(target=interrupt, daemon=True).start()
    return train(run, *args)

Run.train = begun
try:
    est.fit(X, y, **held_out)
except KeyboardInterrupt:
    seconds = time.monotonic() - sent[-1]
"""
CHECK = """
assert seconds < 10, seconds
assert [t for t in threading.enumerate() if t is not threading.main_thread() and not t.daemon] == []
assert est.end_reason_ == "interrupted"
assert np.isfinite(est.predict_proba(X[:10])).all()
n_epochs = est.n_iter_
est.set_params(max_iter=n_epochs + 1, n_jobs=1)
if n_epochs:
    est.resume_fit(X, y, **held_out)
    assert est.end_reason_ == "max_iter"
print("seconds", round(seconds, 2))
"""


def run(code):
    return subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_ctrl_c_ends_a_fit_that_can_go_on(problem):
    begin = BEGIN.format(problem=textwrap.dedent(problem))
    done = run(begin + FIT.format(n_signals=1) + CHECK)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("seconds")


def test_a_second_ctrl_c_leaves_at_once():
    begin = BEGIN.format(problem=PROBLEMS["networks in threads"])
    done = run(begin + FIT.format(n_signals=2).replace("except KeyboardInterrupt", "except Never"))
    assert done.returncode != 0
    assert "KeyboardInterrupt" in done.stderr


def test_ctrl_c_while_predicting():
    begin = BEGIN.format(problem="est = BPClassifier((256, 128), max_iter=1, tol=None).fit(X, y)")
    code = """
    many = np.tile(X, (50, 1))
    threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    try:
        while True:
            est.predict(many)
    except KeyboardInterrupt:
        print("interrupted")
    """
    done = run(begin + textwrap.dedent(code))
    assert done.stdout.strip() == "interrupted", done.stderr
