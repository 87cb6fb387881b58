"""Bad configs are refused by name."""

import re

import pytest

from keras_stunet.experiments import config as config_module
from keras_stunet.experiments import read_config
from keras_stunet.experiments import table_configs
from tests.experiments.shipped import copied

# What is replaced in ST-UNet's config of Table 2, and what is then said.
BAD = [
    ("row = 4", "row = 4\nmodell = 'x'", "'modell' is no key .* 'model'"),
    ("row = 4", "", "`row` is missing"),
    ("row = 4", 'row = "4"', "`row` is '4'; expected .* type int"),
    ("row = 4", "row = true", "`row` is True; expected .* type int"),
    ("row = 4", "row = -3", "`row` is -3"),
    ('"days"', '"days"\nparts = ["a", 5, 5]', "`parts` is .'a', 5, 5.*three"),
    ('"days"', '"days"\nparts = [34, 5]', "`parts` is .34, 5.*three"),
    ("K = 3", "K = 0", "`K` is 0"),
    ("units = 64", 'units = "x"', "`units` is 'x'"),
    ("units = 64", "units = 2026-11-22", "`units` is '2026-11-22'"),
    ('"seq2seq"', '"one_step"', "`head` is 'one_step'"),
    ("history = 12", "history = 0", "`history` is 0"),
    ("horizon = 12", "horizon = 0.5", "`horizon` is 0.5"),
    ('"pemsd7/m"', '"pemsd7/x"', "'pemsd7/x'; expected .* 'pemsd7/"),
    ('"pemsd7/m"', '"pemsd7/l"', "the folder is 'pemsd7_m'"),
    ('"days"', '"day"', "`protocol` is 'day'.* 'days'"),
    ("calendar = []", "calendar = ['week']", "`calendar` is 'week'"),
    ('"st_unet"', '"st_unnet"', "'st_unnet'; expected .* 'st_unet'"),
    ("model =", "classical =", "`classical` is 'st_unet'"),
    ("model =", 'classical = "arima"\nmodel =', "one of `model` and"),
    ("[0, 1, 2, 3, 4]", "[]", "expected some, each once"),
    ("[0, 1, 2, 3, 4]", "[1, 1]", "expected some, each once"),
    ("[0, 1, 2, 3, 4]", "[-1]", "`seeds` is -1"),
    ("units = 64", "unitz = 64", "no option 'unitz'.* 'units'"),
    ("epochs = 80", "epoch = 80", "no training option .* 'epochs'"),
    ("epochs = 80", "epochs = 0", "`epochs` is 0"),
    ("epochs = 80", "epochs = 80\nseed = 1", "'seed' is no training"),
    ("epochs = 80", "warm_up = 0.1", "'warm_up' is no training option"),
    ('loss = "l2"', 'loss = "l22"', "`loss` is 'l22'"),
    ('loss = "l2"', 'loss = "bce"', "`loss` is 'bce'; expected .* 'l1_l2'"),
    ("decay = 0.7", "decay = nan", "`decay` is nan"),
    ("decay = 0.7", 'decay = "x"', "`decay` is 'x'"),
    ("no_sampling = true", 'no_sampling = "yes"', "`no_sampling` is 'yes'"),
    ("mae = [", "mea = [", "'mea' is no published key .* 'mae'"),
    ("mae = [", "mae = [1.0, ", "`published.mae` is .*; expected 3 numbers"),
    ("mae = [", "mae = [nan, 1.0, 1.0] #", "`published.mae` is .nan"),
    ("mae = [", "mae = [-1.0, 1.0, 1.0] #", "`published.mae` is .-1.0"),
    ("mae = [", "mae = [inf, 1.0, 1.0] #", "`published.mae` is .inf"),
    ("source =", "source = 2 #", "`published.source` is missing"),
    ("[published]", "[published", "TOML|Expected|expected"),
    ("row = 4", 'row = 4\nsame_run = "x"', "`calendar` is given beside"),
]


@pytest.mark.parametrize(("old", "new", "message"), BAD)
def test_a_bad_config_names_file_and_key(
    old, new, message, tmp_path, monkeypatch
):
    monkeypatch.setattr(config_module, "CONFIGS", tmp_path)
    path = copied("table2/pemsd7_m/st_unet.toml", tmp_path)
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(ValueError, match=f"(?s){message}") as caught:
        read_config(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_an_option_that_is_gone_may_stand_where_it_did_nothing(tmp_path):
    path = copied("table2/pemsd7_m/st_unet.toml", tmp_path)
    text = path.read_text()
    path.write_text(text.replace("epochs = 80", "epochs = 80\nwarm_up = 0.0"))
    # As it stands: the digest of the run is that of before.
    assert read_config(path).training["warm_up"] == 0.0


def test_a_config_of_a_run_that_is_not_there(tmp_path, monkeypatch):
    monkeypatch.setattr(config_module, "CONFIGS", tmp_path)
    path = copied("table3/pemsd7_m/copy.toml", tmp_path)
    with pytest.raises(ValueError, match="`same_run` is 'table2/pemsd7_m/st_"):
        read_config(path)
    other = copied("table2/pemsd7_m/st_unet.toml", tmp_path)
    assert read_config(path).seeds == (0, 1, 2, 3, 4)
    other.write_text("row = 1")
    with pytest.raises(ValueError, match=re.escape(str(other))):
        read_config(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[options]", "[training]\nepochs = 1\n[options]", "`training` is"),
        ("[options]", "[training]\nhistory = 6\n[options]", "`training` is"),
        ("calendar = []", 'calendar = ["time_of_day"]', "`calendar` is"),
        ("history = 12", "K = 3", "no option 'K'; expected some of order"),
        ("order = [3, 0, 1]", "order = [0, 0]", "`order` is .0, 0."),
        ("history = 12", "history = 0", "`history` is 0"),
        ("history = 12", 'history = "x"', "`history` is 'x'"),
    ],
)
def test_a_fitted_system_has_its_own_options_only(old, new, message, tmp_path):
    path = copied("table1/pemsd7_m/arima.toml", tmp_path)
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(ValueError, match=message):
        read_config(path)


def test_one_step_ahead_goes_without_a_calendar(tmp_path):
    path = copied("table1/pemsd7_m/stgcn.toml", tmp_path)
    text = path.read_text().replace("[]", '["time_of_day"]')
    path.write_text(text)
    with pytest.raises(ValueError, match="stgcn.toml: `features` is 2"):
        read_config(path)
    path.write_text(text.replace('"one_step"', '"direct"'))
    assert read_config(path).calendar == ("time_of_day",)


@pytest.mark.parametrize("line", ["no_sampling=true", "sampling_half=0.5"])
def test_sampling_is_for_decoders(line, tmp_path):
    path = copied("table1/pemsd7_m/fnn.toml", tmp_path)
    text = path.read_text().replace("[training]", f"[training]\n{line}")
    path.write_text(text)
    with pytest.raises(ValueError, match="model 'fnn' has no decoder"):
        read_config(path)


def test_names_that_are_not_there_are_met_with_the_nearest():
    with pytest.raises(ValueError, match="Did you mean 'table1'"):
        table_configs("tabel1")
    with pytest.raises(ValueError, match="Did you mean 'pemsd7/m'"):
        table_configs("table1", "pemsd7")
