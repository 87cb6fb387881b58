"""From `tfds.load` to `model.fit`: pipelines by the published protocol."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from typing import NamedTuple

import numpy as np
import scipy.sparse

from keras_stunet.checks import check_count
from keras_stunet.checks import did_you_mean
from keras_stunet.data.batches import to_tf_data
from keras_stunet.data.catalog import SOURCES
from keras_stunet.data.frames import frame_windows
from keras_stunet.data.splits import Splits
from keras_stunet.data.splits import make_windows
from keras_stunet.datasets.stored_series import from_example
from keras_stunet.graph import pixel_grid

SERIES = ("series",)
SEQUENCES = ("train", "validation", "test")
MOVING_MNIST = ("graph_moving_mnist", "moving_mnist")  # and its former name


class Pipelines(NamedTuple):
    """What a model is trained on, and what is needed to build it.

    Attributes:
        train: `tf.data.Dataset` of the training batches, `(x, y)` or `(x, y,
            mask)`, in an order that is new in each epoch.
        validation: That of the validation batches, in order of time.
        test: That of the test batches, in order of time.
        adjacency: `(N, N)` edge weights, dense or `scipy.sparse`. Those of
            METR-LA are directed: models other than DCRNN take
            `keras_stunet.symmetrise(adjacency)`.
        options: Arguments for the builder of a model that follow from the
            data: `history`, `horizon`, `features`, `mean` and `std`.
        splits: The `Splits` that the batches are made of, for example for
            `keras_stunet.training.score_windows`.
    """

    train: Any
    validation: Any
    test: Any
    adjacency: np.ndarray | scipy.sparse.csr_array
    options: dict
    splits: Splits


def tfds_pipelines(datasets, info, batch_size=50, shuffle=True, seed=0):
    """Pipelines for `fit` of what `tfds.load` gives for a data set of ours.

        data = tfds_pipelines(*tfds.load("pemsd7/m", with_info=True))
        model = keras_stunet.build_st_unet(data.adjacency, **data.options)
        model.compile("adam", "mae")
        model.fit(data.train, validation_data=data.validation, shuffle=False)

    Windows, splits, graph and scaling are those of the published protocol, as
    `keras-stunet train` and `keras-stunet moving-mnist` take them: PeMSD7 and
    the freeway by days, METR-LA as DCRNN has it, with the time of day as a
    second input, and sequences of ten frames and ten. For other windows see
    `load_series` and `make_windows`.

    Batches are gathered inside `tf.data` from one copy of the series, see
    `to_tf_data`; Keras takes them on TensorFlow and on JAX. `shuffle=False`
    keeps it from a warning, and changes no order.

    Args:
        datasets: The data sets that `tfds.load` returned: a dict of all
            splits, or the one of `split="series"`; of moving-MNIST also a
            list of three, such as for `split=["train[:1000]",
            "validation[:200]", "test[:300]"]`.
        info: The `tfds.core.DatasetInfo` that `tfds.load` returned beside
            them.
        batch_size: Windows a batch.
        shuffle: Whether the order of training windows is new in each epoch.
        seed: Seeds the orders.

    Returns:
        The `Pipelines`.

    Raises:
        ValueError: If the data set is none of `keras_stunet.datasets`, its
            splits or features are not as stored, or the training split has
            fewer than `batch_size` windows.
        ImportError: If TensorFlow is not installed.
    """
    check_count("batch_size", batch_size, 1)
    name = getattr(info, "name", info)
    # TensorFlow Datasets has a `moving_mnist` of its own.
    if name in MOVING_MNIST and "frames" in info.features:
        splits, adjacency = _of_frames(datasets, info)
    else:
        splits, adjacency = _of_series(datasets, info, _find_source(name))
    if batch_size > len(splits.train):
        raise ValueError(
            f"`batch_size` is {batch_size}, but the training split of {name} "
            f"has {len(splits.train)} windows. Give at most as many."
        )
    train = splits.train
    return Pipelines(
        to_tf_data(train, batch_size, shuffle=shuffle, seed=seed),
        to_tf_data(splits.validation, batch_size),
        to_tf_data(splits.test, batch_size),
        adjacency,
        options={
            "history": train.history,
            "horizon": train.horizon,
            "features": train.num_features,
            "mean": splits.mean,
            "std": splits.std,
        },
        splits=splits,
    )


def _of_series(datasets, info, source):
    (examples,) = _examples(datasets, info, SERIES)
    if len(examples) != 1:
        raise ValueError(
            f"The split 'series' of {info.name} has {len(examples)} examples; "
            "expected one, the whole series. Load all of the split."
        )
    record = SimpleNamespace(**from_example(examples[0]))
    name = f"{info.name}/{info.config_name}".rstrip("/")  # it may have none
    series = source.series(record, name)
    options = dict(source.defaults)
    options.pop("units", None)  # of a model, not of windows
    return make_windows(series, **options), series.adjacency


def _of_frames(datasets, info):
    windows = []
    parts = _examples(datasets, info, SEQUENCES)
    for split, examples in zip(SEQUENCES, parts, strict=True):
        if not examples:
            raise ValueError(
                f"The split {split!r} of {info.name} has no example; expected "
                "one sequence at least."
            )
        frames = np.stack([example["frames"] for example in examples])
        windows.append(frame_windows(frames))
    _, height, width = info.features["frames"].shape
    # Pixels are not scaled.
    return Splits(*windows, mean=0.0, std=1.0), pixel_grid(height, width)


def _find_source(name):
    # A config changes the size of a data set, not its protocol.
    sources = {key.partition("/")[0]: entry for key, entry in SOURCES.items()}
    if not isinstance(name, str) or name not in sources:
        names = sorted({*sources, MOVING_MNIST[0]})
        kind = f"a {type(name).__name__}"
        found = repr(name) if isinstance(name, str) else kind
        raise ValueError(
            f"The data set of TensorFlow Datasets is {found}; expected one "
            f"of `keras_stunet.datasets`, {', '.join(names)}, with the info "
            "that `tfds.load(..., with_info=True)` returns beside it."
            f"{did_you_mean(found, names)}"
        )
    return sources[name]


def _examples(datasets, info, names):
    """Lists of the NumPy examples of splits, in the order of `names`."""
    if isinstance(datasets, Mapping):
        given = dict(datasets)
    else:
        several = isinstance(datasets, (list, tuple))
        datasets = datasets if several else [datasets]
        # One that is left over has no name.
        numbered = [*names, *range(len(names), len(datasets))]
        given = dict(zip(numbered, datasets, strict=False))
    if set(given) != set(names):
        raise ValueError(
            f"{info.full_name} comes with the splits "
            f"{', '.join(map(str, given))}; expected {', '.join(names)}, as "
            "`tfds.load` returns them where no `split` is named."
        )
    stored = info.features.get_tensor_info()
    for split, dataset in given.items():
        if _shapes(getattr(dataset, "element_spec", None)) != _shapes(stored):
            raise ValueError(
                f"The split {split!r} of {info.full_name} does not have its "
                f"features {', '.join(stored)} as stored, one example at a "
                "time. Give the `tf.data.Dataset` that `tfds.load` returns, "
                "not batched or mapped."
            )
    return [list(given[name].as_numpy_iterator()) for name in names]


def _shapes(spec):
    if not isinstance(spec, Mapping):
        return None
    return {key: tuple(entry.shape) for key, entry in spec.items()}
