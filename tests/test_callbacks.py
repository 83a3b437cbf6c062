"""Callbacks by the protocol of scikit-learn 1.9."""

import threading

import numpy as np
import pytest
from cases import both
from helpers import assert_same_bits, quick, two_classes
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sk_bp import BPClassifier, BPTabularClassifier, BPTabularRegressor
from sk_bp.callbacks import LearningCurve, OptunaPruning, TimeLimit
from sk_bp.callbacks.callback import Callback

sklearn_callback = pytest.importorskip("sklearn.callback", reason="scikit-learn < 1.9")

X, y = two_classes(40, 5)


class Recorder(Callback):
    """Notes down what it is told."""

    def __init__(self):
        self.events = []

    def setup(self, estimator, context):
        self.events.append("setup")

    def on_fit_task_begin(self, estimator, context):
        self.events.append(("begin", context.task_name, context.task_id))

    def on_fit_task_end(self, estimator, context):
        self.events.append(("end", context.task_name, context.task_id))

    def teardown(self, estimator, context):
        self.events.append("teardown")


def epochs(n):
    return [(what, "epoch", i) for i in range(n) for what in ("begin", "end")]


@both
def test_a_fit_has_a_task_for_each_epoch(Estimator):
    recorder = Recorder()
    quick(Estimator, max_iter=3).set_callbacks(recorder).fit(X, y)
    fit = [("begin", "fit", 0), *epochs(3), ("end", "fit", 0)]
    assert recorder.events == ["setup", *fit, "teardown"]


def test_several_networks_have_a_task_each():
    recorder = Recorder()
    quick(BPClassifier, max_iter=2, n_restarts=1).set_callbacks(recorder).fit(X, y)
    networks = []
    for number in range(2):
        networks += [("begin", "network", number), *epochs(2), ("end", "network", number)]
    assert recorder.events[2:-2] == networks


def test_the_networks_of_an_ensemble_in_threads_have_their_tasks():
    recorder = Recorder()
    est = quick(BPClassifier, max_iter=2, n_models=4, n_jobs=2).set_callbacks(recorder)
    est.fit(X, y)
    told = recorder.events
    assert sorted(e[2] for e in told if e[:2] == ("end", "network")) == [0, 1, 2, 3]
    assert sum(e[:2] == ("end", "epoch") for e in told) == 8


@pytest.mark.parametrize("params", [{"target_loss": 1e9}, {"max_time": 1e-9}])
def test_no_epoch_begins_that_is_not_made(params):
    recorder = Recorder()
    quick(BPClassifier, max_iter=3, **params).set_callbacks(recorder).fit(X, y)
    assert recorder.events[2:-2] == epochs(1)


def test_a_minimizer_has_a_task_for_each_iteration():
    recorder = Recorder()
    est = quick(BPClassifier, optimizer="lbfgs", max_iter=5).set_callbacks(recorder).fit(X, y)
    assert sum(event[0] == "end" for event in recorder.events[2:-2]) == est.n_iter_


class Asking(Recorder):
    """Asks to stop after some epochs."""

    def __init__(self, after):
        super().__init__()
        self.after = after

    def on_fit_task_end(self, estimator, context):
        self.events.append(context.task_name)
        return self.events.count("epoch") >= self.after


@both
def test_a_callback_that_asks_to_stop_is_obeyed(Estimator):
    est = quick(Estimator, max_iter=10).set_callbacks(Asking(3)).fit(X, y)
    assert (est.n_iter_, est.end_reason_) == (3, "stopped")
    assert_same_bits(est, quick(Estimator, max_iter=3).fit(X, y))
    whole = quick(Estimator, max_iter=10).fit(X, y)
    assert_same_bits(est.set_callbacks().resume_fit(X, y), whole)


class Keeping(Callback):
    """Keeps the fitted estimators that it is given, and the histories."""

    def __init__(self):
        self.fitted, self.lengths, self.own = [], [], []

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None, X=None, y=None):
        self.fitted.append(fitted_estimator)
        self.data = X, y
        if context.task_name == "epoch":
            self.lengths.append(len(context.history["loss"]))
            self.own.append(context.fitted_estimator())


@both
def test_a_callback_is_given_the_estimator_as_if_the_fit_had_stopped_there(Estimator):
    keeping = Keeping()
    est = quick(Estimator, max_iter=3).set_callbacks(keeping).fit(X, y)
    assert keeping.lengths == [1, 2, 3]
    for n_epochs, (given, own) in enumerate(zip(keeping.fitted, keeping.own, strict=False), 1):
        expected = quick(Estimator, max_iter=n_epochs).fit(X, y)
        for fitted in (given, own):
            assert_same_bits(fitted, expected)
            assert fitted.loss_curve_ == expected.loss_curve_
            np.testing.assert_array_equal(fitted.predict(X), expected.predict(X))
    assert_same_bits(keeping.fitted[-1], est)
    assert keeping.data[0] is X
    assert keeping.data[1] is y
    assert keeping.own[0].resume_fit(X, y).loss_curve_ == est.loss_curve_


@pytest.mark.parametrize("params", [{}, {"early_stopping": True}, {"average": "ema"}])
def test_callbacks_change_nothing(params):
    watched = quick(BPClassifier, max_iter=5, **params).set_callbacks(Keeping()).fit(X, y)
    assert_same_bits(watched, quick(BPClassifier, max_iter=5, **params).fit(X, y))


class Failing(Callback):
    """Raises an error at the end of the second epoch, or where it is told."""

    def __init__(self, where="on_fit_task_end", after=2):
        self.where, self.after = where, after

    def _fail(self, where):
        self.after -= where == self.where
        if self.after == 0 and where == self.where:
            raise RuntimeError("the disk has left")

    def setup(self, estimator, context):
        self._fail("setup")

    def on_fit_task_begin(self, estimator, context):
        self._fail("on_fit_task_begin")

    def on_fit_task_end(self, estimator, context):
        self._fail("on_fit_task_end")


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("n_restarts", [0, 3])
def test_a_callback_that_raises_is_named_and_the_model_so_far_is_kept(n_restarts, n_jobs):
    est = quick(BPClassifier, max_iter=50, n_restarts=n_restarts, n_jobs=n_jobs)
    with pytest.raises(RuntimeError, match="the disk has left") as caught:
        est.set_callbacks(Failing()).fit(X, y)
    (note,) = caught.value.__notes__
    assert "Failing" in note
    assert "'epoch'" in note
    assert est.predict(X).shape == y.shape
    if not n_restarts:
        assert est.n_iter_ == 2
        assert_same_bits(est, quick(BPClassifier, max_iter=2).fit(X, y))
    resumed = est.set_callbacks().resume_fit(X, y)
    whole = quick(BPClassifier, max_iter=50, n_restarts=n_restarts).fit(X, y)
    if n_jobs == 1:
        assert_same_bits(resumed, whole)
    assert threading.active_count() < 20  # those that trained others have ended


@pytest.mark.parametrize(("where", "after"), [("setup", 1), ("on_fit_task_begin", 1)])
def test_a_callback_that_raises_before_the_training_leaves_a_fitted_model_as_it_was(where, after):
    est = quick(BPClassifier, max_iter=2).fit(X, y)
    before = [W.copy() for W in est.coefs_]
    with pytest.raises(RuntimeError):
        est.set_callbacks(Failing(where, after)).fit(X[::-1], y[::-1])
    for W, expected in zip(est.coefs_, before, strict=True):
        np.testing.assert_array_equal(W, expected)


def test_what_is_no_callback_is_refused():
    with pytest.raises(TypeError, match="FitCallback"):
        quick(BPClassifier).set_callbacks("progress")


def test_clones_share_the_callbacks():
    recorder = Recorder()
    clone(quick(BPClassifier, max_iter=2).set_callbacks(recorder)).fit(X, y)
    assert recorder.events[2:-2] == epochs(2)


@pytest.mark.parametrize("Estimator", [BPTabularClassifier, BPTabularRegressor])
def test_the_estimators_for_tables_have_the_tasks_of_their_network(Estimator):
    recorder, within = Recorder(), Recorder()
    params = {"hidden_layer_sizes": 3, "max_iter": 2, "n_models": 1}
    est = Estimator(**params).set_callbacks(recorder).fit(X, y)
    assert recorder.events[2:-2] == epochs(2)
    assert "_skl_callbacks" not in vars(est.network_)
    within.max_propagation_depth = None
    make_pipeline(StandardScaler(), Estimator(**params)).set_callbacks(within).fit(X, y)
    assert [event for event in within.events if "epoch" in event] == epochs(2)
    assert est.set_params(max_time=1e-9).fit(X, y).n_iter_ == 1


# ------------------------------------------------------------------ scikit-learn's own


def test_the_scores_that_scikit_learn_monitors_are_those_of_each_epoch():
    monitor = sklearn_callback.ScoringMonitor(scoring="accuracy")
    quick(BPClassifier, max_iter=4).set_callbacks(monitor).fit(X, y)
    log = monitor.get_logs().data
    scores = [entry["accuracy"] for entry in log if entry["task_name"] == "epoch"]
    expected = [quick(BPClassifier, max_iter=n).fit(X, y).score(X, y) for n in range(1, 5)]
    assert scores == expected


def test_progress_bars_of_a_search_over_a_pipeline(capsys):
    pytest.importorskip("rich")
    model = make_pipeline(StandardScaler(), quick(BPClassifier, max_iter=2))
    grid = {"bpclassifier__alpha": [0.1, 0.2]}
    bar = sklearn_callback.ProgressBar(max_propagation_depth=None)
    search = GridSearchCV(model, grid, cv=2).set_callbacks(bar).fit(X, y)
    assert search.best_estimator_.predict(X).shape == y.shape
    assert "BPClassifier - fit" in capsys.readouterr().out


# ------------------------------------------------------------------ our own


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_time_limit_on_a_search_ends_each_of_its_fits(n_jobs):
    model = make_pipeline(StandardScaler(), quick(BPClassifier, max_iter=10**6))
    grid = {"bpclassifier__alpha": [0.1, 0.2]}
    search = GridSearchCV(model, grid, cv=2, n_jobs=n_jobs).set_callbacks(TimeLimit(0.2))
    assert search.fit(X, y).best_estimator_[-1].end_reason_ == "stopped"


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_time_limit_must_be_positive(seconds):
    with pytest.raises(ValueError, match="seconds"):
        TimeLimit(seconds)


def test_a_learning_curve_is_drawn_while_training_and_at_the_end(tmp_path):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    curve = LearningCurve(tmp_path / "curve.svg", seconds=1e-9)
    n_figures = len(pyplot.get_fignums())
    est = quick(BPClassifier, max_iter=30).set_callbacks(curve).fit(X, y)
    np.testing.assert_array_equal(curve.display_.loss, est.loss_curve_)
    assert (tmp_path / "curve.svg").read_bytes().startswith(b"<?xml")
    assert len(pyplot.get_fignums()) == n_figures + 1  # one figure, however often it was drawn
    pyplot.close(curve.display_.figure_)


def test_a_learning_curve_on_paths_that_cannot_be_written_keeps_the_model(tmp_path):
    pytest.importorskip("matplotlib")
    est = quick(BPClassifier, max_iter=3)
    with pytest.raises(OSError, match=r"curve.png") as caught:
        est.set_callbacks(LearningCurve(tmp_path / "no folder" / "curve.png")).fit(X, y)
    assert "LearningCurve" in caught.value.__notes__[0]
    assert est.n_iter_ == 3


class Trial:
    """A trial of optuna that prunes at the third report."""

    def __init__(self):
        self.reports = []

    def report(self, value, step):
        self.reports.append((step, value))

    def should_prune(self):
        return len(self.reports) == 3


@pytest.mark.parametrize("metric", ["loss", "validation_score"])
def test_a_trial_is_told_of_each_epoch_and_pruned(metric):
    optuna = pytest.importorskip("optuna")
    est, trial = quick(BPClassifier, max_iter=9), Trial()
    with pytest.raises(optuna.TrialPruned):
        est.set_callbacks(OptunaPruning(trial, metric)).fit(X, y, X_val=X, y_val=y)
    assert trial.reports == list(enumerate(est.history_[metric], start=1))
    assert est.n_iter_ == 3


def test_a_study_prunes_hopeless_trials():
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)

    def objective(trial):
        rate = trial.suggest_categorical("learning_rate", [0.1, 1e-8])
        est = quick(BPClassifier, learning_rate=rate, max_iter=20)
        return est.set_callbacks(OptunaPruning(trial, "loss")).fit(X, y).loss_

    sampler = optuna.samplers.GridSampler({"learning_rate": [0.1, 1e-8]}, seed=1)
    pruner = optuna.pruners.PercentilePruner(50, n_startup_trials=1, n_warmup_steps=2)
    study = optuna.create_study(direction="minimize", sampler=sampler, pruner=pruner)
    study.enqueue_trial({"learning_rate": 0.1})
    study.optimize(objective, n_trials=3)
    states = {t.params["learning_rate"]: t.state.name for t in study.trials}
    assert states == {0.1: "COMPLETE", 1e-8: "PRUNED"}


@pytest.mark.parametrize("params", [{"n_restarts": 1}, {"n_models": 2}])
def test_pruning_is_refused_where_several_networks_are_trained(params):
    with pytest.raises(ValueError, match=r"n_restarts|n_models"):
        quick(BPClassifier, **params).set_callbacks(OptunaPruning(Trial())).fit(X, y)


def test_a_metric_that_is_not_in_the_history_is_refused_by_name():
    pytest.importorskip("optuna")
    with pytest.raises(ValueError, match="metric='validation_score'"):
        quick(BPClassifier).set_callbacks(OptunaPruning(Trial())).fit(X, y)
