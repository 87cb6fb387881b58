"""This process and the machine that it runs on."""

import datetime
import importlib.util
import os


def describe_host(threads):
    """What is the same in all rows."""
    from keras_stunet.training.runs.environment import describe_environment

    environment = describe_environment()
    return {
        "threads": threads,
        "python": environment["python"],
        "commit": environment["commit"],
        "date": datetime.date.today().isoformat(),
    }


def hide_gpu():
    """This process prepares data; the GPU and its memory are the workers'."""
    os.environ |= {"CUDA_VISIBLE_DEVICES": "", "JAX_PLATFORMS": "cpu"}
    backends = ("tensorflow", "jax", "torch")
    there = [b for b in backends if importlib.util.find_spec(b) is not None]
    if not there:
        raise ImportError(
            "None of tensorflow, jax and torch is installed; expected one at "
            'least: in the checkout, run `pip install ".[cpu]"`.'
        )
    os.environ.setdefault("KERAS_BACKEND", there[0])
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
