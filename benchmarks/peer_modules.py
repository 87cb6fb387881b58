"""Modules of peers, without what their packages import beside them."""

import importlib
import importlib.util
import sys
import types
from pathlib import Path


def import_alone(name, keep=()):
    """Import a module while the `__init__` of its packages is passed over.

    Importing the whole of PyTorch Geometric Temporal or of tsl needs
    torch_sparse, a compiled extension that other layers use and those timed
    here do not.

    Args:
        name: Full name of the module.
        keep: Packages above it whose own `__init__` it does need.
    """
    parts = name.split(".")
    folder = None
    for depth in range(1, len(parts)):
        package = ".".join(parts[:depth])
        if package in sys.modules:
            folder = Path(sys.modules[package].__path__[0])
            continue
        if folder is None:
            spec = importlib.util.find_spec(package)
            folder = Path(spec.submodule_search_locations[0])
        else:
            folder /= parts[depth - 1]
        if package in keep:
            importlib.import_module(package)
        else:
            bare = types.ModuleType(package)
            bare.__path__ = [str(folder)]
            sys.modules[package] = bare
    return importlib.import_module(name)
