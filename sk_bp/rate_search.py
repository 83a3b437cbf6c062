"""``learning_rate="auto"``: a learning rate that is found by short trials of the training itself.

Each trial is a short training from the same weights on the same batches, at another rate; its
schedule is that of the whole fit, scaled down. Starting at the optimizer's default rate, the search
goes up, or else down, as long as the loss after the trial falls; the steps of an epoch, or 300, are
enough for it.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sk_bp.endings import FAILURES
from sk_bp.epochs import Settings
from sk_bp.run import Run, Stopping
from sk_bp.samples import CSR, Samples
from sk_bp.schedules import Cooldown, Horizon
from sk_bp.state import RATE_SEARCH, RateSearch, Seen, generator

_FEWEST_STEPS = 300  # of a search; more if an epoch has more
_PARTS = 6  # trials that these steps are enough for
_MOST_STEPS = 2**19  # of a trial: the core leaves idle rows alone for 2^20 steps
_LOWEST, _HIGHEST = -20, 4  # half decades from the default rate
_PROGRESS = 1e-3  # by which a loss must be lower to count: more than rounding makes up


def with_found_rate(run: Run, samples: Samples, settings: Settings) -> Settings:
    """The settings with the rate that is found for a run; a rate found before is kept.

    Parameters
    ----------
    run : Run
        About to be trained; its state takes note of the search, and its weights stay as they are.
    samples : Samples
        Training samples.
    settings : Settings
        Of the whole fit. Their schedule is not used.

    Returns
    -------
    settings : Settings
    """
    state, optimizer = run.state, settings.optimizer
    made_for = (optimizer.rule, tuple(optimizer.hyperparameters().items()), settings.loss)
    if state.rate_search is None or state.rate_search.made_for != made_for:
        trials = _Trials(run, samples, settings)
        rate = _climb(trials, optimizer.default_learning_rate)
        state.rate_search = RateSearch(rate, trials.losses, made_for)
    found = state.rate_search
    return at_rate(settings, found.rate)


def at_rate(settings: Settings, rate: float) -> Settings:
    """The settings of a fit or a trial at a rate that is held, and then falls to zero.

    A decay that the package has chosen is made smaller, so that it is as strong a step as before.
    """
    optimizer, decay = settings.optimizer, settings.decay
    chosen = decay.most < 1 and not optimizer.follows_objective
    if chosen and optimizer.decay_rate is None:
        share = min(1.0, optimizer.peak_learning_rate / rate)
        decay = replace(decay, weight_decay=decay.weight_decay * share)
    return replace(settings, schedule=Cooldown(rate), decay=decay)


class _Trials:
    """Short trainings from the same weights on the same batches, at different rates.

    Attributes
    ----------
    losses : dict of float to float
        By rate, the loss after the trial.
    """

    def __init__(self, run: Run, samples: Samples, settings: Settings) -> None:
        draws = generator(run.state.seed, RATE_SEARCH)
        self._seed = int(draws.integers(2**31))
        self._network = run.trained
        self._whole = Seen().with_part(samples)
        batch_size = settings.batch_size
        steps_per_epoch = math.ceil(samples.n / batch_size)
        n_steps = min(max(steps_per_epoch, _FEWEST_STEPS) // _PARTS, _MOST_STEPS)
        n_epochs = min(math.ceil(n_steps / steps_per_epoch), settings.max_iter)
        if n_steps < steps_per_epoch:
            rows = draws.permutation(samples.n)[: n_steps * batch_size]
            samples = samples.take(rows if settings.shuffle else np.sort(rows))
        self._samples = samples
        self._saved = [(array, rows, array[rows].copy()) for array, rows in self._touched()]
        self._settings = replace(
            settings,
            stream=True,  # the samples are a part of the data
            measure_gradient=False,
            max_iter=n_epochs,
            horizon=Horizon.of(samples.n, batch_size, n_epochs),
        )
        self._steps_left = _PARTS * n_epochs * math.ceil(samples.n / batch_size)
        self.losses: dict[float, float] = {}

    @property
    def any_left(self) -> bool:
        """Whether there are steps left for another trial."""
        return self._steps_left > 0

    def loss(self, rate: float) -> float:
        """The mean loss of the samples after a trial at this rate."""
        if rate not in self.losses:
            self.losses[rate] = self._loss_after_training(rate)
        return self.losses[rate]

    def _loss_after_training(self, rate: float) -> float:
        settings, samples = at_rate(self._settings, rate), self._samples
        decay_per_rate = settings.optimizer.decay_per_rate(settings.decay, self._whole.weight_sum)
        if rate * decay_per_rate >= 1:  # such a rate is refused
            return math.inf
        trial = Run(self._network, self._seed)
        trial.state.seen = self._whole
        try:
            ending = trial.train(samples, settings, Stopping())
            failed = ending in FAILURES.values()
            loss = math.inf if failed else trial.mean_loss(samples, settings.loss)
        finally:
            self._restore()
        self._steps_left -= trial.state.n_steps
        return loss if math.isfinite(loss) else math.inf

    def _touched(self) -> Iterator[tuple[NDArray[Any], Any]]:
        """The arrays of the network, and the rows of each that a trial changes.

        On sparse input these are, in the first layer, the rows of the columns that occur: the core
        does not bring any others up to date in so few steps.
        """
        W, *others = self._network.coefs
        X = self._samples.X
        yield W, np.unique(X.indices) if isinstance(X, CSR) else slice(None)
        yield from ((array, slice(None)) for array in (*others, *self._network.intercepts))

    def _restore(self) -> None:
        """Put the weights back that a trial has changed."""
        for array, rows, saved in self._saved:
            array[rows] = saved


def _climb(trials: _Trials, start: float) -> float:
    """Go from the start, up or else down by a factor, as long as the loss after the trial falls.

    One rate that is no better than the one before may be passed over. If no trial comes to its
    end, the result is the start.
    """

    def rate(power: int) -> float:
        return float(f"{start * 10 ** (power / 2):.3g}")

    def improves(old: int, new: int) -> bool:
        before, after = trials.loss(rate(old)), trials.loss(rate(new))
        if math.isinf(before):
            return new < old or math.isfinite(after)
        return before - after > _PROGRESS * abs(before)

    def next_from(power: int, step: int) -> int | None:
        """The nearest better one of the next two, if there is any."""
        for new in (power + step, power + 2 * step):
            if _LOWEST <= new <= _HIGHEST and trials.any_left and improves(power, new):
                return new
        return None

    best = 0
    for step in (1, -1):
        while (new := next_from(best, step)) is not None:
            best = new
        if best != 0:
            break
    return rate(best) if math.isfinite(trials.loss(rate(best))) else start
