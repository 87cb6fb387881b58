"""The commit that a run is on record with."""

import importlib.util
import shutil
import subprocess

import pytest

from keras_stunet.training.runs import environment


@pytest.fixture
def checkout(tmp_path):
    """A repository with a copy of the module, and a function to its commit."""

    def git(*words):
        identity = ("-c", "user.name=x", "-c", "user.email=x@y.z")
        command = ["git", "-C", str(tmp_path), *identity, *words]
        done = subprocess.run(command, check=True, capture_output=True)
        return done.stdout.decode().strip()

    (tmp_path / "pkg").mkdir()
    (tmp_path / "results").mkdir()
    path = tmp_path / "pkg" / "environment.py"
    shutil.copy(environment.__file__, path)
    (tmp_path / "results" / "rows.csv").write_text("a\n")
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "first")
    spec = importlib.util.spec_from_file_location("copied_environment", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return tmp_path, git("rev-parse", "HEAD")[:10], module._commit


def test_rows_of_results_do_not_make_it_dirty(checkout):
    folder, commit, now = checkout
    assert now() == commit
    (folder / "results" / "rows.csv").write_text("a\nb\n")
    assert now() == commit


def test_changed_code_does(checkout):
    folder, commit, now = checkout
    path = folder / "pkg" / "environment.py"
    path.write_text(path.read_text() + "# changed\n")
    assert now() == f"{commit}-dirty"
    shutil.rmtree(folder / ".git")
    assert now() == "unknown"
