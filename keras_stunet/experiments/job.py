"""A job: one run of one record under one budget, with one seed."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from keras_stunet.experiments.budget import NONE
from keras_stunet.experiments.budget import find_budget
from keras_stunet.experiments.record import load_recipe
from keras_stunet.experiments.record import records
from keras_stunet.experiments.record_checks import TRAINING
from keras_stunet.graph.checks import check_choice
from keras_stunet.graph.checks import check_count
from keras_stunet.models.zoo import MODELS

KEY = ("table", "record", "dataset", "protocol", "budget", "seed")


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
    seed: int
    classical: bool
    run: str
    arguments: Mapping = dataclasses.field(hash=False)

    @property
    def key(self):
        """What tells its row of results from all others, strings."""
        return tuple(str(getattr(self, name)) for name in KEY)

    def folder(self, out, precision):
        """The run folder below `out`."""
        table, _, name = self.run.split("/")
        last = f"seed{self.seed}"
        if not self.classical and precision != "float32":
            last += f"_{precision}"
        place = Path(out) / table / self.dataset.replace("/", "_") / name
        return place / self.budget / last


def make_jobs(table, budget="full", dataset=None, only=(), seeds=None):
    """The runs that a table asks for, one seed of all records first.

    Args:
        table: As in `records`.
        budget: A key of `BUDGETS`.
        dataset: A data set of the table, or the budget's own; by default all.
        only: Names of records; by default all.
        seeds: How many seeds of each record, at most; by default all.

    Raises:
        ValueError: If something of this name is not there.

    Example:
    >>> [job.record for job in make_jobs("table3", seeds=1)]
    ['copy', 'ordered', 'weighted']
    """
    budget = find_budget(budget)
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
    jobs = {}  # a budget's own data set makes equals of a name's records
    for record in found:
        if _data(record, budget)["dataset"] not in datasets:
            continue
        if only and record.name not in only:
            continue
        for place, seed in enumerate(record.seeds[:seeds]):
            job = _job(record, budget, seed)
            jobs.setdefault(job.key, (place, job))
    # Stable: within one place the order of the records stays.
    return [job for _, job in sorted(jobs.values(), key=lambda pair: pair[0])]


def recipe_arguments(name):
    """What `train_model` is called with to train after a recipe.

    Args:
        name: As in `load_recipe`.

    Returns:
        The arguments but for the folder, the seed and the precision.

    Raises:
        ValueError: As `load_recipe`; and for a system that is fitted and not
            trained.
        OSError: If the file cannot be read.
    """
    record = load_recipe(name)
    if record.classical:
        raise ValueError(
            f"The recipe {name} is of {record.title}, which is fitted and not "
            "trained. Run it with `keras-stunet reproduce`."
        )
    return dict(_job(record, find_budget("full"), record.seeds[0]).arguments)


def _data(record, budget):
    own = {"dataset": record.dataset, "protocol": record.protocol}
    own |= {"parts": record.parts, "calendar": record.calendar}
    return {**own, "parts": None, **budget.data} if budget.data else own


def _job(record, budget, seed):
    data = _data(record, budget)
    parts = data["parts"]
    protocol = data["protocol"]
    arguments = {**data, **record.options}
    if record.classical:
        del arguments["calendar"]
        arguments["system"] = record.system
    else:
        options = MODELS[record.system].options()
        changes = {
            key: value
            for key, value in budget.changes.items()
            if key in options or key in TRAINING
        }
        arguments |= {"model": record.system, **record.training, **changes}
    return Job(
        table=record.table,
        record=record.name,
        title=record.title,
        dataset=data["dataset"],
        protocol=f"{protocol} {':'.join(map(str, parts))}"
        if parts
        else protocol,
        budget=NONE if record.classical else budget.name,
        seed=seed,
        classical=record.classical,
        run=record.run,
        arguments=arguments,
    )
