"""Hyper-parameters of the records, typed anew from their sources."""

import math
from pathlib import Path

import pytest

from keras_stunet.experiments import find_record
from keras_stunet.experiments import load_recipe
from keras_stunet.training.recipe import sampling_decay

RESULTS = Path(__file__).parents[2] / "results"
READINGS = sorted(RESULTS.glob("readings_pemsd7_m/*.toml"))
TENTHS = [share / 10 for share in range(1, 10)]
# ST-UNet, section 4.2: Adam, 1e-2 times 0.7 every 8 of 80 epochs, batch 50,
# mean of L1 and L2; 96 units on METR-LA.
ST_UNET = {"epochs": 80, "batch_size": 50, "optimizer": "adam"}
ST_UNET |= {"learning_rate": 1e-2, "decay": 0.7, "decay_at": TENTHS}
ST_UNET |= {"loss": "l1_l2", "K": 3, "head": "seq2seq"}
# Table 3: without its tricks.
BARE = {**ST_UNET, "loss": "l2", "layer_norm": "none", "no_sampling": True}
# STGCN: RMSProp, 1e-3 times 0.7 every 5 of 50 epochs, batch 50.
STGCN = {"epochs": 50, "batch_size": 50, "optimizer": "rmsprop"}
STGCN |= {"learning_rate": 1e-3, "decay": 0.7, "decay_at": TENTHS}
STGCN |= {"loss": "l2", "clipnorm": math.inf, "head": "one_step"}
# DCRNN: Adam, 1e-2 times 0.1 at 20, 30, 40 and 50 of 100 epochs, batch 64.
DCRNN = {"epochs": 100, "batch_size": 64, "optimizer": "adam"}
DCRNN |= {"learning_rate": 1e-2, "decay": 0.1, "decay_at": [0.2, 0.3, 0.4, 0.5]}
DCRNN |= {"loss": "mae", "clipnorm": 5.0, "epsilon": 1e-3, "K": 3}
DCRNN |= {"layers": 2, "units": 64, "head": "seq2seq"}
# Its appendix on FC-LSTM and FNN, which train 100 epochs here.
FC_LSTM = {"epochs": 100, "batch_size": 64, "layers": 2, "units": 256}
FC_LSTM |= {"learning_rate": 1e-4, "decay": 0.1, "loss": "l1"}
FC_LSTM |= {"decay_at": TENTHS[1:], "head": "seq2seq"}
FNN = {"epochs": 100, "batch_size": 64, "layers": 2, "units": 256}
FNN |= {"learning_rate": 1e-3, "decay": 0.1, "decay_at": [0.5, 0.7, 0.9]}
FNN |= {"loss": "l1"}
# Li et al.'s ARIMA; the LSVR is ours, chosen on validation days.
ARIMA = {"order": [3, 0, 1], "history": 12}

SOURCES = {
    ("table1", "metr_la/full", "st_unet"): {**ST_UNET, "units": 96},
    ("table1", "metr_la/full", "gcgru"): {**ST_UNET, "units": 96, "layers": 2},
    ("table1", "metr_la/full", "stgcn"): {**STGCN, "K": 3},
    ("table1", "metr_la/full", "stgcn_1st"): STGCN,
    ("table1", "metr_la/full", "dcrnn"): DCRNN,
    ("table1", "metr_la/full", "fc_lstm"): FC_LSTM,
    ("table1", "metr_la/full", "fnn"): FNN,
    ("table1", "metr_la/full", "arima"): ARIMA,
    ("table3", "pemsd7/m", "copy"): {**BARE, "upsampling": "copy"},
    ("table3", "pemsd7/m", "ordered"): {**BARE, "upsampling": "ordered"},
    ("table3", "pemsd7/m", "weighted"): {**BARE, "upsampling": "weighted"},
    # Section 4.5 names the batches: 25 for GCGRU, 16 for DCRNN.
    ("table4", "pemsd7/l", "st_unet"): {**ST_UNET, "units": 64},
    ("table4", "pemsd7/l", "gcgru"): {**ST_UNET, "units": 64, "batch_size": 25},
    ("table4", "pemsd7/l", "stgcn"): {**STGCN, "K": 3},
    ("table4", "pemsd7/l", "dcrnn"): {**DCRNN, "batch_size": 16},
}


@pytest.mark.parametrize("place", SOURCES, ids="-".join)
def test_a_record_says_what_its_source_says(place):
    record = find_record(*place)
    stated = {**record.options, **record.training}
    expected = SOURCES[place]
    assert {key: stated.get(key) for key in expected} == expected
    if record.system == "st_unet":
        assert (stated["p"], stated["s"], stated["reduce"]) == (2, 2, "mean")
    seeds = 1 if record.classical else 5 if place[0] == "table3" else 3
    assert record.seeds == tuple(range(seeds))


def test_dcrnn_on_metr_la_samples_as_published():
    half = find_record("table1", "metr_la/full", "dcrnn").training
    steps = 375 * half["epochs"]  # 23,974 windows in batches of 64
    decay = sampling_decay(steps, half["sampling_half"])
    assert decay == pytest.approx(2000, rel=1e-3)


@pytest.mark.parametrize("path", READINGS, ids=lambda path: path.stem)
def test_another_reading_differs_from_the_record_in_one_thing(path):
    ours, read = find_record("table1", "pemsd7/m", "st_unet"), load_recipe(path)
    for name in ("dataset", "protocol", "calendar", "system"):
        assert getattr(read, name) == getattr(ours, name)
    before = {**ours.options, **ours.training}
    after = {**read.options, **read.training}
    names = before.keys() | after.keys()
    changed = {name for name in names if before.get(name) != after.get(name)}
    if path.stem == "no_pooling":  # the GCGRU of Table 2, in Table 1's training
        assert (after["p"], after["s"]) == (0, 1) and changed == {"p", "s"}
    else:
        assert len(changed) == 1
