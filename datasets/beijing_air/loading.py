"""Loads Beijing's air from raw files or through TensorFlow Datasets."""

from keras_stunet.datasets.beijing_air.reader import BeijingAir
from keras_stunet.datasets.beijing_air.reader import find_files
from keras_stunet.datasets.beijing_air.reader import has_raw
from keras_stunet.datasets.beijing_air.reader import read_files
from keras_stunet.datasets.raw_folder import choose_folder
from keras_stunet.datasets.stored_series import load_prepared


def load(config="full", raw_dir=None, data_dir=None):
    """Loads the whole series.

    Takes it from `raw_dir`; else from the folder that the environment
    variable `KERAS_STUNET_RAW_DIR` names, if it has the files; else as
    TensorFlow Datasets has prepared it.

    Args:
        config: "full", the only one.
        raw_dir: Folder of raw files, see `read_raw`.
        data_dir: Folder in which TensorFlow Datasets keeps its data, `None`
            for the one that `TFDS_DATA_DIR` names, or `~/tensorflow_datasets`.

    Returns:
        A `BeijingAir`.

    Raises:
        FileNotFoundError: If files are missing.
        ImportError: If TensorFlow Datasets is needed and not installed.
        ValueError: If a file is damaged.
    """
    folder = choose_folder(has_raw, raw_dir)
    if folder is not None:
        return read_files(find_files(folder))
    return load_prepared(
        "Beijing air", BeijingAir, "beijing_air", config, data_dir
    )
