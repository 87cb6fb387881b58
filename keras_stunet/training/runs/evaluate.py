"""Scores of a finished run on the data it was trained for."""

from keras_stunet.checks import check_choice
from keras_stunet.evaluation.scoring import score_beside_naive
from keras_stunet.training.runs.finished import check_same_data
from keras_stunet.training.runs.run_data import run_series
from keras_stunet.training.runs.run_data import run_windows
from keras_stunet.training.runs.run_data import series_sha256

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
        ValueError: If the data are others by now.
        FileNotFoundError: If the data are gone.
    """
    series = run_series(run.folder, run.config["dataset"], raw_dir, data_dir)
    check_same_data(run.folder, run.sha256, series_sha256(series))
    return run_windows(series, run.config)
