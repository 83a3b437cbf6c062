"""Smaller models: without the state of training, and without columns that were never trained."""

from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from sk_bp.advice import counted
from sk_bp.base import BaseBP
from sk_bp.data import check_X
from sk_bp.run import Run
from sk_bp.weights.exchange import load_state_dict, state_dict

_Estimator = TypeVar("_Estimator", bound=BaseBP)


def drop_training_state(estimator: _Estimator) -> _Estimator:
    """Let go of all that a fitted estimator needs for further training only.

    These are the arrays of the optimizer, each as large as the weights, which a pickle holds after
    `partial_fit` or with ``warm_start=True``, beside averaged weights those of the last step, and
    what `resume_fit` needs. Predictions do not change. Further training is possible, but begins
    with a new state of the optimizer, and says so.

    Parameters
    ----------
    estimator : BPClassifier or BPRegressor
        Fitted; changed in place.

    Returns
    -------
    estimator : BPClassifier or BPRegressor
        The same estimator.

    Examples
    --------
    >>> import pickle
    >>> import numpy as np
    >>> from sk_bp import BPClassifier
    >>> from sk_bp.weights import drop_training_state
    >>> X = np.random.default_rng(0).normal(size=(50, 200))
    >>> stream = BPClassifier(optimizer="adam").partial_fit(X, X[:, 0] > 0, classes=[False, True])
    >>> before = len(pickle.dumps(stream))
    >>> round(before / len(pickle.dumps(drop_training_state(stream))))
    3
    """
    for member in estimator._fitted_model().members:
        if isinstance(member, Run):
            member.drop_training_state()
    estimator.__dict__.pop("_unfinished", None)
    return estimator


class ColumnSelector(TransformerMixin, BaseEstimator):
    """Takes some columns of X; the first step of the Pipeline that `prune_columns` returns.

    Parameters
    ----------
    columns : array-like of int
        The numbers of the columns to take, rising.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if all are strings.

    Examples
    --------
    >>> from sk_bp.weights import ColumnSelector
    >>> ColumnSelector([0, 2]).fit_transform([[1.0, 2.0, 3.0]])
    array([[1., 3.]])
    """

    def __init__(self, columns: ArrayLike) -> None:
        self.columns = columns

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the number and names of the columns of X.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.
        y : None, default=None
            Not used.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If X does not have all the columns.
        """
        check_X(self, X, dtype=(np.float64, np.float32), reset=True)
        columns = np.asarray(self.columns)
        if columns.ndim != 1 or columns.dtype.kind not in "iu":
            raise ValueError(f"columns must be whole numbers, got {self.columns!r}")
        if len(columns) and not 0 <= columns.min() <= columns.max() < self.n_features_in_:
            raise ValueError(
                f"columns has numbers from {columns.min()} to {columns.max()}, but X has "
                f"{counted(self.n_features_in_, 'column')}"
            )
        return self

    def transform(self, X: Any) -> Any:
        """Return the columns.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        selected : {ndarray, CSR matrix} of shape (n_samples, n_columns)
        """
        check_is_fitted(self, "n_features_in_")
        X = check_X(self, X, dtype=(np.float64, np.float32), reset=False)
        columns = np.asarray(self.columns)
        if not issparse(X):
            return np.ascontiguousarray(X[:, columns])
        place = np.full(self.n_features_in_, -1, np.int32)
        place[columns] = np.arange(len(columns))
        found = place[X.indices]
        kept = found >= 0
        starts = np.concatenate(([0], np.cumsum(kept)))[X.indptr]
        return type(X)((X.data[kept], found[kept], starts), shape=(X.shape[0], len(columns)))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """Names of the columns that are taken.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the columns of X, if it had none.

        Returns
        -------
        names : ndarray of str
        """
        check_is_fitted(self, "n_features_in_")
        return _check_feature_names_in(self, input_features)[np.asarray(self.columns)]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def prune_columns(estimator: BaseBP, X: Any = None) -> Pipeline:
    """A smaller model, without the weights of columns that training has never seen.

    Of hashed text, most columns may never occur in the training samples. Their rows of the first
    layer hold the random numbers of the start, and take as much memory as the others.

    Parameters
    ----------
    estimator : BPClassifier or BPRegressor
        Fitted; it is not changed.
    X : {array-like, sparse matrix} of shape (n_samples, n_features), default=None
        The training samples: columns that are zero in all of them are left out. None means that
        the optimizer's state tells which columns have never had a gradient. It does for all rules
        that adapt to the gradient, such as RMSProp and Adam, as long as it is kept: after
        `partial_fit`, or `fit` in the same process. (A column that occurred only in samples for
        which all hidden units were off had no gradient either, and is left out too.)

    Returns
    -------
    model : Pipeline
        A `ColumnSelector`, and an estimator that has the remaining columns, as if it had been given
        its weights: it has no record of training.

    Raises
    ------
    ValueError
        If X is None, and there is no state that tells.

    Notes
    -----
    The model predicts for x what the given one predicts for x with 0 in the columns left out. So
    for samples without entries there, predictions are the same, up to rounding. For others, z of
    hidden unit j changes by at most the sum of ``|x_c| |W_cj|`` over these columns c, with random
    weights W.

    Examples
    --------
    >>> from sklearn.feature_extraction.text import HashingVectorizer
    >>> from sk_bp import BPClassifier
    >>> from sk_bp.weights import prune_columns
    >>> texts, y = ["red green", "blue", "green blue"], [0, 1, 1]
    >>> X = HashingVectorizer(n_features=2**16).transform(texts)
    >>> model = prune_columns(BPClassifier(random_state=0).fit(X, y), X)
    >>> model[-1].n_features_in_
    3
    """
    kept = _trained_columns(estimator) if X is None else _columns_of(estimator, X)
    columns = np.flatnonzero(kept)
    if len(columns) == 0:
        columns = np.array([0])  # a network has at least one input
    state = state_dict(estimator)
    state["coefs_0"] = np.ascontiguousarray(state["coefs_0"][..., columns, :])
    names = state.pop("feature_names", None)
    selector = ColumnSelector(columns)
    selector.n_features_in_ = estimator.n_features_in_
    if names is not None:
        selector.feature_names_in_ = names.astype(object)
    small = load_state_dict(estimator._blank(), state)
    return Pipeline([("columns", selector), ("network", small)])


def _columns_of(estimator: BaseBP, X: Any) -> NDArray[np.bool_]:
    """Which columns are not zero in all samples."""
    X = check_X(estimator, X, dtype=(np.float64, np.float32), reset=False)
    if not issparse(X):
        return (X != 0).any(axis=0)
    return np.bincount(X.indices[X.data != 0], minlength=X.shape[1]) > 0


def _trained_columns(estimator: BaseBP) -> NDArray[np.bool_]:
    """Which columns have had a gradient in one of the networks, by the optimizer's state."""
    trained = np.zeros(estimator._fitted_model().layers.units[0], dtype=bool)
    for member in estimator._fitted_model().members:
        slots = member.state.optimizer.slots if isinstance(member, Run) else []
        if not slots:
            raise ValueError(
                "X=None needs an optimizer whose state tells which columns were trained, and that "
                "the state is kept: pass the training samples as X"
            )
        member.trained  # noqa: B018  # brings the state up to date
        for slot in slots:
            trained |= member.layers.split(slot)[0].any(axis=1)
    return trained
