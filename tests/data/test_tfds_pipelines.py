"""From `tfds.load` to `fit`: windows counted out from the raw arrays."""

import pathlib
import types

import keras
import numpy as np
import pytest
import scipy.sparse

tfds = pytest.importorskip("tensorflow_datasets")

import keras_stunet.datasets  # noqa: E402
from keras_stunet.data import WindowBatches  # noqa: E402
from keras_stunet.data import load_series  # noqa: E402
from keras_stunet.data import make_windows  # noqa: E402
from keras_stunet.data import tfds_pipelines  # noqa: E402
from keras_stunet.data.catalog import SOURCES  # noqa: E402
from keras_stunet.datasets.metr_la import dummy_data_generation  # noqa: E402
from keras_stunet.datasets.metr_la import read_raw  # noqa: E402
from keras_stunet.datasets.raw_folder import RAW_DIR_VARIABLE  # noqa: E402

FOLDER = pathlib.Path(keras_stunet.datasets.__file__).parent
COUNTS = {"train": 4, "validation": 2, "test": 3}


def loaded(name, folder, raw_dir=None, **config):
    """What `tfds.load` gives of a data set with a config of our own."""
    cls = tfds.builder_cls(name)
    if config:
        config = cls.builder_config_cls(name="own", **config)
        config = {"builder_kwargs": {"config": config}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(RAW_DIR_VARIABLE, str(raw_dir or folder))
        return tfds.load(name, data_dir=folder, with_info=True, **config)


@pytest.fixture(scope="module")
def freeway(tmp_path_factory):
    return loaded("freeway", tmp_path_factory.mktemp("freeway"))


@pytest.fixture(scope="module")
def pemsd7(tmp_path_factory):
    """44 days of three stations, and their speeds and distances."""
    folder = tmp_path_factory.mktemp("pemsd7")
    speed = np.random.default_rng(0).uniform(5, 80, (44 * 288, 3)).round(1)
    distances = np.array([[0, 2000, 9000], [2000, 0, 1000], [9000, 1000, 0]])
    np.savetxt(folder / "PeMSD7_V_228.csv", speed, "%.1f", ",")
    np.savetxt(folder / "PeMSD7_W_228.csv", distances, "%.1f", ",")
    sizes = {"num_stations": 3, "published_only": False}
    return *loaded("pemsd7", folder, **sizes), speed, distances


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("digits")
    options = {"size": 16, "sequences": COUNTS, "published_only": False}
    raw_dir = FOLDER / "moving_mnist" / "dummy_data"
    return loaded("graph_moving_mnist", folder, raw_dir, **options)


def joined(pipeline):
    """All batches in one, an array for each of x, y and mask."""
    batches = [[part.numpy() for part in batch] for batch in pipeline]
    return [np.concatenate(parts) for parts in zip(*batches, strict=True)]


def test_pemsd7_has_265_windows_in_each_of_34_5_and_5_days(pemsd7):
    datasets, info, speed, distances = pemsd7
    data = tfds_pipelines(datasets, info, batch_size=500, shuffle=False)
    days = speed.astype(np.float32).reshape(44, 288, 3, 1)
    parts = days[:34], days[34:39], days[39:]
    for pipeline, part in zip(data[:3], parts, strict=True):
        x, y = joined(pipeline)
        at = [slice(w, w + 12) for w in range(265)]
        expected = np.stack([day[a] for day in part for a in at])
        np.testing.assert_array_equal(x, expected)
        at = [slice(w + 12, w + 24) for w in range(265)]
        expected = np.stack([day[a] for day in part for a in at])
        np.testing.assert_array_equal(y, expected)
    weights = np.exp(-((distances / 1e4) ** 2) / 0.1)
    weights[(weights < 0.5) | np.eye(3, dtype=bool)] = 0
    np.testing.assert_allclose(data.adjacency, weights, rtol=1e-6)
    assert (weights > 0).sum() == 4
    mean, std = data.options.pop("mean"), data.options.pop("std")
    np.testing.assert_allclose(mean, parts[0].mean(dtype=float), rtol=1e-6)
    np.testing.assert_allclose(std, parts[0].std(dtype=float), rtol=1e-6)
    assert data.options == {"history": 12, "horizon": 12, "features": 1}


def test_metr_la_is_cut_7_1_2_with_time_of_day_and_mask(tmp_path):
    sizes = {
        "num_sensors": len(dummy_data_generation.SENSORS),
        "num_steps": 288,
    }
    dummy = FOLDER / "metr_la" / "dummy_data"
    only = {"published_only": False}
    datasets, info = loaded("metr_la", tmp_path, dummy, **sizes, **only)
    data = tfds_pipelines(datasets, info, batch_size=40, shuffle=False)
    raw = read_raw(dummy, **sizes)
    # 265 windows: 185.5 to train, 53 to test, the rest to validate.
    first = 0
    for pipeline, count in zip(data[:3], (186, 26, 53), strict=True):
        x, y, mask = joined(pipeline)
        rows = first + np.arange(count)[:, None] + np.arange(24)
        present = raw.mask[rows]
        assert (mask[..., 0] == present[:, 12:]).all()
        readings = np.where(present, raw.speed[rows], data.options["mean"])
        np.testing.assert_allclose(x[..., 0], readings[:, :12], rtol=1e-6)
        np.testing.assert_allclose(y[..., 0], readings[:, 12:], rtol=1e-6)
        time_of_day = np.broadcast_to(rows[:, :12, None] / 288, x.shape[:3])
        np.testing.assert_allclose(x[..., 1], time_of_day, rtol=1e-6)
        first += count
    train = raw.speed[: 186 + 23]
    np.testing.assert_allclose(data.options["mean"], np.nanmean(train))
    np.testing.assert_allclose(data.options["std"], np.nanstd(train))
    assert data.options["features"] == 2
    graph = raw.adjacency - np.eye(len(raw.adjacency))
    np.testing.assert_allclose(data.adjacency, graph)
    assert (graph != graph.T).any()  # as DCRNN has it


def test_moving_mnist_is_ten_frames_and_ten_of_neighbouring_pixels(digits):
    datasets, info = digits
    data = tfds_pipelines(datasets, info, batch_size=2, shuffle=False)
    for (split, count), pipeline in zip(COUNTS.items(), data[:3], strict=True):
        frames = tfds.as_numpy(datasets[split])
        frames = np.stack([example["frames"] for example in frames])
        pixels = frames.reshape(count, 20, 256, 1) / np.float32(255)
        x, y = joined(pipeline)
        np.testing.assert_array_equal(x, pixels[:, :10])
        np.testing.assert_array_equal(y, pixels[:, 10:])
    assert scipy.sparse.issparse(data.adjacency)
    near = data.adjacency.toarray()[16 * 3 + 5].nonzero()[0]
    assert near.tolist() == [16 * 2 + 5, 16 * 3 + 4, 16 * 3 + 6, 16 * 4 + 5]
    scaling = {"mean": 0.0, "std": 1.0}
    sizes = {"history": 10, "horizon": 10, "features": 1}
    assert data.options == scaling | sizes


def test_moving_mnist_in_part_is_a_list_of_three(digits):
    datasets, info = digits
    parts = [datasets[split].take(2) for split in COUNTS]
    data = tfds_pipelines(parts, info, batch_size=2)
    assert [len(windows) for windows in data.splits[:3]] == [2, 2, 2]


def small_model(data):
    keras.utils.set_random_seed(0)
    shape = data.options["history"], len(data.adjacency), 1
    model = keras.Sequential(
        [
            keras.Input(shape),
            keras.layers.Rescaling(1 / 60),
            keras.layers.Permute((3, 2, 1)),
            keras.layers.Dense(data.options["horizon"]),
            keras.layers.Permute((3, 2, 1)),
            keras.layers.Rescaling(60),
        ]
    )
    model.compile("adam", "mae")
    return model


@pytest.mark.calls_python  # `WindowBatches` is a `PyDataset`
def test_training_gives_the_losses_of_our_own_batches(freeway):
    data = tfds_pipelines(*freeway, batch_size=1000, shuffle=False)
    splits = make_windows(load_series("freeway"))
    own = [WindowBatches(windows, 1000) for windows in splits[:3]]
    results = []
    for train, validation, test in (data[:3], own):
        model = small_model(data)
        history = model.fit(
            train,
            validation_data=validation,
            epochs=2,
            shuffle=False,
            verbose=0,
        ).history
        history["test"] = [model.evaluate(test, verbose=0)]
        results.append(history)
    assert results[0].keys() == {"loss", "val_loss", "test"}
    for name, losses in results[0].items():
        np.testing.assert_allclose(losses, results[1][name], rtol=1e-6)


def test_training_windows_come_in_a_new_order_each_epoch(pemsd7):
    datasets, info, *_ = pemsd7

    def epochs(**options):
        data = tfds_pipelines(datasets["series"], info, 1000, **options)
        return [joined(data.train)[0][:, 0, :, 0] for _ in range(3)]

    orders = epochs()
    once = sorted(map(tuple, orders[0]))
    for number, order in enumerate(orders):
        assert sorted(map(tuple, order)) == once
        for other in orders[:number]:
            assert (order != other).any()
    kept = epochs(shuffle=False)
    assert all((order == kept[0]).all() for order in kept)
    assert sorted(map(tuple, kept[0])) == once
    assert (epochs(seed=1)[0] != orders[0]).any()


@pytest.mark.parametrize(
    ("config", "expected"), [("default", "freeway/default"), ("", "freeway")]
)
def test_a_series_is_called_as_data_set_and_config(
    freeway, monkeypatch, config, expected
):
    datasets, info = freeway
    made, names = SOURCES["freeway"].series, []

    def series(record, name):
        names.append(name)
        return made(record, name)

    source = SOURCES["freeway"]._replace(series=series)
    monkeypatch.setitem(SOURCES, "freeway", source)
    known = {"name": "freeway", "config_name": config}
    tfds_pipelines(
        datasets, types.SimpleNamespace(**known, features=info.features)
    )
    assert names == [expected]


def test_what_is_none_of_ours_is_refused(freeway, tmp_path):
    datasets, info = freeway
    other = tfds.builder("mnist", data_dir=tmp_path).info
    for given in (other, None, datasets):
        with pytest.raises(ValueError) as caught:
            tfds_pipelines(datasets, given)
        names = {name.partition("/")[0] for name in SOURCES}
        names = ", ".join(sorted(names | {"graph_moving_mnist"}))
        assert f"{names}, with the info" in str(caught.value)
    # TensorFlow Datasets' own set, of the name that ours once had.
    other = tfds.builder("moving_mnist", data_dir=tmp_path).info
    parts = dict.fromkeys(COUNTS, datasets["series"])
    with pytest.raises(ValueError, match="is 'moving_mnist'; expected one of"):
        tfds_pipelines(parts, other)


def test_other_splits_and_features_are_refused(freeway, digits):
    datasets, info = freeway
    series = datasets["series"]
    for given in ({"train": series}, [series, series], {}):
        with pytest.raises(ValueError, match="freeway/.* expected series, as"):
            tfds_pipelines(given, info)
    with pytest.raises(ValueError, match="splits test; expected train, valid"):
        tfds_pipelines({"test": digits[0]["test"]}, digits[1])
    speeds = series.map(lambda example: example["speed"])
    for given in (series.batch(1), speeds, [1]):
        with pytest.raises(ValueError, match="'series' of freeway.* as stored"):
            tfds_pipelines(given, info)
    for given, count in ((series.take(0), 0), (series.repeat(2), 2)):
        with pytest.raises(ValueError, match=f"has {count} examples; expected"):
            tfds_pipelines(given, info)
    with pytest.raises(ValueError, match="validation.* has no example"):
        parts = digits[0] | {"validation": digits[0]["validation"].take(0)}
        tfds_pipelines(parts, digits[1])


def test_a_batch_larger_than_the_training_split_is_refused(digits):
    assert tfds_pipelines(*digits, batch_size=4)
    with pytest.raises(ValueError, match="is 5, but the training split.* 4"):
        tfds_pipelines(*digits, batch_size=5)
    for size in (0, 2.5):
        with pytest.raises(ValueError, match="`batch_size` is"):
            tfds_pipelines(*digits, batch_size=size)
