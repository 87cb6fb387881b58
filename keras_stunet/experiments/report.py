"""Tables and figures of a comparison, as files."""

import warnings
from pathlib import Path

from keras_stunet.data.catalog import SOURCES
from keras_stunet.experiments.rows import read_rows
from keras_stunet.experiments.summary import metrics_of
from keras_stunet.experiments.summary import summarise
from keras_stunet.experiments.table import comparison
from keras_stunet.experiments.table import title_of
from keras_stunet.files import write_text
from keras_stunet.locks import file_lock
from keras_stunet.plotting import plot_comparison
from keras_stunet.plotting import save_figure


def write_report(
    table, datasets, budget, results, out, precision="float32", states=()
):
    """Write a comparison as .md, .png and .svg, by table, data set and budget.

    The files are called `<table>_<dataset>_<budget>_<precision>`.

    Args:
        table: As in `records`.
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
        scores = {
            system.title: {"paper": system.published, "ours": system.ours}
            for system in summarise(table, dataset, budget, rows, precision)
            if system.published or system.ours
        }
        title = f"{title_of(table)}, {dataset}, budget {budget}, {precision}"
        unit = SOURCES[dataset].unit if dataset in SOURCES else None
        # A queue at work and `--report-only` may write at the same time.
        with file_lock(path, "choose another folder (--out)"):
            write_text(path, texts[path])
            try:
                if scores:
                    figure = plot_comparison(
                        scores, metrics_of(table), title=title, unit=unit
                    )
                    save_figure(figure, path.with_suffix(""))
            except ImportError as error:
                warnings.warn(f"No figure was drawn. {error}", stacklevel=2)
    return texts
