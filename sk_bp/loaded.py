"""What the parts of a loaded estimator are checked for.

The compiled core reads these arrays, and the rest of the package trusts their types. Sizes are
compared before anything of such a size is allocated.
"""

from itertools import pairwise
from numbers import Real
from typing import Any

import numpy as np

from sk_bp.advice import counted
from sk_bp.averages import Average, Averaged
from sk_bp.endings import Ending
from sk_bp.ensemble import Ensemble
from sk_bp.fitting import Unfinished
from sk_bp.losses import TaskLoss
from sk_bp.model import Model
from sk_bp.network import Network
from sk_bp.run import Chosen, Patience, Run, _Best
from sk_bp.saved import check_array, check_count, check_counts, check_parameters, check_types
from sk_bp.scaling import Scaling
from sk_bp.schedules import Horizon
from sk_bp.state import OptimizerState, RateSearch, Seen, State
from sk_bp.targets import Indicators, Labels, Values
from sk_bp.training import Training


def check_model(model: Any, n_features: Any) -> None:
    """Raise an error unless the parts of a model fit together, and are what they should be.

    Parameters
    ----------
    model : Model
        As it was loaded. Its networks have been checked by themselves.
    n_features : int
        The number of features that the estimator expects.
    """
    if type(model) is Ensemble:
        check_types(model, {"_members": list})
        members = model._members
    else:
        members = [model]
    for member in members:
        if type(member) is Run:
            check_run(member)
        elif type(member) is not Model or not isinstance(member._network, Network):
            raise TypeError(f"the model is {member!r}")
    for one, two in pairwise(member.layers for member in members):
        same = one.units == two.units and one.output == two.output and one.dtype == two.dtype
        if not same or one.activations != two.activations:
            raise ValueError("the networks of an ensemble differ in their layers")
    expected = members[0].layers.units[0]  # IndexError if there are none
    if n_features != expected:
        raise ValueError(f"n_features_in_ is {n_features!r}, but the network has {expected}")


def check_run(run: Run) -> None:
    """Raise an error unless the parts of a training run fit together."""
    check_types(
        run,
        {
            "_training": Training,
            "scaling": (Scaling, None),
            "assigned": bool,
            "history": dict,
            **dict.fromkeys(("loss", "learning_rate", "best_loss"), Real),
            **dict.fromkeys(("best_score", "quality"), (Real, None)),
            "best_epoch": (int, None),
            "ending": (Ending, None),
            "detail": str,
            "chosen": (Chosen, None),
            "_patience": Patience,
            "_best": (_Best, None),
        },
    )
    check_types(run._training, {"network": Network, "state": State})
    check_counts(run, "number", "split_seed", "first_epoch", "first_step")
    network = run._training.network
    _check_state(run._training.state, network)
    _check_history(run.history)
    if run.scaling is not None:
        _check_scaling(run.scaling, network)
    if run.chosen is not None:
        check_counts(run.chosen, "batch_size")
        check_types(
            run.chosen, {"max_iter": (int, None), **dict.fromkeys(("alpha", "weight_decay"), Real)}
        )
    check_types(run._patience, {"tol": (Real, None), "best": Real})
    check_counts(run._patience, "n_iter_no_change", "count")
    if run._best is not None:
        best = run._best
        check_types(best, {"score": Real, "in_use": bool, "averaged": (Averaged, None)})
        check_counts(best, "epoch")
        _check_like(best.parameters, "the best weights", network)
        _check_average(best.averaged, network)


def check_unfinished(unfinished: Any) -> None:
    """Raise an error unless it is an interrupted fit whose runs are whole."""
    if not isinstance(unfinished, Unfinished):
        raise TypeError(f"the interrupted fit is {unfinished!r}")
    check_types(unfinished, {"runs": list, "numbers": list})
    check_counts(unfinished, "n_samples")
    for number in unfinished.numbers:
        check_count(number, "the number of a run")
    for run in unfinished.runs:
        if type(run) is not Run:
            raise TypeError(f"a run of the interrupted fit is {run!r}")
        check_run(run)


def check_targets(targets: Any, n_outputs: int) -> None:
    """Raise an error unless what is known of the targets is whole; None will do."""
    if targets is None:
        return
    if type(targets) in (Labels, Indicators):
        classes = targets.classes
        if not isinstance(classes, np.ndarray) or classes.ndim != 1 or len(classes) == 0:
            raise ValueError(f"classes_ is {classes!r}")
    elif type(targets) is Values:
        check_count(targets._n_outputs, "the number of outputs", least=1)
    else:
        raise TypeError(f"the targets are {targets!r}")
    if targets.n_outputs > n_outputs:
        raise ValueError(
            f"the network has {counted(n_outputs, 'output')}, too few for "
            f"{counted(targets.n_outputs, 'target')}"
        )


def _check_like(array: Any, name: str, network: Network) -> None:
    """Raise ValueError unless an array is like the parameters of the network."""
    check_array(array, name, network.parameters.shape, network.dtype)


def _check_state(state: State, network: Network) -> None:
    check_types(
        state,
        {
            "loss": (TaskLoss, None),
            "first_loss": (Real, None),
            **dict.fromkeys(("last_loss", "largest_loss_at_zero"), Real),
            **{"seen": Seen, "optimizer": OptimizerState, "averaged": (Averaged, None)},
            **{"schedule": dict, "horizon": Horizon, "rate_search": (RateSearch, None)},
            **{"keeps_optimizer": bool, "lost_optimizer": bool},
        },
    )
    check_counts(state, "seed", "n_epochs", "n_steps", "n_samples")
    if state.loss is not None:
        check_parameters(state.loss, TaskLoss, "the loss")
    check_counts(state.seen, "n", "largest")
    _check_numbers([state.seen.mean_weight], "the mean weight")
    _check_optimizer(state.optimizer, network)
    _check_average(state.averaged, network)
    for name, value in state.schedule.items():
        if not isinstance(name, str) or not isinstance(value, Real):
            raise TypeError(f"the state of the schedule is {state.schedule!r}")
    state.horizon.__post_init__()
    check_types(state.horizon, dict.fromkeys(("steps_per_epoch", "n_steps"), (int, None)))
    if state.rate_search is not None:
        check_types(state.rate_search, {"trials": dict, "made_for": tuple})
        _check_numbers([state.rate_search.rate, *state.rate_search.trials], "the learning rates")


def _check_optimizer(optimizer: OptimizerState, network: Network) -> None:
    check_types(optimizer, {"layout": (tuple, None), "slots": list, "memory": dict})
    check_counts(optimizer, "n_steps")
    for place, slot in enumerate(optimizer.slots):
        _check_like(slot, f"array {place} of the optimizer's state", network)
    numbers = optimizer.numbers
    check_array(numbers, "the optimizer's numbers", (np.size(numbers),))
    _check_numbers(optimizer.memory.values(), f"the optimizer's memory {optimizer.memory}")


def _check_average(averaged: Averaged | None, network: Network) -> None:
    if averaged is not None:
        check_parameters(averaged.by, Average, "the average")
        check_counts(averaged, "count")
        _check_like(averaged.parameters, "the average of the weights", network)


def _check_scaling(scaling: Scaling, network: Network) -> None:
    n_features = network.units[:1]
    check_array(scaling.center, "the center of the columns", n_features)
    check_array(scaling.scale, "the scale of the columns", n_features)
    target_center = scaling.target_center
    check_array(target_center, "the center of the targets", (np.size(target_center),))
    if target_center.shape not in ((1,), network.units[-1:]):
        raise ValueError(f"there are {len(target_center)} centers of targets")
    _check_numbers([scaling.target_scale], "the scale of the targets")
    if not (scaling.scale > 0).all() or not scaling.target_scale > 0:
        raise ValueError("a scale is not positive")


def _check_history(history: dict[str, Any]) -> None:
    lengths = {name: len(values) for name, values in history.items() if type(values) is list}
    if len(lengths) < len(history) or not {"loss", "learning_rate"} <= lengths.keys():
        raise ValueError(f"history_ holds {sorted(map(str, history))}")
    if len(set(lengths.values())) > 1:
        raise ValueError(f"the lists of history_ have the lengths {lengths}")


def _check_numbers(values: Any, name: str) -> None:
    """Raise ValueError unless all are finite numbers and not negative."""
    if not all(isinstance(value, Real) and 0 <= float(value) < np.inf for value in values):
        raise ValueError(f"{name} must be finite and not negative")
