"""Scores of a finished run on the data it was trained for."""

from keras_stunet.data import make_windows
from keras_stunet.data.sources import load_series
from keras_stunet.data.windows import CALENDAR
from keras_stunet.graph.checks import check_choice
from keras_stunet.training.scoring import score_beside_naive

SPLITS = ("test", "validation", "train")


def evaluate_run(run, split="test", raw_dir=None, data_dir=None):
    """Score the best model of a run beside the naive forecasts.

    Args:
        run: A `FinishedRun` from `load_run`.
        split: `"test"`, `"validation"` or `"train"`.
        raw_dir: As in `load_series`.
        data_dir: As in `load_series`.

    Returns:
        `{system: {step: {"mae", "rmse", "mape"}}}` for the model, the
        historical average and persistence; see `horizon_table`.

    Raises:
        ValueError: If the split is unknown, or the data are not those of
            the run.
        FileNotFoundError: If the data are gone.
    """
    check_choice("split", split, SPLITS)
    splits = run_splits(run, raw_dir, data_dir)
    return score_beside_naive(run.model, getattr(splits, split), splits.train)


def run_splits(run, raw_dir=None, data_dir=None):
    """The windows that a run was trained and scored on.

    Args:
        run: A `FinishedRun` from `load_run`.
        raw_dir: As in `load_series`.
        data_dir: As in `load_series`.

    Returns:
        `Splits`.

    Raises:
        ValueError: If the data have another number of sensors by now.
        FileNotFoundError: If the data are gone.
    """
    config = run.config
    options = config["model"]
    series = load_series(config["dataset"], raw_dir, data_dir)
    if series.num_nodes != len(run.sensors):
        raise ValueError(
            f"The run in {run.folder} was trained on {len(run.sensors)} "
            f"sensors; {config['dataset']} now has {series.num_nodes}."
        )
    return make_windows(
        series,
        config["protocol"],
        options["history"],
        options["horizon"],
        calendar=CALENDAR if options["calendar"] else (),
    )
