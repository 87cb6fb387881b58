"""Kinematic waves on a road network: the cell transmission model.

Daganzo's discretisation (1994, 1995) of the model of Lighthill, Whitham and
Richards. Vehicles move from cell to cell; what a cell sends and what the next
one takes follow from a triangular fundamental diagram, so that queues grow
and dissolve at the speeds of kinematic waves.
"""

import dataclasses
import functools
from typing import NamedTuple

import numpy as np


class Diagram(NamedTuple):
    """A triangular fundamental diagram of one lane.

        q(k) = min(v k, w (k_jam - k))

    Attributes:
        free_speed: v, in miles an hour; an array `(..., 1)` for several
            diagrams at once.
        wave_speed: w, at which a queue's tail of moving vehicles travels
            upstream, in miles an hour.
        jam_density: k_jam, in vehicles a mile.

    Example:
    >>> diagram = Diagram(free_speed=60.0, wave_speed=12.0, jam_density=200.0)
    >>> diagram.capacity, float(diagram.flow(100.0))
    (2000.0, 1200.0)
    >>> float(diagram.shock_speed(20.0, 140.0))  # 1200 behind, 720 ahead
    -4.0
    """

    free_speed: float = 60.0
    wave_speed: float = 12.0
    jam_density: float = 200.0

    @property
    def capacity(self):
        """Largest flow, in vehicles an hour."""
        v, w = self.free_speed, self.wave_speed
        return v * w * self.jam_density / (v + w)

    def flow(self, density):
        """Flow at a density, in vehicles an hour."""
        congested = self.wave_speed * (self.jam_density - density)
        return np.minimum(self.free_speed * density, congested)

    def shock_speed(self, behind, ahead):
        """Speed of the front between two densities, downstream positive.

        Rankine and Hugoniot: `(q_ahead - q_behind) / (k_ahead - k_behind)`.
        """
        return (self.flow(ahead) - self.flow(behind)) / (ahead - behind)


@dataclasses.dataclass(frozen=True, eq=False)
class Layout:
    """Where vehicles can go, in numbers of places.

    Places are first the C cells, then the origins (queues before the road),
    then the exits. Each is left and entered through one junction at most.

    Attributes:
        lanes: `(C,)` lanes of each cell.
        origins: Number of origins.
        exits: Number of exits.
        straight: `(n, 2)` pairs: from, to.
        merges: `(n, 3)`: two places that both lead to the third.
        diverges: `(n, 3)`: a place that leads to the other two.
        shares: `(n,)` share of the vehicles that take the second of the two.
    """

    lanes: np.ndarray
    origins: int
    exits: int
    straight: np.ndarray
    merges: np.ndarray
    diverges: np.ndarray
    shares: np.ndarray

    @property
    def num_cells(self):
        """Number C of cells."""
        return len(self.lanes)

    @property
    def num_places(self):
        """Number of cells, origins and exits."""
        return self.num_cells + self.origins + self.exits

    @functools.cached_property
    def entry_lanes(self):
        """`(origins,)` lanes of each origin: one of a ramp, else the road's."""
        lanes = np.ones(self.origins)
        entries = self.straight[self.straight[:, 0] >= self.num_cells]
        lanes[entries[:, 0] - self.num_cells] = self.lanes[entries[:, 1]]
        return lanes

    @functools.cached_property
    def merge_shares(self):
        """Share of a full merge that its first road gets: that of its lanes."""
        lanes = np.concatenate([self.lanes, self.entry_lanes])
        a, b, _ = self.merges.T
        return lanes[a] / (lanes[a] + lanes[b])


def advance(vehicles, layout, diagram, cell_length, step, capacity=1.0):
    """Move all vehicles by one time step.

    Sent by a cell is `min(v n / dx, Q) dt`, taken `min(Q, w (n_jam - n) / dx)
    dt`. Of two roads that merge into a full one each has the share of its
    capacity and what the other leaves (Daganzo 1995); where a road diverges,
    vehicles wait for those before them, wherever they go. Vehicles are
    conserved: what leaves one place enters another.

    Args:
        vehicles: `(..., places)` vehicles in each place; no cell above its
            jam.
        layout: A `Layout`.
        diagram: A `Diagram` of one lane.
        cell_length: dx in miles, at least what is driven in a step.
        step: dt in hours.
        capacity: Factor on the capacity Q of each cell, `(..., C)`.

    Returns:
        `(vehicles, left)`: the vehicles after the step, and how many left
        each place, both `(..., places)`.

    Raises:
        ValueError: If vehicles would leave more than a cell behind in a step.
    """
    fastest = np.max(diagram.free_speed)
    if fastest * step > cell_length * (1 + 1e-9):
        raise ValueError(
            f"At {fastest} mph a vehicle drives "
            f"{fastest * step:.3g} miles in a step, more than a "
            f"cell of {cell_length} miles. Make the cells longer or the step "
            "shorter."
        )
    cells, ends = layout.num_cells, layout.num_cells + layout.origins
    most = diagram.capacity * step * layout.lanes * capacity  # (..., C)
    full = diagram.jam_density * cell_length * layout.lanes  # (C,)
    n = vehicles[..., :cells]
    ramp = diagram.capacity * step  # of one lane
    sent = np.concatenate(
        [
            np.minimum(n * (diagram.free_speed * step / cell_length), most),
            np.minimum(vehicles[..., cells:ends], layout.entry_lanes * ramp),
            np.zeros_like(vehicles[..., ends:]),
        ],
        axis=-1,
    )
    taken = np.full_like(sent, np.inf)
    back = diagram.wave_speed * step / cell_length
    taken[..., :cells] = np.minimum(most, back * (full - n))
    left, entered = np.zeros_like(sent), np.zeros_like(sent)

    a, b = layout.straight.T
    flow = np.minimum(sent[..., a], taken[..., b])
    left[..., a], entered[..., b] = flow, flow

    a, b, c = layout.merges.T
    room, first, second = taken[..., c], sent[..., a], sent[..., b]
    share = layout.merge_shares
    flow_a = _middle(first, room - second, share * room)
    flow_b = _middle(second, room - first, (1 - share) * room)
    fits = first + second <= room
    flow_a = np.where(fits, first, flow_a)
    flow_b = np.where(fits, second, flow_b)
    left[..., a], left[..., b] = flow_a, flow_b
    entered[..., c] = flow_a + flow_b

    a, b, c = layout.diverges.T
    share = layout.shares
    flow = np.minimum(taken[..., b] / (1 - share), taken[..., c] / share)
    flow = np.minimum(sent[..., a], flow)
    left[..., a] = flow
    entered[..., b], entered[..., c] = (1 - share) * flow, share * flow
    return vehicles - left + entered, left


def _middle(a, b, c):
    return np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c))
