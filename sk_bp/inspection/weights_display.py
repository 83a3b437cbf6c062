"""The first layer's weights, as images or by the names of the features."""

from collections.abc import Iterable, Sequence
from math import ceil, prod
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._optional_dependencies import check_matplotlib_support

from sk_bp.advice import counted
from sk_bp.base import BaseBP
from sk_bp.inspection import drawing
from sk_bp.inspection.problem import check_fitted, names_before, network_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from sk_bp.inspection.drawing import AxesLike

_IMAGES, _BARS = 16, 6  # units that are drawn unless asked for
_LONGEST_NAME, _LONGEST_TITLE = 24, 36  # characters


class WeightsDisplay:
    """What units of the first layer look for: images of their weights, or their strongest features.

    Make it with `from_estimator`; draw it again, elsewhere or otherwise, with `plot`.

    Parameters
    ----------
    weights : ndarray of shape (n_features, n_units)
        What is drawn of each unit: its weights, each times the scale of its column.
    unit_names : list of str
        A title for each unit.
    image_shape : tuple of (int, int), default=None
        Samples and columns of the image that the features make up. None draws bars.
    feature_names : sequence of str, default=None
        Names of the features, for bars; None means x0, x1 and so on.

    Attributes
    ----------
    ax_ : matplotlib Axes
        The first panel.
    axes_ : ndarray of Axes
        A panel for each unit.
    figure_ : matplotlib Figure

    See Also
    --------
    gradient_report : Which units take part at all.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from sklearn.datasets import load_digits
    >>> from sk_bp import BPClassifier
    >>> from sk_bp.inspection import WeightsDisplay
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = BPClassifier(20, max_iter=20, tol=None, random_state=0).fit(X / 16, y)
    >>> display = WeightsDisplay.from_estimator(clf, image_shape=(8, 8))
    >>> len(display.axes_)
    16

    The words that speak most for and against each class, of a linear model of text:

    >>> from sklearn.feature_extraction.text import TfidfVectorizer
    >>> texts = ["good fun", "bad plot", "good plot", "no fun, bad", "good", "bad"]
    >>> words = TfidfVectorizer()
    >>> linear = BPClassifier((), optimizer="lbfgs", tol=None)
    >>> linear = linear.fit(words.fit_transform(texts), [1, 0, 1, 0, 1, 0])
    >>> names = words.get_feature_names_out()
    >>> display = WeightsDisplay.from_estimator(linear, feature_names=names, n_features=2)
    >>> [tick.get_text() for tick in display.axes_[0].get_yticklabels()]
    ['bad', 'good']
    """

    ax_: "Axes"
    axes_: NDArray[Any]
    figure_: "Figure | SubFigure"

    def __init__(
        self,
        *,
        weights: NDArray[Any],
        unit_names: Sequence[str],
        image_shape: tuple[int, int] | None = None,
        feature_names: Sequence[str] | NDArray[Any] | None = None,
    ) -> None:
        self.weights = weights
        self.unit_names = unit_names
        self.image_shape = image_shape
        self.feature_names = feature_names

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        image_shape: tuple[int, int] | None = None,
        feature_names: Iterable[str] | None = None,
        units: int | Sequence[int] | NDArray[Any] | None = None,
        n_features: int = 8,
        scaled: bool = True,
        ax: "AxesLike | None" = None,
    ) -> Self:
        """Draw first-layer weights of a fitted estimator.

        Parameters
        ----------
        estimator : BPClassifier, BPRegressor, Pipeline or search
            Fitted; of a Pipeline the last step is drawn, of a search its `best_estimator_`.
        image_shape : tuple of (int, int), default=None
            Samples and columns of the image that the features make up, for images of the weights.
            None draws bars, the strongest features of each unit by name.
        feature_names : array-like of shape (n_features_in_,), default=None
            Names of the features, such as ``vectorizer.get_feature_names_out()``. None means
            those that the steps before give, or `feature_names_in_`, where there are any, else x0,
            x1 and so on.
        units : int or sequence of int, default=None
            The units to draw, by their numbers, or how many. None means as many as there are Axes
            in `ax`, or 16 images, or 6 panels of bars. A number of them is those whose weights, in
            and out together, are largest, or without a hidden layer, the first outputs.
        n_features : int, default=8
            How many features of each unit to show as bars.
        scaled : bool, default=True
            Whether to draw each weight times the scale of its column that `scaling` has found: what
            a usual change of the column does to the unit. Otherwise columns that hardly change,
            such as the border of images, have the largest weights by far. False draws `coefs_`
            itself, which are the same weights where the network was trained without `scaling`.
        ax : Axes or sequence of Axes, default=None
            Where to draw, one for each unit; None makes a new figure.

        Returns
        -------
        display : WeightsDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If the estimator is not one of this package, or ax is not Axes.
        sklearn.exceptions.NotFittedError
            If it is not fitted.
        ValueError
            If image_shape or feature_names do not fit the number of features, or there are no such
            units.
        """
        check_matplotlib_support(f"{cls.__name__}.from_estimator")
        names: Any = names_before(estimator)
        estimator, _ = network_of(estimator)
        check_fitted(estimator)
        W = estimator.coefs_[0]
        if image_shape is not None:
            image_shape = _checked_shape(image_shape, len(W))
        names = names if feature_names is None else list(feature_names)
        if names is not None and len(names) != len(W):
            raise ValueError(
                f"feature_names has {counted(len(names), 'element')}, but the network has "
                f"{counted(len(W), 'feature')}"
            )
        if ax is not None:
            default = np.size(np.asarray(ax, dtype=object))
        else:
            default = _BARS if image_shape is None else _IMAGES
        chosen = _chosen_units(estimator, units, default)
        scaling = estimator._model.scaling
        units_of_columns = scaling.scale if scaled and scaling is not None else np.ones(len(W))
        display = cls(
            weights=W[:, chosen] * units_of_columns[:, None].astype(W.dtype),
            unit_names=[_unit_name(estimator, unit) for unit in chosen],
            image_shape=image_shape,
            feature_names=names,
        )
        return display.plot(ax, n_features=n_features)

    def plot(self, ax: "AxesLike | None" = None, *, n_features: int = 8) -> Self:
        """Draw.

        Parameters
        ----------
        ax : Axes or sequence of Axes, default=None
            Where to draw, one for each unit; None makes a new figure.
        n_features : int, default=8
            How many features of each unit to show as bars.

        Returns
        -------
        display : WeightsDisplay
            The object itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If ax is not Axes.
        ValueError
            If n_features is not a positive whole number.

        Notes
        -----
        Above a unit stand its number and, in a classifier with one hidden layer, the class that it
        raises most. In images, grey is zero, black the most negative and white the most positive
        weight of all that are shown. Bars to the left are negative; each panel has its own scale.
        """
        if not _is_count(n_features):
            raise ValueError(f"n_features must be a whole number > 0, got {n_features!r}")
        check_matplotlib_support(f"{type(self).__name__}.plot")
        n_units = len(self.unit_names)
        if ax is None:
            self.axes_ = self._new_axes(n_units, n_features)
        else:
            self.axes_ = drawing.check_axes(ax, n_units, f"of the units {self.unit_names}")
        self.ax_, self.figure_ = self.axes_[0], self.axes_[0].figure
        limit = float(np.abs(self.weights).max()) or 1.0
        for panel, weights, name in zip(self.axes_, self.weights.T, self.unit_names, strict=True):
            if self.image_shape:
                image = weights.reshape(self.image_shape)
                panel.imshow(image, cmap="gray", vmin=-limit, vmax=limit)
                panel.set(xticks=[], yticks=[])
            else:
                self._draw_bars(panel, weights, n_features)
            panel.set_title(_shortened(name, _LONGEST_TITLE), fontsize="small", parse_math=False)
        return self

    def _new_axes(self, n_units: int, n_features: int) -> NDArray[Any]:
        n_columns = ceil(np.sqrt(n_units)) if self.image_shape else min(3, n_units)
        n_rows = ceil(n_units / n_columns)
        height = 1.7 if self.image_shape else 0.7 + 0.24 * min(n_features, len(self.weights))
        size = ((1.5 if self.image_shape else 3.4) * n_columns, height * n_rows)
        grid = drawing.new_figure(figsize=size).subplots(n_rows, n_columns, squeeze=False).ravel()
        for empty in grid[n_units:]:
            empty.remove()
        return grid[:n_units]

    def _draw_bars(self, panel: "Axes", weights: NDArray[Any], n_features: int) -> None:
        strongest = np.argpartition(-np.abs(weights), min(n_features, len(weights)) - 1)
        strongest = strongest[:n_features]
        strongest = strongest[np.argsort(weights[strongest])]
        values = weights[strongest]
        names = self.feature_names
        labels = [f"x{i}" if names is None else _shortened(names[i]) for i in strongest]
        colors = [drawing.COLORS[0] if value > 0 else drawing.COLORS[1] for value in values]
        panel.barh(np.arange(len(values)), values, color=colors)
        panel.set_yticks(np.arange(len(values)), labels, fontsize="small", parse_math=False)
        panel.tick_params(axis="x", labelsize="small")
        panel.locator_params(axis="x", nbins=4)
        panel.axvline(0, color="black", linewidth=0.8)


def _shortened(name: object, most: int = _LONGEST_NAME) -> str:
    text = str(name)
    return text if len(text) <= most else text[: most - 1] + "…"


def _is_count(value: Any) -> bool:
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    return whole and value >= 1


def _checked_shape(shape: Any, n_features: int) -> tuple[int, int]:
    shape = tuple(shape) if np.iterable(shape) else (shape,)
    if len(shape) != 2 or not all(map(_is_count, shape)):
        raise ValueError(f"image_shape must be two whole numbers > 0, got {shape!r}")
    if prod(shape) != n_features:
        raise ValueError(
            f"image_shape={shape!r} has {counted(prod(shape), 'place')}, but the network has "
            f"{counted(n_features, 'feature')}"
        )
    return shape


def _chosen_units(estimator: BaseBP, units: Any, default: int) -> NDArray[Any]:
    """The numbers of the units to draw."""
    W, *later = estimator.coefs_
    n_units = W.shape[1]
    if units is None or isinstance(units, Integral):
        count = default if units is None else units
        if not _is_count(count):
            raise ValueError(f"units must be a whole number > 0 or numbers, got {units!r}")
        if not later:
            return np.arange(min(count, n_units))
        size = np.einsum("ij,ij->j", W, W) * np.einsum("ij,ij->i", later[0], later[0])
        return np.argsort(-size, kind="stable")[:count]
    chosen = np.asarray(units)
    if chosen.ndim != 1 or chosen.size == 0 or chosen.dtype.kind not in "iu":
        raise ValueError(
            f"units must be a number, or a sequence of numbers of units; got {units!r}"
        )
    if chosen.min() < 0 or chosen.max() >= n_units:
        raise ValueError(f"units={units!r}: the first layer has units 0 to {n_units - 1}")
    return chosen


def _unit_name(estimator: BaseBP, unit: int) -> str:
    """What stands above a unit: its number, or the class that it speaks for."""
    coefs, classes = estimator.coefs_, getattr(estimator, "classes_", None)
    if classes is None or len(coefs) > 2 or len(classes) == 1:
        return f"unit {unit}" if len(coefs) > 1 else f"output {unit}"
    if len(coefs) == 1:
        return str(classes[unit if estimator.n_outputs_ > 1 else 1])
    out = coefs[1][unit]
    speaks_for = int(np.argmax(out)) if len(out) > 1 else int(out[0] > 0)
    return f"unit {unit} → {classes[speaks_for]}"
