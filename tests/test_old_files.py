"""Files of this and other versions are loaded as they were, or refused with their format."""

import json
import pickle
from pathlib import Path

import joblib
import numpy as np
import pytest
from cases import both
from data.write_models import LABELS, VALUES, X
from helpers import quick, two_classes

from sk_bp import BPRegressor, saved
from sk_bp.tabular import BPTabularRegressor, TabularEncoder

HERE = Path(__file__).parent / "data"
PREDICTIONS = json.loads((HERE / "predictions.json").read_text())


@pytest.mark.parametrize("name", PREDICTIONS)
def test_a_model_that_was_saved_once_predicts_and_goes_on_the_same(name):
    model = pickle.loads((HERE / name).read_bytes())
    classifies = hasattr(model, "predict_proba")
    predict = model.predict_proba if classifies else model.predict
    np.testing.assert_allclose(predict(X), PREDICTIONS[name]["before"], rtol=1e-10, atol=1e-12)
    model.fit(X, LABELS if classifies else VALUES)
    np.testing.assert_allclose(predict(X), PREDICTIONS[name]["after"], rtol=1e-7, atol=1e-9)


def of_every_kind():
    data, y = two_classes(12, 4)
    return [
        quick(BPRegressor).fit(data, y),
        quick(BPRegressor, n_models=2).fit(data, y),
        BPTabularRegressor(3, max_iter=2).fit(data, y),
        TabularEncoder().fit(data),
        BPRegressor(),
    ]


@pytest.mark.parametrize("estimator", of_every_kind(), ids=lambda e: type(e).__name__)
def test_a_file_of_another_format_is_refused_with_the_version_that_wrote_it(estimator, monkeypatch):
    with monkeypatch.context() as later:
        later.setattr(saved, "FORMAT", saved.FORMAT + 1)
        later.setattr(saved, "version", lambda name: "9.8.7")
        data = pickle.dumps(estimator)
    with pytest.raises(ValueError, match=r"cannot be loaded.*sk_bp 9\.8\.7.*format 1"):
        pickle.loads(data)


@both
def test_a_file_without_a_format_is_refused(Estimator, monkeypatch, tmp_path):
    monkeypatch.setattr(saved.Saved, "__getstate__", lambda self: dict(vars(self)))
    joblib.dump(Estimator(), tmp_path / "model")
    with pytest.raises(ValueError, match=r"it has no number of a format"):
        joblib.load(tmp_path / "model")
