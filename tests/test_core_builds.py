"""The core for AVX2 and the core for any processor give the same bits."""

import json
import subprocess
import sys
import types

import pytest

import sk_bp
from sk_bp._core import _cpu

PROGRAM = """
import hashlib, json, sys, types, warnings

if sys.argv[1] == "any":
    sys.modules["sk_bp._core._cpu"] = types.SimpleNamespace(has_avx2=lambda: False)
import numpy as np
import scipy.sparse as sp
from sk_bp import BPClassifier, BPRegressor
from sk_bp._core import _core
from sk_bp.activations import ACTIVATIONS
from sk_bp.initializers import INITIALIZERS
from sk_bp.losses import losses_for
from sk_bp.optimizers import BY_BATCH

warnings.simplefilter("ignore")  # a few epochs do not converge
rng = np.random.default_rng(0)
X = rng.standard_normal((150, 40)) * (rng.random((150, 40)) < 0.3)
y = rng.integers(1, 4, 150)


def digest(Estimator, X, **params):
    est = Estimator(13, max_iter=3, batch_size=17, tol=None, random_state=0, **params)
    outputs = est.fit(X, y).predict(X)
    state = [np.asarray(outputs, dtype=float), *est.coefs_, *est.intercepts_]
    return hashlib.sha256(b"".join(a.tobytes() for a in state)).hexdigest()


found = {"core": _core.__name__}
for dtype in (np.float32, np.float64):
    for name, given in {"dense": X.astype(dtype), "csr": sp.csr_array(X.astype(dtype))}.items():
        for optimizer in BY_BATCH:
            found[f"{optimizer} {name} {dtype.__name__}"] = digest(
                BPClassifier, given, optimizer=optimizer
            )
        for activation in ACTIVATIONS:
            found[f"{activation} {name} {dtype.__name__}"] = digest(
                BPClassifier, given, activation=activation, dropout=0.2, max_grad_norm=1.0
            )
        for init in INITIALIZERS:
            found[f"{init} {name} {dtype.__name__}"] = digest(BPClassifier, given, init=init)
        for loss in losses_for("regression"):
            found[f"{loss} {name} {dtype.__name__}"] = digest(BPRegressor, given, loss=loss)
print(json.dumps(found))
"""


def digests(build):
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, build], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.skipif(not _cpu.has_avx2(), reason="no core for AVX2, or no processor that runs it")
def test_both_builds_of_the_core_give_the_same_bits():
    for_avx2, for_any = digests("this one"), digests("any")
    assert for_avx2.pop("core") == "sk_bp._core._core_avx2"
    assert for_any.pop("core") == "sk_bp._core._core"
    assert len(for_any) > 100
    assert for_avx2 == for_any


def test_the_core_in_use_is_that_of_this_processor():
    assert isinstance(sk_bp.network._core, types.ModuleType)
    assert sk_bp.network._core.__name__.endswith("_avx2") == _cpu.has_avx2()
