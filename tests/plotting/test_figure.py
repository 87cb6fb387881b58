"""One style, and files that are whole."""

import sys
import xml.etree.ElementTree

import matplotlib
import numpy as np
import pytest

from keras_stunet.plotting import save_figure
from keras_stunet.plotting.figure import STYLE
from keras_stunet.plotting.figure import draw_legend
from keras_stunet.plotting.figure import new_figure
from keras_stunet.plotting.figure import print_style


@pytest.fixture
def figure():
    with print_style():
        figure = new_figure(3.5, 2.0)
        figure.subplots().plot([1, 2], label="a line")
        figure.legend()
    return figure


@pytest.mark.parametrize("name", ["a", "a.png", "a.svg", "run.v1"])
def test_both_files_are_written(figure, tmp_path, name):
    stem = {"run.v1": "run.v1"}.get(name, "a")
    paths = save_figure(figure, tmp_path / name)
    assert paths == [tmp_path / f"{stem}.png", tmp_path / f"{stem}.svg"]
    assert sorted(tmp_path.iterdir()) == paths  # and no temporary name
    pixels = matplotlib.image.imread(paths[0])
    assert pixels.shape[:2] == (600, 1050)  # 300 dots an inch
    assert np.unique(pixels[..., :3].reshape(-1, 3), axis=0).shape[0] > 5
    root = xml.etree.ElementTree.parse(paths[1]).getroot()
    texts = [
        node.text for node in root.iter("{http://www.w3.org/2000/svg}text")
    ]
    assert "a line" in texts


@pytest.mark.parametrize(
    ("long", "columns"),
    [("persistence", 2), ("historical average, weekday and time", 1)],
)
def test_a_legend_fits_between_the_edges(long, columns):
    with print_style():
        figure = new_figure(3.5, 4.1)
        axes = figure.subplots()
        for name in ("ST-UNet+", "historical average", long, "persistence"):
            axes.plot([1, 2], label=name)
        legend = draw_legend(figure, *axes.get_legend_handles_labels())
        figure.canvas.draw()
        box = legend.get_window_extent()
    assert (figure.legends, legend._ncols) == ([legend], columns)
    assert 0 <= box.x0 and box.x1 <= figure.bbox.width
    assert box.y1 <= figure.bbox.height


def test_the_same_picture_is_the_same_svg(figure, tmp_path):
    first, second = (
        save_figure(figure, tmp_path / name)[1].read_bytes()
        for name in ("a", "b")
    )
    assert first == second and b"dc:date" not in first


def test_an_error_while_writing_leaves_the_files_as_they_were(
    figure, tmp_path, monkeypatch
):
    for end in ("png", "svg"):
        (tmp_path / f"a.{end}").write_text("before")
    whole = figure.savefig

    def savefig(path, **options):
        whole(path, **options)
        if path.suffix == ".svg":
            raise OSError("no space left")

    monkeypatch.setattr(figure, "savefig", savefig)
    with pytest.raises(OSError, match="no space"):
        save_figure(figure, tmp_path / "a")
    assert {file.name for file in tmp_path.iterdir()} == {"a.png", "a.svg"}
    assert (tmp_path / "a.png").read_text() == "before"
    assert (tmp_path / "a.svg").read_text() == "before"


def test_settings_of_the_user_are_neither_used_nor_changed(tmp_path):
    with matplotlib.rc_context({"font.size": 30, "svg.fonttype": "path"}):
        with print_style():
            assert matplotlib.rcParams["font.size"] == STYLE["font.size"]
            assert matplotlib.rcParams["svg.fonttype"] == "none"
        assert matplotlib.rcParams["font.size"] == 30


def test_without_matplotlib_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"\.\[plot\]"):
        with print_style():
            pass
