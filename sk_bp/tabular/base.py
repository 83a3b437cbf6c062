"""What the two estimators for tables share: encode the columns, then train a network on them."""

from abc import ABCMeta, abstractmethod
from typing import Any, Self

from numpy.typing import ArrayLike
from sklearn.base import _fit_context
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from sk_bp.estimators import BPClassifier, BPRegressor
from sk_bp.parameters import (
    NamedParameters,
    Parameters,
    follows_objective,
    needs_all_samples,
)
from sk_bp.sample_weights import check_weight
from sk_bp.saved import Saved, check_nested
from sk_bp.tabular.encoder import TabularEncoder
from sk_bp.tabular.frames import check_table
from sk_bp.tabular.recipe import Recipe, schedule_for
from sk_bp.watching import CallbackSupportMixin

AUTO = StrOptions({"auto"})
# Parameters that the network takes as they are.
PASSED = (
    "hidden_layer_sizes",
    "activation",
    "loss",
    "optimizer",
    "tol",
    "n_iter_no_change",
    "target_loss",
    "max_time",
    "early_stopping",
    "validation_fraction",
    "n_jobs",
    "random_state",
    "verbose",
)
ENCODING = ("categorical_features", "min_frequency", "limit", "n_bins")
_of_network = Parameters._parameter_constraints


# What scikit-learn notes down on an estimator about its callbacks.
_CALLBACKS = ("_skl_callbacks", "_parent_callback_ctx")


class BaseTabular(Saved, CallbackSupportMixin, NamedParameters, metaclass=ABCMeta):
    """What classifier and regressor for tables share.

    Callbacks are those of the network: its epochs are the tasks.
    """

    learning_rate: Any
    batch_size: Any
    max_iter: Any
    alpha: Any
    weight_decay: Any
    dropout: Any
    n_models: Any
    optimizer: Any

    encoder_: TabularEncoder
    network_: BPClassifier | BPRegressor
    n_features_in_: int

    _parameter_constraints: dict[str, list[Any]] = {
        **{name: _of_network[name] for name in PASSED if name in _of_network},
        **TabularEncoder._parameter_constraints,
        "learning_rate": _of_network["learning_rate"],
        "batch_size": _of_network["batch_size"],
        "max_iter": _of_network["max_iter"],
        "alpha": _of_network["alpha"],
        "weight_decay": _of_network["weight_decay"],
        "dropout": [AUTO, *_of_network["dropout"]],
        "n_models": [AUTO, *_of_network["n_models"]],
    }

    def _check_saved(self) -> None:
        check_nested(self)

    @abstractmethod
    def _network(self, **params: Any) -> BPClassifier | BPRegressor:
        """The network, not fitted, with parameters of its own besides."""

    @abstractmethod
    def _fit_network(self, network: Any, encoded: Any, y: Any, weight: Any) -> dict[str, Any]:
        """Fit the network, and return fitted attributes of the estimator by name."""

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Learn how to encode the columns, and train the network.

        Parameters
        ----------
        X : {data frame, array-like, sparse matrix} of shape (n_samples, n_features)
            A pandas or polars data frame with columns of numbers, texts, booleans or categories;
            or an array or sparse matrix of numbers. NaN, None and nulls are missing values.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights, not negative.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            If a parameter or the data is not valid, or a column holds dates or times. A model
            fitted before stays as it was.

        Warns
        -----
        ConvergenceWarning
            If the training had to stop because the loss became infinite or grew without bound.
        """
        encoder = TabularEncoder(**{name: getattr(self, name) for name in ENCODING})
        X = check_table(encoder, X, reset=True)
        if y is None:
            raise ValueError(
                f"This {type(self).__name__} estimator requires y to be passed, but the target y "
                "is None."
            )
        check_consistent_length(X, y)
        weight = check_weight(sample_weight, X)
        encoder._fit_checked(X, weight)
        network = self._unfitted_network(X.shape[0] if weight is None else int((weight > 0).sum()))
        of_network = network.__dict__
        of_network.update({k: v for k, v in vars(self).items() if k in _CALLBACKS})
        try:
            fitted = self._fit_network(network, encoder._transform_checked(X), y, weight)
        finally:
            for name in _CALLBACKS:
                of_network.pop(name, None)
        known = self.__dict__
        known.pop("feature_names_in_", None)
        of_features = {name: value for name, value in vars(encoder).items() if name.endswith("in_")}
        known.update(of_features, encoder_=encoder, network_=network, **fitted)
        return self

    def _unfitted_network(self, n_samples: int) -> BPClassifier | BPRegressor:
        """The network that the parameters describe for so many samples."""
        recipe = Recipe(n_samples)
        batch_size, max_iter, dropout = self.batch_size, self.max_iter, self.dropout
        alpha, weight_decay = self.alpha, self.weight_decay
        if alpha == weight_decay == "auto":
            if follows_objective(self.optimizer):
                alpha = recipe.decay
            else:
                weight_decay = recipe.decay
        all_at_once = needs_all_samples(self.optimizer)
        if batch_size == "auto" and not all_at_once:
            batch_size = recipe.batch_size
        if max_iter == "auto":
            max_iter = recipe.max_iter(n_samples if batch_size == "auto" else batch_size)
        if isinstance(dropout, str):  # "auto"
            dropout = 0.0 if all_at_once else recipe.dropout
        return self._network(
            **{name: getattr(self, name) for name in PASSED},
            learning_rate=schedule_for(self.learning_rate, self.optimizer),
            batch_size=batch_size,
            max_iter=max_iter,
            alpha=alpha,
            weight_decay=weight_decay,
            dropout=dropout,
            n_models=recipe.n_models if self.n_models == "auto" else self.n_models,
            scaling=False,  # the encoder has scaled the columns
        )

    def _encode(self, X: Any) -> Any:
        """The numbers that the fitted network reads."""
        check_is_fitted(self)
        return self.encoder_._transform_checked(check_table(self, X, reset=False))

    @property
    def n_iter_(self) -> int:
        """Number of epochs made."""
        return self.network_.n_iter_

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = True
        return tags
