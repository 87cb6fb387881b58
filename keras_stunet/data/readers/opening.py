"""Files as bytes, unpacked where their content is gzipped."""

import contextlib
import gzip
import zlib
from pathlib import Path

_GZIP_MAGIC = b"\x1f\x8b"


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
        packed = file.read(2) == _GZIP_MAGIC
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
    """The whole content of a file; see `open_unpacked`."""
    with open_unpacked(path) as stream:
        return stream.read()
