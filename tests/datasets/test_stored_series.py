"""What is said after a download that fails."""

import pytest

from keras_stunet.cli.shell import shell_errors
from keras_stunet.datasets import stored_series

pytest.importorskip("tensorflow_datasets")

HELP = "The files are a.csv and b.csv."


@pytest.mark.parametrize(
    "reason", ["no route to host", f"no route to host. {HELP}"]
)
def test_a_failed_download_says_on_the_command_line_what_helps_once(
    reason, capsys, monkeypatch
):
    class Builder:
        MANUAL_DOWNLOAD_INSTRUCTIONS = HELP

        def __init__(self, config, data_dir):
            assert (config, data_dir) == ("m", "here")

        def download_and_prepare(self):
            raise OSError(reason)

    monkeypatch.setattr(stored_series, "builder_class", {"roads": Builder}.get)
    with pytest.raises(SystemExit), shell_errors():
        stored_series.load_prepared("Roads", None, "roads", "m", "here")
    error = capsys.readouterr().err
    assert error.startswith(f"Error: {reason} Roads could not be")
    assert "KERAS_STUNET_RAW_DIR" in error and error.count(HELP) == 1
