"""What the package exports, and who may import whom."""

import ast
import importlib
import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

import keras_stunet

ROOT = Path(keras_stunet.__file__).parent
PACKAGES = ("", ".baselines", ".data", ".graph", ".layers", ".models")
PACKAGES += (
    ".training",
    ".plotting",
    ".experiments",
    ".tuning",
    ".losses",
    ".metrics",
    ".frame_metrics",
)

# Imports run one way: each may import the rooms above it, and itself.
ORDER = (
    ("checks", "files", "locks", "messages"),
    ("graph", "losses"),
    ("data.series_archive",),
    ("data.series",),
    ("data.readers",),
    ("layers", "datasets", "metrics", "frame_metrics"),
    ("models", "data"),
    ("baselines",),
    ("evaluation",),
    ("plotting",),
    ("training",),
    ("moving_mnist", "experiments"),
    ("tuning",),
    ("cli",),
    ("__main__",),
)
ROOMS = [room for floor in ORDER for room in floor]


def exports():
    for package in PACKAGES:
        module = importlib.import_module(f"keras_stunet{package}")
        for name in getattr(module, "__all__", ()):
            yield pytest.param(module, name, id=f"{module.__name__}.{name}")


@pytest.mark.parametrize(("module", "name"), exports())
def test_an_export_exists_and_is_documented(module, name):
    exported = getattr(module, name)
    if inspect.isclass(exported) or inspect.isroutine(exported):
        assert inspect.getdoc(exported)
        own = vars(exported) if inspect.isclass(exported) else {}
        assert own.get("__doc__", "inherited") is not None
    elif inspect.ismodule(exported):
        assert exported.__doc__


@pytest.mark.parametrize("package", PACKAGES)
def test_exports_are_sorted_and_listed_once(package):
    module = importlib.import_module(f"keras_stunet{package}")
    names = list(getattr(module, "__all__", ()))
    assert names == sorted(set(names))


def imports_of(path):
    """Names of `keras_stunet` modules, and of others, that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module


def room_of(module):
    """The innermost room that a module, `data.readers.values`, belongs to."""
    parts = module.split(".")
    names = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next(name for name in names if name in ROOMS)


def modules_of(room):
    """Files of a room by module, those of rooms within it left out."""
    base = ROOT.joinpath(*room.split("."))
    single = base.with_suffix(".py")
    paths = [single] if single.exists() else sorted(base.rglob("*.py"))
    for path in paths:
        inner = path.relative_to(base.parent).with_suffix("").parts
        module = ".".join((*room.split(".")[:-1], *inner))
        module = module.removesuffix(".__init__")
        if room_of(module) == room:
            yield path


def rooms_above(room):
    floor = next(i for i, rooms in enumerate(ORDER) if room in rooms)
    return {above for rooms in ORDER[:floor] for above in rooms}


@pytest.mark.parametrize("room", ROOMS)
def test_imports_run_one_way(room):
    paths = list(modules_of(room))
    assert paths
    allowed = rooms_above(room) | {room}
    for path in paths:
        for name in imports_of(path):
            if name.startswith("keras_stunet."):
                name = name.removeprefix("keras_stunet.")
                assert room_of(name) in allowed, (path.name, name)


def test_every_module_has_a_place_in_the_order():
    names = {path.stem for path in ROOT.iterdir() if path.name[0] != "."}
    assert names - set(ROOMS) <= {"__init__", "__pycache__"}


# The package's own __init__ is stood in for: it imports everything.
BARE_IMPORT = """
import importlib, sys, types
package = types.ModuleType("keras_stunet")
package.__path__ = [sys.argv[1]]
sys.modules["keras_stunet"] = package
importlib.import_module(sys.argv[2])
found = {"keras", "tensorflow", "jax", "torch"} & set(sys.modules)
sys.exit(f"{sys.argv[2]} imports {sorted(found)}" if found else 0)
"""


@pytest.mark.parametrize(
    "name",
    [
        "graph",
        "datasets.pemsd7",
        "datasets.freeway",
        "datasets.metr_la",
        "datasets.moving_mnist",
    ],
)
def test_graphs_and_data_need_no_keras(name):
    subprocess.run(
        [sys.executable, "-c", BARE_IMPORT, str(ROOT), f"keras_stunet.{name}"],
        check=True,
    )


def test_without_a_backend_the_error_names_the_extras():
    script = (
        "import sys; sys.modules['tensorflow'] = None; "
        "from keras_stunet.cli import main"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", script],
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
    )
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ImportError: Keras found no backend (No module")
    for mend in ("keras_stunet[cpu]", "keras_stunet[jax]", "KERAS_BACKEND=jax"):
        assert mend in last
