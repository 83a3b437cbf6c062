"""LearningCurve: the loss curve, drawn while the network is trained."""

import time
from io import BytesIO
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sk_bp.callbacks.callback import Callback, is_epoch, write_atomically
from sk_bp.inspection import LossCurveDisplay
from sk_bp.inspection.problem import check_history, mean_loss

_SHARE = 0.1  # of the time that may be spent drawing


class LearningCurve(Callback):
    """Draws loss, score and learning rate while a network is trained.

    In a notebook the picture is kept up to date below the cell, elsewhere in a window, if
    matplotlib has one; with `path` in a file.

    Parameters
    ----------
    path : str or path-like, default=None
        A file to draw into, of a format that its suffix says; None means none.
    seconds : float, default=1.0
        The time between two pictures at least. Drawing takes at most about a tenth of the time of
        the fit. The end of the fit is always drawn.
    X_test : {array-like, sparse matrix} of shape (n_test, n_features), default=None
        Samples whose loss is measured after each epoch and drawn as a third curve, beside those of
        the training and the held-out samples. Nothing is chosen by it. X is as the network reads
        it: of a Pipeline, as the steps before transform it. The loss is measured on a copy of the
        weights, which costs time, and on sparse input changes later weights by rounding.
    y_test : array-like of shape (n_test,) or (n_test, n_outputs), default=None
        Their targets.

    Attributes
    ----------
    display_ : LossCurveDisplay
        The last picture.
    test_losses_ : ndarray of shape (n_epochs,)
        The loss of the test samples after each epoch of the network that was kept, NaN for epochs
        before the callback was set; only with `X_test`.

    See Also
    --------
    sk_bp.inspection.LossCurveDisplay : The same after the fit.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from sklearn.datasets import load_iris
    >>> from sk_bp import BPClassifier
    >>> from sk_bp.callbacks import LearningCurve
    >>> X, y = load_iris(return_X_y=True)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "curve.png")
    ...     clf = BPClassifier(max_iter=5, tol=None).set_callbacks(LearningCurve(path)).fit(X, y)
    ...     path.exists()
    True
    """

    display_: LossCurveDisplay

    test_losses_: NDArray[np.float64]

    def __init__(
        self,
        path: str | PathLike[str] | None = None,
        *,
        seconds: float = 1.0,
        X_test: Any = None,
        y_test: Any = None,
    ) -> None:
        if (X_test is None) != (y_test is None):
            missing = "X_test" if X_test is None else "y_test"
            raise ValueError(f"X_test and y_test belong together, but {missing} is None")
        self.path = path
        self.seconds = seconds
        self.X_test = X_test
        self.y_test = y_test
        self._tested: dict[int, dict[int, float]] = {}  # losses by network and epoch
        self._next = 0.0
        self._shown: Any = None

    def setup(self, estimator: Any, context: Any) -> None:
        """Forget the picture of an earlier fit."""
        self._next, self._shown = time.monotonic() + self.seconds, None
        self._tested = {}

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        """Draw, if it is time for it."""
        if is_epoch(context):
            fitted = None if self.X_test is None else self._test(context.fitted_estimator())
            start = time.monotonic()
            if start < self._next:
                return
            self._draw(context.fitted_estimator() if fitted is None else fitted)
            spent = time.monotonic() - start
            self._next = time.monotonic() + max(self.seconds, spent / _SHARE)
        elif context.task_name == "fit" and estimator.n_models == 1:
            self._draw(estimator)

    def _test(self, estimator: Any) -> Any:
        """Note down the loss of the test samples, and return the estimator."""
        run = check_history(estimator)
        losses = self._tested.setdefault(run.number, {})
        losses[len(run.curve("loss") or [])] = mean_loss(estimator, self.X_test, self.y_test)
        return estimator

    def _test_losses(self, estimator: Any) -> NDArray[np.float64] | None:
        """The losses of the test samples in the epochs of the network that the estimator has."""
        if self.X_test is None:
            return None
        run = check_history(estimator)
        losses = self._tested.get(run.number, {})
        n_epochs = len(run.curve("loss") or [])
        return np.array([losses.get(epoch, np.nan) for epoch in range(1, n_epochs + 1)])

    def _draw(self, estimator: Any) -> None:
        import matplotlib.pyplot as plt

        before = getattr(self, "display_", None)
        if before is not None:
            plt.close(before.figure_)
        test = self._test_losses(estimator)
        if test is not None:
            self.test_losses_ = test
        self.display_ = LossCurveDisplay.from_estimator(estimator, test_loss=test)
        figure: Any = self.display_.figure_
        if self.path is not None:
            path = Path(self.path)
            kind = path.suffix.removeprefix(".") or "png"
            write_atomically(path, lambda file: figure.savefig(file, format=kind))
        self._show(figure)

    def _show(self, figure: Any) -> None:
        """Show the picture in the notebook, or in a window."""
        import matplotlib.pyplot as plt

        if _in_notebook():
            from IPython.display import Image, display

            png = BytesIO()
            figure.savefig(png, format="png")
            image = Image(png.getvalue())
            if self._shown is None:
                self._shown = display(image, display_id=True)
            else:
                self._shown.update(image)
            plt.close(figure)  # the notebook would show it once more
        elif figure.canvas.manager is not None and plt.isinteractive():
            figure.canvas.draw_idle()
            figure.canvas.flush_events()


def _in_notebook() -> bool:
    """Whether this runs in the kernel of a notebook."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    shell = get_ipython()
    return shell is not None and hasattr(shell, "kernel")
