"""The network of the simulation."""

import numpy as np
import pytest

from keras_stunet.datasets.freeway.network import METRES_A_MILE
from keras_stunet.datasets.freeway.network import build_network


@pytest.fixture(scope="module")
def network():
    return build_network()


def test_every_place_is_left_and_entered_by_one_junction(network):
    layout = network.layout
    cells, places = layout.num_cells, layout.num_places
    left = [*layout.straight[:, 0], *layout.merges[:, :2].ravel()]
    left += [*layout.diverges[:, 0]]
    entered = [*layout.straight[:, 1], *layout.merges[:, 2]]
    entered += [*layout.diverges[:, 1:].ravel()]
    exits = range(cells + layout.origins, places)
    origins = range(cells, cells + layout.origins)
    assert sorted(left) == sorted({*range(places)} - {*exits})
    assert sorted(entered) == sorted({*range(places)} - {*origins})


def test_lanes_and_lengths_are_those_of_the_picture(network):
    lanes, counts = np.unique(network.layout.lanes, return_counts=True)
    # Both ways: trunk 6 miles of four lanes; W and E 8 of three each; N and S
    # sqrt(65) = 8.06 of two each; in quarters of a mile.
    expected = {2: 4 * 32, 3: 4 * 32, 4: 2 * 24}
    assert dict(zip(lanes, counts, strict=True)) == expected
    assert len(network.sensors) == 58
    assert len(set(network.sensor_ids)) == 58


def test_distances_follow_the_road_in_the_direction_of_travel(network):
    place = {name: i for i, name in enumerate(network.sensor_ids)}
    miles = network.distances / METRES_A_MILE

    def between(a, b):
        return miles[place[a], place[b]]

    assert between("WM-0.6", "WM-1.9") == pytest.approx(1.25)
    assert between("WM-1.9", "WM-0.6") == np.inf
    # 32 cells of WM and 24 of MD: from cell 27 to cell 2 of MD, to 2 of DS.
    assert between("WM-6.9", "MD-0.6") == pytest.approx(0.25 * (32 - 27 + 2))
    assert between("WM-6.9", "DS-0.6") == pytest.approx(0.25 * (5 + 24 + 2))
    assert between("NM-6.9", "MD-0.6") == pytest.approx(0.25 * (32 - 27 + 2))
    assert between("WM-6.9", "NM-6.9") == np.inf  # W does not lead to N
    assert between("MD-0.6", "DM-0.6") == np.inf  # no turning back
    assert (np.diag(miles) == 0).all()


def test_coordinates_are_to_scale_and_carriageways_apart(network):
    place = {name: i for i, name in enumerate(network.sensor_ids)}
    north, east = (network.coordinates - [40.0, -100.0]).T
    north = north * 111_195 / METRES_A_MILE
    east = east * 111_195 / METRES_A_MILE * np.cos(np.radians(40.0))
    i, j = place["WM-0.6"], place["WM-6.9"]
    np.testing.assert_allclose(east[[i, j]], [0.625, 6.875], atol=1e-6)
    np.testing.assert_allclose(north[[i, j]], -0.175, atol=1e-6)  # keeps right
    k = place["MW-0.6"]
    assert (east[k], north[k]) == pytest.approx((8 - 0.625, 0.175))


def test_origins_know_their_link_and_whether_they_are_ramps(network):
    assert len(network.entrances) == network.layout.origins == 24
    assert network.ramps.sum() == 20
    ends = sorted(network.entrances[~network.ramps])
    assert ends == ["ED", "NM", "SD", "WM"]
