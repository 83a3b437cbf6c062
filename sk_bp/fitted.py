"""The fitted part of an estimator: attributes read from its model and its training run."""

from collections.abc import Callable, Mapping
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from sk_bp.activations import Activation
from sk_bp.data import check_X
from sk_bp.ensemble import Ensemble
from sk_bp.model import Model
from sk_bp.network import Network, checked_arrays
from sk_bp.outputs import Output
from sk_bp.run import Chosen, Run
from sk_bp.samples import CSR
from sk_bp.saved import Saved
from sk_bp.targets import Targets

# What `_adopt` takes from the estimator that has checked the data.
_FEATURES = ("n_features_in_", "feature_names_in_")
# The attributes that it sets.
ADOPTED = ("_model", "_targets", "_unfinished", *_FEATURES)


class Fitted(Saved):
    """The part of an estimator that holds a model, trained or assigned.

    All attributes are read from the model and its targets, which are set by `_adopt` and nowhere
    else.
    """

    _model: Model
    _targets: Targets | None
    _activations: Callable[[int], tuple[Activation, ...]]  # a method of `Parameters`
    _out_activation: Callable[[], Activation]  # of the estimator

    def _adopt(
        self,
        model: Model,
        targets: Targets | None,
        features: Mapping[str, Any],
        unfinished: Any = None,
    ) -> None:
        """Take a model as this estimator's own, and what is left to do of its fit, if anything."""
        known = {name: features[name] for name in _FEATURES if name in features}
        for name in (*_FEATURES, "_assigned", "_unfinished", "_is_member"):
            vars(self).pop(name, None)
        vars(self).update(known)
        self._model = model
        self._targets = targets
        if unfinished is not None:
            self._unfinished = unfinished

    def _fitted_model(self) -> Model:
        self._refuse_half_assigned()
        if "_model" not in vars(self):
            check_is_fitted(self)
        return self._model

    def _trained_model(self) -> Run | Ensemble:
        """The training run, or the ensemble of several."""
        model = self._fitted_model()
        if not isinstance(model.members[0], Run):
            raise NotFittedError(
                f"the weights of this {type(self).__name__} were assigned, not trained: call fit "
                "or partial_fit first"
            )
        return cast(Run | Ensemble, model)

    def _fitted_run(self) -> Run:
        """The training run, where there is only one."""
        model = self._trained_model()
        if isinstance(model, Ensemble):
            raise model.refusal()
        return model

    def __sklearn_is_fitted__(self) -> bool:
        """Whether there are weights to predict with."""
        return "_model" in vars(self)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()  # type: ignore[misc]  # BaseEstimator's, a later base
        tags.input_tags.sparse = True
        return tags

    # ------------------------------------------------------------------ the network

    @property
    def coefs_(self) -> tuple[NDArray[Any], ...]:
        """The weights: a tuple of arrays of shape (units in, units out), one for each layer."""
        return tuple(self._fitted_model().network.coefs)

    @coefs_.setter
    def coefs_(self, coefs: Any) -> None:
        self._assign("coefs", coefs)

    @property
    def intercepts_(self) -> tuple[NDArray[Any], ...]:
        """The biases: a tuple of arrays of shape (units out,), one for each layer."""
        return tuple(self._fitted_model().network.intercepts)

    @intercepts_.setter
    def intercepts_(self, intercepts: Any) -> None:
        self._assign("intercepts", intercepts)

    @property
    def estimators_(self) -> list[Self]:
        """The networks whose predictions are averaged, each as an estimator of its own.

        These have no `estimators_`: tools that look into each fitted part of a model, such as
        skl2onnx, come to an end.
        """
        if "_is_member" in vars(self):
            raise AttributeError("this is one of the estimators_ of another estimator")
        model, estimators = self._fitted_model(), []
        for member in model.members:
            estimator = self._blank().set_params(n_models=1, n_restarts=0)
            estimator._adopt(member, self._targets, vars(self))
            estimator._is_member = True
            estimators.append(estimator)
        return estimators

    @property
    def n_layers_(self) -> int:
        """Number of layers, input and output included."""
        return len(self._fitted_model().layers.units)

    @property
    def n_outputs_(self) -> int:
        """Number of outputs."""
        return self._fitted_model().layers.n_outputs

    @property
    def out_activation_(self) -> str:
        """Name of the output activation."""
        layers = self._fitted_model().layers
        return (layers.output if layers.is_linear_at_last else layers.activations[-1]).core_name

    def _assign(self, name: str, arrays: Any) -> None:
        """Take weights or biases from elsewhere; they take effect once both fit together."""
        arrays = checked_arrays(f"{name}_", arrays)
        pending = vars(self).pop("_assigned", {})
        parts: dict[str, list[NDArray[Any]]] = {**pending, name: arrays}
        if self.__sklearn_is_fitted__() and not isinstance(self._model, Ensemble):
            fitted = self._model.network
            parts = {"coefs": fitted.coefs, "intercepts": fitted.intercepts, **parts}
        coefs, intercepts = parts.get("coefs", []), parts.get("intercepts", [])
        if not _fit_together(coefs, intercepts):
            self._assigned = {**pending, name: arrays}
            return
        units = (coefs[0].shape[0], *(len(b) for b in intercepts))
        dtype = np.float32 if all(a.dtype == np.float32 for a in coefs + intercepts) else np.float64
        parameters = np.concatenate([np.ravel(a) for a in coefs + intercepts]).astype(dtype)
        activations = (*self._activations(len(units) - 2), self._out_activation())
        output = self._output_of_assigned(units[-1])
        features: Mapping[str, Any] = {"n_features_in_": units[0]}
        if vars(self).get("n_features_in_") == units[0]:
            features = vars(self)
        targets = self._targets_of_assigned(units[-1])
        self._adopt(Model(Network(units, activations, output, parameters)), targets, features)

    def _blank(self) -> Any:
        """An unfitted estimator with the same parameters."""
        return type(self)(**self.get_params(deep=False))  # type: ignore[attr-defined]

    def _without_callbacks(self) -> Any:
        """A fitted estimator that shares the model with this one, but has no callbacks."""
        plain = self._blank()
        plain._adopt(self._model, self._targets, vars(self), vars(self).get("_unfinished"))
        return plain

    def _output_of_assigned(self, n_outputs: int) -> Output:
        """The output activation of a network with this many outputs."""
        raise NotImplementedError

    def _targets_of_assigned(self, n_outputs: int) -> Targets | None:
        """What is known about the targets of a network with this many outputs."""
        raise NotImplementedError

    def _refuse_half_assigned(self) -> None:
        if "_assigned" in vars(self):
            raise NotFittedError(
                "coefs_ and intercepts_ have been assigned, but do not fit together: layer l "
                "needs coefs_[l] of shape (units in, units out) and intercepts_[l] of shape "
                "(units out,)"
            )

    def _outputs(self, X: Any, output: Output | None) -> NDArray[Any]:
        """The outputs of the network for X, (n_samples, n_outputs)."""
        model = self._fitted_model()
        X = check_X(self, X, reset=False, dtype=model.dtype)
        return model.outputs(CSR.of(X) if issparse(X) else X, output)

    # ------------------------------------------------------------------ the training run

    @property
    def batch_size_(self) -> int:
        """Samples in a batch, in the last call."""
        return self._chosen().batch_size

    @property
    def max_iter_(self) -> int | None:
        """Epochs that the last call of `fit` might make; None after `partial_fit`."""
        return self._chosen().max_iter

    @property
    def alpha_(self) -> float:
        """Strength of the L2 penalty in the last call."""
        return self._chosen().alpha

    @property
    def weight_decay_(self) -> float:
        """Strength of the decoupled weight decay in the last call."""
        return self._chosen().weight_decay

    def _chosen(self) -> Chosen:
        chosen = self._fitted_model().members[0].chosen
        if chosen is None:
            raise NotFittedError("no epoch has been made")
        return chosen

    @property
    def history_(self) -> dict[str, list[Any]]:
        """The record of training: by name, a list with a value for each epoch."""
        return self._trained_model().history

    @property
    def loss_(self) -> float:
        """Mean loss over the last epoch."""
        return self._trained_model().loss

    @property
    def best_loss_(self) -> float:
        """Lowest loss of all epochs."""
        return self._fitted_run().best_loss

    @property
    def learning_rate_(self) -> float:
        """Learning rate of the last step."""
        return self._fitted_run().learning_rate

    @property
    def auto_learning_rate_(self) -> float | None:
        """The learning rate that ``learning_rate="auto"`` has chosen; None without."""
        search = self._fitted_run().state.rate_search
        return None if search is None else search.rate

    @property
    def learning_rate_trials_(self) -> dict[float, float] | None:
        """The rates that ``learning_rate="auto"`` has tried, and the loss after each trial."""
        search = self._fitted_run().state.rate_search
        return None if search is None else search.trials

    @property
    def loss_curve_(self) -> list[float] | None:
        """The loss of each epoch in which this network was trained."""
        return self._fitted_run().curve("loss")

    @property
    def validation_scores_(self) -> list[float] | None:
        """The validation score of each epoch in which this network was trained; None without."""
        return self._fitted_run().curve("validation_score")

    @property
    def best_validation_score_(self) -> float | None:
        """The best validation score."""
        return self._fitted_run().best_score

    @property
    def best_epoch_(self) -> int | None:
        """With `early_stopping` the epoch, the first being 1, whose weights were kept."""
        return self._fitted_run().best_epoch

    @property
    def best_restart_(self) -> int:
        """Which of the initializations was kept, the first being 0."""
        return self._fitted_run().number

    @property
    def end_reason_(self) -> str | None:
        """How `fit` ended; None after `partial_fit`."""
        ending = self._fitted_run().ending
        return None if ending is None else ending.name.lower()

    @property
    def n_iter_(self) -> int:
        """Number of epochs."""
        return self._trained_model().state.n_epochs

    @property
    def n_steps_(self) -> int:
        """Number of steps; a step is one batch."""
        return self._trained_model().state.n_steps

    @property
    def t_(self) -> int:
        """Number of samples seen, over all epochs."""
        return self._trained_model().state.n_samples


def _fit_together(coefs: list[NDArray[Any]], intercepts: list[NDArray[Any]]) -> bool:
    """Whether weights and biases make up a network."""
    if not coefs or not intercepts or len(coefs) != len(intercepts):
        return False
    n_in = [W.shape[0] if W.ndim == 2 else -1 for W in coefs]
    n_out = [b.shape[0] if b.ndim == 1 else -2 for b in intercepts]
    return n_in[1:] == n_out[:-1] and all(
        W.ndim == 2 and W.shape[1] == n for W, n in zip(coefs, n_out, strict=True)
    )
