"""A job: one run of one record under one budget, with one seed."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from keras_stunet.checks import check_choice
from keras_stunet.checks import check_count
from keras_stunet.checks import did_you_mean
from keras_stunet.data.catalog import SOURCES
from keras_stunet.experiments.budget import DATA
from keras_stunet.experiments.budget import NONE
from keras_stunet.experiments.budget import find_budget
from keras_stunet.experiments.record import load_recipe
from keras_stunet.experiments.record import records
from keras_stunet.experiments.record_checks import TRAINING
from keras_stunet.models.registry import MODELS
from keras_stunet.training.recipe import PRECISIONS
from keras_stunet.training.runs.run_data import source_name

KEY = ("table", "record", "dataset", "protocol", "budget", "recipe")
KEY += ("precision", "seed")


@dataclasses.dataclass(frozen=True)
class Job:
    """One run to make.

    Attributes:
        table: Of the record.
        record: Name of the record.
        title: What the table calls the system.
        dataset: Data set trained on; the budget may change the record's.
        protocol: How it is split, `"days"` or `"windows 7:1:2"`.
        budget: Name of the budget; `"none"` for fitted systems.
        precision: Of the model's matrix products; `""` for fitted systems.
        seed: Of the run.
        classical: Whether the system is fitted, and not trained by epochs.
        run: `table/dataset/name` of the record whose run this is.
        arguments: All that `train_model` or `train_classical` is called with
            but for the seed, the precision and where things are.
    """

    table: str
    record: str
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
    def recipe(self):
        """Eight hex digits that stand for `arguments`.

        A record that was edited, or another file of the same name, has
        others, and so rows and folders of its own.
        """
        text = json.dumps(self.arguments, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    @property
    def key(self):
        """What tells its row of results from all others, strings."""
        return tuple(str(getattr(self, name)) for name in KEY)

    def folder(self, out):
        """The run folder below `out`."""
        table, _, name = self.run.split("/")
        last = f"seed{self.seed}"
        if self.precision not in ("", "float32"):
            last += f"_{self.precision}"
        place = Path(out) / table / self.dataset.replace("/", "_") / name
        return place / f"{self.budget}_{self.recipe}" / last


def make_jobs(
    table,
    budget="full",
    dataset=None,
    only=(),
    seeds=None,
    precision="float32",
):
    """The runs that a table asks for, one seed of all records first.

    Args:
        table: As in `records`.
        budget: A key of `BUDGETS`.
        dataset: A data set of the table, or the budget's own; by default all.
        only: Names of records; by default all.
        seeds: How many seeds of each record, at most; by default all.
        precision: Of models that are trained, see `Recipe`.

    Raises:
        ValueError: If something of this name is not there.

    Example:
    >>> [job.record for job in make_jobs("table3", seeds=1)]
    ['copy', 'ordered', 'weighted']
    """
    budget = find_budget(budget)
    check_choice("precision", precision, PRECISIONS)
    found = records(table)
    datasets = {_data(record, budget)["dataset"]: None for record in found}
    if dataset is not None:
        check_choice("dataset", dataset, tuple(datasets))
        datasets = [dataset]
    names = list(dict.fromkeys(record.name for record in found))
    for name in only:
        check_choice("record", name, names)
    if seeds is not None:
        check_count("seeds", seeds, 1)
    jobs = {}  # on a budget's own data set a name's first record will do
    for record in found:
        if _data(record, budget)["dataset"] not in datasets:
            continue
        if only and record.name not in only:
            continue
        for place, seed in enumerate(record.seeds[:seeds]):
            job = _job(record, budget, seed, precision)
            key = (job.record, seed) if budget.data else job.key
            jobs.setdefault(key, (place, job))
    # Stable: within one place the order of the records stays.
    return [job for _, job in sorted(jobs.values(), key=lambda pair: pair[0])]


def recipe_arguments(name, dataset=None, **given):
    """What `train_model` is called with to train after a recipe.

    Other data than the recipe's are split, and come with a calendar, by their
    own defaults; under another protocol, the parts are that protocol's. A
    recipe for a series of one's own takes any other such series for it.

    Args:
        name: As in `load_recipe`.
        dataset: What to train on in place of the recipe's data set, as in
            `train_model`.
        **given: Arguments of `train_model` that win over the recipe's.

    Returns:
        The arguments but for the folder, and for seed and precision unless
        they are given.

    Raises:
        ValueError: As `load_recipe`; for a system that is fitted and not
            trained; and for a recipe of data of one's own without data.
        OSError: If the file cannot be read.

    Example:
    >>> own = recipe_arguments("table1/metr_la_full/fnn", "freeway", epochs=3)
    >>> own["dataset"], own["epochs"], "parts" in own, own["units"]
    ('freeway', 3, False, 256)
    """
    # `train_model` builds the model first of all, once its devices are open.
    record = load_recipe(name, build=False)
    if record.classical:
        raise ValueError(
            f"The recipe {name} is of {record.title}, which is fitted and not "
            "trained. Run it with `keras-stunet reproduce`."
        )
    arguments = _arguments(record, find_budget("full"))
    known = record.dataset if record.dataset in SOURCES else None
    if dataset is None and known is None:
        raise ValueError(
            f"The recipe {name} is for data of one's own, {record.dataset!r}, "
            "and was given none. Give the data beside the recipe."
            f"{did_you_mean(record.dataset, SOURCES)}"
        )
    if dataset is not None:
        if source_name(dataset) != known:
            arguments = {k: v for k, v in arguments.items() if k not in DATA}
        arguments["dataset"] = dataset
    if given.get("protocol", record.protocol) != record.protocol:
        arguments.pop("parts", None)
    return {**arguments, **given}


def _data(record, budget):
    own = {"dataset": record.dataset, "protocol": record.protocol}
    own |= {"parts": record.parts, "calendar": record.calendar}
    return {**own, "parts": None, **budget.data} if budget.data else own


def _arguments(record, budget):
    arguments = {**_data(record, budget), **record.options}
    if record.classical:
        del arguments["calendar"]
        return {**arguments, "system": record.system}
    options = MODELS[record.system].options()
    changes = {
        key: value
        for key, value in budget.changes.items()
        if key in options or key in TRAINING
    }
    return arguments | {"model": record.system, **record.training, **changes}


def _job(record, budget, seed, precision):
    arguments = _arguments(record, budget)
    parts, protocol = arguments["parts"], arguments["protocol"]
    return Job(
        table=record.table,
        record=record.name,
        title=record.title,
        dataset=arguments["dataset"],
        protocol=f"{protocol} {':'.join(map(str, parts))}"
        if parts
        else protocol,
        budget=NONE if record.classical else budget.name,
        precision="" if record.classical else precision,
        seed=seed,
        classical=record.classical,
        run=record.run,
        arguments=arguments,
    )
