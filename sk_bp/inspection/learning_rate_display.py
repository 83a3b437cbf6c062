"""A picture of the learning rate range test."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils._optional_dependencies import check_matplotlib_support

from sk_bp.base import BaseBP
from sk_bp.inspection import drawing
from sk_bp.inspection.learning_rate_range_test import RangeTest, learning_rate_range_test

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

_DIVERGENCE = "divergence"  # stands in the legend once


class LearningRateDisplay:
    """The loss over the learning rate, of a range test.

    Make it with `from_estimator`, or with `from_result` if the test has been made; draw it again,
    elsewhere or otherwise, with `plot`.

    Parameters
    ----------
    rates : array-like of shape (n_steps,)
        Learning rates of the steps, ascending.
    losses : array-like of shape (n_steps,)
        Losses of the steps.
    smoothed_losses : array-like of shape (n_steps,)
        The losses, smoothed.
    suggestion : float, default=None
        The rate to mark on the line.
    divergence : float, default=None
        The rate at which the loss had grown too much.
    name : str, default=None
        What the model is called in the legend.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Line2D
        Of the smoothed losses.

    See Also
    --------
    learning_rate_range_test : The test itself.
    ScheduleDisplay : Learning rates of a schedule.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from sklearn.datasets import load_digits
    >>> from sk_bp import BPClassifier
    >>> from sk_bp.inspection import LearningRateDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> display = LearningRateDisplay.from_estimator(BPClassifier(random_state=0), X / 16, y)
    >>> display.ax_.get_xlabel()
    'learning rate'
    """

    def __init__(
        self,
        *,
        rates: ArrayLike,
        losses: ArrayLike,
        smoothed_losses: ArrayLike,
        suggestion: float | None = None,
        divergence: float | None = None,
        name: str | None = None,
    ) -> None:
        self.rates = rates
        self.losses = losses
        self.smoothed_losses = smoothed_losses
        self.suggestion = suggestion
        self.divergence = divergence
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: BaseBP,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        min_rate: float | None = None,
        max_rate: float | None = None,
        n_steps: int = 200,
        max_growth: float = 4.0,
        random_state: Any = None,
        name: str | None = None,
        ax: "Axes | None" = None,
        **line_keywords: Any,
    ) -> Self:
        """Make a range test, and draw it.

        Parameters
        ----------
        estimator, X, y, sample_weight, min_rate, max_rate, n_steps, max_growth, random_state
            As in `learning_rate_range_test`.
        name : str, default=None
            What to call the model in the legend.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a new figure. Several models can be drawn into the same axes.
        **line_keywords
            For matplotlib's ``Axes.plot``, of the smoothed losses.

        Returns
        -------
        display : LearningRateDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError, ValueError
            As `learning_rate_range_test` does, or if ax is not matplotlib Axes.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        result = learning_rate_range_test(
            estimator,
            X,
            y,
            sample_weight,
            min_rate=min_rate,
            max_rate=max_rate,
            n_steps=n_steps,
            max_growth=max_growth,
            random_state=random_state,
        )
        return cls.from_result(result, name=name, ax=ax, **line_keywords)

    @classmethod
    def from_result(
        cls,
        result: RangeTest,
        *,
        name: str | None = None,
        ax: "Axes | None" = None,
        **line_keywords: Any,
    ) -> Self:
        """Draw a range test that has been made.

        Parameters
        ----------
        result : RangeTest
            As `learning_rate_range_test` returns it.
        name, ax, **line_keywords
            As in `from_estimator`.

        Returns
        -------
        display : LearningRateDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If result is no RangeTest, or ax is not matplotlib Axes.
        """
        check_matplotlib_support(f"{cls.__name__}.from_result")
        if not isinstance(result, RangeTest):
            raise TypeError(f"result must be a RangeTest, got {result!r}")
        return cls(**vars(result), name=name).plot(ax, **line_keywords)

    def plot(
        self, ax: "Axes | None" = None, *, name: str | None = None, **line_keywords: Any
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a new figure.
        name : str, default=None
            What to call the model in the legend; None means the name it was made with.
        **line_keywords
            For matplotlib's ``Axes.plot``, of the smoothed losses.

        Returns
        -------
        display : LearningRateDisplay
            The object itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError, ValueError
            If ax is not matplotlib Axes.

        Notes
        -----
        The losses of single steps are pale, and the smoothed ones a line, whose marker is the
        suggestion. A dotted vertical line is the rate at which the loss had grown too much. The
        axis of losses shows those up to the lowest smoothed one; later ones may be beyond it.
        """
        caller = f"{type(self).__name__}.plot"
        name = self.name if name is None else name
        line_keywords, name = drawing.line_keywords(caller, line_keywords, name)
        if ax is None:
            ax = drawing.new_figure(figsize=(6.4, 4.0)).subplots()
        (ax,) = drawing.check_axes(ax, 1, "range test")
        self.ax_, self.figure_ = ax, ax.figure
        rates, smoothed = np.asarray(self.rates), np.asarray(self.smoothed_losses)
        number = drawing.count_models(ax)
        keywords = {
            **drawing.style(number),
            "markevery": []
            if self.suggestion is None
            else [np.abs(rates - self.suggestion).argmin()],
            "markersize": 9,
            **line_keywords,
            "label": self._label(name),
            "gid": drawing.FIRST,
        }
        bottom, top = ax.get_ylim()
        self.line_: Line2D = ax.plot(rates, smoothed, **keywords)[0]
        self._draw_steps(ax)
        low, high = self._heights()
        if number > 0:
            low, high = min(low, bottom), max(high, top)
        ax.set(xlabel="learning rate", ylabel="loss", xscale="log", ylim=(low, high))
        ax.legend()
        return self

    def _label(self, name: str | None) -> str:
        """What the legend says of the line."""
        name = "smoothed loss" if name is None else name
        return name if self.suggestion is None else f"{name}, suggestion {self.suggestion:.2g}"

    def _draw_steps(self, ax: "Axes") -> None:
        """Draw the losses of single steps, and the divergence."""
        color = self.line_.get_color()
        ax.plot(self.rates, self.losses, color=color, alpha=0.3, linewidth=1, zorder=1.5)
        if self.divergence is not None:
            label = None if _DIVERGENCE in ax.get_legend_handles_labels()[1] else _DIVERGENCE
            ax.axvline(self.divergence, color=color, linestyle=":", linewidth=1, label=label)

    def _heights(self) -> tuple[float, float]:
        """The range of losses to show: all up to the lowest smoothed one, and a margin."""
        smoothed = np.asarray(self.smoothed_losses)
        losses = np.asarray(self.losses)[: int(np.argmin(smoothed)) + 1]
        margin = 0.1 * float(losses.max() - losses.min()) or 1.0
        return float(losses.min()) - margin, float(losses.max()) + margin
