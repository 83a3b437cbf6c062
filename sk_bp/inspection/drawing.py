"""What the displays share: what they may draw, and lines that can be told apart in grey too."""

import numpy as np
from sklearn.utils._optional_dependencies import check_matplotlib_support
from sklearn.utils.validation import check_is_fitted

from sk_bp.base import BaseBP

# Of Okabe & Ito, who chose them for all kinds of colour vision; dark and light in turn, for grey.
COLORS = ("#0072B2", "#E69F00", "#000000", "#CC79A7", "#009E73", "#56B4E9", "#D55E00")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
LINES = ("-", "--", ":", "-.")
_MARKED = 8  # places of a line that carry its marker
_WIDE = 20  # a y-axis that spans more than this factor is logarithmic,
_LABELLED = 1000  # and with less than this one has labels between the powers of ten


def check_fitted(estimator):
    """Raise TypeError unless the estimator is one of ours, NotFittedError unless it is fitted."""
    if not isinstance(estimator, BaseBP):
        raise TypeError(
            f"estimator must be a fitted BPClassifier or BPRegressor, got {estimator!r}; of a "
            "Pipeline pass the last step, of a grid search best_estimator_"
        )
    check_is_fitted(estimator)


def check_history(estimator):
    """Raise, as check_fitted does, or ValueError if no epoch of this network was noted down."""
    check_fitted(estimator)
    if not getattr(estimator, "history_", {}).get("loss"):
        raise ValueError(
            f"{type(estimator).__name__} has no history_ to draw: its weights were assigned, not "
            "trained; call fit or partial_fit first"
        )


def axes_for(caller, ax):
    """Return the axes, new ones if None, once it is certain that matplotlib is there."""
    check_matplotlib_support(caller)
    from matplotlib.axes import Axes

    if ax is None:
        return new_figure().subplots()
    if not isinstance(ax, Axes):
        raise TypeError(f"ax must be a matplotlib Axes or None, got {ax!r}")
    return ax


def new_figure(**keywords):
    """A new figure of pyplot that keeps its labels within its edges."""
    from matplotlib import pyplot

    return pyplot.figure(layout="constrained", **keywords)


def style(number):
    """Colour and marker of the line of the model of this number."""
    return {"color": COLORS[number % len(COLORS)], "marker": MARKERS[number % len(MARKERS)]}


def mark_some(n_points, number):
    """Where along a line of so many points its markers stand, apart from those of other lines."""
    every = max(1, n_points // _MARKED)
    return (number * max(1, every // 4)) % every, every


def count_lines(ax, kind):
    """How many lines of a kind stand in the axes."""
    return sum(line.get_gid() == kind for line in ax.get_lines())


def scale_y(ax, logarithmic=False):
    """Make the y-axis logarithmic if asked to, or if what it shows spans orders of magnitude."""
    lines = [line for line in ax.get_lines() if line.get_gid() != "zero"]
    values = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in lines] or [[]])
    values = values[np.isfinite(values)]
    span = values.max() / values.min() if len(values) > 0 and values.min() > 0 else 0
    if not (logarithmic or span > _WIDE):
        return ax.set_yscale("linear")
    ax.set_yscale("log")
    if 0 < span < _LABELLED:
        from matplotlib.ticker import LogLocator, NullFormatter

        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_major_formatter("{x:g}")
        ax.yaxis.set_minor_formatter(NullFormatter())
    return None
