"""In a notebook: an interrupt of the kernel, the learning curve, the lines of verbose."""

import pytest

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")
pytest.importorskip("sklearn.callback", reason="scikit-learn < 1.9")

IMPORTS = """
import numpy as np
from sk_bp import BPClassifier
from sk_bp.callbacks import LearningCurve
X = np.random.default_rng(0).random((1000, 20))
y = (X[:, 0] > 0.5).astype(int)
"""


def run(folder, *cells, **options):
    """The outputs of the cells of a notebook that has been run in a folder."""
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(cell) for cell in (IMPORTS, *cells)]
    resources = {"metadata": {"path": str(folder)}}
    nbclient.NotebookClient(
        notebook, kernel_name="python3", resources=resources, **options
    ).execute()
    return [cell.outputs for cell in notebook.cells[1:]]


def text_of(outputs):
    return "".join(output.get("text", "") for output in outputs)


def test_an_interrupt_of_the_kernel_leaves_a_model_that_goes_on(tmp_path):
    interrupted, after = run(
        tmp_path,
        "est = BPClassifier(100, max_iter=10**7, tol=None, random_state=0)\nest.fit(X, y)",
        "n = est.n_iter_\n"
        "est.set_params(max_iter=n + 2).resume_fit(X, y)\n"
        "print(n > 0, est.n_iter_ - n, est.end_reason_, est.predict(X).shape)",
        timeout=15,
        interrupt_on_timeout=True,
        allow_errors=True,
    )
    assert interrupted[-1]["ename"] == "KeyboardInterrupt"
    assert text_of(after) == "True 2 max_iter (1000,)\n"


def test_the_learning_curve_is_one_picture_below_the_cell(tmp_path):
    pytest.importorskip("matplotlib")
    (outputs,) = run(
        tmp_path,
        "est = BPClassifier(5, max_iter=20, tol=None)\n"
        "est.set_callbacks(LearningCurve(seconds=1e-9)).fit(X, y);",
        timeout=60,
    )
    pictures = [output for output in outputs if "image/png" in output.get("data", {})]
    assert len(pictures) == 1


def test_verbose_prints_below_the_cell(tmp_path):
    (outputs,) = run(tmp_path, "BPClassifier(5, max_iter=3, verbose=2).fit(X, y);", timeout=60)
    assert text_of(outputs).count("Epoch") == 3
