"""What is said after a download that fails."""

import pytest

from keras_stunet.cli.shell import shell_errors
from keras_stunet.datasets import stored_series

pytest.importorskip("tensorflow_datasets")


def test_a_failed_download_says_on_the_command_line_what_helps(
    capsys, monkeypatch
):
    class Builder:
        MANUAL_DOWNLOAD_INSTRUCTIONS = "The files are a.csv and b.csv."

        def __init__(self, config, data_dir):
            assert (config, data_dir) == ("m", "here")

        def download_and_prepare(self):
            raise OSError("no route to host")

    monkeypatch.setattr(stored_series, "builder_class", {"roads": Builder}.get)
    with pytest.raises(SystemExit), shell_errors():
        stored_series.load_prepared("Roads", None, "roads", "m", "here")
    error = capsys.readouterr().err
    assert error.startswith("Error: no route to host Roads could not be")
    assert "KERAS_STUNET_RAW_DIR" in error and "a.csv and b.csv" in error
