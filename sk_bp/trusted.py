"""The types that files of skops may hold, so that nothing else needs to be looked at."""

from sk_bp import ensemble, fitting, network, run, scaling, state, targets, training
from sk_bp.activations import ACTIVATIONS
from sk_bp.averages import AVERAGES, Averaged
from sk_bp.estimators import BPClassifier, BPRegressor
from sk_bp.hidden_layer import HiddenLayer
from sk_bp.losses import LOSSES, Pinball
from sk_bp.model import Model
from sk_bp.optimizers import OPTIMIZERS
from sk_bp.outputs import OUTPUTS
from sk_bp.schedules import SCHEDULES, Horizon
from sk_bp.tabular import (
    BPTabularClassifier,
    BPTabularRegressor,
    PiecewiseLinearEncoder,
    SmoothClipScaler,
    TabularEncoder,
)
from sk_bp.weights import ColumnSelector

_LOSSES = (*(cls() for cls in LOSSES.values()), Pinball([0.1, 0.9]))

_TYPES: set[type] = {
    *(cls for registry in (ACTIVATIONS, AVERAGES, LOSSES) for cls in registry.values()),
    *(cls for registry in (OPTIMIZERS, OUTPUTS, SCHEDULES) for cls in registry.values()),
    *(type(loss.for_task(task)) for loss in _LOSSES for task in loss.tasks),
    *(BPClassifier, BPRegressor, HiddenLayer, ColumnSelector),
    *(BPTabularClassifier, BPTabularRegressor),
    *(PiecewiseLinearEncoder, SmoothClipScaler, TabularEncoder),
    *(Averaged, ensemble.Ensemble, fitting.Unfinished, Model, network.Network),
    *(run.Chosen, run.Patience, run.Run, run._Best, scaling.Scaling, Horizon),
    *(state.OptimizerState, state.RateSearch, state.Seen, state.State, training.Training),
    *(targets.Indicators, targets.Labels, targets.Values),
}

# ``skops.io.load(file, trusted=TRUSTED_TYPES)`` loads every fitted estimator of sk_bp.
TRUSTED_TYPES: list[str] = sorted(
    {"numpy.dtype", *(f"{cls.__module__}.{cls.__qualname__}" for cls in _TYPES)}
)
