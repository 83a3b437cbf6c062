"""The losses by name."""

from sk_bp.losses.deviances import Gamma, Poisson, Tweedie
from sk_bp.losses.hinges import Hinge, SquaredHinge
from sk_bp.losses.log_loss import Focal, LogLoss
from sk_bp.losses.loss import Loss
from sk_bp.losses.pinball import Pinball
from sk_bp.losses.regression import AbsoluteError, Huber, LogCosh, SquaredError

LOSSES: dict[str, type[Loss]] = {
    "log_loss": LogLoss,
    "focal": Focal,
    "hinge": Hinge,
    "squared_hinge": SquaredHinge,
    "squared_error": SquaredError,
    "absolute_error": AbsoluteError,
    "huber": Huber,
    "log_cosh": LogCosh,
    "pinball": Pinball,
    "poisson": Poisson,
    "gamma": Gamma,
    "tweedie": Tweedie,
}


def losses_for(*tasks: str) -> dict[str, type[Loss]]:
    """The losses that can be used for all these tasks.

    Parameters
    ----------
    *tasks : str
        "binary", "multiclass", "multilabel" or "regression".

    Returns
    -------
    losses : dict of str to class

    Examples
    --------
    >>> from sk_bp.losses import losses_for
    >>> list(losses_for("multilabel"))
    ['log_loss', 'focal', 'hinge', 'squared_hinge']
    """
    return {name: cls for name, cls in LOSSES.items() if set(tasks) <= set(cls.tasks)}
