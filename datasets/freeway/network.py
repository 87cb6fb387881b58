r"""The road network of the simulation: ten links, two interchanges.

A road W - E with two branches. Where W and N meet, five lanes become four; at
the other end the four part again. Each link is driven both ways, on separate
carriageways that never meet.

        N
         \
    W --- M ======= D --- E
                     \
                      S
"""

from typing import NamedTuple

import numpy as np
import scipy.sparse.csgraph

from keras_stunet.datasets.freeway.traffic import Layout

CELL_LENGTH = 0.25  # miles
CELLS_A_SENSOR = 5
METRES_A_MILE = 1609.344

PLACES = {  # miles east and north
    "W": (0.0, 0.0),
    "N": (4.0, 7.0),
    "M": (8.0, 0.0),
    "D": (14.0, 0.0),
    "E": (22.0, 0.0),
    "S": (18.0, -7.0),
}
# From, to, lanes. The carriageway back has the same lanes.
LINKS = (
    ("W", "M", 3),
    ("N", "M", 2),
    ("M", "D", 4),
    ("D", "E", 3),
    ("D", "S", 2),
)
# Two that merge into a trunk, the trunk, and the two it parts into.
INTERCHANGES = (
    ("WM", "NM", "MD", "DE", "DS"),
    ("ED", "SD", "DM", "MW", "MN"),
)
BRANCH_SHARE = 0.36  # of those who reach an interchange leave by the branch
ON_RAMPS = (2.0, 5.5)  # miles from the start of a link
OFF_RAMPS = (1.25, 4.5)
OFF_SHARE = 0.08
SHIFT = 0.35  # miles between the carriageways in pictures
CENTRE = (40.0, -100.0)  # latitude and longitude of W, an invented place


class Network(NamedTuple):
    """A road network cut into cells, with detectors.

    Attributes:
        layout: The `Layout` of its cells.
        sensors: `(N,)` cell of each detector.
        sensor_ids: `(N,)` names: link and mile, such as `"WM-3.1"`.
        coordinates: `(N, 2)` latitude and longitude.
        distances: `(N, N)` metres by road in the direction of travel,
            infinity where there is no way.
        entrances: `(O,)` link each origin leads to.
        ramps: `(O,)` whether an origin is a ramp.
    """

    layout: Layout
    sensors: np.ndarray
    sensor_ids: np.ndarray
    coordinates: np.ndarray
    distances: np.ndarray
    entrances: np.ndarray
    ramps: np.ndarray


def build_network():
    """The `Network` of this module's picture."""
    links = [(a, b, lanes) for a, b, lanes in LINKS]
    links += [(b, a, lanes) for a, b, lanes in LINKS]
    cells, lanes = {}, []
    for a, b, count in links:
        length = np.hypot(*np.subtract(PLACES[b], PLACES[a]))
        number = round(length / CELL_LENGTH)
        cells[a + b] = np.arange(len(lanes), len(lanes) + number)
        lanes += number * [count]
    junctions = _Junctions(len(lanes))
    for name, own in cells.items():
        junctions.add_link(name, own)
    for turn in INTERCHANGES:
        junctions.add_interchange(*(cells[name] for name in turn))
    sensors = np.concatenate(
        [own[CELLS_A_SENSOR // 2 :: CELLS_A_SENSOR] for own in cells.values()]
    )
    names, places = _describe(cells)
    layout = junctions.layout(np.array(lanes, float))
    return Network(
        layout=layout,
        sensors=sensors,
        sensor_ids=np.array([names[cell] for cell in sensors]),
        coordinates=np.array([places[cell] for cell in sensors]),
        distances=_distances(layout, sensors),
        entrances=np.array([name for name, _ in junctions.entrances]),
        ramps=np.array([ramp for _, ramp in junctions.entrances]),
    )


class _Junctions:
    """Collects the junctions; origins and exits get their numbers last."""

    def __init__(self, num_cells):
        self.num_cells = num_cells
        self.entrances, self.exits = [], 0
        self.straight, self.merges, self.diverges = [], [], []

    def add_link(self, name, own):
        """The inside of a link, and its ends at the edge of the network."""
        on = {round(mile / CELL_LENGTH) for mile in ON_RAMPS}
        off = {round(mile / CELL_LENGTH) for mile in OFF_RAMPS}
        for index, (a, b) in enumerate(zip(own, own[1:], strict=False), 1):
            if index in on:
                self.merges.append((a, self._origin(name, True), b))
            elif index in off:
                self.diverges.append((a, b, self._exit(), OFF_SHARE))
            else:
                self.straight.append((a, b))
        if name[0] not in "MD":
            self.straight.append((self._origin(name, False), own[0]))
        if name[1] not in "MD":
            self.straight.append((own[-1], self._exit()))

    def add_interchange(self, main, branch, trunk, ahead, aside):
        """Where two links merge into the trunk, and where it parts."""
        self.merges.append((main[-1], branch[-1], trunk[0]))
        self.diverges.append((trunk[-1], ahead[0], aside[0], BRANCH_SHARE))

    def _origin(self, name, ramp):
        self.entrances.append((name, ramp))
        return self.num_cells + len(self.entrances) - 1

    def _exit(self):
        self.exits += 1
        return -self.exits

    def layout(self, lanes):
        places = self.num_cells + len(self.entrances) + self.exits

        def numbered(junctions, width):
            rows = [junction[:width] for junction in junctions]
            return np.array(rows).reshape(-1, width) % places

        return Layout(
            lanes=lanes,
            origins=len(self.entrances),
            exits=self.exits,
            straight=numbered(self.straight, 2),
            merges=numbered(self.merges, 3),
            diverges=numbered(self.diverges, 3),
            shares=np.array([junction[3] for junction in self.diverges]),
        )


def _describe(cells):
    """Name and coordinates of each cell."""
    names, places = {}, {}
    degree = METRES_A_MILE / 111_195  # of latitude, a mile
    for link, own in cells.items():
        start, end = (np.array(PLACES[place]) for place in link)
        along = (end - start) / np.hypot(*(end - start))
        right = np.array([along[1], -along[0]]) * SHIFT / 2
        for index, cell in enumerate(own):
            mile = (index + 0.5) * CELL_LENGTH
            east, north = start + along * mile + right
            names[cell] = f"{link}-{mile:.1f}"
            places[cell] = (
                CENTRE[0] + north * degree,
                CENTRE[1] + east * degree / np.cos(np.radians(CENTRE[0])),
            )
    return names, places


def _distances(layout, sensors):
    """Metres from each sensor to those downstream of it."""
    pairs = np.concatenate(
        [
            layout.straight,
            layout.merges[:, [0, 2]],
            layout.merges[:, [1, 2]],
            layout.diverges[:, [0, 1]],
            layout.diverges[:, [0, 2]],
        ]
    )
    pairs = pairs[(pairs < layout.num_cells).all(axis=1)]
    pairs = pairs.astype("int32")  # SciPy 1.14 takes no others
    metres = np.full(len(pairs), CELL_LENGTH * METRES_A_MILE)
    shape = (layout.num_cells, layout.num_cells)
    road = scipy.sparse.csr_array((metres, tuple(pairs.T)), shape=shape)
    return scipy.sparse.csgraph.dijkstra(road, indices=sensors)[:, sensors]
