"""A run's model for programs without Keras, beside a description of it."""

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import keras

from keras_stunet.checks import check_choice
from keras_stunet.data.covariates import encoded_names
from keras_stunet.data.features import feature_names
from keras_stunet.data.features import future_names
from keras_stunet.files import write_json
from keras_stunet.messages import install_hint

# The end of the name that a format must have; a SavedModel is a folder.
SUFFIXES = {"saved_model": "", "onnx": ".onnx", "litert": ".tflite"}
# What Keras calls them.
_OF_KERAS = {
    "saved_model": "tf_saved_model",
    "onnx": "onnx",
    "litert": "litert",
}
DESCRIPTION = ".json"


def export_run(run, path, format="saved_model", batch_size=None):
    """Write the best model of a run in a format that needs no Keras.

    The model computes in float32. It takes `(batch, history, N, F)` and gives
    `(batch, horizon, N, 1)`, both in the units of the data: the scaler and
    the graph are inside, and a decoder is unrolled. What a program has to
    know besides stands in a file beside it, `path` and `.json`: the sensors
    in their order, the input features, what stands for a missing reading.

    Args:
        run: A `Run`, from `load_run`.
        path: File or, of a SavedModel, folder to write; there must be none.
        format: `"saved_model"`, `"onnx"` or `"litert"`.
        batch_size: Fixed number of windows of a call; by default any.

    Returns:
        The description, as a dict.

    Raises:
        ValueError: If the format is unknown, the name does not end as it
            must, there is something at `path`, or the backend is not
            TensorFlow, which does the export of all runs.
        ImportError: If a package that a format needs is not installed.
        OSError: If a file cannot be written.
    """
    path = Path(path)
    check_target(path, format)
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            f"The backend is {keras.backend.backend()!r}; models are exported "
            "by TensorFlow, also those that another backend has trained. Set "
            "KERAS_BACKEND=tensorflow."
        )
    if format == "onnx":
        _check_onnx()
    model = in_float32(run.model)
    signature = [
        keras.InputSpec(
            shape=(batch_size, *x.shape[1:]), dtype="float32", name=x.name
        )
        for x in model.inputs
    ]
    if len(signature) > 1:
        signature = [signature]
    path.parent.mkdir(parents=True, exist_ok=True)
    # Under another name until it is whole.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as folder:
        made = Path(folder) / (path.name or "model")
        with _no_output():
            model.export(
                str(made),
                format=_OF_KERAS[format],
                input_signature=signature,
                verbose=False,
            )
        description = describe_model(run, format, batch_size)
        write_json(path.with_name(path.name + DESCRIPTION), description)
        if made.is_dir():
            shutil.move(made, path)
        else:
            made.replace(path)
    return description


def check_target(path, format):
    """Raise unless an export can go to `path`.

    Raises:
        ValueError: As `export_run`.
    """
    check_choice("format", format, tuple(SUFFIXES))
    path, suffix = Path(path), SUFFIXES[format]
    if path.suffix != suffix:
        what = f"a name that ends in {suffix}" if suffix else "a folder's name"
        raise ValueError(
            f"{path} ends in {path.suffix!r}; expected {what} for {format}."
        )
    if path.exists():
        raise ValueError(
            f"There is something at {path} already. Choose another name, or "
            "delete it."
        )


def in_float32(model):
    """The same model, its products in float32.

    Args:
        model: A `Forecaster`.
    """
    config = model.get_config()
    policy = keras.dtype_policies.serialize(keras.DTypePolicy("float32"))
    if config["dtype"] == policy:
        return model
    twin = type(model).from_config(config | {"dtype": "float32"})
    twin.set_weights(model.get_weights())
    return twin


def describe_model(run, format, batch_size=None):
    """What a program has to know of a run's model, as a dict.

    Args:
        run: A `Run`.
        format: As in `export_run`.
        batch_size: As in `export_run`.
    """
    model = run.config["model"]
    names = run.measurements or ["reading"]
    calendar, usual = model["calendar"], model.get("profile", False)
    covariates = encoded_names(run.covariates or [])
    future = len(run.model.inputs) > 1
    features = feature_names(
        names,
        calendar,
        covariates,
        encoded_names(run.static["columns"]) if run.static else (),
        mask_channel=model.get("mask_channel", False),
        usual=usual,
        future=future,
    )
    ahead = future_names(names, calendar, covariates, usual=usual)
    return {
        "format": format,
        "batch_size": batch_size,
        "history": model["history"],
        "horizon": model["horizon"],
        "minutes_per_step": run.minutes_per_step,
        "unit": run.unit,
        "sensors": run.sensors,
        "inputs": {
            x.name: str(("batch", *x.shape[1:])) for x in run.model.inputs
        },
        "output": str(("batch", *run.model.output_shape[1:])),
        "quantiles": getattr(run.model, "quantiles", None),
        "features": features,
        "features_ahead": ahead if future else [],
        "covariates": run.covariates,
        "missing_reading": run.fill,
        "time_of_day": "seconds since midnight / 86400",
        "day_of_week": "Monday 0, Tuesday 1/7 ... Sunday 6/7",
        "present": "1 where the reading is present, else 0",
    }


def _check_onnx():
    try:
        import onnx  # noqa: F401
        import tf2onnx  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"The format onnx needs {error.name}, which is not installed. "
            f"{install_hint('onnx')}"
        ) from error


@contextlib.contextmanager
def _no_output():
    # What converters print is for their developers.
    with (
        open(os.devnull, "w") as nothing,
        contextlib.redirect_stdout(nothing),
    ):
        yield
