"""Which data sets can be trained on here, and how to get the others."""

from pathlib import Path

from keras_stunet.checks import did_you_mean
from keras_stunet.data.catalog import SOURCES
from keras_stunet.training.runs.run_data import stored_name

NO_DATA = "no data"  # what becomes of a run whose data are not at hand


def places(datasets, npz=(), raw_dir=None, data_dir=None):
    """What to train on for each data set that is at hand.

    Args:
        datasets: Keys of `SOURCES`, or names of series of one's own.
        npz: Files saved with `Series.save`, each of which stands in for the
            data set that its series is named after.
        raw_dir: As in `load_series`.
        data_dir: As in `load_series`.

    Returns:
        `{dataset: its name or file}`; those not at hand are not in it.

    Raises:
        ValueError: If a file is no series of one of `datasets`.
        FileNotFoundError: If a file is not there.
    """
    found = {
        name: name
        for name in datasets
        if name in SOURCES
        and SOURCES[name].place(raw_dir, data_dir) is not None
    }
    for path in map(str, npz):
        if not Path(path).is_file():
            raise FileNotFoundError(
                f"There is no file {path!r}. Make one with `keras-stunet "
                f"datasets build NAME --npz FILE`."
            )
        name = stored_name(path) if path.endswith(".npz") else None
        if name not in datasets:
            raise ValueError(
                f"{path} is a series of {name or 'no known data set'}; "
                f"expected one of {', '.join(datasets)}, saved under the "
                "ending .npz. Make one with `keras-stunet datasets build NAME "
                "--npz FILE`."
            )
        found[name] = path
    return found


def how_to_get(dataset):
    """A sentence on what to do for a data set that is not at hand."""
    if dataset not in SOURCES:
        return (
            f"{dataset} is no built-in data set, its runs are left out: name "
            f"the file of that series (--npz).{did_you_mean(dataset, SOURCES)}"
        )
    return (
        f"{dataset} is not at hand, its runs are left out: `keras-stunet "
        f"datasets build {dataset}` gets it; or name a folder of raw files "
        "(--raw-dir) or a saved series (--npz)."
    )
