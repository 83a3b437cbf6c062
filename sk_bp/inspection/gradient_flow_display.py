"""Gradient norms, layer by layer or over the epochs."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils._optional_dependencies import check_matplotlib_support

from sk_bp.inspection import drawing
from sk_bp.inspection.problem import (
    check_fitted,
    check_history,
    gradient_of,
    network_of,
    problem_of,
    targets_within,
)
from sk_bp.threads import single_threaded_blas

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D

_ALL_NAMED = 6  # layers that the legend names one by one


class GradientFlowDisplay:
    """The norm of the gradient of each layer's weights: now, or epoch by epoch.

    Make it with `from_estimator`; draw it again, elsewhere or otherwise, with `plot`.

    Parameters
    ----------
    norms : array-like of shape (n_layers,) or (n_epochs, n_layers)
        Gradient norms, the first layer of weights first. NaN where none was measured.
    name : str, default=None
        What the model is called in the legend.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    lines_ : list of Line2D

    See Also
    --------
    gradient_report : The same with more figures and a diagnosis.
    LossCurveDisplay : Loss, score and learning rate over the epochs.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from sklearn.datasets import load_iris
    >>> from sk_bp import BPClassifier
    >>> from sk_bp.inspection import GradientFlowDisplay
    >>> X, y = load_iris(return_X_y=True)
    >>> deep = BPClassifier((8,) * 10, "logistic", max_iter=20, tol=None, random_state=0)
    >>> deep = deep.set_params(record_gradient_norms=True).fit(X, y)
    >>> over_epochs = GradientFlowDisplay.from_estimator(deep)
    >>> over_epochs.norms.shape
    (20, 11)
    >>> by_layer = GradientFlowDisplay.from_estimator(deep, X, y, name="logistic")
    >>> bool(by_layer.norms[0] < 1e-3 * by_layer.norms[-1])
    True
    """

    ax_: "Axes"
    figure_: "Figure | SubFigure"
    lines_: "list[Line2D]"

    def __init__(self, *, norms: ArrayLike, name: str | None = None) -> None:
        self.norms: Any = norms
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any = None,
        y: Any = None,
        sample_weight: Any = None,
        *,
        name: str | None = None,
        ax: "Axes | None" = None,
        **line_keywords: Any,
    ) -> Self:
        """Draw the gradient norms of a fitted estimator.

        Parameters
        ----------
        estimator : BPClassifier, BPRegressor, Pipeline or search
            Fitted; of a Pipeline the last step is drawn, of a search its `best_estimator_`.
        X : {array-like, sparse matrix} of shape (n_samples, n_features), default=None
            Samples: the gradient over all of them, at the weights as they are, is drawn by layer.
            None draws, over the epochs, what `history_` noted down while the network was trained
            with ``record_gradient_norms=True``.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Their targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Their weights.
        name : str, default=None
            What to call the model in the legend.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a new figure. Several models can be drawn into the same axes.
        **line_keywords
            For matplotlib's ``Axes.plot``.

        Returns
        -------
        display : GradientFlowDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If the estimator is not one of this package, or ax is not Axes.
        sklearn.exceptions.NotFittedError
            If it is not fitted.
        ValueError
            If the data are not valid or do not fit the model; without X, if no norms were noted
            down.

        Notes
        -----
        By layer the gradient is that of the objective, as in `gradient_report`; over the epochs
        it is that of the loss in a batch, without the penalty, before the step, in the root mean
        square over the batches of the epoch.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        if X is None:
            if y is not None or sample_weight is not None:
                raise ValueError("y and sample_weight need X")
            norms = _noted_down(estimator)
        else:
            y = targets_within(estimator, y)
            estimator, X = network_of(estimator, X)
            check_fitted(estimator)
            problem = problem_of(estimator, X, y, sample_weight)
            with single_threaded_blas():
                norms = np.array(problem.network.weight_norms(gradient_of(problem)))
        return cls(norms=norms, name=name).plot(ax, **line_keywords)

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
            For matplotlib's ``Axes.plot``.

        Returns
        -------
        display : GradientFlowDisplay
            The object itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If ax is not Axes.

        Notes
        -----
        The y-axis is logarithmic. A gradient of exactly zero is a cross at its lower end.
        """
        caller = f"{type(self).__name__}.plot"
        name = self.name if name is None else name
        line_keywords, name = drawing.line_keywords(caller, line_keywords, name)
        norms = np.asarray(self.norms, dtype=float)
        if norms.ndim not in (1, 2) or norms.size == 0:
            raise ValueError(
                f"norms must be of shape (n_layers,) or (n_epochs, n_layers), got {norms.shape}"
            )
        if ax is None:
            ax = drawing.new_figure().subplots()
        (ax,) = drawing.check_axes(ax, 1, "display")
        self.ax_, self.figure_, self.lines_ = ax, ax.figure, []
        if norms.ndim == 1:
            self._draw_layers(norms, name, line_keywords)
        else:
            self._draw_epochs(norms, name, line_keywords)
        drawing.scale_y(ax, logarithmic=True)
        drawing.whole_numbers(ax)
        ax.set_ylabel("gradient norm")
        if any(not str(line.get_label()).startswith("_") for line in ax.get_lines()):
            ax.legend()
        return self

    def _draw_layers(
        self, norms: NDArray[Any], name: str | None, line_keywords: dict[str, Any]
    ) -> None:
        number = drawing.count_models(self.ax_)
        keywords = {
            **drawing.style(number),
            "linestyle": drawing.LINES[number % len(drawing.LINES)],
            **line_keywords,
            "label": "_gradient" if name is None else name,
            "gid": drawing.FIRST,
        }
        self._draw(np.arange(len(norms)), norms, keywords)
        self.ax_.set_xlabel("layer of weights (0: next to the input)")

    def _draw_epochs(
        self, norms: NDArray[Any], name: str | None, line_keywords: dict[str, Any]
    ) -> None:
        from matplotlib import colormaps

        n_epochs, n_layers = norms.shape
        number = drawing.count_models(self.ax_)
        shades = colormaps["viridis"](np.linspace(0, 0.85, n_layers))
        named = {0, n_layers // 2, n_layers - 1} if n_layers > _ALL_NAMED else set(range(n_layers))
        for layer in range(n_layers):
            label = f"layer {layer}" if name is None else f"{name}, layer {layer}"
            gaps = not (norms[:, layer] > 0).all()
            keywords = {
                "color": shades[layer],
                "marker": drawing.MARKERS[layer % len(drawing.MARKERS)],
                "markersize": 4,
                "markevery": None if gaps else drawing.mark_some(n_epochs, layer),
                "linestyle": drawing.LINES[number % len(drawing.LINES)],
                **line_keywords,
                "label": label if layer in named else f"_{label}",
                "gid": drawing.FIRST if layer == 0 else drawing.FURTHER,
            }
            self._draw(np.arange(1, n_epochs + 1), norms[:, layer], keywords)
        self.ax_.set_xlabel("epoch")

    def _draw(self, x: NDArray[Any], norms: NDArray[Any], keywords: dict[str, Any]) -> None:
        """A line of what is positive, and crosses at the lower edge for what is zero."""
        (line,) = self.ax_.plot(x, np.where(norms > 0, norms, np.nan), **keywords)
        self.lines_.append(line)
        drawing.mark_edge(self.ax_, x[norms == 0], 0, line.get_color())


def _noted_down(estimator: Any) -> NDArray[Any]:
    """The norms in history_, (n_epochs, n_layers)."""
    run = check_history(estimator)
    names = [f"gradient_norm_{layer}" for layer in range(len(run.layers.coefs))]
    if names[0] not in run.history:
        raise ValueError(
            "history_ holds no gradient norms: fit with record_gradient_norms=True, or pass X and "
            "y to see the gradient as it is now"
        )
    norms = np.column_stack([np.array(run.curve(name)) for name in names])
    if np.isnan(norms).all():
        raise ValueError("history_ holds no gradient norms: no step could be made")
    return norms
