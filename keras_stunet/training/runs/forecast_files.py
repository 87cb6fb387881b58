"""Files of last readings and of forecasts, .csv or .parquet."""

from pathlib import Path

from keras_stunet.data.readers.long_rows import UTC_OFFSET
from keras_stunet.data.readers.values import read_values
from keras_stunet.files import atomic_write
from keras_stunet.training.runs.clock import on_earth

SUFFIXES = (".csv", ".parquet")


def read_readings(path):
    """Read timestamps and readings from a csv or parquet file.

    Args:
        path: The file, wide or long; see `keras_stunet.data.read_values`.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is no such table.
    """
    check_suffix(path)
    try:
        frame = read_values(path)
        return on_earth(frame, frame.attrs[UTC_OFFSET])
    except ValueError as error:
        raise ValueError(
            f"The readings could not be read. {error} Expected timestamps in "
            "the first column and numbers, or empty cells, in a column for "
            "each sensor."
        ) from error


def write_forecast(path, frame):
    """Write a forecast as csv or parquet, whole or not at all."""
    path = Path(path)
    check_suffix(path)
    with atomic_write(path) as temporary:
        if path.suffix == ".csv":
            frame.to_csv(temporary, float_format="%.3f")
            return
        frame.to_parquet(temporary)


def check_target(path):
    """Raise unless a forecast can go to a file of this name."""
    check_suffix(path)
    folder = Path(path).absolute().parent
    if not folder.is_dir():
        raise FileNotFoundError(
            f"There is no folder {folder} to write {path} to. Make it first."
        )


def check_suffix(path):
    """Raise unless a file is named .csv or .parquet."""
    path = Path(path)
    if path.suffix not in SUFFIXES:
        raise ValueError(
            f"{path} ends in {path.suffix!r}; expected a name that ends in "
            f"{' or '.join(SUFFIXES)}."
        )
