"""What watches a fit: callbacks, by the protocol of scikit-learn 1.9, and the lines of `verbose`.

A fit is a task with a subtask for each epoch. A fit of several networks has a subtask for each of
them, which has those of its epochs. What the context of an epoch has besides, `sk_bp.callbacks`
describes.
"""

from collections.abc import Callable
from typing import Any, Self, TypeVar, cast

from sklearn.base import _fit_context

from sk_bp.advice import answering_unknown_arguments
from sk_bp.endings import Ending
from sk_bp.fitted import ADOPTED
from sk_bp.progress import Progress
from sk_bp.run import Run

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn < 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Says that there are no callbacks."""

        def set_callbacks(self, *callbacks: Any) -> Self:
            """Raise ImportError: callbacks need scikit-learn 1.9."""
            raise ImportError("callbacks need scikit-learn 1.9 or later")

        def _init_callback_context(self, **options: Any) -> None:
            return None

    def with_callbacks(method: Callable[..., Any]) -> Callable[..., Any]:
        """Return the method as it is."""
        return method


__all__ = ["CallbackSupportMixin", "Watch", "fit_method"]

Method = TypeVar("Method", bound=Callable[..., Any])


def fit_method(method: Method) -> Method:
    """Make a method a fit: parameters are checked first, callbacks are told, and errors advise.

    Type checkers see the method as it was; scikit-learn's decorators have no types.
    """
    whole = _fit_context(prefer_skip_nested_validation=True)(with_callbacks(method))
    return cast(Method, answering_unknown_arguments(whole))


class Watch:
    """What watches a call of fit: tells its callbacks, and prints.

    Parameters
    ----------
    estimator : object
        About to be fitted. A callback that asks for the fitted estimator gets a copy of it.
    arguments : dict
        The arguments X, y and sample_weight of `fit`.
    n_runs : int
        Networks to train.
    verbose : int
        See `Progress`.
    fitted_estimator : callable
        ``fitted_estimator(run)`` makes an estimator that is fitted as far as the run has come, and
        that `resume_fit` goes on with.

    Attributes
    ----------
    failure : Exception or None
        What a callback has raised.
    """

    def __init__(
        self,
        estimator: Any,
        arguments: dict[str, Any],
        n_runs: int,
        n_epochs: int,
        verbose: int,
        fitted_estimator: Callable[[Run], Any],
    ) -> None:
        self.estimator = estimator
        self.n_runs, self.n_epochs = n_runs, n_epochs
        self.verbose = verbose
        self.fitted_estimator = fitted_estimator
        self.failure: Exception | None = None
        weight = arguments.pop("sample_weight")
        metadata = None if weight is None else {"sample_weight": weight}
        self._arguments = {"estimator": estimator, **arguments, "metadata": metadata}
        self._context = estimator._init_callback_context(
            max_subtasks=n_epochs if n_runs == 1 else n_runs, sequential_subtasks=n_runs == 1
        )
        self._has_callbacks = bool(getattr(self._context, "_callbacks", None))
        if self._context is not None:
            self._tell(self._context, "call_on_fit_task_begin")

    def of_run(self, run: Run) -> "RunWatch":
        """What watches the training of one network."""
        context = self._context
        if self._has_callbacks and self.n_runs > 1:
            context = context.subcontext("network", run.number, self.n_epochs)
            self._tell(context, "call_on_fit_task_begin")
        progress = None
        if self.verbose:
            progress = Progress(run, self.n_epochs, self.n_runs, int(self.verbose))
        return RunWatch(self, run, context if self._has_callbacks else None, progress)

    def close(self) -> None:
        """Say that the estimator is fitted."""
        if self._context is not None:
            self._tell(self._context, "call_on_fit_task_end", lambda: vars(self.estimator))

    def _tell(self, context: Any, hook: str, attributes: Any = None) -> bool:
        """Call a hook of all callbacks; True if one of them asks to stop."""
        try:
            call = getattr(context, hook)
            return bool(call(**self._arguments, reconstruction_attributes=attributes) is True)
        except Exception as error:
            self.failure = error
            name = _callback_that_raised(error, context._callbacks)
            error.add_note(
                f"This was raised by the callback {name} in the task {context.task_name!r} "
                f"{context.task_id}. The model trained so far is kept."
            )
            raise


class RunWatch:
    """Watches the training of one network; see `Watch.of_run`."""

    def __init__(self, watch: Watch, run: Run, context: Any, progress: Progress | None) -> None:
        self.watch = watch
        self.run = run
        self.context = context
        self.progress = progress
        self._last_epoch = run.first_epoch + watch.n_epochs
        self._epoch_context: Any = None
        self._begin_epoch()

    def after_epoch(self, run: Run) -> bool:
        """Tell of an epoch; True if a callback asks to stop."""
        if self.progress is not None:
            self.progress.after_epoch(run)
        if self._epoch_context is None:
            return False
        context, self._epoch_context = self._epoch_context, None
        context.history = run.history
        context.fitted_estimator = lambda: self.watch.fitted_estimator(run.copy())
        stop = self.watch._tell(context, "call_on_fit_task_end", self._attributes)
        if not stop and run.ending is Ending.INTERRUPTED:  # it goes on
            self._begin_epoch()
        return stop

    def close(self) -> None:
        """Say that the network has been trained."""
        if self.progress is not None:
            self.progress.close(self.run)
        if self.context is not None and self.watch.n_runs > 1:
            self.watch._tell(self.context, "call_on_fit_task_end", self._attributes)

    def _attributes(self) -> dict[str, Any]:
        """The attributes of the estimator as it is fitted now, for callbacks."""
        fitted = vars(self.watch.fitted_estimator(self.run.copy()))
        stale = dict.fromkeys(name for name in ADOPTED if name in vars(self.watch.estimator))
        return {**stale, **{name: fitted[name] for name in ADOPTED if name in fitted}}

    def _begin_epoch(self) -> None:
        if self.context is None or self.run.state.n_epochs >= self._last_epoch:
            return
        self._epoch_context = self.context.subcontext("epoch")
        self.watch._tell(self._epoch_context, "call_on_fit_task_begin")


def _callback_that_raised(error: Exception, callbacks: list[Any]) -> str:
    """The name of the callback that an error comes from."""
    traceback, name = error.__traceback__, "?"
    while traceback is not None:
        owner = traceback.tb_frame.f_locals.get("self")
        if any(owner is callback for callback in callbacks):
            name = type(owner).__name__
        traceback = traceback.tb_next
    return name
