"""One forecast at a time by an exported model, without Keras."""

import os
import tempfile
import warnings
from pathlib import Path

import model_ours
import numpy as np
from model_problem import MEAN
from model_problem import STD

from keras_stunet.training.runs.export import SUFFIXES
from keras_stunet.training.runs.export import export_run
from keras_stunet.training.runs.run import Run


class Contestant(model_ours.Contestant):
    """A model as `keras-stunet export` writes it; `option` is the format."""

    def __init__(self, problem, precision, option):
        super().__init__(problem, precision, "")
        self.format = option
        self._forecast = None

    def variants(self, work):
        return {self.format: lambda: self.forecast()(self.problem["x"])}

    def check(self):
        output = self.forecast()(self.problem["x"])
        return {self.format: {"output": (output - MEAN) / STD}}

    def forecast(self):
        """The function from readings to forecast, exported at first."""
        if self._forecast is None:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / f"model{SUFFIXES[self.format]}"
                export_run(_run_of(self.model), path, self.format, 1)
                self._forecast = LOADERS[self.format](str(path))
        return self._forecast


def _run_of(model):
    nodes, config = model.inputs[0].shape[2], model.get_config()
    said = {"history": config["history"], "horizon": config["horizon"]}
    return Run(
        folder=None,
        config={"model": said | {"calendar": []}},
        sensors=[str(node) for node in range(nodes)],
        minutes_per_step=5.0,
        fill=MEAN,
        unit="mph",
        model=model,
    )


def _saved_model(path):
    import tensorflow as tf

    # Held: its variables go with it.
    loaded = tf.saved_model.load(path)
    return lambda x: loaded.serve(tf.constant(x)).numpy()


def _onnx(path):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _threads()
    session = onnxruntime.InferenceSession(path, options)
    (given,) = session.get_inputs()
    return lambda x: session.run(None, {given.name: x})[0]


def _litert(path):
    import tensorflow as tf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it is to move to another package
        interpreter = tf.lite.Interpreter(
            model_content=Path(path).read_bytes(), num_threads=_threads()
        )
    interpreter.allocate_tensors()
    (given,), (made,) = (
        interpreter.get_input_details(),
        interpreter.get_output_details(),
    )

    def forecast(x):
        interpreter.set_tensor(given["index"], np.asarray(x, "float32"))
        interpreter.invoke()
        return interpreter.get_tensor(made["index"])

    return forecast


def _threads():
    return int(os.environ["BENCHMARK_THREADS"])


LOADERS = {"saved_model": _saved_model, "onnx": _onnx, "litert": _litert}
