"""Models for programs without Keras."""

import json
import subprocess
import sys
import warnings

import keras
import numpy as np
import pytest

from keras_stunet.models import build_model
from keras_stunet.training.runs.export import check_target
from keras_stunet.training.runs.export import describe_model
from keras_stunet.training.runs.export import export_run
from keras_stunet.training.runs.export import in_float32
from keras_stunet.training.runs.run import Run

tensorflow_only = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="TensorFlow exports"
)


@pytest.fixture
def run(st_unet):
    """Function to a run of a fresh model."""

    def make(**options):
        model = st_unet(**options)
        config = {"history": 2, "horizon": 2, "calendar": []}
        return Run(
            folder=None,
            config={"model": config},
            sensors=list("abcd"),
            minutes_per_step=180.0,
            fill=50.0,
            unit="mph",
            sha256="",
            model=model,
        )

    return make


def readings(batch):
    rng = np.random.default_rng(0)
    return rng.normal(50, 8, (batch, 2, 4, 1)).astype("float32")


def saved_model(path, x):
    import tensorflow as tf

    loaded = tf.saved_model.load(path)
    return loaded.serve(x).numpy()


def onnx(path, x):
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(path)
    (given,) = session.get_inputs()
    return session.run(None, {given.name: x})[0]


def litert(path, x):
    import tensorflow as tf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is to move to another package
        interpreter = tf.lite.Interpreter(model_path=path)
    (given,) = interpreter.get_input_details()
    interpreter.resize_tensor_input(given["index"], x.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(given["index"], x)
    interpreter.invoke()
    (made,) = interpreter.get_output_details()
    return interpreter.get_tensor(made["index"])


FORMATS = {
    "saved_model": (saved_model, "model"),
    "onnx": (onnx, "model.onnx"),
    "litert": (litert, "model.tflite"),
}


@tensorflow_only
@pytest.mark.parametrize(
    ("format", "head"),
    [
        ("saved_model", "direct"),
        *(
            pytest.param(format, head, marks=pytest.mark.long)
            for format in FORMATS
            for head in ("direct", "seq2seq")
            if (format, head) != ("saved_model", "direct")
        ),
    ],
)
def test_it_forecasts_alike(run, tmp_path, format, head):
    if format == "onnx":
        pytest.importorskip("tf2onnx")
    load, name = FORMATS[format]
    made = run(head=head)
    described = export_run(made, tmp_path / name, format)
    for batch in (1, 3):
        x = readings(batch)
        expected = np.asarray(made.model.predict_on_batch(x))
        found = load(str(tmp_path / name), x)
        np.testing.assert_allclose(found, expected, atol=1e-3)
    written = json.loads((tmp_path / f"{name}.json").read_text())
    assert written == described
    assert written["sensors"] == list("abcd")
    assert written["missing_reading"] == 50.0
    assert {path.name for path in tmp_path.iterdir()} == {name, f"{name}.json"}


@tensorflow_only
def test_a_batch_size_may_be_fixed(run, tmp_path):
    export_run(run(head="direct"), tmp_path / "model", batch_size=3)
    assert saved_model(str(tmp_path / "model"), readings(3)).shape[0] == 3
    with pytest.raises(Exception, match="3"):
        saved_model(str(tmp_path / "model"), readings(2))


@pytest.mark.long
@tensorflow_only
def test_mixed_precision_is_exported_in_float32(run, tmp_path):
    made = run(head="direct", dtype="mixed_bfloat16")
    twin = in_float32(made.model)
    export_run(made, tmp_path / "model")
    found = saved_model(str(tmp_path / "model"), readings(2))
    expected = np.asarray(twin.predict_on_batch(readings(2)))
    np.testing.assert_allclose(found, expected, atol=1e-4)
    in_half = np.asarray(made.model.predict_on_batch(readings(2)))
    assert np.abs(in_half - expected).max() > 1e-4


def test_the_description_names_every_feature():
    """Of a model with all kinds of them."""
    config = {
        "history": 2,
        "horizon": 3,
        "calendar": ["time_of_day", "day_of_week"],
        "mask_channel": True,
        "profile": True,
    }
    model = build_model(
        "st_unet_plus",
        None,
        graph_size={"nodes": 4},
        history=2,
        horizon=3,
        features=6,
        calendar=config["calendar"],
        profile=np.ones((1, 8, 4, 2)),
        units=2,
        layers=1,
        graphs=0,
    )
    made = Run(
        folder=None,
        config={"model": config},
        sensors=list("abcd"),
        minutes_per_step=180.0,
        fill=50.0,
        std=8.0,
        unit="mph",
        model=model,
    )
    described = describe_model(made, "onnx")
    times = ["time_of_day", "day_of_week"]
    assert described["features"] == [
        *("reading", *times, "reading present"),
        *("reading usual", "reading spread"),
    ]
    assert described["features_ahead"] == [
        *(*times, "reading usual", "reading spread")
    ]
    assert described["missing_reading"] == 50.0
    for x, names in zip(
        model.inputs, ("features", "features_ahead"), strict=True
    ):
        assert x.shape[-1] == len(described[names])


@pytest.mark.parametrize(
    ("name", "format", "message"),
    [
        ("model.onnx", "tflite", "`format` is 'tflite'"),
        ("model", "onnx", "ends in .onnx for onnx"),
        ("model.onnx", "saved_model", "a folder's name"),
    ],
)
def test_a_wrong_name_is_refused(tmp_path, name, format, message):
    with pytest.raises(ValueError, match=message):
        check_target(tmp_path / name, format)


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "model.onnx").write_text("mine")
    with pytest.raises(ValueError, match="something at"):
        check_target(tmp_path / "model.onnx", "onnx")


@tensorflow_only
def test_a_package_that_is_missing_is_named(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(ImportError, match=r'install "\.\[onnx\]"'):
        export_run(run(head="direct"), tmp_path / "model.onnx", "onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(
    keras.backend.backend() == "tensorflow", reason="of other backends"
)
def test_another_backend_says_which_exports(run, tmp_path):
    with pytest.raises(ValueError, match="KERAS_BACKEND=tensorflow"):
        export_run(run(head="direct"), tmp_path / "model")


@tensorflow_only
@pytest.mark.long
def test_it_loads_without_this_package(run, tmp_path):
    made = run(head="seq2seq")
    export_run(made, tmp_path / "model")
    np.save(tmp_path / "x.npy", readings(2))
    code = (
        "import sys, numpy as np, tensorflow as tf\n"
        f"x = np.load({str(tmp_path / 'x.npy')!r})\n"
        f"loaded = tf.saved_model.load({str(tmp_path / 'model')!r})\n"
        "y = loaded.serve(x)\n"
        f"np.save({str(tmp_path / 'y.npy')!r}, y)\n"
        "assert 'keras_stunet' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    expected = np.asarray(made.model.predict_on_batch(readings(2)))
    np.testing.assert_allclose(np.load(tmp_path / "y.npy"), expected, atol=1e-3)
