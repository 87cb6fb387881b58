"""One run folder, one process; one file, one writer at a time."""

import contextlib
import os
import socket
from pathlib import Path

from filelock import FileLock
from filelock import Timeout

LOCK = ".lock"
HOLDER = ".lock.holder"
WAIT = 60  # seconds for another writer of the same file


@contextlib.contextmanager
def run_lock(folder):
    """Hold a run folder for this process while the block runs.

    The folder is made if need be, and taken away again if nothing was written
    to it. The operating system frees the lock when the process ends, however
    it ends; what then stays in the folder are two hidden files that stop
    nobody.

    Args:
        folder: The run folder; it need not exist.

    Yields:
        The folder, as a path.

    Raises:
        OSError: If another process holds the folder, or it cannot be written.
    """
    folder = Path(folder)
    with contextlib.ExitStack() as stack:
        try:
            for missing in _missing(folder):
                missing.mkdir(exist_ok=True)
                stack.callback(_remove_if_empty, missing)
            lock = FileLock(folder / LOCK)
            lock.acquire(timeout=0)
            stack.callback(_release, lock, folder)
            holder = f"process {os.getpid()} on {socket.gethostname()}"
            (folder / HOLDER).write_text(holder)
        except Timeout:
            raise BlockingIOError(
                f"{folder} is being written by another run "
                f"({_holder(folder)}). Wait for its end or stop it, then go "
                "on with --resume; or choose another folder (--out)."
            ) from None
        except OSError as error:
            raise OSError(
                f"The run folder {folder} cannot be written: "
                f"{error.strerror or error}. Make room or choose another "
                "folder (--out)."
            ) from error
        yield folder


@contextlib.contextmanager
def file_lock(path, hint):
    """Wait for other writers of a file, and hold it while the block runs.

    Args:
        path: The file; it need not exist, its folder does.
        hint: What else to do than stop the other, for the message.

    Raises:
        OSError: If another process holds it for long.
    """
    path = Path(path)
    lock = FileLock(path.with_name(f".{path.name}{LOCK}"))
    try:
        lock.acquire(timeout=WAIT)
    except Timeout:
        raise BlockingIOError(
            f"{path} has been held by another process for {WAIT} s. Stop that "
            f"one, or {hint}."
        ) from None
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # while held, as in `_release`
            Path(lock.lock_file).unlink()
        lock.release()


def _missing(folder):
    # The folders to make, outermost first.
    missing = []
    path = folder.absolute()
    while not path.exists():
        missing.insert(0, path)
        path = path.parent
    if not path.is_dir():
        raise NotADirectoryError(0, f"{path} is not a folder")
    return missing


def _release(lock, folder):
    # Taken away while held: whoever opened the file before finds, once it has
    # the lock, that it has no name any more, and does not count it as one.
    with contextlib.suppress(OSError):
        (folder / HOLDER).unlink(missing_ok=True)
        (folder / LOCK).unlink(missing_ok=True)
    lock.release()


def _remove_if_empty(folder):
    with contextlib.suppress(OSError):
        folder.rmdir()


def _holder(folder):
    try:
        return (folder / HOLDER).read_text() or "an unknown process"
    except OSError:
        return "an unknown process"
