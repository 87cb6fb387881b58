"""One run folder, one process."""

import contextlib
import os
import socket
from pathlib import Path

from filelock import FileLock
from filelock import Timeout

LOCK = ".lock"
HOLDER = ".lock.holder"


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
