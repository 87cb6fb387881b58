"""Sensors at their places, coloured by their errors, in patches."""

import numpy as np
import pytest

from keras_stunet.plotting import plot_network

PLACES = [[34.0, -118.2], [34.1, -118.1], [34.0, -118.0], [33.9, -118.1]]
RING = np.roll(np.eye(4), 1, axis=1) + np.roll(np.eye(4), -1, axis=1)
ERRORS = [1.0, 4.0, 2.0, 3.0]


def parts(figure):
    """Edges, missing sensors and sensors of the map, and the colour bar."""
    axes, bar = figure.axes
    edges, missing, points = axes.collections
    return axes, edges, missing, points, bar


def test_sensors_are_at_their_places_in_the_colour_of_their_error():
    figure = plot_network(RING, ERRORS, coordinates=PLACES, unit="mph")
    axes, edges, missing, points, bar = parts(figure)
    np.testing.assert_allclose(points.get_offsets(), np.array(PLACES)[:, ::-1])
    np.testing.assert_allclose(points.get_array(), ERRORS)
    assert points.get_clim() == (1, 4)  # similar errors differ in colour
    assert points.get_cmap().name == "viridis_r"
    assert len(missing.get_offsets()) == 0
    assert bar.get_xlabel() == "MAE (mph)\nfrom the least to the largest"
    assert axes.get_xlabel() == "longitude (°)"
    assert axes.get_title("left") == "4 sensors\nnamed: the largest errors"
    found = {tuple(map(tuple, pair)) for pair in edges.get_segments()}
    wanted = {
        tuple(tuple(PLACES[end][::-1]) for end in pair)
        for pair in ((0, 1), (1, 2), (2, 3), (0, 3))
    }
    assert found == wanted
    # A degree of longitude is drawn as much shorter as it is.
    assert axes.get_aspect() == pytest.approx(1 / np.cos(np.radians(34.0)))


def test_a_sensor_without_error_is_a_cross():
    errors = [1.0, np.nan, 2.0, 3.0]
    figure = plot_network(RING, errors, coordinates=PLACES)
    _, _, missing, points, _ = parts(figure)
    np.testing.assert_allclose(missing.get_offsets(), [[-118.1, 34.1]])
    np.testing.assert_allclose(points.get_array(), [1, 2, 3])
    assert "cross: without an error" in figure.axes[0].get_title("left")


def test_the_three_worst_sensors_are_named_at_their_places():
    errors = [1.0, 4.0, np.nan, 3.0]
    for names, wanted in ((None, "130"), ("abcd", "bda")):
        figure = plot_network(RING, errors, coordinates=PLACES, node_ids=names)
        found = {text.get_text(): text.xy for text in figure.axes[0].texts}
        assert "".join(found) == wanted
        assert tuple(found[wanted[0]]) == (-118.1, 34.1)
    errors = [np.nan, 4.0, np.nan, 3.0]
    found = plot_network(RING, errors, coordinates=PLACES).axes[0].texts
    assert [text.get_text() for text in found] == ["1", "3"]
    errors = [1.0, 4.0, 2.0, 3.0]
    found = plot_network(RING, errors, coordinates=PLACES).axes[0].texts
    assert [text.get_text() for text in found] == ["1", "3", "2"]


def test_each_super_node_is_a_patch_around_its_members():
    figure = plot_network(RING, ERRORS, coordinates=PLACES, labels=[0, 0, 0, 1])
    axes = figure.axes[0]
    title = axes.get_title("left").splitlines()[0]
    assert title == "4 sensors, 2 super nodes (grey)"
    outlines = [line.get_xydata() for line in axes.get_lines()]
    assert len(outlines) == 4  # two super nodes, dark and light
    members = {tuple(np.round(point, 6)) for point in outlines[1]}
    assert members == {(-118.2, 34.0), (-118.1, 34.1), (-118.0, 34.0)}
    assert {tuple(point) for point in outlines[3]} == {(-118.1, 33.9)}
    fills = [line.get_color() for line in axes.get_lines()[1::2]]
    assert fills[0] != fills[1]  # neighbours


@pytest.mark.parametrize("labels", [None, [0, 1, 1, 0]])
def test_sensors_without_coordinates_are_left_out_and_counted(labels):
    places = np.array(PLACES)
    places[3, 0] = np.nan
    figure = plot_network(RING, ERRORS, coordinates=places, labels=labels)
    axes, edges, _, points, _ = parts(figure)
    assert "3 sensors" in axes.get_title("left")
    assert "1 without coordinates" in axes.get_title("left")
    shown = points.get_offsets()
    assert np.isfinite(np.ma.filled(shown, np.nan)).all(axis=1).sum() == 3
    assert len(edges.get_segments()) == 2
    figure.canvas.draw()


@pytest.mark.parametrize("places", [None, np.full((4, 2), np.nan)])
def test_without_any_coordinates_there_are_no_axes(places):
    figure = plot_network(RING, ERRORS, coordinates=places, labels=[0, 0, 1, 1])
    axes = figure.axes[0]
    assert not axes.axison and axes.get_aspect() == 1
    figure.canvas.draw()


def test_one_sensor_and_one_place_can_be_drawn():
    plot_network(np.zeros((1, 1)), [2.0], labels=[0]).canvas.draw()
    plot_network(np.zeros((4, 4)), ERRORS).canvas.draw()  # without edges
    same = [[34.0, -118.0]] * 4
    plot_network(RING, ERRORS, coordinates=same, labels=[0] * 4).canvas.draw()
    plot_network(RING, [np.nan] * 4, coordinates=PLACES).canvas.draw()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"errors": [1.0]}, r"`errors` has shape \(1,\); expected \(4,\)"),
        ({"coordinates": [[1, 2]]}, "`coordinates` has shape"),
        ({"labels": [0, 1]}, "`labels` has shape"),
    ],
)
def test_arrays_of_other_sensors_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        plot_network(RING, **{"errors": ERRORS, **change})
