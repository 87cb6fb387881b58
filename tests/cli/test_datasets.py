"""`keras-stunet datasets`."""

import click.testing
import numpy as np
import pytest

from keras_stunet.cli import main
from keras_stunet.data import Series
from keras_stunet.data import catalog as sources
from keras_stunet.datasets.pemsd7.dummy_data_generation import write_dummy_data


def run(*arguments):
    return click.testing.CliRunner().invoke(main, ["datasets", *arguments])


@pytest.fixture(autouse=True)
def no_raw_folder(monkeypatch):
    monkeypatch.delenv("KERAS_STUNET_RAW_DIR", raising=False)


def line(result, name):
    return next(x for x in result.output.splitlines() if x.startswith(name))


def test_every_data_set_is_listed_with_its_size(tmp_path):
    result = run("list", "--data-dir", str(tmp_path))
    assert result.exit_code == 0
    for name, source in sources.SOURCES.items():
        assert f"{source.sensors:,}" in line(result, name)
        assert f"{source.steps:,}" in line(result, name)
    assert "not yet" in line(result, "pemsd7/m")
    assert "computed when asked for" in line(result, "freeway")
    assert all(len(text) <= 80 for text in result.output.splitlines())


def test_listing_is_what_happens_without_a_command():
    assert run().output == run("list").output


def test_raw_files_and_prepared_ones_are_found(tmp_path):
    write_dummy_data(tmp_path / "raw", "l")
    result = run("list", "--raw-dir", str(tmp_path / "raw"))
    assert str(tmp_path / "raw") in line(result, "pemsd7/l")
    prepared = tmp_path / "tfds" / "pemsd7" / "m" / "1.0.0"
    prepared.mkdir(parents=True)
    (prepared / "dataset_info.json").write_text("{}")
    result = run("list", "--data-dir", str(tmp_path / "tfds"))
    assert str(prepared) in line(result, "pemsd7/m")
    assert "not yet" in line(result, "pemsd7/l")


def test_building_prepares_the_data_set_and_writes_the_series(tmp_path):
    pytest.importorskip("tensorflow_datasets")
    npz = tmp_path / "freeway.npz"
    result = run(
        "build", "freeway", "--data-dir", str(tmp_path), "--npz", str(npz)
    )
    assert result.exit_code == 0, result.output
    [info] = tmp_path.glob("freeway/**/dataset_info.json")
    assert f"Built: {info.parent}" in result.output
    expected = sources.load_series("freeway")
    series = Series.load(npz)
    np.testing.assert_array_equal(series.values, expected.values)
    np.testing.assert_array_equal(series.adjacency, expected.adjacency)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["build", "freway"], "Did you mean 'freeway'?"),
        (["build", "freeway", "--npz", "a.csv"], "does not end in .npz"),
        (["build", "freeway", "--npz", "/none/a.npz"], "is not there"),
    ],
)
def test_bad_arguments_are_refused_at_once(tmp_path, arguments, message):
    result = run(*arguments, "--data-dir", str(tmp_path))
    assert result.exit_code == 1 and message in result.output
    assert not list(tmp_path.iterdir())
