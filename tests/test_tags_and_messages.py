"""Tags tell the truth, and messages list the names that are allowed."""

import numpy as np
import pytest
from cases import both
from helpers import quick
from scipy.sparse import csr_array
from sklearn.datasets import make_multilabel_classification, make_regression
from sklearn.utils import get_tags
from sklearn.utils._param_validation import InvalidParameterError

from sk_bp import BPClassifier, BPRegressor
from sk_bp.activations import ACTIVATIONS
from sk_bp.initializers import INITIALIZERS
from sk_bp.losses import Pinball, losses_for
from sk_bp.optimizers import OPTIMIZERS


@both
def test_sparse_input_is_tagged_and_true(Estimator):
    assert get_tags(Estimator()).input_tags.sparse
    X, y = csr_array(np.eye(4)), [0, 1, 0, 1]
    assert quick(Estimator).fit(X, y).predict(X).shape == (4,)


def test_the_regressor_alone_is_tagged_multi_output_and_has_many_outputs():
    assert get_tags(BPRegressor()).target_tags.multi_output
    assert not get_tags(BPClassifier()).target_tags.multi_output
    X, Y = make_regression(20, 3, n_targets=2, random_state=0)
    assert quick(BPRegressor).fit(X, Y / 100).predict(X).shape == (20, 2)
    with pytest.raises(ValueError, match="several outputs"):
        quick(BPClassifier).fit(X, np.arange(40).reshape(20, 2) % 3)


def test_targets_that_a_loss_needs_positive_are_tagged():
    assert not get_tags(BPRegressor()).target_tags.positive_only
    for loss in ("poisson", "gamma", "tweedie"):
        assert get_tags(BPRegressor(loss=loss)).target_tags.positive_only


def test_several_quantiles_are_not_tagged_multi_output():
    assert get_tags(BPRegressor(loss=Pinball(0.1))).target_tags.multi_output
    assert not get_tags(BPRegressor(loss=Pinball([0.1, 0.9]))).target_tags.multi_output


def test_the_classifier_is_tagged_multi_label_and_learns_several_labels():
    tags = get_tags(BPClassifier())
    assert tags.classifier_tags.multi_label
    assert tags.classifier_tags.multi_class
    X, Y = make_multilabel_classification(30, 4, n_classes=3, random_state=0)
    assert quick(BPClassifier).fit(X, Y).predict(X).shape == (30, 3)


@both
def test_estimator_types_and_required_y_are_tagged(Estimator):
    tags = get_tags(Estimator())
    assert tags.estimator_type == ("classifier" if Estimator is BPClassifier else "regressor")
    assert tags.target_tags.required
    assert not tags.input_tags.allow_nan
    assert not tags.non_deterministic


@pytest.mark.parametrize(
    ("params", "allowed"),
    [
        ({"activation": "swoosh"}, ACTIVATIONS),
        ({"activation": ["swoosh"]}, ACTIVATIONS),
        ({"optimizer": "swoosh"}, OPTIMIZERS),
        ({"init": "swoosh"}, {"auto", *INITIALIZERS}),
        ({"batch_size": "swoosh"}, {"auto"}),
        ({"scoring": "swoosh"}, {"loss", "accuracy"}),
    ],
    ids=str,
)
@both
def test_a_message_about_an_unknown_name_lists_the_names_allowed(Estimator, params, allowed):
    (parameter,) = params
    with pytest.raises(ValueError, match=parameter) as error:
        quick(Estimator, **params).fit(np.eye(4), [0, 1, 0, 1])
    message = str(error.value)
    assert "swoosh" in message
    assert [name for name in allowed if name not in message] == []


@pytest.mark.parametrize(
    ("Estimator", "tasks"),
    [(BPClassifier, ("binary", "multiclass", "multilabel")), (BPRegressor, ("regression",))],
)
def test_a_message_about_an_unknown_loss_lists_the_losses_of_the_task(Estimator, tasks):
    with pytest.raises(InvalidParameterError, match="'loss' parameter") as error:
        quick(Estimator, loss="swoosh").fit(np.eye(4), [0, 1, 0, 1])
    assert all(name in str(error.value) for name in losses_for(*tasks))
