"""How long a fit is, in steps."""

from dataclasses import dataclass

_MOST_STEPS = 2**53  # that floats count; no fit comes so far


@dataclass(frozen=True)
class Horizon:
    """The length of a fit in steps; the one place where steps, epochs and the whole fit meet.

    A step is one batch. What is not known is None.

    Parameters
    ----------
    steps_per_epoch : int, default=None
        The steps of one epoch.
    n_steps : int, default=None
        The number of the step at which the fit is planned to end, counted from 0 since the first
        fit, as the steps themselves are. None in a stream, that is in ``partial_fit``.

    Raises
    ------
    ValueError
        If a number is below 1.

    Examples
    --------
    >>> from sk_bp.schedules import Horizon
    >>> Horizon.of(n_samples=1000, batch_size=32, n_epochs=5)
    Horizon(steps_per_epoch=32, n_steps=160)
    """

    steps_per_epoch: int | None = None
    n_steps: int | None = None

    def __post_init__(self) -> None:
        for name in ("steps_per_epoch", "n_steps"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name}={value!r} of Horizon must be 1 or more, or None")

    @classmethod
    def of(
        cls, n_samples: int, batch_size: int, n_epochs: int | None = None, steps_before: int = 0
    ) -> "Horizon":
        """The horizon of a fit to so many samples.

        Parameters
        ----------
        n_samples : int
            Samples of an epoch.
        batch_size : int
            Samples of a step; the last step of an epoch may have fewer.
        n_epochs : int, default=None
            Epochs that are planned in this call. None in a stream.
        steps_before : int, default=0
            Steps made before this call, by earlier calls with ``warm_start``.

        Returns
        -------
        horizon : Horizon
        """
        steps_per_epoch = -(-n_samples // batch_size)
        if n_epochs is None:
            return cls(steps_per_epoch)
        return cls(steps_per_epoch, min(steps_before + n_epochs * steps_per_epoch, _MOST_STEPS))

    def in_steps(self, value: float, unit: str) -> int | None:
        """A time in whole steps, rounded, at least one; None if it cannot be known.

        Parameters
        ----------
        value : float
            The time.
        unit : {"n_steps", "n_epochs", "fraction"}
            What it is given in: steps, epochs, or parts of the whole fit.

        Returns
        -------
        steps : int or None
        """
        units = {"n_steps": 1, "n_epochs": self.steps_per_epoch, "fraction": self.n_steps}
        steps_per_unit = units[unit]
        return None if steps_per_unit is None else max(1, round(value * steps_per_unit))


UNKNOWN = Horizon()
