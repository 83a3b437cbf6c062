"""The activations of a hidden layer, as features for other models."""

from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import issparse
from sklearn.base import (
    ClassNamePrefixFeaturesOutMixin,
    MetaEstimatorMixin,
    TransformerMixin,
    clone,
)
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    _routing_enabled,
    process_routing,
)
from sklearn.utils.validation import check_is_fitted

from sk_bp.base import BaseBP
from sk_bp.data import check_X
from sk_bp.model import Model
from sk_bp.plain_numbers import PlainNumbers
from sk_bp.samples import CSR


class HiddenLayer(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, MetaEstimatorMixin, PlainNumbers
):
    """Transforms X into the activations of a hidden layer of a network.

    What a network has learned about X is often a good input for another model, such as nearest
    neighbours, or for a picture.

    Parameters
    ----------
    estimator : BPClassifier or BPRegressor
        The network. It is cloned and trained by `fit`; a trained one is used as it is inside
        `sklearn.frozen.FrozenEstimator`.
    layer : int, default=-1
        Which hidden layer, the first being 0; negative numbers count from the last one.

    Attributes
    ----------
    estimator_ : BPClassifier or BPRegressor
        The trained network.
    n_features_in_ : int
        Number of features of X.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if X had names that are all strings.

    See Also
    --------
    sklearn.feature_selection.SelectFromModel : Selects columns of X by the weights of a model.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from sk_bp import BPClassifier, HiddenLayer
    >>> X, y = load_iris(return_X_y=True)
    >>> network = BPClassifier((20, 3), activation="tanh", random_state=0)
    >>> model = make_pipeline(HiddenLayer(network), KNeighborsClassifier()).fit(X, y)
    >>> model[:-1].transform(X).shape
    (150, 3)
    >>> model.score(X, y) > 0.95
    True
    """

    def __init__(self, estimator: Any, layer: int = -1) -> None:
        self.estimator = estimator
        self.layer = layer

    def fit(self, X: Any, y: Any = None, **fit_params: Any) -> Self:
        """Train the network.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training samples.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
            Targets; needed unless the network is frozen.
        **fit_params : dict
            Passed to the network's `fit`, such as sample_weight; with metadata routing, those that
            it requests.

        Returns
        -------
        self : object

        Raises
        ------
        TypeError
            If the estimator is not a network of sk_bp.
        ValueError
            If the network has no such hidden layer.
        """
        if _routing_enabled():
            fit_params = process_routing(self, "fit", **fit_params).estimator.fit
        frozen = not isinstance(self.estimator, BaseBP)
        network = getattr(self.estimator, "estimator", None) if frozen else clone(self.estimator)
        if not isinstance(network, BaseBP):
            raise TypeError(
                "estimator must be a BPClassifier or BPRegressor, or a FrozenEstimator that holds "
                f"one, got {self.estimator!r}"
            )
        if frozen:
            check_is_fitted(network)
            self._place(len(network._fitted_model().layers.units) - 2)
        else:
            self._place(len(network._hidden_units()))
            network.fit(X, y, **fit_params)
        self.estimator_ = network
        return self

    def transform(self, X: Any) -> NDArray[Any]:
        """Compute the activations.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples.

        Returns
        -------
        activations : ndarray of shape (n_samples, n_units)
            With `n_models`, the units of all networks side by side.
        """
        check_is_fitted(self, "estimator_")
        model = self.estimator_._fitted_model()
        X = check_X(self.estimator_, X, reset=False, dtype=model.dtype)
        X = CSR.of(X) if issparse(X) else X
        layer = self._place(len(model.layers.units) - 2)
        return np.hstack([_activations(member, X, layer) for member in model.members])

    @property
    def n_features_in_(self) -> int:
        """Number of features of X."""
        return self.estimator_.n_features_in_

    @property
    def feature_names_in_(self) -> NDArray[Any]:
        """Names of the features."""
        return self.estimator_.feature_names_in_

    @property
    def _n_features_out(self) -> int:
        model = self.estimator_._fitted_model()
        units = model.layers.units[1:-1]
        return units[self._place(len(units))] * len(model.members)

    def _place(self, n_hidden: int) -> int:
        """The number of the layer, the first being 0."""
        layer = self.layer
        whole = isinstance(layer, Integral) and not isinstance(layer, bool)
        if not whole or not -n_hidden <= layer < n_hidden:
            raise ValueError(
                f"layer={layer!r} must be the number of a hidden layer; the network has {n_hidden}"
            )
        return int(layer) % n_hidden

    def get_metadata_routing(self) -> MetadataRouter:
        """What metadata the network requests.

        Returns
        -------
        routing : MetadataRouter
        """
        mapping = MethodMapping().add(caller="fit", callee="fit")
        router = MetadataRouter(owner=self)
        return router.add(estimator=self.estimator, method_mapping=mapping)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.required = True
        return tags


def _activations(model: Model, X: NDArray[Any] | CSR, layer: int) -> NDArray[Any]:
    """What a layer of a single network computes from samples."""
    scaled: Any = X if model.scaling is None else model.scaling.of_X(X)
    with model._network_for(scaled) as (network, columns):
        z = network.inputs_of(layer).predict(columns)
        return network.activations[layer].value(z)
