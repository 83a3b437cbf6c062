"""What the optimizer notes down over the epochs, such as mu and the evidence."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils._optional_dependencies import check_matplotlib_support

from sk_bp.inspection import drawing
from sk_bp.inspection.problem import check_history

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from sk_bp.inspection.drawing import AxesLike

# What `history_` holds of every fit, or of which other displays tell.
_OF_OTHERS = ("loss", "learning_rate", "validation_score", "restart", "model")
_LABELS = {
    "mu": "damping μ",
    "alpha": "penalty α",
    "beta": "errors β",
    "n_effective_parameters": "effective parameters",
    "log_evidence": "log evidence",
}


class TrainingStateDisplay:
    """What the optimizer has noted down of its own state, epoch by epoch.

    `LevenbergMarquardt` notes down its damping mu, `BayesianRegularization` also the weights alpha
    and beta of penalty and errors, the number of effective parameters and the logarithm of the
    evidence, `Prodigy` its estimate of the distance to the solution. Make it with `from_estimator`.

    Parameters
    ----------
    metrics : mapping of str to array-like of shape (n_epochs,)
        By name, the numbers of each epoch.
    name : str, default=None
        What the model is called in the legend.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where the first panel was drawn.
    axes_ : ndarray of Axes
        A panel for each name.
    figure_ : matplotlib Figure
    lines_ : list of Line2D

    See Also
    --------
    LossCurveDisplay : Loss, score and learning rate over the epochs.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> import numpy as np
    >>> from sk_bp import BPRegressor
    >>> from sk_bp.inspection import TrainingStateDisplay
    >>> X = np.linspace(-1, 1, 40)[:, None]
    >>> reg = BPRegressor(5, optimizer="bayesian_regularization", max_iter=20, random_state=0)
    >>> display = TrainingStateDisplay.from_estimator(reg.set_params(tol=None).fit(X, X[:, 0] ** 2))
    >>> list(display.metrics)
    ['mu', 'alpha', 'beta', 'n_effective_parameters', 'log_evidence']
    """

    ax_: "Axes"
    axes_: NDArray[Any]
    figure_: "Figure | SubFigure"
    lines_: list[Any]

    def __init__(self, *, metrics: Mapping[str, ArrayLike], name: str | None = None) -> None:
        self.metrics = metrics
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        name: str | None = None,
        ax: "AxesLike | None" = None,
        **line_keywords: Any,
    ) -> Self:
        """Draw what a fitted estimator has noted down.

        Parameters
        ----------
        estimator : BPClassifier, BPRegressor, Pipeline or search
            Fitted; of a Pipeline the last step is drawn, of a search its `best_estimator_`.
        name : str, default=None
            What to call the model in the legend.
        ax : Axes or sequence of Axes, default=None
            Where to draw, one for each panel; None makes a new figure. Several models can be drawn
            into the same axes: ``ax=display.axes_``.
        **line_keywords
            For matplotlib's ``Axes.plot``.

        Returns
        -------
        display : TrainingStateDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If there is no network of sk_bp in the estimator, or ax is not Axes.
        sklearn.exceptions.NotFittedError
            If it is not fitted.
        ValueError
            If the optimizer notes down nothing.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        run = check_history(estimator)
        names = [
            metric
            for metric in run.history
            if metric not in _OF_OTHERS and not metric.startswith("gradient_norm")
        ]
        if not names:
            raise ValueError(
                "history_ holds nothing of the optimizer: only 'levenberg_marquardt', "
                "'bayesian_regularization' and 'prodigy' note down what they have found"
            )
        metrics = {metric: np.array(run.curve(metric)) for metric in names}
        return cls(metrics=metrics, name=name).plot(ax, **line_keywords)

    def plot(
        self, ax: "AxesLike | None" = None, *, name: str | None = None, **line_keywords: Any
    ) -> Self:
        """Draw.

        Parameters
        ----------
        ax : Axes or sequence of Axes, default=None
            Where to draw, one for each panel; None makes a new figure.
        name : str, default=None
            What to call the model in the legend; None means the display's own name.
        **line_keywords
            For matplotlib's ``Axes.plot``.

        Returns
        -------
        display : TrainingStateDisplay
            The object itself.
        """
        name = self.name if name is None else name
        keywords, name = drawing.line_keywords(f"{type(self).__name__}.plot", line_keywords, name)
        names = list(self.metrics)
        if ax is None:
            figure = drawing.new_figure(figsize=(6.4, 1.0 + 1.5 * len(names)))
            self.axes_ = figure.subplots(len(names), sharex=True, squeeze=False)[:, 0]
        else:
            self.axes_ = drawing.check_axes(ax, len(names), f"of {names}")
        self.ax_, self.figure_, self.lines_ = self.axes_[0], self.axes_[0].figure, []
        for panel, metric in zip(self.axes_, names, strict=True):
            self._draw(panel, metric, name, keywords)
        self.axes_[-1].set_xlabel("epoch")
        if name is not None:
            self.ax_.legend()
        return self

    def _draw(self, panel: "Axes", metric: str, name: str | None, keywords: dict[str, Any]) -> None:
        values = np.asarray(self.metrics[metric], dtype=float)
        number = drawing.count_models(panel)
        given = {**drawing.style(number), "markevery": drawing.mark_some(len(values), number)}
        (line,) = panel.plot(
            np.arange(1, len(values) + 1),
            values,
            **{"label": name, "gid": drawing.FIRST, **given, **keywords},
        )
        self.lines_.append(line)
        panel.set_ylabel(_LABELS.get(metric, metric))
        drawing.scale_y(panel)
        drawing.whole_numbers(panel)
