"""Shipped configs, to be changed."""

import shutil

from keras_stunet.experiments.config import CONFIGS


def copied(name, tmp_path):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(CONFIGS / name, path)
    return path
