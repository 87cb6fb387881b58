"""What a search leaves to read: tables, figures, best points as configs."""

import csv
import json

import pytest

from keras_stunet.experiments import config_checks
from keras_stunet.experiments import read_config
from keras_stunet.models.registry import model_options
from keras_stunet.plotting.search import plot_search
from keras_stunet.training.recipe import Recipe
from keras_stunet.tuning import write_report
from keras_stunet.tuning.report import config_text
from keras_stunet.tuning.search_folder import check_search
from keras_stunet.tuning.search_folder import read_search
from keras_stunet.tuning.search_folder import search_spaces
from keras_stunet.tuning.search_folder import write_search
from keras_stunet.tuning.space import SPACES
from keras_stunet.tuning.space import read_spaces
from keras_stunet.tuning.space_checks import split_point

DONE = {"status": "done", "val_mae": 2.5, "best_epoch": 3, "epochs": 4}
DONE |= {"seconds": 7.0, "parameters": 9}


def test_a_search_at_work_can_be_read(make_search, add_trial):
    grid = {"units": (4, 2, 8), "loss": ("l1", "l2")}
    own = {"seed": 7, "precision": "mixed_bfloat16"}
    folder, space, search = make_search("fnn", grid, **own)
    with pytest.raises(ValueError, match="No trial"):
        write_report(folder)
    diverged = {"status": "diverged", "message": "in\nepoch 1", "seconds": 1.0}
    add_trial(folder, "0", {"units": 4, "loss": "l1"}, "COMPLETED", DONE)
    better = {**DONE, "val_mae": 2.0}
    add_trial(folder, "1", {"units": 2, "loss": "l1"}, "COMPLETED", better)
    add_trial(folder, "2", {"units": 8, "loss": "l1"}, "FAILED", diverged)
    add_trial(folder, "3", {"units": 4, "loss": "l2"}, "FAILED")
    # Trained, but the search does not know yet: it does not count.
    early = {**DONE, "val_mae": 1.0}
    add_trial(folder, "4", {"units": 2, "loss": "l2"}, "RUNNING", early)
    add_trial(folder, "5", {"units": 8, "loss": "l2"}, "RUNNING")
    table = write_report(folder).splitlines()
    assert table[0] == "FNN: 4 of 6 points"
    assert table[5] == "| **2** | l1 | 2.0000 | 3 | 7 | done |"
    assert table[-1] == "| **8** | **l2** |  |  | 0 | running |"
    with (folder / "trials.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["status"] for row in rows] == [
        *("done", "done", "diverged", "failed", "done", "running")
    ]
    assert rows[2]["message"] == "in epoch 1"
    assert rows[3]["message"] == "at once"
    config = read_config(folder / "best/freeway/fnn.toml")
    assert (config.options["units"], config.training["loss"]) == (2, "l1")
    assert "2.0000 at epoch 3 of 4" in config.note
    again = "train --recipe FILE --seed 7 --precision mixed_bfloat16 --out RUN"
    assert f"`keras-stunet {again}`" in config.note
    assert (folder / "fnn.png").exists() and (folder / "fnn.svg").exists()
    assert search_spaces(read_search(folder)) == [space]


def test_the_figure_shows_each_trial_where_it_belongs():
    grid = {"K": (3, 1, 2), "upsampling": ("copy", "ordered")}
    points = [
        ({"K": 3, "upsampling": "copy"}, 2.0),
        ({"K": 1, "upsampling": "copy"}, 3.0),
        ({"K": 3, "upsampling": "ordered"}, 2.5),
        ({"K": 2, "upsampling": "ordered"}, None),
    ]
    figure = plot_search(grid, points, unit="mph")
    by_k, by_upsampling = figure.axes
    assert [t.get_text() for t in by_k.get_xticklabels()] == ["1", "2", "3*"]
    assert by_k.get_ylabel() == "validation MAE (mph)"

    def dots(axes, marker):
        return sorted(
            (float(x), float(y))
            for line in axes.lines
            if line.get_marker() == marker
            for x, y in zip(*line.get_data(), strict=True)
        )

    assert dots(by_k, "o") == [(0, 3.0), (2, 2.0), (2, 2.5)]
    assert dots(by_k, "x") == [(1, 3.0)]
    assert list(by_k.lines[-1].get_ydata()) == [3.0, 2.0]
    assert dots(by_upsampling, "o") == [(0, 2.0), (0, 3.0), (1, 2.5)]
    (by_k, _) = plot_search(grid, points, error="validation loss").axes
    assert by_k.get_ylabel() == "validation loss"
    with pytest.raises(ValueError, match="holds no error"):
        plot_search(grid, points[3:])


@pytest.mark.parametrize("objective", ["val_loss", "val_mae"])
def test_the_figure_names_the_objective(make_search, add_trial, objective):
    folder, _, _ = make_search("fnn", {"units": (1, 2)}, objective=objective)
    outcome = {**DONE, "val_loss": 0.5}
    add_trial(folder, "0", {"units": 1}, "COMPLETED", outcome)
    write_report(folder)
    svg = (folder / "fnn.svg").read_text()
    label = {"val_loss": "validation loss", "val_mae": "validation MAE (mph)"}
    assert f">{label[objective]}<" in svg


def test_a_search_of_before_an_option_goes_on_with_its_default(make_search):
    folder, _, search = make_search("fnn", {"units": (1, 2)})
    before = {**search, "defaults": {**search["defaults"]}}
    del before["defaults"]["sampling_half"]
    before["defaults"]["warm_up"] = 0.0  # gone since; it did nothing
    write_search(folder, before)
    check_search(folder, search)
    now = {**search, "defaults": {**search["defaults"], "sampling_half": 0.1}}
    before["defaults"]["sampling_half"] = 0.3
    write_search(folder, before)
    with pytest.raises(ValueError, match="sampling_half: 0.3 then, 0.1 now"):
        check_search(folder, now)


SEARCH = {"protocol": "days", "parts": [34, 5, 5], "calendar": [], "seed": 3}


def few_points(space):
    """The published one, and one with the last value of each name."""
    for place in (0, -1):
        yield {name: values[place] for name, values in space.grid.items()}


def plain(options):
    return json.loads(json.dumps(options))  # tuples become lists


@pytest.mark.parametrize(
    "path", sorted(SPACES.glob("*.toml")), ids=lambda path: path.stem
)
def test_a_recipe_file_says_all_of_a_point(tmp_path, path, monkeypatch):
    # Whether models can be built of them is another question, and slow.
    monkeypatch.setattr(config_checks, "_check_model", lambda *_: None)
    file = tmp_path / "recipe.toml"
    for space in read_spaces(path.stem):
        for point in few_points(space):
            file.write_text(
                config_text(space, point, SEARCH, "pemsd7/m", "A note.")
            )
            config = read_config(file)
            assert (config.system, config.seeds) == (space.system, (3,))
            point = {**point, **space.fixed}
            if space.classical:
                assert plain(config.options) == plain(point)
                continue
            recipe, options, no_sampling = split_point(space.system, point)
            training = dict(config.training)
            assert training.pop("no_sampling", False) == no_sampling
            assert Recipe(**training) == recipe
            found = model_options(space.system, config.options)
            expected = model_options(space.system, options)
            assert plain(found) == plain(expected)
