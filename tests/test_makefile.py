"""`make venv-test` sets up `.venv`, once, and mends what was broken off."""

import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[1]
pytestmark = pytest.mark.skipif(
    shutil.which("make") is None, reason="make is not installed"
)

# Stands in for Python: notes what it is asked for. `-m venv FOLDER` puts a
# copy of it there; with a file `broken` pip fails as if it had been killed.
# Whether what it compiles would be kept is noted, too.
FAKE = """#!/bin/sh
case "$2" in
  venv) echo venv >> log; mkdir -p $3/bin; cp "$0" $3/bin/python;;
  pip) test "$3" = --version && exit 0
    echo "$@" $PYTHONDONTWRITEBYTECODE >> log; test ! -e broken;;
esac
"""


@pytest.fixture
def checkout(tmp_path):
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (tmp_path / "python").write_text(FAKE)
    (tmp_path / "python").chmod(0o755)
    return folder


def make(folder, target="venv-test"):
    """Whether make succeeded, and what it did: the lines of the log."""
    (folder / "log").write_text("")
    python = folder.parent / "python"
    done = subprocess.run(
        ["make", "-s", target, f"PYTHON={python}"],
        cwd=folder,
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith("MAKE")},
            "PYTHONDONTWRITEBYTECODE": "never",
        },
        capture_output=True,
    )
    return done.returncode == 0, (folder / "log").read_text().splitlines()


INSTALL = "-m pip install --no-compile --editable .[cpu,test]"


def test_a_fresh_checkout_is_set_up_and_then_left_alone(checkout):
    assert make(checkout) == (True, ["venv", INSTALL])
    assert make(checkout) == (True, [])
    demo = INSTALL.replace("test", "datasets,plot")
    assert make(checkout, "venv-demo") == (True, [demo])


def test_new_requirements_are_installed(checkout):
    make(checkout)
    stamp = (checkout / ".venv" / ".installed-test").stat().st_mtime
    os.utime(checkout / "pyproject.toml", (stamp + 5, stamp + 5))
    assert make(checkout) == (True, [INSTALL])


def test_a_moved_checkout_is_installed_again(checkout):
    make(checkout)
    moved = checkout.rename(checkout.with_name("moved"))
    assert make(moved) == (True, [INSTALL])
    assert make(moved) == (True, [])


def test_an_install_that_was_broken_off_is_made_anew(checkout):
    (checkout / "broken").touch()
    assert make(checkout) == (False, ["venv", INSTALL])
    (checkout / "broken").unlink()
    left = checkout / ".venv" / "left over"
    left.touch()
    assert make(checkout) == (True, ["venv", INSTALL])
    assert not left.exists()
    assert make(checkout) == (True, [])


def test_an_environment_whose_pip_does_not_start_is_made_anew(checkout):
    make(checkout)
    (checkout / ".venv" / "bin" / "python").write_text("#!/bin/sh\nexit 1\n")
    assert make(checkout) == (True, ["venv", INSTALL])
