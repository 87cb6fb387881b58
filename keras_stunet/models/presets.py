"""Presets: trained models as folders, with KerasHub's names of files.

A preset is a folder of

- `config.json`: the class of the model and the arguments of its builder,
- `model.weights.h5`: its weights in float32, graph and scaler among them,
- `metadata.json`: data, protocol, sensors, scores, commit, licence, and the
  check sum of the weights.

Those of the package are in `keras_stunet/presets/`.
"""

import hashlib
from pathlib import Path

import keras

from keras_stunet.checks import did_you_mean
from keras_stunet.files import atomic_write
from keras_stunet.files import read_json
from keras_stunet.files import write_json

FORMAT = "keras_stunet.preset.1"
CONFIG = "config.json"
WEIGHTS = "model.weights.h5"
METADATA = "metadata.json"
SHIPPED = Path(__file__).parents[1] / "presets"


def preset_names():
    """Names of the presets that come with the package, sorted."""
    return sorted(path.parent.name for path in SHIPPED.glob(f"*/{METADATA}"))


def is_preset(name_or_folder):
    """Whether there is a preset of this name or in this folder."""
    place = Path(name_or_folder)
    return str(name_or_folder) in preset_names() or (
        (place / METADATA).is_file() and (place / WEIGHTS).is_file()
    )


def find_preset(name_or_folder):
    """The folder of a preset.

    Args:
        name_or_folder: One of `preset_names`, or a folder.

    Raises:
        ValueError: If there is none; the nearest name is offered.
    """
    name = str(name_or_folder)
    if name in preset_names():
        return SHIPPED / name
    if is_preset(name_or_folder):
        return Path(name_or_folder)
    raise ValueError(
        f"There is no preset {name!r}.{did_you_mean(name, preset_names())} "
        f"Expected one of {', '.join(preset_names()) or 'none so far'}, or a "
        f"folder with {CONFIG}, {WEIGHTS} and {METADATA}."
    )


def save_preset(model, folder, metadata=None):
    """Write a model as a preset.

    Args:
        model: A `Forecaster`.
        folder: Where to write; it need not exist.
        metadata: What else is to be said of it, ready for JSON.

    Raises:
        ValueError: If the folder holds a preset already.
        OSError: If a file cannot be written.
    """
    folder = Path(folder)
    if (folder / METADATA).exists():
        raise ValueError(
            f"{folder} holds a preset already. Choose another folder, or "
            "delete it."
        )
    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / CONFIG, keras.saving.serialize_keras_object(model))
    # The name must end in `.weights.h5`, which that of `atomic_write` does
    # not.
    with atomic_write(folder / WEIGHTS) as temporary:
        whole = temporary.with_name(WEIGHTS.replace("model", "written"))
        model.save_weights(whole)
        whole.replace(temporary)
    # Last: where it is, nothing else is missing.
    write_json(
        folder / METADATA,
        {
            "format": FORMAT,
            **(metadata or {}),
            "weights_sha256": _digest(folder / WEIGHTS),
        },
    )


def load_preset(name_or_folder):
    """The model of a preset.

    Args:
        name_or_folder: One of `preset_names`, or a folder.

    Returns:
        A `Forecaster`, not compiled.

    Raises:
        ValueError: If there is no such preset, it is of a later version, or a
            file is damaged.
    """
    folder = find_preset(name_or_folder)
    metadata = read_metadata(folder)
    try:
        found = _digest(folder / WEIGHTS)
    except OSError as error:
        raise ValueError(
            f"{folder / WEIGHTS} cannot be read: {error.strerror}."
        ) from error
    if found != metadata.get("weights_sha256"):
        raise ValueError(
            f"{folder / WEIGHTS} is damaged: its check sum is not the one in "
            f"{METADATA}. Install or copy the preset again."
        )
    config = read_json(folder / CONFIG, "Install or copy the preset again.")
    model = keras.saving.deserialize_keras_object(config)
    model.load_weights(folder / WEIGHTS)
    return model


def read_metadata(name_or_folder):
    """What a preset says of itself, a dict.

    Raises:
        ValueError: If there is no such preset, it is of a later version, or
            the file is damaged.
    """
    path = find_preset(name_or_folder) / METADATA
    metadata = read_json(path, "Install or copy the preset again.")
    if metadata.get("format") != FORMAT:
        raise ValueError(
            f"{path} has the format {metadata.get('format')!r}; expected "
            f"{FORMAT!r}. Install the version of keras_stunet that wrote it."
        )
    return metadata


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
