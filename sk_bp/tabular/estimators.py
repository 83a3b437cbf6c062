"""The estimators for tables: BPTabularClassifier and BPTabularRegressor."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.preprocessing import StandardScaler

from sk_bp.activations import Activation
from sk_bp.estimators import BPClassifier, BPRegressor
from sk_bp.losses import Loss
from sk_bp.optimizers import Optimizer
from sk_bp.schedules import Schedule
from sk_bp.tabular.base import BaseTabular
from sk_bp.target_checks import check_values


class BPTabularClassifier(ClassifierMixin, BaseTabular):
    """Classification of the rows of a table by a multilayer network, without preprocessing.

    Takes data frames with numbers, texts, booleans, categories and missing values, encodes the
    columns by `sk_bp.tabular.TabularEncoder`, and trains a `BPClassifier` with settings that suit
    tables. Binary, multiclass and multilabel.

    Parameters
    ----------
    hidden_layer_sizes : int, sequence of int or str, default=(100,)
        Units of each hidden layer; also as text, such as "64-32".
    activation : str, Activation or sequence of these, default="relu"
        Activation of the hidden layers; see `BPClassifier`.
    loss : {"log_loss"} or Loss, default="log_loss"
        What is made small.
    optimizer : str or Optimizer, default="adam"
        A name or an instance; see `BPClassifier`.
    learning_rate : float, Schedule, callable or None, default=0.02
        A number is the rate of the first step, from where it falls along half a cosine to zero at
        the end of the fit. None means the optimizer's own default, which stays constant. Pass None
        with optimizers that choose their steps themselves, such as L-BFGS.
    batch_size : int or "auto", default="auto"
        Samples in a batch; "auto" means a twentieth of the samples, at least 32 and at most 64.
    max_iter : int or "auto", default="auto"
        Epochs; "auto" means as many as make 4000 steps, at least 30 and at most 200.
    alpha : float or "auto", default="auto"
        Strength of the L2 penalty; see `BPClassifier`. With `SGD` and the minimizers "auto" means
        300 over the number of samples, at least 0.1 and at most 0.3; 0 with adaptive rules, and
        wherever `weight_decay` is given.
    weight_decay : float or "auto", default="auto"
        Each step multiplies the weights by ``1 - learning_rate * weight_decay`` first. With
        adaptive rules "auto" means 300 over the number of samples, at least 0.1 and at most 0.3; 0
        with `SGD` and the minimizers, and wherever `alpha` is given.
    dropout : float, sequence of float or "auto", default="auto"
        The probability that a hidden unit is left out of a step. "auto" means 0.15, or 0.3
        with fewer than 1300 samples; 0 with up to 32, and with optimizers that take all samples at
        once.
    class_weight : dict, "balanced", list of these or None, default=None
        Weight of each class, multiplied with the sample weights; see `BPClassifier`.
    n_models : int or "auto", default="auto"
        How many networks to train from different initial weights; the mean of their probabilities
        is predicted. "auto" means 4 with fewer than 1300 samples, otherwise 1.
    tol : float or None, default=None
        None trains exactly `max_iter` epochs; see `BPClassifier`.
    n_iter_no_change : int, default=10
        Consecutive epochs without progress that are tolerated, unless `tol` is None.
    target_loss : float or None, default=None
        A training loss that is good enough: an epoch that reaches it is the last one.
    max_time : float or None, default=None
        Seconds of training after which no further epoch begins.
    early_stopping : bool, default=False
        Whether to stop by the loss on held-out samples, and keep the weights of the best epoch.
    validation_fraction : float, default=0.1
        Share of the samples held out if `early_stopping`.
    categorical_features : "from_dtype", array-like of int, bool or str, or None, \
default="from_dtype"
        Which columns are categorical. "from_dtype": of a data frame those of texts, booleans and
        categories; of arrays and sparse matrices none. Numbers, a mask or names add other columns
        to these, such as integers that are codes; None means that there are none.
    min_frequency : int, float or None, default=2
        Categories with fewer samples, or a smaller share of the samples, are rare: they are one
        category, which those that `fit` has not seen belong to. None means that none is rare.
    limit : float, default=3.0
        The bound of the scaled numbers, in standard deviations or so.
    n_bins : int or "auto", default="auto"
        Intervals of the piecewise linear encoding of each numeric column; 0 means none. "auto"
        means 8 if there are at least 10 samples for each numeric column, otherwise 0.
    n_jobs : int or None, default=None
        How many networks to train at a time, in threads of joblib.
    random_state : int, RandomState or None, default=None
        Of the initial weights, the shuffling, the dropout and the split.
    verbose : int, default=0
        1 prints where training stands, 2 a line for each epoch; see `BPClassifier`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels, or for multilabel y the numbers of the label columns.
    encoder_ : TabularEncoder
        The fitted encoder; its `get_feature_names_out` names what the network reads.
    network_ : BPClassifier
        The fitted network, with all that was chosen for "auto" as its parameters.
    n_iter_ : int
        Number of epochs made.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if all are strings.

    See Also
    --------
    BPTabularRegressor : Regression on the rows of a table.
    BPClassifier : The network alone, also for sparse text.

    Examples
    --------
    >>> import pandas as pd
    >>> from sk_bp import BPTabularClassifier
    >>> X = pd.DataFrame({"age": [20, 60, None, 30] * 10, "home": ["a", "b", "b", None] * 10})
    >>> y = ["no", "yes", "yes", "no"] * 10
    >>> BPTabularClassifier(random_state=0).fit(X, y).predict(X[:4])
    array(['no', 'yes', 'yes', 'no'], dtype='<U3')
    """

    network_: BPClassifier

    _parameter_constraints: dict[str, list[Any]] = {
        **BaseTabular._parameter_constraints,
        **{name: BPClassifier._parameter_constraints[name] for name in ("loss", "class_weight")},
    }

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] | str = (100,),
        activation: str | Activation | Sequence[str | Activation] = "relu",
        *,
        loss: str | Loss = "log_loss",
        optimizer: str | Optimizer = "adam",
        learning_rate: float | Schedule | Callable[[int], float] | None = 0.02,
        batch_size: int | Literal["auto"] = "auto",
        max_iter: int | Literal["auto"] = "auto",
        alpha: float | Literal["auto"] = "auto",
        weight_decay: float | Literal["auto"] = "auto",
        dropout: float | Sequence[float] | Literal["auto"] = "auto",
        class_weight: dict[Any, float] | list[Any] | Literal["balanced"] | None = None,
        n_models: int | Literal["auto"] = "auto",
        tol: float | None = None,
        n_iter_no_change: int = 10,
        target_loss: float | None = None,
        max_time: float | None = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        categorical_features: Any = "from_dtype",
        min_frequency: float | None = 2,
        limit: float = 3.0,
        n_bins: int | Literal["auto"] = "auto",
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.loss = loss
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.alpha = alpha
        self.weight_decay = weight_decay
        self.dropout = dropout
        self.class_weight = class_weight
        self.n_models = n_models
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.target_loss = target_loss
        self.max_time = max_time
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.categorical_features = categorical_features
        self.min_frequency = min_frequency
        self.limit = limit
        self.n_bins = n_bins
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict class labels.

        Parameters
        ----------
        X : {data frame, array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_labels)
            The most probable class; for multilabel tasks, a 0/1 indicator matrix.
        """
        encoded = self._encode(X)
        return self.network_.predict(encoded)

    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Probabilities of the classes.

        Parameters
        ----------
        X : {data frame, array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        encoded = self._encode(X)
        return self.network_.predict_proba(encoded)

    def predict_log_proba(self, X: Any) -> NDArray[Any]:
        """Logarithms of the probabilities, finite where these underflow.

        Parameters
        ----------
        X : {data frame, array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        log_proba : ndarray of shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        encoded = self._encode(X)
        return self.network_.predict_log_proba(encoded)

    def decision_function(self, X: Any) -> NDArray[Any]:
        """Logits, the outputs of the network before its output activation.

        Parameters
        ----------
        X : {data frame, array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            The logit of ``classes_[1]`` for two classes, else one for each class or label.
        """
        encoded = self._encode(X)
        return self.network_.decision_function(encoded)

    def _network(self, **params: Any) -> BPClassifier:
        return BPClassifier(class_weight=self.class_weight, **params)

    def _fit_network(self, network: Any, encoded: Any, y: Any, weight: Any) -> dict[str, Any]:
        return {"classes_": network.fit(encoded, y, weight).classes_}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class BPTabularRegressor(RegressorMixin, BaseTabular):
    """Regression on the rows of a table by a multilayer network, without preprocessing.

    Takes data frames with numbers, texts, booleans, categories and missing values, encodes the
    columns by `sk_bp.tabular.TabularEncoder`, standardizes y, and trains a `BPRegressor` with
    settings that suit tables. One or many outputs. Losses whose prediction is a positive mean
    ("poisson", "gamma", "tweedie") take y as it is.

    Parameters
    ----------
    hidden_layer_sizes : int, sequence of int or str, default=(100,)
        Units of each hidden layer; also as text, such as "64-32".
    activation : str, Activation or sequence of these, default="relu"
        Activation of the hidden layers; see `BPRegressor`.
    loss : {"squared_error", "huber"} or Loss, default="squared_error"
        What is made small, of y in standard deviations, or with "poisson", "gamma" and "tweedie",
        whose predictions are positive, of y as it is; see `BPRegressor`.
    optimizer : str or Optimizer, default="adam"
        A name or an instance; see `BPRegressor`.
    learning_rate : float, Schedule, callable or None, default=0.02
        A number is the rate of the first step, from where it falls along half a cosine to zero at
        the end of the fit; see `BPTabularClassifier`.
    batch_size : int or "auto", default="auto"
        Samples in a batch; "auto" means a twentieth of the samples, at least 32 and at most 64.
    max_iter : int or "auto", default="auto"
        Epochs; "auto" means as many as make 4000 steps, at least 30 and at most 200.
    alpha : float or "auto", default="auto"
        Strength of the L2 penalty; see `BPTabularClassifier`.
    weight_decay : float or "auto", default="auto"
        Strength of the decoupled weight decay; "auto" means, with adaptive rules, 300 over the
        number of samples, at least 0.1 and at most 0.3. See `BPTabularClassifier`.
    dropout : float, sequence of float or "auto", default="auto"
        The probability that a hidden unit is left out of a step. "auto" means 0.15, or 0.3
        with fewer than 1300 samples; 0 with up to 32, and with optimizers that take all samples at
        once.
    n_models : int or "auto", default="auto"
        How many networks to train from different initial weights; the mean of their predictions
        is predicted. "auto" means 4 with fewer than 1300 samples, otherwise 1.
    tol : float or None, default=None
        None trains exactly `max_iter` epochs; see `BPClassifier`.
    n_iter_no_change : int, default=10
        Consecutive epochs without progress that are tolerated, unless `tol` is None.
    target_loss : float or None, default=None
        A training loss that is good enough: an epoch that reaches it is the last one.
    max_time : float or None, default=None
        Seconds of training after which no further epoch begins.
    early_stopping : bool, default=False
        Whether to stop by the loss on held-out samples, and keep the weights of the best epoch.
    validation_fraction : float, default=0.1
        Share of the samples held out if `early_stopping`.
    categorical_features : "from_dtype", array-like of int, bool or str, or None, \
default="from_dtype"
        Which columns are categorical; see `BPTabularClassifier`.
    min_frequency : int, float or None, default=2
        Categories with fewer samples, or a smaller share of the samples, are rare; see
        `BPTabularClassifier`.
    limit : float, default=3.0
        The bound of the scaled numbers, in standard deviations or so.
    n_bins : int or "auto", default="auto"
        Intervals of the piecewise linear encoding of each numeric column; 0 means none. "auto"
        means 8 if there are at least 10 samples for each numeric column, otherwise 0.
    n_jobs : int or None, default=None
        How many networks to train at a time, in threads of joblib.
    random_state : int, RandomState or None, default=None
        Of the initial weights, the shuffling, the dropout and the split.
    verbose : int, default=0
        1 prints where training stands, 2 a line for each epoch; see `BPClassifier`.

    Attributes
    ----------
    encoder_ : TabularEncoder
        The fitted encoder; its `get_feature_names_out` names what the network reads.
    target_scaler_ : StandardScaler
        The fitted scaler of y; it changes nothing if the loss takes y as it is.
    network_ : BPRegressor
        The fitted network, with all that was chosen for "auto" as its parameters. It predicts y as
        `target_scaler_` transforms it.
    n_iter_ : int
        Number of epochs made.
    n_features_in_ : int
        Number of columns.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the columns, if all are strings.

    See Also
    --------
    BPTabularClassifier : Classification of the rows of a table.
    BPRegressor : The network alone.

    Examples
    --------
    >>> import pandas as pd
    >>> from sk_bp import BPTabularRegressor
    >>> X = pd.DataFrame({"area": [40.0, 60.0, None, 90.0] * 10, "town": list("abba") * 10})
    >>> y = [400e3, 300e3, 350e3, 900e3] * 10
    >>> BPTabularRegressor(random_state=0).fit(X, y).score(X, y) > 0.95
    True
    """

    network_: BPRegressor
    target_scaler_: StandardScaler

    _parameter_constraints: dict[str, list[Any]] = {
        **BaseTabular._parameter_constraints,
        "loss": BPRegressor._parameter_constraints["loss"],
    }

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] | str = (100,),
        activation: str | Activation | Sequence[str | Activation] = "relu",
        *,
        loss: str | Loss = "squared_error",
        optimizer: str | Optimizer = "adam",
        learning_rate: float | Schedule | Callable[[int], float] | None = 0.02,
        batch_size: int | Literal["auto"] = "auto",
        max_iter: int | Literal["auto"] = "auto",
        alpha: float | Literal["auto"] = "auto",
        weight_decay: float | Literal["auto"] = "auto",
        dropout: float | Sequence[float] | Literal["auto"] = "auto",
        n_models: int | Literal["auto"] = "auto",
        tol: float | None = None,
        n_iter_no_change: int = 10,
        target_loss: float | None = None,
        max_time: float | None = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        categorical_features: Any = "from_dtype",
        min_frequency: float | None = 2,
        limit: float = 3.0,
        n_bins: int | Literal["auto"] = "auto",
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.loss = loss
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.alpha = alpha
        self.weight_decay = weight_decay
        self.dropout = dropout
        self.n_models = n_models
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.target_loss = target_loss
        self.max_time = max_time
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.categorical_features = categorical_features
        self.min_frequency = min_frequency
        self.limit = limit
        self.n_bins = n_bins
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict target values.

        Parameters
        ----------
        X : {data frame, array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predicted values.
        """
        encoded = self._encode(X)
        scaled = self.network_.predict(encoded)
        values = self.target_scaler_.inverse_transform(_as_columns(scaled).astype(np.float64))
        return values.reshape(scaled.shape)

    def _network(self, **params: Any) -> BPRegressor:
        # the output biases have to begin at the mean of y, which may be far from 1
        init = "data" if _takes_y_as_it_is(self.loss) else "auto"
        return BPRegressor(init=init, **params)

    def _fit_network(self, network: Any, encoded: Any, y: Any, weight: Any) -> dict[str, Any]:
        y = check_values(y, np.float64)
        standardized = not _takes_y_as_it_is(self.loss)
        scaler = StandardScaler(with_mean=standardized, with_std=standardized)
        scaler.fit(_as_columns(y), sample_weight=weight)
        network.fit(encoded, _scaled(y, scaler), weight)
        return {"target_scaler_": scaler}

    def _scaled_targets(self, y: Any) -> NDArray[Any]:
        """Targets as the fitted network reads them."""
        return _scaled(check_values(y, np.float64), self.target_scaler_)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.target_tags.positive_only = _takes_y_as_it_is(self.loss)
        return tags


def _takes_y_as_it_is(loss: Any) -> bool:
    """Whether the predictions of a loss are positive by themselves, so that y stays as it is."""
    found = BPRegressor(loss=loss)._loss_if_valid()
    return found is not None and found.for_task("regression").positive_only


def _scaled(y: NDArray[Any], scaler: StandardScaler) -> NDArray[Any]:
    return scaler.transform(_as_columns(y)).reshape(y.shape)


def _as_columns(y: NDArray[Any]) -> NDArray[Any]:
    return y.reshape(len(y), -1)
