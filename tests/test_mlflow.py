"""mlflow keeps models as scikit-learn's."""

import warnings

import numpy as np
import pytest
from cases import both
from helpers import quick, two_classes
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    flavor = pytest.importorskip("mlflow.sklearn")
    pyfunc = pytest.importorskip("mlflow.pyfunc")

pytestmark = pytest.mark.filterwarnings("default")  # of mlflow
X, y = two_classes(40, 4)


@both
@pytest.mark.parametrize("serialization", ["cloudpickle", "pickle"])
def test_a_model_saved_by_mlflow_predicts_as_before(Estimator, serialization, tmp_path):
    model = make_pipeline(StandardScaler(), quick(Estimator)).fit(X, y)
    flavor.save_model(
        model,
        tmp_path / "model",
        serialization_format=serialization,
        pip_requirements=["sk_bp"],  # else mlflow starts a process to look for them
    )
    loaded = flavor.load_model(str(tmp_path / "model"))
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    general = pyfunc.load_model(str(tmp_path / "model"))
    np.testing.assert_array_equal(general.predict(X), model.predict(X))
