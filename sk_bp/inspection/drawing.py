"""What the displays share: axes, scales, and lines that can be told apart in grey too."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils._optional_dependencies import check_matplotlib_support

if TYPE_CHECKING:  # matplotlib is imported only to draw
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.typing import ColorType

    AxesLike = Axes | Sequence[Axes] | NDArray[Any]

# Of Okabe & Ito, who chose them for all kinds of colour vision; dark and light in turn, for grey.
COLORS = ("#0072B2", "#E69F00", "#000000", "#CC79A7", "#009E73", "#56B4E9", "#D55E00")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<")  # another number than of colours
LINES = ("-", "--", ":", "-.")
# What the lines are that a model has in each axes: they are counted, to tell models apart.
FIRST, FURTHER = "sk_bp: first line", "sk_bp: further line"
_COUNTED = (FIRST, FURTHER)
_MARKED = 8  # places of a line that carry its marker
_WIDE = 20  # a y-axis that spans more than this factor is logarithmic,
_LABELLED = 1000  # and with less than this one has labels between the powers of ten
_OURS = "sk_bp: labels"  # marks an axis that has them


def check_axes(ax: "AxesLike", n_axes: int, each: str) -> NDArray[Any]:
    """Return an array of axes that the caller gave, so many; `each` says what each is for."""
    from matplotlib.axes import Axes

    axes = np.atleast_1d(np.asarray(ax, dtype=object)).ravel()
    if not all(isinstance(one, Axes) for one in axes):
        raise TypeError(f"ax must be matplotlib Axes, or None for a new figure; got {ax!r}")
    if len(axes) != n_axes:
        needed = "1 is" if n_axes == 1 else f"{n_axes} are"
        raise ValueError(f"ax holds {len(axes)} Axes, but {needed} needed, one for each {each}")
    return axes


def line_keywords(
    caller: str, keywords: dict[str, Any], name: str | None
) -> tuple[dict[str, Any], str | None]:
    """Check keywords of lines before anything is drawn.

    Returns
    -------
    keywords : dict
        By their long names, without "label".
    name : str or None
        What the model is called: `name`, or else the label.
    """
    check_matplotlib_support(caller)
    from matplotlib.cbook import normalize_kwargs
    from matplotlib.lines import Line2D

    keywords = normalize_kwargs(keywords, Line2D)
    Line2D([], [], **keywords)  # raises AttributeError if one is unknown
    label = keywords.pop("label", None)
    return keywords, name if name is not None else label


def new_figure(**keywords: Any) -> "Figure":
    """A new figure of pyplot that keeps its labels within its edges."""
    from matplotlib import pyplot

    return pyplot.figure(layout="constrained", **keywords)


def style(number: int) -> dict[str, str]:
    """Colour and marker of the line of the model of this number."""
    return {"color": COLORS[number % len(COLORS)], "marker": MARKERS[number % len(MARKERS)]}


def mark_some(n_points: int, number: int) -> tuple[int, int]:
    """Where along a line of so many points its markers stand, apart from those of other lines."""
    every = max(1, n_points // _MARKED)
    return (number * max(1, every // 4)) % every, every


def count_models(ax: "Axes") -> int:
    """How many models stand in the axes."""
    return sum(line.get_gid() == FIRST for line in ax.get_lines())


def scale_y(ax: "Axes", logarithmic: bool = False) -> None:
    """Make the y-axis logarithmic if asked to, or if our lines span orders of magnitude.

    A scale that somebody has set is never made linear again.
    """
    lines = [line for line in ax.get_lines() if line.get_gid() in _COUNTED]
    curves = [np.asarray(line.get_ydata(), dtype=float) for line in lines]
    values = np.concatenate([np.empty(0), *curves])
    values = values[np.isfinite(values)]
    span = values.max() / values.min() if len(values) > 0 and values.min() > 0 else 0
    if not (logarithmic or span > _WIDE):
        return
    from matplotlib.ticker import LogLocator, NullFormatter

    if ax.get_yscale() != "log" or ax.yaxis.get_gid() == _OURS:
        ax.set_yscale("log")  # which sets the labels anew, too
        ax.yaxis.set_gid(None)
        if 0 < span < _LABELLED:
            ax.yaxis.set_gid(_OURS)
            ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            ax.yaxis.set_major_formatter("{x:g}")
            ax.yaxis.set_minor_formatter(NullFormatter())


def whole_numbers(ax: "Axes") -> None:
    """Keep the ticks of the x-axis at whole numbers, unless somebody has set them or the scale."""
    from matplotlib.ticker import MaxNLocator

    if isinstance(ax.xaxis.get_major_locator(), MaxNLocator) and ax.get_xscale() == "linear":
        ax.xaxis.set_major_locator(
            MaxNLocator("auto", steps=(1, 2, 5, 10), integer=True, min_n_ticks=1)
        )


def mark_edge(ax: "Axes", x: NDArray[Any], edge: float, color: "ColorType") -> None:
    """Put crosses where a value has no place on the axis: at its lower (0) or upper (1) edge."""
    if len(x) > 0:
        place = np.full(len(x), 0.03 + 0.94 * edge)
        transform = ax.get_xaxis_transform()
        ax.plot(x, place, "x", color=color, transform=transform, gid="edge")
