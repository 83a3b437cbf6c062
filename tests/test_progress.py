"""What `verbose` prints."""

import re
import sys

import pytest
from cases import both
from helpers import quick, two_classes

from sk_bp import BPClassifier
from sk_bp.progress import duration

X, y = two_classes(40, 5)


def lines_of(capsys, **params):
    """A fitted classifier, and the lines that its fit has printed."""
    est = quick(BPClassifier, **params).fit(X, y)
    return est, capsys.readouterr().out.splitlines()


@both
def test_nothing_is_printed_without_verbose(Estimator, capsys):
    quick(Estimator, max_iter=3).fit(X, y)
    assert capsys.readouterr().out == ""


@both
def test_verbose_2_prints_a_line_for_each_epoch(Estimator, capsys):
    est = quick(Estimator, verbose=2, max_iter=3).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    for i, line in enumerate(lines):
        assert line.startswith(f"Epoch {i + 1}/3: loss {est.loss_curve_[i]:.4g}, learning rate")
        assert re.search(r"[\d,]+ samples/s, .* left$", line)
    assert len(lines) == 3


@pytest.mark.parametrize("verbose", [1, True])
def test_verbose_1_prints_the_first_and_last_of_epochs_that_take_less_than_a_second(
    verbose, capsys
):
    _, lines = lines_of(capsys, verbose=verbose, max_iter=40)
    assert [line.split(":")[0] for line in lines] == ["Epoch 1/40", "Epoch 40/40"]


def test_the_last_epoch_is_printed_too_if_the_fit_ends_before_its_time(capsys):
    est, lines = lines_of(capsys, verbose=1, max_iter=40, target_loss=1e9)
    assert [line.split(":")[0] for line in lines] == ["Epoch 1/40"]
    est, lines = lines_of(capsys, verbose=1, max_iter=40, target_loss=1.1)
    assert lines[-1].startswith(f"Epoch {est.n_iter_}/40: ")


def test_the_validation_score_is_printed(capsys):
    est = quick(BPClassifier, verbose=2, max_iter=1).fit(X, y, X_val=X, y_val=y)
    assert f", validation loss {-est.validation_scores_[0]:.4g}, " in capsys.readouterr().out
    est.set_params(scoring="accuracy").fit(X, y, X_val=X, y_val=y)
    assert f", validation score {est.validation_scores_[0]:.4g}, " in capsys.readouterr().out


def test_a_warm_start_counts_on(capsys):
    est = quick(BPClassifier, verbose=2, max_iter=2, warm_start=True).fit(X, y)
    capsys.readouterr()
    est.fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["Epoch 3/4", "Epoch 4/4"]


def test_lines_say_which_of_several_networks_they_are_about(capsys):
    _, lines = lines_of(capsys, verbose=2, max_iter=1, n_restarts=1)
    assert [line.split(":")[0] for line in lines] == [
        "Network 1 of 2, epoch 1/1",
        "Network 2 of 2, epoch 1/1",
    ]


def test_minimizers_have_no_learning_rate_to_print(capsys):
    _, lines = lines_of(capsys, verbose=2, max_iter=2, optimizer="lbfgs", learning_rate=None)
    assert lines
    assert not any("learning rate" in line for line in lines)


def test_on_a_terminal_one_line_is_kept_up_to_date(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    quick(BPClassifier, verbose=1, max_iter=3).fit(X, y)
    printed = capsys.readouterr().out
    assert printed.count("\n") == 1
    assert printed.endswith("\n")
    texts = printed.split("\r")
    assert texts[0] == ""
    assert texts[1].startswith("Epoch 1/3")
    assert texts[-1].startswith("Epoch 3/3")
    assert all(text.rstrip("\n").endswith("\x1b[K") for text in texts[1:])


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (3599.7, "1 h 0 min"), (1e5, "27 h 46 min")],
)
def test_time_spans_are_said_as_people_say_them(seconds, text):
    assert duration(seconds) == text
