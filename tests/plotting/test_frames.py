"""Frames are drawn at their places, whole and to scale."""

import sys

import matplotlib
import numpy as np
import pytest

from keras_stunet.plotting import save_figure
from keras_stunet.plotting.frames import plot_frames
from keras_stunet.plotting.frames import save_animation

Image = pytest.importorskip("PIL.Image")


@pytest.fixture
def truth():
    """Three input frames and two to forecast, of 4 x 6 pixels."""
    return np.random.default_rng(0).random((5, 4, 6))


@pytest.fixture
def forecasts():
    rng = np.random.default_rng(1)
    return {"ST-UNet": rng.random((2, 4, 6)), "GCGRU": rng.random((2, 4, 6))}


def drawn(axes):
    return axes.get_images()[0].get_array().filled(np.nan)


def test_rows_are_input_truth_and_forecasts(truth, forecasts):
    figure = plot_frames(truth, forecasts)
    panels = np.reshape(figure.axes, (4, 3))
    names = [line[0].get_ylabel() for line in panels]
    assert names == ["input", "truth", "ST-UNet", "GCGRU"]
    rows = [truth[:3], truth[3:], *forecasts.values()]
    for line, frames in zip(panels, rows, strict=True):
        for axes, frame in zip(line, frames, strict=False):
            np.testing.assert_array_equal(drawn(axes), frame)
            image = axes.get_images()[0]
            assert image.get_clim() == (0, 1)  # one grey scale for all
            assert image.get_cmap().name == "gray"
        for axes in line[len(frames) :]:
            assert not axes.get_images() and not axes.axison
    numbers = [[axes.get_title() for axes in line] for line in panels]
    blank = [""] * 3
    assert numbers == [["1", "2", "3"], ["4", "5", ""], blank, blank]


def test_what_is_beyond_black_and_white_is_cut(truth, forecasts):
    figure = plot_frames(truth, {"x": forecasts["GCGRU"] * 4 - 2})
    found = drawn(figure.axes[6])
    expected = (forecasts["GCGRU"][0] * 4 - 2).clip(0, 1)
    np.testing.assert_array_equal(found, expected)


def test_a_saved_figure_shows_square_pixels(truth, forecasts, tmp_path):
    png, svg = save_figure(plot_frames(truth, forecasts), tmp_path / "a")
    pixels = matplotlib.image.imread(png)
    assert pixels.shape[1] == 2100  # 7 inches
    figure = plot_frames(truth, forecasts)
    figure.draw_without_rendering()
    for axes in figure.axes[:3]:
        box = axes.get_window_extent()
        assert box.width / box.height == pytest.approx(6 / 4, rel=1e-3)
        assert box.width > 0.27 * figure.bbox.width


def pages(path):
    with Image.open(path) as image:
        assert image.info["loop"] == 0  # for ever
        for number in range(image.n_frames):
            image.seek(number)
            yield image.info["duration"], np.asarray(image.convert("L"))


def test_an_animation_shows_forecasts_beside_the_truth(
    truth, forecasts, tmp_path
):
    path = save_animation(tmp_path / "a.gif", truth, forecasts)
    assert list(tmp_path.iterdir()) == [path]
    shown = list(pages(path))
    assert [duration for duration, _ in shown] == [200] * 4 + [1200]
    dark = np.zeros((3, 4, 6))
    columns = [truth, *(np.concatenate([dark, f]) for f in forecasts.values())]
    side = 192 // 6  # of a pixel: enlarged, not smoothed
    for number, (_, page) in enumerate(shown):
        assert page.shape == (22 + 4 * side + 8, 3 * (192 + 8) + 8)
        for place, frames in enumerate(columns):
            left = 8 + place * 200
            panel = page[22 : 22 + 4 * side, left : left + 192].astype(int)
            expected = np.kron(frames[number] * 255, np.ones((side, side)))
            assert np.abs(panel - expected).max() <= 0.5 + 1e-9
            heading = page[:22, left : left + 192]
            assert (heading < 128).any()  # a name
    assert (shown[0][1][:22] != shown[4][1][:22]).any()  # number, truth


def test_a_write_that_fails_leaves_the_file_as_it_was(
    truth, forecasts, tmp_path, monkeypatch
):
    path = tmp_path / "a.gif"
    path.write_bytes(b"before")

    def save(self, name, **_):
        name.write_bytes(b"half")
        raise OSError(28, "no space left")

    monkeypatch.setattr(Image.Image, "save", save)
    with pytest.raises(OSError, match="no space left"):
        save_animation(path, truth, forecasts)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("draw", ["figure", "animation"])
def test_shapes_that_do_not_fit_are_refused(truth, forecasts, draw, tmp_path):
    def call(*arguments):
        if draw == "figure":
            return plot_frames(*arguments)
        return save_animation(tmp_path / "a.gif", *arguments)

    for wrong in (
        (truth[0], forecasts),
        (truth, {}),
        (truth[:2], forecasts),
        (truth, {"a": truth[:0]}),
        (truth[:, :3], forecasts),
        (truth, {**forecasts, "c": truth[2:]}),
    ):
        with pytest.raises(ValueError, match="at least one forecast of its"):
            call(*wrong)
    assert not list(tmp_path.iterdir())


def test_without_pillow_the_extra_is_named(truth, forecasts, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ImportError, match=r"install \"\.\[images\]\""):
        save_animation("a.gif", truth, forecasts)
