"""Spaces: order of the points, files, and what they may not say."""

import itertools
import json

import keras
import pytest

from keras_stunet.data import make_windows
from keras_stunet.experiments import load_config
from keras_stunet.experiments import table_configs
from keras_stunet.models import MODELS
from keras_stunet.training.recipe import Recipe
from keras_stunet.tuning.space import SPACES
from keras_stunet.tuning.space import Space
from keras_stunet.tuning.space import nearest_first
from keras_stunet.tuning.space import read_spaces
from keras_stunet.tuning.space_checks import check_builds
from keras_stunet.tuning.space_checks import check_space
from keras_stunet.tuning.space_checks import split_point
from keras_stunet.tuning.space_checks import with_data_defaults

GRID = {"a": (1, 2, 3), "b": ("x", "y"), "c": (True, False)}


def test_points_come_in_rings_around_the_first_and_are_the_whole_grid():
    points = [tuple(point.values()) for point in nearest_first(GRID)]
    assert sorted(points) == sorted(itertools.product(*GRID.values()))
    first = points[0]
    assert first == (1, "x", True)
    changes = [
        sum(x != y for x, y in zip(p, first, strict=True)) for p in points
    ]
    assert changes == sorted(changes)
    # Four have one change: all other values, once.
    assert points[1:5] == [
        (2, "x", True),
        (3, "x", True),
        (1, "y", True),
        (1, "x", False),
    ]


def test_values_come_back_from_kerastuner_as_they_were():
    orders = ([[3, 0, 1]], [[1, 0, 0]])
    grid = {"flag": (False, True), "order": orders, "rate": (0.1, 1.0)}
    space = Space("arima", True, grid, {})
    for point in space.points():
        places = {name: grid[name].index(point[name]) for name in grid}
        choice = {n: space.choices()[n][places[n]] for n in grid}
        assert not any(isinstance(v, (bool, list)) for v in choice.values())
        assert space.decode(choice) == point


@pytest.mark.parametrize("path", sorted(SPACES.glob("*.toml")), ids=str)
def test_the_spaces_that_come_along_make_sense(path):
    spaces = read_spaces(path.stem)
    for space in spaces:
        check_space(space)
        assert space.size >= 2


def test_what_is_trained_like_st_unet_has_the_epsilon_of_the_default():
    alike = ("st_unet", "t_unet", "s_unet", "gcgru", "gcgru_ablation")
    found = [
        config
        for table in ("table1", "table2", "table3", "table4")
        for config in table_configs(table)
        if config.system in alike
    ]
    assert len(found) >= 12
    assert {r.training["epsilon"] for r in found} == {Recipe().epsilon}


def test_the_paper_space_starts_at_the_published_points():
    spaces = {space.system: space for space in read_spaces("paper")}
    seen = set()
    for table in ("table1", "table2"):
        for config in table_configs(table, "pemsd7/m"):
            if config.classical or config.system in seen:
                continue
            seen.add(config.system)
            space = spaces[config.system]
            point = {**space.points(1)[0], **space.fixed}
            recipe, options, no_sampling = split_point(space.system, point)
            training = {"no_sampling": False, **config.training}
            assert no_sampling == training.pop("no_sampling"), config.name
            assert recipe == Recipe(**training), config.name
            defaults = MODELS[config.system].options()
            expected = {**defaults, **config.options}
            # As in JSON: a tuple of widths is a list in a file.
            found = json.dumps({**defaults, **options}, sort_keys=True)
            assert found == json.dumps(expected, sort_keys=True), config.name
    assert len(seen) == 10  # the trained systems of both tables


def test_single_changes_of_st_unet_fit_into_the_budget():
    (space,) = read_spaces("paper", ["st_unet"])
    singles = 1 + sum(len(values) - 1 for values in space.grid.values())
    assert singles <= 24  # the default of --trials
    asked = {"K", "p", "s", "units", "learning_rate", "decay", "upsampling"}
    asked |= {"reduce", "layer_norm", "no_sampling", "sampling_half"}
    assert set(space.grid) == asked
    paper = load_config("table1/pemsd7_m/st_unet")
    for name in asked & set(paper.options):
        assert space.grid[name][0] == paper.options[name]


def write(tmp_path, text):
    path = tmp_path / "own.toml"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no space"),
        ("[fnn]", "nothing to choose"),
        ("[fnn.grid]", "nothing to choose"),
        ("[fnn.grid]\nunits = 3", "list of at least one"),
        ("[fnn.grid]\nunits = []", "list of at least one"),
        ("[fnn.grid]\nunits = [3, 3]", "each value once"),
        ("[fnn.grid]\nunits = [3, 'a']", "of one type"),
        ("[fnm.grid]\nunits = [3]", "Did you mean 'fnn'"),
        ("[fnn.gird]\nunits = [3]", "expected tables"),
        ("fnn = 3", "expected tables"),
        ("[fnn", "is no TOML"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, text, message):
    with pytest.raises(ValueError, match=message):
        read_spaces(write(tmp_path, text))


def test_an_unknown_space_or_system_is_refused(tmp_path):
    with pytest.raises(ValueError, match="Did you mean 'paper'"):
        read_spaces("papper")
    with pytest.raises(ValueError, match="Did you mean 'gcgru'"):
        read_spaces("two_cores", ["gcru"])
    with pytest.raises(FileNotFoundError):
        read_spaces(str(tmp_path / "none.toml"))


@pytest.mark.parametrize(
    ("system", "grid", "fixed", "message"),
    [
        ("fnn", {"unit": (3, 4)}, {}, "Did you mean 'units'"),
        ("fnn", {"no_sampling": (False, True)}, {}, "no option 'no_sampling'"),
        ("fnn", {"sampling_half": (0.3, 0.1)}, {}, "no option 'sampling_half"),
        ("st_unet", {"sampling_half": (0.3, 0.0)}, {}, "`sampling_half` is 0"),
        ("fnn", {"learning_rate": (0.1, -1.0)}, {}, "`learning_rate` is -1.0"),
        ("fnn", {"epochs": (1, 0)}, {}, "`epochs` is 0"),
        ("fnn", {"loss": ("l1", "bce")}, {}, "`loss` is 'bce'"),
        (
            "fnn",
            {"decay": ("a", "b")},
            {},
            "`decay` is .a.; .* above 0",
        ),
        ("fnn", {"history": (12, 6)}, {}, "different windows"),
        ("fnn", {"units": (3, 4)}, {"units": 3}, "grid and fixed"),
        ("fnn", {"seed": (1, 2)}, {}, "no option 'seed'"),
        ("st_unet", {"no_sampling": ("no", "yes")}, {}, "`no_sampling`"),
        ("t_unet", {"p": (1, 2)}, {}, "no option 'p'"),
        ("linear_svr", {"C": (1.0, -1.0)}, {}, "`C` is -1.0"),
        ("linear_svr", {"K": (1, 2)}, {}, "no option 'K'"),
        ("arima", {"order": ([3, 0, 1], [3, 0])}, {}, "three whole numbers"),
    ],
)
def test_a_space_that_makes_no_sense_is_refused(system, grid, fixed, message):
    space = Space(system, system not in MODELS, grid, fixed)
    with pytest.raises(ValueError, match=message):
        check_space(space)


def test_an_objective_that_does_not_exist_is_refused():
    (space,) = read_spaces("paper", ["fnn"])
    with pytest.raises(ValueError, match="Did you mean 'val_mae'"):
        check_space(space, "val_mea")
    with pytest.raises(ValueError, match="test split chooses nothing"):
        check_space(space, "test_mae")
    (space,) = read_spaces("paper", ["linear_svr"])
    with pytest.raises(ValueError, match="without a loss"):
        check_space(space, "val_loss")


def test_a_value_out_of_the_models_range_is_named_before_any_trial(series):
    fixed = {"history": 2, "horizon": 2, "units": 1, "head": "direct"}
    splits = make_windows(series, history=2, horizon=2)
    good = Space("st_unet", False, {"K": (1, 2), "s": (1, 2)}, fixed)
    check_builds(good, series, splits)
    for grid, message in [
        ({"K": (1, 0)}, r"with \{'K': 0\}: `K` is 0"),
        ({"upsampling": ("copy", "copi")}, "Did you mean 'copy'"),
        ({"units": (0,)}, "with the first values"),
    ]:
        free = {k: v for k, v in fixed.items() if k not in grid}
        with pytest.raises(ValueError, match=message):
            check_builds(Space("st_unet", False, grid, free), series, splits)
    keras.backend.clear_session()


def test_each_value_is_built_for_what_the_windows_hold(series):
    splits = make_windows(
        series,
        history=2,
        horizon=2,
        calendar=("time_of_day", "day_of_week"),
        profile=True,
    )
    fixed = {"history": 2, "horizon": 2, "units": 1}
    check_builds(
        Space("st_unet_plus", False, {"graphs": (0, 1)}, fixed), series, splits
    )
    keras.backend.clear_session()


def test_widths_are_those_of_the_data_set():
    (space,) = read_spaces("two_cores", ["st_unet"])
    assert with_data_defaults(space, "metr_la/full") == space
    free = space._replace(fixed={})
    assert with_data_defaults(free, "metr_la/full").fixed == {"units": 96}
    assert with_data_defaults(free, "pemsd7/m").fixed == {"units": 64}
