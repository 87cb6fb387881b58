"""Kinematic waves: conservation, and waves at the speeds of the theory."""

import numpy as np
import pytest

from keras_stunet.datasets.freeway.network import CELL_LENGTH
from keras_stunet.datasets.freeway.network import build_network
from keras_stunet.datasets.freeway.traffic import Diagram
from keras_stunet.datasets.freeway.traffic import Layout
from keras_stunet.datasets.freeway.traffic import advance

DX, DT = 0.25, 15 / 3600
DIAGRAM = Diagram()


def layout(lanes, origins=0, exits=0, straight=(), merges=(), diverges=()):
    def numbers(rows, width):
        return np.array([row[:width] for row in rows], int).reshape(-1, width)

    return Layout(
        lanes=np.array(lanes, float),
        origins=origins,
        exits=exits,
        straight=numbers(straight, 2),
        merges=numbers(merges, 3),
        diverges=numbers(diverges, 3),
        shares=np.array([row[3] for row in diverges], float),
    )


def road(cells):
    return layout(
        np.ones(cells), straight=[(i, i + 1) for i in range(cells - 1)]
    )


def run(vehicles, roads, steps, **options):
    for _ in range(steps):
        vehicles, left = advance(vehicles, roads, DIAGRAM, DX, DT, **options)
    return vehicles, left


def one_step_by_hand(n, roads, diagram, factor):
    """The rules of one time step, junction by junction, in plain Python."""
    cells = roads.num_cells
    lanes = list(roads.lanes) + [1.0] * roads.origins
    for a, b in roads.straight:
        if a >= cells and b < cells:
            lanes[a] = roads.lanes[b]
    q = diagram.capacity * DT

    def send(i):
        if i >= cells:
            return min(n[i], lanes[i] * q)
        return min(n[i] * diagram.free_speed * DT / DX, lanes[i] * q * factor)

    def take(i):
        if i >= cells:
            return np.inf
        free = diagram.jam_density * DX * lanes[i] - n[i]
        return min(lanes[i] * q * factor, diagram.wave_speed * DT / DX * free)

    new = list(n)

    def move(a, b, count):
        new[a] -= count
        new[b] += count

    for a, b in roads.straight:
        move(a, b, min(send(a), take(b)))
    for a, b, c in roads.merges:
        room = take(c)
        first, second = send(a), send(b)
        if first + second > room:
            share = lanes[a] / (lanes[a] + lanes[b])
            first_gets = sorted([first, room - second, share * room])[1]
            second = sorted([second, room - first, (1 - share) * room])[1]
            first = first_gets
        move(a, c, first)
        move(b, c, second)
    for (a, b, c), share in zip(roads.diverges, roads.shares, strict=True):
        gone = min(send(a), take(b) / (1 - share), take(c) / share)
        move(a, b, (1 - share) * gone)
        move(a, c, share * gone)
    return new


@pytest.fixture(scope="module")
def network():
    return build_network().layout


def random_state(roads, rng, days=3):
    state = rng.uniform(0, 60, (days, roads.num_places))
    full = DIAGRAM.jam_density * DX * roads.lanes
    state[:, : roads.num_cells] = rng.uniform(0, 1, (days, len(full))) * full
    return state


def test_each_step_follows_the_rules(network):
    rng = np.random.default_rng(0)
    state = random_state(network, rng)
    for factor in (1.0, 0.4):
        moved, left = advance(state, network, DIAGRAM, DX, DT, factor)
        for before, after, gone in zip(state, moved, left, strict=True):
            expected = one_step_by_hand(before, network, DIAGRAM, factor)
            np.testing.assert_allclose(after, expected, atol=1e-9)
            assert (gone >= 0).all() and (gone <= before + 1e-9).all()


def test_vehicles_are_conserved_and_no_place_overflows(network):
    rng = np.random.default_rng(1)
    state = random_state(network, rng)
    total = state.sum(axis=-1)
    full = DIAGRAM.jam_density * DX * network.lanes
    for _ in range(400):
        factor = rng.uniform(0.2, 1.0, (3, network.num_cells))
        state, _ = advance(state, network, DIAGRAM, DX, DT, factor)
        assert (state >= -1e-9).all()
        assert (state[:, : network.num_cells] <= full + 1e-9).all()
    np.testing.assert_allclose(state.sum(axis=-1), total, rtol=1e-12)


def test_free_traffic_moves_at_the_free_speed():
    vehicles = np.zeros(50)
    vehicles[3:6] = 1.0, 3.0, 2.0
    moved, _ = run(vehicles, road(50), 20)  # a cell each step at 60 mph
    np.testing.assert_allclose(moved, np.roll(vehicles, 20), atol=1e-12)


@pytest.mark.parametrize(
    ("behind", "ahead"), [(20.0, 140.0), (10.0, 180.0), (30.0, 60.0)]
)
def test_a_shock_moves_at_the_speed_of_rankine_and_hugoniot(behind, ahead):
    cells, front, hours = 600, 400, 0.5
    density = np.where(np.arange(cells) < front, behind, ahead)
    steps = round(hours / DT)
    moved, _ = run(density * DX, road(cells), steps)
    # Beyond the reach of what starts at the ends of the road.
    inside = slice(200, 560)
    k = moved[inside] / DX
    middle = (behind + ahead) / 2
    first = np.flatnonzero(k > middle)[0]
    place = first - (k[first] - middle) / (k[first] - k[first - 1])
    # The front lay between the centres of cells 399 and 400.
    travelled = (200 + place - (front - 0.5)) * DX
    expected = DIAGRAM.shock_speed(behind, ahead) * hours
    assert travelled == pytest.approx(expected, abs=DX)


def test_a_released_queue_dissolves_upstream_at_the_wave_speed():
    cells, hours = 400, 0.5
    density = np.where(np.arange(cells) < 250, DIAGRAM.jam_density, 0.0)
    vehicles, _ = run(density * DX, road(cells), round(hours / DT))
    standing = np.flatnonzero(
        vehicles > 0.5 * (DIAGRAM.jam_density + 33.3) * DX
    )
    travelled = (standing.max() + 1 - 250) * DX
    assert travelled == pytest.approx(-DIAGRAM.wave_speed * hours, abs=3 * DX)
    # What leaves it flows at capacity.
    flow = vehicles[242:249] / DX * DIAGRAM.free_speed
    np.testing.assert_allclose(flow, DIAGRAM.capacity, rtol=1e-3)


def test_a_queue_grows_before_a_bottleneck_and_passes_what_it_can():
    cells = 200
    factor = np.ones(cells)
    factor[150] = 0.5
    vehicles = np.full(cells, 25.0 * DX)  # 1,500 an hour, 1,000 can pass
    moved, left = run(vehicles, road(cells), 120, capacity=factor)
    assert left[150] / DT == pytest.approx(1_000, rel=1e-6)
    # Congested: w (k_jam - k) = 1,000
    queued = 200 - 1_000 / 12
    np.testing.assert_allclose(moved[143:149] / DX, queued, rtol=1e-3)


def test_a_full_branch_stops_those_who_go_elsewhere():
    # 0 parts into 1 and 2; 2 is full and nothing leaves it.
    roads = layout(
        [2, 2, 1], exits=1, straight=[(1, 3)], diverges=[(0, 1, 2, 0.25)]
    )
    jam = DIAGRAM.jam_density * DX
    moved, left = run(np.array([20.0, 0.0, jam, 0.0]), roads, 1)
    assert left[0] == 0 and moved.tolist() == [20.0, 0.0, jam, 0.0]


def test_roads_share_a_full_merge_by_their_lanes():
    roads = layout([3, 1, 2], exits=1, straight=[(2, 3)], merges=[(0, 1, 2)])
    jam = DIAGRAM.jam_density * DX
    _, left = run(np.array([3 * jam, jam, 0.0, 0.0]), roads, 1)
    room = 2 * DIAGRAM.capacity * DT
    np.testing.assert_allclose(left[:2], [0.75 * room, 0.25 * room])
    # What one leaves the other takes.
    _, left = run(np.array([1.0, jam, 0.0, 0.0]), roads, 1)
    np.testing.assert_allclose(left[:2], [1.0, DIAGRAM.capacity * DT])


def test_a_step_too_long_for_the_cells_is_refused():
    with pytest.raises(ValueError, match="more than a cell of 0.25 miles"):
        advance(np.zeros(5), road(5), DIAGRAM, CELL_LENGTH, 2 * DT)
