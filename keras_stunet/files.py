"""Files that are written atomically: complete or not at all."""

import contextlib
import csv
import json
import os
from pathlib import Path


class FailedWrite(OSError):
    """A file that could not be written, with what to do about it."""


@contextlib.contextmanager
def atomic_write(path, keep=None):
    """Give a temporary name, renamed to `path` when all went well.

    The name keeps the ending of `path` and is the same each time, so that
    what a kill leaves behind is overwritten by the next writer. The file is
    on the disk before it is renamed.

    Args:
        path: File to write.
        keep: Where to move what is at `path`, just before the renaming.

    Raises:
        FailedWrite: If something could not be written, an `OSError`.
    """
    path = Path(path)
    temporary = _temporary(path)
    try:
        yield temporary
        sync(temporary)
        if keep is not None and path.exists():
            path.replace(keep)
        temporary.replace(path)
        if os.name == "posix":  # elsewhere folders cannot be opened
            sync(path.parent, os.O_RDONLY)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if not isinstance(error, OSError) or isinstance(error, FailedWrite):
            raise
        raise FailedWrite(
            f"{path} could not be written: {error.strerror or error}. Nothing "
            f"that was there before is lost. Make {path.parent} writable, "
            "with room, and start again; a run goes on with --resume."
        ) from error


def sync(path, flags=os.O_RDWR):
    """Wait until a file is on the disk."""
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path, text):
    """Write a text file atomically."""
    with atomic_write(path) as temporary:
        temporary.write_text(text + "\n")


def write_rows(path, rows):
    """Write dicts with the same keys as csv, atomically."""
    with (
        atomic_write(path) as temporary,
        temporary.open("w", newline="") as file,
    ):
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_json(path, content):
    """Write a dict as JSON in its `json_form`, atomically."""
    write_text(path, json.dumps(json_form(content), indent=2))


def json_form(content):
    """As JSON gives it back: tuples are lists, infinities and NaN are None.

    Python would write `Infinity` and `NaN`, which are no JSON.

    Example:
    >>> json_form({"mape": float("inf"), "parts": (7, 1, 2)})
    {'mape': None, 'parts': [7, 1, 2]}
    """
    return json.loads(json.dumps(content), parse_constant=lambda constant: None)


def read_json(path, hint):
    """Read a JSON file of a run folder as a dict.

    Args:
        path: The file.
        hint: What to do if it is damaged, a sentence.

    Raises:
        ValueError: If it is damaged.
    """
    try:
        content = json.loads(path.read_text())
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise ValueError(f"{path} is damaged. {hint}")
    return content


def _temporary(path):
    return path.with_name(f"{path.stem}.tmp{path.suffix}")
