"""A job: one run of one experiment config under one budget, with one seed."""

import dataclasses
import hashlib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from keras_stunet.checks import check_choice
from keras_stunet.checks import check_count
from keras_stunet.checks import did_you_mean
from keras_stunet.data.catalog import SOURCES
from keras_stunet.experiments.config import load_config
from keras_stunet.experiments.config import table_configs
from keras_stunet.experiments.config_checks import TRAINING
from keras_stunet.models.registry import MODELS
from keras_stunet.training.recipe import PRECISIONS
from keras_stunet.training.runs.run_data import source_name

DATA = ("dataset", "protocol", "parts", "calendar")
NONE = "none"  # the budget of systems that are fitted, not trained
# Columns that tell a row of results from all others: attributes of `Job`.
KEY = {
    "table": "table",
    "record": "name",
    "dataset": "dataset",
    "protocol": "protocol",
    "budget": "budget",
    "recipe": "config_hash",
    "precision": "precision",
    "seed": "seed",
}


class Budget(NamedTuple):
    """How much training is spent: a named set of changes to all configs.

    They stand in `budgets.toml`. Scores of different budgets are not
    comparable, so a budget is part of the name of each run and row.

    Attributes:
        title: What it is, for headings.
        changes: Options of model and training, for models that have them.
        data: Data set and protocol in place of the config's, or empty.
    """

    title: str
    changes: Mapping
    data: Mapping


def _read_budgets():
    path = Path(__file__).with_name("budgets.toml")
    budgets = {}
    for name, changes in tomllib.loads(path.read_text()).items():
        title = changes.pop("title")
        data = {key: changes.pop(key) for key in DATA if key in changes}
        budgets[name] = Budget(title, changes, data)
    return budgets


BUDGETS = _read_budgets()


@dataclasses.dataclass(frozen=True)
class Job:
    """One run to make.

    Attributes:
        table: Of the config.
        name: Of the config.
        title: What the table calls the system.
        dataset: Data set trained on; the budget may change the config's.
        protocol: How it is split, `"days"` or `"windows 7:1:2"`.
        budget: Name of the budget; `"none"` for fitted systems.
        precision: Of the model's matrix products; `""` for fitted systems.
        seed: Of the run.
        classical: Whether the system is fitted, and not trained by epochs.
        run: `table/dataset/name` of the config whose run this is.
        arguments: All that `train_model` or `train_classical` is called with
            but for the seed, the precision and where things are.
    """

    table: str
    name: str
    title: str
    dataset: str
    protocol: str
    budget: str
    precision: str
    seed: int
    classical: bool
    run: str
    arguments: Mapping = dataclasses.field(hash=False)

    @property
    def config_hash(self):
        """Eight hex digits that stand for `arguments`.

        A config that was edited, or another file of the same name, has
        others, and so rows and folders of its own.
        """
        text = json.dumps(self.arguments, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    @property
    def key(self):
        """What tells its row of results from all others, strings."""
        return tuple(str(getattr(self, name)) for name in KEY.values())

    def folder(self, out):
        """The run folder below `out`."""
        table, _, name = self.run.split("/")
        last = f"seed{self.seed}"
        if self.precision not in ("", "float32"):
            last += f"_{self.precision}"
        place = Path(out) / table / self.dataset.replace("/", "_") / name
        return place / f"{self.budget}_{self.config_hash}" / last


def make_jobs(
    table,
    budget="full",
    dataset=None,
    only=(),
    seeds=None,
    precision="float32",
):
    """The runs that a table asks for, one seed of all configs first.

    Args:
        table: As in `table_configs`.
        budget: A key of `BUDGETS`.
        dataset: A data set of the table, or the budget's own; by default all.
        only: Names of configs; by default all.
        seeds: How many seeds of each config, at most; by default all.
        precision: Of models that are trained, see `Recipe`.

    Raises:
        ValueError: If something of this name is not there.

    Example:
    >>> [job.name for job in make_jobs("table3", seeds=1)]
    ['copy', 'ordered', 'weighted']
    """
    check_choice("budget", budget, tuple(BUDGETS))
    check_choice("precision", precision, PRECISIONS)
    if seeds is not None:
        check_count("seeds", seeds, 1)
    configs = table_configs(table)
    names = list(dict.fromkeys(config.name for config in configs))
    for name in only:
        check_choice("only", name, names)
    jobs = [
        (place, _job(config, budget, seed, precision))
        for config in configs
        for place, seed in enumerate(config.seeds[:seeds])
    ]
    if dataset is not None:
        found = dict.fromkeys(job.dataset for _, job in jobs)
        check_choice("dataset", dataset, found)
    kept = {}  # on a budget's own data set a name's first config will do
    for place, job in jobs:
        if dataset in (None, job.dataset) and (not only or job.name in only):
            key = (job.name, job.seed) if BUDGETS[budget].data else job.key
            kept.setdefault(key, (place, job))
    # Stable: within one place the order of the configs stays.
    return [job for _, job in sorted(kept.values(), key=lambda pair: pair[0])]


def recipe_arguments(name, dataset=None, **given):
    """What `train_model` is called with to train after a config.

    Other data than the config's are split, and come with a calendar, by their
    own defaults; under another protocol, the parts are that protocol's. A
    config for a series of one's own takes any other such series for it.

    Args:
        name: As in `load_config`.
        dataset: What to train on in place of the config's data set, as in
            `train_model`.
        **given: Arguments of `train_model` that win over the config's.

    Returns:
        The arguments but for the folder, and for seed and precision unless
        they are given.

    Raises:
        ValueError: As `load_config`; for a system that is fitted and not
            trained; and for a config of data of one's own without data.
        OSError: If the file cannot be read.

    Example:
    >>> own = recipe_arguments("table1/metr_la_full/fnn", "freeway", epochs=3)
    >>> own["dataset"], own["epochs"], "parts" in own, own["units"]
    ('freeway', 3, False, 256)
    """
    # `train_model` builds the model first of all, once its devices are open.
    config = load_config(name, build=False)
    if config.classical:
        raise ValueError(
            f"The recipe {name} is of {config.title}, which is fitted and not "
            "trained. Run it with `keras-stunet reproduce`."
        )
    arguments = _arguments(config, BUDGETS["full"])
    known = config.dataset if config.dataset in SOURCES else None
    if dataset is None and known is None:
        raise ValueError(
            f"The recipe {name} is for data of one's own, {config.dataset!r}, "
            "and was given none. Give the data beside the recipe."
            f"{did_you_mean(config.dataset, SOURCES)}"
        )
    if dataset is not None:
        if source_name(dataset) != known:
            arguments = {k: v for k, v in arguments.items() if k not in DATA}
        arguments["dataset"] = dataset
    if given.get("protocol", config.protocol) != config.protocol:
        arguments.pop("parts", None)
    return {**arguments, **given}


def _arguments(config, budget):
    arguments = {name: getattr(config, name) for name in DATA}
    if budget.data:
        arguments |= {"parts": None, **budget.data}
    arguments |= config.options
    if config.classical:
        del arguments["calendar"]
        return {**arguments, "system": config.system}
    known = MODELS[config.system].options().keys() | TRAINING
    changes = {k: v for k, v in budget.changes.items() if k in known}
    return arguments | {"model": config.system, **config.training, **changes}


def _job(config, budget, seed, precision):
    arguments = _arguments(config, BUDGETS[budget])
    protocol = arguments["protocol"]
    if arguments["parts"]:
        protocol += f" {':'.join(map(str, arguments['parts']))}"
    return Job(
        table=config.table,
        name=config.name,
        title=config.title,
        dataset=arguments["dataset"],
        protocol=protocol,
        budget=NONE if config.classical else budget,
        precision="" if config.classical else precision,
        seed=seed,
        classical=config.classical,
        run=config.run,
        arguments=arguments,
    )
