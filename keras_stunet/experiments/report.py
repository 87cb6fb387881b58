"""A comparison of a table's scores with ours, as Markdown and as a figure."""

import warnings
from pathlib import Path

from keras_stunet.data.catalog import SOURCES
from keras_stunet.experiments.config import MINUTES
from keras_stunet.experiments.config import is_file
from keras_stunet.experiments.jobs import BUDGETS
from keras_stunet.experiments.jobs import NONE
from keras_stunet.experiments.jobs import make_jobs
from keras_stunet.experiments.queue import NO_DATA
from keras_stunet.experiments.queue import how_to_get
from keras_stunet.experiments.rows import COLUMNS
from keras_stunet.experiments.rows import DONE
from keras_stunet.experiments.rows import read_rows
from keras_stunet.experiments.rows import row_of
from keras_stunet.experiments.summary import metrics_of
from keras_stunet.experiments.summary import summarise
from keras_stunet.files import write_text
from keras_stunet.locks import file_lock
from keras_stunet.plotting import plot_comparison
from keras_stunet.plotting import save_figure
from keras_stunet.training.recipe import PRECISIONS

NAMES = {"mae": "MAE", "mape": "MAPE %", "rmse": "RMSE"}
NOTHING = "-"
SHOWN = ("epochs", "best_epoch", "val_mae", "seconds", "s/epoch", "peak_mb")
SHOWN += ("parameters", "backend", "device", "commit", "message")


def write_report(
    table, datasets, budget, results, out, precision="float32", states=()
):
    """Write a comparison as .md, .png and .svg, by table, data set and budget.

    The files are called `<table>_<dataset>_<budget>_<precision>`.

    Args:
        table: As in `table_configs`.
        datasets: Data sets of the table, or the budget's own.
        budget: A key of `BUDGETS`.
        results: The csv file of rows; it need not exist.
        out: The folder.
        precision: As in `make_jobs`; scores of another stand on other pages.
        states: As in `comparison`.

    Returns:
        `{path of the .md file: its text}`, one for each data set. Without
        matplotlib there are no figures, with a warning; nor is there one
        without scores.

    Raises:
        ValueError: If the file of rows is damaged.
        OSError: If a file cannot be written.
    """
    rows = read_rows(results)
    Path(out).mkdir(parents=True, exist_ok=True)
    texts = {}
    for dataset in datasets:
        names = (Path(table).stem, dataset.replace("/", "_"), budget)
        path = Path(out) / f"{'_'.join([*names, precision])}.md"
        texts[path] = comparison(
            table, dataset, budget, rows, precision, states
        )
        # A queue at work and `--report-only` may write at the same time.
        with file_lock(path, "choose another folder (--out)"):
            write_text(path, texts[path])
            try:
                _draw(path, table, dataset, budget, rows, precision)
            except ImportError as error:
                warnings.warn(f"No figure was drawn. {error}", stacklevel=2)
    return texts


def overview(table, dataset, budget, results, precision="float32"):
    """A line on a page: how many systems have scores, and the best of them.

    Args:
        table: As in `table_configs`.
        dataset: A data set of the table, or the budget's own.
        budget: A key of `BUDGETS`.
        results: The csv file of rows; it need not exist.
        precision: As in `make_jobs`.

    Returns:
        Text, such as "table1 on pemsd7/m, budget full, float32: 2 of 15
        systems have scores. Least MAE at 60 min: STGCN, 4.119 (paper 4.02)."
    """
    systems = summarise(table, dataset, budget, read_rows(results), precision)
    scored = [system for system in systems if system.ours]
    line = (
        f"{Path(table).stem} on {dataset}, budget {budget}, {precision}: "
        f"{len(scored)} of {len(systems)} systems have scores."
    )
    place = metrics_of(table)[0], MINUTES[-1]
    scored = [system for system in scored if place in system.ours]
    if not scored:
        return line
    best = min(scored, key=lambda system: system.ours[place].mean)
    paper = best.published.get(place)
    beside = f" (paper {paper})" if paper else ""
    return (
        f"{line} Least {NAMES[place[0]]} at {place[1]} min: {best.title}, "
        f"{best.ours[place]}{beside}."
    )


def comparison(table, dataset, budget, rows, precision="float32", states=()):
    """What was published and what we have, metric by metric.

    Args:
        table: As in `table_configs`.
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
    lines = [
        f"# {_title_of(table)} on {dataset}, budget {budget}, {precision}",
        "",
        f"Budget `{budget}`: {BUDGETS[budget].title}. Protocol "
        f"`{jobs[0].protocol}`. Ours: mean ± standard deviation (n - 1) over "
        "the seeds of scores on the test windows; the test chooses nothing. "
        "The difference is in percent of the paper's score. Fitted systems "
        "have no budget and no precision: theirs are the same on all pages.",
    ]
    if "epochs" in BUDGETS[budget].changes:
        lines[-1] += (
            " Fewer epochs compress the schedule: learning rate and scheduled "
            "sampling fall at the same shares of the training as in the whole "
            "one."
        )
    for metric in metrics_of(table):
        for minutes in MINUTES:
            lines += ["", f"## {NAMES[metric]} at {minutes} min", ""]
            lines += _head("system", "paper", "ours", "difference %")
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
    runs = [(system.title, row) for system in systems for row in system.rows]
    for job in jobs:
        if job in states and row_of(job, rows) is None:
            row = dict.fromkeys(COLUMNS, "") | {"seed": job.seed}
            row["status"] = states[job]
            if states[job] == NO_DATA:
                row["message"] = how_to_get(job.dataset)
            runs.append((job.title, row))
    lines += ["", "## Runs", "", *_runs(runs)]
    lines += _other_trainings(table, dataset, budget, rows, precision)
    return "\n".join(lines)


def _title_of(table):
    if is_file(table):
        return f"Recipe {Path(table).stem}"
    return f"Table {table.removeprefix('table')}"


def _head(*names):
    return [f"| {' | '.join(names)} |", "| --- " * len(names) + "|"]


def _line(system, metric, minutes):
    published = system.published.get((metric, minutes), NOTHING)
    score = system.ours.get((metric, minutes))
    gap = NOTHING
    if published is not NOTHING and score:
        gap = 100 * (score.mean - published.mean) / published.mean
        gap = f"{gap:+.1f}"
    return f"| {system.title} | {published} | {_ours(system, score)} | {gap} |"


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


def _runs(runs):
    if not runs:
        return ["None yet."]
    lines = _head("system", "seed", "status", *SHOWN)
    for title, row in runs:
        row = {**row, "s/epoch": _pace(row)}
        cells = [row[name].replace("|", "/") for name in SHOWN]
        cells = [title, str(row["seed"]), row["status"], *cells]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def _pace(row):
    """Seconds of training and validation an epoch.

    >>> _pace({"seconds": "90", "epochs": "8"})
    '11.2'
    """
    if not row["seconds"] or row["epochs"] in ("", "0"):
        return ""
    return f"{float(row['seconds']) / int(row['epochs']):.1f}"


def _other_trainings(table, dataset, budget, rows, precision):
    # A section on the scores that a page's own cells must not hold.
    metrics = metrics_of(table)
    lines, pages = [], []
    for other in sorted(BUDGETS):
        for kind in PRECISIONS:
            if (other, kind) == (budget, precision):
                continue
            jobs = make_jobs(table, other, precision=kind)
            jobs = [job for job in jobs if job.dataset == dataset]
            if not any(row_of(j, rows) for j in jobs if not j.classical):
                continue
            pages.append(f"`--budget {other} --precision {kind}`")
            for system in summarise(table, dataset, other, rows, kind):
                if system.ours and system.rows[0]["budget"] != NONE:
                    lines.append(_other_line(system, other, kind, metrics))
    if not pages:
        return []
    heads = ["system", "budget", "precision", "seeds"]
    heads += [f"{minutes} min" for minutes in MINUTES]
    return [
        "",
        "## Other trainings on record",
        "",
        f"{' / '.join(NAMES[metric] for metric in metrics)}; compare within "
        f"one budget and precision only. Pages of their own: "
        f"{', '.join(pages)}.",
        "",
        *_head(*heads),
        *lines,
    ]


def _other_line(system, budget, precision, metrics):
    done = max(score.count for score in system.ours.values())
    cells = [system.title, budget, precision, f"{done} of {system.seeds}"]
    for minutes in MINUTES:
        scores = [system.ours.get((each, minutes), NOTHING) for each in metrics]
        cells.append(" / ".join(map(str, scores)))
    return f"| {' | '.join(cells)} |"


def _draw(path, table, dataset, budget, rows, precision):
    scores = {
        system.title: {"paper": system.published, "ours": system.ours}
        for system in summarise(table, dataset, budget, rows, precision)
        if system.published or system.ours
    }
    if scores:
        title = f"{_title_of(table)}, {dataset}, budget {budget}, {precision}"
        unit = SOURCES[dataset].unit if dataset in SOURCES else None
        figure = plot_comparison(
            scores, metrics_of(table), title=title, unit=unit
        )
        save_figure(figure, path.with_suffix(""))
