"""The run folder: checked first, then written without half-written files."""

import contextlib
import csv
import dataclasses
import json
import tempfile
from pathlib import Path

import keras

CONFIG = "config.json"


def run_config(dataset, protocol, model_options, recipe):
    """What identifies a run, for `config.json`."""
    config = {
        "dataset": dataset,
        "protocol": protocol,
        "model": model_options,
        "recipe": dataclasses.asdict(recipe),
        "backend": keras.backend.backend(),
    }
    return json.loads(json.dumps(config))  # tuples become lists, as in JSON


def check_folder(folder, config, resume):
    """Raise unless a run can be written to `folder`; leaves nothing there.

    Args:
        folder: Where to write; it need not exist.
        config: What the run is started with, see `run_config`.
        resume: Whether a run in the folder is gone on with. Without a run in
            it one is started, so that one command serves first and later
            starts.

    Raises:
        ValueError: If the folder holds a run and `resume` is off, or one
            with another configuration.
        OSError: If the folder cannot be written.
    """
    folder = Path(folder)
    existing = folder.absolute()
    while not existing.exists():
        existing = existing.parent
    try:
        with tempfile.TemporaryDirectory(dir=existing, prefix=".writable"):
            pass
    except OSError as error:
        raise OSError(
            f"The run folder {folder} cannot be written: {existing}: "
            f"{error.strerror}. Choose another folder (--out)."
        ) from error
    written = folder / CONFIG
    if not written.exists():
        return
    if not resume:
        raise ValueError(
            f"{folder} already holds a run. Go on with it (--resume), or "
            "choose another folder (--out)."
        )
    before = _read_config(written)
    different = [
        f"{key}: {old!r} then, {new!r} now"
        for key, old, new in _differences(before, config)
    ]
    if different:
        raise ValueError(
            f"The run in {folder} was started with other options: "
            f"{'; '.join(different)}. Repeat those, or choose another folder "
            "(--out)."
        )


def prepare_folder(folder, config, resume):
    """Make the run folder and its `config.json`, after `check_folder`.

    Returns:
        The folder, as a path.

    Raises:
        ValueError: As `check_folder`.
        OSError: As `check_folder`.
    """
    check_folder(folder, config, resume)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / CONFIG).exists():
        write_text(folder / CONFIG, json.dumps(config, indent=2))
    return folder


@contextlib.contextmanager
def replacing(path):
    """Give a temporary name, renamed to `path` when all went well.

    The name keeps the ending of `path` and is the same each time, so that
    what a kill leaves behind is overwritten by the next writer.
    """
    path = Path(path)
    temporary = path.with_name(f"{path.stem}.tmp{path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_text(path, text):
    """Write a text file, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text + "\n")


def write_rows(path, rows):
    """Write dicts with the same keys as csv, whole or not at all."""
    with replacing(path) as temporary, temporary.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _read_config(path):
    try:
        config = json.loads(path.read_text())
        if isinstance(config, dict):
            return config
    except ValueError:
        pass
    raise ValueError(
        f"{path} is damaged. Choose another folder (--out), or delete this one."
    )


def _differences(before, now, prefix=""):
    for key in sorted(before.keys() | now.keys()):
        old, new = before.get(key), now.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            yield from _differences(old, new, f"{prefix}{key}.")
        elif old != new:
            yield f"{prefix}{key}", old, new
