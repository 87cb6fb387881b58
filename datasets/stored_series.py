"""How a series is kept with TensorFlow Datasets: as one example.

All builders here share it: windows and splits are a matter of reading, not of
storage, so the one split is named `series` and holds one example. Nothing
here imports TensorFlow Datasets before it is used.
"""

import numpy as np

from keras_stunet.datasets.raw_folder import RAW_DIR_VARIABLE
from keras_stunet.datasets.registration import builder_class
from keras_stunet.messages import install_hint

VERSION = "1.0.0"
"""Version of what the builders of series store."""


def series_features(num_steps, num_sensors, ids, matrices, mask=False):
    """Returns the features of the speeds of N sensors.

    `speed`, `timestamps` (int64, seconds since 1970-01-01 00:00 local time),
    ids and `coordinates` are common to the data sets of traffic.

    Args:
        num_steps: Number of time steps.
        num_sensors: Number of sensors N.
        ids: Name of the feature of the ids.
        matrices: Dict of the names of (N, N) features to their types.
        mask: Whether there is a feature `mask`, (num_steps, N).
    """
    import tensorflow_datasets as tfds

    n = num_sensors
    features = {
        "speed": tensor((num_steps, n), np.float32),
        "timestamps": tfds.features.Tensor(shape=(num_steps,), dtype=np.int64),
        ids: tfds.features.Tensor(shape=(n,), dtype=np.str_),
        "coordinates": tensor((n, 2), np.float64),
    }
    for name, dtype in matrices.items():
        features[name] = tensor((n, n), dtype)
    if mask:
        features["mask"] = tensor((num_steps, n), np.bool_)
    return tfds.features.FeaturesDict(features)


def tensor(shape, dtype):
    """Returns the feature of an array of numbers, packed."""
    import tensorflow_datasets as tfds

    # Without an encoding, float64 is stored as float32.
    zlib = tfds.features.Encoding.ZLIB
    return tfds.features.Tensor(shape=shape, dtype=dtype, encoding=zlib)


def to_example(series):
    """Returns the example of a series, a NamedTuple of arrays.

    >>> import collections
    >>> series = collections.namedtuple("Series", "timestamps ids")(
    ...     np.array(["1970-01-01T00:05"], "datetime64[s]"), np.array(["a"])
    ... )
    >>> example = to_example(series)
    >>> example["timestamps"].tolist(), example["ids"].tolist()
    ([300], ['a'])
    """
    example = series._asdict()
    for name, array in example.items():
        if array.dtype.kind == "M":
            example[name] = array.astype("datetime64[s]").astype(np.int64)
        elif array.dtype.kind == "U":
            example[name] = array.astype(object)
    return example


def from_example(example):
    """Returns the arrays of an example, as `to_example` was given them.

    >>> example = {"timestamps": np.array([300]), "ids": np.array([b"a"], "O")}
    >>> arrays = from_example(example)
    >>> arrays["timestamps"].astype(str).tolist(), arrays["ids"].tolist()
    (['1970-01-01T00:05:00'], ['a'])
    """
    arrays = dict(example)
    arrays["timestamps"] = arrays["timestamps"].astype("datetime64[s]")
    for name, array in arrays.items():
        if array.dtype == object:
            arrays[name] = np.array([item.decode() for item in array])
    return arrays


def load_prepared(title, series, folder, config=None, data_dir=None):
    """Loads a series with TensorFlow Datasets, which prepares it first.

    Args:
        title: Name of the data set, for messages.
        series: NamedTuple class of the series.
        folder: Folder of `datasets/` that has the builder.
        config: Name or config of the builder.
        data_dir: Folder in which TensorFlow Datasets keeps its data.

    Returns:
        A `series`, with the types that `to_example` was given.

    Raises:
        ImportError: If TensorFlow Datasets is not installed.
    """
    try:
        import tensorflow_datasets as tfds

        builder = builder_class(folder)(config=config, data_dir=data_dir)
    except ImportError as error:
        raise ImportError(
            f"Downloading {title} needs TensorFlow Datasets ({error}). "
            f"{install_hint('tensorflow,datasets')} Or name a folder of raw "
            f"files as raw_dir, or in the variable {RAW_DIR_VARIABLE}.",
            name=error.name,
        ) from error
    try:
        builder.download_and_prepare()
    except Exception as error:
        instructions = builder.MANUAL_DOWNLOAD_INSTRUCTIONS or ""
        note = (
            f"{title} could not be prepared. If the download failed: put the "
            "files into a folder and name it as raw_dir or in the environment "
            f"variable {RAW_DIR_VARIABLE}."
        )
        if instructions not in str(error):
            note += f" {instructions}"
        error.add_note(note)
        raise
    (example,) = tfds.as_numpy(builder.as_dataset(split="series"))
    return series(**from_example(example))
