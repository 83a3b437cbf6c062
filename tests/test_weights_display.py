"""Images and bars of the weights of the first layer."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from display_cases import X, fitted, target, y

from sk_bp import BPClassifier, BPRegressor
from sk_bp.inspection import WeightsDisplay

pytestmark = pytest.mark.usefixtures("close_figures")


def test_images_show_the_weights_of_the_strongest_units():
    model = fitted(20)
    display = WeightsDisplay.from_estimator(model, image_shape=(3, 4), units=4)
    W, out = model.coefs_
    size = np.linalg.norm(W, axis=0) * np.linalg.norm(out, axis=1)
    order = np.argsort(-size)[:4]
    limit = np.abs(W[:, order]).max()
    for panel, unit in zip(display.axes_, order, strict=True):
        (image,) = panel.get_images()
        np.testing.assert_array_equal(image.get_array(), W[:, unit].reshape(3, 4))
        np.testing.assert_allclose(image.get_clim(), (-limit, limit))  # zero is grey in all alike
        assert panel.get_title() == f"unit {unit} → {model.classes_[out[unit].argmax()]}"


def test_bars_show_the_strongest_features_by_name():
    frame = pd.DataFrame(X, columns=[f"word {i}" for i in range(12)])
    model = BPClassifier((), max_iter=5, tol=None, random_state=0).fit(frame, y)
    display = WeightsDisplay.from_estimator(model, n_features=3)
    W = model.coefs_[0]
    assert [panel.get_title() for panel in display.axes_] == ["blue", "green", "red"]
    for output, panel in enumerate(display.axes_):
        strongest = np.argsort(-np.abs(W[:, output]))[:3]
        strongest = strongest[np.argsort(W[strongest, output])]
        names = [tick.get_text() for tick in panel.get_yticklabels()]
        assert names == [f"word {i}" for i in strongest]
        widths = [bar.get_width() for bar in panel.patches]
        np.testing.assert_array_equal(widths, W[strongest, output])


def test_units_without_names_have_numbers():
    model = BPRegressor(7, max_iter=3, tol=None, random_state=0).fit(X, target)
    display = WeightsDisplay.from_estimator(model, units=[6, 2], n_features=20)
    assert [panel.get_title() for panel in display.axes_] == ["unit 6", "unit 2"]
    assert len(display.axes_[0].patches) == 12
    assert {tick.get_text() for tick in display.axes_[0].get_yticklabels()} == {
        f"x{i}" for i in range(12)
    }


@pytest.mark.parametrize("n_classes", [1, 2])
def test_a_unit_of_few_classes_is_named(n_classes):
    few = np.arange(90) % n_classes
    model = BPClassifier(3, max_iter=2, tol=None, random_state=0).fit(X, few)
    titles = [panel.get_title() for panel in WeightsDisplay.from_estimator(model).axes_]
    assert len(titles) == 3
    out = model.coefs_[1]
    for title in titles:
        unit = int(title.split()[1])
        end = f" → {int(out[unit, 0] > 0)}" if n_classes == 2 else ""
        assert title == f"unit {unit}{end}"


def test_units_are_drawn_into_as_many_axes_as_are_given():
    model = fitted(5)
    figure, axes = plt.subplots(1, 3)
    display = WeightsDisplay.from_estimator(model, ax=axes[:2])
    assert display.figure_ is figure
    assert [panel.get_title() != "" for panel in axes] == [True, True, False]
    with pytest.raises(ValueError, match="ax holds 3 Axes, but 2 are needed, one for each of the"):
        WeightsDisplay.from_estimator(model, units=2, ax=axes)


def test_long_names_are_cut_and_dollars_are_dollars():
    frame = pd.DataFrame(
        X, columns=[f"{i} the cost $\\frac$ of a very long name" for i in range(12)]
    )
    model = BPClassifier((), max_iter=2, tol=None, random_state=0).fit(frame, y)
    display = WeightsDisplay.from_estimator(model)
    display.figure_.canvas.draw()
    names = [tick.get_text() for tick in display.axes_[0].get_yticklabels()]
    assert all(len(name) == 24 and name.endswith("…") and "$" in name for name in names)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"image_shape": (3, 5)}, "15 places, but the network has 12 features"),
        ({"image_shape": (12,)}, "two whole numbers"),
        ({"image_shape": 12}, "two whole numbers"),
        ({"image_shape": (3.0, 4.0)}, "two whole numbers"),
        (
            {"feature_names": ["a", "b"]},
            "feature_names has 2 elements, but the network has 12 features",
        ),
        ({"units": 0}, "units must be a whole number > 0 or numbers, got 0"),
        ({"units": True}, "units must be a whole number > 0 or numbers, got True"),
        ({"units": [7]}, r"units=\[7\]: the first layer has units 0 to 4"),
        ({"units": [-1]}, "units 0 to 4"),
        ({"units": []}, "sequence of numbers"),
        ({"units": ["a"]}, "sequence of numbers"),
        ({"n_features": 0}, "n_features must be a whole number > 0, got 0"),
        ({"n_features": 2.5}, "n_features must be a whole number > 0"),
    ],
    ids=str,
)
def test_invalid_parameters_are_refused_by_name_and_value(params, message):
    with pytest.raises(ValueError, match=message):
        WeightsDisplay.from_estimator(fitted(5), **params)


def test_weights_that_are_all_zero_are_drawn():
    model = BPRegressor()
    model.coefs_, model.intercepts_ = [np.zeros((4, 1))], [np.zeros(1)]
    WeightsDisplay.from_estimator(model, image_shape=(2, 2)).figure_.canvas.draw()
    WeightsDisplay.from_estimator(model).figure_.canvas.draw()


def test_weights_are_drawn_times_the_scale_of_their_columns_unless_asked_not_to():
    units = np.geomspace(1e-3, 1e3, 12)
    raw = X * units
    model = BPClassifier(6, max_iter=5, tol=None, random_state=0, scaling=True).fit(raw, y)
    scaled = WeightsDisplay.from_estimator(model, units=[0, 1]).weights
    given = WeightsDisplay.from_estimator(model, units=[0, 1], scaled=False).weights
    np.testing.assert_array_equal(given, model.coefs_[0][:, :2])
    ratio = (scaled / given)[:, 0]
    np.testing.assert_allclose(ratio, units, rtol=2)  # found to a factor
    assert np.ptp(np.abs(given).max(axis=1)) > 100 * np.ptp(np.abs(scaled).max(axis=1))
    plain = BPClassifier(6, max_iter=5, tol=None, random_state=0, scaling=False).fit(X, y)
    drawn = WeightsDisplay.from_estimator(plain, units=[0, 1]).weights
    np.testing.assert_array_equal(drawn, plain.coefs_[0][:, :2])
