"""Loss, score and learning rate over the epochs."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils._optional_dependencies import check_matplotlib_support

from sk_bp.inspection import drawing
from sk_bp.inspection.panels import (
    MARK,
    NOTHING,
    PANELS,
    axes_for,
    known_panels,
    make_legends,
    panels_in,
)
from sk_bp.inspection.problem import network_of, runs_with_history
from sk_bp.restarts import best_of
from sk_bp.run import Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D

    from sk_bp.inspection.drawing import AxesLike

RING = "weights kept"
OTHERS = "other initial weights"
_DASHES = {"validation": "--", "test": ":"}


class LossCurveDisplay:
    """Training and validation loss, validation score and learning rate, epoch by epoch.

    Make it with `from_estimator` or, for several models, `from_estimators`; draw it again,
    elsewhere or otherwise, with `plot`.

    Parameters
    ----------
    loss : array-like of shape (n_epochs,)
        Training loss of each epoch.
    validation_loss : array-like of shape (n_epochs,), default=None
        Loss of the held-out samples.
    test_loss : array-like of shape (n_epochs,), default=None
        Loss of samples that nothing was chosen by, NaN where it was not measured; the callback
        `LearningCurve` measures it.
    other_losses : sequence of array-like, default=()
        Training losses of further networks, from other initial weights.
    score : array-like of shape (n_epochs,), default=None
        Their score, if it is another than the loss.
    learning_rate : array-like of shape (n_epochs,), default=None
        Learning rate of each epoch's last step.
    best_epoch : int, default=None
        The epoch, from 1 on, whose weights early stopping has kept.
    score_name : str, default="score"
        What the score is.
    name : str, default=None
        What the model is called in the legend.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where the first panel was drawn.
    axes_ : ndarray of Axes
        All panels.
    figure_ : matplotlib Figure
    lines_ : list of Line2D

    See Also
    --------
    GradientFlowDisplay : Gradient norms by layer, and over the epochs.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from sklearn.datasets import load_iris
    >>> from sk_bp import BPClassifier
    >>> from sk_bp.inspection import LossCurveDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = BPClassifier(early_stopping=True, learning_rate=0.01, max_iter=50, random_state=0)
    >>> clf = clf.set_params(tol=None).fit(X, y)
    >>> display = LossCurveDisplay.from_estimator(clf)
    >>> [line.get_label() for line in display.lines_]
    ['training', 'validation']

    Several models in one figure:

    >>> models = {
    ...     name: BPClassifier(optimizer=name, max_iter=20, tol=None, random_state=0).fit(X, y)
    ...     for name in ("sgd", "adam")
    ... }
    >>> displays = LossCurveDisplay.from_estimators(models)
    >>> displays.ax_ is displays["sgd"].ax_ is displays["adam"].ax_
    True
    """

    ax_: "Axes"
    axes_: NDArray[Any]
    figure_: "Figure | SubFigure"
    lines_: "list[Line2D]"

    def __init__(
        self,
        *,
        loss: ArrayLike,
        validation_loss: ArrayLike | None = None,
        test_loss: ArrayLike | None = None,
        other_losses: Sequence[ArrayLike] = (),
        score: ArrayLike | None = None,
        learning_rate: ArrayLike | None = None,
        best_epoch: int | None = None,
        score_name: str = "score",
        name: str | None = None,
    ) -> None:
        self.loss: Any = loss
        self.validation_loss: Any = validation_loss
        self.test_loss: Any = test_loss
        self.other_losses = other_losses
        self.score: Any = score
        self.learning_rate: Any = learning_rate
        self.best_epoch = best_epoch
        self.score_name = score_name
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        panels: str | Sequence[str] = "auto",
        restarts: bool = False,
        test_loss: ArrayLike | None = None,
        name: str | None = None,
        ax: "AxesLike | None" = None,
        **line_keywords: Any,
    ) -> Self:
        """Draw the training of a fitted estimator.

        Parameters
        ----------
        estimator : BPClassifier, BPRegressor, Pipeline or search
            Fitted, by `fit` or `partial_fit`; of a Pipeline the last step is drawn, of a search its
            `best_estimator_`, of an estimator for tables its `network_`, of several networks
            (`n_models`) the best.
        panels : "auto", or a sequence of these: {"loss", "score", "learning_rate"}, default="auto"
            What to draw, one above the other. "auto" is the loss, the score if one other than the
            loss was noted down, and the learning rate if it changes; in axes that are given it is
            what another display has drawn there, else the loss.
        restarts : bool, default=False
            Whether to draw the training loss of all networks, also of those that were not kept
            (`n_restarts`), or whose predictions are averaged with those of the best (`n_models`).
        test_loss : array-like of shape (n_epochs,), default=None
            A loss that you have measured in each epoch, such as `test_losses_` of the callback
            `LearningCurve`, to be drawn beside that of the training.
        name : str, default=None
            What to call the model in the legend.
        ax : Axes or sequence of Axes, default=None
            Where to draw, one for each panel; None makes a new figure. Several models can be drawn
            into the same axes: ``ax=display.axes_``.
        **line_keywords
            For matplotlib's ``Axes.plot``.

        Returns
        -------
        display : LossCurveDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If the estimator is not one of this package, or ax is not Axes.
        sklearn.exceptions.NotFittedError
            If it is not fitted.
        ValueError
            If it was not trained (its weights were assigned), or a panel has nothing to show.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        display = cls._of(estimator, name, restarts)
        if test_loss is not None and np.shape(test_loss) != np.shape(display.loss):
            raise ValueError(
                f"test_loss has shape {np.shape(test_loss)}, but there are losses of shape "
                f"{np.shape(display.loss)}, one for each epoch"
            )
        display.test_loss = test_loss
        return display.plot(ax, panels=panels, **line_keywords)

    @classmethod
    def from_estimators(
        cls,
        estimators: Mapping[str, Any],
        *,
        panels: str | Sequence[str] = "auto",
        restarts: bool = False,
        ax: "AxesLike | None" = None,
        **line_keywords: Any,
    ) -> "LossCurveDisplays":
        """Draw the training of several fitted estimators into one figure.

        Parameters
        ----------
        estimators : mapping of str to BPClassifier, BPRegressor, Pipeline or search
            Names and fitted models.
        panels : "auto", or a sequence of these: {"loss", "score", "learning_rate"}, default="auto"
            As in `from_estimator`; "auto" draws what any of them has.
        restarts : bool, default=False
            As in `from_estimator`.
        ax : Axes or sequence of Axes, default=None
            Where to draw, one for each panel; None makes a new figure.
        **line_keywords
            For matplotlib's ``Axes.plot``.

        Returns
        -------
        displays : LossCurveDisplays
            A dict of the displays by name, with `figure_` and `axes_`, which they share.

        Raises
        ------
        ImportError, TypeError, ValueError, sklearn.exceptions.NotFittedError
            As in `from_estimator`, before anything is drawn; ValueError without any estimator.
        """
        caller = f"{cls.__name__}.from_estimators"
        line_keywords, _ = drawing.line_keywords(caller, line_keywords, None)
        if not isinstance(estimators, Mapping):
            raise TypeError(f"estimators must be a dict of name to model, got {estimators!r}")
        if not estimators:
            raise ValueError("estimators is empty")
        displays = LossCurveDisplays(
            {name: cls._of(model, str(name), restarts) for name, model in estimators.items()}
        )
        if isinstance(panels, str) and panels == "auto":
            at_hand = {panel for display in displays.values() for panel in display._at_hand()}
            panels = panels_in(ax) or [panel for panel in PANELS if panel in at_hand]
        panels = known_panels(panels)
        for panel in panels:
            if not any(display._has(panel) for display in displays.values()):
                raise ValueError(NOTHING.format(panels=panels, panel=panel))
        axes = axes_for(ax, panels)
        for display in displays.values():
            display._draw_panels(axes, panels, display.name, line_keywords)
        displays.axes_, displays.ax_, displays.figure_ = axes, axes[0], axes[0].figure
        return displays

    @classmethod
    def _of(cls, estimator: Any, name: str | None, restarts: bool) -> Self:
        runs = runs_with_history(estimator)
        network, _ = network_of(estimator)
        run: Any = runs[0] if len(runs) == 1 else best_of(runs, 1, network.early_stopping)
        curve, scoring = run.curve("validation_score"), run.scored_by
        scores = None if curve is None else np.array(curve)
        return cls(
            loss=np.array(run.curve("loss")),
            validation_loss=-scores if scores is not None and scoring == "loss" else None,
            score=scores if scoring != "loss" else None,
            other_losses=_losses_beside(run) if restarts else (),
            learning_rate=np.array(run.curve("learning_rate")),
            best_epoch=run.best_epoch,
            score_name=_score_name(scoring, hasattr(network, "classes_")),
            name=name,
        )

    def plot(
        self,
        ax: "AxesLike | None" = None,
        *,
        panels: str | Sequence[str] = "auto",
        name: str | None = None,
        **line_keywords: Any,
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : Axes or sequence of Axes, default=None
            Where to draw, one for each panel; None makes a new figure.
        panels : "auto", or a sequence of these: {"loss", "score", "learning_rate"}, default="auto"
            What to draw, as in `from_estimator`.
        name : str, default=None
            What to call the model in the legend; None means the name it was made with.
        **line_keywords
            For matplotlib's ``Axes.plot``.

        Returns
        -------
        display : LossCurveDisplay
            The object itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError, ValueError
            If ax is not Axes or not one for each panel, or a panel is unknown or has nothing to
            show.

        Notes
        -----
        The training loss of an epoch is the mean over its batches, each before its step (so is
        `loss_curve_`), the validation loss that after the epoch: about half an epoch lies between
        them. A loss or rate that spans more than a factor of 20 has a logarithmic axis;
        ``display.ax_.set_yscale`` changes that. A loss that is not finite is a cross at the upper
        edge, and a ring marks the epoch whose weights early stopping has kept.
        """
        caller = f"{type(self).__name__}.plot"
        name = self.name if name is None else name
        line_keywords, name = drawing.line_keywords(caller, line_keywords, name)
        if isinstance(panels, str) and panels == "auto":
            panels = panels_in(ax) or self._at_hand()
        else:
            panels = known_panels(panels)
            for panel in panels:
                if not self._has(panel):
                    raise ValueError(NOTHING.format(panels=panels, panel=panel))
        return self._draw_panels(axes_for(ax, panels), panels, name, line_keywords)

    def _draw_panels(
        self,
        axes: NDArray[Any],
        panels: Sequence[str],
        name: str | None,
        line_keywords: dict[str, Any],
    ) -> Self:
        self.axes_, self.ax_, self.figure_ = axes, axes[0], axes[0].figure
        self.lines_ = []
        number = max(drawing.count_models(ax) for ax in axes)
        for ax, panel in zip(axes, panels, strict=True):
            ax.set_gid(MARK + panel)
            if not self._has(panel):
                continue
            self._draw(ax, panel, name, number, line_keywords)
            if panel != "score":
                drawing.scale_y(ax)
            drawing.whole_numbers(ax)
            names = {"score": f"validation {self.score_name}", "learning_rate": "learning rate"}
            ax.set_ylabel(names.get(panel, panel))
            if ax is axes[-1] or not ax.get_shared_x_axes().joined(ax, axes[-1]):
                ax.set_xlabel("epoch")
        self.figure_.align_ylabels(list(axes))
        make_legends(axes)
        return self

    def _draw(
        self,
        ax: "Axes",
        panel: str,
        name: str | None,
        number: int,
        line_keywords: dict[str, Any],
    ) -> None:
        curves = {
            "loss": [
                ("training", self.loss),
                ("validation", self.validation_loss),
                ("test", self.test_loss),
            ],
            "score": [("validation", self.score)],
            "learning_rate": [("learning rate", self.learning_rate)],
        }[panel]
        first = True
        for part, values in curves:
            if values is None:
                continue
            held_out = part == "validation"
            is_main = part not in ("validation", "test")
            label = part if name is None else name if is_main else f"{name}, {part}"
            values = np.asarray(values, dtype=float)
            epochs = np.arange(1, len(values) + 1)
            keywords = {
                **drawing.style(number),
                "linestyle": _DASHES.get(part, "-"),
                "fillstyle": "full" if is_main else "none",
                "markevery": drawing.mark_some(len(values), number),
                "markersize": 4,
                **line_keywords,
                "label": label,
                "gid": drawing.FIRST if first else drawing.FURTHER,
            }
            (line,) = ax.plot(epochs, values, **keywords)
            first = False
            self.lines_.append(line)
            if part == "training":
                drawing.mark_edge(ax, epochs[~np.isfinite(values)], 1, line.get_color())
            if held_out and self.best_epoch is not None:
                best = slice(self.best_epoch - 1, self.best_epoch)
                (ring,) = ax.plot(epochs[best], values[best], "o", color=line.get_color())
                ring.set(label=RING, gid="ring", markersize=10, fillstyle="none")

        if panel == "loss":
            self._draw_others(ax, name, drawing.style(number)["color"])

    def _draw_others(self, ax: "Axes", name: str | None, color: str) -> None:
        """Draw the losses of further networks, thin, and behind the others."""
        for number, values in enumerate(self.other_losses):
            values = np.asarray(values, dtype=float)
            (line,) = ax.plot(np.arange(1, len(values) + 1), values, color=color)
            line.set(linewidth=0.8, alpha=0.5, zorder=1.5, gid=drawing.FURTHER)
            if number == 0:
                line.set_label(OTHERS if name is None else f"{name}, {OTHERS}")
            else:
                line.set_label("_")  # matplotlib leaves it out of the legend
            self.lines_.append(line)

    def _has(self, panel: str) -> bool:
        values = getattr(self, panel)
        return panel == "loss" or (
            values is not None and np.isfinite(np.asarray(values, dtype=float)).any()
        )

    def _at_hand(self) -> list[str]:
        panels = [panel for panel in ("loss", "score") if self._has(panel)]
        if self._has("learning_rate"):
            rates = np.asarray(self.learning_rate, dtype=float)
            if len(np.unique(rates[np.isfinite(rates)])) > 1:
                panels.append("learning_rate")
        return panels


class LossCurveDisplays(dict[str, LossCurveDisplay]):
    """The displays of several models in one figure, by name.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The first panel.
    axes_ : ndarray of Axes
        All panels.
    figure_ : matplotlib Figure
    """

    ax_: "Axes"
    axes_: NDArray[Any]
    figure_: "Figure | SubFigure"


def _losses_beside(run: Run) -> list[NDArray[Any]]:
    """The training losses of the other restarts of the fit that a run has the history of."""
    numbers = np.array(run.history.get("restart", []))
    losses = np.array(run.history["loss"], dtype=float)
    return [losses[numbers == number] for number in np.unique(numbers) if number != run.number]


def _score_name(scoring: Any, is_classifier: bool) -> str:
    if scoring is None:
        return "accuracy" if is_classifier else "R²"
    return scoring.replace("_", " ") if isinstance(scoring, str) else "score"
