"""The run folder is checked before, and never holds half a file."""

import json
import math

import pytest

from keras_stunet.files import atomic_write
from keras_stunet.files import write_rows
from keras_stunet.files import write_text
from keras_stunet.training import Recipe
from keras_stunet.training.runs.folder import check_folder
from keras_stunet.training.runs.folder import read_metrics
from keras_stunet.training.runs.folder import run_config
from keras_stunet.training.runs.folder import write_config
from keras_stunet.training.runs.folder import write_metrics

CONFIG = run_config("tiny", "days", None, {"K": 3, "p": (1, 1)}, Recipe())


def test_checking_leaves_nothing_behind(tmp_path):
    check_folder(tmp_path / "a" / "b", CONFIG, resume=False)
    assert not list(tmp_path.iterdir())


def test_preparing_writes_the_configuration(tmp_path):
    folder = write_config(tmp_path / "a" / "b", CONFIG)
    assert json.loads((folder / "config.json").read_text()) == CONFIG
    assert [file.name for file in folder.iterdir()] == ["config.json"]


def test_resuming_without_a_run_starts_one(tmp_path):
    folder = write_config(tmp_path / "new", CONFIG)
    assert (folder / "config.json").exists()


def test_a_run_is_not_overwritten(tmp_path):
    write_config(tmp_path, CONFIG)
    with pytest.raises(ValueError, match="already holds a run.*--resume"):
        check_folder(tmp_path, CONFIG, resume=False)
    write_config(tmp_path, CONFIG)


def test_resuming_with_other_options_shows_the_difference(tmp_path):
    write_config(tmp_path, CONFIG)
    other = run_config(
        "tiny", "days", (1, 2, 3), {"K": 2, "p": [1, 1]}, Recipe(seed=7)
    )
    with pytest.raises(ValueError) as error:
        check_folder(tmp_path, other, resume=True)
    assert (
        "model.K: 3 then, 2 now; parts: None then, [1, 2, 3] now; recipe"
        in (str(error.value))
    )
    assert "model.p" not in str(error.value)


def test_a_run_of_before_an_option_has_its_default(tmp_path):
    before = run_config("tiny", "days", None, {"K": 3}, Recipe(seed=7))
    del before["recipe"]["sampling_half"], before["recipe"]["decay_at"]
    write_config(tmp_path, before)
    options = {"K": 3, "mask_channel": False}
    now = run_config("tiny", "days", None, options, Recipe(seed=7))
    check_folder(tmp_path, now, resume=True)
    other = run_config(
        "tiny",
        "days",
        None,
        {"K": 3, "mask_channel": True},
        Recipe(seed=7, sampling_half=0.1),
    )
    with pytest.raises(ValueError) as error:
        check_folder(tmp_path, other, resume=True)
    assert "model.mask_channel: False then, True now" in str(error.value)
    assert "recipe.sampling_half: 0.3 then, 0.1 now" in str(error.value)


def test_a_run_with_an_option_that_is_gone_goes_on_if_it_did_nothing(tmp_path):
    before = {**CONFIG, "recipe": {**CONFIG["recipe"], "warm_up": 0.0}}
    write_config(tmp_path / "plain", before)
    check_folder(tmp_path / "plain", CONFIG, resume=True)
    before["recipe"]["warm_up"] = 0.1
    write_config(tmp_path / "warmed", before)
    with pytest.raises(ValueError, match="recipe.warm_up: 0.1 then, None now"):
        check_folder(tmp_path / "warmed", CONFIG, resume=True)


def strict(path):
    """What a reader finds that knows JSON and not Python's additions."""

    def refuse(constant):
        pytest.fail(f"{constant} is no JSON")

    return json.loads(path.read_text(), parse_constant=refuse)


def test_no_gradient_clipping_is_null_and_was_infinity(tmp_path):
    unbounded = Recipe(clipnorm=math.inf)
    config = run_config("tiny", "days", None, {"K": 3}, unbounded)
    write_config(tmp_path, config)
    assert strict(tmp_path / "config.json")["recipe"]["clipnorm"] is None
    check_folder(tmp_path, config, resume=True)
    before = {**config, "recipe": {**config["recipe"], "clipnorm": math.inf}}
    (tmp_path / "config.json").write_text(json.dumps(before))
    check_folder(tmp_path, config, resume=True)
    bounded = run_config("tiny", "days", None, {"K": 3}, Recipe())
    with pytest.raises(ValueError, match="clipnorm: None then, 5.0 now"):
        check_folder(tmp_path, bounded, resume=True)


def test_scores_that_are_not_finite_are_null_and_come_back(tmp_path):
    zero = {"mae": 1.0, "rmse": 2.0, "mape": math.inf}
    lost = dict.fromkeys(zero, math.nan)
    test = {"model": {"3": zero, "6": lost}, "mine": 4.5}
    rest = {"epochs": 1, "seconds": 2.0, "parameters": 3, "resumed": []}
    best = {"epoch": 1, "val_mae": 0.5}
    metrics = write_metrics(tmp_path, test, best, {}, **rest)
    assert strict(tmp_path / "metrics.json")["test"]["model"]["3"] == {
        **zero,
        "mape": None,
    }
    for write in (lambda: None, lambda: as_python_writes(tmp_path, metrics)):
        write()
        found = read_metrics(tmp_path)
        steps = found["test"].pop("model")
        assert found == {**metrics, "test": {"mine": 4.5}}
        assert steps["3"] == zero
        assert all(math.isnan(value) for value in steps["6"].values())


def as_python_writes(folder, metrics):
    """As earlier versions did: with `Infinity` and `NaN`."""
    (folder / "metrics.json").write_text(json.dumps(metrics))


def test_a_damaged_configuration_is_refused(tmp_path):
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ValueError, match="config.json is damaged"):
        check_folder(tmp_path, CONFIG, resume=True)


@pytest.mark.parametrize("other", [None, "keras_stunet.run.0"])
def test_a_run_of_another_version_is_refused(tmp_path, other):
    config = {**CONFIG, "format": other}
    if other is None:
        del config["format"]
    text = json.dumps(config)
    (tmp_path / "config.json").write_text(text)
    message = f"another version: its `format` is {other!r}; expected 'keras_st"
    with pytest.raises(ValueError, match=message):
        check_folder(tmp_path, CONFIG, resume=True)
    assert (tmp_path / "config.json").read_text() == text


def test_what_a_kill_left_half_written_is_taken_away(tmp_path):
    write_config(tmp_path, CONFIG)
    for name in ("model.tmp.keras", "checkpoint.tmp.npz", "mine.tmp.txt"):
        (tmp_path / name).write_text("half")
    write_config(tmp_path, CONFIG)
    names = {file.name for file in tmp_path.iterdir()}
    assert names == {"config.json", "mine.tmp.txt"}


def test_a_file_that_cannot_be_written_says_how_to_go_on(tmp_path):
    write_text(tmp_path / "table.md", "old")
    (tmp_path / "table.tmp.md").mkdir()  # refuses root, too
    message = r"table.md could not be written: Is a directory.*--resume"
    with pytest.raises(OSError, match=message):
        write_text(tmp_path / "table.md", "new")
    assert (tmp_path / "table.md").read_text() == "old\n"


def test_a_failed_write_within_another_is_told_once(tmp_path):
    (tmp_path / "b.tmp.svg").mkdir()
    with pytest.raises(OSError) as error:
        with atomic_write(tmp_path / "a.png") as first:
            first.write_text("")
            write_text(tmp_path / "b.svg", "")
    assert str(error.value).count("could not be written") == 1
    assert "b.svg" in str(error.value)
    assert [file.name for file in tmp_path.iterdir()] == ["b.tmp.svg"]


def test_a_failed_write_keeps_the_old_file(tmp_path):
    path = tmp_path / "table.csv"
    write_rows(path, [{"a": 1}])
    with pytest.raises(KeyboardInterrupt):
        with atomic_write(path) as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt
    assert path.read_text() == "a\n1\n"
    assert [file.name for file in tmp_path.iterdir()] == ["table.csv"]
