"""What a command says on standard error of the warnings in it."""

import os
import subprocess
import sys
import types
import warnings

import pytest
from click.testing import CliRunner

from keras_stunet.cli import main
from keras_stunet.cli import shell
from keras_stunet.tuning import grid_search
from keras_stunet.tuning.search_folder import OUTCOME


@pytest.mark.parametrize(
    ("name", "shown"),
    [("keras_stunet.baselines.arima", True), ("numpy.lib", False)],
)
def test_a_warning_is_ours_by_its_module(
    name, shown, monkeypatch, tmp_path, capsys
):
    # A checkout of our name, and `.venv` in it.
    path = str(tmp_path / "keras_stunet" / ".venv" / "module.py")
    module = types.ModuleType(name)
    module.__file__ = path
    monkeypatch.setitem(sys.modules, name, module)
    with shell.shell_errors():
        warnings.warn_explicit("Fits are worse.", RuntimeWarning, path, 1)
    assert capsys.readouterr().err == "Note: Fits are worse.\n" * shown


def test_a_users_notice_is_shown_wherever_it_points(capsys):
    with shell.shell_errors():
        warnings.warn_explicit("A gap.", UserWarning, "a_script.py", 1)
    assert capsys.readouterr().err == "Note: A gap.\n"


def test_a_library_that_hides_ctrl_c_in_an_import_is_seen_through(capsys):
    with pytest.raises(SystemExit) as ended, shell.shell_errors():
        try:
            raise KeyboardInterrupt
        except BaseException:
            raise AttributeError("half imported")  # noqa: B904
    assert ended.value.code == 130
    assert capsys.readouterr().err == "Interrupted. Nothing was written.\n"


def test_a_backend_that_is_missing_is_one_line(capsys):
    with pytest.raises(SystemExit) as ended, shell.shell_errors():
        raise ModuleNotFoundError("No module named 'jax'", name="jax")
    assert ended.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Error: Keras found no backend") and "[jax]" in line


def test_ctrl_c_in_a_search_says_what_is_kept(tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(grid_search, "grid_search", interrupted)
    words = ["tune", "freeway", "--out", str(tmp_path)]
    said = CliRunner().invoke(main, words).output
    assert said.endswith(
        "No trial was finished; begin again with the same command.\n"
    )
    trial = tmp_path / "linear_svr" / "trial_0"
    trial.mkdir(parents=True)
    (trial / OUTCOME).touch()
    said = CliRunner().invoke(main, words).output
    assert said.endswith(
        f"Whole trials are kept in {tmp_path}; go on with the same command.\n"
    )


def test_errors_of_the_program_are_not_hidden():
    with pytest.raises(AttributeError), shell.shell_errors():
        raise AttributeError("half imported")


def test_ctrl_c_while_the_command_is_imported_is_one_line():
    code = (
        "import sys\n"
        "class Stop:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'keras_stunet.cli': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Stop())\n"
        "from keras_stunet.__main__ import run\n"
        "run()"
    )
    done = python("-c", code)
    assert done.returncode == 130
    assert done.stderr == "Interrupted. Nothing was written.\n"


@pytest.mark.skipif(os.name != "posix", reason="pipes as on POSIX systems")
@pytest.mark.parametrize("ends", [0, 1])
def test_a_reader_that_leaves_ends_what_only_prints_with_0(ends):
    code = "from keras_stunet.cli import main; main(['datasets'])"
    if ends:  # in the middle of what it does, it is an error
        code = (
            "from keras_stunet.cli.shell import shell_errors\n"
            "with shell_errors(): print('x', flush=True)"
        )
    reading, writing = os.pipe()
    os.close(reading)
    done = python("-c", code, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (ends, "")


@pytest.mark.parametrize("level", [None, "3", "0"])
def test_notes_of_tensorflow_are_left_out_and_a_crash_is_not(level, tmp_path):
    fake = tmp_path / "keras"
    fake.mkdir()
    lines = [
        "WARNING: All log messages before absl::InitializeLog() is called",
        "I0000 00:00:1700000000.123456    1 port.cc:153] oneDNN is on.",
        "This processor has no AVX.",
    ]
    text = "".join(f"{line}\n" for line in lines)
    (fake / "__init__.py").write_text(
        f"import os; os.write(2, {text.encode()!r}); os._exit(7)"
    )
    given = {"PYTHONPATH": f"{tmp_path}{os.pathsep}{os.pathsep.join(sys.path)}"}
    given |= {} if level is None else {"TF_CPP_MIN_LOG_LEVEL": level}
    done = python(
        "-c",
        "from keras_stunet.cli.start import start_keras; start_keras()",
        **given,
    )
    assert done.returncode == 7
    assert done.stderr.splitlines() == (lines if level == "0" else lines[2:])


def python(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **given):
    kept = {k: v for k, v in os.environ.items() if k[:3] != "TF_"}
    return subprocess.run(
        [sys.executable, "-P", *words],
        env={**kept, **given},
        stdout=stdout,
        stderr=stderr,
        text=True,
    )
