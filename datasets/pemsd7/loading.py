"""Loads PeMSD7 from raw files or through TensorFlow Datasets."""

import functools

from keras_stunet.datasets.pemsd7.published import get_published
from keras_stunet.datasets.pemsd7.reader import PeMSD7
from keras_stunet.datasets.pemsd7.reader import find_files
from keras_stunet.datasets.pemsd7.reader import has_raw
from keras_stunet.datasets.pemsd7.reader import read_files
from keras_stunet.datasets.raw_folder import choose_folder
from keras_stunet.datasets.stored_series import load_prepared


def load(config="m", raw_dir=None, data_dir=None):
    """Loads a whole series of PeMSD7.

    Takes it from `raw_dir`; else from the folder that the environment
    variable `KERAS_STUNET_RAW_DIR` names, if it has files of this config;
    else through TensorFlow Datasets, which downloads it on first use. Both
    ways give the same arrays; raw files need no backend.

    Args:
        config: "m" (228 stations) or "l" (1,026 stations).
        raw_dir: Folder of raw files, see `read_raw`.
        data_dir: Folder in which TensorFlow Datasets keeps its data, `None`
            for the one that `TFDS_DATA_DIR` names, or `~/tensorflow_datasets`.

    Returns:
        A `PeMSD7` with keys speed, timestamps, distances, station_ids and
        coordinates.

    Raises:
        FileNotFoundError: If `raw_dir` lacks the files, or the folder of the
            environment variable does not exist.
        ImportError: If TensorFlow Datasets is needed and not installed.
        ValueError: If a file is not the published one, or there is no such
            config.
    """
    get_published(config)
    folder = choose_folder(functools.partial(has_raw, config=config), raw_dir)
    if folder is not None:
        files = find_files(folder, config)
        return read_files(files, config, published_only=True)
    return load_tfds(config, data_dir)


def load_tfds(config="m", data_dir=None):
    """Loads a whole series through TensorFlow Datasets; see `load`.

    Args:
        config: Name or `Config` of the builder.
        data_dir: See `load`.
    """
    return load_prepared("PeMSD7", PeMSD7, "pemsd7", config, data_dir)
