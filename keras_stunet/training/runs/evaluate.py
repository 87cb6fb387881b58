"""Scores of a run that was made, on any of its splits."""

from keras_stunet.checks import check_choice
from keras_stunet.evaluation.scoring import reported_steps
from keras_stunet.evaluation.scoring import score_beside_naive
from keras_stunet.training.callbacks import CleanInterrupts

SPLITS = ("test", "validation", "train")


def run_splits(run, raw_dir=None, data_dir=None):
    """The windows that a run was trained and scored on, see `Run.windows`.

    Args:
        run: A `Run`, from `load_run`.
        raw_dir: As in `load_series`.
        data_dir: As in `load_series`.

    Returns:
        `Splits`.
    """
    return run.windows(raw_dir, data_dir)


def evaluate_run(
    run, split="test", raw_dir=None, data_dir=None, report_steps=None
):
    """Score the best model of a run beside the naive forecasts.

    Args:
        run: A `Run`, from `load_run`.
        split: `"test"`, `"validation"` or `"train"`.
        raw_dir: As in `load_series`.
        data_dir: As in `load_series`.
        report_steps: As in `reported_steps`.

    Returns:
        `{system: {step: {"mae", "rmse", "mape", "wape"}}}` for the model and
        the `fit_naive_baselines`, of several targets `{target: ...}` of
        these; see `horizon_table`.

    Raises:
        ValueError: If the split or a step is unknown, or the data are not
            those of the run.
        FileNotFoundError: If the data are gone.
    """
    check_choice("split", split, SPLITS)
    reported_steps(run.config["model"]["horizon"], report_steps)
    splits = run.windows(raw_dir, data_dir)
    with CleanInterrupts() as interrupts:
        return score_beside_naive(
            run.model,
            interrupts.watched(getattr(splits, split)),
            splits.train,
            report_steps,
        )
