"""Learning rates of schedules, before any training."""

from collections.abc import Callable, Mapping, Sequence
from numbers import Integral
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_scalar
from sklearn.utils._optional_dependencies import check_matplotlib_support

from sk_bp.inspection import drawing
from sk_bp.schedules import Horizon, Schedule, as_schedule, rates_of

_MOST = 5000  # points of a line

Rate = float | Callable[[int], float] | Schedule


class ScheduleDisplay:
    """Learning rates over the epochs of a fit that has not been made yet.

    Make it with `from_schedule` or, for several schedules, `from_schedules`; draw it again,
    elsewhere or otherwise, with `plot`.

    Parameters
    ----------
    epochs : array-like of shape (n_points,)
        Where the steps begin, in epochs from 0.
    rates : array-like of shape (n_points,)
        Their learning rates, each of which holds until the next point.
    n_epochs : float
        Where the last one ends.
    name : str, default=None
        What the schedule is called in the legend.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Line2D

    See Also
    --------
    LossCurveDisplay : Losses and learning rates of a fit that was made.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("Agg")
    >>> from sk_bp import CosineDecay, Warmup
    >>> from sk_bp.inspection import ScheduleDisplay
    >>> display = ScheduleDisplay.from_schedule(
    ...     CosineDecay(0.1), n_samples=1000, batch_size=50, n_epochs=30
    ... )
    >>> len(display.rates)
    600

    Several schedules in one figure:

    >>> schedules = {"cosine": CosineDecay(0.1), "warmed up": Warmup(CosineDecay(0.1))}
    >>> displays = ScheduleDisplay.from_schedules(schedules, n_samples=1000, n_epochs=30)
    >>> displays["cosine"].ax_ is displays["warmed up"].ax_
    True
    """

    def __init__(
        self, *, epochs: ArrayLike, rates: ArrayLike, n_epochs: float, name: str | None = None
    ):
        self.epochs = epochs
        self.rates = rates
        self.n_epochs = n_epochs
        self.name = name

    @classmethod
    def from_schedule(
        cls,
        schedule: Rate,
        *,
        n_samples: int,
        n_epochs: int = 200,
        batch_size: int = 200,
        losses: Sequence[float] = (),
        name: str | None = None,
        ax: Any = None,
        **line_keywords: Any,
    ) -> "ScheduleDisplay":
        """Draw the learning rates of a schedule.

        Parameters
        ----------
        schedule : float, callable or Schedule
            What is to be passed as `learning_rate`.
        n_samples : int
            Training samples.
        n_epochs : int, default=200
            Epochs, the estimator's `max_iter`.
        batch_size : int, default=200
            Samples of a step; where there are fewer, all of them.
        losses : sequence of float, default=()
            For `AdaptiveRate`, the losses to follow, one for each of the first epochs, such as the
            `loss_curve_` of another fit. Without, its rate does not change.
        name : str, default=None
            What to call the schedule in the legend; None means the name of its class.
        ax : matplotlib Axes, default=None
            Where to draw; None makes a new figure. Several schedules can be drawn into the same
            axes.
        **line_keywords
            For matplotlib's ``Axes.plot``.

        Returns
        -------
        display : ScheduleDisplay

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError, ValueError
            If the schedule, or one of its rates, or another parameter is not valid.
        """
        check_matplotlib_support(f"{cls.__name__}.from_schedule")
        sizes = {"n_samples": n_samples, "n_epochs": n_epochs, "batch_size": batch_size}
        return cls._of(schedule, name, losses, sizes).plot(ax, **line_keywords)

    @classmethod
    def from_schedules(
        cls,
        schedules: Mapping[str, Rate],
        *,
        n_samples: int,
        n_epochs: int = 200,
        batch_size: int = 200,
        losses: Sequence[float] = (),
        ax: Any = None,
        **line_keywords: Any,
    ) -> "dict[str, ScheduleDisplay]":
        """Draw the learning rates of several schedules into the same axes.

        Parameters
        ----------
        schedules : dict of str to float, callable or Schedule
            Names and schedules.
        n_samples, n_epochs, batch_size, losses, ax, **line_keywords
            As in `from_schedule`.

        Returns
        -------
        displays : dict of str to ScheduleDisplay

        Raises
        ------
        ImportError, TypeError, ValueError
            As in `from_schedule`, before anything is drawn; ValueError without any schedule.
        """
        check_matplotlib_support(f"{cls.__name__}.from_schedules")
        if not isinstance(schedules, Mapping):
            raise TypeError(f"schedules must be a dict of name to schedule, got {schedules!r}")
        if not schedules:
            raise ValueError("schedules is empty")
        sizes = {"n_samples": n_samples, "n_epochs": n_epochs, "batch_size": batch_size}
        displays = {
            name: cls._of(schedule, str(name), losses, sizes)
            for name, schedule in schedules.items()
        }
        for display in displays.values():
            ax = display.plot(ax, **line_keywords).ax_
        return displays

    @classmethod
    def _of(
        cls, schedule: Rate, name: str | None, losses: Sequence[float], sizes: dict[str, int]
    ) -> "ScheduleDisplay":
        for size, value in sizes.items():
            check_scalar(value, size, Integral, min_val=1)
        schedule = as_schedule(schedule, "schedule")
        schedule.check()
        horizon = Horizon.of(**sizes)
        last = sizes["n_epochs"] * cast(int, horizon.steps_per_epoch) - 1
        steps = np.linspace(0, last, min(last + 1, _MOST)).round().astype(np.int64)
        return cls(
            epochs=steps / cast(int, horizon.steps_per_epoch),
            rates=_rates(schedule, steps, horizon, losses),
            n_epochs=sizes["n_epochs"],
            name=type(schedule).__name__ if name is None else name,
        )

    def plot(
        self, ax: Any = None, *, name: str | None = None, **line_keywords: Any
    ) -> "ScheduleDisplay":
        """Draw.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None makes a new figure.
        name : str, default=None
            What to call the schedule in the legend; None means the name it was made with.
        **line_keywords
            For matplotlib's ``Axes.plot``.

        Returns
        -------
        display : ScheduleDisplay
            The object itself.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError, ValueError
            If ax is not matplotlib Axes.

        Notes
        -----
        Of more than 5000 steps, so many are drawn, evenly spaced. The axis of rates is linear;
        ``display.ax_.set_yscale("log")`` changes that.
        """
        caller = f"{type(self).__name__}.plot"
        name = self.name if name is None else name
        line_keywords, name = drawing.line_keywords(caller, line_keywords, name)
        if ax is None:
            ax = drawing.new_figure(figsize=(6.4, 4.0)).subplots()
        (ax,) = drawing.check_axes(ax, 1, "schedule")
        rates = np.asarray(self.rates, dtype=float)
        number = drawing.count_models(ax)
        keywords = {
            **drawing.style(number),
            "drawstyle": "steps-post",
            "markevery": drawing.mark_some(len(rates), number),
            "markersize": 4,
            **line_keywords,
            "label": name,
            "gid": drawing.FIRST,
        }
        (self.line_,) = ax.plot(
            np.append(self.epochs, self.n_epochs), np.append(rates, rates[-1:]), **keywords
        )
        self.ax_, self.figure_ = ax, ax.figure
        drawing.whole_numbers(ax)
        ax.set(xlabel="epoch", ylabel="learning rate")
        if name is not None:
            ax.legend()
        return self


def _rates(
    schedule: Schedule, steps: NDArray[np.integer], horizon: Horizon, losses: Sequence[float]
) -> NDArray[np.floating]:
    """The rates of these steps if the epochs have these losses."""
    state, rates = schedule.new_state(), []
    starts = np.arange(1, len(losses) + 1) * cast(int, horizon.steps_per_epoch)
    for epoch, part in enumerate(np.split(steps, np.searchsorted(steps, starts))):
        if epoch > 0:
            state = schedule.after_epoch(state, losses[epoch - 1])
        rates.append(rates_of(schedule, part, horizon, state))
    return np.concatenate(rates)
