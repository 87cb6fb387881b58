"""Loads METR-LA from raw files or through TensorFlow Datasets."""

import functools

from keras_stunet.datasets.metr_la.published import get_sensors
from keras_stunet.datasets.metr_la.reader import MetrLA
from keras_stunet.datasets.metr_la.reader import find_files
from keras_stunet.datasets.metr_la.reader import has_raw
from keras_stunet.datasets.metr_la.reader import read_files
from keras_stunet.datasets.raw_folder import choose_folder
from keras_stunet.datasets.stored_series import load_prepared


def load(config="full", raw_dir=None, data_dir=None):
    """Loads a whole series of METR-LA.

    Takes it from `raw_dir`; else from the folder that the environment
    variable `KERAS_STUNET_RAW_DIR` names, if it has speeds of this config;
    else through TensorFlow Datasets, which downloads it on first use. Both
    ways give the same arrays.

    Args:
        config: "full" (207 sensors) or "part29" (29 of them).
        raw_dir: Folder of raw files, see `read_raw`.
        data_dir: Folder in which TensorFlow Datasets keeps its data, `None`
            for the one that `TFDS_DATA_DIR` names, or `~/tensorflow_datasets`.

    Returns:
        A `MetrLA`.

    Raises:
        FileNotFoundError: If `raw_dir` lacks the files, or the folder of the
            environment variable does not exist.
        ImportError: If TensorFlow Datasets is needed and not installed.
        ValueError: If a file is not the published one, or there is no such
            config.
    """
    get_sensors(config)
    folder = choose_folder(functools.partial(has_raw, config=config), raw_dir)
    if folder is not None:
        files = find_files(folder, config)
        return read_files(files, config, published_only=True)
    return load_tfds(config, data_dir)


def load_tfds(config="full", data_dir=None):
    """Loads a whole series through TensorFlow Datasets; see `load`.

    Args:
        config: Name or `Config` of the builder.
        data_dir: See `load`.
    """
    return load_prepared("METR-LA", MetrLA, "metr_la", config, data_dir)
