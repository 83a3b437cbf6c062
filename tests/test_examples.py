"""The examples run, in their short form, and show what they say."""

import importlib
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

from sk_bp.activations import ACTIVATIONS

EXAMPLES = Path(__file__).parents[1] / "examples"
# What the rest is made of, and what .ci/run runs in full.
NOT_RUN_HERE = {"docstrings", "example", "quickstart"}
CLAIMS = {}


def claim(function):
    """Register what must hold of an example's figures, by the example's name."""
    CLAIMS[function.__name__] = function
    return function


@pytest.fixture(autouse=True)
def _examples_can_be_imported(monkeypatch, close_figures):
    monkeypatch.syspath_prepend(EXAMPLES)


def test_a_folder_that_is_not_there_is_refused_before_the_work(capsys):
    with pytest.raises(SystemExit):
        run("plot_sine", "--save", "no/such/folder/picture.png")
    assert "there is no such folder" in capsys.readouterr().err


def run(name, *arguments):
    sys.modules.pop(name, None)
    return importlib.import_module(name).main(["--short", *arguments])


@claim
def plot_rmsprop_linear_regression(found):
    best = found["least squares"]
    assert np.abs(found["momentum"] - best).max() < 0.01
    assert np.abs(found["RMSProp"] - best).max() < 0.15


@claim
def dask_two_processes(found):
    assert found["accuracy"] > 0.6
    assert found["losses"][-1] < found["losses"][0]


@claim
def plot_sine(found):
    names = ("gradient descent", "Adam", "Levenberg-Marquardt")
    descent, adam, curvature = (found[name]["error"] for name in names)
    assert descent > 10 * adam > 10 * curvature
    assert found["momentum"][0.1] < found["gradient descent"][0.1] / 3
    assert found["Levenberg-Marquardt"][0.02] < found["L-BFGS"][0.02] < found["Adam"][0.02]
    assert found["gradient descent"][0.02] == np.inf


@claim
def plot_backpropagation(found):
    assert found["difference"] < 1e-12
    assert (np.diff(found["losses"]) < 0).all()


@claim
def plot_local_minima(found):
    assert found["2 units"] < found["2 units, n_restarts=5"] <= found["8 units"] == 8


@claim
def plot_decision_boundaries(found):
    straight, few, many, held_back = found.values()
    assert min(few["test"], held_back["test"]) > max(straight["test"], many["test"]) + 0.02
    assert many["training"] == 1 > held_back["training"]


@claim
def plot_early_stopping(found):
    to_the_end, stopped = found["to the end"], found["early stopping"]
    assert stopped["epochs"] < to_the_end["epochs"]
    assert stopped["error"] < to_the_end["error"]


@claim
def plot_class_imbalance(found):
    plain, *others = found.values()
    for other in others:
        assert other["recall"] > plain["recall"]
        assert other["precision"] < plain["precision"]
        assert abs(other["average"] - plain["average"]) < 0.08


@claim
def plot_calibration(found):
    too_long, calibrated, hinge, defaults = (figures["loss"] for figures in found.values())
    assert max(calibrated, hinge) < defaults < too_long


@claim
def plot_time_series(found):
    assert found["network"] > 0.98 > found["linear"] + 0.1 > found["the last value"] + 0.2


@claim
def plot_wide_text(found):
    assert found["accuracies"][-1] > found["accuracies"][0] + 0.02
    # 256 times the columns; the time varies with what else the machine does.
    assert found["seconds"][-1] < 30 * found["seconds"][0]


@claim
def plot_stream(found):
    constant, falling = found["constant"], found["falling"]
    assert min(constant["before"], falling["before"]) > 0.9
    assert constant["after"] > falling["after"] + 0.1
    assert constant["end"] > falling["end"]


@claim
def plot_bayesian_search(found):
    bayesian, at_random = found["Bayesian (TPE)"], found["random"]
    assert bayesian["later"] > at_random["later"]
    assert min(bayesian["best"], at_random["best"]) > 0.8


@claim
def plot_range_test(found):
    assert len(found) == 6
    for suggestion, divergence, auto in found.values():
        assert suggestion < (divergence or np.inf)
        assert auto >= suggestion / 2


@claim
def plot_gradient_check(found):
    assert found == {"as it is": "right", "1 % too large": "wrong"}


@claim
def plot_vanishing_gradient(found):
    logistic, relu = found["logistic, Glorot"], found["relu, He"]
    assert logistic["diagnosis"][0].startswith("Vanishing")
    assert relu["diagnosis"][0].startswith("Healthy")
    assert relu["accuracy"] > 0.9 > 0.3 > logistic["accuracy"]


@claim
def plot_exploding_gradient(found):
    unscaled, small, scaled = found.values()
    assert unscaled["warned"]
    assert unscaled["diagnosis"][0].startswith("No further step")
    assert unscaled["diagnosis"][1].startswith("Exploding")
    assert not small["warned"]
    assert scaled["r2"] > 0.5 > small["r2"]
    assert scaled["diagnosis"][0].startswith("Healthy")


@claim
def plot_sparse_text_optimizers(found):
    for name in ("Adagrad", "RMSProp", "Adam"):
        assert found[name] < 0.5 * found["momentum"] < 0.5 * found["SGD"]


@claim
def plot_batch_size(found):
    after_an_epoch = [losses[-1] for losses in found.values()]
    assert after_an_epoch == sorted(after_an_epoch)


@claim
def plot_learning_rate(found):
    loss = {name: figures["loss"] for name, figures in found.items()}
    assert loss["too small"] > loss["large"] > loss["right"]
    assert loss["large"] > loss["falling"]
    assert loss["too large"] > 1000
    assert [name for name, figures in found.items() if figures["warned"]] == ["too large"]


@claim
def plot_schedules(found):
    cosine, warmed = found["cosine"], found["cosine, warmed up"]
    rise = len(warmed) // 10
    assert (warmed[: rise - 1] < cosine[: rise - 1]).all()
    np.testing.assert_array_equal(warmed[rise:], cosine[rise:])
    largest = [rates.max() for name, rates in found.items() if name != "cosine, warmed up"]
    np.testing.assert_allclose(largest, 0.1, rtol=1e-4)
    for name in ("cosine", "one cycle", "warm restarts", "cosine log"):
        assert 0 < found[name][-1] < found["straight line"][-1] < 0.0002
    for name in ("exponential", "inverse time", "inverse scaling"):
        assert (np.diff(found[name]) < 0).all()
    for name in ("warm restarts", "cosine log", "adaptive"):
        assert (np.diff(found[name]) > 0).any()
        assert (np.diff(found[name]) < 0).any()


@claim
def plot_losses(found):
    errors = found["errors"]
    assert errors["squared error"] > 1.2 * max(errors["Huber"], errors["absolute error"])
    assert 0.65 < found["quantiles"]["covered"] < 0.9
    assert found["quantiles"]["widest"] > 1.5 * found["quantiles"]["narrowest"]
    ranges = found["ranges"]
    assert ranges["no activation"]["lowest"] < 0 <= ranges["relu"]["lowest"]
    assert ranges["softplus"]["lowest"] > 0
    assert ranges["softplus"]["r2"] > ranges["no activation"]["r2"]


@claim
def plot_activations(found):
    assert set(found["accuracies"]) == set(ACTIVATIONS) - {"identity"}
    for name, scores in found["accuracies"].items():
        shallow, deep = scores.mean(axis=1)
        assert shallow > 0.8
        assert deep < 0.2 if name in ("logistic", "hard_sigmoid") else deep > 0.6, name


@claim
def plot_regularizers(found):
    plain = found["none"]
    for name, figures in found.items():
        if name != "none":
            assert figures["held out"][-1] < plain["held out"][-1]
    np.testing.assert_array_equal(found['average="ema"']["training"], plain["training"])
    assert found["l1=0.3"]["weights"] < 0.5


@claim
def plot_regularization(found):
    for name in ("weight_decay", "l1", "dropout"):
        _, scores = found[name]
        assert scores["test"].argmin() > 0
        assert scores["training"][0] < scores["training"][-1]
    assert found["l1"][1]["weights"][0] == 1 > found["l1"][1]["weights"][-1]
    limits, scores = found["max_grad_norm"]
    assert scores.argmax() < len(limits) - 1


@claim
def plot_underfitting(found):
    training, validation = found["size"].values()
    assert np.all(np.diff(training) > 0)
    assert 0 < np.argmax(validation) < len(validation) - 1


@claim
def grid_search_pipeline(found):
    assert {name.split("__")[1] for name in found["params"]} >= {"optimizer", "learning_rate"}
    assert 0.4 < found["best"] <= 1


@claim
def search_optuna(found):
    own = {"sgd": "optimizer__momentum", "rmsprop": "optimizer__rho", "adam": "optimizer__beta_1"}
    scores = [trial["score"] for trial in found["trials"]]
    assert max(scores) > 0.9 > min(scores) + 0.2
    assert {trial["optimizer"] for trial in found["trials"]} == set(own)
    for trial in found["trials"]:
        assert set(own.values()) & set(trial) == {own[trial["optimizer"]]}
    assert found["best"] > 0.9
    assert found["default"] > 0.9


@claim
def search_halving(found):
    n_candidates = found["rounds"].groupby("epochs").size()
    assert n_candidates.to_dict() == {3: 9, 9: 3, 27: 1}
    assert found["rounds"]["rate"].nunique() == 9
    assert 0.9 < found["best"] <= 1


@pytest.mark.parametrize(
    ("example", "library"),
    [("search_optuna", "optuna"), ("search_halving", "pandas"), ("plot_bayesian_search", "optuna")],
)
def test_without_its_library_an_example_says_how_to_install_it(monkeypatch, example, library):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(SystemExit, match=f'needs {library}.*pip install "\\.\\[search\\]"'):
        run(example)


@claim
def stream_partial_fit(found):
    assert found[2] > found[1] > 0.2


@pytest.mark.parametrize(
    "name", sorted({path.stem for path in EXAMPLES.glob("*.py")} - NOT_RUN_HERE)
)
def test_an_example_shows_what_it_says(name, tmp_path, capsys):
    picture = tmp_path / "picture.png"
    drawn = name.startswith("plot_")
    found = run(name, *(["--save", str(picture)] if drawn else []))
    CLAIMS[name](found)
    printed = capsys.readouterr().out
    assert any(character.isdigit() for character in printed)
    assert picture.exists() == drawn
    if drawn:
        assert plt.imread(picture)[..., :3].std() > 0.05
    assert not plt.get_fignums()


def test_every_claim_is_of_an_example_that_is_there():
    assert {path.stem for path in EXAMPLES.glob("*.py")} == NOT_RUN_HERE | set(CLAIMS)


def test_without_a_screen_an_example_says_how_to_save_its_picture(capsys):
    run("plot_rmsprop_linear_regression")
    assert "--save FILE" in capsys.readouterr().out
