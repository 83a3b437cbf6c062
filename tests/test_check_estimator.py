"""scikit-learn's own checks of an estimator pass."""

import pytest
from cases import ESTIMATORS, SERVED, both
from sklearn.utils.estimator_checks import check_estimator, check_param_validation

from sk_bp import BPClassifier, BPRegressor
from sk_bp.losses import losses_for
from sk_bp.optimizers import BY_BATCH, FULL_BATCH, OPTIMIZERS

# A random part of the samples is held out, so no sample can be replaced by a weight.
BROKEN_BY_ANY_RANDOM_SPLIT = {
    "check_sample_weight_equivalence_on_dense_data",
    "check_sample_weight_equivalence_on_sparse_data",
}


DEVIANCES = ("poisson", "gamma", "tweedie")

quiet = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning",
    "ignore:early_stopping=True.* cannot be split by class:UserWarning",
    "ignore:invalid value encountered in cast:RuntimeWarning",  # from scikit-learn, for infinite y
)


def outcomes(estimator):
    """The status of each check, and the errors of those that did not pass."""
    results = check_estimator(estimator, on_skip=None, on_fail=None)
    assert len(results) > 50
    assert not any(result["expected_to_fail"] for result in results)
    return results


def not_passed(results):
    return {
        result["check_name"]: (result["status"], result["exception"])
        for result in results
        if result["status"] != "passed"
    }


# Full-batch optimizers reach the minimum, where without a penalty probabilities round to 0 and 1,
# which the checks take for labels.
TO_THE_MINIMUM = {"alpha": 1.0, "hidden_layer_sizes": 5}


@quiet
@pytest.mark.parametrize(
    ("Estimator", "params"),
    [
        *((Estimator, {}) for Estimator in ESTIMATORS),
        *((Estimator, {"optimizer": name}) for Estimator, name in SERVED if name in BY_BATCH),
        *(
            (
                Estimator,
                {
                    "optimizer": name,
                    **TO_THE_MINIMUM,
                    **({"tol": 1e-2, "scaling": False} if name == "rprop" else {}),
                },
            )
            for Estimator, name in SERVED
            if name in FULL_BATCH and name != "conjugate_gradient"
        ),
        (BPClassifier, {"optimizer": "sgd", "hidden_layer_sizes": ()}),
        (BPRegressor, {"optimizer": "sgd", "hidden_layer_sizes": ()}),
        *((BPClassifier, {"loss": name}) for name in losses_for("binary") if "hinge" not in name),
        *(
            (BPRegressor, {"loss": name})
            for name in losses_for("regression")
            if name not in DEVIANCES
        ),
    ],
    ids=str,
)
def test_check_estimator_passes_without_failure_and_without_skip(Estimator, params):
    assert not_passed(outcomes(Estimator(**params))) == {}


@quiet
@both
def test_conjugate_gradients_fail_no_check_but_the_equivalence_of_weights_to_seven_digits(
    Estimator,
):
    """Their line searches end where the loss falls by no more than rounding: five digits or so."""
    model = Estimator(optimizer="conjugate_gradient", alpha=1.0, hidden_layer_sizes=())
    failed = not_passed(outcomes(model))
    assert set(failed) <= BROKEN_BY_ANY_RANDOM_SPLIT, failed


@quiet
@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
def test_hinge_losses_skip_no_check_but_that_of_probabilities(loss):
    skipped = not_passed(outcomes(BPClassifier(loss=loss)))
    assert set(skipped) == {"check_classifiers_multilabel_output_format_predict_proba"}
    assert "does not have a predict_proba method" in str(skipped)


@quiet
@pytest.mark.parametrize(
    ("params", "message"),
    [
        *(({"loss": loss}, f"the loss {loss} needs y") for loss in DEVIANCES),
        ({"out_activation": "softplus"}, "out_activation='softplus' needs y"),
    ],
    ids=str,
)
def test_positive_predictions_fail_no_check_but_the_one_with_negative_targets(params, message):
    """It does not heed the tag positive_only, as all checks of a single output do."""
    failed = not_passed(outcomes(BPRegressor(**params)))
    assert set(failed) == {"check_regressor_multioutput"}
    assert message in str(failed)


@quiet
@both
def test_early_stopping_fails_no_check_but_the_equivalence_of_weights(Estimator):
    failed = not_passed(outcomes(Estimator(early_stopping=True)))
    assert set(failed) <= BROKEN_BY_ANY_RANDOM_SPLIT, failed


@both
def test_the_default_optimizer_is_the_one_that_the_default_checks_cover(Estimator):
    assert Estimator().optimizer in OPTIMIZERS
    assert Estimator().optimizer == BPClassifier().optimizer


@both
def test_check_param_validation_passes(Estimator):
    check_param_validation(Estimator.__name__, Estimator())
