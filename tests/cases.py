"""Every loss with each task it serves, and every activation: what tests run over.

A loss or activation that is named in its registry is tested from then on. `PARAMETERS` has further
instances of those that carry parameters.
"""

from sk_bp.activations import ACTIVATIONS, LeakyReLU
from sk_bp.losses import LOSSES, Huber

PARAMETERS = [Huber(delta=0.3), LeakyReLU(slope=0.2)]

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
