"""Published files: where they are, and whether a file is one of them."""

import dataclasses
import hashlib

from keras_stunet.data.readers.opening import open_unpacked

RAW = "https://raw.githubusercontent.com/"
"""Address of files on GitHub; owner, repository, commit and path follow."""

_CHUNK = 1 << 20


@dataclasses.dataclass(frozen=True)
class PublishedFile:
    """One published file.

    Args:
        names: File names under which it is looked for in a raw folder. Each
            may also end in `.gz`.
        url: Address of the uncompressed file.
        git_blob: Git object id of its content: the SHA-1 of
            "blob ", the size in digits, a zero byte and the content.
        sha256: SHA-256 of its content, `None` where it is not known.
        size: Bytes of its content, `None` where it is not known.
    """

    names: tuple[str, ...]
    url: str
    git_blob: str
    sha256: str | None = None
    size: int | None = None


def check_published(path, file, reader):
    """Raises unless the unpacked content of a file is the published one.

    Uses the SHA-256 where it is known and else the git object id.

    Args:
        path: Path with an `open` method; plain or gzipped.
        file: `PublishedFile`.
        reader: Name of the function that also reads other content, for the
            message.

    Raises:
        ValueError: If the content differs.
    """
    if file.sha256 is not None:
        expected, kind = file.sha256, "SHA-256"
        found = _digest(path, hashlib.sha256())
    else:
        expected, kind = file.git_blob, "git object id"
        found = git_blob_id(path)
    if found != expected:
        raise ValueError(
            f"{path}: not the published file ({kind} {found}, expected "
            f"{expected}). Under this name the published data are taken only: "
            f"remove the file and get it again from {file.url}, or read your "
            f"own version with {reader}."
        )


def git_blob_id(path):
    """Returns the git object id of a file's unpacked content.

    It is the SHA-1 of "blob ", the size, a zero byte and the content, so it
    proves a download from a git repository where no other checksum is known.
    """
    size = 0
    with open_unpacked(path) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
    # Not used as a safeguard against a forger, only to match git.
    header = f"blob {size}\0".encode()
    return _digest(path, hashlib.sha1(header, usedforsecurity=False))


def _digest(path, digest):
    with open_unpacked(path) as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
