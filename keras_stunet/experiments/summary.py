"""Our scores of one system beside the published ones."""

import statistics
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from keras_stunet.experiments.config import METRICS
from keras_stunet.experiments.config import MINUTES
from keras_stunet.experiments.config import table_configs
from keras_stunet.experiments.jobs import KEY
from keras_stunet.experiments.jobs import make_jobs
from keras_stunet.experiments.rows import DONE
from keras_stunet.experiments.rows import row_of

# What rows of one system have in common when its config has changed.
ALIKE = ("table", "record", "dataset", "budget", "precision")


class Score(NamedTuple):
    """A mean over seeds.

    Attributes:
        mean: The mean.
        sd: Standard deviation with n - 1; `None` for a single seed, or where
            the paper gives none.
        count: Number of seeds; `None` where the paper does not say.
    """

    mean: float
    sd: float | None
    count: int | None

    def __str__(self):
        if self.sd is not None:
            return f"{self.mean:.3f} ± {self.sd:.3f}"
        # The paper gives two digits where it gives no deviation.
        return f"{self.mean:.3f}" if self.count else f"{self.mean:.2f}"


class System(NamedTuple):
    """A row of a table of comparison.

    Attributes:
        title: What the table calls the system.
        published: `{(metric, minutes): Score}` of the paper.
        ours: The same of our runs that are done.
        seeds: Number of seeds asked for.
        failed: `{status: number of seeds}` of runs without scores.
        note: What to know when reading the numbers.
        rows: The rows of results, dicts of strings.
        others: How many rows of its name are of another recipe, an earlier
            state of the config, say.
    """

    title: str
    published: Mapping
    ours: Mapping
    seeds: int
    failed: Mapping
    note: str
    rows: list
    others: int


def summarise(table, dataset, budget, rows, precision="float32"):
    """All systems of a table on one data set, under one budget.

    Rows of another data set, protocol, budget, precision or config do not
    count; systems that are fitted have no precision. Where the budget trains
    on another data set than the paper, nothing published stands beside it.

    Args:
        table: As in `table_configs`.
        dataset: A data set of the table, or the budget's own.
        budget: A key of `BUDGETS`.
        rows: From `read_rows`.
        precision: As in `make_jobs`.

    Returns:
        A list of `System`, in the order of the table.
    """
    by_name = {}
    for job in make_jobs(table, budget, dataset, precision=precision):
        by_name.setdefault(job.name, []).append(job)
    configs = table_configs(table)
    order = [config.name for config in configs]
    here = {each.name: each for each in configs if each.dataset == dataset}
    systems = []
    for name in sorted(by_name, key=order.index):
        jobs, first = by_name[name], by_name[name][0]
        found = [row for job in jobs if (row := row_of(job, rows))]
        statuses = Counter(row["status"] for row in found)
        published = here[name].published if name in here else {}
        systems.append(
            System(
                title=first.title,
                published={
                    place: Score(mean, sd, None)
                    for place, (mean, sd) in published.items()
                },
                ours=_means([row for row in found if row["status"] == DONE]),
                seeds=len(jobs),
                failed={k: n for k, n in statuses.items() if k != DONE},
                note=here[name].note if name in here else "",
                rows=found,
                others=sum(
                    row["recipe"] != first.config_hash
                    and all(row[k] == getattr(first, KEY[k]) for k in ALIKE)
                    for row in rows.values()
                ),
            )
        )
    return systems


def metrics_of(table):
    """The metrics that a table is about: those published, else all."""
    published = {
        metric for each in table_configs(table) for metric, _ in each.published
    }
    return [m for m in METRICS if m in published or not published]


def _means(rows):
    scores = {}
    for metric in METRICS:
        for minutes in MINUTES:
            cells = [row[f"{metric}_{minutes}min"] for row in rows]
            values = [float(cell) for cell in cells if cell]
            if values:
                sd = statistics.stdev(values) if len(values) > 1 else None
                mean = statistics.fmean(values)
                scores[metric, minutes] = Score(mean, sd, len(values))
    return scores
