"""Losses of the classifier: scikit-learn's metrics, extreme logits, and no wrong probabilities."""

import numpy as np
import pytest
from helpers import curve_and_classes, learner, quick
from sklearn.metrics import hinge_loss, log_loss

from sk_bp import BPClassifier
from sk_bp.losses import Focal, LogLoss, losses_for

X, _, y = curve_and_classes()
THREE = np.arange(200) % 3
LABELS = np.column_stack([y, X[:, 1] > 0.5, X[:, 2] > 0]).astype(int)
TASKS = {"binary": y, "multiclass": THREE, "multilabel": LABELS}
EXTREMES = [-1e30, -1e4, -750.0, -100.0, -1.0, 0.0, 1.0, 100.0, 750.0, 1e4, 1e30]

every_task = pytest.mark.parametrize("task", TASKS)
margin_losses = pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])


@every_task
def test_a_focal_loss_of_gamma_zero_is_the_log_loss(task):
    focal = quick(BPClassifier, loss=Focal(0)).fit(X, TASKS[task])
    plain = quick(BPClassifier).fit(X, TASKS[task])
    np.testing.assert_allclose(focal.loss_curve_, plain.loss_curve_, rtol=1e-9)
    np.testing.assert_allclose(focal.coefs_[0], plain.coefs_[0], rtol=1e-7, atol=1e-12)


@every_task
def test_a_focal_loss_leaves_easy_samples_aside(task):
    """Sure predictions count less, in comparison with unsure ones, than with the log-loss."""
    form = Focal(2.0).for_task(task)
    n = 1 if task == "binary" else 3
    sure, unsure = np.zeros(n), np.zeros(n)
    sure[0], unsure[0] = 4.0, 0.5
    target = np.zeros((1, 1)) if task == "multiclass" else np.eye(n)[:1]
    log_form = LogLoss().for_task(task)

    def ratio(loss):
        rest = loss.of_constant(np.zeros(n), target, None) * (n - 1) / n
        rest = rest if task == "multilabel" else 0  # of the labels that stay at 0
        return (loss.of_constant(sure, target, None) - rest) / (
            loss.of_constant(unsure, target, None) - rest
        )

    assert ratio(form) < 0.1 * ratio(log_form)


def test_smoothed_labels_lead_to_their_shares():
    """Where classes are told apart for certain, predictions are 1 - s + s / K and s / K."""
    loss = LogLoss(label_smoothing=0.3)
    model = BPClassifier((), loss=loss, optimizer="lbfgs", alpha=0, tol=None)
    proba = model.fit(np.eye(3), [0, 1, 2]).predict_proba(np.eye(3))
    np.testing.assert_allclose(proba, 0.7 * np.eye(3) + 0.1, atol=1e-4)
    proba = model.fit(np.eye(2), [0, 1]).predict_proba(np.eye(2))
    np.testing.assert_allclose(proba, 0.7 * np.eye(2) + 0.15, atol=1e-4)


def test_smoothed_log_loss_is_a_mixture_of_log_losses():
    model = quick(BPClassifier, loss=LogLoss(0.2)).fit(X, THREE, X_val=X, y_val=THREE)
    proba = model.predict_proba(X)
    expected = 0.8 * log_loss(THREE, proba) - 0.2 * np.log(proba).mean()
    assert model.validation_scores_[-1] == pytest.approx(-expected, rel=1e-12)


def test_the_hinge_loss_is_the_metric_of_scikit_learn():
    model = quick(BPClassifier, loss="hinge").fit(X, y, X_val=X, y_val=y)
    expected = hinge_loss(y, model.decision_function(X))
    assert model.validation_scores_[-1] == pytest.approx(-expected, rel=1e-12)


@margin_losses
def test_several_classes_cost_what_each_against_the_rest_costs(loss):
    model = quick(BPClassifier, loss=loss).fit(X, THREE, X_val=X, y_val=THREE)
    scores = model.decision_function(X)
    margins = np.where(THREE[:, None] == np.arange(3), scores, -scores)
    costs = np.maximum(0, 1 - margins) ** (2 if loss == "squared_hinge" else 1)
    assert model.validation_scores_[-1] == pytest.approx(-costs.sum(axis=1).mean(), rel=1e-12)


@every_task
@margin_losses
def test_hinge_losses_have_scores_but_no_probabilities(loss, task):
    model = quick(BPClassifier, loss=loss)
    for method in ("predict_proba", "predict_log_proba"):
        assert not hasattr(model, method)
    model.fit(X, TASKS[task])
    assert model.out_activation_ == "identity"
    for method in ("predict_proba", "predict_log_proba"):
        with pytest.raises(AttributeError, match=method) as caught:
            getattr(model, method)
        assert f"loss='{loss}'" in str(caught.value.__cause__)
    scores = model.decision_function(X)
    by_score = scores.argmax(axis=1) if task == "multiclass" else (scores > 0).astype(int)
    np.testing.assert_array_equal(model.predict(X), by_score)


def test_no_probabilities_are_made_of_scores_when_the_parameter_changes():
    model = quick(BPClassifier, loss="hinge").fit(X, y).set_params(loss="log_loss")
    assert not hasattr(model, "predict_proba")
    assert hasattr(model.fit(X, y), "predict_proba")
    assert not hasattr(model.set_params(loss="hinge"), "predict_proba")


@pytest.mark.parametrize("loss", losses_for("binary"))
def test_every_loss_learns_a_plane(loss):
    assert learner(BPClassifier, loss=loss).fit(X, y).score(X, y) > 0.97


@margin_losses
def test_assigned_weights_of_a_hinge_loss_have_no_probabilities(loss):
    model = BPClassifier((), loss=loss)
    model.coefs_, model.intercepts_ = [np.array([[2.0]])], [np.array([-1.0])]
    model.classes_ = ["no", "yes"]
    assert model.predict([[0.0], [1.0]]).tolist() == ["no", "yes"]
    assert not hasattr(model, "predict_proba")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0, 5.0])
@every_task
def test_the_focal_loss_is_finite_and_trains_at_extreme_logits(task, gamma, dtype):
    column = np.array(EXTREMES)[:, None].astype(dtype)
    target = TASKS[task][: len(column)]
    model = BPClassifier((), loss=Focal(gamma), optimizer="sgd", learning_rate=1e-3, alpha=0)
    model.set_params(warm_start=True, max_iter=1, tol=None, random_state=0)
    model.fit(column / dtype(1e30), target)
    model.coefs_ = [np.ones_like(model.coefs_[0]) * np.arange(1, model.n_outputs_ + 1)]
    model.coefs_ = [W.astype(dtype) for W in model.coefs_]
    model.intercepts_ = [b.astype(dtype) for b in model.intercepts_]
    proba, log_proba = model.predict_proba(column), model.predict_log_proba(column)
    assert ((proba > 0) & (proba <= 1)).all()
    assert np.isfinite(log_proba).all()
    model.fit(column / dtype(1e26), target)
    assert np.isfinite(model.loss_)
    assert all(np.isfinite(W).all() for W in model.coefs_)


@pytest.mark.parametrize(
    "loss", [LogLoss(-0.1), LogLoss(1.0), LogLoss("a"), Focal(-1), Focal(None)], ids=repr
)
def test_parameters_of_losses_are_refused_by_name(loss):
    with pytest.raises(ValueError, match=r"label_smoothing|gamma"):
        BPClassifier(loss=loss).fit(X, y)
