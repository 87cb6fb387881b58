"""What a command says on standard error of the warnings in it."""

import sys
import types
import warnings

import pytest

from keras_stunet.cli import shell


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
