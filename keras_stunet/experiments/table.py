"""A comparison as Markdown."""

from pathlib import Path

from keras_stunet.experiments.budget import find_budget
from keras_stunet.experiments.data_at_hand import NO_DATA
from keras_stunet.experiments.data_at_hand import how_to_get
from keras_stunet.experiments.job import make_jobs
from keras_stunet.experiments.other_trainings import other_trainings
from keras_stunet.experiments.record import MINUTES
from keras_stunet.experiments.record import is_file
from keras_stunet.experiments.rows import COLUMNS
from keras_stunet.experiments.rows import DONE
from keras_stunet.experiments.rows import row_of
from keras_stunet.experiments.summary import NAMES
from keras_stunet.experiments.summary import difference
from keras_stunet.experiments.summary import metrics_of
from keras_stunet.experiments.summary import summarise

NOTHING = "-"
SHOWN = ("epochs", "best_epoch", "val_mae", "seconds", "s/epoch", "peak_mb")
SHOWN += ("parameters", "backend", "device", "commit", "message")


def comparison(table, dataset, budget, rows, precision="float32", states=()):
    """What was published and what we have, metric by metric.

    Args:
        table: As in `records`.
        dataset: A data set of the table, or the budget's own.
        budget: A key of `BUDGETS`.
        rows: From `read_rows`.
        precision: As in `make_jobs`.
        states: From `run_queue`; says of runs without a row why that is so.

    Returns:
        Markdown: the systems with the paper's scores, ours and the difference
        for each metric and horizon; every run, failures included and
        those that could not be made; and our
        scores of other budgets and precisions.
    """
    systems = summarise(table, dataset, budget, rows, precision)
    jobs = make_jobs(table, budget, dataset, precision=precision)
    protocol = jobs[0].protocol
    unmade = [
        (job, states[job])
        for job in jobs
        if job in states and row_of(job, rows) is None
    ]
    lines = [
        f"# {title_of(table)} on {dataset}, budget {budget}, {precision}",
        "",
        f"Budget `{budget}`: {find_budget(budget).title}. Protocol "
        f"`{protocol}`. Ours: mean ± standard deviation (n - 1) over the seeds "
        "of scores on the test windows; the test chooses nothing. The "
        "difference is in percent of the paper's score. Fitted systems have "
        "no budget and no precision: theirs are the same on all pages.",
    ]
    if "epochs" in find_budget(budget).changes:
        lines[-1] += (
            " Fewer epochs compress the schedule: learning rate and scheduled "
            "sampling fall at the same shares of the training as in the whole "
            "one."
        )
    for metric in metrics_of(table):
        for minutes in MINUTES:
            lines += ["", f"## {NAMES[metric]} at {minutes} min", ""]
            lines += ["| system | paper | ours | difference % |"]
            lines += ["| --- | --- | --- | --- |"]
            lines += [_line(system, metric, minutes) for system in systems]
    notes = [f"- {each.title}: {each.note}" for each in systems if each.note]
    notes += [
        f"- {each.title}: {each.others} more in the file of results, of "
        "another recipe under this name (options, training or split); not "
        "shown."
        for each in systems
        if each.others
    ]
    if notes:
        lines += ["", "## Notes", "", *notes]
    lines += ["", "## Runs", "", *_runs(systems, unmade)]
    lines += other_trainings(table, dataset, budget, rows, precision)
    return "\n".join(lines)


def title_of(table):
    """What a heading calls a table.

    >>> title_of("table1"), title_of("searches/best.toml")
    ('Table 1', 'Recipe best')
    """
    if is_file(table):
        return f"Recipe {Path(table).stem}"
    return f"Table {table.removeprefix('table')}"


def _line(system, metric, minutes):
    published = system.published.get((metric, minutes))
    score = system.ours.get((metric, minutes))
    paper = NOTHING if published is None else str(published)
    gap = NOTHING
    if published and score:
        gap = f"{difference(score, published):+.1f}"
    return f"| {system.title} | {paper} | {_ours(system, score)} | {gap} |"


def _ours(system, score):
    failed = [f"{count} {status}" for status, count in system.failed.items()]
    if score is None:
        if any(row["status"] == DONE for row in system.rows):
            return "no step of these data"  # hourly readings, say
        left = system.seeds - sum(system.failed.values())
        queued = [f"{left} queued"] if left and failed else []
        return ", ".join(failed + queued) or "queued"
    count = f"{score.count} of {system.seeds}"
    if score.count == system.seeds:
        count = str(score.count)
    seeds = "1 seed" if count == "1" else f"{count} seeds"
    return f"{score} ({', '.join([seeds, *failed])})"


def _runs(systems, unmade):
    rows = [(system.title, row) for system in systems for row in system.rows]
    for job, state in unmade:
        message = how_to_get(job.dataset) if state == NO_DATA else ""
        row = dict.fromkeys(COLUMNS, "") | {"seed": job.seed, "status": state}
        rows.append((job.title, row | {"message": message}))
    if not rows:
        return ["None yet."]
    lines = [
        f"| system | seed | status | {' | '.join(SHOWN)} |",
        "| --- | --- | --- |" + " --- |" * len(SHOWN),
    ]
    for title, row in rows:
        row = {**row, "s/epoch": _pace(row)}
        cells = [row[name].replace("|", "/") for name in SHOWN]
        lines.append(
            f"| {title} | {row['seed']} | {row['status']} | "
            f"{' | '.join(cells)} |"
        )
    return lines


def _pace(row):
    """Seconds of training and validation an epoch.

    >>> _pace({"seconds": "90", "epochs": "8"})
    '11.2'
    """
    if not row["seconds"] or row["epochs"] in ("", "0"):
        return ""
    return f"{float(row['seconds']) / int(row['epochs']):.1f}"
