"""Training on the workers of a Dask cluster: real processes."""

import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from helpers import assert_same_bits, quick
from rounds_cases import cut, digest, fit_in_rounds, sparse_problem
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sk_bp import BPClassifier, BPRegressor

da = pytest.importorskip("dask.array")
dd = pytest.importorskip("dask.dataframe")
distributed = pytest.importorskip("distributed")

from dask import delayed  # noqa: E402
from dask_cases import cluster  # noqa: E402

from sk_bp.dask import DaskBPClassifier, DaskBPRegressor, fit  # noqa: E402

X, y = sparse_problem()
PARAMS = {"batch_size": 20}


@pytest.fixture(scope="module")
def client():
    with cluster(2) as found:
        yield found


def classifier(**params):
    return quick(DaskBPClassifier, **{**PARAMS, "partitions_per_round": 2, **params})


def expected(parts, **params):
    """The same fit in this process."""
    return fit_in_rounds(quick(BPClassifier, **{**PARAMS, **params}), parts, 2)


def as_array(values, n_parts=4):
    chunks = tuple(len(part) for part in np.array_split(np.arange(len(values)), n_parts))
    return da.from_array(values, chunks=(chunks, *values.shape[1:]))


dX, dy = as_array(X), as_array(y)
PARTS = cut(4, X, y)


# ------------------------------------------------------------------ kinds of input


def test_a_dask_array_is_trained_as_its_partitions(client):
    assert_same_bits(classifier().fit(dX, dy), expected(PARTS))


def test_sparse_blocks_are_trained_as_they_are(client):
    found = classifier().fit(dX.map_blocks(sp.csr_array), dy)
    assert_same_bits(found, expected(cut(4, sp.csr_array(X), y)))


def test_blocks_of_unknown_length_are_trained(client):
    frame = dd.from_pandas(pd.DataFrame(X), npartitions=4)
    labels = dd.from_pandas(pd.Series(y), npartitions=4)
    unknown = frame.to_dask_array(), labels.to_dask_array()
    assert np.isnan(unknown[0].chunks[0]).all()
    parts = [tuple(p) for p in zip(*[_blocks(u) for u in unknown], strict=True)]
    found = classifier().fit(*unknown)
    assert_same_bits(found, expected(parts))
    assert found.predict(unknown[0]).compute().shape == (300,)


def _blocks(array):
    import dask

    return dask.compute(list(array.to_delayed().ravel()))[0]


def test_data_frames_are_trained_and_their_predictions_have_their_index(client):
    columns = [f"c{k}" for k in range(X.shape[1])]
    frame = pd.DataFrame(X, columns=columns, index=np.arange(300) + 1000)
    labels = pd.Series(y, index=frame.index)
    frames = dd.from_pandas(frame, npartitions=4), dd.from_pandas(labels, npartitions=4)
    found = classifier().fit(*frames)
    assert found.feature_names_in_.tolist() == columns
    predicted = found.predict(frames[0])
    assert isinstance(predicted, dd.Series)
    pd.testing.assert_series_equal(
        predicted.compute(), pd.Series(found.to_local().predict(frame), frame.index)
    )
    p = found.predict_proba(frames[0]).compute()
    np.testing.assert_allclose(p.to_numpy(), found.to_local().predict_proba(frame))


def test_lists_of_delayed_parts_and_of_futures_are_trained(client):
    lists = [[delayed(part[k]) for part in PARTS] for k in (0, 1)]
    assert_same_bits(classifier().fit(*lists), expected(PARTS))
    futures = [[client.submit(np.array, part[k]) for part in PARTS] for k in (0, 1)]
    found = classifier().fit(*futures)
    assert_same_bits(found, expected(PARTS))
    predicted = [part.compute() for part in found.predict(lists[0])]
    np.testing.assert_array_equal(np.concatenate(predicted), found.to_local().predict(X))
    assert found.score(*lists) == found.to_local().score(X, y)


def test_partitions_may_be_empty_have_one_sample_or_one_class(client):
    parts = [(X[:0], y[:0]), (X[:1], y[:1]), (X[y == 0], y[y == 0]), (X, y), (X[:0], y[:0])]
    lists = [[delayed(part[k]) for part in parts] for k in (0, 1)]
    assert_same_bits(classifier().fit(*lists), expected(parts))


def test_what_is_wrong_with_a_partition_is_said_with_its_number(client):
    bad = X.copy()
    bad[17 * 15 + 3, 2] = np.nan
    with pytest.raises(ValueError, match=r"partition 17 of X and y: Input X contains NaN"):
        classifier().fit(as_array(bad, 20), as_array(y, 20))


def test_weights_go_with_their_samples(client):
    weight = np.random.default_rng(0).integers(0, 3, 300).astype(float)
    found = classifier(class_weight="balanced").fit(dX, dy, as_array(weight))
    parts = cut(4, X, y, weight)
    assert_same_bits(found, expected(parts, class_weight="balanced"))


# ------------------------------------------------------------------ the estimator


def test_one_partition_on_a_cluster_is_fit_to_the_bit(client):
    found = classifier().fit(as_array(X, 1), as_array(y, 1))
    assert_same_bits(found, quick(BPClassifier, **PARAMS).fit(X, y))


def test_predictions_are_lazy_and_those_of_the_plain_estimator(client):
    found = classifier().fit(dX, dy)
    local = found.to_local()
    assert type(local) is BPClassifier
    for method in ("predict", "predict_proba", "predict_log_proba", "decision_function"):
        lazy = getattr(found, method)(dX)
        assert isinstance(lazy, da.Array)
        assert lazy.chunks[0] == dX.chunks[0]
        values = getattr(local, method)(X)
        assert lazy.dtype == values.dtype
        np.testing.assert_allclose(lazy.compute(), values, rtol=1e-12)
        np.testing.assert_array_equal(getattr(found, method)(X), values)
    sparse = dX.map_blocks(sp.csr_array)
    np.testing.assert_array_equal(found.predict(sparse).compute(), local.predict(X))
    assert found.score(dX, dy) == local.score(X, y)
    weight = np.arange(300.0)
    assert found.score(dX, dy, as_array(weight)) == local.score(X, y, weight)


def test_a_large_model_is_not_a_part_of_the_graph(client):
    wide = as_array(sp.random_array((40, 20_000), density=0.01, rng=0).toarray(), 2)
    found = classifier(hidden_layer_sizes=20, max_iter=1).fit(wide, as_array(np.arange(40) % 2, 2))
    lazy = found.predict(wide[:, :])
    model = [task for name, task in dict(lazy.dask).items() if "BPClassifier" in str(name)]
    assert not any(len(pickle.dumps(task)) > 1e6 for task in model)
    np.testing.assert_array_equal(lazy.compute(), found.to_local().predict(wide.compute()))


def test_a_regressor_trains_scores_and_predicts(client):
    target = X[:, 0] + X[:, 1] + 3
    found = quick(DaskBPRegressor, **PARAMS, partitions_per_round=2).fit(dX, as_array(target))
    twin = fit_in_rounds(quick(BPRegressor, **PARAMS), cut(4, X, target), 2)
    assert_same_bits(found, twin)
    np.testing.assert_allclose(found.score(dX, as_array(target)), twin.score(X, target))
    np.testing.assert_allclose(found.predict(dX).compute(), twin.predict(X), rtol=1e-12)


def test_the_function_fits_a_plain_estimator_in_place(client):
    plain = quick(BPClassifier, **PARAMS)
    assert fit(plain, dX, dy, partitions_per_round=2, client=client) is plain
    assert_same_bits(plain, expected(PARTS))


def test_held_out_samples_stop_a_fit_and_may_be_partitions(client):
    params = {"early_stopping": True, "max_iter": 30, "tol": 0.1, "n_iter_no_change": 2}
    found = classifier(**params).fit(dX, dy, X_val=dX[:90], y_val=dy[:90])
    again = classifier(**params).fit(dX, dy, X_val=X[:90], y_val=y[:90])
    assert_same_bits(found, again)
    assert found.n_iter_ < 30
    assert len(found.validation_scores_) == found.n_iter_


def test_partial_fit_goes_on_and_so_does_a_warm_start(client):
    stream = classifier()
    for _ in range(3):
        stream.partial_fit(dX, dy, classes=[0, 1])
    twin = quick(BPClassifier, **PARAMS)
    for _ in range(3):
        fit_in_rounds(twin, PARTS, 2, stream=True, classes=[0, 1])
    assert_same_bits(stream, twin)
    warm = classifier(warm_start=True, max_iter=2).fit(dX, dy).fit(dX, dy)
    assert_same_bits(warm, classifier().fit(dX, dy))


def test_callbacks_are_called_after_each_epoch(client, tmp_path):
    pytest.importorskip("sklearn.callback")
    from sk_bp.callbacks import Checkpoint, TimeLimit, load_checkpoint

    file = tmp_path / "model.checkpoint"
    found = classifier().set_callbacks(Checkpoint(file)).fit(dX, dy)
    saved = load_checkpoint(file)
    assert type(saved) is BPClassifier
    assert_same_bits(saved, found)
    stopped = classifier(max_iter=10**6).set_callbacks(TimeLimit(0.2)).fit(dX, dy)
    assert stopped.end_reason_ == "stopped"


def test_an_estimator_is_cloned_with_its_client_and_pickled_without(client):
    found = classifier(client=client).fit(dX, dy)
    copy = clone(found)
    assert copy.client is client
    assert copy.get_params(deep=False) == found.get_params(deep=False)
    loaded = pickle.loads(pickle.dumps(found))
    assert loaded.client is None
    assert_same_bits(loaded, found)
    np.testing.assert_array_equal(loaded.predict(X), found.predict(X))


def test_the_partitions_of_a_round_are_as_many_as_workers_by_default(client):
    found = classifier(partitions_per_round=None).fit(dX, dy)
    assert found.partitions_per_round_ == 2


def test_a_fit_inside_a_task_uses_the_cluster_of_the_task(client):
    def task(parts):
        lists = [[delayed(part[k]) for part in parts] for k in (0, 1)]
        estimator = DaskBPClassifier(
            6,
            batch_size=20,
            max_iter=4,
            tol=None,
            random_state=0,
            learning_rate=0.001,
            alpha=1e-4,
            partitions_per_round=2,
        )
        return digest(estimator.fit(*lists))

    assert client.submit(task, PARTS).result(timeout=60) == digest(expected(PARTS))


def test_two_fits_at_a_time_do_not_disturb_each_other(client):
    from concurrent.futures import ThreadPoolExecutor

    seeds = [0, 1]
    with ThreadPoolExecutor(2) as pool:
        fits = [
            pool.submit(lambda seed: classifier(random_state=seed, client=client).fit(dX, dy), seed)
            for seed in seeds
        ]
        found = [one.result(timeout=60) for one in fits]
    for one, seed in zip(found, seeds, strict=True):
        assert_same_bits(one, expected(PARTS, random_state=seed))


# ------------------------------------------------------------------ what is refused


def test_plain_estimators_refuse_collections_of_dask(client):
    plain = quick(BPClassifier).fit(X, y)
    for call in (lambda: plain.fit(dX, dy), lambda: plain.predict(dX)):
        with pytest.raises(TypeError, match=r"X is a collection of Dask.*sk_bp\.dask"):
            call()
    with pytest.raises(TypeError, match=r"y is a collection of Dask"):
        plain.fit(X, dy)


@pytest.mark.parametrize(
    ("X", "y", "error", "message"),
    [
        (X, y, TypeError, "X must be a dask array"),
        (dX, y, TypeError, "y must be a dask array"),
        (dX, as_array(y, 3), ValueError, "X has 4 partitions, but y has 3"),
        (dX.rechunk((75, 10)), dy, ValueError, "X is cut into 3 blocks of columns"),
        (dX, as_array(y)[np.r_[1:300]], ValueError, "partition 3 of X and y.*inconsistent"),
        (as_array(np.where(X[170].max() == X, np.nan, X)), dy, ValueError, "partition 2 .*NaN"),
        (dX[:0], dy[:0], ValueError, "X has no samples"),
    ],
)
def test_data_that_cannot_be_trained_on_are_refused(client, X, y, error, message):
    with pytest.raises(error, match=message):
        classifier().fit(X, y)


def test_categories_of_a_data_frame_are_refused_with_a_hint(client):
    frame = pd.DataFrame({"a": np.arange(40.0), "b": pd.Categorical([0, 1] * 20)})
    frames = dd.from_pandas(frame, npartitions=2), dd.from_pandas(pd.Series([0, 1] * 20), 2)
    with pytest.raises(TypeError, match=r"partition 0 .* categorical columns \['b'\].*get_dummies"):
        classifier().fit(*frames)


@pytest.mark.parametrize("name", ["partitions_per_round", "client"])
def test_parameters_of_the_cluster_are_checked(client, name):
    with pytest.raises(ValueError, match=f"The '{name}' parameter"):
        classifier(**{name: 0}).fit(dX, dy)


# ------------------------------------------------------------------ what stays where


def test_the_client_never_receives_X(client, monkeypatch):
    received = []
    gather = distributed.Client.gather

    def noting(self, futures, *args, **kwargs):
        found = gather(self, futures, *args, **kwargs)
        received.append(pickle.dumps(found))
        return found

    monkeypatch.setattr(distributed.Client, "gather", noting)
    classifier(scaling=False).fit(dX, dy)
    assert received
    assert not any(row.tobytes() in text for text in received for row in X[:50] if row.any())


def test_grid_searches_run_on_a_cluster(client):
    import joblib

    grid = {"hidden_layer_sizes": [2, 6], "learning_rate": [0.001, 0.01]}
    here = GridSearchCV(quick(BPClassifier, **PARAMS), grid, cv=2).fit(X, y)
    with joblib.parallel_config("dask"):
        there = GridSearchCV(quick(BPClassifier, **PARAMS), grid, cv=2).fit(X, y)
    assert there.best_params_ == here.best_params_
    assert_same_bits(there.best_estimator_, here.best_estimator_)


def test_the_grid_search_of_dask_ml_finds_what_that_of_scikit_learn_does(client):
    dask_ml = pytest.importorskip("dask_ml.model_selection")
    grid = {"hidden_layer_sizes": [2, 6], "learning_rate": [0.001, 0.01]}
    here = GridSearchCV(quick(BPClassifier, **PARAMS), grid, cv=2).fit(X, y)
    there = dask_ml.GridSearchCV(quick(BPClassifier, **PARAMS), grid, cv=2).fit(X, y)
    assert there.best_params_ == here.best_params_
    for name in ("mean_test_score", "rank_test_score"):
        np.testing.assert_allclose(there.cv_results_[name], here.cv_results_[name])
    assert_same_bits(there.best_estimator_, here.best_estimator_)


def test_without_a_client_a_fit_says_how_to_get_one():
    # a process of its own: here is a client
    import subprocess
    import sys

    code = (
        "import dask.array as da, numpy as np\n"
        "from sk_bp.dask import DaskBPClassifier\n"
        "X = da.from_array(np.ones((4, 2)), chunks=(2, 2))\n"
        "DaskBPClassifier().fit(X, da.from_array(np.arange(4) % 2, chunks=2))\n"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True)
    assert "ValueError: there is no Dask client: make one first" in done.stderr
