"""A saved model needs nothing but its file: no graph, no other module."""

import inspect
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from numpy.testing import assert_allclose

from keras_stunet.models import MODELS as ZOO
from keras_stunet.models import build_model
from tests.models.forecast import forecast

SMALL = {"history": 2, "horizon": 2, "units": 2}
BLOCK = {"history": 5, "horizon": 2, "channels": [(2, 2)]}
POOLED = {**SMALL, "p": 1}
MODELS = {
    "st_unet, seq2seq": POOLED,
    "st_unet, direct": {**POOLED, "head": "direct"},
    "st_unet, shared weights": {**POOLED, "share_weights": True},
    "st_unet, two levels, ordered": {
        **SMALL,
        "p": (1, 1),
        "s": [2, 1],
        "upsampling": "ordered",
    },
    "st_unet, weighted": {**POOLED, "upsampling": "weighted"},
    "st_unet, mixed, edges": {
        **POOLED,
        "dtype": "mixed_bfloat16",
        "propagation": "edges",
        "layer_norm": None,
        "reduce": "max",
    },
    "st_unet, mixed, spectral": {
        **POOLED,
        "dtype": "mixed_bfloat16",
        "propagation": "spectral",
    },
    "gcgru, direct": {**SMALL, "head": "direct"},
    "dcrnn, seq2seq, mixed": {**SMALL, "dtype": "mixed_bfloat16"},
    "stgcn, one step": BLOCK,
    "stgcn_1st": {**BLOCK, "head": "direct"},
    "graph_wavenet": {**SMALL, "blocks": 1},
}
TRIED = {ZOO[name.split(",")[0]].build for name in MODELS}
MODELS |= {
    name: {key: x for key, x in SMALL.items() if entry.takes(key)}
    for name, entry in ZOO.items()
    if entry.build not in TRIED
}


# An encoder with a decoder, each kind of operator, own layers, own inputs.
QUICK = ("st_unet, seq2seq", "st_unet, mixed, edges", "dcrnn, seq2seq, mixed")
QUICK += ("stgcn, one step", "st_unet_plus")


LOAD = f"""
import sys
import keras
import numpy as np
import keras_stunet

{inspect.getsource(forecast)}

for number in sys.argv[1:]:
    model = keras.saving.load_model(number + ".keras")
    np.save(number + ".out.npy", forecast(model, np.load(number + ".npy")))
"""


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(QUICK, id="quick"),
        pytest.param(
            tuple(sorted(MODELS.keys() - QUICK)),
            id="others",
            marks=pytest.mark.long,
        ),
    ],
)
def forecasts(request, graph, tmp_path_factory):
    """Of some models, before saving and in a fresh process."""
    folder = tmp_path_factory.mktemp("models")
    rng = np.random.default_rng(0)
    before = []
    for i, name in enumerate(request.param):
        options = MODELS[name]
        keras.utils.set_random_seed(1)
        system = name.partition(",")[0]
        model = build_model(system, graph, mean=50.0, std=10.0, **options)
        for variable in model.trainable_variables:
            noise = rng.normal(scale=0.3, size=variable.shape)
            variable.assign(variable.numpy() + noise)
        x = rng.normal(50, 10, (2, options["history"], len(graph), 1))
        model.save(folder / f"{i}.keras")
        np.save(folder / f"{i}.npy", x.astype("float32"))
        before.append(forecast(model, x.astype("float32")))
    numbers = [str(i) for i in range(len(before))]
    subprocess.run(
        [sys.executable, "-c", LOAD, *numbers],
        cwd=folder,
        env={**os.environ, "KERAS_BACKEND": keras.backend.backend()},
        check=True,
    )
    after = [np.load(folder / f"{i}.out.npy") for i in numbers]
    return zip(request.param, before, after, strict=True)


@pytest.mark.long_on_jax
def test_a_fresh_process_makes_the_same_forecast(forecasts):
    for name, before, after in forecasts:
        assert np.isfinite(before).all() and np.ptp(before) > 0.1, name
        assert_allclose(after, before, rtol=1e-6, err_msg=name)
