"""What BPClassifier and BPRegressor share: the scikit-learn contract around training."""

import warnings
from abc import ABCMeta, abstractmethod
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from functools import partial

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, _fit_context
from sklearn.exceptions import ConvergenceWarning, UndefinedMetricWarning
from sklearn.metrics import check_scoring
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_consistent_length, validate_data

from sk_bp.activations import Identity
from sk_bp.endings import Ending
from sk_bp.fitted import Weights
from sk_bp.network import Network
from sk_bp.parameters import Parameters, needs_all_samples
from sk_bp.progress import Course, Progress
from sk_bp.restarts import train_several
from sk_bp.samples import CSR, Rows, check_sparse_structure, naming
from sk_bp.threads import single_threaded_blas
from sk_bp.training import INITIAL_WEIGHTS, MAX_ITER, SPLIT, Patience, generator
from sk_bp.weights import check_weight


class BaseBP(Parameters, Progress, Weights, BaseEstimator, metaclass=ABCMeta):
    """What classifier and regressor share."""

    # ------------------------------------------------------------------ data

    @abstractmethod
    def _check_y(self, y, dtype, known=False):
        """Return y checked; known: it will be compared with what earlier calls have seen."""

    @abstractmethod
    def _learn_targets(self, y):
        """Set what is known of the targets from all of y: classes, number of outputs."""

    @abstractmethod
    def _match_targets(self, y, name="y"):
        """Raise ValueError if y does not fit what the model knows."""

    @abstractmethod
    def _encode(self, y, dtype):
        """Return y as the core reads it."""

    def _check_outputs(self):
        """Raise ValueError if the network, whose weights may be assigned, has not the outputs."""

    def _class_factors(self, y, weight):
        """What class weights multiply samples by; None where there are none."""
        return None

    def _weigh(self, factors, y, weight):
        """Multiply weights by class factors."""
        return weight

    @property
    @abstractmethod
    def _task_loss(self):
        """The loss, as the task uses it."""

    @abstractmethod
    def _output_for(self, n_outputs):
        """The output activation of a network with so many outputs."""

    def _check_X(self, X, *, reset, dtype=(np.float64, np.float32), name="X"):
        """Return X checked, dense in C order or as a SciPy CSR matrix."""
        given_format = X.format if issparse(X) else None
        check_sparse_structure(X, name)
        with naming(name, "X"):
            X = validate_data(self, X, accept_sparse="csr", dtype=dtype, order="C", reset=reset)
        if issparse(X):
            check_sparse_structure(X, name, given_format)  # lil and dok show their indices only now
            if X.shape[1] > np.iinfo(np.int32).max:
                raise ValueError(
                    f"{name} has {X.shape[1]} features; at most 2^31 - 1 are supported"
                )
        return X

    def _rows(self, X, y, weight):
        """Checked samples as the core reads them, without those of weight zero."""
        if weight is not None and not (weight > 0).all():
            kept = weight > 0
            if not kept.any():
                raise ValueError("class_weight and sample_weight leave no sample with a weight")
            X, y, weight = X[kept], y[kept], weight[kept]
        encoded = self._encode(y, X.dtype)
        return Rows(CSR.of(X) if issparse(X) else X, encoded, weight)

    # ------------------------------------------------------------------ fitting

    @contextmanager
    def _unchanged_on_error(self):
        """If the block raises, the estimator is as it was."""
        before = dict(vars(self))
        try:
            yield
        except Exception:
            kept = vars(self).pop("_kept", None)
            if kept is not None:
                self._training.go_back(kept)
            vars(self).clear()
            vars(self).update(before)
            raise
        vars(self).pop("_kept", None)

    def _keep_for_error(self):
        """Copy what further training changes in place, so that an error can undo it."""
        self._kept = self._training.snapshot()
        self.history_ = {name: list(values) for name, values in self.history_.items()}
        self._patience = copy(self._patience)

    def _start(self, dtype, seed=None):
        """Begin anew: draw weights, forget the past."""
        hidden = self._hidden_units()
        activations = self._activations(len(hidden))
        activations = (*activations, Identity())
        by_activation = [activation.initializer for activation in activations]
        if seed is None:
            seed = self._draw_seed()
        self._adopt(
            Network.random(
                (self.n_features_in_, *hidden, self.n_outputs_),
                activations,
                self._task_loss.output,
                by_activation if self.init == "auto" else [self.init] * len(by_activation),
                dtype,
                partial(generator, seed, INITIAL_WEIGHTS),
            )
        )
        self._begin_history(seed)

    def _draw_seed(self):
        return int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))

    def _go_on(self):
        """Make sure that the network at hand is the one that the parameters describe."""
        hidden = self._hidden_units()
        units = (self.n_features_in_, *hidden, self.n_outputs_)
        activations = (*self._activations(len(hidden)), Identity())
        if self._network.units != units or self._network.activations != activations:
            raise ValueError(
                f"the fitted network has layers {self._network.units} with activations "
                f"{_listed(self._network.activations)}, but hidden_layer_sizes, activation, X and "
                f"y now ask for {units} with {_listed(activations)}; set warm_start=False and fit "
                "anew"
            )
        self._check_outputs()
        if self._training is None:  # the weights were assigned
            self._begin_history(self._draw_seed())

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None, *, X_val=None, y_val=None, sample_weight_val=None):
        """Train the network.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training samples. float32 is trained in float32, all else in float64. Sparse matrices
            of every format are trained as they are, at the cost of their stored entries.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights, not negative. Samples of weight zero are left out from the start.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Samples to score after each epoch. With ``early_stopping=True`` they take the place of
            the part that would be split off X.
        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            Their targets.
        sample_weight_val : array-like of shape (n_val,), default=None
            Their weights.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError, TypeError
            If a parameter or the data is not valid; a model fitted before stays as it was.

        Warns
        -----
        ConvergenceWarning
            If max_iter ends the training, or if it had to stop because the loss or the gradient
            became infinite or grew without bound. The weights are finite in any case.

        Notes
        -----
        After a KeyboardInterrupt the estimator is fitted as far as it came.
        """
        with self._unchanged_on_error():
            going_on = self.warm_start and hasattr(self, "_network")
            X, y, weight, held_out = self._check_data(
                X, y, sample_weight, X_val, y_val, sample_weight_val, going_on
            )
            if going_on:
                self._go_on()
                self._keep_for_error()
                self._take_loss()
                self._tell_lost_state()
            else:
                self._start(X.dtype)
            factors = self._class_factors(y, weight)
            if self.early_stopping and held_out is None:
                X, y, weight, held_out = self._split(X, y, weight, factors)
            rows = self._rows(X, y, self._weigh(factors, y, weight))
            with single_threaded_blas():
                if self.n_restarts and not going_on:
                    warning = train_several(self, rows, held_out, factors)
                else:
                    warning = self._train(rows, self._validation(held_out, factors))
        if warning:
            warnings.warn(warning, ConvergenceWarning, stacklevel=3)
        return self

    def _partial_fit(self, X, y, sample_weight, learn_targets):
        """Go once through the samples."""
        with self._unchanged_on_error():
            going_on = hasattr(self, "_network")
            dtype = self._network.dtype if going_on else (np.float64, np.float32)
            X = self._check_X(X, reset=not going_on, dtype=dtype)
            y = self._check_y(y, X.dtype, known=going_on)
            check_consistent_length(X, y)
            weight = check_weight(sample_weight, X, all_zero=True)
            learn_targets(y)
            self._match_targets(y)
            if going_on:
                self._go_on()
            else:
                self._start(X.dtype)
            weight = self._weigh(self._class_factors(y, weight), y, weight)
            if weight is not None and not (weight > 0).any():
                return self  # nothing to learn from
            rows = self._rows(X, y, weight)
            settings = replace(self._settings(rows), stream=True)
            self._take_loss()
            self._tell_lost_state()
            with single_threaded_blas():
                epoch = self._training.epoch(rows, settings)
            self._training.keeps_state = True
            self._record(epoch)
            self._thin_history()
            self.stop_reason_ = None
        if epoch.interrupted:
            raise KeyboardInterrupt
        if epoch.trouble:
            warnings.warn(self._advice(epoch, settings), ConvergenceWarning, stacklevel=3)
        return self

    def _tell_lost_state(self):
        """Warn once if training goes on after a pickle that did not hold the optimizer's state."""
        if self._training.state_lost:
            self._training.state_lost = False
            warnings.warn(
                "the optimizer's state was not in the pickle of this model and starts afresh, so "
                "that the loss may rise at first; set warm_start=True before pickling to keep it",
                stacklevel=4,
            )

    def _take_loss(self):
        """Go on with the loss that the parameters name; with another one, state starts afresh."""
        training, loss = self._training, self._task_loss
        if training.loss == loss:
            return
        if loss.output != self._network.output:
            raise ValueError(
                f"loss={self.loss!r} needs {loss.output.core_name} outputs, but the fitted network "
                f"has {self._network.output.core_name} outputs; set warm_start=False and fit anew"
            )
        training.settle()
        training.forget()
        training.loss, training.start_loss, training.largest_floor = loss, None, 0.0
        self._patience = Patience(self.tol, self.n_iter_no_change)
        self.best_epoch_ = self.best_validation_score_ = None

    def _check_data(self, X, y, sample_weight, X_val, y_val, sample_weight_val, going_on):
        """Return what fit is given, checked: X, y, weights, and the held-out samples if any."""
        self._check_optimizer()
        if X_val is None and (y_val is not None or sample_weight_val is not None):
            raise ValueError("y_val and sample_weight_val need X_val")
        if X_val is not None and y_val is None:
            raise ValueError("X_val needs y_val")
        dtype = self._network.dtype if going_on else (np.float64, np.float32)
        same_width = going_on and getattr(X, "shape", (0, 0))[1:] == (self.n_features_in_,)
        X = self._check_X(X, reset=not same_width, dtype=dtype)
        if y is None:
            raise ValueError(
                f"This {type(self).__name__} estimator requires y to be passed, but the target y "
                "is None."
            )
        y = self._check_y(y, X.dtype)
        check_consistent_length(X, y)
        weight = check_weight(sample_weight, X)
        if going_on:
            self._match_targets(y)
        else:
            self._learn_targets(y)
        if X_val is None:
            return X, y, weight, None
        X_val = self._check_X(X_val, reset=False, dtype=X.dtype, name="X_val")
        with naming("y_val", "y"):
            y_val = self._check_y(y_val, X.dtype)
            check_consistent_length(X_val, y_val)
        self._match_targets(y_val, name="y_val")
        weight_val = check_weight(sample_weight_val, X_val, name="sample_weight_val")
        return X, y, weight, (X_val, y_val, weight_val)

    def _split(self, X, y, weight, factors):
        """Hold out a part of the samples that count; stratified by class where that can be done."""
        counts = self._weigh(factors, y, weight)
        kept = np.arange(X.shape[0]) if counts is None else np.flatnonzero(counts > 0)
        strata = self._strata(y[kept])
        n_held_out = int(np.ceil(self.validation_fraction * len(kept)))
        if strata is not None:
            counts = np.unique(strata, return_counts=True)[1]
            if counts.min() < 2 or min(n_held_out, len(kept) - n_held_out) < len(counts):
                warnings.warn(
                    f"early_stopping=True: {len(kept)} samples of {len(counts)} classes, the "
                    f"rarest with {counts.min()}, cannot be split by class with "
                    f"validation_fraction={self.validation_fraction!r}; the split ignores classes",
                    stacklevel=4,
                )
                strata = None
        try:
            train, held_out = train_test_split(
                kept,
                test_size=self.validation_fraction,
                stratify=strata,
                random_state=int(generator(self._training.seed, SPLIT).integers(2**31)),
            )
        except ValueError as error:
            raise ValueError(
                f"early_stopping=True with validation_fraction={self.validation_fraction!r}: "
                f"{error}"
            ) from error
        parts = [(X[i], y[i], None if weight is None else weight[i]) for i in (train, held_out)]
        return *parts[0], parts[1]

    def _strata(self, y):
        """What a split should keep the shares of; None for nothing."""
        return None

    def _train(self, rows, validation):
        """Make up to max_iter epochs; return what the user should be warned of, if anything."""
        settings = self._settings(rows)
        course = Course(self, validation, settings, rows)
        self.stop_reason_ = Ending.INTERRUPTED.name.lower()  # unless it comes to another end
        try:
            reason = self._training.train(rows, settings, self.max_iter, course.after_epoch)
        finally:
            self._training.settle()
            course.restore_best()
            self._training.keeps_state = bool(self.warm_start)
        self.stop_reason_ = course.stop_reason(reason).name.lower()
        if course.advice:
            return course.advice
        if reason != MAX_ITER:
            self._patience.count = 0
            return reason
        if self.tol is None:
            return None
        return (
            f"{type(self).__name__} stopped at max_iter={self.max_iter} epochs without having "
            f"converged: there were not n_iter_no_change={self.n_iter_no_change} epochs in a row "
            f"without an improvement by tol={self.tol:g}. Raise max_iter or learning_rate, or set "
            "tol=None to train exactly max_iter epochs."
        )

    def _validation(self, held_out, factors):
        """A function that scores the held-out samples, higher being better; None without any."""
        if held_out is None:
            return None
        X, y, weight = held_out
        if self.scoring == "loss":
            rows = self._rows(X, y, self._weigh(factors, y, weight))
            return lambda: -self._training.mean_loss(rows)
        scorer = check_scoring(self, self.scoring)
        where = f"scoring={self.scoring!r} cannot score the {X.shape[0]} held-out samples"
        remedy = f"; choose another scoring, validation_fraction (now {self.validation_fraction})"
        remedy += " or X_val"
        probe = object.__new__(type(self))  # shares all, but asks for no feature names
        vars(probe).update(vars(self))
        vars(probe).pop("feature_names_in_", None)
        arguments = {} if weight is None else {"sample_weight": weight}

        def score():
            try:
                return float(scorer(probe, X, y, **arguments))
            except (ValueError, TypeError, AttributeError) as error:
                raise ValueError(f"{where}: {error}{remedy}") from error

        def first_score():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UndefinedMetricWarning)  # an error follows
                value = score()
            if np.isnan(value):
                raise ValueError(f"{where}: the score is NaN{remedy}")

        if not callable(self.scoring):  # known before training, at the cost of one prediction
            first_score()
        return score


def can_partial_fit(estimator):
    """Whether the estimator has `partial_fit`; raises AttributeError that says why not."""
    if needs_all_samples(estimator.optimizer):
        raise AttributeError(
            f"partial_fit does not support optimizer={estimator.optimizer!r}: it needs all samples "
            "at once"
        )
    if estimator.n_restarts:
        raise AttributeError(
            f"partial_fit does not support n_restarts={estimator.n_restarts!r}: it goes on "
            "from one set of weights"
        )
    return True


def _listed(activations):
    """The activations of the hidden layers, for an error."""
    return f"({', '.join(str(activation) for activation in activations[:-1])})"
