"""The fitted part of an estimator: a network that is shown as `coefs_` and `intercepts_`."""

import numpy as np
from scipy.sparse import issparse
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from sk_bp.activations import Identity
from sk_bp.network import Network
from sk_bp.samples import CSR, in_float64


class Weights:
    """The part of an estimator that holds a network, trained or assigned."""

    @property
    def coefs_(self):
        """The weights: a tuple of arrays, W of layer l of shape (units in, units out)."""
        return tuple(self._fitted_network().coefs)

    @coefs_.setter
    def coefs_(self, coefs):
        self._assign("coefs", coefs)

    @property
    def intercepts_(self):
        """The biases: a tuple of arrays, b of layer l of shape (units out,)."""
        return tuple(self._fitted_network().intercepts)

    @intercepts_.setter
    def intercepts_(self, intercepts):
        self._assign("intercepts", intercepts)

    def _assign(self, name, arrays):
        """Take weights or biases from elsewhere; they count as soon as both fit together."""
        arrays = _checked(name, arrays)
        pending = vars(self).pop("_assigned", {})
        parts = {**pending, name: arrays}
        if hasattr(self, "_network"):
            fitted = self._fitted_network()
            parts = {"coefs": fitted.coefs, "intercepts": fitted.intercepts, **parts}
        coefs, intercepts = parts.get("coefs"), parts.get("intercepts")
        if not _fit_together(coefs, intercepts):
            self._assigned = {**pending, name: arrays}
            return
        units = (coefs[0].shape[0], *(len(b) for b in intercepts))
        dtype = np.float32 if all(a.dtype == np.float32 for a in coefs + intercepts) else np.float64
        parameters = np.concatenate([np.ravel(a) for a in coefs + intercepts]).astype(dtype)
        self.n_features_in_ = units[0]
        self._adopt(
            Network(
                units,
                (*self._activations(len(units) - 2), Identity()),
                self._output_for(units[-1]),
                parameters,
            )
        )

    def _adopt(self, network):
        """Take a network as this estimator's own."""
        vars(self).pop("_assigned", None)
        self._network = network
        self._training = None
        self.n_layers_ = len(network.units)
        self.n_outputs_ = network.n_outputs
        self.out_activation_ = network.output.core_name

    def _fitted_network(self):
        """The network, up to date."""
        self._refuse_half_assigned()
        check_is_fitted(self)
        if self._training is not None:
            self._training.settle()
        return self._network

    def _refuse_half_assigned(self):
        if "_assigned" in vars(self):
            raise NotFittedError(
                "coefs_ and intercepts_ have been assigned, but do not fit together: layer l "
                "needs coefs_[l] of shape (units in, units out) and intercepts_[l] of shape "
                "(units out,)"
            )

    def __getstate__(self):
        """What is pickled: the weights up to date, once."""
        if vars(self).get("_training") is not None:
            self._training.settle()
        return super().__getstate__()

    def __sklearn_is_fitted__(self):
        """Whether there are weights to predict with."""
        return hasattr(self, "_network")

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _outputs(self, X, output):
        """The outputs of the network for X, (n_samples, n_outputs)."""
        self._refuse_half_assigned()
        check_is_fitted(self)
        network = self._network
        X = self._check_X(X, reset=False, dtype=network.dtype)
        if issparse(X):
            X = CSR.of(X)
        if self._training is not None:
            network, X = self._training.up_to_date(X)
        outputs = network.predict(X, output)
        if not np.isfinite(outputs).all():
            outputs = self._in_double(network, X, output)
        return outputs

    def _in_double(self, network, X, output):
        """Outputs that overflow in the network's precision, computed in float64."""
        with np.errstate(over="ignore"):
            outputs = network.cast(np.float64).predict(in_float64(X), output).astype(network.dtype)
        if not np.isfinite(outputs).all():
            raise ValueError(
                f"the outputs for X are not finite in {network.dtype}: X is too large; scale it, "
                "or pass it as float64"
            )
        return outputs


def _checked(name, arrays):
    """Return weights or biases as a list of arrays of real numbers."""
    try:
        arrays = [np.array(array, order="C") for array in arrays]
    except (TypeError, ValueError):
        arrays = []
    if not arrays or not all(array.dtype.kind in "iuf" for array in arrays):
        raise ValueError(f"{name}_ must be a sequence of arrays of real numbers, one for a layer")
    if not all(np.isfinite(array).all() for array in arrays):
        raise ValueError(f"{name}_ holds NaN or infinity")
    return arrays


def _fit_together(coefs, intercepts):
    """Whether weights and biases make up a network."""
    if not coefs or not intercepts or len(coefs) != len(intercepts):
        return False
    n_in = [W.shape[0] if W.ndim == 2 else -1 for W in coefs]
    n_out = [b.shape[0] if b.ndim == 1 else -2 for b in intercepts]
    return n_in[1:] == n_out[:-1] and all(
        W.ndim == 2 and W.shape[1] == n for W, n in zip(coefs, n_out, strict=True)
    )
