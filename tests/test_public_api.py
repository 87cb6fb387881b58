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
    ("checks", "files", "locks", "memory", "messages", "processes", "steps"),
    ("quantiles",),
    ("backend",),
    ("graph", "losses"),
    ("data.series_archive", "data.series_checks", "data.covariate_columns"),
    ("data.series",),
    ("data.readers.opening",),
    ("data.readers.array_files", "data.readers.tables"),
    ("data.readers.csv_files",),
    ("data.readers.graphs", "data.readers.times"),
    ("data.readers.values",),
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


@pytest.mark.parametrize(("module", "name"), list(exports()))
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
    """The innermost room of a module such as `data.readers.values.sheets`."""
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
    no_module = {"presets"}  # weights and cards
    assert names - set(ROOMS) - no_module <= {"__init__", "__pycache__"}


@pytest.mark.parametrize(
    "names",
    [
        ["", "cli", "data", "evaluation", "graph", "training", "tuning"],
        [f"datasets.{x}" for x in ("freeway", "metr_la", "moving_mnist")],
        ["datasets.pemsd7", "data.catalog", "data.readers.values.read_values"],
    ],
)
def test_files_and_graphs_need_no_keras(names):
    script = "".join(f"import keras_stunet.{name}\n" for name in names)
    script = script.replace("keras_stunet.\n", "keras_stunet\n")
    script += (
        "import sys\nfound = {'keras', 'tensorflow', 'jax', 'torch', "
        "'tensorflow_datasets'} & set(sys.modules)\nassert not found, found"
    )
    subprocess.run([sys.executable, "-P", "-c", script], check=True)


COMMANDS = """
import sys
from click.testing import CliRunner
from keras_stunet.cli import main

for words, status, said in [
    (["--help"], 0, "Forecast on sensor graphs"),
    (["train", "--help"], 0, "st_unet"),
    (["tune", "--help"], 0, "--trials"),
    (["train", "--epoch", "3"], 2, "--epochs"),
    (["train", "--model", "st_unte"], 2, "st_unet"),
    (["train", "nowhere", "--out", "x"], 1, "'nowhere'"),
    (["train", "--values", "no.csv", "--graph", "g.csv", "--out", "x"], 1, ""),
    (["train", "freeway", "--epochs", "0", "--out", "x"], 2, "range x>=1"),
    (["train", "--from", "x", "--out", "y"], 1, "There is no config.json in x"),
    (["forecast", "x", "--level", "80"], 2, "range 0<x<1"),
    (["evaluate", "st_unet_plus_freewy"], 1, "mean 'st_unet_plus_freeway'"),
]:
    done = CliRunner().invoke(main, words)
    assert done.exit_code == status and said in done.output, (words, done)
found = {"keras", "tensorflow", "jax", "torch"} & set(sys.modules)
assert not found, found
"""


def test_help_and_early_errors_start_no_backend():
    subprocess.run([sys.executable, "-P", "-c", COMMANDS], check=True)


# Each imports Keras first: its own modules are half imported when all others
# are registered.
@pytest.mark.parametrize("room", ["layers.cheb_conv", "models.recurrent"])
def test_all_is_registered_whatever_is_imported_first(room):
    script = (
        f"import keras_stunet.{room}, keras\n"
        "for name in ('ChebConv', 'STUNet', 'MeanL1', 'MaskedMAE'):\n"
        "    name = f'keras_stunet>{name}'\n"
        "    assert keras.saving.get_registered_object(name), name"
    )
    quick = {**os.environ, "KERAS_BACKEND": "numpy"}
    subprocess.run([sys.executable, "-P", "-c", script], check=True, env=quick)


def test_the_command_names_all_models():
    options = importlib.import_module("keras_stunet.cli.train_options")
    assert options.MODELS == tuple(keras_stunet.models.MODELS), (
        "write MODELS of models/registry.py out in cli/train_options.py"
    )


@pytest.mark.parametrize(
    "script",
    [
        "from keras_stunet.cli import main; "
        "main(['train', 'freeway', '--out', 'x'])",
        "import keras_stunet; keras_stunet.build_st_unet",
    ],
)
def test_without_a_backend_the_error_names_the_extras(script, tmp_path):
    done = subprocess.run(
        [
            *(sys.executable, "-P", "-c"),
            f"import sys; sys.modules['tensorflow'] = None; {script}",
        ],
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    last = done.stderr.splitlines()[-1]
    assert "Error: Keras found no backend (" in last
    for hint in ('".[cpu]"', '".[jax]"', "KERAS_BACKEND=jax"):
        assert hint in last
    assert list(tmp_path.iterdir()) == []
