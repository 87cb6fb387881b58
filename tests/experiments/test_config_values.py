"""Hyper-parameters of the records, typed anew from their sources."""

import csv
import math
from pathlib import Path

import pytest

from keras_stunet.experiments import load_config
from keras_stunet.models import MODELS
from keras_stunet.training import Recipe
from keras_stunet.training.recipe import sampling_decay

RESULTS = Path(__file__).parents[2] / "results"
READINGS = sorted(RESULTS.glob("readings_pemsd7_m/*.toml"))
GRID = RESULTS / "grid_pemsd7_m"
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


def table1(units):
    """Its trained systems and ARIMA; the width is that of ST-UNet, GCGRU."""
    return {
        "st_unet": {**ST_UNET, "units": units, "layer_norm": "joint"},
        "gcgru": {**ST_UNET, "units": units, "layers": 2},
        "stgcn": {**STGCN, "K": 3},
        "stgcn_1st": STGCN,
        "dcrnn": DCRNN,
        "fc_lstm": FC_LSTM,
        "fnn": FNN,
        "arima": ARIMA,
    }


SOURCES = {
    f"table1/{dataset}/{name}": values
    for dataset, units in (("metr_la_full", 96), ("pemsd7_m", 64))
    for name, values in table1(units).items()
} | {
    "table2/pemsd7_m/gcgru": {**BARE, "units": 64},
    "table2/pemsd7_m/t_unet": {**BARE, "units": 64, "s": 2},
    "table2/pemsd7_m/s_unet": {**BARE, "units": 64, "p": 2},
    "table2/pemsd7_m/st_unet": {**BARE, "units": 64},
    "table3/pemsd7_m/copy": {**BARE, "upsampling": "copy"},
    "table3/pemsd7_m/ordered": {**BARE, "upsampling": "ordered"},
    "table3/pemsd7_m/weighted": {**BARE, "upsampling": "weighted"},
    # Section 4.5 names the batches: 25 for GCGRU, 16 for DCRNN.
    "table4/pemsd7_l/st_unet": {**ST_UNET, "units": 64},
    "table4/pemsd7_l/gcgru": {**ST_UNET, "units": 64, "batch_size": 25},
    "table4/pemsd7_l/stgcn": {**STGCN, "K": 3},
    "table4/pemsd7_l/dcrnn": {**DCRNN, "batch_size": 16},
}


@pytest.mark.parametrize("name", SOURCES)
def test_a_config_says_what_its_source_says(name):
    config = load_config(name)
    stated = {**config.options, **config.training}
    expected = SOURCES[name]
    assert {key: stated.get(key) for key in expected} == expected
    if config.system == "st_unet":
        assert (stated["p"], stated["s"], stated["reduce"]) == (2, 2, "mean")
    seeds = 5 if name.startswith(("table2", "table3")) else 3
    seeds = 1 if config.classical else seeds
    assert config.seeds == tuple(range(seeds))


def test_what_no_config_states_is_what_it_was_when_rows_were_made():
    # No digest would tell a row of another default.
    unstated = {
        "activation": None,
        "channels": ((32, 64), (32, 128)),  # STGCN's published widths
        "non_negative": False,
        "partition": "pga",
        "propagation": "auto",
        "share_weights": False,
    }
    for model in MODELS.values():
        for name in unstated.keys() & model.options().keys():
            assert model.options()[name] == unstated[name]
    assert Recipe.sampling_half == 0.3


def test_dcrnn_on_metr_la_samples_as_published():
    half = load_config("table1/metr_la_full/dcrnn").training
    steps = 375 * half["epochs"]  # 23,974 windows in batches of 64
    decay = sampling_decay(steps, half["sampling_half"])
    assert decay == pytest.approx(2000, rel=1e-3)


def test_the_best_points_of_the_grid_search_are_recipes():
    with (GRID / "trials.csv").open(newline="") as file:
        trials = list(csv.DictReader(file))
    paths = sorted(GRID.glob("*.toml"))
    assert [path.stem for path in paths] == ["gcgru", "st_unet"]
    for path in paths:
        recipe = load_config(path)
        assert recipe.system == path.stem
        mine = [each for each in trials if each["system"] == path.stem]
        best = min(mine, key=lambda trial: float(trial["val_mae"]))
        stated = {**recipe.options, **recipe.training}
        for name in ("K", "p", "s", "upsampling", "layers", "learning_rate"):
            if best[name]:
                assert str(stated[name]) == best[name]


@pytest.mark.parametrize("path", READINGS, ids=lambda path: path.stem)
def test_another_reading_differs_from_the_config_in_one_thing(path):
    ours, read = load_config("table1/pemsd7_m/st_unet"), load_config(path)
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


def test_dcrnn_can_be_trained_as_st_unet_is():
    ours = load_config(RESULTS / "one_training_pemsd7_m" / "dcrnn.toml")
    dcrnn, st_unet = (
        load_config(f"table1/pemsd7_m/{name}") for name in ("dcrnn", "st_unet")
    )
    assert ours.system == "dcrnn" and ours.options == dcrnn.options
    assert ours.training == st_unet.training != dcrnn.training
    for name in ("dataset", "protocol", "calendar"):
        assert getattr(ours, name) == getattr(dcrnn, name)
