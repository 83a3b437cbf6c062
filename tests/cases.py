"""What tests run over: estimators, optimizers, losses with their tasks, activations, data.

A loss or activation that is named in its registry is tested from then on. `PARAMETERS` has further
instances of those that carry parameters.
"""

import numpy as np
import pytest
import scipy.sparse as sp

from sk_bp import BPClassifier, BPRegressor
from sk_bp.activations import ACTIVATIONS, ELU, OUT_ACTIVATIONS, LeakyReLU
from sk_bp.losses import LOSSES, Focal, Huber, LogLoss, Pinball, Tweedie
from sk_bp.optimizers import BY_BATCH, OPTIMIZERS

PARAMETERS = [
    LogLoss(label_smoothing=0.1),
    Focal(gamma=0.5),
    Huber(delta=0.3),
    Pinball(quantile=0.8),
    Tweedie(power=1.2),
    Tweedie(power=3),
    LeakyReLU(slope=0.2),
    ELU(alpha=0.5),
]

LOSS_CASES = [
    (loss, task)
    for loss in (*(cls() for cls in LOSSES.values()), *PARAMETERS)
    if type(loss) in LOSSES.values()
    for task in loss.tasks
]
LOSS_IDS = [f"{loss!r}-{task}" for loss, task in LOSS_CASES]
ACTIVATION_CASES = [
    activation
    for activation in (*(cls() for cls in ACTIVATIONS.values()), *PARAMETERS)
    if type(activation) in ACTIVATIONS.values()
]

# Those that the outputs of a regression can go through, and that change them.
OUT_ACTIVATION_CASES = [
    activation
    for activation in ACTIVATION_CASES
    if activation.core_name in set(OUT_ACTIVATIONS) - {"identity"}
]

ESTIMATORS = [BPClassifier, BPRegressor]

# Some optimizers serve the squared error alone: the classifier refuses them (test_bad_minimizers).
SERVED = [
    (Estimator, name)
    for Estimator in ESTIMATORS
    for name, cls in OPTIMIZERS.items()
    if Estimator is BPRegressor or not cls.squared_error_only
]

both = pytest.mark.parametrize("Estimator", ESTIMATORS)
every_optimizer = pytest.mark.parametrize("optimizer", BY_BATCH)
every_loss = pytest.mark.parametrize(("loss", "task"), LOSS_CASES, ids=LOSS_IDS)
every_activation = pytest.mark.parametrize("activation", ACTIVATION_CASES, ids=str)
every_out_activation = pytest.mark.parametrize("activation", OUT_ACTIVATION_CASES, ids=str)
layouts = pytest.mark.parametrize("layout", [np.asarray, sp.csr_array], ids=["dense", "sparse"])
precisions = pytest.mark.parametrize("dtype", [np.float64, np.float32])
