"""The lines that `verbose` prints while a network is trained."""

import sys
import time

import numpy as np

from sk_bp.run import Run

_SECONDS_BETWEEN_LINES = 1.0
_SECONDS_IN_PLACE = 0.1  # between two texts on the same line of a terminal
_CLEAR_TO_END = "\x1b[K"


class Progress:
    """Prints where a training run stands.

    Parameters
    ----------
    run : Run
        About to be trained.
    n_epochs : int
        Epochs of the fit, at most.
    n_runs : int
        Runs of the fit; lines say which one they are about if there are several.
    verbose : int
        1 prints a line a second, or keeps one line up to date on a terminal; a larger number prints
        a line for each epoch.
    """

    def __init__(self, run: Run, n_epochs: int, n_runs: int, verbose: int) -> None:
        self._name = f"Network {run.number + 1} of {n_runs}, epoch" if n_runs > 1 else "Epoch"
        self._last_epoch = run.first_epoch + n_epochs
        self._in_place = verbose == 1 and sys.stdout.isatty()
        self._wait = _SECONDS_IN_PLACE if self._in_place else _SECONDS_BETWEEN_LINES
        if verbose > 1:
            self._wait = 0.0
        self._start = time.monotonic()
        self._epochs_before, self._samples_before = run.state.n_epochs, run.state.n_samples
        self._printed_at = -np.inf
        self._is_behind = False

    def after_epoch(self, run: Run) -> None:
        """Print a line, unless the last one is not old enough yet."""
        now = time.monotonic()
        if now - self._printed_at >= self._wait or run.state.n_epochs == self._last_epoch:
            self._printed_at = now
            self._print(self._line(run, now - self._start))
        else:
            self._is_behind = True

    def close(self, run: Run) -> None:
        """Print the line of the last epoch, if it has not been printed."""
        if self._is_behind:
            self._print(self._line(run, time.monotonic() - self._start))
        if self._in_place:
            print(flush=True)

    def _print(self, line: str) -> None:
        self._is_behind = False
        if self._in_place:
            print(f"\r{line}{_CLEAR_TO_END}", end="", flush=True)
        else:
            print(line, flush=True)

    def _line(self, run: Run, seconds: float) -> str:
        """The text about a run's last epoch, so long after the first one began."""
        state = run.state
        parts = [f"{self._name} {state.n_epochs}/{self._last_epoch}: loss {run.loss:.4g}"]
        scores = run.curve("validation_score")
        if scores and not np.isnan(scores[-1]):
            by_loss = run.scored_by == "loss"
            value = -scores[-1] if by_loss else scores[-1]
            parts.append(f"validation {'loss' if by_loss else 'score'} {value:.4g}")
        if not np.isnan(run.learning_rate):
            parts.append(f"learning rate {run.learning_rate:.3g}")
        n_epochs = state.n_epochs - self._epochs_before
        n_samples = state.n_samples - self._samples_before
        if seconds > 0 and n_epochs > 0:
            parts.append(f"{n_samples / seconds:,.0f} samples/s")
            left = (self._last_epoch - state.n_epochs) * seconds / n_epochs
            parts.append(f"{duration(left)} left")
        return ", ".join(parts)


def duration(seconds: float) -> str:
    """A time span as a person says it.

    Examples
    --------
    >>> from sk_bp.progress import duration
    >>> [duration(seconds) for seconds in (0.2, 75, 7384)]
    ['0 s', '1 min 15 s', '2 h 3 min']
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min"
