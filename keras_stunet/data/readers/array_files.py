"""Arrays from npy and npz files, whole or an error."""

import io

import numpy as np

from keras_stunet.data.readers.opening import check_file
from keras_stunet.data.readers.opening import read_unpacked


def read_arrays(path):
    """The arrays of an npz file by key, or that of an npy file as "".

    The file may be gzipped. Nothing is unpickled.

    Raises:
        OSError: If the file cannot be opened.
        ValueError: If it is damaged, or something else.
    """
    path = check_file(path)
    content = read_unpacked(path)
    # Of anything else np.load says that pickles may be dangerous.
    if not content.startswith((b"PK", b"\x93NUMPY")):
        raise ValueError(
            f"{path} holds no arrays in NumPy's form; expected a file of "
            "`numpy.savez` or `numpy.save`. Write it so, or copy it again."
        )
    try:
        stored = np.load(io.BytesIO(content))
        if isinstance(stored, np.ndarray):
            return {"": stored}
        return {key: stored[key] for key in stored.files}
    # A flipped byte makes NumPy, zipfile and zlib raise nine kinds of
    # errors, from KeyError to NotImplementedError.
    except Exception as error:
        raise ValueError(
            f"{path} could not be read as arrays: {error}. Write it with "
            "`numpy.savez` or `numpy.save`, of numbers and text only, or "
            "copy it again."
        ) from error
