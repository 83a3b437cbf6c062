"""RAdam: Adam that waits until its average of squares can be trusted."""

from sk_bp.optimizers.adam import Adam


class RAdam(Adam):
    """Adam whose first steps are plain momentum, and whose next ones are shortened.

    ::

        m <- beta_1 m + (1 - beta_1) g
        v <- beta_2 v + (1 - beta_2) g²
        R = 2 / (1 - beta_2) - 1,   r_t = R - 2 t beta_2^t / (1 - beta_2^t)
        if r_t > 4:
            c = sqrt((r_t - 4) (r_t - 2) R / ((R - 4) (R - 2) r_t))
            w <- p w - eta c sqrt(1 - beta_2^t) / (1 - beta_1^t) m / (sqrt(v) + epsilon)
        else:
            w <- p w - eta / (1 - beta_1^t) m

    Parameters
    ----------
    beta_1 : float, default=0.9
        How much of the mean gradient is kept at each step, in [0, 1).
    beta_2 : float, default=0.999
        How much of the mean square is kept, in (0, 1); above beta_1². Below 0.6 no step is ever
        rectified.
    epsilon : float, default=1e-8
        Added to the root, positive.

    Notes
    -----
    Decay: p = 1 - eta (alpha / S + weight_decay). Defaults and the threshold 4 are the
    paper's.

    Idle rows: as for `Adam`, the terms of rectified steps times c; the first, plain steps add a sum
    of their own, m sum eta beta_1^k / (1 - beta_1^t). Memory: two arrays like the weights.
    When: as Adam, without a warm-up of the learning rate.

    References
    ----------
    Liu et al., On the variance of the adaptive learning rate and beyond, ICLR 2020.

    Examples
    --------
    >>> from sk_bp import BPClassifier, RAdam
    >>> clf = BPClassifier(optimizer=RAdam(), learning_rate=0.01)
    """

    rule = "radam"
    default_learning_rate = 0.001
    peak_learning_rate = 0.01
