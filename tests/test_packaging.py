"""Installing: `datasets` and `tuning` are packages of keras_stunet only."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import zipfile

import pytest

from keras_stunet.datasets.pemsd7.dummy_data_generation import write_dummy_data
from keras_stunet.datasets.raw_folder import RAW_DIR_VARIABLE

ROOT = pathlib.Path(__file__).parents[1]
pytest.importorskip("tensorflow_datasets")

PROBE = """
import json, sys
import keras_stunet.datasets
import keras_stunet.tuning
try:
    import datasets
    others = [datasets.__file__]
except ImportError:
    others = []
from keras_stunet.datasets.pemsd7 import pemsd7_dataset_builder as module
config = module.Config(
    name="dummy", num_stations=4, num_days=2, published_only=False
)
builder = module.Builder(config=config, data_dir=sys.argv[1])
builder.download_and_prepare()
print(json.dumps({
    "datasets": keras_stunet.datasets.__file__,
    "tuning": keras_stunet.tuning.__file__,
    "others": others,
    "examples": builder.info.splits["series"].num_examples,
    "description": builder.info.description,
    "citation": builder.info.citation,
    "addresses": len(builder.url_infos or ()),
}))
"""


def run(*command, cwd, **environment):
    environment = os.environ | {k: str(v) for k, v in environment.items()}
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def probe(tmp_path, cwd, **environment):
    write_dummy_data(tmp_path / "raw", "m")
    environment[RAW_DIR_VARIABLE] = tmp_path / "raw"
    output = run("-c", PROBE, tmp_path / "data", cwd=cwd, **environment)
    return json.loads(output.splitlines()[-1])


def check(found, package):
    for name in ("datasets", "tuning"):
        init = package / name / "__init__.py"
        assert pathlib.Path(found[name]).resolve() == init.resolve()
    # Another package of that name may well be installed.
    assert not any(path.startswith(str(ROOT)) for path in found["others"])
    assert found["examples"] == 1
    assert "PeMSD7" in found["description"]
    assert "yu2018stgcn" in found["citation"]
    assert found["addresses"] == 3


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the checkout: building leaves files behind."""
    ignored = shutil.ignore_patterns(
        ".git", ".venv", "build", "dist", "*.egg-info", "__pycache__"
    )

    def leave_out(folder, names):
        runs = {"runs"} if pathlib.Path(folder) == ROOT else set()
        return ignored(folder, names) | runs & set(names)

    copy = tmp_path_factory.mktemp("build") / "checkout"
    return shutil.copytree(ROOT, copy, symlinks=True, ignore=leave_out)


def build_wheel(source, checkout):
    """A wheel built from the checkout or from a source distribution."""
    path = checkout
    if source == "sdist":
        backend = "import setuptools.build_meta as b; b.build_sdist('dist')"
        run("-c", backend, cwd=checkout)
        (path,) = (checkout / "dist").glob("*.tar.gz")
    options = ("--no-deps", "--no-build-isolation", "--no-index")
    out = checkout / source
    run("-m", "pip", "wheel", *options, "-w", out, path, cwd=checkout)
    (wheel,) = out.glob("*.whl")
    return wheel


PLACES = [pytest.param("root", marks=pytest.mark.long), "elsewhere"]


@pytest.fixture(scope="module")
def sdist_wheel(checkout):
    return build_wheel("sdist", checkout)


@pytest.mark.long  # each test imports the checkout
@pytest.mark.parametrize("place", ["root", "elsewhere"])
def test_installed_package_works_from(place, tmp_path):
    found = probe(tmp_path, cwd=ROOT if place == "root" else tmp_path)
    check(found, ROOT)


@pytest.fixture(scope="module")
def target(sdist_wheel, tmp_path_factory):
    """A folder that the wheel is installed into."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--no-deps", "--no-index", "--target", folder)
    run("-m", "pip", "install", *options, sdist_wheel, cwd=folder)
    return folder


@pytest.mark.parametrize("place", PLACES)
def test_wheel_works_from(place, target, tmp_path):
    # Safe: what is installed, not what lies in the present folder.
    found = probe(
        tmp_path,
        cwd=ROOT if place == "root" else tmp_path,
        PYTHONPATH=target,
        PYTHONSAFEPATH=1,
    )
    check(found, target / "keras_stunet")


def check_contents(path):
    with zipfile.ZipFile(path) as wheel:
        sizes = {info.filename: info.file_size for info in wheel.infolist()}
    folder = "keras_stunet/datasets/pemsd7/"
    for name in ("README.md", "CITATIONS.bib", "TAGS.txt", "checksums.tsv"):
        assert (
            sizes[folder + name]
            == (ROOT / "datasets/pemsd7" / name).stat().st_size
        )
    tops = {name.partition("/")[0].partition("-")[0] for name in sizes}
    assert tops == {"keras_stunet"}
    assert not [name for name in sizes if "dummy_data/" in name]


def test_wheel_holds_data_files_and_no_other_package(sdist_wheel):
    check_contents(sdist_wheel)


@pytest.mark.long
def test_so_does_one_built_from_the_checkout(checkout):
    check_contents(build_wheel("checkout", checkout))
