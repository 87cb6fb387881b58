"""Files as bytes, unpacked where their content is gzipped or zipped."""

import contextlib
import gzip
import io
import zipfile
import zlib
from pathlib import Path

GZIP_MAGIC = b"\x1f\x8b"


def check_file(path):
    """Returns a path after a check that a file is there.

    Args:
        path: The file: a string or a path, also an `epath.Path`.

    Raises:
        OSError: If there is none, or a folder.
    """
    path = path if hasattr(path, "read_bytes") else Path(path)
    if path.is_dir():
        raise IsADirectoryError(
            f"{path} is a folder; expected a file. Name the file in it."
        )
    if not path.exists():
        raise FileNotFoundError(
            f"There is no file {path}. Check the name and the folder."
        )
    return path


@contextlib.contextmanager
def open_unpacked(path):
    """Opens a file for reading bytes, unpacked where its content is gzipped.

    Args:
        path: A path with an `open` method.

    Raises:
        ValueError: On leaving, if the gzip data were damaged or cut off.
    """
    with path.open("rb") as file:
        packed = file.read(2) == GZIP_MAGIC
        file.seek(0)
        stream = gzip.GzipFile(fileobj=file) if packed else file
        try:
            yield stream
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(
                f"{path}: the gzip data are damaged or cut off ({error}). "
                "Get the file again, or copy it again."
            ) from error


def read_unpacked(path):
    """The whole content of a file, unpacked.

    Raises:
        ValueError: If a packed one is damaged, or a .zip holds other than one
            file.
    """
    if _is_zip(path):
        with _open_zip(path) as (archive, member):
            return archive.read(member)
    with open_unpacked(path) as stream:
        return stream.read()


def unpacked_name(path):
    """The name of a file in lower case, as it would be unpacked.

    Example:
    >>> unpacked_name(Path("data/Speeds.csv.gz"))
    'speeds.csv'
    """
    if _is_zip(path):
        with _open_zip(path) as (_, member):
            return Path(member).name.lower()
    return path.name.lower().removesuffix(".gz")


def _is_zip(path):
    return path.name.lower().endswith(".zip")


@contextlib.contextmanager
def _open_zip(path):
    try:
        with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
            # What Macs put beside each file is no file of anybody's.
            names = [
                name
                for name in archive.namelist()
                if not name.endswith("/") and not name.startswith("__MACOSX")
            ]
            if len(names) == 1:
                yield archive, names[0]
    # A flipped byte makes zipfile raise half a dozen kinds of errors.
    except Exception as error:
        raise ValueError(
            f"{path} could not be unpacked: {error}. Pack it again, or give "
            "the file in it."
        ) from error
    if len(names) != 1:
        raise ValueError(
            f"{path} holds {len(names)} files; expected one. Unpack it, and "
            "give the one with the data."
        )
