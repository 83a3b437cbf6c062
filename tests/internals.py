"""The places where tests reach behind the public face of the package, by what they need there."""

from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace

import numpy as np
import scipy.sparse as sp
from joblib import cpu_count
from threadpoolctl import threadpool_limits

from sk_bp import objective, run
from sk_bp._core import _core
from sk_bp.activations import ACTIVATIONS, Identity
from sk_bp.inspection import gradient_check, problem
from sk_bp.losses import SquaredError
from sk_bp.network import Network
from sk_bp.outputs import IdentityOutput
from sk_bp.samples import CSR, Samples
from sk_bp.scaling import Scaling
from sk_bp.schedules import rates_of
from sk_bp.state import INITIAL_WEIGHTS, SHUFFLE, generator, random_start
from sk_bp.targets import Labels
from sk_bp.training import Training
from sk_bp.watching import RunWatch

# ------------------------------------------------------------------ estimators

MOST_CALLS = run.MOST_CALLS  # how many calls of partial_fit history_ goes back


def make_slices_of_one_step(monkeypatch):
    """Let the core be called for each step apart, instead of for many at a time."""
    monkeypatch.setattr("sk_bp.training.SLICE_WORK", 1)


def interrupt_after(n_slices, monkeypatch):
    """Let Ctrl-C come after so many slices of steps, or before the first one."""
    make_steps, calls = Training._make_steps, []

    def interrupted(*args):
        if n_slices > 0:
            make_steps(*args)
        calls.append(args)
        if len(calls) >= n_slices:
            raise KeyboardInterrupt

    monkeypatch.setattr(Training, "_make_steps", interrupted)


def interrupt_after_iteration(n_iterations, monkeypatch):
    """Let Ctrl-C come at the end of an iteration of a minimizer."""
    calls = []

    def interrupt(watch, run):
        calls.append(run)
        if len(calls) == n_iterations:
            raise KeyboardInterrupt
        return False

    monkeypatch.setattr(RunWatch, "after_epoch", interrupt)


def note_trials(monkeypatch):
    """The steps of each trial of learning_rate="auto", in a list that grows."""
    steps, mean_loss = [], run.Run.mean_loss

    def noting(trial, *args):
        steps.append(trial.state.n_steps)
        return mean_loss(trial, *args)

    monkeypatch.setattr(run.Run, "mean_loss", noting)
    return steps


# ------------------------------------------------------------------ the core


def core_samples(X):
    """Samples as the core takes them."""
    return CSR.of(X) if sp.issparse(X) else X


def network_of(coefs, intercepts, activations, output):
    """A network with copies of these weights; activations are those of the hidden layers.

    One more activation is that of the last layer.
    """
    units = (*(len(W) for W in coefs), coefs[-1].shape[1])
    given = [ACTIVATIONS[a]() if isinstance(a, str) else a for a in activations]
    flat = np.concatenate([array.ravel() for array in (*coefs, *intercepts)])
    return Network(units, (*given, Identity())[: len(coefs)], output, flat)


def gradient_over_batches(coefs, intercepts, activations, loss, X, y, weight, batch_size):
    """The gradient of the mean loss of a task, as the core adds it up batch by batch."""
    network = network_of(coefs, intercepts, activations, loss.output)
    total = np.zeros_like(network.parameters)
    back_propagation = _core.LossAndGradient(network, loss, sp.issparse(X))
    divisor = len(y) if weight is None else weight.sum()
    for first in range(0, len(y), batch_size):
        part = slice(first, first + batch_size)
        _, stop = back_propagation.add(
            core_samples(X[part]),
            y[part],
            None if weight is None else weight[part],
            1 / divisor,
            0.0,
            total,
        )
        assert stop is _core.Stop.none
    return network.split(total)


def jacobian_of(coefs, intercepts, activations, X):
    """The derivatives of the outputs in all parameters, and the outputs."""
    network = network_of(coefs, intercepts, activations, IdentityOutput())
    return _core.jacobian(network, core_samples(X))


# ------------------------------------------------------------------ random draws


def start_of_layer(seed, layer):
    """The random bits on which the initial weights of a layer depend."""
    return random_start(seed, INITIAL_WEIGHTS, layer)


def random_network(units, seed, initializers, dtype=np.float64):
    """A network with initial weights."""
    activations = tuple(Identity() for _ in units[1:])
    start = partial(start_of_layer, seed)
    return Network.random(units, activations, IdentityOutput(), initializers, dtype, start)


def words_of_shuffling(seed, epoch, n):
    """The first n random words from which the order of an epoch's samples is drawn."""
    return generator(seed, SHUFFLE, epoch).bit_generator.random_raw(n)


@contextmanager
def processors(n):
    """Let the core use so many threads, whatever the machine has."""
    _core.set_processors(n)
    try:
        with threadpool_limits(limits=n):
            yield
    finally:
        _core.set_processors(cpu_count())


# ------------------------------------------------------------------ objectives of minimizers


def objective_of(loss, coefs, intercepts, activations, X, y, weight=None, alpha=0.0):
    """What a minimizer is given: the objective, and these weights to begin from."""
    network = network_of(coefs, intercepts, activations, loss.output)
    return objective.Objective(network, loss, Samples(X, y, weight), alpha)


def round_values(given, digits):
    """Let an objective return values of few digits, whose rounding ends a line search early."""

    class Coarse(type(given)):
        def __call__(self, x):
            value, gradient = super().__call__(x)
            return round(value, digits), gradient

    given.__class__ = Coarse
    return given


def make_blocks_of_the_jacobian(size, monkeypatch):
    """Let the Jacobian be computed in blocks of so many numbers."""
    monkeypatch.setattr(objective, "_JACOBIAN_BLOCK", size)


def leave_memory(n_bytes, monkeypatch):
    """Let minimizers find so much memory free."""
    monkeypatch.setattr("sk_bp.memory._available_memory", lambda: n_bytes)


# ------------------------------------------------------------------ inspection


def column_sizes(X):
    """What gradient_report takes for the size of each column of a sparse matrix."""
    return problem.column_sizes(CSR.of(X))


def plant(monkeypatch, error):
    """Let check_gradient see a gradient that error(gradient, network) has changed in place."""
    right = gradient_check.gradient_of

    def wrong(problem, dropout):
        gradient = right(problem, dropout)
        error(gradient, problem.network)
        return gradient

    monkeypatch.setattr(gradient_check, "gradient_of", wrong)


def forbid_catching_up(monkeypatch):
    """Let it be an error to bring all weight rows up to date."""

    def refuse(training):
        raise AssertionError("all weight rows were brought up to date")

    monkeypatch.setattr(Training, "catch_up", refuse)


def scaling_of(X):
    """The units that a network is trained in on X, an array or a CSR matrix; None for X's own."""
    samples = Samples(CSR.of(X) if sp.issparse(X) else X, np.zeros((X.shape[0], 1)), None)
    return Scaling.of(samples, SquaredError())


# ------------------------------------------------------------------ rounds of training


class JournalingTraining(Training):
    """A training whose core keeps a journal, with settings of its own."""

    _journals = True
    settings = None

    def make_epoch(self, samples):
        return self.epoch(samples, self.settings)

    def idle_plan(self):
        """The steps of an epoch, made without a batch."""
        state, settings = self.state, self.settings
        n_steps = settings.horizon.steps_per_epoch
        rates = rates_of(
            settings.schedule, state.n_steps + np.arange(n_steps), settings.horizon, {}
        )
        seen = settings.n_samples
        return SimpleNamespace(
            n_steps=n_steps,
            steps_before=state.optimizer.n_steps,
            rates=rates,
            decays=settings.optimizer.decays(rates, settings.decay, seen),
            thresholds=settings.optimizer.thresholds(rates, settings.l1, seen),
        )

    def twin(self, samples):
        """A copy in which the same rows wait."""
        network = Network(
            self.network.units,
            self.network.activations,
            self.network.output,
            self.network.parameters.copy(),
        )
        copy = JournalingTraining(network, self.state.cast())
        copy.settings = self.settings
        copy._prepare(self.settings, samples.sparse)
        copy._core.wait(*self._core.waiting())
        return copy


def journaling_training(estimator, n_features, samples):
    """A training for a binary classification that an estimator describes."""
    targets = Labels(np.array([0, 1]))
    run = estimator._start(n_features, targets, np.float64, None, None, 0, 0)
    training = JournalingTraining(run.layers, run.state)
    training.settings = estimator._settings(samples.n, estimator._task_loss(targets))
    training.settings.n_samples = samples.n
    training._prepare(training.settings, samples.sparse)
    return training
