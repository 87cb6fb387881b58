"""Loads PeMSD7 from raw files or through TensorFlow Datasets."""

import numpy as np

from keras_stunet.datasets.pemsd7.published import get_published
from keras_stunet.datasets.pemsd7.reader import RAW_DIR_VARIABLE
from keras_stunet.datasets.pemsd7.reader import PeMSD7
from keras_stunet.datasets.pemsd7.reader import environment_folder
from keras_stunet.datasets.pemsd7.reader import has_raw
from keras_stunet.datasets.pemsd7.reader import read_raw


def load(config="m", raw_dir=None, data_dir=None):
    """Loads a whole series of PeMSD7.

    Takes it from `raw_dir`; else from the folder that the environment
    variable `KERAS_STUNET_RAW_DIR` names, if it has files of this config;
    else through TensorFlow Datasets, which downloads it on first use. Both
    ways give the same arrays; raw files need NumPy only.

    Args:
        config: "m" (228 stations) or "l" (1,026 stations).
        raw_dir: Folder of raw files, see `read_raw`.
        data_dir: Folder in which TensorFlow Datasets keeps its data, `None`
            for its default, `~/tensorflow_datasets`.

    Returns:
        A `PeMSD7` with keys speed, timestamps, distances, station_ids and
        coordinates.

    Raises:
        FileNotFoundError: If `raw_dir` lacks the files, or the folder of the
            environment variable does not exist.
        ImportError: If TensorFlow Datasets is needed and not installed.
        ValueError: If a file does not hold what it must, or there is no such
            config.
    """
    get_published(config)
    if raw_dir is None:
        folder = environment_folder()
        if folder is not None and has_raw(folder, config):
            raw_dir = folder
    if raw_dir is not None:
        return read_raw(raw_dir, config)
    return load_tfds(config, data_dir)


def load_tfds(config="m", data_dir=None):
    """Loads a whole series through TensorFlow Datasets; see `load`.

    Args:
        config: Name or `Config` of the builder.
        data_dir: See `load`.
    """
    try:
        import tensorflow_datasets as tfds

        from keras_stunet.datasets.pemsd7.pemsd7_dataset_builder import Builder

        builder = Builder(config=config, data_dir=data_dir)
    except ImportError as error:
        raise ImportError(
            "Downloading PeMSD7 needs TensorFlow Datasets: install "
            "keras_stunet[tensorflow,datasets], or name a folder of raw files "
            f"as raw_dir or in the environment variable {RAW_DIR_VARIABLE}. "
            f"({error})",
            name=error.name,
        ) from error
    try:
        builder.download_and_prepare()
    except Exception as error:
        error.add_note(
            "PeMSD7 could not be prepared. If the download failed: put the "
            "files into a folder and name it as raw_dir or in the environment "
            f"variable {RAW_DIR_VARIABLE}."
        )
        raise
    (example,) = tfds.as_numpy(builder.as_dataset(split="series"))
    return PeMSD7(
        speed=example["speed"],
        timestamps=example["timestamps"].astype("datetime64[s]"),
        distances=example["distances"],
        station_ids=np.array([i.decode() for i in example["station_ids"]]),
        coordinates=example["coordinates"],
    )
