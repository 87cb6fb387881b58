"""Arrays and tables from npy, npz and parquet files, whole or an error."""

import numpy as np
import pandas as pd

from keras_stunet.data.readers.csv_rows import check_file


def read_arrays(path):
    """The arrays of an npz file by key, or that of an npy file as "".

    Nothing is unpickled.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is damaged, or something else.
    """
    path = check_file(path)
    with open(path, "rb") as file:
        # Of anything else np.load says that pickles may be dangerous.
        if not file.read(6).startswith((b"PK", b"\x93NUMPY")):
            raise ValueError(
                f"{path} holds no arrays in NumPy's form; expected a file of "
                "`numpy.savez` or `numpy.save`. Write it so, or copy it again."
            )
        file.seek(0)
        try:
            stored = np.load(file)
            if isinstance(stored, np.ndarray):
                return {"": stored}
            with stored:
                return {key: stored[key] for key in stored.files}
        # A flipped byte makes NumPy, zipfile and zlib raise nine kinds of
        # errors, from KeyError to NotImplementedError.
        except Exception as error:
            raise ValueError(
                f"{path} could not be read as arrays: {error}. Write it with "
                "`numpy.savez` or `numpy.save`, of numbers and text only, or "
                "copy it again."
            ) from error


def read_table(path):
    """The data frame of a parquet file.

    Raises:
        ImportError: If pyarrow is not installed.
        OSError: If the file cannot be opened.
        ValueError: If it is damaged, or something else.
    """
    path = check_file(path)
    try:
        with open(path, "rb") as file:
            return pd.read_parquet(file)
    except ImportError as error:
        raise ImportError(
            f"Reading {path} needs pyarrow: `pip install "
            "keras_stunet[parquet]`; or use csv."
        ) from error
    except Exception as error:
        raise ValueError(
            f"{path} could not be read as parquet: {error}. Write it with "
            "`DataFrame.to_parquet`, or copy it again."
        ) from error
