"""Coefficients of networks without hidden layers, as scikit-learn's linear models have them."""

from typing import Any

from numpy.typing import NDArray

from sk_bp.fitted import Fitted
from sk_bp.targets import Labels


class LinearCoefficients(Fitted):
    """The part of an estimator that has `coef_` and `intercept_`, where it is a linear model.

    `SelectFromModel`, `RFE` and tools that explain linear models read them.
    """

    @property
    def coef_(self) -> NDArray[Any]:
        """The weights of a network without hidden layers, shaped as those of linear models.

        (n_features,) for a regression with one output, else (n_outputs, n_features).
        """
        (W,) = self._linear_layer("coef_", self.coefs_)
        return W[:, 0] if self._is_single_value else W.T

    @property
    def intercept_(self) -> Any:
        """Its biases: a number for a regression with one output, else (n_outputs,)."""
        (b,) = self._linear_layer("intercept_", self.intercepts_)
        return b[0] if self._is_single_value else b

    @property
    def _is_single_value(self) -> bool:
        return self.n_outputs_ == 1 and not isinstance(self._targets, Labels)

    def _linear_layer(self, name: str, arrays: tuple[NDArray[Any], ...]) -> Any:
        if len(arrays) > 1:
            hidden = self._fitted_model().layers.units[1:-1]
            raise AttributeError(
                f"{name} is an attribute of linear models, with hidden_layer_sizes=(); this "
                f"network has hidden layers of {hidden} units: see coefs_ and intercepts_"
            )
        return arrays
