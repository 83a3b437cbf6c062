"""The panels of loss curves: their names, their axes and their legends."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sk_bp.inspection import drawing

if TYPE_CHECKING:
    from sk_bp.inspection.drawing import AxesLike

PANELS = ("loss", "score", "learning_rate")
MARK = "sk_bp: panel "  # how axes are marked
NOTHING = (
    "panels={panels!r}: there is no {panel!r} to show; a score needs held-out samples and scoring "
    "other than 'loss', a learning rate an optimizer that has one"
)


def known_panels(panels: Any) -> list[str]:
    """The names of panels that were asked for; ValueError if one is unknown."""
    panels = [panels] if isinstance(panels, str) or not np.iterable(panels) else list(panels)
    for panel in panels:
        if panel not in PANELS:
            raise ValueError(f"panels={panels!r}: {panel!r} is not one of {list(PANELS)}")
    if not panels:
        raise ValueError("panels is empty")
    return panels


def panels_in(ax: "AxesLike | None") -> list[str] | None:
    """The panels of the axes given; the loss where none has been drawn; None without axes."""
    if ax is None:
        return None
    axes = np.atleast_1d(np.asarray(ax, dtype=object)).ravel()
    marks = [str(getattr(one, "get_gid", str)() or "") for one in axes]
    if all(mark.startswith(MARK) for mark in marks):
        return [mark.removeprefix(MARK) for mark in marks]
    return ["loss"]


def make_legends(axes: NDArray[Any]) -> None:
    """A legend in the first panel, and in others that show what it does not."""
    known: set[str] = set()
    for ax in axes:
        handles = dict(zip(*ax.get_legend_handles_labels()[::-1], strict=True))  # each label once
        told = {label.removesuffix(", validation") for label in handles}
        told -= {"validation", "learning rate"}
        if handles and (ax is axes[0] or not told <= known):
            ax.legend(handles.values(), handles.keys())
        known |= told


def axes_for(ax: "AxesLike | None", panels: Sequence[str]) -> NDArray[Any]:
    """Axes for the panels: those given, or a column of new ones."""
    if ax is not None:
        return drawing.check_axes(ax, len(panels), f"of panels={panels!r}")
    size = (6.4, 2.4 + 2.0 * len(panels))
    column = drawing.new_figure(figsize=size).subplots(len(panels), sharex=True, squeeze=False)
    return column[:, 0]
