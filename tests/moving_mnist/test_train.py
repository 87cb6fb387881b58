"""Runs on moving-MNIST: wiring, scores, folder and pictures."""

import json
import shutil
import sys
import warnings

import keras
import numpy as np
import pytest

pytest.importorskip("skimage")

from keras_stunet.data import frames as frames_module  # noqa: E402
from keras_stunet.graph import pixel_grid  # noqa: E402
from keras_stunet.moving_mnist import pictures as moving_mnist_pictures  # noqa: E402
from keras_stunet.moving_mnist import train as moving_mnist_run  # noqa: E402
from keras_stunet.moving_mnist.pictures import compare_moving_mnist  # noqa: E402
from keras_stunet.moving_mnist.train import train_moving_mnist  # noqa: E402
from keras_stunet.training import sampling_decay  # noqa: E402

OPTIONS = {"sequences": 10, "epochs": 2, "batch_size": 5, "progress": False}


def sequences(size, split, count, *_):
    """Frames in which a bright square moves, others in each split."""
    seed = ["train", "validation", "test"].index(split)
    frames = np.zeros((count, 20, size, size), np.uint8)
    places = np.random.default_rng(seed).integers(0, size - 4, (count, 20, 2))
    for (i, t), (row, column) in zip(
        np.ndindex(count, 20), places.reshape(-1, 2), strict=True
    ):
        frames[i, t, row : row + 4, column : column + 4] = 200
    return frames


@pytest.fixture(scope="module", autouse=True)
def patched():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frames_module.moving_mnist, "load", sequences)
        yield patch


def quick_model(adjacency, **_):
    """In place of ST-UNet, a model that is quick to compile."""
    x = keras.Input((10, adjacency.shape[0], 1))
    z = keras.layers.Reshape((10, adjacency.shape[0]))(x)
    z = keras.layers.Permute((2, 1))(z)
    z = keras.layers.Dense(10, activation="sigmoid")(z)
    z = keras.layers.Permute((2, 1))(z)
    return keras.Model(x, keras.layers.Reshape((10, -1, 1))(z))


@pytest.fixture(scope="module")
def trained(patched, tmp_path_factory):
    """Two finished runs, of ST-UNet and of GCGRU, and the first's table."""
    folders = [tmp_path_factory.mktemp("runs") / name for name in "ab"]
    with patched.context() as patch:
        patch.setattr(moving_mnist_run, "build_st_unet", quick_model)
        table = train_moving_mnist(folders[0], **OPTIONS)
        patch.setattr(moving_mnist_run, "save_run_pictures", no_pictures)
        train_moving_mnist(folders[1], model="gcgru", seed=1, **OPTIONS)
    return folders, table


@pytest.fixture
def runs(trained, tmp_path):
    """Copies of the two run folders."""
    return [
        shutil.copytree(folder, tmp_path / name)
        for folder, name in zip(trained[0], ("one", "two"), strict=True)
    ]


@pytest.fixture
def untrained(monkeypatch):
    """Nothing is trained or drawn; the models that would have been."""
    models = []

    def train(network, *_):
        models.append(network)
        scores = dict.fromkeys(("mse", "mae", "ssim", "bce"), 0.0)
        return {"test": {"model": scores}}, network

    monkeypatch.setattr(moving_mnist_run, "train", train)
    monkeypatch.setattr(moving_mnist_run, "save_run_pictures", no_pictures)
    return models


def no_pictures(*_):
    pass


def test_a_run_writes_its_folder_and_true_scores(trained):
    (folder, _), table = trained
    assert {path.name for path in folder.iterdir()} == {
        "checkpoint.npz",
        "config.json",
        "frames.gif",
        "frames.png",
        "frames.svg",
        "history.csv",
        "metrics.json",
        "model.keras",
        "table.md",
        "training.png",
        "training.svg",
    }
    assert (folder / "table.md").read_text() == table + "\n"
    metrics = json.loads((folder / "metrics.json").read_text())
    pixels = sequences(16, "test", 3) / 255
    x, y = pixels[:, :10], pixels[:, 10:]
    model = keras.saving.load_model(folder / "model.keras")
    forecast = model.predict(x.reshape(3, 10, 256, 1), verbose=0)
    systems = {"model": forecast.reshape(y.shape).astype(float)}
    systems["copy of the last frame"] = np.repeat(x[:, -1:], 10, axis=1)
    mean = sequences(16, "train", 10)[:, 10:].mean(axis=(0, 1)) / 255
    systems["mean training frame"] = np.broadcast_to(mean, y.shape)
    assert list(metrics["test"]) == list(systems)
    for name, p in systems.items():
        found = metrics["test"][name]
        mse = ((y - p) ** 2).sum(axis=(2, 3)).mean()
        assert found["mse"] == pytest.approx(mse, rel=1e-5)
        mae = abs(y - p).sum(axis=(2, 3)).mean()
        assert found["mae"] == pytest.approx(mae, rel=1e-5)
        q = p.clip(1e-7, 1 - 1e-7)
        bce = -(y * np.log(q) + (1 - y) * np.log(1 - q))
        bce = bce.sum(axis=(2, 3)).mean()
        assert found["bce"] == pytest.approx(bce, rel=1e-5)
        assert -1 < found["ssim"] < 1
        row = f"| {name} | {found['mse']:.3f} | {found['mae']:.3f} |"
        assert row in table
    config = json.loads((folder / "config.json").read_text())
    assert config["dataset"] == "moving_mnist/16"
    assert config["parts"] == [10, 2, 3]
    assert config["recipe"]["loss"] == "bce"
    assert config["recipe"]["epsilon"] == 1e-7


@pytest.mark.parametrize(
    ("model", "shape"), [("st_unet", (2, 2)), ("gcgru", (0, 1))]
)
def test_the_model_is_the_one_of_the_paper(
    untrained, tmp_path, monkeypatch, model, shape
):
    calls = []

    def build(*arguments, **options):
        calls.append((*arguments, options))

    monkeypatch.setattr(moving_mnist_run, "build_st_unet", build)
    options = {**OPTIONS, "units": 7, "K": 2, "seed": 5}
    train_moving_mnist(tmp_path, model=model, **options)
    ((adjacency, found),) = calls
    grid = pixel_grid(16, 16).toarray()
    np.testing.assert_array_equal(adjacency.toarray(), grid)
    assert (found.pop("p"), found.pop("s")) == shape
    assert found == {
        **{"K": 2, "units": 7, "history": 10, "horizon": 10},
        **{"head": "seq2seq", "activation": "sigmoid"},
        **{"mean": 0.0, "std": 1.0, "seed": 5, "dtype": "float32"},
        "sampling_decay": sampling_decay(4),  # 2 epochs of 2 batches
        "name": model,
    }


def test_forecasts_of_the_real_model_are_pixels(untrained, tmp_path):
    train_moving_mnist(tmp_path, units=1, K=1, **OPTIONS)
    x = np.random.default_rng(0).random((1, 10, 256, 1))
    forecast = untrained[0].predict_on_batch(x)
    assert forecast.shape == (1, 10, 256, 1)
    assert forecast.min() > 0 and forecast.max() < 1
    assert np.ptp(forecast) > 1e-3


def test_a_finished_run_shows_its_table_without_reading_data(
    trained, monkeypatch
):
    (folder, _), table = trained
    monkeypatch.setattr(moving_mnist_run, "load_moving_mnist", None)
    assert train_moving_mnist(folder, resume=True, **OPTIONS) == table
    with pytest.raises(ValueError, match="already holds a run"):
        train_moving_mnist(folder, **OPTIONS)
    with pytest.raises(ValueError, match="model.p: 2 then, 0 now"):
        train_moving_mnist(folder, model="gcgru", resume=True, **OPTIONS)


def test_a_run_killed_before_its_animation_gets_it_without_new_scores(
    trained, runs, monkeypatch
):
    (runs[0] / "frames.gif").unlink()
    monkeypatch.setattr(moving_mnist_run, "build_st_unet", quick_model)
    monkeypatch.setattr(moving_mnist_run, "score_beside_floors", None)
    assert train_moving_mnist(runs[0], resume=True, **OPTIONS) == trained[1]
    assert (runs[0] / "frames.gif").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model": "gcrnn"}, "Did you mean 'gcgru'"),
        ({"sequences": 3}, "`sequences` is 3"),
        ({"epochs": 0}, "`epochs` is 0"),
        ({"units": 0}, "`units` is 0"),
    ],
)
def test_a_refused_start_leaves_nothing(tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        train_moving_mnist(tmp_path / "a" / "run", **{**OPTIONS, **change})
    assert not list(tmp_path.iterdir())


def test_without_scikit_image_nothing_is_started(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "skimage.metrics", None)
    with pytest.raises(ImportError, match=r"\.\[images\]"):
        train_moving_mnist(tmp_path / "run", **OPTIONS)
    assert not list(tmp_path.iterdir())


def test_without_matplotlib_the_run_is_whole_but_for_its_pictures(
    trained, runs, monkeypatch
):
    (runs[0] / "frames.gif").unlink()
    (runs[0] / "table.md").unlink()
    monkeypatch.setattr(moving_mnist_run, "build_st_unet", quick_model)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        train_moving_mnist(runs[0], resume=True, **OPTIONS)
    assert any("whole but for its pictures" in str(w.message) for w in caught)
    assert (runs[0] / "table.md").read_text() == trained[1] + "\n"
    assert not (runs[0] / "frames.gif").exists()


def test_runs_are_compared_on_the_chosen_sequence(runs, tmp_path, monkeypatch):
    seen = []

    def noting(truth, forecasts):
        seen.append((truth, forecasts))
        return whole(truth, forecasts)

    whole = moving_mnist_pictures.plot_frames
    monkeypatch.setattr(moving_mnist_pictures, "plot_frames", noting)
    paths = compare_moving_mnist(runs, tmp_path / "both", sequence=4)
    names = ["both.png", "both.svg", "both.gif"]
    assert [path.name for path in paths] == names
    assert all(path.stat().st_size > 1000 for path in paths)
    ((truth, forecasts),) = seen
    pixels = sequences(16, "test", 5)[4] / 255
    np.testing.assert_allclose(truth, pixels, rtol=1e-6)
    assert list(forecasts) == ["ST-UNet", "GCGRU"]
    for folder, forecast in zip(runs, forecasts.values(), strict=True):
        model = keras.saving.load_model(folder / "model.keras")
        expected = model.predict(
            pixels[None, :10].reshape(1, 10, 256, 1), verbose=0
        )
        expected = expected.reshape(10, 16, 16)
        np.testing.assert_allclose(forecast, expected, rtol=1e-5)


def test_runs_of_one_model_are_numbered(runs, tmp_path):
    same = shutil.copytree(runs[0], tmp_path / "same")
    svg = compare_moving_mnist([runs[0], runs[1], same], tmp_path / "x")[1]
    for name in ("ST-UNet 1", "ST-UNet 2", "GCGRU"):
        assert f">{name}</text>" in svg.read_text()


def test_what_cannot_be_compared_is_refused(runs, tmp_path):
    def compare(folders, **options):
        return compare_moving_mnist(folders, tmp_path / "both", **options)

    with pytest.raises(ValueError, match="`folders` is empty"):
        compare([])
    with pytest.raises(ValueError, match="`sequence` is -1"):
        compare(runs, sequence=-1)
    with pytest.raises(FileNotFoundError, match="no config.json .* --out"):
        compare([tmp_path])
    config = json.loads((runs[1] / "config.json").read_text())
    for dataset, message in (
        ("moving_mnist/32", "trained on moving_mnist/16, moving_mnist/32"),
        ("freeway", "trained on freeway; expected a run of"),
    ):
        text = json.dumps({**config, "dataset": dataset})
        (runs[1] / "config.json").write_text(text)
        with pytest.raises(ValueError, match=message):
            compare(runs)
    (runs[0] / "model.keras").unlink()
    with pytest.raises(FileNotFoundError, match="no model.keras"):
        compare(runs[:1])
    assert not list(tmp_path.glob("both*"))
