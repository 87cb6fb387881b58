"""The folder of raw files: which one, and what is in it."""

import os
import pathlib

RAW_DIR_VARIABLE = "KERAS_STUNET_RAW_DIR"
"""Environment variable that names a folder of raw files."""


def environment_folder():
    """Returns the folder that `KERAS_STUNET_RAW_DIR` names, else `None`.

    Raises:
        FileNotFoundError: If the folder does not exist.
    """
    name = os.environ.get(RAW_DIR_VARIABLE)
    if not name:
        return None
    folder = pathlib.Path(name).expanduser()
    if not folder.is_dir():
        raise FileNotFoundError(
            f"The environment variable {RAW_DIR_VARIABLE} names {name}, which "
            "is no folder. Correct or unset it."
        )
    return folder


def choose_folder(holds, raw_dir=None):
    """Returns the folder to read raw files from, or `None`.

    Args:
        holds: Function of a folder: whether it has files of the data set.
        raw_dir: Folder that is taken whatever it holds; without it the one
            that `KERAS_STUNET_RAW_DIR` names, if it `holds` the files.
    """
    if raw_dir is not None:
        return raw_dir
    folder = environment_folder()
    return folder if folder is not None and holds(folder) else None


def builder_folder(holds, dl_manager):
    """Returns where a TensorFlow Datasets builder finds raw files, or `None`.

    That is the folder of `choose_folder`, else the `manual_dir` of the
    download manager, if it `holds` the files.
    """
    folder = choose_folder(holds)
    if folder is not None:
        return folder
    try:
        folder = dl_manager.manual_dir
    except AssertionError:  # Raised where there is no such folder.
        return None
    return folder if holds(folder) else None


def search_folder(folder, inner, names, telling):
    """Finds raw files in a folder, or else in a folder within it.

    Args:
        folder: Folder to look in, a string or a path.
        inner: Name of the folder within it that is looked in next.
        names: Dict of what a file holds to the names it may have; each may
            also end in `.gz`. The first that is there is taken.
        telling: Keys of `names` of which a folder must have one.

    Returns:
        Dict of keys of `names` to paths; empty where neither folder has a
        telling file.
    """
    if isinstance(folder, str):
        folder = pathlib.Path(folder).expanduser()
    for place in (folder, folder / inner):
        files = {}
        for key, choices in names.items():
            for name in choices:
                for path in (place / name, place / (name + ".gz")):
                    if key not in files and path.is_file():
                        files[key] = path
        if any(key in files for key in telling):
            return files
    return {}
