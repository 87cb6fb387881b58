"""Which files a source of readings names: one, several, a folder, a pattern."""

import glob
import os
import warnings
from collections.abc import Mapping
from pathlib import Path

from keras_stunet.data.readers.opening import check_file
from keras_stunet.messages import counted
from keras_stunet.messages import listed
from keras_stunet.messages import warn_user

# Of files that are taken from a folder.
_ENDS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".zip", ".parquet")
_ENDS += (".npz", ".npy")
_PATTERN = set("*?[")


def find_files(source):
    """The files that hold readings.

    Args:
        source: A file, a folder, a pattern such as `"air/*.csv"`, or a list
            of these.

    Returns:
        A list of paths; those of a folder or a pattern by name.

    Raises:
        OSError: If there is no such file.
        ValueError: If a folder or a pattern has none.
    """
    if isinstance(source, (list, tuple)):
        found = [path for one in source for path in find_files(one)]
        if not found:
            raise ValueError("No file of readings is given; expected one.")
        return found
    path = source if hasattr(source, "read_bytes") else Path(source)
    if path.is_dir():
        found = [p for p in sorted(path.iterdir()) if _is_taken(p)]
        if not found:
            raise ValueError(
                f"{path} is a folder that has no files of readings, by the "
                f"ends of their names; expected {listed(_ENDS, len(_ENDS))}."
            )
        return found
    if _PATTERN & set(str(path)) and not path.exists():
        found = [Path(name) for name in sorted(glob.glob(str(path)))]
        if not found:
            raise FileNotFoundError(
                f"There is no file that fits {path}. Check the names and the "
                "folder."
            )
        return [check_file(one) for one in found]
    return [check_file(path)]


def source_files(source):
    """The files of a source as text, by measurement where it says so."""
    if isinstance(source, Mapping):
        return {name: source_files(one) for name, one in source.items()}
    files = [os.fspath(path) for path in find_files(source)]
    return files[0] if len(files) == 1 else files


def source_title(source):
    """A name for what was read from a source, without endings.

    Example:
    >>> source_title("air/*.csv"), source_title({"flow": "a.csv", "v": "b.csv"})
    ('air', 'a_b')
    """
    if isinstance(source, Mapping):
        return "_".join(map(source_title, source.values()))
    if isinstance(source, (list, tuple)):
        return source_title(source[0])
    path = Path(str(source))
    if _PATTERN & set(path.name):
        path = path.absolute().parent
    return path.name.split(".")[0]


def source_text(source):
    """A source for messages."""
    if isinstance(source, Mapping):
        return ", ".join(f"{name}={one}" for name, one in source.items())
    if isinstance(source, (list, tuple)):
        return listed(source)
    return str(source)


def read_all(paths, read):
    """What is in each file; warnings that are the same are given once.

    Args:
        paths: The files, with which messages begin.
        read: `read(path)` reads one.

    Returns:
        A list.
    """
    if len(paths) == 1:
        return [read(paths[0])]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        found = [read(path) for path in paths]
    of_files = {}
    for warning in caught:
        text = str(warning.message)
        path = next((p for p in map(str, paths) if text.startswith(p)), "")
        of_files.setdefault(text[len(path) :], []).append(path)
    for text, files in of_files.items():
        others = counted(len(files) - 1, "more file")
        warn_user(f"{files[0]}{f' and {others}' if files[1:] else ''}{text}")
    return found


def _is_taken(path):
    # What Macs put beside a file begins with a point.
    name = path.name.lower()
    return name.endswith(_ENDS) and not name.startswith(".") and path.is_file()
