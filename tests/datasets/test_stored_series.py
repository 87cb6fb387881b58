"""What is said after a download that fails."""

import pytest

from keras_stunet.cli.shell import shell_errors
from keras_stunet.datasets.stored_series import load_prepared

pytest.importorskip("tensorflow_datasets")


def test_a_failed_download_says_on_the_command_line_what_helps(capsys):
    class Builder:
        MANUAL_DOWNLOAD_INSTRUCTIONS = "The files are a.csv and b.csv."

        def download_and_prepare(self):
            raise OSError("no route to host")

    with pytest.raises(SystemExit), shell_errors():
        load_prepared("Roads", None, Builder)
    error = capsys.readouterr().err
    assert error.startswith("Error: no route to host Roads could not be")
    assert "KERAS_STUNET_RAW_DIR" in error and "a.csv and b.csv" in error
