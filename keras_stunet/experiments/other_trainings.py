"""What a table has on record under other budgets and precisions."""

from keras_stunet.experiments.budget import BUDGETS
from keras_stunet.experiments.budget import NONE
from keras_stunet.experiments.job import make_jobs
from keras_stunet.experiments.record import MINUTES
from keras_stunet.experiments.rows import row_of
from keras_stunet.experiments.summary import NAMES
from keras_stunet.experiments.summary import metrics_of
from keras_stunet.experiments.summary import summarise
from keras_stunet.training.recipe import PRECISIONS


def other_trainings(table, dataset, budget, rows, precision):
    """A section on the scores that a page's own cells must not hold.

    Args:
        table: As in `records`.
        dataset: A data set of the table.
        budget: The page's own, which is left out with its precision.
        rows: From `read_rows`.
        precision: The page's own.

    Returns:
        Lines of Markdown, a line a system under each budget and precision;
        none if there are no such scores.
    """
    metrics = metrics_of(table)
    names = " / ".join(NAMES[metric] for metric in metrics)
    lines, pages = [], []
    for other in sorted(BUDGETS):
        for kind in PRECISIONS:
            if (other, kind) == (budget, precision):
                continue
            if not _has_rows(table, other, dataset, kind, rows):
                continue
            pages.append(f"`--budget {other} --precision {kind}`")
            for system in summarise(table, dataset, other, rows, kind):
                if system.ours and system.rows[0]["budget"] != NONE:
                    lines.append(_line(system, other, kind, metrics))
    if not pages:
        return []
    heads = ["system", "budget", "precision", "seeds"]
    heads += [f"{minutes} min" for minutes in MINUTES]
    return [
        "",
        "## Other trainings on record",
        "",
        f"{names}; compare within one budget and precision only. Pages of "
        f"their own: {', '.join(pages)}.",
        "",
        f"| {' | '.join(heads)} |",
        "| --- " * len(heads) + "|",
        *lines,
    ]


def _has_rows(table, budget, dataset, precision, rows):
    return any(
        job.dataset == dataset and not job.classical and row_of(job, rows)
        for job in make_jobs(table, budget, precision=precision)
    )


def _line(system, budget, precision, metrics):
    done = max(score.count for score in system.ours.values())
    cells = [system.title, budget, precision, f"{done} of {system.seeds}"]
    for minutes in MINUTES:
        scores = [system.ours.get((metric, minutes), "-") for metric in metrics]
        cells.append(" / ".join(map(str, scores)))
    return f"| {' | '.join(cells)} |"
