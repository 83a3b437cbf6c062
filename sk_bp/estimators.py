"""The estimators: BPClassifier and BPRegressor."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from scipy.special import log_expit, log_softmax
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.exceptions import NotFittedError
from sklearn.metrics import d2_pinball_score
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if

from sk_bp.activations import OUT_ACTIVATIONS, Activation, Identity
from sk_bp.advice import counted
from sk_bp.averages import Average
from sk_bp.base import BaseBP, can_partial_fit
from sk_bp.data import Part
from sk_bp.losses import ErrorLoss, Loss, losses_for
from sk_bp.losses.pinball import Quantiles
from sk_bp.optimizers import Optimizer
from sk_bp.outputs import IdentityOutput, Output
from sk_bp.sample_weights import class_factors
from sk_bp.schedules import Schedule
from sk_bp.target_checks import check_bounds, check_classes, check_labels, check_values
from sk_bp.targets import Indicators, Labels, Targets, Values
from sk_bp.values import named


def gives_probabilities(estimator: "BPClassifier") -> bool:
    """Whether the estimator has `predict_proba`; raises AttributeError that says why not."""
    loss = estimator._loss_if_valid()
    outputs = [] if loss is None else [loss.for_task("binary").output]
    if estimator.__sklearn_is_fitted__():
        outputs.append(estimator._model.layers.output)
    if not all(output.gives_probabilities for output in outputs):
        raise AttributeError(
            f"there are no probabilities with loss={estimator.loss!r}: use decision_function, or "
            "fit with loss='log_loss'"
        )
    return True


class BPClassifier(ClassifierMixin, BaseBP):
    """Classification by a multilayer network trained by back-propagation.

    Binary, multiclass and multilabel. Sparse X is trained at the cost of its stored entries, and
    gives the model that the same X in dense form would give.

    Parameters
    ----------
    hidden_layer_sizes : int, sequence of int or str, default=(100,)
        Units of each hidden layer; also as text, such as "64-32", which parameter searches,
        configuration files and tables can hold. ``()`` is logistic regression.
    activation : str, Activation or sequence of these, default="relu"
        Activation of the hidden layers, or one for each: "identity", "logistic", "tanh",
        "softsign", "hard_sigmoid", "relu", "leaky_relu", "elu", "selu", "softplus", "silu", "gelu",
        "mish", or an instance, such as `sk_bp.activations.LeakyReLU`. `sk_bp.activations` has a
        table of all.
    loss : {"log_loss", "focal", "hinge", "squared_hinge"} or Loss, default="log_loss"
        What is made small: the log-loss (cross-entropy), as an instance `sk_bp.losses.LogLoss` with
        smoothed labels; the focal loss, `sk_bp.losses.Focal`; or a hinge loss, which gives no
        probabilities. Summed over the labels if multilabel. docs/losses.md says which to choose.
    optimizer : str or Optimizer, default="rmsprop"
        A name, or an instance with its own hyperparameters, such as ``RMSProp(rho=0.95)``. By
        batches: "sgd", "rmsprop", "adagrad", "adadelta", "adam", "adamw", "adamax", "amsgrad",
        "nadam", "radam", "lion", "prodigy". With all samples at once: "rprop", "lbfgs",
        "conjugate_gradient". `sk_bp.optimizers` has a table of all.
    learning_rate : float, Schedule, "auto" or None, default=None
        Learning rate, positive, or a schedule, such as ``ExponentialDecay(0.01)``. None means in
        `fit` a cosine to zero over the whole fit, from the optimizer's `peak_learning_rate`, 0.01
        for RMSProp and Adam (for RMSProp 0.02 where fewer than 5 % of the values of X are not
        zero); with `warm_start` and in `partial_fit`, where the whole is not known, it means the
        constant `default_learning_rate`, 0.001 for both. "auto" finds a rate by short trials on the
        training data, and takes it to zero in the last fifth of `max_iter` (`Cooldown`); a warm
        start keeps it, and `partial_fit` refuses "auto". Refused by optimizers that choose their
        steps themselves, such as L-BFGS.
    batch_size : int or "auto", default="auto"
        Samples in a batch. "auto" means in `fit` n_samples / 20, but at least 32 and at most 64,
        and of more than 12,800 samples n_samples / 200, up to 256; in `partial_fit` it means 200.
        One batch holds all samples if there are fewer, and with optimizers that take all samples at
        once, which refuse a number here.
    max_iter : int or "auto", default="auto"
        Epochs at most (with `warm_start`, in each call). "auto" means as many as make 2,500 steps,
        but at least 20 and at most 100; where fewer than 5 % of the values of X are not zero, as in
        text, as many as make 500 steps, but at least 12.
    alpha : float or "auto", default="auto"
        Strength of the L2 penalty: training minimizes
        ``1/S sum_i w_i loss_i + alpha / (2 S) sum W²``, S the sum of the sample weights, as
        scikit-learn does. Biases are not in it. `SGD` and the minimizers, such as `LBFGS`, follow
        the gradient of this objective. Adaptive rules scale the gradient of the loss, and take the
        penalty as a decay that is not scaled: each step multiplies the weights by
        ``1 - learning_rate * alpha / S`` first. "auto" means 1e-4 with `SGD` and the minimizers;
        and 0 with adaptive rules, and wherever `weight_decay` is given.
    weight_decay : float or "auto", default="auto"
        Strength of the decoupled weight decay: each step multiplies the weights, not the biases, by
        ``1 - learning_rate * weight_decay`` first, however many samples there are. "auto" means, in
        `fit` with adaptive rules, 300 / n_samples, but at least 0.1 and at most 1, at rates up to
        0.01, and less at higher rates; none where fewer than 5 % of the values of X are not zero;
        in `partial_fit` 1e-4; and 0 with `SGD` and the minimizers, and wherever `alpha` is given.
        Refused by the minimizers, which have no learning rate.
    l1 : float, default=0.0
        The L1 penalty, which makes weights exactly zero: after each step every weight moves towards
        zero by ``learning_rate * l1``, and stops there. With `SGD` it is divided by S, so that
        ``l1 / S sum |W|`` joins the objective. Only with optimizers that leave a weight alone while
        its gradient is zero: SGD without momentum, RMSProp without momentum, Adagrad, Adadelta.
    dropout : float or sequence of float, default=0.0
        The probability that a hidden unit is left out of a step, for each sample anew; one number,
        or one for each hidden layer, in [0, 1). The units that stay are divided by 1 - dropout;
        prediction uses all. `loss_` is measured with the units left out.
    input_dropout : float, default=0.0
        The same for the features of each sample, in [0, 1). A zero stays zero.
    max_grad_norm : float or None, default=None
        The gradient of a batch, over all weights and biases, is scaled down to this norm if it is
        longer. None means no limit. It costs another pass over the gradient.
    class_weight : dict, "balanced", list of these or None, default=None
        Weight of each class, multiplied with the sample weights. "balanced" means the sum of the
        sample weights / (number of classes * sum of the class's sample weights). For multilabel y,
        "balanced" or a list with an element for each label.
    init : str or (coefs, intercepts), default="auto"
        Distribution of the initial weights: "glorot_uniform", "glorot_normal", "he_uniform",
        "he_normal", "lecun_uniform", "lecun_normal", "orthogonal", or "auto", which chooses by the
        activation of each layer (`sk_bp.activations` says how). "data" scales each layer so that
        what it computes from a batch of the training samples, before its activation, has variance 1
        (Mishkin & Matas 2016), and lets the output biases be the best constant prediction; all
        other biases start at zero. Or weights to begin from, shaped as `coefs_` and `intercepts_`
        will be; they are copied.
    scaling : bool or "auto", default="auto"
        Whether to train in units in which the columns of X, and the targets of a regressor, are of
        about the size of 1. Columns that are mostly not zero are centred and scaled, columns that
        are mostly zero only scaled, if their values are large; `coefs_`, predictions and losses are
        in your units. The units are those of the samples that `fit`, or the first call of
        `partial_fit`, is given. "auto" means False with `SGD` and the minimizers, whose penalty
        would mean something else then, and with given weights (`init`), else True.
    shuffle : bool, default=True
        Whether each epoch takes the samples in a new random order.
    tol : float or None, default=1e-4
        An epoch counts as progress if it lowers the loss by more than this times the loss of the
        best constant prediction (the base rates of the classes) below the best so far. With
        `early_stopping` and a `scoring` other than "loss", if it raises the score by more than this
        times the first epoch's score, or times 1 if that is larger. (scikit-learn's tol is
        absolute.) None trains exactly `max_iter` epochs. While a schedule of the whole fit still
        plans for lower rates, as that of ``learning_rate=None`` does, training does not end here,
        unless the loss itself is below this.
    n_iter_no_change : int, default=10
        Consecutive epochs without progress that are tolerated; one more ends the training.
    target_loss : float or None, default=None
        A training loss (`loss_`) that is good enough: an epoch that reaches it is the last one.
    max_time : float or None, default=None
        Seconds of training after which no further epoch begins, nor the training of a further
        network than the `n_models` that are needed. `resume_fit` goes on from there.
    early_stopping : bool, default=False
        Whether to stop by the score on held-out samples, and keep the weights of the best epoch.
    validation_fraction : float, default=0.1
        Share of the samples held out, by class, if `early_stopping` and no X_val is given.
    scoring : str, callable or None, default="loss"
        Score of held-out samples: "loss" for the negative loss, a scikit-learn scorer, or None for
        the estimator's own `score`. Refused if it is NaN at the start, as R² of a single sample.
    warm_start : bool, default=False
        Whether another call of `fit` goes on from where the last one ended, for `max_iter` more
        epochs, with the optimizer's state. A pickle holds that state only with ``warm_start=True``
        or after `partial_fit`. Another loss, or an optimizer with other state, starts it afresh.
    random_state : int, RandomState or None, default=None
        Of the initial weights, the shuffling and the split. An int gives the same model at each
        fit, whatever the number of threads.
    verbose : int, default=0
        1 prints where training stands: on a terminal a line that is kept up to date, else a line a
        second. 2 prints a line for each epoch.
    n_restarts : int, default=0
        How many further times to train, each from other initial weights; the network with the
        lowest training loss is kept, or with held-out samples that with the highest score. Not
        with `partial_fit`; a warm start goes on with the one that was kept.
    n_models : int, default=1
        How many networks to keep, each trained from other initial weights; the mean of their
        probabilities is predicted. With `n_restarts`, the best of all that were trained are kept.
    n_jobs : int or None, default=None
        How many networks to train at a time, in threads of joblib. None means 1, -1 one for each
        processor.
    record_gradient_norms : bool, default=False
        Whether `history_` holds the norm of each layer's gradient, for `GradientFlowDisplay`. An
        epoch takes up to 6 % longer then, on wide sparse X up to 10 %.
    average : {"ema", "tail"}, Average or None, default=None
        Average of the weights over the epochs, which takes their place in `coefs_`, in predictions
        and in the scores of held-out samples: exponential (`sk_bp.averages.EMA`) or over the last
        part of training (`sk_bp.averages.TailAverage`). It pays where a constant learning rate
        keeps the weights moving. Refused by optimizers that choose their steps themselves.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels, or for multilabel y the numbers of the label columns.
    coefs_ : tuple of ndarray
        Weights of each layer, of shape (units in, units out). Weights from elsewhere can be
        assigned, together with `intercepts_`. Read-only if `scaling` has changed the units.
    intercepts_ : tuple of ndarray
        Biases of each layer, of shape (units out,).
    coef_, intercept_ : ndarray
        Of a linear model, ``hidden_layer_sizes=()``, the same as scikit-learn's linear models have
        them: of shape (n_outputs, n_features) and (n_outputs,).
    n_features_in_ : int
        Number of features.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had names that are all strings.
    n_layers_ : int
        Number of layers, input and output included.
    n_outputs_ : int
        Number of outputs: 1 for two classes, else one for each class or label.
    out_activation_ : {"logistic", "softmax", "identity"}
        Activation of the outputs; "identity" with hinge losses.
    batch_size_, max_iter_, alpha_, weight_decay_ : int, int or None, float, float
        What these parameters stood for in the last call; no max_iter_ after `partial_fit`.
    n_iter_ : int
        Epochs made; with `n_models`, like `n_steps_` and `t_`, by the network that made most.
    n_steps_ : int
        Steps made; a step is one batch.
    t_ : int
        Samples seen, over all epochs.
    loss_ : float
        Mean loss over the last epoch, each batch before its step, without the penalty; of
        minimizers, such as `LBFGS`, after the iteration. With `n_models` the mean of the networks.
    best_loss_ : float
        Lowest `loss_` of all epochs.
    loss_curve_ : list of float
        `loss_` after each epoch.
    learning_rate_ : float
        Learning rate of the last step; NaN for an optimizer that has none.
    auto_learning_rate_ : float or None
        The rate that ``learning_rate="auto"`` has chosen; None without.
    learning_rate_trials_ : dict of float to float or None
        The rates that it has tried, and the mean loss after each trial, which is infinite where
        training had to stop.
    validation_scores_ : list of float or None
        Score on the held-out samples after each epoch, higher being better.
    best_validation_score_ : float or None
        The best of them.
    best_epoch_ : int or None
        With `early_stopping` the epoch, the first being 1, whose weights were kept.
    history_ : dict of list
        By epoch: "loss", "learning_rate", with held-out samples "validation_score", with
        `n_restarts` "restart" (then the epochs of all of them), with `n_models` "model" (of those
        in `estimators_`), and what the optimizer notes down.
        With `record_gradient_norms` "gradient_norm_0", "gradient_norm_1" and so on: the norm of the
        gradient of the loss with respect to each layer's weights, without the penalty, each batch
        before its step, in the root mean square over the batches; of minimizers, after the
        iteration. NaN where an epoch has no such figure. Of a long stream of `partial_fit` the last
        10,000 to 20,000 calls.
    end_reason_ : str or None
        How `fit` ended: "plateau" (no progress for `n_iter_no_change` epochs), "max_iter",
        "target_loss", "max_time", "stopped" (by a callback), "converged" or "no_progress" (of
        minimizers), "loss_grown", "loss_not_finite" or "gradient_too_large", and "interrupted".
        None after `partial_fit`.
    best_restart_ : int
        Which of the initializations was kept, the first being 0.
    estimators_ : list of BPClassifier
        The `n_models` networks, each as an estimator that shares its weights with this one. If
        there are several, `coefs_`, `loss_curve_` and all else that belongs to a single network
        are attributes of these only.

    See Also
    --------
    BPRegressor : Regression by such a network.
    sklearn.neural_network.MLPClassifier : scikit-learn's own network.

    Notes
    -----
    The gradient is that of back-propagation (Rumelhart, Hinton & Williams, Learning representations
    by back-propagating errors, Nature 1986). A batch B divides its sum of weighted losses by
    |B| S / n, n being the number of samples, so that its gradient is an unbiased estimate of the
    gradient of the mean.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import train_test_split
    >>> from sk_bp import BPClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X / 16, y, random_state=0)
    >>> clf = BPClassifier(max_iter=30, tol=None, random_state=0).fit(X_train, y_train)
    >>> clf.score(X_test, y_test) > 0.94
    True
    """

    _tasks = ("binary", "multiclass", "multilabel")

    _parameter_constraints: dict[str, list[Any]] = {
        **BaseBP._parameter_constraints,
        "loss": [
            StrOptions(set(losses_for(*_tasks))),
            *losses_for(*_tasks).values(),
        ],
        "class_weight": [None, dict, list, StrOptions({"balanced"})],
    }

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] | str = (100,),
        activation: str | Activation | Sequence[str | Activation] = "relu",
        *,
        loss: str | Loss = "log_loss",
        optimizer: str | Optimizer = "rmsprop",
        learning_rate: float | Schedule | Callable[[int], float] | Literal["auto"] | None = None,
        batch_size: int | Literal["auto"] = "auto",
        max_iter: int | Literal["auto"] = "auto",
        alpha: float | Literal["auto"] = "auto",
        weight_decay: float | Literal["auto"] = "auto",
        l1: float = 0.0,
        dropout: float | Sequence[float] = 0.0,
        input_dropout: float = 0.0,
        max_grad_norm: float | None = None,
        class_weight: dict[Any, float] | list[Any] | Literal["balanced"] | None = None,
        init: str | Sequence[Any] = "auto",
        scaling: bool | Literal["auto"] = "auto",
        shuffle: bool = True,
        tol: float | None = 1e-4,
        n_iter_no_change: int = 10,
        target_loss: float | None = None,
        max_time: float | None = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        scoring: str | Callable[..., float] | None = "loss",
        warm_start: bool = False,
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
        n_restarts: int = 0,
        n_models: int = 1,
        n_jobs: int | None = None,
        record_gradient_norms: bool = False,
        average: str | Average | None = None,
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
        self.l1 = l1
        self.dropout = dropout
        self.input_dropout = input_dropout
        self.max_grad_norm = max_grad_norm
        self.class_weight = class_weight
        self.init = init
        self.scaling = scaling
        self.shuffle = shuffle
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.target_loss = target_loss
        self.max_time = max_time
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.scoring = scoring
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose
        self.n_restarts = n_restarts
        self.n_models = n_models
        self.n_jobs = n_jobs
        self.record_gradient_norms = record_gradient_norms
        self.average = average

    @available_if(can_partial_fit)
    def partial_fit(
        self,
        X: Any,
        y: Any,
        classes: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Go once through these samples, from where the last call ended.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Labels.
        classes : array-like of shape (n_classes,), default=None
            All labels that will ever occur. Needed in the first call, unless y is multilabel; then
            it may name the label columns, or be [0, 1].
        sample_weight : array-like of shape (n_samples,), default=None
            Weights, not negative.

        Returns
        -------
        self : object
            The estimator, one epoch further on.

        Raises
        ------
        ValueError, TypeError
            If a parameter or the data is not valid, y holds a label that is not among the classes,
            or ``class_weight="balanced"`` is set. The model stays as it was.
        AttributeError
            If the optimizer needs all samples at once, or `n_restarts` is set.

        Notes
        -----
        With `early_stopping` it goes on without holding samples out.

        A batch B divides its sum of weighted losses by |B| times the mean weight of all samples of
        the stream so far, so that a call of heavy samples takes a longer step than one of light
        ones, and only ratios of weights count. A call whose samples all have weight 0 does nothing.
        The L2 penalty of the rules that have one is divided by the number of samples of the largest
        call, in mean weights: several passes over the same data keep the objective of a fit.

        On a stream of sparse batches a call costs what its entries cost: weights of columns that
        do not occur are brought up to date when they are asked for.
        """
        self._check_params()
        return self._partial_fit(X, y, sample_weight, partial(self._targets_of_stream, classes))

    def _targets_of_stream(
        self, classes: ArrayLike | None, y: NDArray[Any], known: Labels | None
    ) -> Labels:
        each = self.class_weight if isinstance(self.class_weight, list) else [self.class_weight]
        if "balanced" in each:
            raise ValueError(
                f"class_weight={self.class_weight!r} needs all of y, which partial_fit does not "
                "see; pass the weights as a dict"
            )
        return _labels_of_stream(y, known, classes)

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict class labels.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_labels)
            The most probable class; for multilabel tasks, a 0/1 indicator matrix.
        """
        return self._labels.decode(self._outputs(X, IdentityOutput()))

    def decision_function(self, X: Any) -> NDArray[Any]:
        """Raw outputs, before the output activation.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        scores : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            The logit of ``classes_[1]`` for two classes, else one for each class or label; with
            `n_models`, those of the mean probabilities. With hinge losses, scores that are
            positive for what is predicted.
        """
        outputs = self._outputs(X, IdentityOutput())
        return outputs[:, 0] if self._labels.task == "binary" else outputs

    @available_if(gives_probabilities)
    def predict_proba(self, X: Any) -> NDArray[Any]:
        """Probabilities of the classes.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        proba : ndarray of shape (n_samples, n_classes)
            In the order of `classes_`; for multilabel tasks, of each label by itself. None is
            exactly 0: one that would be rounded to 0 is the smallest normal number of its dtype.

        Raises
        ------
        AttributeError
            If the loss is a hinge loss, which gives no probabilities.
        """
        labels = self._labels
        proba = self._outputs(X, None)
        if labels.task == "binary":
            proba = np.hstack([1 - proba, proba])
        return np.maximum(proba, np.finfo(proba.dtype).tiny)

    @available_if(gives_probabilities)
    def predict_log_proba(self, X: Any) -> NDArray[Any]:
        """Logarithms of the probabilities, computed from the logits: finite where they underflow.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        log_proba : ndarray of shape (n_samples, n_classes)
            In the order of `classes_`.

        Raises
        ------
        AttributeError
            If the loss is a hinge loss, which gives no probabilities.
        """
        task = self._labels.task
        outputs = self._outputs(X, IdentityOutput())
        if task == "binary":
            return np.hstack([log_expit(-outputs), log_expit(outputs)])
        return log_expit(outputs) if task == "multilabel" else log_softmax(outputs, axis=1)

    @property
    def classes_(self) -> NDArray[Any]:
        """The class labels."""
        targets = vars(self).get("_targets")
        if targets is None:
            raise NotFittedError(
                f"this {type(self).__name__} has no classes_ yet: call fit or partial_fit first, "
                "or assign them together with coefs_ and intercepts_"
            )
        return targets.classes

    @classes_.setter
    def classes_(self, classes: ArrayLike) -> None:
        multilabel = isinstance(vars(self).get("_targets"), Indicators)
        self._targets = (Indicators if multilabel else Labels)(np.asarray(classes))

    @property
    def _labels(self) -> Targets:
        """The labels, for predictions."""
        n_outputs = self._fitted_model().layers.n_outputs
        labels = self._known_targets()
        self._check_outputs(labels, n_outputs)
        return labels

    def _check_outputs(self, targets: Targets, n_outputs: int) -> None:
        if targets.n_outputs != n_outputs:
            raise ValueError(
                f"coefs_ give {counted(n_outputs, 'output')}, but the {len(self.classes_)} classes "
                f"of classes_ need {targets.n_outputs}"
            )

    def _output_of_assigned(self, n_outputs: int) -> Output:
        labels = vars(self).get("_targets")
        one_class = labels is not None and len(labels.classes) == 1
        task = "binary" if n_outputs == 1 and not one_class else "multiclass"
        if isinstance(labels, Indicators):
            task = "multilabel"
        return self._loss().for_task(task).output

    def _targets_of_assigned(self, n_outputs: int) -> Targets | None:
        return vars(self).get("_targets")

    def _check_y(self, y: Any, dtype: DTypeLike, known: bool = False) -> NDArray[Any]:
        return check_labels(y, known)

    def _learn_targets(self, y: NDArray[Any]) -> Labels:
        return Labels.of(y)

    def _class_factors(self, part: Part, targets: Targets) -> list[NDArray[Any]] | None:
        return class_factors(self.class_weight, part.y, targets, part.weight)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _labels_of_stream(y: NDArray[Any], known: Labels | None, classes: ArrayLike | None) -> Labels:
    """The labels of a stream, from the first call of partial_fit on; later calls must match."""
    if y.ndim == 2:
        return _label_columns_of_stream(y, known, classes)
    classes = None if classes is None else check_classes(classes)
    if known is None:
        if classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        return Labels(classes)
    if classes is not None and not np.array_equal(classes, known.classes):
        raise ValueError(
            f"classes={classes.tolist()} differs from the classes of the earlier calls, "
            f"{known.classes.tolist()}"
        )
    return known


def _label_columns_of_stream(
    y: NDArray[Any], known: Labels | None, classes: ArrayLike | None
) -> Labels:
    """The same for an indicator matrix: classes may name its columns, or be [0, 1]."""
    labels = known or Labels.of(y)
    names = None if classes is None else np.asarray(classes)
    if names is not None and (
        names.ndim != 1 or (len(names) != len(labels.classes) and not np.array_equal(names, [0, 1]))
    ):
        raise ValueError(
            f"classes={names.tolist()} must name the "
            f"{counted(len(labels.classes), 'label column')} of y, or be [0, 1], the values in each"
        )
    return labels


class BPRegressor(RegressorMixin, BaseBP):
    """Regression by a multilayer network trained by back-propagation.

    One or many outputs. Sparse X is trained at the cost of its stored entries, and gives the model
    that the same X in dense form would give.

    Parameters
    ----------
    hidden_layer_sizes : int, sequence of int or str, default=(100,)
        Units of each hidden layer; also as text, such as "64-32", which parameter searches,
        configuration files and tables can hold. ``()`` is linear regression.
    activation : str, Activation or sequence of these, default="relu"
        Activation of the hidden layers, or one for each: "identity", "logistic", "tanh",
        "softsign", "hard_sigmoid", "relu", "leaky_relu", "elu", "selu", "softplus", "silu", "gelu",
        "mish", or an instance, such as `sk_bp.activations.LeakyReLU`. `sk_bp.activations` has a
        table of all.
    loss : str or Loss, default="squared_error"
        What is made small, summed over the outputs. Errors: "squared_error" (half of it),
        "absolute_error", "huber" and "log_cosh", and "pinball" for quantiles. Deviances with a
        positive prediction: "poisson", "gamma" and "tweedie". Instances carry parameters, such as
        ``Huber(delta=0.5)`` or ``Pinball([0.1, 0.5, 0.9])`` of `sk_bp.losses`. docs/losses.md says
        which to choose.
    out_activation : str, Activation or None, default=None
        Activation of the outputs, for targets of a known range: "logistic" or "hard_sigmoid" for
        [0, 1], "tanh" or "softsign" for [-1, 1], "softplus" or "relu" for y >= 0, and any other of
        `sk_bp.activations` that never falls. Targets outside the range are refused. None means what
        belongs to the loss. Deviances, whose predictions are positive by themselves, refuse it. The
        targets are not scaled then, and the output biases start from the best constant prediction.
    optimizer : str or Optimizer, default="rmsprop"
        A name, or an instance with its own hyperparameters, such as ``RMSProp(rho=0.95)``. By
        batches: "sgd", "rmsprop", "adagrad", "adadelta", "adam", "adamw", "adamax", "amsgrad",
        "nadam", "radam", "lion", "prodigy". With all samples at once: "rprop", "lbfgs",
        "conjugate_gradient", and for small networks "levenberg_marquardt" and
        "bayesian_regularization". `sk_bp.optimizers` has a table of all.
    learning_rate : float, Schedule, "auto" or None, default=None
        Learning rate, positive, or a schedule. None means in `fit` a cosine to zero over the whole
        fit, and "auto" a rate that is found by short trials; see `BPClassifier`. Refused by
        optimizers that choose their steps themselves.
    batch_size : int or "auto", default="auto"
        Samples in a batch; "auto" chooses by the number of samples, see `BPClassifier`.
    max_iter : int or "auto", default="auto"
        Epochs at most (with `warm_start`, in each call). "auto" means as many as make 2,500 steps,
        but at least 20 and at most 100; where fewer than 5 % of the values of X are not zero, as in
        text, as many as make 500 steps, but at least 12.
    alpha : float or "auto", default="auto"
        Strength of the L2 penalty; see `BPClassifier`.
    weight_decay : float or "auto", default="auto"
        Strength of the decoupled weight decay; see `BPClassifier`.
    l1 : float, default=0.0
        The L1 penalty, which makes weights exactly zero; see `BPClassifier`.
    dropout : float or sequence of float, default=0.0
        The probability that a hidden unit is left out of a step, for each sample anew; one number,
        or one for each hidden layer, in [0, 1). See `BPClassifier`.
    input_dropout : float, default=0.0
        The same for the features of each sample, in [0, 1).
    max_grad_norm : float or None, default=None
        The gradient of a batch, over all weights and biases, is scaled down to this norm if it is
        longer. None means no limit.
    init : str or (coefs, intercepts), default="auto"
        Distribution of the initial weights: "glorot_uniform", "glorot_normal", "he_uniform",
        "he_normal", "lecun_uniform", "lecun_normal", "orthogonal", or "auto", which chooses by the
        activation of each layer (`sk_bp.activations` says how). "data" scales each layer so that
        what it computes from a batch of the training samples, before its activation, has variance 1
        (Mishkin & Matas 2016), and lets the output biases be the best constant prediction; all
        other biases start at zero. Or weights to begin from, shaped as `coefs_` and `intercepts_`
        will be; they are copied.
    scaling : bool or "auto", default="auto"
        Whether to train in units in which the columns of X and the targets are of about the size
        of 1; see `BPClassifier`. With several targets one factor scales all, so that their errors
        count as they are; scale targets of different units yourself.
    shuffle : bool, default=True
        Whether each epoch takes the samples in a new random order.
    tol : float or None, default=1e-4
        An epoch counts as progress if it lowers the loss by more than this times the loss of the
        best constant prediction, half the variance of y; see `BPClassifier`. None trains exactly
        `max_iter` epochs.
    n_iter_no_change : int, default=10
        Consecutive epochs without progress that are tolerated.
    target_loss : float or None, default=None
        A training loss (`loss_`) that is good enough: an epoch that reaches it is the last one.
    max_time : float or None, default=None
        Seconds of training after which no further epoch begins; see `BPClassifier`.
    early_stopping : bool, default=False
        Whether to stop by the score on held-out samples, and keep the weights of the best epoch.
    validation_fraction : float, default=0.1
        Share of the samples held out if `early_stopping` and no X_val is given.
    scoring : str, callable or None, default="loss"
        Score of held-out samples; see `BPClassifier`.
    warm_start : bool, default=False
        Whether another call of `fit` goes on from where the last one ended.
    random_state : int, RandomState or None, default=None
        Of the initial weights, the shuffling and the split.
    verbose : int, default=0
        1 prints where training stands: on a terminal a line that is kept up to date, else a line a
        second. 2 prints a line for each epoch.
    n_restarts : int, default=0
        How many further times to train, each from other initial weights; the network with the
        lowest training loss is kept, or with held-out samples that with the highest score. Not
        with `partial_fit`; a warm start goes on with the one that was kept.
    n_models : int, default=1
        How many networks to keep, each trained from other initial weights; the mean of their
        predictions is predicted. With `n_restarts`, the best of all that were trained are kept.
    n_jobs : int or None, default=None
        How many networks to train at a time, in threads of joblib. None means 1, -1 one for each
        processor.
    record_gradient_norms : bool, default=False
        Whether `history_` holds the norm of each layer's gradient, for `GradientFlowDisplay`. An
        epoch takes up to 6 % longer then, on wide sparse X up to 10 %.
    average : {"ema", "tail"}, Average or None, default=None
        Average of the weights over the epochs, which takes their place in `coefs_`, in predictions
        and in the scores of held-out samples: exponential (`sk_bp.averages.EMA`) or over the last
        part of training (`sk_bp.averages.TailAverage`). It pays where a constant learning rate
        keeps the weights moving. Refused by optimizers that choose their steps themselves.

    Attributes
    ----------
    coefs_, intercepts_ : tuple of ndarray
        Weights and biases of each layer; can be assigned.
    coef_, intercept_ : ndarray, ndarray or float
        Of a linear model, as scikit-learn's linear models have them: of shape (n_features,) and a
        number for one output, else (n_outputs, n_features) and (n_outputs,).
    n_features_in_, n_layers_, n_outputs_, n_iter_, n_steps_, t_ : int
        As in `BPClassifier`.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, if X had names that are all strings.
    out_activation_ : str
        Activation of the outputs: the name of `out_activation`, or without it "identity",
        "exponential" with deviances, and "sorted" with several quantiles.
    batch_size_, max_iter_, alpha_, weight_decay_ : int, int or None, float, float
        What these parameters stood for in the last call; no max_iter_ after `partial_fit`.
    loss_, best_loss_, learning_rate_ : float
        As in `BPClassifier`.
    auto_learning_rate_ : float or None
        As in `BPClassifier`.
    learning_rate_trials_ : dict of float to float or None
        As in `BPClassifier`.
    loss_curve_, validation_scores_ : list of float
        As in `BPClassifier`.
    best_validation_score_ : float or None
        As in `BPClassifier`.
    best_epoch_ : int or None
        As in `BPClassifier`.
    history_ : dict of list
        As in `BPClassifier`.
    end_reason_ : str or None
        As in `BPClassifier`.
    best_restart_ : int
        As in `BPClassifier`.
    estimators_ : list of BPRegressor
        As in `BPClassifier`.

    See Also
    --------
    BPClassifier : Classification by such a network.

    Examples
    --------
    >>> import numpy as np
    >>> from sk_bp import BPRegressor
    >>> X = np.linspace(-1, 1, 50)[:, None]
    >>> reg = BPRegressor((), learning_rate=0.01, max_iter=500, tol=None, random_state=0)
    >>> reg.fit(X, 4 + 3 * X[:, 0]).predict([[0.0], [1.0]]).round(1)
    array([4., 7.])
    """

    _tasks = ("regression",)

    _parameter_constraints: dict[str, list[Any]] = {
        **BaseBP._parameter_constraints,
        "loss": [StrOptions(set(losses_for(*_tasks))), *losses_for(*_tasks).values()],
        "out_activation": [None, StrOptions(set(OUT_ACTIVATIONS)), Activation],
    }

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] | str = (100,),
        activation: str | Activation | Sequence[str | Activation] = "relu",
        *,
        loss: str | Loss = "squared_error",
        out_activation: str | Activation | None = None,
        optimizer: str | Optimizer = "rmsprop",
        learning_rate: float | Schedule | Callable[[int], float] | Literal["auto"] | None = None,
        batch_size: int | Literal["auto"] = "auto",
        max_iter: int | Literal["auto"] = "auto",
        alpha: float | Literal["auto"] = "auto",
        weight_decay: float | Literal["auto"] = "auto",
        l1: float = 0.0,
        dropout: float | Sequence[float] = 0.0,
        input_dropout: float = 0.0,
        max_grad_norm: float | None = None,
        init: str | Sequence[Any] = "auto",
        scaling: bool | Literal["auto"] = "auto",
        shuffle: bool = True,
        tol: float | None = 1e-4,
        n_iter_no_change: int = 10,
        target_loss: float | None = None,
        max_time: float | None = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        scoring: str | Callable[..., float] | None = "loss",
        warm_start: bool = False,
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
        n_restarts: int = 0,
        n_models: int = 1,
        n_jobs: int | None = None,
        record_gradient_norms: bool = False,
        average: str | Average | None = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.loss = loss
        self.out_activation = out_activation
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.alpha = alpha
        self.weight_decay = weight_decay
        self.l1 = l1
        self.dropout = dropout
        self.input_dropout = input_dropout
        self.max_grad_norm = max_grad_norm
        self.init = init
        self.scaling = scaling
        self.shuffle = shuffle
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.target_loss = target_loss
        self.max_time = max_time
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.scoring = scoring
        self.warm_start = warm_start
        self.random_state = random_state
        self.verbose = verbose
        self.n_restarts = n_restarts
        self.n_models = n_models
        self.n_jobs = n_jobs
        self.record_gradient_norms = record_gradient_norms
        self.average = average

    @available_if(can_partial_fit)
    def partial_fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Go once through these samples, from where the last call ended.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights, not negative.

        Returns
        -------
        self : object
            The estimator, one epoch further on.

        Raises
        ------
        ValueError, TypeError
            If a parameter or the data is not valid. The model stays as it was.
        AttributeError
            If the optimizer needs all samples at once, or `n_restarts` is set.

        Notes
        -----
        Weights count over the whole stream; see `BPClassifier.partial_fit`.
        """
        self._check_params()
        return self._partial_fit(X, y, sample_weight, partial(self._targets_of_stream, None))

    def _targets_of_stream(self, classes: None, y: NDArray[Any], known: Values | None) -> Values:
        return known or Values.of(y)

    def predict(self, X: Any) -> NDArray[Any]:
        """Predict target values.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predicted values; with several quantiles, one column for each.
        """
        outputs = self._outputs(X, None)
        return self._known_targets().decode(outputs)

    def _out_activation(self) -> Activation:
        if self.out_activation is None:
            return Identity()
        if not isinstance(self._loss(), ErrorLoss):
            raise ValueError(
                f"loss={self.loss!r} has an output activation of its own; leave "
                f"out_activation=None, got {self.out_activation!r}"
            )
        return named(self.out_activation, OUT_ACTIVATIONS, "out_activation")

    def score(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> float:
        """R² of the predictions; of several quantiles the mean D², which is the same for quantiles.

        D² is 1 minus the pinball loss beside that of the quantile of y, a constant; see
        `sklearn.metrics.d2_pinball_score`. The best is 1, and 0 is as good as a constant.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Their targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights, not negative.

        Returns
        -------
        score : float
            The higher the better.
        """
        loss = self._loss().for_task("regression")
        if not isinstance(loss, Quantiles):
            return super().score(X, y, sample_weight)
        predicted, y = self.predict(X), column_or_1d(y)
        pairs = zip(np.atleast_1d(loss.quantile), predicted.T, strict=True)
        scores = [
            d2_pinball_score(y, column, sample_weight=sample_weight, alpha=quantile)
            for quantile, column in pairs
        ]
        return float(np.mean(scores))

    @property
    def _is_positive(self) -> bool:
        """Whether out_activation, if it is valid, has no negative values."""
        try:
            bounds = self._out_activation().bounds
        except (ValueError, TypeError):
            return False
        return bounds is not None and bounds[0] >= 0

    def _check_targets(self, targets: Targets, y: NDArray[Any], name: str = "y") -> None:
        super()._check_targets(targets, y, name)
        activation = self._out_activation()
        if activation.bounds is not None:
            check_bounds(y, activation.bounds, str(activation), name)

    def _output_of_assigned(self, n_outputs: int) -> Output:
        return self._loss().for_task("regression").output

    def _targets_of_assigned(self, n_outputs: int) -> Targets:
        return Values(n_outputs // self._loss().for_task("regression").outputs_per_target)

    def _check_y(self, y: Any, dtype: DTypeLike, known: bool = False) -> NDArray[Any]:
        return check_values(y, dtype)

    def _learn_targets(self, y: NDArray[Any]) -> Values:
        return Values.of(y)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        loss = self._loss_if_valid()
        if loss is not None:
            task_loss = loss.for_task("regression")
            tags.target_tags.multi_output = task_loss.outputs_per_target == 1
            tags.target_tags.positive_only = task_loss.positive_only or self._is_positive
        return tags
