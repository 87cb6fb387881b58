"""The intervals of a run: kept in its folder, and scored."""

from keras_stunet.evaluation.intervals import Intervals
from keras_stunet.evaluation.intervals import calibrate
from keras_stunet.evaluation.intervals import check_level
from keras_stunet.evaluation.intervals import score_intervals
from keras_stunet.evaluation.scoring import reported_steps
from keras_stunet.messages import warn_user
from keras_stunet.training.callbacks import CleanInterrupts

INTERVALS = "intervals.npz"


def keep_intervals(folder, model, validation):
    """Make the intervals of a run, and write them to its folder.

    Where there is too little validation a note says so, and there are none.

    Args:
        folder: The run folder.
        model: The best model of the run.
        validation: The validation `Windows`.

    Returns:
        The `Intervals`, or `None`.
    """
    try:
        intervals = calibrate(model, validation)
    except ValueError as error:
        warn_user(f"The run has no intervals. {error}")
        return None
    intervals.save(folder / INTERVALS)
    return intervals


def intervals_of(run, raw_dir=None, data_dir=None):
    """The intervals of a run: those in its folder, or made of its data.

    Args:
        run: A `Run`, from `load_run`.
        raw_dir: As in `load_series`.
        data_dir: As in `load_series`.

    Raises:
        ValueError: If the file is damaged, or there is too little validation.
        FileNotFoundError: If there is no file, and the data are gone.
    """
    if run.intervals is None:
        path = run.folder / INTERVALS
        if path.exists():
            run.intervals = Intervals.load(path)
        else:
            validation = run.windows(raw_dir, data_dir).validation
            run.intervals = calibrate(run.model, validation)
    return run.intervals


def evaluate_intervals(
    run, windows, level, report_steps=None, raw_dir=None, data_dir=None
):
    """Coverage, width and scores of a run's intervals.

    Args:
        run: A `Run`, from `load_run`.
        windows: The `Windows` to score, such as `run.windows().test`.
        level: Share of the readings that they are to hold, such as 0.8.
        report_steps: As in `reported_steps`.
        raw_dir: As in `load_series`.
        data_dir: As in `load_series`.

    Returns:
        As `score_intervals`.

    Raises:
        ValueError: As `intervals_of`, or for a level out of range.
    """
    check_level(level)
    steps = reported_steps(run.config["model"]["horizon"], report_steps)
    intervals = intervals_of(run, raw_dir, data_dir)
    with CleanInterrupts() as interrupts:
        watched = interrupts.watched(windows)
        return score_intervals(intervals, run.model, watched, level, steps)
