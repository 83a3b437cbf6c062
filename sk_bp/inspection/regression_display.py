"""Predictions of a regression beside the targets, and a histogram of the errors."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_consistent_length
from sklearn.utils._optional_dependencies import check_matplotlib_support

from sk_bp.inspection import drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from sk_bp.inspection.drawing import AxesLike


class RegressionDisplay:
    """Predictions over targets, with their correlation R, and the distribution of the errors.

    Make it with `from_estimator` or `from_predictions`.

    Parameters
    ----------
    y_true : ndarray of shape (n_samples,)
        Targets.
    y_pred : ndarray of shape (n_samples,)
        Predictions.

    Attributes
    ----------
    correlation : float
        R, the correlation of targets and predictions; NaN if one of them is constant.
    slope, intercept : float
        Of the line of least squares through the predictions over the targets.
    ax_ : matplotlib Axes
        The predictions over the targets.
    axes_ : ndarray of Axes
        The two panels.
    figure_ : matplotlib Figure

    See Also
    --------
    sklearn.metrics.PredictionErrorDisplay : Residuals over predictions.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from sk_bp.inspection import RegressionDisplay
    >>> display = RegressionDisplay.from_predictions([1.0, 2.0, 3.0], [1.5, 2.0, 2.5])
    >>> round(display.correlation, 3), round(display.slope, 3)
    (1.0, 0.5)
    """

    ax_: "Axes"
    axes_: NDArray[Any]
    figure_: "Figure | SubFigure"

    def __init__(self, *, y_true: NDArray[Any], y_pred: NDArray[Any]) -> None:
        self.y_true = y_true
        self.y_pred = y_pred
        spread = float(np.std(y_true)) * float(np.std(y_pred))
        self.slope, self.intercept = 0.0, float(np.mean(y_pred))
        self.correlation = np.nan
        if np.std(y_true) > 0:
            self.slope, self.intercept = (float(c) for c in np.polyfit(y_true, y_pred, 1))
        if spread > 0:
            self.correlation = float(np.corrcoef(y_true, y_pred)[0, 1])

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: ArrayLike, *, ax: "AxesLike | None" = None, bins: int = 20
    ) -> Self:
        """Draw the predictions of a fitted regressor, of any kind.

        Parameters
        ----------
        estimator : object
            Fitted, with `predict`, such as `BPRegressor`, a Pipeline or a search.
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their targets.
        ax : sequence of two Axes, default=None
            Where to draw; None makes a new figure.
        bins : int, default=20
            Bars of the histogram.

        Returns
        -------
        display : RegressionDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If ax is not Axes.
        ValueError
            If predictions and targets differ in number.
        """
        return cls.from_predictions(y, estimator.predict(X), ax=ax, bins=bins)

    @classmethod
    def from_predictions(
        cls, y_true: ArrayLike, y_pred: ArrayLike, *, ax: "AxesLike | None" = None, bins: int = 20
    ) -> Self:
        """Draw predictions. Those of several outputs are drawn together.

        Parameters
        ----------
        y_true : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        y_pred : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Predictions.
        ax : sequence of two Axes, default=None
            Where to draw; None makes a new figure.
        bins : int, default=20
            Bars of the histogram.

        Returns
        -------
        display : RegressionDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If ax is not Axes.
        ValueError
            If predictions and targets differ in number.
        """
        check_matplotlib_support(f"{cls.__name__}.from_predictions")
        true, predicted = (np.asarray(y, dtype=np.float64) for y in (y_true, y_pred))
        check_consistent_length(true, predicted)
        if true.size != predicted.size:
            raise ValueError(
                f"y_true has the shape {true.shape}, but y_pred has {predicted.shape}: there must "
                "be a prediction for each target"
            )
        return cls(y_true=true.ravel(), y_pred=predicted.ravel()).plot(ax, bins=bins)

    def plot(self, ax: "AxesLike | None" = None, *, bins: int = 20) -> Self:
        """Draw.

        Parameters
        ----------
        ax : sequence of two Axes, default=None
            Where to draw; None makes a new figure.
        bins : int, default=20
            Bars of the histogram.

        Returns
        -------
        display : RegressionDisplay
            The object itself.
        """
        check_matplotlib_support(f"{type(self).__name__}.plot")
        if ax is None:
            self.axes_ = drawing.new_figure(figsize=(8.6, 4.0)).subplots(1, 2)
        else:
            self.axes_ = drawing.check_axes(ax, 2, "of the predictions and the errors")
        self.ax_, self.figure_ = self.axes_[0], self.axes_[0].figure
        self._draw_predictions(self.axes_[0])
        self._draw_errors(self.axes_[1], bins)
        return self

    def _draw_predictions(self, panel: "Axes") -> None:
        alpha = float(np.clip(300 / len(self.y_true), 0.15, 0.8))
        panel.scatter(
            self.y_true, self.y_pred, s=14, alpha=alpha, color=drawing.COLORS[0], linewidths=0
        )
        ends = np.array([self.y_true.min(), self.y_true.max()])
        panel.plot(ends, ends, "--", color="black", linewidth=1, label="prediction = target")
        line = self.slope * ends + self.intercept
        label = f"prediction = {self.slope:.2f} target {self.intercept:+.2g}"
        panel.plot(ends, line, color=drawing.COLORS[1], linewidth=2, label=label)
        panel.set(xlabel="target", ylabel="prediction", title=f"R = {self.correlation:.3f}")
        panel.legend(fontsize="small")

    def _draw_errors(self, panel: "Axes", bins: int) -> None:
        errors = self.y_pred - self.y_true
        panel.hist(errors, bins=bins, color=drawing.COLORS[0], edgecolor="white", linewidth=0.5)
        panel.axvline(0, color="black", linestyle="--", linewidth=1)
        size = float(np.sqrt(np.mean(errors**2)))
        panel.set(
            xlabel="error: prediction - target",
            ylabel="samples",
            title=f"mean {np.mean(errors):.2g}, root mean square {size:.2g}",
        )
