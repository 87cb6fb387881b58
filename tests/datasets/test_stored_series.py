"""What is said before and after a download that fails."""

import pytest

from keras_stunet.cli.shell import shell_errors
from keras_stunet.datasets.stored_series import load_prepared

pytest.importorskip("tensorflow_datasets")


def test_a_download_is_announced_and_its_failure_says_what_helps(
    tmp_path, capsys
):
    class Builder:
        data_path = tmp_path / "roads"
        MANUAL_DOWNLOAD_INSTRUCTIONS = "The files are a.csv and b.csv."

        def download_and_prepare(self):
            assert "Note: No raw files of Roads" in capsys.readouterr().err
            raise OSError("no route to host")

    with pytest.raises(SystemExit), shell_errors():
        load_prepared("Roads", None, Builder)
    error = capsys.readouterr().err
    assert error.startswith("Error: no route to host Roads could not be")
    assert "KERAS_STUNET_RAW_DIR" in error and "a.csv and b.csv" in error
