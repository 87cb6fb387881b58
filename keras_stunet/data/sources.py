"""Series by name: the built-in data sets, or a file of one's own."""

import difflib
from pathlib import Path

from keras_stunet.data.series import Series
from keras_stunet.graph import gaussian_adjacency

DATASETS = ("pemsd7/m", "pemsd7/l")


def load_series(name, raw_dir=None, data_dir=None):
    """Load a built-in data set, or a series saved with `Series.save`.

    Args:
        name: One of `DATASETS`, or the path of an `.npz` file.
        raw_dir: Folder of the published raw files. By default the one that
            `KERAS_STUNET_RAW_DIR` names; without it TensorFlow Datasets
            downloads and prepares the data set.
        data_dir: Folder where TensorFlow Datasets keeps its data.

    Returns:
        A `Series`; the adjacency of PeMSD7 is `gaussian_adjacency` of its
        distances in metres, with `sigma2=0.1`, `epsilon=0.5`, `unit=1e4`.

    Raises:
        ValueError: For an unknown name (the nearest one is offered) or a bad
            file.
        FileNotFoundError: If a file or the raw files are not there.
    """
    if name.endswith(".npz"):
        if not Path(name).is_file():
            raise FileNotFoundError(
                f"There is no file {name!r}. Expected a series saved with "
                f"`Series.save`, or one of {', '.join(DATASETS)}."
            )
        return Series.load(name)
    if name not in DATASETS:
        near = difflib.get_close_matches(name, DATASETS, n=1, cutoff=0.4)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(
            f"The data set is {name!r}; expected one of "
            f"{', '.join(DATASETS)}, or the path of an .npz file.{hint}"
        )
    from keras_stunet.datasets.pemsd7 import load

    raw = load(name.removeprefix("pemsd7/"), raw_dir, data_dir)
    return Series(
        values=raw.speed,
        adjacency=gaussian_adjacency(raw.distances),
        timestamps=raw.timestamps,
        node_ids=raw.station_ids,
        coordinates=raw.coordinates,
        distances=raw.distances,
        name=name,
    )
