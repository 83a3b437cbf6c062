"""Minimizers: optimizers that ask for the whole objective, or its Jacobian, at chosen points."""

from abc import abstractmethod

import scipy.optimize

from sk_bp.optimizers.optimizer import Optimizer

# Why a minimizer ended, if neither convergence nor its caller made it end.
MAX_ITER = "max_iter"


class Minimizer(Optimizer):
    """Base of the optimizers that choose their steps themselves.

    All samples make up one batch, and `learning_rate` and `batch_size` are refused; an iteration
    counts as an epoch.

    Attributes
    ----------
    squared_error_only : bool
        Whether it needs the errors themselves, and so serves the squared error alone.
    """

    default_learning_rate = None
    follows_objective = True
    full_batch = True
    takes_rate = False
    squared_error_only = False

    @abstractmethod
    def minimize(self, objective, max_iter, after_iteration, state):
        """Make up to max_iter iterations.

        Parameters
        ----------
        objective : Objective
            What to minimize, and where to begin.
        max_iter : int
        after_iteration : callable
            ``after_iteration(x, loss, gradient=None, **figures)`` takes the parameters after an
            iteration, the mean loss there and its gradient (None: it is asked of the objective),
            both without the penalty, and what else is to be noted down; it returns True to end.
        state : dict of str to float
            What is kept from one call to the next of the same training.

        Returns
        -------
        reason : str or None
            None if it converged, or if the caller made it end; `MAX_ITER`; or a sentence.
        """


class SciPyMinimizer(Minimizer):
    """Base of the minimizers that `scipy.optimize.minimize` provides.

    Attributes
    ----------
    method : str
        Its name there.
    """

    method: str

    @abstractmethod
    def options(self):
        """The options of the method, but for the number of iterations."""

    @abstractmethod
    def n_vectors(self):
        """How many vectors as long as the parameters the method keeps, about."""

    def minimize(self, objective, max_iter, after_iteration, state):
        objective.check_memory(self.n_vectors(), type(self).__name__)
        ended = []

        def callback(intermediate_result):
            x, value = intermediate_result.x, intermediate_result.fun
            if after_iteration(x, objective.loss_of(value, x)):
                ended.append(True)
                raise StopIteration

        result = scipy.optimize.minimize(
            objective,
            objective.start,
            jac=True,
            method=self.method,
            callback=callback,
            options={"maxiter": max_iter, **self.options()},
        )
        if ended or result.success:
            return None
        if result.nit >= max_iter:
            return MAX_ITER
        return f"{type(self).__name__} ended before it converged: {result.message}"
