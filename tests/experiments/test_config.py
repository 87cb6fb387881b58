"""Every shipped config can be run, and a recipe of one's own."""

import numpy as np
import pytest

from keras_stunet.baselines import CLASSICAL
from keras_stunet.experiments import BUDGETS
from keras_stunet.experiments import config as config_module
from keras_stunet.experiments import load_config
from keras_stunet.experiments import read_config
from keras_stunet.experiments import table_configs
from keras_stunet.experiments.config import CONFIGS
from keras_stunet.experiments.config import METRICS
from keras_stunet.experiments.config import MINUTES
from keras_stunet.experiments.config_checks import SAMPLING
from keras_stunet.experiments.jobs import make_jobs
from keras_stunet.models import MODELS
from keras_stunet.models import build_model
from keras_stunet.training import Recipe

TABLES = ["table1", "table2", "table3", "table4"]
PATHS = sorted(CONFIGS.rglob("*.toml"))
RING = np.roll(np.eye(4), 1, axis=0) + np.roll(np.eye(4), -1, axis=0)


@pytest.mark.parametrize(
    "path", PATHS, ids=lambda path: str(path.relative_to(CONFIGS))
)
def test_a_shipped_config_is_whole(path):
    config = read_config(path)
    assert config.run.count("/") == 2 and config.title
    if config.classical:
        assert config.seeds == (0,) and not config.training
        chosen = CLASSICAL[config.system].options()
        assert config.options.keys() == {"history", "horizon", *chosen}
        return
    training = {**config.training}
    # All that decides about a training stands in the config; about sampling,
    # what is not the default.
    for name in SAMPLING:
        training.pop(name, None)
    stated = set(Recipe.__dataclass_fields__) - {"seed", "precision"}
    # Of the paper's none ends early or averages its weights.
    stated -= {"patience", "ema_momentum"}
    assert training.keys() == stated - SAMPLING
    assert Recipe(**training).decay_at == tuple(training["decay_at"])
    given = {*config.options, *MODELS[config.system].fixed}
    rest = MODELS[config.system].options().keys() - given
    defaults = {"activation", "partition", "propagation", "channels"}
    assert rest <= defaults | {"share_weights", "non_negative", "quantiles"}


def test_the_tables_are_those_of_the_paper():
    found = [path.name for path in sorted(CONFIGS.iterdir())]
    assert found == TABLES
    system = {"linear_svr", "arima", "fnn", "fc_lstm", "stgcn", "dcrnn"}
    system |= {"st_unet"}
    for dataset in ("pemsd7/m", "metr_la/full"):
        found = table_configs("table1", dataset)
        published = {each.system for each in found if each.published}
        average = published - system
        assert len(average) == 1 and average.pop().startswith("historical")
        assert len(published) == 8
        assert published - {each.system for each in found} == set()
        assert {"stgcn_1st", "gcgru", "persistence"} <= {
            each.system for each in found
        }
    assert [r.name for r in table_configs("table2")] == [
        *("gcgru", "t_unet", "s_unet", "st_unet")
    ]
    for table in ("table2", "table3"):
        for config in table_configs(table):
            assert len(config.seeds) == 5 and config.training["no_sampling"]
            assert config.training["loss"] == "l2"
            assert config.options["layer_norm"] == "none"
            assert all(sd is not None for _, sd in config.published.values())
    assert [r.system for r in table_configs("table4")] == [
        *("historical_average", "gcgru", "stgcn", "dcrnn", "st_unet")
    ]


@pytest.mark.parametrize("table", TABLES)
def test_rows_have_places_of_their_own(table):
    places = [(config.dataset, config.row) for config in table_configs(table)]
    assert len(set(places)) == len(places)
    for config in table_configs(table):
        assert config.published.keys() <= {
            (metric, minutes) for metric in METRICS for minutes in MINUTES
        }


def test_published_scores_are_those_of_the_paper():
    def rmse(name):
        published = load_config(name).published
        return [published["rmse", minutes] for minutes in MINUTES]

    # Table 3 repeats Table 2's RMSE under the name MSE.
    assert rmse("table3/pemsd7_m/copy") == [
        *((3.994, 0.005), (5.452, 0.019), (6.716, 0.025))
    ]
    assert rmse("table3/pemsd7_m/copy") == rmse("table2/pemsd7_m/st_unet")
    assert rmse("table4/pemsd7_l/dcrnn") == [
        *((4.22, None), (5.87, None), (7.58, None))
    ]
    # ST-UNet has the lowest scores of Table 1, all systems and metrics.
    for dataset in ("pemsd7/m", "metr_la/full"):
        best = load_config(
            f"table1/{dataset.replace('/', '_')}/st_unet"
        ).published
        assert len(best) == 9
        for config in table_configs("table1", dataset):
            for place, (mean, _) in config.published.items():
                assert mean >= best[place][0]
                if place[1] > 15:
                    assert mean >= config.published[place[0], 15][0]


def test_one_run_serves_table_2_and_table_3():
    copy = load_config("table3/pemsd7_m/copy")
    plain = load_config("table2/pemsd7_m/st_unet")
    assert copy.run == plain.run == "table2/pemsd7_m/st_unet"
    assert (copy.options, copy.training) == (plain.options, plain.training)
    (first,) = make_jobs("table3", only=["copy"], seeds=1)
    (second,) = make_jobs("table2", only=["st_unet"], seeds=1)
    assert first.folder("x") == second.folder("x")
    assert first.arguments == second.arguments and first.key != second.key


def every_build():
    """Each model with the options of its records, once, as small as can be."""
    seen = []
    for config in [each for table in TABLES for each in table_configs(table)]:
        if config.classical:
            continue
        options = {**config.options, "history": 9, "horizon": 1}
        options |= {"units": 2} if "units" in options else {}
        if (config.system, options) not in seen:
            seen.append((config.system, options))
            yield pytest.param(config.system, options, id=config.run)


@pytest.mark.parametrize(("system", "options"), list(every_build()))
def test_the_options_of_a_config_build_its_model(system, options):
    model = build_model(system, RING, **options, features=1)
    assert model.output_shape == (None, 1, 4, 1)


def test_changes_of_a_budget_are_options_of_some_model():
    known = set(Recipe.__dataclass_fields__)
    for entry in MODELS.values():
        known |= entry.options().keys()
    for budget in BUDGETS.values():
        assert budget.changes.keys() <= known - {"seed", "precision"}
        assert budget.title


def test_a_recipe_of_ones_own_lies_anywhere(tmp_path):
    shipped = CONFIGS / "table1" / "pemsd7_m" / "stgcn.toml"
    own = tmp_path / "mine.toml"
    own.write_text(shipped.read_text())
    config = load_config(str(own))
    assert (config.table, config.name) == ("own", "mine")
    assert config.run == "own/pemsd7_m/mine"
    assert config.training == read_config(shipped).training
    assert table_configs(str(own)) == [config]


def test_only_a_recipe_of_ones_own_may_be_for_data_of_ones_own(
    tmp_path, monkeypatch
):
    text = (CONFIGS / "table1/pemsd7_m/fnn.toml").read_text()
    path = tmp_path / "table1/our_roads/fnn.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text.replace('"pemsd7/m"', '"our roads"'))
    config = read_config(path)
    assert (config.dataset, config.run) == ("our roads", "own/our roads/fnn")
    monkeypatch.setattr(config_module, "CONFIGS", tmp_path)
    with pytest.raises(ValueError, match="data set is 'our roads'"):
        read_config(path)


def test_a_recipe_by_name(tmp_path):
    assert load_config("table3/pemsd7_m/copy").run == "table2/pemsd7_m/st_unet"
    with pytest.raises(ValueError, match="Did you mean 'table1/pemsd7_m/fnn'"):
        load_config("table1/pemsd7_m/fnnn")
    with pytest.raises(OSError, match="no recipe file .*none.toml. Give"):
        load_config(str(tmp_path / "none.toml"))
    with pytest.raises(OSError, match="no recipe file"):
        table_configs("none.toml")
