"""Weights that are assigned instead of trained."""

import numpy as np
import pytest
from cases import both
from helpers import assert_same_bits, quick, two_classes
from scipy.special import expit
from sklearn.base import clone

from sk_bp import BPClassifier, BPRegressor

X, y = two_classes(40, 5)


def known_network(rng):
    coefs = [rng.normal(size=(5, 3)), rng.normal(size=(3, 2))]
    intercepts = [rng.normal(size=3), rng.normal(size=2)]
    return coefs, intercepts, np.maximum(X @ coefs[0] + intercepts[0], 0) @ coefs[1] + intercepts[1]


@pytest.mark.parametrize("first", ["coefs_", "intercepts_"])
def test_assigned_weights_predict_at_once_on_an_unfitted_regressor(first, rng):
    coefs, intercepts, outputs = known_network(rng)
    parts = {"coefs_": coefs, "intercepts_": intercepts}
    est = BPRegressor()
    for name in sorted(parts, key=lambda name: name != first):
        setattr(est, name, parts[name])
    np.testing.assert_allclose(est.predict(X), outputs, rtol=1e-12)
    assert (est.n_features_in_, est.n_outputs_, est.n_layers_) == (5, 2, 3)
    assert est.out_activation_ == "identity"


@both
def test_assigned_weights_replace_those_of_a_fitted_model(Estimator):
    plain = quick(Estimator, scaling=False)
    est, other = clone(plain).fit(X, y), clone(plain).set_params(random_state=1).fit(X, y)
    est.coefs_, est.intercepts_ = other.coefs_, other.intercepts_
    np.testing.assert_array_equal(est.predict(X), other.predict(X))
    assert est.coefs_[0] is not other.coefs_[0]
    est.partial_fit(X, y)
    assert_same_bits(other, clone(plain).set_params(random_state=1).fit(X, y))


def test_assigned_weights_of_another_size_replace_those_of_a_fitted_regressor(rng):
    coefs, intercepts, outputs = known_network(rng)
    est = quick(BPRegressor, hidden_layer_sizes=9).fit(X[:, :4], y)
    est.coefs_ = coefs
    est.intercepts_ = intercepts
    np.testing.assert_allclose(est.predict(X), outputs, rtol=1e-12)


def test_assigned_weights_classify_once_the_classes_are_given(rng):
    coefs, intercepts, _ = known_network(rng)
    coefs[1], intercepts[1] = coefs[1][:, :1], intercepts[1][:1]
    est = BPClassifier(hidden_layer_sizes=3, tol=None, max_iter=1)
    est.coefs_, est.intercepts_, est.classes_ = coefs, intercepts, np.array(["no", "yes"])
    logits = (np.maximum(X @ coefs[0] + intercepts[0], 0) @ coefs[1] + intercepts[1])[:, 0]
    assert est.predict(X).tolist() == np.where(logits > 0, "yes", "no").tolist()
    np.testing.assert_allclose(est.predict_proba(X)[:, 1], expit(logits), rtol=1e-12)
    labels = est.classes_[y]
    est.partial_fit(X, labels)  # and training goes on from there
    assert abs(est.coefs_[0] - coefs[0]).max() < 0.1
    est.set_params(warm_start=True).fit(X, labels)
    assert est.n_iter_ == 2


def test_assigned_float32_weights_make_a_float32_model(rng):
    coefs, intercepts, _ = known_network(rng)
    est = BPRegressor()
    est.coefs_ = [W.astype(np.float32) for W in coefs]
    est.intercepts_ = [b.astype(np.float32) for b in intercepts]
    assert est.predict(X).dtype == np.float32


@both
def test_weights_can_be_changed_in_place(Estimator):
    est = quick(Estimator, scaling=False).fit(X, y)
    est.coefs_[-1][:] = 0
    est.intercepts_[-1][:] = 0.25
    logits = est.decision_function(X) if Estimator is BPClassifier else est.predict(X)
    np.testing.assert_array_equal(logits, np.full(40, 0.25))


@both
def test_weights_in_other_units_than_those_of_training_are_read_only(Estimator):
    est = quick(Estimator).fit(100 * X + 7, y)
    for array in (*est.coefs_, *est.intercepts_):
        with pytest.raises(ValueError, match="read-only"):
            array[:] = 0
