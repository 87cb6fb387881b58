"""Our scores of one system beside the published ones."""

import statistics
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from keras_stunet.experiments.job import make_jobs
from keras_stunet.experiments.record import METRICS
from keras_stunet.experiments.record import MINUTES
from keras_stunet.experiments.record import records
from keras_stunet.experiments.rows import DONE
from keras_stunet.experiments.rows import row_of

NAMES = {"mae": "MAE", "mape": "MAPE %", "rmse": "RMSE"}
# What rows of one system have in common when its recipe has changed.
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
            state of the record, say.
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

    Rows of another data set, protocol, budget, precision or recipe do not
    count; systems that are fitted have no precision. Where the
    budget trains on another data set than the paper, nothing published stands
    beside it.

    Args:
        table: As in `records`.
        dataset: A data set of the table, or the budget's own.
        budget: A key of `BUDGETS`.
        rows: From `read_rows`.
        precision: As in `make_jobs`.

    Returns:
        A list of `System`, in the order of the table.
    """
    by_record = {}
    for job in make_jobs(table, budget, dataset, precision=precision):
        by_record.setdefault(job.record, []).append(job)
    found_records = records(table)
    order = [record.name for record in found_records]
    here = {r.name: r for r in found_records if r.dataset == dataset}
    systems = []
    for name in sorted(by_record, key=order.index):
        jobs = by_record[name]
        found = [row for job in jobs if (row := row_of(job, rows))]
        done = [row for row in found if row["status"] == DONE]
        published, note = {}, ""
        if name in here:
            published, note = here[name].published, here[name].note
        systems.append(
            System(
                title=jobs[0].title,
                published={
                    place: Score(mean, sd, None)
                    for place, (mean, sd) in published.items()
                },
                ours=_means(done),
                seeds=len(jobs),
                failed=Counter(
                    row["status"] for row in found if row["status"] != DONE
                ),
                note=note,
                rows=found,
                others=sum(
                    row["recipe"] != jobs[0].recipe
                    and all(row[key] == getattr(jobs[0], key) for key in ALIKE)
                    for row in rows.values()
                ),
            )
        )
    return systems


def metrics_of(table):
    """The metrics that a table is about: those published, else all."""
    published = {
        metric for record in records(table) for metric, _ in record.published
    }
    return [m for m in METRICS if m in published or not published]


def difference(ours, published):
    """How far we are from the paper, in percent of the paper.

    >>> difference(Score(2.2, None, 1), Score(2.0, 0.01, None))
    10.0
    """
    return 100 * (ours.mean - published.mean) / published.mean


def _means(rows):
    scores = {}
    for metric in METRICS:
        for minutes in MINUTES:
            cells = [row[f"{metric}_{minutes}min"] for row in rows]
            values = [float(cell) for cell in cells if cell]
            if not values:
                continue
            sd = statistics.stdev(values) if len(values) > 1 else None
            mean = statistics.fmean(values)
            scores[metric, minutes] = Score(mean, sd, len(values))
    return scores
