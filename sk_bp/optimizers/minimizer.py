"""Minimizers: optimizers that ask for the whole objective, or its Jacobian, at chosen points."""

import math
from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.optimize
from numpy.typing import DTypeLike, NDArray

from sk_bp.endings import Ending
from sk_bp.epochs import Epoch, Settings, norm_metrics
from sk_bp.objective import Objective
from sk_bp.optimizers.optimizer import Optimizer
from sk_bp.samples import Samples
from sk_bp.state import Seen
from sk_bp.training import Training

Array = NDArray[np.float64]

# The largest value of an objective that line searches are shown; its square is finite.
FAR_TOO_LARGE = 1e150
# Near a minimum the objective exceeds it by about the square of the gradient. Line searches end
# where that is lost in rounding, at gradients of at most this many roots of the rounding error. As
# measured, they end below 1.2 roots at minima and above 4 elsewhere.
_ROUNDING = 3.0


class Minimizer(Optimizer):
    """Base of the optimizers that choose their steps themselves.

    All samples make up one batch, and `learning_rate` and `batch_size` are refused; an iteration
    counts as an epoch.
    """

    follows_objective = True
    full_batch = True
    takes_rate = False
    takes_schedule = False
    squared_error_only = False

    def train(
        self,
        training: Training,
        samples: Samples,
        settings: Settings,
        max_iter: int,
        after_epoch: Callable[[Epoch], bool],
    ) -> tuple[Ending, str]:
        state = training.state
        training.release()
        state.begin(settings.loss)
        layout = (type(self).__name__,)
        if state.optimizer.layout != layout:
            state.forget_optimizer()
            state.optimizer.layout = layout
        state.seen = Seen().with_part(samples)
        objective = Objective(training.network, settings.loss, samples, settings.decay.alpha)
        value = objective.value_and_gradient(objective.start)[0]
        if not math.isfinite(value):
            detail = f"at the start: the loss or its gradient is not finite or too large ({value})"
            after_epoch(Epoch(loss=value, ending=Ending.GRADIENT_TOO_LARGE, detail=detail))
            return Ending.STOPPED, ""
        iteration = _Iteration(training, objective, settings.measure_gradient, after_epoch)
        n_epochs = state.n_epochs
        ended = self.minimize(objective, max_iter, iteration, state.optimizer.memory)
        if state.n_epochs == n_epochs:  # nothing was left to gain
            iteration(objective.start, objective.loss_of(value, objective.start))
        return ended

    @abstractmethod
    def minimize(
        self,
        objective: Objective,
        max_iter: int,
        after_iteration: Callable[..., bool],
        memory: dict[str, Any],
    ) -> tuple[Ending, str]:
        """Make up to max_iter iterations.

        Parameters
        ----------
        objective : Objective
            What to minimize, and where to begin. Gradients are judged relative to its `scale`, the
            mean loss of the best constant prediction, with each parameter in its `units`: weights
            and bias of an output of regression in the standard deviation of its targets.
        max_iter : int
        after_iteration : callable
            ``after_iteration(x, loss, gradient=None, progress=None, settled=True, quality=None,
            **metrics)`` is called after each iteration; it returns True to end the training.

            - x: the parameters after the iteration;
            - loss, gradient: the mean loss there and its gradient, both without the penalty; None
              if the gradient is to be computed by the caller;
            - progress: what should fall from iteration to iteration; None means the loss;
            - settled: False while progress cannot be judged yet, so that such an iteration must not
              count as one without progress;
            - quality: what tells the better of two trainings on the same data, the higher the
              better; None means minus the loss;
            - metrics: numbers to be noted down in `history_`.
        memory : dict
            What is kept from one call to the next of the same training. A call replaces its values
            and never changes them in place.

        Returns
        -------
        ending : Ending
            `CONVERGED` if the gradient of the objective is small where it ended, `STOPPED` if
            after_iteration returned True, `MAX_ITER`, or `NO_PROGRESS`.
        detail : str
            With `NO_PROGRESS`, what stood in the way, to go into a sentence; else "".
        """


class _Iteration:
    """What is done after an iteration of a minimizer: it is an epoch of one step."""

    def __init__(
        self,
        training: Training,
        objective: Objective,
        measure_gradient: bool,
        after_epoch: Callable[[Epoch], bool],
    ) -> None:
        self.training = training
        self.objective = objective
        self.measure_gradient = measure_gradient
        self.after_epoch = after_epoch

    def __call__(
        self,
        x: Array,
        loss: float,
        gradient: Array | None = None,
        progress: float | None = None,
        settled: bool = True,
        quality: float | None = None,
        **metrics: float,
    ) -> bool:
        network, state = self.training.network, self.training.state
        network.parameters[:] = x
        state.n_epochs += 1
        state.n_steps += 1
        state.n_samples += self.objective.samples.n
        if self.measure_gradient:
            gradient = self.objective.gradient_of_loss(x) if gradient is None else gradient
            metrics.update(norm_metrics(network.weight_norms(gradient)))
        return self.after_epoch(
            Epoch(loss=loss, metrics=metrics, progress=progress, settled=settled, quality=quality)
        )


def largest_slope(gradient: Array, objective: Any) -> float:
    """The largest entry of a gradient, relative to the scale of the objective and its units.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import numpy as np
    >>> from sk_bp.optimizers.minimizer import largest_slope
    >>> largest_slope(np.array([0.5, -2.0]), SimpleNamespace(scale=4.0, units=np.array([1, 3])))
    1.5
    """
    return float(np.abs(gradient * objective.units).max()) / objective.scale


class SciPyMinimizer(Minimizer):
    """Base of the minimizers that `scipy.optimize.minimize` provides.

    SciPy is given the objective relative to its scale, as a function of the parameters in their
    units, so that nothing depends on the units of y.

    Attributes
    ----------
    method : str
        Its name there.
    """

    method: str

    gtol: float

    def options(self) -> dict[str, Any]:
        """The options of the method besides gtol and the number of iterations."""
        return {}

    @abstractmethod
    def n_vectors(self) -> int:
        """How many vectors as long as the parameters the method keeps, about."""

    def minimize(
        self,
        objective: Objective,
        max_iter: int,
        after_iteration: Callable[..., bool],
        memory: dict[str, Any],
    ) -> tuple[Ending, str]:
        objective.check_memory(self.n_vectors(), repr(self))
        scale, units = objective.scale, objective.units
        stopped: list[bool] = []

        def relative(z: Array) -> tuple[float, Array]:
            value, gradient = objective(units * z)
            return min(value / scale, FAR_TOO_LARGE), gradient * units / scale

        def callback(intermediate_result: Any) -> None:
            x, value = units * intermediate_result.x, scale * intermediate_result.fun
            if after_iteration(x, objective.loss_of(value, x)):
                stopped.append(True)
                raise StopIteration

        result = scipy.optimize.minimize(
            relative,
            objective.start / units,
            jac=True,
            method=self.method,
            callback=callback,
            options={"maxiter": max_iter, "gtol": self.gtol, **self.options()},
        )
        if stopped:
            return Ending.STOPPED, ""
        return self._ending(result, max_iter, objective.dtype)

    def _ending(self, result: Any, max_iter: int, dtype: DTypeLike) -> tuple[Ending, str]:
        """How SciPy's result ended; whatever SciPy says, only a small gradient is convergence."""
        slope = float(np.abs(result.jac).max())
        if slope <= max(self.gtol, _ROUNDING * np.sqrt(np.finfo(dtype).eps)):
            return Ending.CONVERGED, ""
        if result.nit >= max_iter:
            return Ending.MAX_ITER, ""
        return Ending.NO_PROGRESS, (
            f"{type(self).__name__} ended before it converged ({result.message.strip(' :')}), with "
            f"gradients of up to {slope:.2g} where gtol={self.gtol:g}"
        )
